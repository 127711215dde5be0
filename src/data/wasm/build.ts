/** @file The kernels of reading over a memory of their own. */

import { KernelPlan } from '../../core/index.js';
import type { Kernels } from './kernels.gen.js';
import { SIMD } from './kernels.gen.js';

export class Plan extends KernelPlan<Kernels> {
  constructor() {
    super(SIMD, 'csv', 'a piece of the file, scanned,');
  }
}
