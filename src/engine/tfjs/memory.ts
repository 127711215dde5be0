/** @file How many lanes fit into a batch: what a lane keeps on the device, and what a batch may take of it. */

import type { NetworkSpec } from '../spec.js';
import { denseInputs, factorCount, isProductLayer, layerInputs, layerOutputs, parameterLayout } from '../spec.js';
import type { Runtime } from './runtime.js';

/** What the tensors of a step may take together: any GPU has this much, and folds of usual sizes stay in one batch. */
const BATCH_BYTES = 2 ** 30;
/** Weights, two moments, those kept, the gradient and its parts, and three of them anew before the old ones go. */
const BLOCKS = 10;
/** Numbers per output of a dense layer, and per factor and output of a product layer, on the way forward and back. */
const PER_UNIT = 6;
const PER_FACTOR = 5;
/** Composite operations keep each step of each univariate function besides; those of a dense layer's basis are always such. */
const PER_TERM = 7;

/** Lanes of a batch whose steps take no more than BATCH_BYTES, and no tensor more than the device can bind; 1 at least. */
export function laneLimit(
  spec: NetworkSpec,
  batchSize: number,
  runtime: Pick<Runtime, 'fused' | 'tensorBytes'>,
): number {
  const { all, largest } = laneBytes(spec, batchSize, runtime.fused !== null);
  return Math.max(1, Math.floor(Math.min(BATCH_BYTES / all, runtime.tensorBytes / largest)));
}

/** An estimate, by the sizes of what is computed: of all tensors, and of the largest one. */
export function laneBytes(spec: NetworkSpec, batchSize: number, isFused: boolean): { all: number; largest: number } {
  const parameters = parameterLayout(spec).size;
  let row = 2 * spec.inputs + PER_UNIT * spec.outputs;
  let widest = 0;
  spec.layers.forEach((layer, i) => {
    const [inputs, outputs] = [layerInputs(spec, i), layerOutputs(spec, i)];
    const factors = isProductLayer(layer) ? layer.rank * factorCount(layer, inputs) : 0;
    const terms = isProductLayer(layer) && !isFused ? factors * layer.hidden : 0;
    const units = !isProductLayer(layer) && layer.basis ? denseInputs(layer.basis, inputs) : 0;
    row += 2 * inputs + PER_UNIT * outputs + PER_FACTOR * factors + PER_TERM * (terms + units);
    widest = Math.max(widest, inputs, outputs, factors, terms, units);
  });
  return { all: 4 * (BLOCKS * parameters + batchSize * row), largest: 4 * Math.max(parameters, batchSize * widest) };
}
