/** @file How sure a comparison is: spread over folds, paired tests, bootstrap intervals. */

import { allRows, check, Rng } from '../core/index.js';
import { normalTail, studentQuantile, studentTail } from './distributions.js';

/** Up to this many differences the Wilcoxon test counts every sign pattern; above it uses the normal curve. */
const EXACT_LIMIT = 50;

/** Arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sample standard deviation (ddof 1); NaN for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return NaN;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/** Of a paired comparison. */
export interface PairedTest {
  /** Mean difference. */
  readonly mean: number;
  readonly t: number;
  /** Degrees of freedom: differences - 1. */
  readonly df: number;
  /** Two-sided: the chance of a |t| at least as large if there were no difference. */
  readonly p: number;
  /** The differences that the data do not contradict, at the level asked for. */
  readonly low: number;
  readonly high: number;
}

/**
 * Corrected resampled t-test on paired differences, one per fold.
 *
 * Folds share training rows, so the plain test is far too sure; this one adds n_test / n_train to 1 / folds. Differences
 * that are all equal give p = 1 if they are 0 and p = 0 else.
 *
 * Units    testToTrain: validation rows over training rows of a fold, 1 / (k - 1) for k folds
 * Throws   usage: fewer than two differences
 * Source   Nadeau & Bengio 2003, Inference for the generalization error
 */
export function correctedTTest(differences: ArrayLike<number>, testToTrain: number, level = 0.95): PairedTest {
  const n = differences.length;
  check(n >= 2, 'correctedTTest', 'must have at least two differences', n);
  const centre = mean(differences);
  const error = standardDeviation(differences) * Math.sqrt(1 / n + testToTrain);
  const t = error > 0 ? centre / error : centre === 0 ? 0 : Math.sign(centre) * Infinity;
  const reach = studentQuantile(0.5 + level / 2, n - 1) * error;
  const p = Math.min(1, 2 * studentTail(Math.abs(t), n - 1));
  return { mean: centre, t, df: n - 1, p, low: centre - reach, high: centre + reach };
}

/**
 * Wilcoxon signed-rank test on paired differences, two-sided: are they as often and as much above 0 as below?
 *
 * Zeros are dropped and equal sizes share their mean rank. Up to 50 differences every sign pattern is counted, ties
 * included; above, the normal curve with the correction for ties. Without any difference p is 1.
 *
 * Units    statistic: the smaller of the rank sums of positive and of negative differences
 */
export function wilcoxonSignedRank(differences: ArrayLike<number>): { statistic: number; p: number } {
  const present = Array.from(differences).filter((difference) => difference !== 0);
  const n = present.length;
  if (n === 0) return { statistic: 0, p: 1 };
  const doubled = doubledRanks(present.map(Math.abs));
  const positive = present.reduce((sum, difference, i) => sum + (difference > 0 ? doubled[i] : 0), 0);
  const smaller = Math.min(positive, n * (n + 1) - positive);
  const p = n <= EXACT_LIMIT ? exactTail(doubled, smaller) : normalTailOfRanks(doubled, smaller);
  return { statistic: smaller / 2, p: Math.min(1, 2 * p) };
}

/** Twice the mid-ranks: whole numbers, ties or not. */
function doubledRanks(sizes: readonly number[]): Float64Array {
  const order = Array.from(sizes.keys()).sort((a, b) => sizes[a] - sizes[b]);
  const ranks = new Float64Array(sizes.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && sizes[order[end]] === sizes[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = start + end + 1;
    start = end;
  }
  return ranks;
}

/** Share of the 2^n sign patterns whose positive rank sum is at most `limit`. */
function exactTail(doubled: Float64Array, limit: number): number {
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const share = new Float64Array(total + 1);
  share[0] = 1;
  for (const rank of doubled) {
    for (let sum = total; sum >= 0; sum--) share[sum] = (share[sum] + (sum >= rank ? share[sum - rank] : 0)) / 2;
  }
  return share.subarray(0, limit + 1).reduce((sum, value) => sum + value, 0);
}

function normalTailOfRanks(doubled: Float64Array, smaller: number): number {
  const n = doubled.length;
  // The sum of squared mid-ranks carries the correction for ties.
  const squares = doubled.reduce((sum, rank) => sum + (rank / 2) ** 2, 0);
  return normalTail((n * (n + 1)) / 4 - smaller / 2, Math.sqrt(squares / 4));
}

export interface BootstrapOptions {
  readonly rounds?: number;
  readonly level?: number;
  readonly seed?: number;
  /** [n] the stratum of each row, such as its class: a rare one is then in every draw. */
  readonly strata?: ArrayLike<number> | undefined;
}

/** Ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile interval of a statistic over rows drawn with replacement, from each stratum as many as it has.
 *
 * Draws on which the statistic is not finite are left out; NaN ends if none is.
 *
 * Random   draws from the seed only
 * Throws   usage: no rows, or a level outside (0, 1)
 * Source   Efron & Tibshirani 1993, 13.3
 */
export function bootstrapInterval(
  n: number,
  statistic: (rows: Uint32Array) => number,
  options: BootstrapOptions = {},
): Interval {
  return percentileInterval(bootstrapDraws(n, (rows) => [statistic(rows)], options)[0], options.level);
}

/**
 * Statistics of the same drawn rows, draw by draw: what differences between them are made of.
 *
 * Random, throws   as bootstrapInterval
 */
export function bootstrapDraws(
  n: number,
  statistics: (rows: Uint32Array) => readonly number[],
  { rounds = 1000, seed = 0, strata }: BootstrapOptions = {},
): Float64Array[] {
  check(n >= 1, 'bootstrapInterval', 'must have at least one row', n);
  const rng = new Rng(seed).split('bootstrap');
  const all = strataOf(n, strata);
  const rows = new Uint32Array(n);
  const values: Float64Array[] = [];
  for (let round = 0; round < rounds; round++) {
    let drawn = 0;
    for (const members of all) {
      for (let i = 0; i < members.length; i++) rows[drawn++] = members[rng.integer(members.length)];
    }
    statistics(rows).forEach((value, s) => ((values[s] ??= new Float64Array(rounds))[round] = value));
  }
  return values;
}

/** The middle of some draws, those that are no number left out; NaN ends if none is one. */
export function percentileInterval(draws: Float64Array, level = 0.95): Interval {
  check(level > 0 && level < 1, 'bootstrapInterval', 'level must be in (0, 1)', level);
  const sorted = draws.filter(Number.isFinite).sort();
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/** Row numbers by stratum, in the order of their first rows; one stratum of all rows where there are none. */
function strataOf(n: number, strata: ArrayLike<number> | undefined): readonly Uint32Array[] {
  if (!strata) return [allRows(n)];
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const known = members.get(strata[i]);
    if (known) known.push(i);
    else members.set(strata[i], [i]);
  }
  return Array.from(members.values(), (rows) => Uint32Array.from(rows));
}
