/** @file Metrics of decisions: the class with the highest probability, and of equal ones the first. */

import type { Matrix } from '../core/index.js';
import type { Costs } from './costs.js';
import { decisionsBy } from './costs.js';
import type { RowWeights, Scorer, Tally, Targets } from './metric.js';

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
export function accuracy({ right, total }: Tally): number {
  return right / total;
}

/** Mean recall of the classes that y has. */
export function balancedAccuracy(tally: Tally): number {
  return meanOver(
    tally.truth,
    (c) => tally.truth[c] > 0,
    (c) => recallOf(tally, c),
  );
}

/** Share of the rows called so that are of the class; 0 when none is called so. */
export function precision(positive: 0 | 1): (tally: Tally) => number {
  return (tally) => precisionOf(tally, positive);
}

/** Share of the rows of the class that are called so; 0 when there is none. */
export function recall(positive: 0 | 1): (tally: Tally) => number {
  return (tally) => recallOf(tally, positive);
}

/** Weighted harmonic mean of precision and recall of the class, recall counting beta times as much; 0 when it is neither there nor called. */
export function fBeta(beta: number, positive: 0 | 1): (tally: Tally) => number {
  return (tally) => fOf(tally, positive, beta);
}

/** Mean precision of the classes that are there or called. */
export const precisionMacro = macro(precisionOf);

/** Mean recall of the classes that are there or called: unlike `balancedAccuracy` it counts a class as 0 that is called and not there. */
export const recallMacro = macro(recallOf);

/** Mean f-beta of the classes that are there or called. */
export function fBetaMacro(beta: number): (tally: Tally) => number {
  return macro((tally, c) => fOf(tally, c, beta));
}

/**
 * Matthews correlation of truth and decision, for any number of classes; 0 when one of them is constant.
 *
 * Source   Gorodkin 2004, as in scikit-learn
 */
export function matthews({ right, total, truth, called }: Tally): number {
  const covariance = right * total - dot(truth, called);
  const spread = Math.sqrt((total * total - dot(truth, truth)) * (total * total - dot(called, called)));
  return spread > 0 ? covariance / spread : 0;
}

/**
 * Cohen's kappa of classes in an order, a mistake counting by the square of how many places it is off: 1 for no mistake, 0 for what
 * chance gives; 0, too, where truth and decisions are one and the same class.
 *
 * Source   Cohen 1968, as in scikit-learn (`weights='quadratic'`): places, whatever numbers the classes are
 */
export function quadraticKappa({ off, total, truth, called }: Tally): number {
  let byChance = 0;
  for (let c = 0; c < truth.length; c++) {
    if (truth[c] === 0) continue;
    for (let d = 0; d < called.length; d++) byChance += truth[c] * called[d] * (c - d) ** 2;
  }
  return byChance > 0 ? 1 - (off * total) / byChance : 0;
}

/** By how many places decisions about classes in an order are off, in the mean. */
export function meanRankError({ away, total }: Tally): number {
  return away / total;
}

/** Mean cost of the decisions; without a matrix the share of wrong ones. */
export function meanCost({ cost, total }: Tally): number {
  return cost / total;
}

/** The scorer of a score that looks at decisions only. */
export function judgedBy(score: (tally: Tally) => number, costs?: Costs): Scorer {
  return (predictions) => {
    const tally = tallier(predictions, costs);
    return (y, weights) => (tally ? score(tally(y, weights)) : NaN);
  };
}

/** Counts decisions, which are made once; null for no rows and where a prediction is no number. */
export function tallier(predictions: Matrix, costs?: Costs): ((y: Targets, weights?: RowWeights) => Tally) | null {
  if (predictions.data.length === 0 || predictions.data.some(Number.isNaN)) return null;
  const k = Math.max(2, predictions.cols);
  // One column holds decisions that were made before.
  const decisions = costs && predictions.cols > 1 ? decisionsBy(predictions, { costs }) : decide(predictions);
  return (y, weights) => tallyOf(y, decisions, { k, weights, costs });
}

interface TallyHow {
  readonly k: number;
  readonly weights: RowWeights | undefined;
  readonly costs: Costs | undefined;
}

function tallyOf(y: Targets, decisions: Int32Array, { k, weights, costs }: TallyHow): Tally {
  const [truth, called, hits] = [new Float64Array(k), new Float64Array(k), new Float64Array(k)];
  let [right, total, off, away, cost] = [0, 0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const weight = weights ? weights[i] : 1;
    const [c, d] = [y[i], decisions[i]];
    total += weight;
    truth[c] += weight;
    called[d] += weight;
    if (costs) cost += weight * costs[c][d];
    if (c === d) {
      hits[c] += weight;
      right += weight;
    } else {
      off += weight * (c - d) ** 2;
      away += weight * Math.abs(c - d);
    }
  }
  return { right, total, off, away, cost: costs ? cost : total - right, truth, called, hits };
}

/** The mean over the classes that are there or called. */
function macro(value: (tally: Tally, c: number) => number): (tally: Tally) => number {
  return (tally) =>
    meanOver(
      tally.truth,
      (c) => tally.truth[c] + tally.called[c] > 0,
      (c) => value(tally, c),
    );
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
