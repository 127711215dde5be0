/** @file Regression metrics. Sums in float64; definitions and edge cases are scikit-learn's. */

import type { Matrix } from '../core/index.js';
import type { RowWeights, Targets } from './metric.js';

/** scikit-learn's floor for the denominator of mape: the float64 epsilon. */
const MAPE_FLOOR = Number.EPSILON;

/** Square root of the mean squared error. */
export function rmse(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  return Math.sqrt(weightedMean(y.length, (i) => (y[i] - predictions.data[i]) ** 2, weights));
}

/** Mean absolute error. */
export function mae(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  return weightedMean(y.length, (i) => Math.abs(y[i] - predictions.data[i]), weights);
}

/** Mean of |y - p| / |y|, as a fraction; a y of 0 counts as the float64 epsilon, so it is huge there. */
export function mape(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  return weightedMean(
    y.length,
    (i) => Math.abs(y[i] - predictions.data[i]) / Math.max(Math.abs(y[i]), MAPE_FLOOR),
    weights,
  );
}

/** Share of the variance explained. A constant y gives 1 when every prediction is exact and 0 else. */
export function r2(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  const mean = weightedMean(y.length, (i) => y[i], weights);
  const residual = weightedMean(y.length, (i) => (y[i] - predictions.data[i]) ** 2, weights);
  const total = weightedMean(y.length, (i) => (y[i] - mean) ** 2, weights);
  if (Number.isNaN(residual)) return residual;
  if (total === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / total;
}

/**
 * Median absolute error: the mean of the two middle ones when n is even.
 *
 * With weights it is the smallest error that, with all smaller ones, holds half of the weight; the mean of that and the next
 * where they hold exactly half, so that weights of 1 change nothing.
 */
export function medae(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  const errors = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) errors[i] = Math.abs(y[i] - predictions.data[i]);
  if (errors.length === 0 || errors.some(Number.isNaN)) return NaN;
  if (weights) return weightedMedian(errors, weights);
  const sorted = errors.sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function weightedMedian(values: Float64Array, weights: RowWeights): number {
  const order = Uint32Array.from(values.keys())
    .filter((i) => weights[i] > 0)
    .sort((a, b) => values[a] - values[b]);
  let total = 0;
  for (const i of order) total += weights[i];
  let sum = 0;
  for (let place = 0; place < order.length; place++) {
    sum += weights[order[place]];
    const value = values[order[place]];
    if (sum === total / 2) return (value + values[order[place + 1]]) / 2;
    if (sum > total / 2) return value;
  }
  return NaN;
}

/** Mean of `term` over n rows in float64; NaN for no rows. */
export function weightedMean(n: number, term: (i: number) => number, weights?: RowWeights): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const weight = weights ? weights[i] : 1;
    sum += weight * term(i);
    total += weight;
  }
  return sum / total;
}
