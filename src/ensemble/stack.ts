/** @file The weights of a stack: one per model, at least 0, drawn towards those of a blend. */

import type { Matrix } from '../core/index.js';
import { check, Rng } from '../core/index.js';
import type { RowWeights, Targets } from '../evaluate/index.js';
import type { Combination } from './combine.js';
import { solveWithin } from './quadratic.js';
import type { StackProblem } from './stack-loss.js';
import { softmaxObjective } from './stack-loss.js';

export interface StackOptions {
  /** Rows to learn from. */
  readonly rows: Uint32Array;
  /** The weights that it is drawn to, and that it starts from; one per candidate. */
  readonly start: readonly number[];
  /** [n] what each row counts. */
  readonly rowWeights?: RowWeights | undefined;
  /** What the logarithms of each candidate are multiplied by before they have a weight; default 1. */
  readonly scales?: readonly number[] | undefined;
  /** What a squared distance from `start` costs, in nats, or in variances of the target. */
  readonly ridge?: number;
  /** Members of a smaller share of all weight are left out: each costs as much as any other when it predicts. */
  readonly minShare?: number;
  /** With more numbers per candidate than this it learns from a sample of the rows. */
  readonly maxNumbers?: number;
  readonly seed?: number;
}

export interface Stack {
  /** One per candidate; those that are 0 are not needed. */
  readonly weights: Float64Array;
  readonly combine: Combination;
}

const STEPS = 60;

/**
 * The weights w >= 0 of least mean loss plus ridge * |w - start|^2, by Newton's method: squared error of
 * offset + sum_m w_m f_m in variances of the target, offset so that the mean of the target predicts itself; for classes the
 * cross-entropy of softmax(sum_m w_m log(max(p_m, 1e-5))), where w_m is scales_m times what is drawn to start_m. Weights that come out tiny are left out, and the others fitted again.
 *
 * Shapes   candidates: [n x 1], or [n x k] probabilities; y [n]
 * Random   only the sample of rows, from the seed
 * Source   non-negative stacking: Breiman 1996, Stacked regressions; differs: drawn towards a blend, not towards 0
 */
export function fitStack(candidates: readonly Matrix[], y: Targets, options: StackOptions): Stack {
  const { start, ridge = 0.1, minShare = 0.02, maxNumbers = 200_000, seed = 0, rowWeights } = options;
  const { scales = candidates.map(() => 1) } = options;
  check(candidates.length === start.length, 'stack', 'must have one start weight per model', start.length);
  check(options.rows.length > 0, 'stack', 'must have rows to learn from', 0);
  const isNumber = candidates[0].cols === 1;
  const rows = sampled(options.rows, Math.floor(maxNumbers / candidates[0].cols), seed);
  const fit = (kept: readonly number[], from: ArrayLike<number>): Float64Array => {
    const problem = {
      candidates: kept.map((m) => candidates[m]),
      start: Float64Array.from(kept, (m) => start[m]),
      y,
      rows,
      rowWeights,
      ridge,
      scales: Float64Array.from(kept, (m) => scales[m]),
    };
    const first = Float64Array.from(kept, (m) => from[m]);
    const found = isNumber ? fitNumbers(problem) : fitClasses(problem, first);
    const all = new Float64Array(candidates.length);
    kept.forEach((m, i) => (all[m] = found[i]));
    return all;
  };
  let weights = fit(Array.from(candidates.keys()), start);
  for (let kept = used(weights, 0); ; kept = used(weights, 0)) {
    const large = used(weights, minShare);
    if (large.length === 0 || large.length === kept.length) break;
    weights = fit(large, weights);
  }
  if (!isNumber) return { weights: weights.map((weight, m) => weight * scales[m]), combine: { method: 'softmax' } };
  const offset = targetOf(y, rows, rowWeights).mean * (1 - weights.reduce((sum, weight) => sum + weight, 0));
  return { weights, combine: { method: 'sum', offset } };
}

/** Candidates whose weight is above a share of all. */
function used(weights: Float64Array, share: number): number[] {
  const least = share * weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from(weights.keys()).filter((m) => weights[m] > least);
}

/** Squared error: one quadratic. */
function fitNumbers({ candidates, start, y, rows, rowWeights, ridge }: StackProblem): Float64Array {
  const m = start.length;
  const { mean, scale, total } = targetOf(y, rows, rowWeights);
  const curvature = new Float64Array(m * m);
  const slope = new Float64Array(m);
  const feature = new Float64Array(m);
  for (const row of rows) {
    const weight = (rowWeights?.[row] ?? 1) / total;
    for (let a = 0; a < m; a++) feature[a] = (candidates[a].data[row] - mean) / scale;
    let error = -(y[row] - mean) / scale;
    for (let a = 0; a < m; a++) error += start[a] * feature[a];
    for (let a = 0; a < m; a++) {
      slope[a] += 2 * weight * error * feature[a];
      for (let b = 0; b <= a; b++) curvature[a * m + b] += 2 * weight * feature[a] * feature[b];
    }
  }
  for (let a = 0; a < m; a++) {
    curvature[a * m + a] += 2 * ridge;
    for (let b = 0; b < a; b++) curvature[b * m + a] = curvature[a * m + b];
  }
  const step = solveWithin(
    curvature,
    slope,
    start.map((weight) => -weight),
  );
  return start.map((weight, a) => Math.max(0, weight + step[a]));
}

/** Cross-entropy: a quadratic around each point, and as much of the way to its bottom as lowers the loss. */
function fitClasses(problem: StackProblem, from: Float64Array): Float64Array {
  const objective = softmaxObjective(problem);
  let weights = from;
  let here = objective.expand(weights);
  for (let step = 0; step < STEPS; step++) {
    const { free, slope, curvature } = here;
    const way = solveWithin(
      curvature,
      slope,
      Float64Array.from(free, (m) => -weights[m]),
    );
    const fall = -way.reduce((sum, length, i) => sum + length * slope[i], 0);
    const next = (share: number): Float64Array => {
      const moved = weights.slice();
      free.forEach((m, i) => (moved[m] = Math.max(0, moved[m] + share * way[i])));
      return moved;
    };
    // So near the bottom the quadratic is the loss but for rounding.
    if (!(fall > 1e-10)) return next(1);
    let share = 1;
    while (share > 1e-6 && !(objective.value(next(share)) <= here.loss - 1e-4 * share * fall)) share /= 2;
    if (share <= 1e-6) break;
    weights = next(share);
    here = objective.expand(weights);
  }
  return weights;
}

/** Mean and spread of the target; a constant one has the spread 1. */
function targetOf(y: Targets, rows: Uint32Array, weights: RowWeights | undefined) {
  let [total, sum, squares] = [0, 0, 0];
  for (const row of rows) total += weights?.[row] ?? 1;
  for (const row of rows) sum += ((weights?.[row] ?? 1) * y[row]) / total;
  for (const row of rows) squares += ((weights?.[row] ?? 1) * (y[row] - sum) ** 2) / total;
  return { total, mean: sum, scale: Math.sqrt(squares) || 1 };
}

function sampled(rows: Uint32Array, size: number, seed: number): Uint32Array {
  if (rows.length <= size) return rows;
  return new Rng(seed).split('stack').shuffle(rows.slice()).subarray(0, Math.max(1, size)).sort();
}
