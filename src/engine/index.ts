/** @file Door of engine: arithmetic for networks. */
export * from './choose.js';
export * from './engine.js';
export * from './initialise.js';
export { referenceEngine } from './reference.js';
export * from './spec.js';
export type { GpuName } from './tfjs/open.js';
export { driverPackages } from './tfjs/open.js';
export type { WasmBuild } from './wasm/build.js';
export { wasmBuild } from './wasm/build.js';
export { wasmEngine } from './wasm/wasm-engine.js';
