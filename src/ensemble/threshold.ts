/** @file The decision threshold of two classes: the probability from which on class 1 is the answer. */

import type { Matrix } from '../core/index.js';
import { allRows, checkData } from '../core/index.js';
import type { Metric, RowWeights, Targets } from '../evaluate/index.js';
import { decideAt, toLoss } from '../evaluate/index.js';
import type { CrossFit } from './cross-fit.js';
import { isClearGain, judgedFolds } from './cross-fit.js';

export const DEFAULT_THRESHOLD = 0.5;
/** Candidates from the scores of each class; a rare class gets as many as a common one. */
const CANDIDATES_PER_CLASS = 40;
/** Standard errors, over the folds, that a gain must be above 0: no threshold is more honest than another. */
const CLEAR_ERRORS = 1;
/** A threshold is judged by the mean score of its neighbours: single jumps of a score are chance. */
const NEIGHBOURS = 3;

/** A threshold, and how each fold fares with the one chosen on the others. */
export interface ThresholdChoice {
  /** Chosen on all rows; 0.5 where another one is no clear gain. */
  readonly threshold: number;
  /** The metric on each fold. */
  readonly foldScores: readonly number[];
}

/**
 * The threshold at which a metric of decisions is best, if that gains more than noise over 0.5 on folds it was not chosen on.
 *
 * Shapes   predictions [n x 2] or [n x 1]; y [n]
 * Random   none
 */
export function chooseThreshold(predictions: Matrix, y: Targets, metric: Metric, how: CrossFit): ThresholdChoice {
  const parts = how.parts.map((rows) => rowsOf(predictions, y, rows, how.weights));
  const plain = parts.map((part) => scoreAt(part, metric, DEFAULT_THRESHOLD));
  const tuned = plain.slice();
  for (const { fold, others } of judgedFolds(how)) {
    const chosen = bestThreshold(rowsOf(predictions, y, others, how.weights), metric);
    tuned[fold] = scoreAt(parts[fold], metric, chosen);
  }
  const gains = tuned.map((value, fold) => toLoss(metric, plain[fold]) - toLoss(metric, value));
  if (!isClearGain(gains, CLEAR_ERRORS)) return { threshold: DEFAULT_THRESHOLD, foldScores: plain };
  const all = rowsOf(predictions, y, allRows(y.length), how.weights);
  return { threshold: bestThreshold(all, metric), foldScores: tuned };
}

/** P(class 1), classes and weights of some rows. */
export interface ScoredRows {
  readonly scores: Matrix;
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
}

export function rowsOf({ data, cols }: Matrix, y: Targets, rows: Uint32Array, weights?: RowWeights): ScoredRows {
  const scores = Float32Array.from(rows, (row) => data[row * cols + cols - 1]);
  const pick = (values: Targets) => Float64Array.from(rows, (row) => values[row]);
  return { scores: { rows: rows.length, cols: 1, data: scores }, y: pick(y), weights: weights && pick(weights) };
}

/** The best of the candidates by a smoothed score; of equal ones that nearest to 0.5. */
export function bestThreshold(rows: ScoredRows, metric: Metric): number {
  const candidates = thresholdCandidates(rows);
  const losses = candidates.map((threshold) => toLoss(metric, scoreAt(rows, metric, threshold)));
  let best = { threshold: DEFAULT_THRESHOLD, loss: Infinity };
  candidates.forEach((threshold, i) => {
    const near = losses.slice(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1);
    const loss = near.reduce((sum, value) => sum + value, 0) / near.length;
    const isNearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5);
    if (loss < best.loss - 1e-12 || (loss <= best.loss + 1e-12 && isNearer)) best = { threshold, loss };
  });
  return best.threshold;
}

/** Refuses what a model file must not say. */
export function requireThreshold(threshold: number, k: number): void {
  checkData(
    k === 2 && threshold >= 0 && threshold <= 1,
    'model',
    'threshold must be in [0, 1], of two classes',
    threshold,
  );
}

function scoreAt({ scores, y, weights }: ScoredRows, metric: Metric, threshold: number): number {
  return metric.compute(y, decideAt(scores, threshold), weights);
}

/** Even quantiles of the scores of each class, and 0.5; growing, each once. */
function thresholdCandidates({ scores: { data }, y }: ScoredRows): number[] {
  const found = new Set([DEFAULT_THRESHOLD]);
  for (const c of [0, 1]) {
    const scores = data.filter((_, i) => y[i] === c).sort();
    for (let q = 0; q < CANDIDATES_PER_CLASS && scores.length > 0; q++) {
      const at = Math.floor(((q + 0.5) * scores.length) / CANDIDATES_PER_CLASS);
      // Between two scores, so that rounding elsewhere does not turn a decision.
      found.add((scores[at] + scores[Math.min(at + 1, scores.length - 1)]) / 2);
    }
  }
  return [...found].filter((t) => t > 0 && t < 1).sort((a, b) => a - b);
}
