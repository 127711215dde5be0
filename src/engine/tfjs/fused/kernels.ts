/** @file What fused kernels offer in place of TensorFlow.js operations. */

import type { LossSpec } from '../../engine.js';
import type { ProductLayerSpec } from '../../spec.js';
import type { AdamState, AdamStep } from '../adamw.js';
import type { laneDropout } from '../host.js';
import type { LayerTensors } from '../layers.js';
import type { Judge } from '../loss.js';
import type { Tensor } from '../vendor.js';

/** The same results as the operations they replace, to within rounding; all differentiable but `descend`. */
export interface FusedKernels {
  /** `p.packed` holds all of the layer's parameters but W, in the layout's order: [lanes x size]. */
  productLayer(h: Tensor, layer: ProductLayerSpec, p: LayerTensors): Tensor;
  /** What `drop` needs of one layer's masks; must outlive the way back. */
  dropMasks(lanes: readonly (ReturnType<typeof laneDropout> | null)[]): Tensor;
  drop(h: Tensor, masks: Tensor): Tensor;
  laneLosses(loss: LossSpec, output: Tensor, judge: Judge): Tensor;
  descend(state: AdamState, step: AdamStep): AdamState;
}
