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

/** Share of the rows called class 1 that are; 0 when none is called so. */
export const precision = judgedBy((tally) => precisionOf(tally, 1));

/** Share of the rows of class 1 that are called so; 0 when there is none. */
export const recall = judgedBy((tally) => recallOf(tally, 1));

/** Mean precision of the classes that are there or called. */
export const precisionMacro = macro(precisionOf);

/** Mean recall of the classes that are there or called: unlike `balancedAccuracy` it counts a class as 0 that is called and not there. */
export const recallMacro = macro(recallOf);

/** Weighted harmonic mean of precision and recall of class 1, recall counting beta times as much; 0 when it is neither there nor called. */
export function fBeta(beta: number): Scorer {
  return judgedBy((tally) => fOf(tally, 1, beta));
}

/** Mean f-beta of the classes that are there or called. */
export function fBetaMacro(beta: number): Scorer {
  return macro((tally, c) => fOf(tally, c, beta));
}

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

/**
 * Cohen's kappa of classes in an order, a mistake counting by the square of how many places it is off: 1 for no mistake, 0 for what
 * chance gives; 0, too, where truth and decisions are one and the same class.
 *
 * Source   Cohen 1968, as in scikit-learn (`weights='quadratic'`): places, whatever numbers the classes are
 */
export const quadraticKappa: Scorer = (predictions) => {
  if (!isJudgeable(predictions)) return () => NaN;
  const k = Math.max(2, predictions.cols);
  const decisions = decide(predictions);
  return (y, weights) => {
    const { truth, called, total } = tallyOf(y, decisions, k, weights);
    let seen = 0;
    for (let i = 0; i < y.length; i++) seen += (weights ? weights[i] : 1) * (y[i] - decisions[i]) ** 2;
    let expected = 0;
    for (let c = 0; c < k; c++) {
      if (truth[c] === 0) continue;
      for (let d = 0; d < k; d++) expected += truth[c] * called[d] * (c - d) ** 2;
    }
    return expected > 0 ? 1 - (seen * total) / expected : 0;
  };
};

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
    if (!isJudgeable(predictions)) return () => NaN;
    const k = Math.max(2, predictions.cols);
    const decisions = decide(predictions);
    return (y, weights) => score(tallyOf(y, decisions, k, weights));
  };
}

/** The mean over the classes that are there or called. */
function macro(value: (tally: Tally, c: number) => number): Scorer {
  return judgedBy((tally) =>
    meanOver(
      tally.truth,
      (c) => tally.truth[c] + tally.called[c] > 0,
      (c) => value(tally, c),
    ),
  );
}

/** There are rows, and every prediction is a number. */
function isJudgeable({ data }: Matrix): boolean {
  return data.length > 0 && !data.some(Number.isNaN);
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

function precisionOf({ called, hits }: Tally, c: number): number {
  return hits[c] > 0 ? hits[c] / called[c] : 0;
}

function recallOf({ truth, hits }: Tally, c: number): number {
  return hits[c] > 0 ? hits[c] / truth[c] : 0;
}

function fOf({ truth, called, hits }: Tally, c: number, beta: number): number {
  const square = beta * beta;
  return hits[c] > 0 ? ((1 + square) * hits[c]) / (square * truth[c] + called[c]) : 0;
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
