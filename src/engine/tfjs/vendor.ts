/** @file The one file that names the packages of TensorFlow.js and Dawn: their types, and imports made only when asked for. */

import type * as core from '@tensorflow/tfjs-core';

export type Tf = typeof core;
export type Tensor = core.Tensor;
export type TensorInfo = core.TensorInfo;

/** What `import()` does; another one in tests. */
export type ImportModule = (name: string) => Promise<unknown>;

export const importModule: ImportModule = (name) => import(name);

/** The version that all packages of TensorFlow.js must share. */
export const TFJS_VERSION = '4.22.0';

export const PACKAGES = {
  core: '@tensorflow/tfjs-core',
  cpu: '@tensorflow/tfjs-backend-cpu',
  webgpuBackend: '@tensorflow/tfjs-backend-webgpu',
  dawn: 'webgpu',
  cudaGpu: '@tensorflow/tfjs-node-gpu',
  cudaCpu: '@tensorflow/tfjs-node',
} as const;

/** The exports of a module, whether it is CommonJS or not. */
export async function importExports<T>(name: string, load: ImportModule): Promise<T> {
  const module = (await load(name)) as { default?: T };
  const isWrapped = module.default !== undefined && Object.keys(module).length <= 2;
  return isWrapped ? module.default! : (module as T);
}
