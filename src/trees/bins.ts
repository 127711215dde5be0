/** @file Columns as at most 255 bins, ordered or one for each category, made once per table: what trees are grown on. */

import type { Matrix, WasmMemory } from '../core/index.js';
import { check, Rng } from '../core/index.js';
import { distinctKeys, findCuts, sortKeys } from './cuts.js';

/** Bins of one column at most; bin 0 is for missing cells. */
export const MAX_BINS = 255;
/** Columns whose bins stand side by side for a row: a histogram pass takes them together. */
export const LANES = 8;
/** Rows that say where columns are cut. */
const SAMPLE_ROWS = 200_000;
/** Zones of float32: their upper 14 bits, and one beyond. */
const ZONE_SHIFT = 18;
const ZONES = 2 ** 14 + 1;

export interface BinnedTable {
  readonly rows: number;
  readonly cols: number;
  /** [blocks][rows][8]: block b holds columns 8b to 8b + 7 of every row, a byte each; columns beyond the last are bin 0. */
  readonly bins: Uint8Array;
  /** Thresholds of each column, ascending: a value x is in bin 1 + (number of cuts that are <= x); a missing one in bin 0. */
  readonly cuts: readonly Float32Array[];
  /** By column, the categories of bins 1, 2, ..., or null where the column has an order; left out where all have. */
  readonly levels?: readonly (Float32Array | null)[] | undefined;
  /** How bins are stored for histograms, where that is known. */
  readonly stored?: Stored | undefined;
  /** The memory in which bins lie, at the address that their view begins with, where threads work on them together. */
  readonly memory?: WasmMemory | undefined;
}

/** Columns as they are stored: each alone, or with others that never differ from their usual bins in the same row. */
export interface Stored {
  /** [blocks][rows][8] like `bins`, of the stored columns. */
  readonly bins: Uint8Array;
  /** Bins of each stored column, bin 0 not counted. */
  readonly counts: readonly number[];
  /** By column of the table. */
  readonly places: readonly Place[];
}

/** Where a column is stored. */
export interface Place {
  /** The stored column. */
  readonly stored: number;
  /** The stored bin of its first bin; 0 where it is stored alone, bin by bin. */
  readonly first: number;
  /** Its usual bin, which has no stored bin: bin 0 of the bundle is the usual one of every column. */
  readonly usual: number;
  /** Its lowest bin that counts: 1 where no cell is missing. Stored bins follow each other in the order of its bins from here on. */
  readonly lowest: number;
}

/** Bytes that the bins of a table take. */
export function binBytes({ rows, cols }: Pick<Matrix, 'rows' | 'cols'>): number {
  return Math.ceil(cols / LANES) * blockBytes(rows);
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
 * Of more than 200,000 named rows, so many say where columns are cut and which categories are frequent: one of each stretch, by chance.
 *
 * A column of categories (numbers that name them) has a bin for each of the `maxBins` most frequent, the most frequent first, the lesser
 * number first of equal ones. All others, those that the named rows do not have among them, are in bin 0 with the missing ones.
 *
 * Shapes   X [n x d], rows: positions in X; bins: room for all of them, zero
 * Missing  NaN is bin 0
 * Random   the same rows are sampled of as many: nothing is drawn anew
 * Throws   usage: maxBins out of range
 */
export function binTable(
  X: Matrix,
  rows: Uint32Array,
  maxBins = MAX_BINS,
  isCategory: readonly boolean[] = [],
  bins = new Uint8Array(binBytes(X)),
): BinnedTable {
  check(Number.isInteger(maxBins) && maxBins >= 2 && maxBins <= MAX_BINS, 'bins', 'must be in [2, 255]', maxBins);
  const cuts: Float32Array[] = [];
  const levels: (Float32Array | null)[] = [];
  const sample = sampleOf(rows);
  const keys = new Uint32Array(LANES * sample.length);
  const spare = new Uint32Array(sample.length);
  for (let first = 0; first < X.cols; first += LANES) {
    // Eight columns in a pass: their cells of a row lie side by side.
    const counts = collect(X, sample, first, keys);
    for (let lane = 0; lane < LANES && first + lane < X.cols; lane++) {
      const isNamed = isCategory[first + lane];
      const all = keys.subarray(lane * sample.length, lane * sample.length + counts[lane]);
      // Few values are cut between all of them, however frequent they are.
      const few = isNamed ? null : distinctKeys(all, maxBins);
      const present = sortKeys(few ?? all, spare);
      levels.push(isNamed ? findLevels(present, maxBins) : null);
      cuts.push(isNamed ? new Float32Array(0) : findCuts(present, maxBins));
    }
    fillBins(X, first, cuts, bins);
    levels.slice(first).forEach((own, lane) => own && fillLevels(X, first + lane, own, bins, X.rows));
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

/** One row of each stretch of as many: the same ones for the same number of rows. */
function sampleOf(rows: Uint32Array): Uint32Array {
  if (rows.length <= SAMPLE_ROWS) return rows;
  const rng = new Rng(0);
  return Uint32Array.from({ length: SAMPLE_ROWS }, (_, i) => {
    return rows[Math.floor(((i + rng.uniform()) * rows.length) / SAMPLE_ROWS)];
  });
}

/** Keys of the present cells of eight columns, column after column; returns how many each has. */
function collect(X: Matrix, rows: Uint32Array, first: number, keys: Uint32Array): Uint32Array {
  const counts = new Uint32Array(LANES);
  const bits = bitsOf(X);
  const lanes = Math.min(LANES, X.cols - first);
  for (const row of rows) {
    const at = row * X.cols + first;
    for (let lane = 0; lane < lanes; lane++) {
      const cell = bits[at + lane];
      if (!isMissing(cell)) keys[lane * rows.length + counts[lane]++] = keyOf(cell);
    }
  }
  return counts;
}

/** Order of float32 as order of uint32. */
export function keyOf(bits: number): number {
  return (bits ^ ((bits >> 31) | 0x80000000)) >>> 0;
}

/** Whether the bits of a float32 are those of NaN. */
function isMissing(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000;
}

function bitsOf({ data }: Matrix): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
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

/**
 * The bins of eight columns. The upper bits of a number say between which cuts it lies, nearly always between two.
 *
 * Shapes  cuts: of all columns so far, those of the eight from `first` on
 */
function fillBins(X: Matrix, first: number, cuts: readonly Float32Array[], bins: Uint8Array): void {
  const lanes = Math.min(LANES, X.cols - first);
  const bits = bitsOf(X);
  const below = new Uint8Array(LANES * ZONES);
  // The only cut of a column of one or two values, where there is none NaN.
  const onlyCut = Float32Array.from({ length: LANES }, (_, lane) => cuts[first + lane]?.[0] ?? Number.NaN);
  const isSimple = Array.from({ length: LANES }, (_, lane) => (cuts[first + lane]?.length ?? 0) < 2);
  const all = new Float32Array(LANES * MAX_BINS);
  for (let lane = 0; lane < lanes; lane++) {
    if (isSimple[lane]) continue;
    countZones(cuts[first + lane], below.subarray(lane * ZONES));
    all.set(cuts[first + lane], lane * MAX_BINS);
  }
  let to = (first >> 3) * blockBytes(X.rows);
  for (let row = 0; row < X.rows; row++, to += LANES) {
    const at = row * X.cols + first;
    for (let lane = 0; lane < lanes; lane++) {
      if (isSimple[lane]) {
        const own = X.data[at + lane];
        if (!Number.isNaN(own)) bins[to + lane] = onlyCut[lane] <= own ? 2 : 1;
        continue;
      }
      const cell = bits[at + lane];
      if (isMissing(cell)) continue;
      const zone = lane * ZONES + zoneOf(cell);
      let low = below[zone];
      let high = below[zone + 1];
      const value = X.data[at + lane];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (all[lane * MAX_BINS + middle] <= value) low = middle + 1;
        else high = middle;
      }
      bins[to + lane] = 1 + low;
    }
  }
}

/** The upper bits of a number's key; 0 and -0 are one number. */
function zoneOf(bits: number): number {
  return keyOf(bits === 0x80000000 ? 0 : bits) >>> ZONE_SHIFT;
}

/** below[zone] = how many cuts lie in zones before. */
function countZones(cuts: Float32Array, below: Uint8Array): void {
  const bits = new Uint32Array(cuts.buffer, cuts.byteOffset, cuts.length);
  let cut = 0;
  for (let zone = 0; zone < ZONES; zone++) {
    while (cut < cuts.length && zoneOf(bits[cut]) < zone) cut++;
    below[zone] = cut;
  }
}
