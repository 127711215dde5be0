/** @file What diagnostic plots show, as numbers: ROC curves, calibration bins, confusion counts, densities. */

import type { Matrix } from '../../core/index.js';
import type { DecisionRule } from '../../evaluate/index.js';
import { decisionsBy } from '../../evaluate/index.js';
import { isNumber } from '../words/format.js';

export interface RocCurve {
  readonly classIndex: number;
  /** Exact area, before thinning; NaN where the class is missing or alone. */
  readonly area: number;
  /** From (0, 0) to (1, 1), at most 201 points. */
  readonly points: readonly { readonly falsePositive: number; readonly truePositive: number }[];
}

const MAX_ROC_POINTS = 200;

/**
 * One class against all others; equal scores are one step.
 *
 * Missing  rows whose probability is not a number are left out
 */
export function rocCurve(y: Float32Array, predictions: Matrix, classIndex: number): RocCurve {
  const keys = sortedKeys(y, predictions, classIndex);
  const positives = keys.reduce((count, key) => count + (key % 2), 0);
  const negatives = keys.length - positives;
  const points = [{ falsePositive: 0, truePositive: 0 }];
  if (positives === 0 || negatives === 0) return { classIndex, area: NaN, points };
  let hits = 0;
  let area = 0;
  for (let end = keys.length; end > 0;) {
    const score = Math.floor(keys[end - 1] / 2);
    const [start, hitsBefore] = [end, hits];
    while (end > 0 && Math.floor(keys[end - 1] / 2) === score) hits += keys[--end] % 2;
    const misses = start - end - (hits - hitsBefore);
    area += misses * (hits + hitsBefore) * 0.5;
    points.push({ falsePositive: (keys.length - end - hits) / negatives, truePositive: hits / positives });
  }
  return { classIndex, area: area / (positives * negatives), points: thin(points) };
}

/**
 * One number per row, rising with its score; odd for rows of the class. Plain numbers sort twenty times faster than rows
 * by a comparison: the bits of a float32, turned so that they rise with its value, and one bit more.
 */
function sortedKeys(y: Float32Array, { cols, data }: Matrix, classIndex: number): Float64Array {
  const score = new Float32Array(1);
  const bits = new Uint32Array(score.buffer);
  const keys = new Float64Array(y.length);
  let n = 0;
  for (let i = 0; i < y.length; i++) {
    score[0] = data[i * cols + classIndex] + 0;
    if (!Number.isFinite(score[0])) continue;
    const rising = (bits[0] & 0x80000000 ? ~bits[0] : bits[0] | 0x80000000) >>> 0;
    keys[n++] = 2 * rising + (y[i] === classIndex ? 1 : 0);
  }
  return keys.subarray(0, n).sort();
}

/** Keeps the ends and points that lie at least 1/200 of the way from the last one kept. */
function thin(points: RocCurve['points'][number][]): RocCurve['points'] {
  if (points.length <= MAX_ROC_POINTS) return points;
  let last = points[0];
  return points.filter((point, i) => {
    const way = point.falsePositive - last.falsePositive + point.truePositive - last.truePositive;
    const keep = i === 0 || i === points.length - 1 || way >= 2 / MAX_ROC_POINTS;
    if (keep) last = point;
    return keep;
  });
}

export interface CalibrationBin {
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean distance between promise and outcome, weighted by rows. */
  readonly error: number;
}

/**
 * Bins of equal count. Binary: probability of the positive class against its share. More classes: confidence in the class
 * that was chosen against how often it was right.
 */
export function calibration(
  y: Float32Array,
  predictions: Matrix,
  { binCount = 10, positive = 1 }: { readonly binCount?: number; readonly positive?: 0 | 1 } = {},
): Calibration {
  const { cols, data } = predictions;
  const promise = new Float64Array(y.length);
  const outcome = new Uint8Array(y.length);
  for (let i = 0; i < y.length; i++) {
    const choice = cols === 2 ? positive : largest(predictions, i);
    promise[i] = data[i * cols + choice];
    outcome[i] = y[i] === choice ? 1 : 0;
  }
  const rows = rowsWhere(y.length, (i) => Number.isFinite(promise[i])).sort((a, b) => promise[a] - promise[b]);
  const bins: CalibrationBin[] = [];
  for (let b = 0; b < binCount; b++) {
    const part = rows.slice(Math.floor((b * rows.length) / binCount), Math.floor(((b + 1) * rows.length) / binCount));
    if (part.length === 0) continue;
    const predicted = part.reduce((sum, i) => sum + promise[i], 0) / part.length;
    const observed = part.reduce((sum, i) => sum + outcome[i], 0) / part.length;
    bins.push({ predicted, observed, count: part.length });
  }
  const distance = bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.predicted - bin.observed), 0);
  return { bins, error: distance / rows.length };
}

export interface ConfusionCell {
  readonly truth: number;
  readonly choice: number;
  readonly count: number;
  /** Share of the true class's rows; 0 for a class without rows. */
  readonly share: number;
}

/** Every cell, row by row; the choice is the model's: by costs or a threshold where it has them, else the first of the most probable classes. */
export function confusionCells(y: Float32Array, predictions: Matrix, rule: DecisionRule = {}): ConfusionCell[] {
  const k = predictions.cols;
  const choices = decisionsBy(predictions, rule);
  const counts = new Float64Array(k * k);
  const totals = new Float64Array(k);
  for (let i = 0; i < y.length; i++) {
    counts[y[i] * k + choices[i]]++;
    totals[y[i]]++;
  }
  return Array.from(counts, (count, cell) => {
    const truth = Math.floor(cell / k);
    return { truth, choice: cell % k, count, share: totals[truth] > 0 ? count / totals[truth] : 0 };
  });
}

function largest({ cols, data }: Matrix, row: number): number {
  let best = 0;
  for (let c = 1; c < cols; c++) if (data[row * cols + c] > data[row * cols + best]) best = c;
  return best;
}

export interface DensityCell {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly count: number;
}

/** Counts on a grid over the two ranges; points outside are counted at the edge. */
export function density(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  [xLow, xHigh]: Range,
  [yLow, yHigh]: Range,
  cells = 40,
): DensityCell[] {
  const counts = new Float64Array(cells * cells);
  const place = (value: number, low: number, high: number): number =>
    Math.max(0, Math.min(cells - 1, Math.floor(((value - low) / (high - low)) * cells)));
  for (let i = 0; i < x.length; i++) counts[place(x[i], xLow, xHigh) * cells + place(y[i], yLow, yHigh)]++;
  const [dx, dy] = [(xHigh - xLow) / cells, (yHigh - yLow) / cells];
  return Array.from(counts, (count, at) => {
    const [i, j] = [Math.floor(at / cells), at % cells];
    return { x1: xLow + i * dx, x2: xLow + (i + 1) * dx, y1: yLow + j * dy, y2: yLow + (j + 1) * dy, count };
  }).filter(({ count }) => count > 0);
}

/**
 * Rows in groups of one size, in the order of their values; rows of one value in their own order. Values must be numbers.
 *
 * By ranks that are looked up in the sorted values: sorting rows by what they stand for takes several times as long.
 */
export function groupsByValue(values: ArrayLike<number>, groups: number): Uint32Array[] {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  const startOf = (g: number): number => Math.floor((g * n) / groups);
  const found = Array.from({ length: groups }, (_, g) => new Uint32Array(startOf(g + 1) - startOf(g)));
  const filled = new Uint32Array(groups);
  /** Of rows with one value, how many were placed; kept at the first rank of the value. */
  const placed = new Uint32Array(n);
  for (let row = 0; row < n; row++) {
    const first = firstAtLeast(sorted, values[row]);
    const rank = first + placed[first]++;
    let g = Math.min(groups - 1, Math.floor((rank * groups) / n));
    while (rank >= startOf(g + 1)) g++;
    while (rank < startOf(g)) g--;
    found[g][filled[g]++] = row;
  }
  return found;
}

/** Place of the first value of an ascending array that is not below `value`. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export type Range = readonly [low: number, high: number];

/** Smallest and largest finite value, never of zero width. */
export function rangeOf(...lists: readonly ArrayLike<number>[]): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i])) continue;
      low = Math.min(low, list[i]);
      high = Math.max(high, list[i]);
    }
  }
  if (low > high) return [0, 1];
  if (low < high) return [low, high];
  const margin = Math.abs(low) * 0.05 || 1;
  return [low - margin, high + margin];
}

export interface ScoreRange {
  readonly range: Range;
  /** Scores so far off that they would squeeze all others; drawn at the edge. */
  readonly isOutside: (score: number) => boolean;
}

/** Scores this many times as far from the best as the middle one are off the scale. */
const FAR = 5;

/** A range that shows what matters: from the best score to the last that is not far off the middle one. */
export function scoreRange(
  scores: readonly (number | null)[],
  direction: 'minimize' | 'maximize',
  around: readonly (number | null)[] = scores,
): ScoreRange {
  const sign = direction === 'minimize' ? 1 : -1;
  const losses = scores.filter(isNumber).map((score) => sign * score);
  losses.sort((a, b) => a - b);
  if (losses.length === 0) return { range: [0, 1], isOutside: () => false };
  const middle = losses[Math.ceil((losses.length - 1) / 2)];
  const spread = Math.max(middle - losses[0], 1e-9 * Math.abs(middle));
  const limit = losses[0] + FAR * spread;
  const isOutside = (score: number): boolean => sign * score > limit;
  const shown = [...scores, ...around].filter((score) => isNumber(score) && !isOutside(score)) as number[];
  const [low, high] = rangeOf(shown);
  const margin = 0.06 * (high - low);
  return { range: [low - margin, high + margin], isOutside };
}

function rowsWhere(n: number, keep: (row: number) => boolean): number[] {
  return Array.from({ length: n }, (_, i) => i).filter(keep);
}
