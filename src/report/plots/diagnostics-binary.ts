/** @file What two-class plots show, as numbers: every threshold at once, precision against recall, gain and lift. */

import type { Matrix } from '../../core/index.js';
import { groupsByValue, rangeOf } from './diagnostics.js';

/** Rows on each side of a threshold: positive where the probability of the positive class is at least the threshold. */
export interface ThresholdCounts {
  readonly threshold: number;
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/** Truth and probabilities of two classes, and which of them is the positive one; left out: the second. */
export interface TwoClasses {
  readonly y: ArrayLike<number>;
  readonly predictions: Matrix;
  readonly positive?: 0 | 1;
}

/** Counts at 0, 0.01 ... 1. Rows without a probability are left out. */
export function thresholdCounts({ y, predictions, positive = 1 }: TwoClasses, steps = 100): ThresholdCounts[] {
  const positives = new Float64Array(steps + 2);
  const negatives = new Float64Array(steps + 2);
  const { cols, data } = predictions;
  for (let i = 0; i < y.length; i++) {
    const p = data[i * cols + positive];
    if (!Number.isFinite(p)) continue;
    // The largest threshold that the probability still reaches; a hair of slack for 0.29 * 100.
    const at = Math.min(steps, Math.floor(p * steps + 1e-6));
    (y[i] === positive ? positives : negatives)[at]++;
  }
  const sum = (counts: Float64Array, from: number): number => counts.subarray(from).reduce((all, n) => all + n, 0);
  const [allPositive, allNegative] = [sum(positives, 0), sum(negatives, 0)];
  return Array.from({ length: steps + 1 }, (_, t) => {
    const [truePositive, falsePositive] = [sum(positives, t), sum(negatives, t)];
    return {
      threshold: t / steps,
      truePositive,
      falsePositive,
      falseNegative: allPositive - truePositive,
      trueNegative: allNegative - falsePositive,
    };
  });
}

export interface ThresholdRates {
  readonly accuracy: number;
  /** NaN where nothing is called positive. */
  readonly precision: number;
  readonly recall: number;
  readonly specificity: number;
  readonly f1: number;
}

export function ratesOf({
  truePositive: tp,
  falsePositive: fp,
  falseNegative: fn,
  trueNegative: tn,
}: ThresholdCounts): ThresholdRates {
  return {
    accuracy: (tp + tn) / (tp + fp + fn + tn),
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    specificity: tn / (tn + fp),
    f1: (2 * tp) / (2 * tp + fp + fn),
  };
}

export interface GainPoint {
  /** Share of rows, the most probable first. */
  readonly share: number;
  /** Share of the positive class's rows among them; 0 to 1. */
  readonly gain: number;
  /** How many times as frequent they are there as in all rows. */
  readonly lift: number;
  readonly precision: number;
}

/** Rows by falling probability; at most `most` points. Equal probabilities share their class evenly. */
export function gainCurve({ y, predictions, positive = 1 }: TwoClasses, most = 100): GainPoint[] {
  const { cols, data } = predictions;
  const p = (i: number): number => data[i * cols + positive];
  const order = Array.from({ length: y.length }, (_, i) => i).filter((i) => Number.isFinite(p(i)));
  order.sort((a, b) => p(b) - p(a));
  const n = order.length;
  const hits = new Float64Array(n + 1);
  for (let start = 0; start < n;) {
    let end = start;
    let own = 0;
    while (end < n && p(order[end]) === p(order[start])) own += y[order[end++]] === positive ? 1 : 0;
    for (let i = start; i < end; i++) hits[i + 1] = hits[i] + own / (end - start);
    start = end;
  }
  const total = hits[n];
  if (total === 0 || n === 0) return [];
  const counts = [...new Set(Array.from({ length: most }, (_, i) => Math.max(1, Math.round(((i + 1) * n) / most))))];
  return counts.map((count) => ({
    share: count / n,
    gain: hits[count] / total,
    lift: hits[count] / total / (count / n),
    precision: hits[count] / count,
  }));
}

/** Errors of a regression by tenths of the predictions, smallest predictions first. */
export interface ErrorDecile {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly meanError: number;
  /** True minus predicted. */
  readonly bias: number;
}

export function errorDeciles(truth: ArrayLike<number>, predicted: ArrayLike<number>, groups = 10): ErrorDecile[] {
  const rows: number[] = [];
  for (let i = 0; i < truth.length; i++) if (Number.isFinite(truth[i]) && Number.isFinite(predicted[i])) rows.push(i);
  const [y, guesses] = [rows.map((i) => truth[i]), rows.map((i) => predicted[i])];
  return groupsByValue(guesses, groups)
    .filter((own) => own.length > 0)
    .map((own) => {
      const [low, high] = rangeOf(Float64Array.from(own, (i) => guesses[i]));
      const over = (value: (i: number) => number): number => own.reduce((sum, i) => sum + value(i), 0) / own.length;
      return {
        low,
        high,
        count: own.length,
        meanError: over((i) => Math.abs(y[i] - guesses[i])),
        bias: over((i) => y[i] - guesses[i]),
      };
    });
}

/** One class of several: how often it is meant when it is said, and said when it is meant. */
export interface ClassRow {
  readonly classIndex: number;
  readonly rows: number;
  readonly called: number;
  /** NaN where the class is never called, or not there. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export function classRows(cells: readonly { truth: number; choice: number; count: number }[], k: number): ClassRow[] {
  return Array.from({ length: k }, (_, c) => {
    const sum = (is: (cell: (typeof cells)[number]) => boolean): number =>
      cells.reduce((all, cell) => all + (is(cell) ? cell.count : 0), 0);
    const rows = sum(({ truth }) => truth === c);
    const called = sum(({ choice }) => choice === c);
    const hits = sum(({ truth, choice }) => truth === c && choice === c);
    return {
      classIndex: c,
      rows,
      called,
      precision: hits / called,
      recall: hits / rows,
      f1: (2 * hits) / (rows + called),
    };
  });
}
