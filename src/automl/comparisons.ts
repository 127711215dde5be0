/** @file Who is better, and how sure that is: paired comparisons of the leaderboard's models over the shared folds. */

import type { Family } from '../core/index.js';
import type { Metric } from '../evaluate/index.js';
import { correctedTTest, toLoss, wilcoxonSignedRank } from '../evaluate/index.js';

/** A model of the leaderboard with its score on each fold. */
export interface Contender {
  readonly model: string;
  readonly family: Family;
  readonly foldScores: readonly number[];
}

/** Two models on the same folds; differences are in the metric's own units, above 0 where `model` is the better one. */
export interface ModelComparison {
  readonly model: string;
  readonly other: string;
  /** By how much `model` is better, on average over the folds. */
  readonly gain: number;
  /** The gains that the folds do not contradict, at 95 %. */
  readonly low: number;
  readonly high: number;
  /** Two-sided, by the corrected resampled t-test: the chance of so large a gain or loss if there were no difference. */
  readonly p: number;
  /** Two-sided, by Wilcoxon's signed ranks; never below 2^(1 - folds). */
  readonly pWilcoxon: number;
  readonly folds: number;
}

/** From the model that is easiest to understand and to run to the one that is hardest. */
const SIMPLEST_FIRST: readonly Family[] = ['dummy', 'linear', 'xgboost', 'mlp', 'lrnn', 'ensemble'];
const SURE = 0.05;

/** The LRNN against the MLP and XGBoost, where they are there, over two folds or more. */
export function comparisonsOf(contenders: readonly Contender[], metric: Metric, ordered: boolean): ModelComparison[] {
  const lrnn = contenders.find(({ family }) => family === 'lrnn');
  const rivals = (['mlp', 'xgboost'] as const).flatMap((name) => contenders.filter(({ family }) => family === name));
  if (!lrnn || lrnn.foldScores.length < 2) return [];
  return rivals.map((rival) => compare(lrnn, rival, metric, ordered));
}

/** `model` against `other`, fold by fold. */
export function compare(model: Contender, other: Contender, metric: Metric, ordered: boolean): ModelComparison {
  const folds = model.foldScores.length;
  const gains = model.foldScores.map((score, fold) => toLoss(metric, other.foldScores[fold]) - toLoss(metric, score));
  const { mean, low, high, p } = correctedTTest(gains, testToTrain(folds, ordered));
  const { p: pWilcoxon } = wilcoxonSignedRank(gains);
  return { model: model.model, other: other.model, gain: mean, low, high, p, pWilcoxon, folds };
}

/**
 * A sentence where a simpler model is as good as the best one for all that the folds can tell; null where there is none.
 *
 * It names the simplest of those. The dummy among them means that nothing was learned.
 */
export function indistinguishable(
  best: Contender,
  contenders: readonly Contender[],
  metric: Metric,
  ordered: boolean,
): string | null {
  if (best.foldScores.length < 2) return null;
  const rank = ({ family }: Contender) => SIMPLEST_FIRST.indexOf(family);
  const simpler = contenders.filter((other) => rank(other) < rank(best)).sort((a, b) => rank(a) - rank(b));
  for (const other of simpler) {
    const { p, folds } = compare(best, other, metric, ordered);
    if (p < SURE) continue;
    const advice = other.family === 'dummy' ? 'nothing may have been learned' : 'the simpler model may do as well';
    return `${best.model} is not distinguishable from ${other.model} over ${folds} folds (p = ${p.toPrecision(2)}): ${advice}`;
  }
  return null;
}

/** Validation over training rows, on average over the folds. */
function testToTrain(folds: number, ordered: boolean): number {
  if (!ordered) return 1 / (folds - 1);
  let sum = 0;
  for (let fold = 0; fold < folds; fold++) sum += 1 / (fold + 1);
  return sum / folds;
}
