/** @file Which engines exist here, which one to use, and why. */

import { ToolkitError } from '../core/index.js';
import type { Engine, EngineName } from './engine.js';
import { referenceEngine } from './reference.js';
import { isSupported, wasmBuild } from './wasm/build.js';
import { wasmEngine } from './wasm/wasm-engine.js';

export interface EngineChoice {
  readonly engine: Engine;
  /** One sentence. */
  readonly reason: string;
}

export interface EngineStatus {
  readonly name: EngineName;
  readonly available: boolean;
  /** One sentence. */
  readonly reason: string;
}

/**
 * The engine of that name; 'auto' takes the fastest one that is here.
 *
 * Throws   state: the engine is not available, with the one that is
 */
export function chooseEngine(name: 'auto' | EngineName): EngineChoice {
  const wanted = name === 'auto' ? 'wasm' : name;
  const status = describeEngines().find((engine) => engine.name === wanted);
  if (!status) {
    const rule = 'engine must be one of auto, wasm, webgpu, cuda, reference';
    throw new ToolkitError('usage', { where: 'engine', rule, got: name });
  }
  if (!status.available) {
    throw new ToolkitError('state', { where: 'engine', rule: status.reason, got: name, hint: 'Use --engine wasm.' });
  }
  return { engine: wanted === 'reference' ? referenceEngine : wasmEngine, reason: status.reason };
}

/** Every engine there is a word for, and whether it can be used here. */
export function describeEngines(): EngineStatus[] {
  const hasSimd = isSupported('simd');
  const wasmReason = hasSimd
    ? `WebAssembly kernels for the CPU, ${wasmBuild()} build`
    : 'wasm needs a JavaScript engine with WebAssembly SIMD';
  return [
    { name: 'wasm', available: hasSimd, reason: wasmReason },
    { name: 'webgpu', available: false, reason: 'webgpu must wait for a later version; wasm is available' },
    { name: 'cuda', available: false, reason: 'cuda must wait for a later version; wasm is available' },
    { name: 'reference', available: true, reason: 'scalar float64, slow: the oracle of the tests' },
  ];
}
