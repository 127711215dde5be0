/** @file The one file that names the packages of TensorFlow.js and Dawn: their types, and imports made only when asked for. */

import type * as core from '@tensorflow/tfjs-core';

import { ToolkitError } from '../../core/index.js';
import type { EngineName } from '../engine.js';
import type { FusedKernels } from './fused/kernels.js';
import { registerGradients } from './gradients.js';

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

/** A backend that is ready: what the programs of an engine run on. */
export interface Runtime {
  readonly name: EngineName;
  /** One sentence: the device, and how it is reached. */
  readonly description: string;
  /** The device is a program for the CPU: right, never fast. */
  readonly isSoftware: boolean;
  readonly tf: Tf;
  /** Its name in TensorFlow.js. */
  readonly backend: string;
  /** Kernels of our own; null: TensorFlow.js operations only. */
  readonly fused: FusedKernels | null;
  /** Throws when the device was lost, ran out of memory or failed since the runtime was made. */
  check(): void;
  close(): Promise<void>;
}

/** TensorFlow.js with gradients, without its checks of every value and its remarks on the console. */
export function prepare(tf: Tf): Tf {
  tf.enableProdMode();
  registerGradients(tf);
  return tf;
}

/** The exports of a module, whether it is CommonJS or not. */
export async function importExports<T>(name: string, load: ImportModule): Promise<T> {
  const module = (await load(name)) as { default?: T };
  const isWrapped = module.default !== undefined && Object.keys(module).length <= 2;
  return isWrapped ? module.default! : (module as T);
}

/** TensorFlow.js on its own JavaScript backend. */
export async function openCpu(load: ImportModule = importModule): Promise<Runtime> {
  const tf = prepare(await importExports<Tf>(PACKAGES.core, load));
  await load(PACKAGES.cpu);
  await tf.setBackend('cpu');
  return {
    name: 'tfjs',
    description: 'TensorFlow.js on its JavaScript backend',
    isSoftware: true,
    tf,
    backend: 'cpu',
    fused: null,
    check: () => undefined,
    close: async () => undefined,
  };
}

/** Makes later operations run on this backend; it was initialised when the runtime was made, so nothing is waited for. */
export function use({ tf, backend }: Runtime): void {
  if (tf.getBackend() === backend) return;
  if (!tf.findBackendFactory(backend)) {
    throw new ToolkitError('state', { where: 'engine', rule: 'it must not be used after close()' });
  }
  void tf.setBackend(backend);
}
