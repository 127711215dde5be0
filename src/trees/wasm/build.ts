/** @file The kernels of growing over a memory of their own, or over the one that holds a table's bins for all threads. */

import type { WasmMemory } from '../../core/index.js';
import { KernelPlan, SharedMemory } from '../../core/index.js';
import type { Kernels } from './kernels.gen.js';
import { SIMD } from './kernels.gen.js';

export class Plan extends KernelPlan<Kernels> {
  constructor(memory?: WasmMemory) {
    super(SIMD, 'trees', 'the table, binned,', memory ? new SharedMemory(memory) : null);
  }
}
