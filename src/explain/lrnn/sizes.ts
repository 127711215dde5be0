/** @file How much of a layer's rank and width the data uses. */

import type { LayerTrace, LrnnTrace } from './forward.js';
import { varianceOf } from './forward.js';

export interface LayerSize {
  readonly rank: number;
  readonly width: number;
  /** Directions that the layer's outputs really vary in, 1 to rank. */
  readonly effectiveRank: number;
  /** Factors that really vary in a neuron, 1 to width; mean over the neurons by how much the network listens to them. */
  readonly effectiveWidth: number;
}

/**
 * Participation ratios: (sum of variances)^2 over the sum of their squares. k equal ones give k, a single one gives 1.
 *
 * The rank's are the principal variances of the layer's outputs, so two neurons that always agree count once; the width's
 * are the variances of a neuron's factors.
 *
 * Source   Gao et al. 2017, A theory of multineuronal dimensionality (participation ratio)
 */
export function layerSize(trace: LrnnTrace, index: number, weights: ArrayLike<number>): LayerSize {
  const layer = trace.layers[index];
  return {
    rank: layer.rank,
    width: layer.width,
    effectiveRank: effectiveRank(layer, trace.rows),
    effectiveWidth: effectiveWidth(layer, trace.rows, weights),
  };
}

/** tr(C)^2 / tr(C^2) of the outputs' covariance: the same ratio of its eigenvalues, without finding them. */
function effectiveRank({ output, rank }: LayerTrace, n: number): number {
  const centred = Float64Array.from(output);
  for (let l = 0; l < rank; l++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += centred[i * rank + l] / n;
    for (let i = 0; i < n; i++) centred[i * rank + l] -= mean;
  }
  let trace = 0;
  let squares = 0;
  for (let a = 0; a < rank; a++) {
    for (let b = a; b < rank; b++) {
      let covariance = 0;
      for (let i = 0; i < n; i++) covariance += centred[i * rank + a] * centred[i * rank + b];
      if (a === b) trace += covariance;
      squares += (a === b ? 1 : 2) * covariance ** 2;
    }
  }
  return squares > 0 ? trace ** 2 / squares : 1;
}

function effectiveWidth(layer: LayerTrace, n: number, weights: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let l = 0; l < layer.rank; l++) {
    const spreads = factorVariances(layer, n, l);
    const whole = spreads.reduce((all, value) => all + value, 0);
    const squares = spreads.reduce((all, value) => all + value ** 2, 0);
    sum += weights[l] ** 2 * (squares > 0 ? whole ** 2 / squares : 1);
    total += weights[l] ** 2;
  }
  return total > 0 ? sum / total : 1;
}

/** [width] variance of each factor of a neuron over the rows. */
export function factorVariances({ factors, rank, width }: LayerTrace, n: number, neuron: number): number[] {
  return Array.from({ length: width }, (_, j) => varianceOf(n, (i) => factors[(i * rank + neuron) * width + j]));
}
