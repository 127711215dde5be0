/** @file Columns as at most 255 bins, ordered or one for each category, made once per table: what trees are grown on. */

import type { Matrix } from '../core/index.js';
import { check } from '../core/index.js';

/** Bins of one column at most; bin 0 is for missing cells. */
export const MAX_BINS = 255;
/** Columns whose bins stand side by side for a row: a histogram pass takes them together. */
export const LANES = 8;

export interface BinnedTable {
  readonly rows: number;
  readonly cols: number;
  /** [blocks][rows][8]: block b holds columns 8b to 8b + 7 of every row, a byte each; columns beyond the last are bin 0. */
  readonly bins: Uint8Array;
  /** Thresholds of each column, ascending: a value x is in bin 1 + (number of cuts that are <= x); a missing one in bin 0. */
  readonly cuts: readonly Float32Array[];
  /** By column, the categories of bins 1, 2, ..., or null where the column has an order; left out where all have. */
  readonly levels?: readonly (Float32Array | null)[] | undefined;
}

/** Bytes between the same row of two blocks. */
export function blockBytes(rows: number): number {
  return rows * LANES;
}

/**
 * Bins by quantiles of the named rows; every row of X gets its bin, for training rows and others alike.
 *
 * A column of at most `maxBins` different values has a bin for each. Otherwise a value that is as frequent as a bin gets one (with less than
 * half a bin of smaller neighbours), and the rest is cut into bins of equal weight. Cuts lie half way between neighbouring values, in float32, so that `x < cut` parts them
 * as the bins do.
 *
 * A column of categories (numbers that name them) has a bin for each of the `maxBins` most frequent, the most frequent first, the lesser
 * number first of equal ones. All others, those that the named rows do not have among them, are in bin 0 with the missing ones.
 *
 * Shapes   X [n x d], rows: positions in X
 * Missing  NaN is bin 0
 * Throws   usage: maxBins out of range
 */
export function binTable(
  X: Matrix,
  rows: Uint32Array,
  maxBins = MAX_BINS,
  isCategory: readonly boolean[] = [],
): BinnedTable {
  check(Number.isInteger(maxBins) && maxBins >= 2 && maxBins <= MAX_BINS, 'bins', 'must be in [2, 255]', maxBins);
  const blocks = Math.ceil(X.cols / LANES);
  const bins = new Uint8Array(blocks * blockBytes(X.rows));
  const cuts: Float32Array[] = [];
  const levels: (Float32Array | null)[] = [];
  const sorted = new Float32Array(rows.length);
  for (let col = 0; col < X.cols; col++) {
    const present = collect(X, rows, col, sorted);
    levels.push(isCategory[col] ? findLevels(present, maxBins) : null);
    cuts.push(isCategory[col] ? new Float32Array(0) : findCuts(present, maxBins));
    const own = levels[col];
    if (own) fillLevels(X, col, own, bins, X.rows);
    else fillBins(X, col, cuts[col], bins, X.rows);
  }
  const table = { rows: X.rows, cols: X.cols, bins, cuts };
  return levels.some(Boolean) ? { ...table, levels } : table;
}

/** Bins of a column, that of missing cells not counted; at least 1. */
export function binCount({ cuts, levels }: BinnedTable, col: number): number {
  const own = levels?.[col];
  return own ? Math.max(1, own.length) : cuts[col].length + 1;
}

/** Whether a column has categories. */
export function hasLevels({ levels }: BinnedTable, col: number): boolean {
  return Boolean(levels?.[col]);
}

/** The bin of a row. */
export function binOf({ bins, rows }: BinnedTable, row: number, col: number): number {
  return bins[(col >> 3) * blockBytes(rows) + row * LANES + (col & 7)];
}

/** The present values of a column, ascending; into `buffer`. */
function collect(X: Matrix, rows: Uint32Array, col: number, buffer: Float32Array): Float32Array {
  let count = 0;
  for (const row of rows) {
    const value = X.data[row * X.cols + col];
    if (value === value) buffer[count++] = value;
  }
  return buffer.subarray(0, count).sort();
}

/** The most frequent values, the most frequent first. */
function findLevels(sorted: Float32Array, most: number): Float32Array {
  const counts = new Map<number, number>();
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return Float32Array.from(byCount.slice(0, most), ([value]) => value);
}

function fillLevels(X: Matrix, col: number, levels: Float32Array, bins: Uint8Array, rows: number): void {
  const at = (col >> 3) * blockBytes(rows) + (col & 7);
  const binsOf = new Map(Array.from(levels, (value, i) => [value, i + 1]));
  for (let row = 0; row < rows; row++) bins[at + row * LANES] = binsOf.get(X.data[row * X.cols + col]) ?? 0;
}

function findCuts(sorted: Float32Array, maxBins: number): Float32Array {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (values.length > 0 && values[values.length - 1] === value) counts[counts.length - 1]++;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  const ends = values.length <= maxBins ? values.map((_, i) => i) : equalWeights(counts, sorted.length, maxBins);
  return Float32Array.from(ends.slice(0, -1), (end) => between(values[end], values[end + 1]));
}

/**
 * Last value of each bin. Values that weigh as much as a bin stand alone; what is left of the bins is shared out over the rest.
 *
 * Source   as LightGBM's GreedyFindBin describes it: big values first, then equal weights
 */
function equalWeights(counts: readonly number[], total: number, maxBins: number): number[] {
  const isBig = counts.map((count) => count >= total / maxBins);
  const big = isBig.filter(Boolean).length;
  let restRows = counts.reduce((sum, count, i) => (isBig[i] ? sum : sum + count), 0);
  let restBins = maxBins - big;
  let mean = restRows / Math.max(1, restBins);
  const ends: number[] = [];
  let filled = 0;
  for (let i = 0; i < counts.length; i++) {
    filled += counts[i];
    if (!isBig[i]) restRows -= counts[i];
    const isLast = i === counts.length - 1;
    const isFull = isBig[i] || filled >= mean || (!isLast && isBig[i + 1] && filled >= mean / 2);
    if (!isLast && (!isFull || ends.length >= maxBins - 1)) continue;
    ends.push(i);
    filled = 0;
    if (isBig[i] || isLast) continue;
    restBins--;
    mean = restRows / Math.max(1, restBins);
  }
  return ends;
}

/** A float32 above `low` and at most `high`, half way where there is room. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle > low ? middle : high;
}

function fillBins(X: Matrix, col: number, cuts: Float32Array, bins: Uint8Array, rows: number): void {
  const at = (col >> 3) * blockBytes(rows) + (col & 7);
  for (let row = 0; row < rows; row++) {
    const value = X.data[row * X.cols + col];
    if (value === value) bins[at + row * LANES] = 1 + countUpTo(cuts, value);
  }
}

/** How many cuts are <= value. */
function countUpTo(cuts: Float32Array, value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
