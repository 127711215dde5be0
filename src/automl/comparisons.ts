/** @file Who is better, and how sure that is: paired comparisons of the leaderboard's models over the shared folds. */

import type { Family } from '../core/index.js';
import { chanceWords } from '../core/index.js';
import type { Metric } from '../evaluate/index.js';
import { correctedTTest, mean, toLoss, wilcoxonSignedRank } from '../evaluate/index.js';

/** A model of the leaderboard with its score on each fold. */
export interface Contender {
  readonly model: string;
  readonly family: Family;
  readonly foldScores: readonly number[];
  /** Learned numbers: what it costs to keep and to run. */
  readonly parameters: number;
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
  /** Two-sided, by Wilcoxon's signed ranks; null with fewer than six folds, where it cannot fall below 0.05. */
  readonly pWilcoxon: number | null;
  readonly folds: number;
}

/** The winner against another model; gains are in the metric's own units, above 0 where the winner is the better one. */
export interface Behind {
  /** Mean over the folds and its 95 % interval by the corrected t-test; null without two folds to compare. */
  readonly folds: { readonly gain: number; readonly low: number; readonly high: number; readonly p: number } | null;
  /** Null without a hold-out. */
  readonly holdout: HeldGap | null;
  /** Where the one says the winner is better and the other does not; else null. */
  readonly words: string | null;
}

/** A difference of two scores on the held-out rows, and the 95 % interval of drawing these rows again, both models on the same. */
export interface HeldGap {
  readonly gain: number;
  readonly low: number;
  readonly high: number;
}

const SURE = 0.05;
/** Its smallest p is 2^(1 - folds): with fewer it could never say that anything is sure. */
const WILCOXON_FOLDS = 6;

/** Whom the LRNN is set against: of each kind of model the best. */
const RIVALS: readonly (readonly Family[])[] = [['mlp'], ['gbdt', 'xgboost'], ['extratrees']];

/** The LRNN against the MLP, gradient boosting (the better of ours and XGBoost) and extra trees, over two folds or more. */
export function comparisonsOf(contenders: readonly Contender[], metric: Metric, ordered: boolean): ModelComparison[] {
  const lrnn = contenders.find(({ family }) => family === 'lrnn');
  if (!lrnn || lrnn.foldScores.length < 2) return [];
  const lossOf = ({ foldScores }: Contender): number => mean(foldScores.map((score) => toLoss(metric, score)));
  const rivals = RIVALS.flatMap((families) =>
    contenders
      .filter(({ family }) => families.includes(family))
      .sort((a, b) => lossOf(a) - lossOf(b))
      .slice(0, 1),
  );
  return rivals.map((rival) => compare(lrnn, rival, metric, ordered));
}

/** `model` against `other`, fold by fold. */
export function compare(model: Contender, other: Contender, metric: Metric, ordered: boolean): ModelComparison {
  const folds = model.foldScores.length;
  const gains = model.foldScores.map((score, fold) => toLoss(metric, other.foldScores[fold]) - toLoss(metric, score));
  const { mean, low, high, p } = correctedTTest(gains, testToTrain(folds, ordered));
  const pWilcoxon = folds < WILCOXON_FOLDS ? null : wilcoxonSignedRank(gains).p;
  return { model: model.model, other: other.model, gain: mean, low, high, p, pWilcoxon, folds };
}

/** How far another model is behind the best one, by the folds and by the rows held out. */
export function behindBest(
  best: Contender,
  other: Contender,
  metric: Metric,
  { ordered, held }: { readonly ordered: boolean; readonly held: HeldGap | null },
): Behind {
  const compared = best.foldScores.length < 2 ? null : compare(best, other, metric, ordered);
  const folds = compared && { gain: compared.gain, low: compared.low, high: compared.high, p: compared.p };
  return { folds, holdout: held, words: disagreement(folds, held) };
}

/** Where the winner's lead over the folds is not there on the held-out rows, and one of the two is sure of itself. */
function disagreement(folds: Behind['folds'], held: HeldGap | null): string | null {
  if (!folds || !held || folds.gain <= 0 || held.gain >= 0) return null;
  return folds.p < SURE || held.high < 0 ? 'better on the folds, not on the held-out rows' : null;
}

/** What is known of a study besides its scores. */
export interface CautionHow {
  readonly ordered: boolean;
  /** The chance of a best score as good if there were nothing to learn; null where it was not looked for. */
  readonly chance: number | null;
}

/**
 * A sentence where the best score says less than it seems to: null where there is nothing to say.
 *
 * Where the best of all models is no better than on shuffled targets, that nothing may have been learned. Else, the cheapest
 * of the models that the folds cannot tell from the best, if it is cheaper.
 */
export function caution(
  best: Contender,
  contenders: readonly Contender[],
  metric: Metric,
  { ordered, chance }: CautionHow,
): string | null {
  if (best.family === 'dummy') return `no model is better than ${best.model}, which always guesses: ${NOTHING}`;
  if (chance !== null && chance > SURE) {
    return `${best.model} is not distinguishable from chance (${chanceWords(chance)}, with the target shuffled): ${NOTHING}`;
  }
  if (best.foldScores.length < 2) return null;
  const [cheapest] = contenders
    .filter(({ family, parameters }) => parameters < best.parameters && (family !== 'dummy' || chance === null))
    .filter((other) => compare(best, other, metric, ordered).p >= SURE)
    .sort((a, b) => a.parameters - b.parameters);
  if (!cheapest) return null;
  const { p, folds } = compare(best, cheapest, metric, ordered);
  const advice = cheapest.family === 'dummy' ? NOTHING : 'the simpler model may do as well';
  return `${best.model} is not distinguishable from ${cheapest.model} over ${folds} folds (${chanceWords(p)}): ${advice}`;
}

const NOTHING = 'nothing may have been learned';

/** Validation over training rows, on average over the folds. */
export function testToTrain(folds: number, ordered: boolean): number {
  if (!ordered) return 1 / (folds - 1);
  let sum = 0;
  for (let fold = 0; fold < folds; fold++) sum += 1 / (fold + 1);
  return sum / folds;
}
