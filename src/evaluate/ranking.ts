/** @file Metrics of order: only the ranking of the scores counts, and equal scores are one threshold. */

import type { Matrix } from '../core/index.js';
import type { RowWeights, Targets } from './metric.js';
import { ascendingOrder } from './order.js';

/** What a ranking is worth that nothing can be said about: a coin's. */
const NO_INFORMATION = 0.5;

/**
 * Area under the ROC curve: the chance that a row of class 1 scores above a row of class 0, a tie counting half.
 *
 * With only one class in y it is 0.5 by definition (scikit-learn refuses), so that a fold without one can be scored.
 */
export function auc(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  const scores = scoresOf(predictions, predictions.cols - 1);
  return unusable(y, scores) ? NaN : (oneAgainstRest(y, scores, 1, weights) ?? NO_INFORMATION);
}

/** Mean over the classes of the area of one class against all others; classes that y has not (or only has) are left out. */
export function aucOvr(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  let sum = 0;
  let n = 0;
  for (let c = 0; c < predictions.cols; c++) {
    const scores = scoresOf(predictions, c);
    if (unusable(y, scores)) return NaN;
    const area = oneAgainstRest(y, scores, c, weights);
    if (area === null) continue;
    sum += area;
    n++;
  }
  return n === 0 ? NO_INFORMATION : sum / n;
}

/** Sum over falling thresholds of precision times the gain in recall, without interpolation; 0 without a row of class 1. */
export function averagePrecision(y: Targets, predictions: Matrix, weights?: RowWeights): number {
  const scores = scoresOf(predictions, predictions.cols - 1);
  if (unusable(y, scores)) return NaN;
  let hits = 0;
  let called = 0;
  let area = 0;
  forEachTie(y, scores, 1, weights, 'falling', (positive, negative) => {
    hits += positive;
    called += positive + negative;
    if (positive > 0) area += (hits / called) * positive;
  });
  return hits > 0 ? area / hits : 0;
}

/** Null when one side has no weight. */
function oneAgainstRest(y: Targets, scores: Float32Array, c: number, weights?: RowWeights): number | null {
  let below = 0;
  let positives = 0;
  let area = 0;
  forEachTie(y, scores, c, weights, 'rising', (positive, negative) => {
    area += positive * (below + negative / 2);
    below += negative;
    positives += positive;
  });
  return positives > 0 && below > 0 ? area / (positives * below) : null;
}

/** Calls `visit` with the weight of class c and of the others for each distinct score, in order. */
function forEachTie(
  y: Targets,
  scores: Float32Array,
  c: number,
  weights: RowWeights | undefined,
  direction: 'rising' | 'falling',
  visit: (positive: number, negative: number) => void,
): void {
  const order = ascendingOrder(scores);
  if (direction === 'falling') order.reverse();
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

function unusable(y: Targets, scores: Float32Array): boolean {
  return y.length === 0 || scores.some(Number.isNaN);
}
