/** @file A backend of TensorFlow.js that is ready: what programs run on, and how it is made. */

import { ToolkitError } from '../../core/index.js';
import type { EngineName } from '../engine.js';
import type { FusedKernels } from './fused/kernels.js';
import { registerGradients } from './gradients.js';
import type { ImportModule, Tf } from './vendor.js';
import { importExports, importModule, PACKAGES } from './vendor.js';

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
  /** No sum depends on how many lanes there are, or on the zeros that fill up their batches. */
  readonly keepsLanesApart: boolean;
  /** The largest tensor that a kernel can be given. */
  readonly tensorBytes: number;
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
    keepsLanesApart: true,
    tensorBytes: Infinity,
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
