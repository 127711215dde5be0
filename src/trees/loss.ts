/** @file What boosting makes smaller: where each loss starts, what it asks of the target, and what its leaves say. */

import { check, checkData } from '../core/index.js';

/**
 * What is made smaller, by score s, target y and weight w:
 *
 *   squared    w (s - y)^2 / 2
 *   logistic   w log(1 + exp(-s)) where y = 1, w log(1 + exp(s)) where y = 0
 *   softmax    w (log sum_c exp(s_c) - s_y)
 *   absolute   w |s - y|
 *   huber      w (s - y)^2 / 2 where |s - y| <= d, else w d (|s - y| - d / 2)
 *   quantile   w a (y - s) where y >= s, else w (1 - a) (s - y)
 *   poisson    w (exp(s) - y s)
 *   gamma      w (s + y exp(-s))
 *   tweedie    w (exp((2 - p) s) / (2 - p) - y exp((1 - p) s) / (1 - p))
 *
 * The last three predict exp(s).
 */
export type Loss =
  'squared' | 'logistic' | 'softmax' | 'absolute' | 'huber' | 'quantile' | 'poisson' | 'gamma' | 'tweedie';

/** What the value of a leaf is: a Newton step, a quantile of what is left over, a mean of it that outliers move little, or a log ratio. */
export type Leaves = 'newton' | 'quantile' | 'huber' | 'ratio';

const LEAVES: Readonly<Record<Loss, Leaves>> = {
  squared: 'newton',
  logistic: 'newton',
  softmax: 'newton',
  absolute: 'quantile',
  huber: 'huber',
  quantile: 'quantile',
  poisson: 'ratio',
  gamma: 'ratio',
  tweedie: 'ratio',
};

/** Quantile whose loss is asked for where none is named. */
const DEFAULT_LEVEL = 0.5;
const DEFAULT_POWER = 1.5;
/** Share of the target's distances from its median that Huber's loss squares where it is not told. */
const SQUARED_SHARE = 0.9;
/** Steps to the minimum of Huber's loss at most, and the share of its distance below which a step is the last. */
const HUBER_STEPS = 32;
const HUBER_PRECISION = 1e-6;
/** Least share of a class in the first score. */
const LEAST_SHARE = 1e-6;
/** What exp(score) starts from where every target is 0. */
const LEAST_MEAN = 1e-6;

/** The part of a task that losses look at. */
export interface Targets {
  readonly loss: Loss;
  readonly outputs: number;
  readonly y: Float32Array;
  readonly train: Uint32Array;
  /** The loss's own number: the level a of quantile, the distance d of huber, the power p of tweedie. */
  readonly shape?: number | undefined;
}

/** A loss ready for use. */
export interface ReadyLoss {
  readonly leaves: Leaves;
  /** Level of quantile and absolute, distance of huber, power of poisson (1), gamma (2) and tweedie; else 0. */
  readonly shape: number;
  /** The best constant score of each output. */
  readonly base: readonly number[];
}

/**
 * Checks the targets, fills in what was left out, and finds the best constant scores: the mean, the log odds, the log shares, the
 * quantile, the log of the mean.
 *
 * Throws   usage: shape out of range, no rows; data: a target that the loss has no value for, weights that are all 0
 */
export function readyLoss(targets: Targets, weights: Float32Array): ReadyLoss {
  const { loss, outputs, y, train } = targets;
  check(train.length > 0, 'trees', 'there must be rows to learn from', 0);
  if (loss === 'softmax') check(outputs >= 2, 'trees', 'softmax needs two outputs or more', outputs);
  else check(outputs === 1, 'trees', `${loss} has one output`, outputs);
  let total = 0;
  for (const row of train) {
    const weight = weights[row];
    checkData(weight >= 0 && weight < Infinity, 'trees', 'weights must be numbers from 0', weight);
    checkTarget(targets, y[row]);
    total += weight;
  }
  checkData(total > 0, 'trees', 'some weight must be above 0', total);
  const shape = shapeOf(targets, weights);
  return { leaves: LEAVES[loss], shape, base: baseScores(targets, weights, total, shape) };
}

function checkTarget({ loss, outputs }: Targets, value: number): void {
  if (loss === 'logistic') checkData(value === 0 || value === 1, 'trees', 'classes must be 0 and 1', value);
  else if (loss === 'softmax')
    checkData(
      Number.isInteger(value) && value >= 0 && value < outputs,
      'trees',
      `classes must be whole numbers below ${outputs}`,
      value,
    );
  else if (loss === 'gamma')
    checkData(value > 0 && value < Infinity, 'trees', 'targets of gamma must be above 0', value);
  else if (loss === 'poisson' || loss === 'tweedie')
    checkData(value >= 0 && value < Infinity, 'trees', `targets of ${loss} must be numbers from 0`, value);
  else checkData(Number.isFinite(value), 'trees', 'targets must be finite', value);
}

function shapeOf(targets: Targets, weights: Float32Array): number {
  const { loss, shape } = targets;
  if (loss === 'absolute') return 0.5;
  if (loss === 'poisson') return 1;
  if (loss === 'gamma') return 2;
  if (loss === 'quantile') {
    const level = shape ?? DEFAULT_LEVEL;
    check(level > 0 && level < 1, 'trees', 'the level of quantile must be in (0, 1)', level);
    return level;
  }
  if (loss === 'tweedie') {
    const power = shape ?? DEFAULT_POWER;
    check(power > 1 && power < 2, 'trees', 'the power of tweedie must be in (1, 2)', power);
    return power;
  }
  if (loss !== 'huber') return 0;
  const distance = shape ?? usualDistance(targets, weights);
  check(distance > 0 && distance < Infinity, 'trees', 'the distance of huber must be above 0', distance);
  // What kernels compare with.
  return Math.fround(distance);
}

/**
 * Nine tenths of the targets are nearer to their median.
 *
 * Source   Friedman 2001, section 4.4, taken once instead of in every round
 */
export function usualDistance({ y, train }: Pick<Targets, 'y' | 'train'>, weights: ArrayLike<number>): number {
  const own = Array.from(train, (row) => weights[row]);
  const median = weightedQuantile(
    Array.from(train, (row) => y[row]),
    own,
    0.5,
  );
  const distances = Array.from(train, (row) => Math.abs(y[row] - median));
  let largest = 0;
  for (const distance of distances) largest = Math.max(largest, distance);
  return weightedQuantile(distances, own, SQUARED_SHARE) || largest || 1;
}

function baseScores(
  { loss, outputs, y, train }: Targets,
  weights: Float32Array,
  total: number,
  shape: number,
): number[] {
  if (LEAVES[loss] === 'quantile' || LEAVES[loss] === 'huber') {
    const values = Array.from(train, (row) => y[row]);
    const own = Array.from(train, (row) => weights[row]);
    const best = loss === 'huber' ? huberMean(values, own, shape) : weightedQuantile(values, own, shape);
    return [Math.fround(best)];
  }
  const sums = new Float64Array(loss === 'softmax' ? outputs : 1);
  for (const row of train) {
    if (loss === 'softmax') sums[y[row]] += weights[row];
    else sums[0] += weights[row] * y[row];
  }
  const share = (sum: number) => Math.min(Math.max(sum / total, LEAST_SHARE), 1 - LEAST_SHARE);
  if (loss === 'squared') return [Math.fround(sums[0] / total)];
  if (loss === 'logistic') return [Math.fround(Math.log(share(sums[0]) / (1 - share(sums[0]))))];
  if (loss === 'softmax') return Array.from(sums, (sum) => Math.fround(Math.log(share(sum))));
  return [Math.fround(Math.log(sums[0] > 0 ? sums[0] / total : LEAST_MEAN))];
}

/**
 * The least value that with all smaller ones has `share` of the weight; half way to the next one where they have exactly that.
 * It minimises the quantile loss. Values of weight 0 do not count; 0 where there are no others.
 */
export function weightedQuantile(values: readonly number[], weights: readonly number[], share: number): number {
  const places = values.map((_, i) => i).filter((i) => weights[i] > 0);
  if (places.length === 0) return 0;
  let total = 0;
  for (const i of places) total += weights[i];
  places.sort((a, b) => values[a] - values[b]);
  let below = 0;
  for (let i = 0; i < places.length; i++) {
    const value = values[places[i]];
    below += weights[places[i]];
    const next = places[i + 1];
    if (below < share * total || (next !== undefined && values[next] === value)) continue;
    return below === share * total && next !== undefined ? (value + values[next]) / 2 : value;
  }
  return values[places[places.length - 1]];
}

/**
 * The value that minimises Huber's loss: from the median on, the mean of what is left over, cut off at `distance`, is added until
 * that changes nothing to speak of. No step raises the loss, since its second derivative is nowhere above the weights.
 *
 * Source   Huber 1981, section 6.7 (modified residuals)
 */
export function huberMean(values: readonly number[], weights: readonly number[], distance: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let centre = weightedQuantile(values, weights, 0.5);
  for (let step = 0; step < HUBER_STEPS && total > 0; step++) {
    let sum = 0;
    values.forEach((value, i) => (sum += weights[i] * Math.min(Math.max(value - centre, -distance), distance)));
    centre += sum / total;
    if (Math.abs(sum / total) <= HUBER_PRECISION * distance) break;
  }
  return centre;
}

/**
 * The step to the best constant of a leaf where exp(score) is predicted, never beyond it.
 *
 * With A = sum w y exp((1 - p) s) and B = sum w exp((2 - p) s) the gradient is B - A, and log(A / B) the best step. Upwards that is
 * taken; downwards, where it may be endless, the Newton step of poisson, A / B - 1, which is nearer. `lambda` is added to both sums.
 *
 * Shapes   gradient = B - A, hessian = (p - 1) A + (2 - p) B
 */
export function ratioStep(gradient: number, hessian: number, power: number, lambda: number): number {
  const wanted = Math.max(0, hessian - (2 - power) * gradient) + lambda;
  const said = hessian + (power - 1) * gradient + lambda;
  if (!(said > 0)) return 0;
  const ratio = wanted / said;
  return ratio > 1 ? Math.log(ratio) : ratio - 1;
}
