/** @file What a fit of numbers makes smaller, and what its steps are judged by: losses of one score and one target. */

import type { Sample } from './estimator.js';

export const NUMBER_LOSSES = [
  'squared',
  'absolute',
  'mape',
  'huber',
  'quantile',
  'poisson',
  'gamma',
  'tweedie',
] as const;
/** As trees state them; `mape` is the absolute error over the size of the target. */
export type NumberLoss = (typeof NUMBER_LOSSES)[number];

/** What scores are counted in: predictions are mean + scale * score, or scale * exp(score). */
export interface ScoreUnit {
  readonly mean: number;
  readonly scale: number;
  readonly link?: 'log';
}

/** A loss with its own number: the level of quantile, the distance of huber, the power of tweedie, the least size of mape. */
export interface ReadyNumberLoss {
  readonly name: NumberLoss;
  readonly shape: number;
}

const OF_METRIC: Readonly<Record<string, NumberLoss>> = {
  rmse: 'squared',
  r2: 'squared',
  mae: 'absolute',
  medae: 'absolute',
  mape: 'mape',
};

/** Of the middle size of a target: what is smaller counts as so large, where errors are taken as parts of it. */
const LEAST_SIZE = 1e-3;

/** The loss that a metric is the mean of, or that comes nearest; undefined where a metric has none. */
export function lossOfMetric(metric: string | undefined): NumberLoss | undefined {
  return metric !== undefined && Object.hasOwn(OF_METRIC, metric) ? OF_METRIC[metric] : undefined;
}

/** Whether what is predicted is exp(score). */
export function isOfLogs(loss: NumberLoss): boolean {
  return loss === 'poisson' || loss === 'gamma' || loss === 'tweedie';
}

/** A thousandth of the median size of the targets that are not 0, over the rows with a weight; 1 where all are 0. */
export function leastSize({ y, rows, weights }: Sample): number {
  const sizes = [...rows].filter((row) => weights?.[row] !== 0 && y[row] !== 0).map((row) => Math.abs(y[row]));
  return sizes.length === 0 ? 1 : LEAST_SIZE * sizes.sort((a, b) => a - b)[sizes.length >> 1];
}

/** What rows weigh where errors count as parts of the target, the same as before on average. */
export function shareWeights(own: Sample): Float32Array {
  const { y, rows, weights } = own;
  const least = leastSize(own);
  const shares = new Float64Array(y.length);
  let [wanted, total] = [0, 0];
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    shares[row] = weight / Math.max(Math.abs(y[row]), least);
    wanted += weight;
    total += shares[row];
  }
  return Float32Array.from(shares, (share) => (share * wanted) / total);
}

/**
 * The loss of a score whose target is y, in its unit.
 *
 * Shapes   score: of the standardised target, or its logarithm where the unit has that link; y: in its own units
 */
export function numberLoss({ name, shape }: ReadyNumberLoss, score: number, y: number, unit: ScoreUnit): number {
  const target = (y - unit.mean) / unit.scale;
  const said = unit.link === 'log' ? Math.exp(score) : score;
  const off = Math.abs(said - target);
  switch (name) {
    case 'squared':
      return (said - target) ** 2;
    case 'absolute':
      return off;
    case 'mape':
      return (off * unit.scale) / Math.max(Math.abs(y), shape);
    case 'huber':
      return off <= shape ? (off * off) / 2 : shape * (off - shape / 2);
    case 'quantile':
      return (target >= said ? shape : 1 - shape) * off;
    case 'poisson':
      return said - target * score;
    case 'gamma':
      return score + target * Math.exp(-score);
    case 'tweedie':
      return Math.exp((2 - shape) * score) / (2 - shape) - (target * Math.exp((1 - shape) * score)) / (1 - shape);
  }
}
