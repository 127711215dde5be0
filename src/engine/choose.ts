/** @file Which engines exist here, which one to use, and why. */

import { ToolkitError } from '../core/index.js';
import type { Engine, EngineName } from './engine.js';
import { referenceEngine } from './reference.js';
import type { GpuName, ImportModule } from './tfjs/open.js';
import { GPU_NAMES, importModule, openGpu } from './tfjs/open.js';
import { isSupported, wasmBuild } from './wasm/build.js';
import { wasmEngine, wasmEngineOf } from './wasm/wasm-engine.js';

export interface EngineChoice {
  readonly engine: Engine;
  /** One sentence. */
  readonly reason: string;
  /** The device is a program for the CPU: right, never fast. */
  readonly isSoftware?: boolean;
}

export interface EngineStatus {
  readonly name: EngineName;
  readonly available: boolean;
  /** One sentence. */
  readonly reason: string;
  /** The command that installs what is missing; null where nothing is. */
  readonly install: string | null;
}

/** 'wasm' is the faster build this machine can run; 'wasm-simd' the one whose every instruction gives the same bits on all machines. */
export type CpuEngine = 'wasm' | 'wasm-simd' | 'reference';

/** The CPU's engine of that name, at once; 'auto' is wasm. */
export function chooseEngine(name: 'auto' | CpuEngine): EngineChoice {
  if (name === 'reference') return { engine: referenceEngine, reason: REFERENCE_REASON };
  const status = wasmStatus();
  if (status.available && name === 'wasm-simd') return { engine: wasmEngineOf('simd'), reason: status.reason };
  if (status.available) return { engine: wasmEngine, reason: status.reason };
  throw new ToolkitError('state', { where: 'engine', rule: status.reason, got: name });
}

/**
 * The engine of that name; a GPU's is to be closed after use, or Node does not exit.
 *
 * Throws   usage: an unknown word; state: the engine is not available, with the command that installs it
 */
export async function openEngine(name: EngineName, load: ImportModule = importModule): Promise<EngineChoice> {
  if (isGpu(name)) return openGpu(name, load);
  if (name === 'wasm' || name === 'reference') return chooseEngine(name);
  const rule = 'engine must be one of auto, wasm, webgpu, cuda, reference';
  throw new ToolkitError('usage', { where: 'engine', rule, got: name });
}

/** What is known of a GPU that has been opened once. */
export interface GpuFound {
  /** One sentence. */
  readonly reason: string;
  /** The device is a program for the CPU: right, never fast. */
  readonly isSoftware: boolean;
}

/** Opens the GPU and closes it again. Throws as `openEngine`. */
export async function tryGpu(name: GpuName, load: ImportModule = importModule): Promise<GpuFound> {
  const { engine, reason, isSoftware } = await openGpu(name, load);
  await engine.close?.();
  return { reason, isSoftware };
}

/** Every engine there is a word for, and whether it can be used here; GPUs are opened to see, and closed again. */
export async function describeEngines(attempt: (name: GpuName) => Promise<GpuFound> = tryGpu): Promise<EngineStatus[]> {
  const statuses = [wasmStatus()];
  for (const name of GPU_NAMES) statuses.push(await gpuStatus(name, attempt));
  return [...statuses, { name: 'reference', available: true, reason: REFERENCE_REASON, install: null }];
}

const REFERENCE_REASON = 'scalar float64, slow: the oracle of the tests';

/** `wasm (simd)`: the engine with what decides its last bits. */
export function engineWords(name: CpuEngine): string {
  if (name === 'reference') return name;
  return `wasm (${name === 'wasm-simd' ? 'simd' : wasmBuild()})`;
}

function isGpu(name: EngineName): name is GpuName {
  return (GPU_NAMES as readonly string[]).includes(name);
}

function wasmStatus(): EngineStatus {
  const available = isSupported('simd');
  const reason = available
    ? `WebAssembly kernels for the CPU, ${wasmBuild()} build`
    : 'wasm needs a JavaScript engine with WebAssembly SIMD';
  return { name: 'wasm', available, reason, install: null };
}

async function gpuStatus(name: GpuName, attempt: (name: GpuName) => Promise<GpuFound>): Promise<EngineStatus> {
  try {
    const { reason } = await attempt(name);
    return { name, available: true, reason, install: null };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    const { rule, got, hint = '' } = error.parts;
    const install = /with: (.+)$/.exec(hint)?.[1] ?? null;
    const reason = `${rule}, got ${String(got)}${install ? '' : `. ${hint}`}`;
    return { name, available: false, reason, install };
  }
}
