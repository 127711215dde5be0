/** @file TensorFlow.js on the native TensorFlow library: CUDA where tfjs-node-gpu is installed, else tfjs-node on the CPU. */

import type { Runtime } from './runtime.js';
import { prepare } from './runtime.js';
import type { ImportModule, Tf } from './vendor.js';
import { importExports, importModule, PACKAGES } from './vendor.js';

/** The name under which both packages register themselves. */
const BACKEND = 'tensorflow';

interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
}

/** Throws   what the import of tfjs-node-gpu throws, where neither package can be imported */
export async function openCuda(load: ImportModule = importModule): Promise<Runtime> {
  const { tf, name } = await importNative(load);
  prepare(tf);
  await tf.setBackend(BACKEND);
  const isGpu = (tf.backend() as NativeBackend).isUsingGpuDevice ?? name === PACKAGES.cudaGpu;
  return {
    name: 'cuda',
    description: isGpu
      ? `TensorFlow with CUDA through ${name}`
      : `TensorFlow on the CPU through ${name}: it found no CUDA`,
    isSoftware: !isGpu,
    tf,
    backend: BACKEND,
    fused: null,
    // Nobody promises this of TensorFlow's own kernels.
    keepsLanesApart: false,
    tensorBytes: Infinity,
    check: () => undefined,
    close: async () => undefined,
  };
}

async function importNative(load: ImportModule): Promise<{ tf: Tf; name: string }> {
  try {
    return { tf: await importExports<Tf>(PACKAGES.cudaGpu, load), name: PACKAGES.cudaGpu };
  } catch (error) {
    const tf = await importExports<Tf>(PACKAGES.cudaCpu, load).catch(() => null);
    if (!tf) throw error;
    return { tf, name: PACKAGES.cudaCpu };
  }
}
