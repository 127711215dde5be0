/** @file Which of the two builds of the kernels runs here, compiled once per process and instantiated per program. */

import { ToolkitError } from '../../core/index.js';
import type { Kernels } from './kernels.gen.js';
import { RELAXED_SIMD, SIMD } from './kernels.gen.js';
import type { WasmMemory, WasmModule } from './webassembly.js';
import { Instance, Module, validate } from './webassembly.js';

export type WasmBuild = 'relaxed-simd' | 'simd';

const modules = new Map<WasmBuild, WasmModule>();

/** The better build this machine can run. */
export function wasmBuild(): WasmBuild {
  return isSupported('relaxed-simd') ? 'relaxed-simd' : 'simd';
}

/** Whether WebAssembly here knows the instructions of `build`. */
export function isSupported(build: WasmBuild): boolean {
  if (modules.has(build)) return true;
  if (build === 'relaxed-simd') allowRelaxedSimd();
  return validate(bytesOf(build));
}

/**
 * The kernels over one memory.
 *
 * Throws   state: no WebAssembly SIMD here
 */
export function instantiate(build: WasmBuild, memory: WasmMemory): Kernels {
  let module = modules.get(build);
  if (!module) {
    if (!isSupported(build)) {
      throw new ToolkitError('state', { where: 'engine.wasm', rule: `WebAssembly here must support ${build}` });
    }
    module = new Module(bytesOf(build));
    modules.set(build, module);
  }
  return new Instance(module, { env: { memory } }).exports as Kernels;
}

/** Node 20 knows relaxed SIMD but keeps it behind a flag, which may be set until a module is compiled. */
function allowRelaxedSimd(): void {
  const node = globalThis.process as NodeJS.Process | undefined;
  if (!node?.versions?.node?.startsWith('20.')) return;
  node.getBuiltinModule?.('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
}

function bytesOf(build: WasmBuild): Uint8Array {
  const text = atob(build === 'simd' ? SIMD : RELAXED_SIMD);
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
