/** @file Which engine a study's networks are trained on: the one asked for, or the one measured faster on its first trial. */

import type { Executor, StudyData } from '../../automl/index.js';
import { studyRecord, togetherExecutor } from '../../automl/index.js';
import type { Cluster } from '../../cluster/index.js';
import { ToolkitError } from '../../core/index.js';
import type { CpuEngine, EngineChoice, EngineName, GpuFound, GpuName } from '../../engine/index.js';
import { engineWords, openEngine } from '../../engine/index.js';
import type { NetworkFit } from '../../models/index.js';
import { fitNetwork, fitTogether } from '../../models/index.js';
import type { Storage } from '../../search/index.js';
import { createPool } from '../../workers/index.js';
import { askGpu } from './gpu-child.js';

/** 'wasm-simd' is what a deterministic study runs on. */
export type EngineOption = 'auto' | 'wasm' | 'wasm-simd' | 'webgpu' | 'cuda';
type Open = (name: EngineName) => Promise<EngineChoice>;
type Ask = (name: GpuName) => Promise<GpuFound>;

export interface ExecutorSetup {
  readonly data: StudyData;
  readonly workers: number;
  readonly storage: Storage;
  readonly option: EngineOption;
  /** Where folds go instead of threads of this process. */
  readonly cluster?: Cluster | undefined;
  readonly warn: (message: string) => void;
  readonly open?: Open;
  /** What a GPU is, before it is opened here. */
  readonly ask?: Ask;
}

/** Throws `state` unless the engine asked for can be used here: before any work. */
export async function requireEngine(option: EngineOption, ask: Ask = askGpu): Promise<void> {
  if (option === 'webgpu' || option === 'cuda') await ask(option);
}

/** The executor of a study: worker threads, and beside them a GPU where one is asked for or found faster. */
export async function createExecutor(setup: ExecutorSetup): Promise<Executor> {
  const { data, workers, storage, option, cluster, warn, open = openEngine, ask = askGpu } = setup;
  if (cluster) return cluster.executor();
  const pool = createPool(data, { workers, engine: cpuEngine(option) });
  if (option === 'wasm-simd') return pool;
  // A resumed study goes on with what auto chose in its first session.
  const wanted = option === 'auto' ? studyRecord.engine(storage)?.name : option;
  if (wanted === 'wasm') return pool;
  if (wanted === 'webgpu' || wanted === 'cuda') {
    return togetherExecutor({ data, pool, warn, open: async () => (await open(wanted)).engine });
  }
  const candidate = await findGpu(open, ask);
  if (candidate === null) return pool;
  const opened = [candidate.engine];
  return togetherExecutor({
    data,
    pool,
    warn,
    open: async () => opened.pop() ?? (await open(candidate.engine.name)).engine,
    decide: async (engine, fits) => {
      const gpuMs = await epochMs((all) => fitTogether(all, engine), fits);
      const cpuMs = ((await epochMs(fitFirst, fits)) * fits.length) / Math.min(workers, fits.length);
      const name = gpuMs < cpuMs ? engine.name : 'wasm';
      const figures = `an epoch of the first network took ${say(gpuMs)} on ${engine.name}, ${say(cpuMs)} on wasm`;
      studyRecord.setEngine(storage, { name, gpuMs, cpuMs });
      warn(`engine ${name}: ${figures}`);
      return name !== 'wasm';
    },
  });
}

/** The first GPU that is no software; null where there is none. Not being installed is no reason to speak. */
async function findGpu(open: Open, ask: Ask): Promise<EngineChoice | null> {
  for (const name of ['webgpu', 'cuda'] as const) {
    try {
      if (!(await ask(name)).isSoftware) return await open(name);
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
    }
  }
  return null;
}

function fitFirst([{ recipe, train, ctx }]: readonly NetworkFit[]): Promise<unknown> {
  return fitNetwork(recipe, train, ctx);
}

const PROBE_EPOCHS = 3;

/** Milliseconds per epoch, the first one, which compiles, left out. */
async function epochMs(
  train: (fits: readonly NetworkFit[]) => Promise<unknown>,
  fits: readonly NetworkFit[],
): Promise<number> {
  const times: number[] = [];
  const report = (epoch: number): boolean => {
    times[epoch - 1] = performance.now();
    return epoch < PROBE_EPOCHS;
  };
  const start = performance.now();
  await train(fits.map((fit) => ({ ...fit, ctx: { ...fit.ctx, report } })));
  if (times.length < 2) return performance.now() - start;
  return (times[times.length - 1] - times[0]) / (times.length - 1);
}

function say(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** What runs on the CPU under an option. */
export function cpuEngine(option: EngineOption): CpuEngine {
  return option === 'wasm-simd' ? option : 'wasm';
}

/** What a study says its engine is: what was asked for, of the CPU's with what decides its last bits. */
export function engineWord(option: EngineOption): string {
  return option === 'webgpu' || option === 'cuda' ? option : engineWords(cpuEngine(option));
}
