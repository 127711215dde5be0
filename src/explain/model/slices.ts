/** @file Where a model is worse than elsewhere: rows alike in one column or two, with the chance of seeing as much where nothing is. */

import type { FrameColumn } from '../../data/index.js';
import { mean, standardDeviation, studentQuantile, studentTail } from '../../evaluate/index.js';
import type { Grouping } from '../data/relation.js';
import { grouping } from '../data/relation.js';

/** A column of the table and its rows in groups. */
export interface GroupedColumn extends Grouping {
  readonly name: string;
}

/** Rows that are alike in what is said of them. */
export interface ErrorSlice {
  /** One condition, or two of different columns. */
  readonly where: readonly { readonly column: string; readonly group: string }[];
  readonly rows: number;
  /** Mean error of the slice, the standard error of this mean, and the mean of all other rows. */
  readonly error: number;
  readonly standardError: number;
  readonly rest: number;
  /** The chance of so large a difference in the worst direction where there is none, times the slices that were looked at (Holm). */
  readonly p: number;
}

export interface ErrorSlices {
  /** Worst first. */
  readonly slices: readonly ErrorSlice[];
  /** That were large enough to be looked at. */
  readonly looked: number;
}

const SINGLE_GROUPS = 6;
/** Quarters: a pair of columns has sixteen cells then. */
const PAIR_GROUPS = 4;
/** Columns whose pairs are looked at. */
const PAIRED_COLUMNS = 8;
const LEAST_ROWS = 20;
const LEAST_SHARE = 0.02;

/**
 * Slices of one column, and of two among the first eight given, whose rows have larger errors than the rest.
 *
 * A pair is named only where it is worse than either of its columns alone, so that one cause is said once. Slices have twenty rows
 * and 2 % of all at least.
 *
 * Shapes   errors [n], whatever is to be small: absolute errors, or 1 for a wrong class; columns of n rows, the most important first
 * Missing  cells are a group of their own; NaN errors are left out
 * Source   Welch 1947 (unequal variances); Holm 1979 (many looks)
 */
export function errorSlices(columns: readonly FrameColumn[], errors: ArrayLike<number>): ErrorSlices {
  const n = errors.length;
  const least = Math.max(LEAST_ROWS, Math.ceil(LEAST_SHARE * n));
  const named = (most: number, of: readonly FrameColumn[]): GroupedColumn[] =>
    of.map((column) => ({ name: column.name, ...grouping(column, n, most) }));
  const singles = named(SINGLE_GROUPS, columns).flatMap((column) => slicesOf([column], errors, least));
  const coarse = named(PAIR_GROUPS, columns.slice(0, PAIRED_COLUMNS));
  const parents = new Map(coarse.map((column) => [column.name, slicesOf([column], errors, 1)]));
  const pairs = coarse.flatMap((a, i) => coarse.slice(i + 1).flatMap((b) => slicesOf([a, b], errors, least)));
  const beats = ({ where, error }: ErrorSlice): boolean =>
    where.every(({ column, group }) => {
      const parent = parents.get(column)!.find((slice) => slice.where[0].group === group);
      return parent === undefined || error > parent.error;
    });
  const all = holm([...singles, ...pairs]);
  const worse = all.filter((slice) => slice.error > slice.rest && (slice.where.length === 1 || beats(slice)));
  return { slices: worse.sort((a, b) => b.error - b.rest - (a.error - a.rest)), looked: all.length };
}

/** Every combination of the groups with rows enough, and at least two other rows; p not yet corrected. */
function slicesOf(columns: readonly GroupedColumn[], errors: ArrayLike<number>, least: number): ErrorSlice[] {
  const members = new Map<number, number[]>();
  const all: number[] = [];
  for (let i = 0; i < errors.length; i++) {
    if (!Number.isFinite(errors[i])) continue;
    let key = 0;
    for (const { groupOf, labels } of columns) key = key * labels.length + groupOf[i];
    const own = members.get(key);
    if (own) own.push(errors[i]);
    else members.set(key, [errors[i]]);
    all.push(errors[i]);
  }
  const sum = all.reduce((total, error) => total + error, 0);
  const squares = all.reduce((total, error) => total + error * error, 0);
  return [...members].flatMap(([key, own]): ErrorSlice[] => {
    const others = all.length - own.length;
    if (own.length < least || others < 2) return [];
    const ownSum = own.reduce((total, error) => total + error, 0);
    const rest = (sum - ownSum) / others;
    const ownSquares = own.reduce((total, error) => total + error * error, 0);
    const restVariance = Math.max(0, (squares - ownSquares - others * rest * rest) / (others - 1));
    const found = welch(own, { mean: rest, variance: restVariance, count: others });
    return [{ where: whereOf(key, columns), rows: own.length, rest, ...found }];
  });
}

function whereOf(key: number, columns: readonly GroupedColumn[]): ErrorSlice['where'] {
  const where: { column: string; group: string }[] = [];
  let left = key;
  for (const { name, labels } of [...columns].reverse()) {
    where.unshift({ column: name, group: labels[left % labels.length] });
    left = Math.floor(left / labels.length);
  }
  return where;
}

function welch(
  own: readonly number[],
  rest: { readonly mean: number; readonly variance: number; readonly count: number },
): Pick<ErrorSlice, 'error' | 'standardError' | 'p'> {
  const error = mean(own);
  const [a, b] = [own.length > 1 ? standardDeviation(own) ** 2 / own.length : 0, rest.variance / rest.count];
  const found = { error, standardError: Math.sqrt(a) };
  if (a + b <= 0) return { ...found, p: error > rest.mean ? 0 : 1 };
  const freedom = (a + b) ** 2 / (a ** 2 / Math.max(1, own.length - 1) + b ** 2 / (rest.count - 1));
  return { ...found, p: studentTail((error - rest.mean) / Math.sqrt(a + b), freedom) };
}

/** Where the mean error of such rows lies, 95 times of 100; the ends are the mean itself with one row. */
export function sliceInterval({ error, standardError, rows }: ErrorSlice): readonly [low: number, high: number] {
  const reach = rows > 1 ? studentQuantile(0.975, rows - 1) * standardError : 0;
  return [error - reach, error + reach];
}

/** Each p times the hypotheses that are not less likely, never falling: sure of none that is only lucky, nineteen times of twenty. */
function holm(slices: readonly ErrorSlice[]): ErrorSlice[] {
  let before = 0;
  return [...slices]
    .sort((a, b) => a.p - b.p)
    .map((slice, i) => {
      before = Math.min(1, Math.max(before, slice.p * (slices.length - i)));
      return { ...slice, p: before };
    });
}
