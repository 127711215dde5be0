/** @file What one column alone says about the target: the mean target of rows with alike cells, judged on rows it was not taken from. */

import { Rng } from '../core/index.js';
import type { ValuedColumn } from './frame.js';

/** Fewer rows in a group make its mean chance; more groups bring nothing. */
const ROWS_PER_GROUP = 8;
const MOST_GROUPS = 256;
const FOLDS = 5;
/** What a group that only one fold has is predicted by, worth a quarter of a row. */
const PRIOR_ROWS = 0.25;
/** Classes beyond the most frequent ones count as one. */
const MOST_CLASSES = 20;

/** The target as the sums of groups need it, and the fold of every row. */
export interface Judge {
  readonly rows: Uint32Array;
  readonly foldOf: Uint8Array;
  /** Numbers per row: 1 for numbers (their rank, in [0, 1]) and two classes, one per class else. */
  readonly outputs: number;
  /** [rows x outputs] */
  readonly values: Float32Array;
  readonly isClasses: boolean;
}

export interface Alone {
  /** Share of the target's variance (of its rank, or of the indicators of its classes) that the groups explain; at most 1. */
  readonly explained: number;
  /** Two classes: how often the column puts a row of the second class above one of the first. NaN else. */
  readonly auc: number;
}

/**
 * What every column of a table is judged against.
 *
 * @param y       [n] numbers, or class indices
 * @param k       classes; 1 for numbers
 * @param groups  [n] rows of one group are never judged by each other
 */
export function judgeOf(y: ArrayLike<number>, k: number, rows: Uint32Array, groups?: ArrayLike<number>): Judge {
  const foldOf = foldsOf(rows, groups);
  if (k === 1) return { rows, foldOf, outputs: 1, values: ranks(y, rows), isClasses: false };
  if (k === 2) return { rows, foldOf, outputs: 1, values: Float32Array.from(rows, (row) => y[row]), isClasses: true };
  const place = placeOfClasses(y, k, rows);
  const outputs = Math.min(k, MOST_CLASSES + 1);
  const values = new Float32Array(rows.length * outputs);
  rows.forEach((row, i) => (values[i * outputs + place[y[row]]] = 1));
  return { rows, foldOf, outputs, values, isClasses: true };
}

/** How well a column alone predicts the target, out of fold. Missing cells are a group of their own. */
export function scoreAlone(column: ValuedColumn, judge: Judge): Alone {
  const groupOf = alikeCells(column, judge.rows);
  const predicted = predictOutOfFold(groupOf, judge);
  const { values, outputs, isClasses } = judge;
  const n = groupOf.length;
  let left = 0;
  let all = 0;
  for (let c = 0; c < outputs; c++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += values[i * outputs + c] / n;
    for (let i = 0; i < n; i++) {
      left += (values[i * outputs + c] - predicted[i * outputs + c]) ** 2;
      all += (values[i * outputs + c] - mean) ** 2;
    }
  }
  return { explained: all > 0 ? 1 - left / all : 0, auc: isClasses && outputs === 1 ? aucOf(predicted, values) : NaN };
}

/** A group number per row: level by level, or runs of alike numbers in ascending order; many equal ones are a group of their own. */
function alikeCells(column: ValuedColumn, rows: Uint32Array): Int32Array {
  if (column.kind === 'categorical') return Int32Array.from(rows, (row) => column.codes[row] + 2);
  const cells = column.kind === 'numeric' ? column.values : column.epochMs;
  const own = Float64Array.from(rows, (row) => cells[row]);
  // Missing cells sort to the end.
  const sorted = own.slice().sort();
  const least = Math.max(ROWS_PER_GROUP, rows.length / MOST_GROUPS);
  const starts: number[] = [];
  let size = Infinity;
  for (let from = 0, to = 0; from < sorted.length && !Number.isNaN(sorted[from]); from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (size >= least || to - from >= least) {
      starts.push(sorted[from]);
      size = 0;
    }
    size += to - from;
  }
  return Int32Array.from(own, (cell) => (Number.isNaN(cell) ? 0 : 1 + lastAtMost(starts, cell)));
}

function lastAtMost(starts: readonly number[], value: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** For each row the mean of its group over the other folds, with a little of the mean of all. */
function predictOutOfFold(groupOf: Int32Array, { foldOf, values, outputs }: Judge): Float32Array {
  const n = groupOf.length;
  const groups = groupOf.reduce((most, group) => Math.max(most, group), 0) + 1;
  const stride = outputs + 1;
  const sums = new Float64Array(groups * (FOLDS + 1) * stride);
  const prior = new Float64Array(outputs);
  for (let i = 0; i < n; i++) {
    for (const part of [foldOf[i], FOLDS]) {
      const at = (groupOf[i] * (FOLDS + 1) + part) * stride;
      sums[at]++;
      for (let c = 0; c < outputs; c++) sums[at + 1 + c] += values[i * outputs + c];
    }
    for (let c = 0; c < outputs; c++) prior[c] += values[i * outputs + c] / n;
  }
  const predicted = new Float32Array(n * outputs);
  for (let i = 0; i < n; i++) {
    const all = (groupOf[i] * (FOLDS + 1) + FOLDS) * stride;
    const own = (groupOf[i] * (FOLDS + 1) + foldOf[i]) * stride;
    const count = sums[all] - sums[own];
    for (let c = 0; c < outputs; c++) {
      predicted[i * outputs + c] =
        (sums[all + 1 + c] - sums[own + 1 + c] + PRIOR_ROWS * prior[c]) / (count + PRIOR_ROWS);
    }
  }
  return predicted;
}

/** Area under the ROC curve: the share of pairs in order, ties by half. */
function aucOf(predicted: Float32Array, isSecond: Float32Array): number {
  const of = (wanted: number): Float32Array => predicted.filter((_, i) => isSecond[i] === wanted).sort();
  const [first, second] = [of(0), of(1)];
  let below = 0;
  let upTo = 0;
  let pairs = 0;
  for (const score of second) {
    while (below < first.length && first[below] < score) below++;
    while (upTo < first.length && first[upTo] <= score) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (first.length * second.length);
}

/** The place of each value among all, in [0, 1]; equal values share the middle of theirs. */
function ranks(y: ArrayLike<number>, rows: Uint32Array): Float32Array {
  const order = Uint32Array.from(rows.keys()).sort((a, b) => y[rows[a]] - y[rows[b]]);
  const out = new Float32Array(rows.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && y[rows[order[to]]] === y[rows[order[from]]]) to++;
    for (let place = from; place < to; place++) out[order[place]] = (from + to) / 2 / order.length;
  }
  return out;
}

function placeOfClasses(y: ArrayLike<number>, k: number, rows: Uint32Array): Int32Array {
  const counts = new Float64Array(k);
  for (const row of rows) counts[y[row]]++;
  const place = new Int32Array(k);
  const order = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
  order.forEach((c, at) => (place[c] = Math.min(at, MOST_CLASSES)));
  return place;
}

function foldsOf(rows: Uint32Array, groups?: ArrayLike<number>): Uint8Array {
  const dealt = new Rng(1).shuffle(Uint8Array.from(rows, (_, i) => i % FOLDS));
  if (!groups) return dealt;
  const foldOfGroup = new Map<number, number>();
  return Uint8Array.from(rows, (row, i) => {
    const group = groups[row];
    if (!foldOfGroup.has(group)) foldOfGroup.set(group, dealt[i]);
    return foldOfGroup.get(group)!;
  });
}
