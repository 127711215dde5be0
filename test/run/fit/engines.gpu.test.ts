/** @file Searches with a GPU engine: the leaderboard is wasm's, failures fall back, and auto keeps what it measured. */

import { join } from 'node:path';

import { expect } from 'chai';

import type { Executor, StudyData } from '../../../src/automl/index.js';
import { inlineExecutor, runSearch, studyRecord, togetherExecutor } from '../../../src/automl/index.js';
import { ToolkitError } from '../../../src/core/index.js';
import type { BatchedProgram, Engine, EngineChoice, EngineName } from '../../../src/engine/index.js';
import { wasmEngine } from '../../../src/engine/index.js';
import { openCpu } from '../../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { metricFor } from '../../../src/evaluate/index.js';
import { createExecutor } from '../../../src/run/fit/engines.js';
import { loadData } from '../../../src/run/fit/load-data.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import type { Group, Storage } from '../../../src/search/index.js';
import { createMemoryStorage, planTrials, randomSampler, Study } from '../../../src/search/index.js';
import { openTestGpu } from '../../engine/support/gpu.js';
import { assertClose } from '../../support/close.js';

const FOLDS = 3;
const PENGUINS = join(import.meta.dirname, '../../../datasets/penguins.csv');
/** Two steps of an epoch: they are what costs time on a device in software. */
const SHORT = { epochs: 4, batchSize: 128 };
const LRNN = {
  ...SHORT,
  depth: 2,
  rank: 6,
  width: 2,
  hidden: 3,
  first: { projection: 'axis', rank: 6, hidden: 3, activation: 'tanh' },
};
const GROUPS = [
  { name: 'dummy', portfolio: [{}] },
  { name: 'lrnn', portfolio: [LRNN] },
  { name: 'mlp', portfolio: [{ ...SHORT, width: 12 }] },
];
/** Two of one shape, and one between them that is not. */
const TWIN = { ...LRNN, rank: 3, hidden: 2, first: { ...LRNN.first, rank: 2, hidden: 2 } };
const TWINS = [
  {
    name: 'lrnn',
    portfolio: [TWIN, { ...TWIN, rank: 2 }, { ...TWIN, learningRate: 0.002, dropout: 0.3, patience: 1 }],
  },
];

/**
 * An out-of-fold log loss after four epochs (8 steps), on another engine: every product and sum is rounded otherwise, by
 * about 1e-6 of a gradient; AdamW divides by its size, so that a weight whose gradient is near 0 may move by as much as its
 * learning rate (1e-2) the other way, in some of a hundred. Scores, which are means over 330 rows, stay within 1e-3.
 */
const SCORE = { rtol: 1e-3, atol: 0 };

async function search(executor: Executor, groups: readonly Group[] = GROUPS, limitMs?: number): Promise<Storage> {
  const storage = createMemoryStorage();
  const study = new Study({ storage, plan: planTrials({ groups }), sampler: randomSampler, seed: 5, maxTrials: 3 });
  const listener = { trialStarted() {}, foldStarted() {}, foldEnded() {}, foldDone() {}, trialDone() {} };
  const { signal } = new AbortController();
  await runSearch({
    storage,
    study,
    executor,
    folds: FOLDS,
    metric: metricFor('logloss', 'multiclass'),
    ...(limitMs === undefined ? {} : { allot: () => ({ limitMs }) }),
    listener,
    signal,
  });
  await executor.close();
  return storage;
}

/** Everything that a study keeps of its folds but the time they took. */
function kept(storage: Storage): unknown[] {
  const parts = [...storage.parts()].sort((a, b) => a.trial - b.trial || a.part - b.part);
  return parts.map(({ trial, part, value }) => {
    const blobs = ['predictions', 'model'].map((name) => storage.blob(trial, part, name));
    expect(blobs.every(Boolean)).to.equal(true);
    return { trial, part, value, blobs };
  });
}

function scores(storage: Storage): number[] {
  expect(storage.trials().map(({ state }) => state)).to.deep.equal(['complete', 'complete', 'complete']);
  return storage.parts().map(({ value }) => value!);
}

/** The engine, to whose device something happens at step number `at` of its batched programs. */
function failing(engine: Engine, at: number, happen: () => void = lose): Engine {
  let steps = 0;
  return {
    ...engine,
    compileBatch: (spec, options, lanes): BatchedProgram => {
      const program = engine.compileBatch!(spec, options, lanes);
      const step = program.step.bind(program);
      program.step = (work) => {
        if (++steps === at) happen();
        step(work);
      };
      return program;
    },
  };
}

function lose(): never {
  throw new Error('the device was lost:\n  it fell out');
}

/** The part of a WebGPU device to which things happen. */
interface Device {
  destroy(): void;
  createBuffer(descriptor: { size: number; usage: number }): unknown;
  createShaderModule(descriptor: { code: string }): unknown;
}

function unwelcome(message: string): void {
  expect.fail(message);
}

describe('a search with a GPU engine', () => {
  let data: StudyData;
  let truth: number[];
  let cpu: Engine;
  before(async () => {
    const options = checkOptions({ data: PENGUINS, target: 'species', folds: FOLDS, holdout: 0 });
    ({ data } = await loadData(options));
    truth = scores(await search(inlineExecutor(data, wasmEngine)));
    cpu = tfjsEngine(await openCpu());
  });

  /** Compiles nothing but for lanes, and says how many. */
  const counting = (engine: Engine, lanes: number[]): Engine => ({
    ...engine,
    compileBatch: (spec, options, count) => {
      lanes.push(count);
      return engine.compileBatch!(spec, options, count);
    },
  });
  const together = (engine: Engine, warn: (message: string) => void = unwelcome): Executor =>
    togetherExecutor({ data, pool: inlineExecutor(data, wasmEngine), open: () => Promise.resolve(engine), warn });

  it('finds on TensorFlow.js what wasm finds', async () => {
    assertClose(scores(await search(together(cpu))), truth, SCORE, 'fold score');
  });

  it('trains the folds of a trial side by side, and asks the pool for the others only', async () => {
    const lanes: number[] = [];
    const watched = counting(cpu, lanes);
    const pool = inlineExecutor(data, wasmEngine);
    const families: string[] = [];
    const spied: Executor = { ...pool, run: (job) => (families.push(job.family), pool.run(job)) };
    await search(togetherExecutor({ data, pool: spied, open: () => Promise.resolve(watched), warn: unwelcome }));
    // One fold's training rows lack what makes a column of the other two's: it is a batch of its own.
    expect(lanes).to.deep.equal([2, 1, 2, 1]);
    expect(families).to.deep.equal(['dummy', 'dummy', 'dummy']);
  });

  it('trains trials of one shape in one batch, and each has what it has alone, to the bit', async () => {
    const [shared, alone]: [number[], number[]] = [[], []];
    const together1 = await search(together(counting(cpu, shared)), TWINS);
    // Three folds of two trials each; one of the folds has other columns, as above.
    expect(shared).to.deep.equal([4, 2, 2, 1]);
    const apart = { ...cpu, keepsLanesApart: false };
    const together2 = await search(together(counting(apart, alone)), TWINS);
    expect(alone).to.deep.equal([2, 1, 2, 1, 2, 1]);
    expect(kept(together1)).to.deep.equal(kept(together2));
  });

  it('tries the trials of a shared batch that failed one by one, each as if it had been alone', async () => {
    let opened = 0;
    const executor = togetherExecutor({
      data,
      pool: inlineExecutor(data, wasmEngine),
      open: async () => (++opened === 1 ? failing(cpu, 3) : cpu),
      warn: unwelcome,
    });
    const found = await search(executor, TWINS);
    expect(opened).to.equal(2);
    expect(kept(found)).to.deep.equal(kept(await search(together(cpu), TWINS)));
  });

  it('trains them one by one where fits have a time limit: what they take is counted from their begin', async () => {
    const lanes: number[] = [];
    await search(together(counting(cpu, lanes)), TWINS, 600_000);
    expect(lanes).to.deep.equal([2, 1, 2, 1, 2, 1]);
  });

  it('goes on with wasm for a trial whose device fails, says so once, and opens the device again', async () => {
    const warnings: string[] = [];
    let opened = 0;
    const executor = togetherExecutor({
      data,
      pool: inlineExecutor(data, wasmEngine),
      open: async () => (++opened === 1 ? failing(cpu, 3) : cpu),
      warn: (message) => warnings.push(message),
    });
    const found = scores(await search(executor));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^lrnn-\d runs on wasm: the device was lost: it fell out$/);
    expect(opened).to.equal(2);
    assertClose(found, truth, SCORE, 'fold score');
    // The trial that fell back has wasm's bits.
    expect(found.filter((score, i) => score === truth[i])).to.have.length.at.least(2 * FOLDS);
  });

  it('ends on wasm when the device never comes back', async () => {
    const warnings: string[] = [];
    const executor = togetherExecutor({
      data,
      pool: inlineExecutor(data, wasmEngine),
      open: () => Promise.reject(new Error('no adapter')),
      warn: (message) => warnings.push(message),
    });
    expect(scores(await search(executor))).to.deep.equal(truth);
    expect(warnings).to.have.length(2);
  });

  it('leaves errors of the settings to each fold, without a word about the device', async () => {
    const groups = [{ name: 'mlp', portfolio: [{ epochs: 1, width: 4, activation: 'cube' }] }];
    const storage = await search(together(cpu), groups);
    const [trial] = storage.trials();
    expect(trial.state).to.equal('failed');
    expect(trial.error).to.contain('network: layers[0].activation must be one of');
  });

  it('finds on WebGPU what wasm finds', async function () {
    this.timeout(120_000);
    const runtime = await openTestGpu(true);
    if (!runtime) return this.skip();
    assertClose(scores(await search(together(tfjsEngine(runtime)))), truth, SCORE, 'fold score');
  });

  it('trains trials of one shape in one batch on WebGPU too, and each has what it has alone, to the bit', async function () {
    this.timeout(240_000);
    const found: unknown[] = [];
    for (const keepsLanesApart of [true, false]) {
      const runtime = await openTestGpu(true);
      if (!runtime) return this.skip();
      const lanes: number[] = [];
      const engine = { ...tfjsEngine(runtime), keepsLanesApart };
      found.push(kept(await search(together(counting(engine, lanes)), TWINS)));
      expect(lanes).to.deep.equal(keepsLanesApart ? [4, 2, 2, 1] : [2, 1, 2, 1, 2, 1]);
    }
    expect(found[0]).to.deep.equal(found[1]);
  });

  /** What can happen to a device in the middle of a trial. */
  const ACCIDENTS: Record<string, (device: Device) => void> = {
    'is lost': (device) => device.destroy(),
    'runs out of memory': (device) => void device.createBuffer({ size: 2 ** 45, usage: 128 }),
    'fails to compile a kernel': (device) => void device.createShaderModule({ code: 'fn main( {' }),
  };
  for (const [accident, happen] of Object.entries(ACCIDENTS)) {
    it(`goes on with wasm for a trial whose WebGPU device ${accident}, says so once, and returns to WebGPU`, async function () {
      this.timeout(240_000);
      const [warnings, lanes]: [string[], number[]] = [[], []];
      let isSkipped = false;
      const open = async (): Promise<Engine> => {
        const runtime = await openTestGpu(true);
        if (!runtime) {
          isSkipped = true;
          throw new Error('there is no adapter');
        }
        const { device } = runtime.tf.engine().findBackend(runtime.backend) as unknown as { device: Device };
        const engine = tfjsEngine(runtime);
        return counting(warnings.length === 0 ? failing(engine, 3, () => happen(device)) : engine, lanes);
      };
      const pool = inlineExecutor(data, wasmEngine);
      const executor = togetherExecutor({ data, pool, open, warn: (message) => warnings.push(message) });
      const found = scores(await search(executor));
      if (isSkipped) return this.skip();
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/^(lrnn|mlp)-\d runs on wasm: \S/);
      assertClose(found, truth, SCORE, 'fold score');
      // Its wide folds and the narrow one, of the trial that failed in the first batch and of the one after it.
      expect(lanes).to.deep.equal([2, 2, 1]);
    });
  }

  describe('chosen by auto', () => {
    /** A machine with one GPU, played by TensorFlow.js on the CPU, each of whose steps takes `delayMs` more. */
    const machine = (delayMs: number, isSoftware = false) => {
      const slow: Engine = {
        ...cpu,
        name: 'webgpu',
        compileBatch: (spec, options, lanes) => {
          const program = cpu.compileBatch!(spec, options, lanes);
          const readLosses = program.readLosses.bind(program);
          program.readLosses = async () => {
            await new Promise((resolve) => setTimeout(resolve, delayMs));
            return readLosses();
          };
          return program;
        },
      };
      return async (name: EngineName): Promise<EngineChoice> => {
        if (name !== 'webgpu') throw missing();
        return { engine: slow, reason: 'a GPU', isSoftware };
      };
    };
    const missing = () => new ToolkitError('state', { where: 'engine', rule: 'must be here', got: null });
    const executorFor = (storage: Storage, open: (name: EngineName) => Promise<EngineChoice>, warnings: string[]) =>
      createExecutor({
        data,
        workers: 1,
        storage,
        option: 'auto',
        warn: (message) => warnings.push(message),
        open,
        ask: async (name) => {
          const { reason, isSoftware = false } = await open(name);
          return { reason, isSoftware };
        },
      });

    it('is wasm where the GPU is measured slower; said once, and kept for the next session', async () => {
      const [storage, warnings] = [createMemoryStorage(), [] as string[]];
      await search(await executorFor(storage, machine(400), warnings), GROUPS.slice(2));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(
        /^engine wasm: an epoch of the first network took \d+ ms on webgpu, [\d.]+ ms on wasm$/,
      );
      expect(studyRecord.engine(storage)?.name ?? null).to.equal('wasm');
      const never = () => expect.fail('a resumed study must not measure again');
      await (await executorFor(storage, never, warnings)).close();
    }).timeout(60_000);

    it('is not even asked where the device is software, or there is none', async () => {
      const [storage, warnings] = [createMemoryStorage(), [] as string[]];
      await (await executorFor(storage, machine(0, true), warnings)).close();
      await (await executorFor(storage, () => Promise.reject(missing()), warnings)).close();
      expect(warnings).to.deep.equal([]);
      expect(studyRecord.engine(storage)?.name ?? null).to.equal(null);
    });

    it('is the GPU where that is measured faster, also in the next session', async () => {
      const [storage, warnings] = [createMemoryStorage(), [] as string[]];
      let asked = 0;
      const open = async (name: EngineName) => {
        asked++;
        return machine(0)(name);
      };
      studyRecord.setEngine(storage, { name: 'webgpu', gpuMs: 1, cpuMs: 2 });
      await search(await executorFor(storage, open, warnings), GROUPS.slice(2));
      expect(warnings).to.deep.equal([]);
      expect(asked).to.equal(1);
    });
  });
});
