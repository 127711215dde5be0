/** @file The fused kernels of one WebGPU backend. */

import type { Tf } from '../vendor.js';
import type { FusedKernels } from './kernels.js';
import { fusedLaneLosses } from './losses.js';
import { fusedProductLayer } from './product.js';
import { dropMasks, fusedDescend, fusedDrop } from './rest.js';
import { KernelRunner } from './run.js';

export function fusedKernels(tf: Tf, backend: string): FusedKernels {
  const runner = new KernelRunner(tf, backend);
  return {
    productLayer: (h, layer, p) => fusedProductLayer(tf, runner, h, layer, p),
    dropMasks: (lanes) => dropMasks(tf, lanes),
    drop: (h, masks) => fusedDrop(tf, runner, h, masks),
    laneLosses: (loss, output, judge) => fusedLaneLosses(tf, runner, loss, output, judge),
    descend: (state, step) => fusedDescend(tf, runner, state, step),
  };
}
