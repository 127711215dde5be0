/** @file Metrics of decisions: the class with the highest probability, and of equal ones the first. */

import type { Matrix } from '../core/index.js';
import type { RowWeights, Scorer, Targets } from './metric.js';

/** Class with the highest probability per row; ties go to the first class (so P = 0.5 of two is class 0). */
export function decide(predictions: Matrix): Int32Array {
  const { rows, cols, data } = predictions;
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    if (cols === 1) {
      out[i] = data[i] > 0.5 ? 1 : 0;
      continue;
    }
    for (let c = 1; c < cols; c++) if (data[i * cols + c] > data[i * cols + out[i]]) out[i] = c;
  }
  return out;
}

/** Decisions of two classes by a threshold, as probabilities [n x 1] of 0 and 1: class 1 where P(class 1) is above it. */
export function decideAt({ rows, cols, data }: Matrix, threshold: number): Matrix {
  const out = new Float32Array(rows);
  for (let i = 0; i < rows; i++) {
    const p = data[i * cols + cols - 1];
    out[i] = p > threshold ? 1 : p <= threshold ? 0 : NaN;
  }
  return { rows, cols: 1, data: out };
}

/** Share of right decisions. */
export const accuracy = judgedBy(({ right, total }) => right / total);

/** Mean recall of the classes that y has. */
export const balancedAccuracy = judgedBy(({ truth, hits }) =>
  meanOver(
    truth,
    (c) => truth[c] > 0,
    (c) => hits[c] / truth[c],
  ),
);

/** Harmonic mean of precision and recall of class 1; 0 when it is neither there nor called. */
export const f1 = judgedBy((tally) => f1Of(tally, 1));

/** Mean f1 of the classes that are there or called. */
export const f1Macro = judgedBy((tally) =>
  meanOver(
    tally.truth,
    (c) => tally.truth[c] + tally.called[c] > 0,
    (c) => f1Of(tally, c),
  ),
);

/**
 * Matthews correlation of truth and decision, for any number of classes; 0 when one of them is constant.
 *
 * Source   Gorodkin 2004, as in scikit-learn
 */
export const matthews = judgedBy(({ right, total, truth, called }) => {
  const covariance = right * total - dot(truth, called);
  const spread = Math.sqrt((total * total - dot(truth, truth)) * (total * total - dot(called, called)));
  return spread > 0 ? covariance / spread : 0;
});

interface Tally {
  readonly right: number;
  readonly total: number;
  /** Per class: weight of its rows, of the rows called so, of the rows that are both. */
  readonly truth: Float64Array;
  readonly called: Float64Array;
  readonly hits: Float64Array;
}

/** The scorer of a score that looks at decisions only. */
function judgedBy(score: (tally: Tally) => number): Scorer {
  return (predictions) => {
    if (predictions.data.length === 0 || predictions.data.some(Number.isNaN)) return () => NaN;
    const k = Math.max(2, predictions.cols);
    const decisions = decide(predictions);
    return (y, weights) => score(tallyOf(y, decisions, k, weights));
  };
}

function tallyOf(y: Targets, decisions: Int32Array, k: number, weights: RowWeights | undefined): Tally {
  const [truth, called, hits] = [new Float64Array(k), new Float64Array(k), new Float64Array(k)];
  let [right, total] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    const weight = weights ? weights[i] : 1;
    const [c, d] = [y[i], decisions[i]];
    total += weight;
    truth[c] += weight;
    called[d] += weight;
    if (c !== d) continue;
    hits[c] += weight;
    right += weight;
  }
  return { right, total, truth, called, hits };
}

function f1Of({ truth, called, hits }: Tally, c: number): number {
  return hits[c] > 0 ? (2 * hits[c]) / (truth[c] + called[c]) : 0;
}

function meanOver(classes: Float64Array, counts: (c: number) => boolean, value: (c: number) => number): number {
  let sum = 0;
  let n = 0;
  for (let c = 0; c < classes.length; c++) {
    if (!counts(c)) continue;
    sum += value(c);
    n++;
  }
  return sum / n;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
