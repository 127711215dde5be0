/** @file Scores of numbers that are means over the rows: of logarithms, quantiles, and deviances of the exponential family. */

import type { Matrix } from '../core/index.js';
import type { Scorer } from './metric.js';
import { weightedMean } from './residuals.js';

/** What a prediction of 0 or less counts as, where a deviance divides by it: the float64 epsilon, as a target of 0 in `mape`. */
const LEAST_PREDICTION = Number.EPSILON;

/** Root of the mean squared difference of log(1 + y) and log(1 + prediction); predictions below 0 count as 0. */
export const rmsle: Scorer = averaged((y, logged) => (Math.log1p(y) - logged) ** 2, {
  from: (prediction) => Math.log1p(Math.max(prediction, 0)),
  to: Math.sqrt,
});

/** Mean of what a quantile's prediction is off: below y it counts `level` for each unit, above it 1 - level. */
export function pinball(level: number): Scorer {
  return averaged((y, p) => (y >= p ? level * (y - p) : (1 - level) * (p - y)));
}

/** The mean of that over predictions with a column per level. */
export function meanPinball(levels: readonly number[]): Scorer {
  return (predictions) => {
    const scores = levels.map((level, j) => pinball(level)(columnOf(predictions, j)));
    return (y, weights) => scores.reduce((sum, score) => sum + score(y, weights), 0) / levels.length;
  };
}

/** Of one of several levels. */
export function pinballOf(levels: readonly number[], level: number): Scorer {
  return (predictions) => pinball(level)(columnOf(predictions, levels.indexOf(level)));
}

/** A column of predictions. */
export function columnOf({ rows, cols, data }: Matrix, j: number): Matrix {
  return { rows, cols: 1, data: Float32Array.from({ length: rows }, (_, i) => data[i * cols + j]) };
}

/** Twice the log likelihood ratio of a Poisson distribution with each y as its mean against one with the prediction. */
export const poissonDeviance: Scorer = averaged(
  (y, p) => Math.max(0, 2 * ((y > 0 ? y * Math.log(y / p) : 0) - y + p)),
  { from: positive },
);

/** The same of gamma distributions; targets must be above 0. */
export const gammaDeviance: Scorer = averaged(
  (y, p) => {
    const share = positive(y) / p;
    return Math.max(0, 2 * (share - 1 - Math.log(share)));
  },
  { from: positive },
);

/** The same of compound Poisson distributions, whose variance grows as a power of the mean between 1 and 2. */
export function tweedieDeviance(power: number): Scorer {
  const [once, twice] = [1 - power, 2 - power];
  return averaged(
    (y, p) => Math.max(0, 2 * (y ** twice / (once * twice) - (y * p ** once) / once + p ** twice / twice)),
    { from: positive },
  );
}

function positive(prediction: number): number {
  return Math.max(prediction, LEAST_PREDICTION);
}

interface Means {
  /** What a term sees of a prediction, worked out once. */
  readonly from?: (prediction: number) => number;
  /** What is made of the mean. */
  readonly to?: (mean: number) => number;
}

/** A mean over rows; while the targets stay the same array, drawing other weights costs one sum. */
function averaged(term: (y: number, prediction: number) => number, { from = same, to = same }: Means = {}): Scorer {
  return ({ data }) => {
    const seen = Float64Array.from(data, from);
    let known: { readonly of: unknown; readonly terms: Float64Array } | undefined;
    return (y, weights) => {
      if (known?.of !== y) known = { of: y, terms: Float64Array.from(y, (value, i) => term(value, seen[i])) };
      const { terms } = known;
      return to(weightedMean(y.length, (i) => terms[i], weights));
    };
  };
}

function same(value: number): number {
  return value;
}
