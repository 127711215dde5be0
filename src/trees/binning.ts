/** @file A table binned: by quantiles of its rows, or a bin for each category. */

import type { Matrix } from '../core/index.js';
import { check, Rng } from '../core/index.js';
import { Binner } from './binner.js';
import type { BinnedTable } from './bins.js';
import { binBytes, blockBytes, LANES, MAX_BINS } from './bins.js';
import { findCuts } from './cuts.js';

/** Rows that say where columns are cut. */
const SAMPLE_ROWS = 200_000;

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
  const sample = sampleOf(rows);
  const binner = new Binner(X, sample.length);
  const few = binner.fewValues(sample, maxBins, isCategory);
  const many = few.flatMap((values, column) => (values ? [] : [column]));
  const cuts = few.map((values) => (values ? findCuts(values, maxBins) : new Float32Array(0)));
  const levels = new Array<Float32Array | null>(X.cols).fill(null);
  for (let first = 0; first < many.length; first += LANES) {
    const columns = many.slice(first, first + LANES);
    // Eight columns in a pass: their cells of a row mostly lie side by side.
    const counts = collect(X, sample, columns, binner.unsorted);
    columns.forEach((column, room) => {
      const sorted = binner.sorted(room, counts[room]);
      if (isCategory[column]) levels[column] = findLevels(sorted, maxBins);
      else cuts[column] = findCuts(sorted, maxBins);
    });
  }
  binner.fill(
    cuts.map((own, column) => (levels[column] ? null : own)),
    bins,
  );
  levels.forEach((own, column) => own && fillLevels(X, column, own, bins));
  const table = { rows: X.rows, cols: X.cols, bins, cuts };
  return levels.some(Boolean) ? { ...table, levels } : table;
}

/** One row of each stretch of as many: the same ones for the same number of rows. */
function sampleOf(rows: Uint32Array): Uint32Array {
  if (rows.length <= SAMPLE_ROWS) return rows;
  const rng = new Rng(0);
  return Uint32Array.from({ length: SAMPLE_ROWS }, (_, i) => {
    return rows[Math.floor(((i + rng.uniform()) * rows.length) / SAMPLE_ROWS)];
  });
}

/** Present cells of up to eight columns, as bits, those of the i-th in the i-th room; returns how many each has. */
function collect(X: Matrix, rows: Uint32Array, columns: readonly number[], rooms: Uint32Array): Uint32Array {
  const counts = new Uint32Array(LANES);
  const bits = bitsOf(X);
  const own = Int32Array.from(columns);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] * X.cols;
    for (let i = 0; i < own.length; i++) {
      const cell = bits[row + own[i]];
      if (!isMissing(cell)) rooms[i * rows.length + counts[i]++] = cell;
    }
  }
  return counts;
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

function fillLevels(X: Matrix, col: number, levels: Float32Array, bins: Uint8Array): void {
  const at = (col >> 3) * blockBytes(X.rows) + (col & 7);
  const binsOf = new Map(Array.from(levels, (value, i) => [value, i + 1]));
  for (let row = 0; row < X.rows; row++) bins[at + row * LANES] = binsOf.get(X.data[row * X.cols + col]) ?? 0;
}
