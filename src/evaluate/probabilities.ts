/** @file Metrics of probabilities as they stand. */

import type { Matrix } from '../core/index.js';
import type { RowWeights, Targets } from './metric.js';
import { weightedMean } from './residuals.js';

/** Probabilities are float32, so they are kept this far from 0 and 1: its epsilon, as scikit-learn does for float32. */
export const PROBABILITY_FLOOR = 2 ** -23;

/** P(class c) of row i; a single column is P(class 1). */
export function probability(predictions: Matrix, i: number, c: number): number {
  if (predictions.cols > 1) return predictions.data[i * predictions.cols + c];
  return c === 1 ? predictions.data[i] : 1 - predictions.data[i];
}

/**
 * Mean negative natural logarithm of the probability of the true class, in nats per row.
 *
 * Probabilities are clipped to [2^-23, 1 - 2^-23], so a sure mistake costs 15.9 nats and never infinity.
 */
export function logLoss(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  return weightedMean(y.length, (i) => -Math.log(clip(probability(predictions, i, y[i]))), weights);
}

/** Mean squared difference between P(class 1) and the outcome. */
export function brier(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  return weightedMean(y.length, (i) => (probability(predictions, i, 1) - y[i]) ** 2, weights);
}

function clip(p: number): number {
  return p < PROBABILITY_FLOOR ? PROBABILITY_FLOOR : p > 1 - PROBABILITY_FLOOR ? 1 - PROBABILITY_FLOOR : p;
}
