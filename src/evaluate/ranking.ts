/** @file Metrics of order: only the ranking of the scores counts, and equal scores are one threshold. */

import type { Matrix } from '../core/index.js';
import type { Ranked, Rankings, RowWeights, Scorer, Targets } from './metric.js';
import { ascendingOrder } from './order.js';

/** What a ranking is worth that nothing can be said about: a coin's. */
const NO_INFORMATION = 0.5;

type OfRankings = (rankings: Rankings) => ReturnType<Scorer>;

/** The orders of predictions, each worked out when somebody asks first. */
export function rankingsOf(predictions: Matrix): Rankings {
  const known = new Map<number, Float32Array | null>();
  const orders = new Map<number, Uint32Array>();
  const scores = (column: number): Float32Array | null => {
    if (!known.has(column)) {
      const found = scoresOf(predictions, column);
      known.set(column, found.length === 0 || found.some(Number.isNaN) ? null : found);
    }
    return known.get(column)!;
  };
  return {
    cols: predictions.cols,
    of(column, c) {
      const own = scores(column);
      if (!own) return null;
      let order = orders.get(column);
      if (!order) orders.set(column, (order = ascendingOrder(own)));
      return { scores: own, c, order };
    },
  };
}

/**
 * Area under the ROC curve: the chance that a row of class 1 scores above a row of class 0, a tie counting half.
 *
 * With only one class in y it is 0.5 by definition (scikit-learn refuses), so that a fold without one can be scored.
 */
export const auc: OfRankings = (rankings) => {
  const ranked = rankings.of(rankings.cols - 1, 1);
  return (y, weights) => (ranked ? (oneAgainstRest(ranked, y, weights) ?? NO_INFORMATION) : NaN);
};

/** Mean over the classes of the area of one class against all others; classes that y has not (or only has) are left out. */
export const aucOvr: OfRankings = (rankings) => {
  const classes = everyClass(rankings);
  return (y, weights) => meanOfClasses(classes, (ranked) => oneAgainstRest(ranked, y, weights)) ?? NO_INFORMATION;
};

/**
 * Sum over falling thresholds of precision times the gain in recall, without interpolation; 0 without a row of the positive class.
 *
 * Rows stand in the order of P(class 1) for either class: 1 - P in single precision takes rows that are surely of class 0 for equal.
 */
export function averagePrecision(positive: 0 | 1): OfRankings {
  const visit = positive === 1 ? forEachTieFalling : forEachTie;
  return (rankings) => {
    const ranked = rankings.of(rankings.cols - 1, positive);
    return (y, weights) => (ranked ? (precisionOfRank(ranked, y, weights, visit) ?? 0) : NaN);
  };
}

/** Mean over the classes that y has of the average precision of one class against all others. */
export const averagePrecisionOvr: OfRankings = (rankings) => {
  const classes = everyClass(rankings);
  return (y, weights) => meanOfClasses(classes, (ranked) => precisionOfRank(ranked, y, weights)) ?? 0;
};

function everyClass(rankings: Rankings): (Ranked | null)[] {
  return Array.from({ length: rankings.cols }, (_, c) => rankings.of(c, c));
}

/** Mean of what the classes have; null where none has anything, NaN where predictions are no numbers. */
function meanOfClasses(classes: readonly (Ranked | null)[], value: (ranked: Ranked) => number | null): number | null {
  let sum = 0;
  let n = 0;
  for (const ranked of classes) {
    if (!ranked) return NaN;
    const own = value(ranked);
    if (own === null) continue;
    sum += own;
    n++;
  }
  return n === 0 ? null : sum / n;
}

/** Over thresholds in the order of `visit`; null without weight on the class. */
function precisionOfRank(ranked: Ranked, y: Targets, weights?: RowWeights, visit = forEachTieFalling): number | null {
  let hits = 0;
  let called = 0;
  let area = 0;
  visit(ranked, y, weights, (positive, negative) => {
    hits += positive;
    called += positive + negative;
    if (positive > 0) area += (hits / called) * positive;
  });
  return hits > 0 ? area / hits : null;
}

/** Null when one side has no weight. */
function oneAgainstRest(ranked: Ranked, y: Targets, weights?: RowWeights): number | null {
  let below = 0;
  let positives = 0;
  let area = 0;
  forEachTie(ranked, y, weights, (positive, negative) => {
    area += positive * (below + negative / 2);
    below += negative;
    positives += positive;
  });
  return positives > 0 && below > 0 ? area / (positives * below) : null;
}

/** Calls `visit` with the weight of class c and of the others for each distinct score, in order. */
function forEachTie(
  { scores, c, order }: Ranked,
  y: Targets,
  weights: RowWeights | undefined,
  visit: (positive: number, negative: number) => void,
): void {
  for (let start = 0; start < order.length;) {
    const score = scores[order[start]];
    let positive = 0;
    let negative = 0;
    for (; start < order.length && scores[order[start]] === score; start++) {
      const i = order[start];
      const weight = weights ? weights[i] : 1;
      if (y[i] === c) positive += weight;
      else negative += weight;
    }
    visit(positive, negative);
  }
}

/** The same from the highest score down; written out, as one loop for both directions took 1.7 times as long for each of hundreds of draws. */
function forEachTieFalling(
  { scores, c, order }: Ranked,
  y: Targets,
  weights: RowWeights | undefined,
  visit: (positive: number, negative: number) => void,
): void {
  for (let start = order.length - 1; start >= 0;) {
    const score = scores[order[start]];
    let positive = 0;
    let negative = 0;
    for (; start >= 0 && scores[order[start]] === score; start--) {
      const i = order[start];
      const weight = weights ? weights[i] : 1;
      if (y[i] === c) positive += weight;
      else negative += weight;
    }
    visit(positive, negative);
  }
}

function scoresOf({ rows, cols, data }: Matrix, column: number): Float32Array {
  if (cols === 1) return data;
  const out = new Float32Array(rows);
  for (let i = 0; i < rows; i++) out[i] = data[i * cols + column];
  return out;
}
