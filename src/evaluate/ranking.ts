/** @file Metrics of order: only the ranking of the scores counts, and equal scores are one threshold. */

import type { Matrix } from '../core/index.js';
import type { RowWeights, Scorer, Targets } from './metric.js';
import { ascendingOrder } from './order.js';

/** What a ranking is worth that nothing can be said about: a coin's. */
const NO_INFORMATION = 0.5;

/**
 * Area under the ROC curve: the chance that a row of class 1 scores above a row of class 0, a tie counting half.
 *
 * With only one class in y it is 0.5 by definition (scikit-learn refuses), so that a fold without one can be scored.
 */
export const auc: Scorer = (predictions) => {
  const ranked = rank(predictions, predictions.cols - 1, 1);
  return (y, weights) => (ranked ? (oneAgainstRest(ranked, y, weights) ?? NO_INFORMATION) : NaN);
};

/** Mean over the classes of the area of one class against all others; classes that y has not (or only has) are left out. */
export const aucOvr: Scorer = (predictions) => {
  const classes = Array.from({ length: predictions.cols }, (_, c) => rank(predictions, c, c));
  return (y, weights) => meanOfClasses(classes, (ranked) => oneAgainstRest(ranked, y, weights)) ?? NO_INFORMATION;
};

/** Sum over falling thresholds of precision times the gain in recall, without interpolation; 0 without a row of class 1. */
export const averagePrecision: Scorer = (predictions) => {
  const ranked = fallingRank(predictions, predictions.cols - 1, 1);
  return (y, weights) => (ranked ? (precisionOfRank(ranked, y, weights) ?? 0) : NaN);
};

/** Mean over the classes that y has of the average precision of one class against all others. */
export const averagePrecisionOvr: Scorer = (predictions) => {
  const classes = Array.from({ length: predictions.cols }, (_, c) => fallingRank(predictions, c, c));
  return (y, weights) => meanOfClasses(classes, (ranked) => precisionOfRank(ranked, y, weights)) ?? 0;
};

/** Rows in an order of their scores for the class c. */
interface Ranked {
  readonly scores: Float32Array;
  readonly c: number;
  readonly order: Uint32Array;
}

/** In rising order; null for no rows and where a score is no number. */
function rank(predictions: Matrix, column: number, c: number): Ranked | null {
  const scores = scoresOf(predictions, column);
  return scores.length === 0 || scores.some(Number.isNaN) ? null : { scores, c, order: ascendingOrder(scores) };
}

function fallingRank(predictions: Matrix, column: number, c: number): Ranked | null {
  const ranked = rank(predictions, column, c);
  ranked?.order.reverse();
  return ranked;
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

/** Of rows in falling order; null without weight on the class. */
function precisionOfRank(ranked: Ranked, y: Targets, weights?: RowWeights): number | null {
  let hits = 0;
  let called = 0;
  let area = 0;
  forEachTie(ranked, y, weights, (positive, negative) => {
    hits += positive;
    called += positive + negative;
    if (positive > 0) area += (hits / called) * positive;
  });
  return hits > 0 ? area / hits : null;
}

/** Of rows in rising order; null when one side has no weight. */
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

function scoresOf({ rows, cols, data }: Matrix, column: number): Float32Array {
  if (cols === 1) return data;
  const out = new Float32Array(rows);
  for (let i = 0; i < rows; i++) out[i] = data[i * cols + column];
  return out;
}
