/** @file The end of a search: the ranking, the ensemble, and what is done to probabilities. */

import type { Family, Matrix } from '../core/index.js';
import { allRows } from '../core/index.js';
import { blendPredictions, chooseBlend } from '../ensemble/index.js';
import type { Metric, MetricName } from '../evaluate/index.js';
import { METRICS } from '../evaluate/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { Adjustment, AdjustmentRecord } from './adjust.js';
import { adjust, adjustHow, readAdjustments, UNADJUSTED } from './adjust.js';
import { balancedWeights } from './fit-weights.js';
import { judgedPredictions } from './judged.js';
import { metricOf } from './metric-of.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import {
  foldParts,
  foldScores,
  loadCrossFitted,
  loadOutOfFoldRows,
  storeCrossFitted,
  trialPredictions,
} from './out-of-fold.js';
import type { EnsembleRecord } from './settings.js';
import { studyRecord } from './settings.js';
import { foldMetrics } from './shown-metrics.js';

/** Candidates of a blend per family: the best ones; more only make the choice noisier and the blend slower. */
const CANDIDATES_PER_FAMILY = 12;

/** Metrics that look at the order of the rows only. */
const ORDER: readonly MetricName[] = ['auc', 'auc_ovr', 'average_precision', 'average_precision_ovr'];

export function modelName(trial: { readonly group: string; readonly number: number }): string {
  return `${trial.group}-${trial.number}`;
}

/** Complete trials, best first; ties go to the earlier one. */
export function rankedTrials(storage: Storage): TrialRecord[] {
  return storage
    .trials()
    .filter((trial) => trial.state === 'complete' && trial.value !== null)
    .sort((a, b) => a.value! - b.value! || a.number - b.number);
}

/** The best complete trial of each family, best first. */
export function bestOfFamilies(ranked: readonly TrialRecord[]): TrialRecord[] {
  return ranked.filter((trial, i) => ranked.findIndex(({ group }) => group === trial.group) === i);
}

/** What an ensemble is chosen from: the best trials of each family, best first. */
export function blendCandidates(storage: Storage): TrialRecord[] {
  const taken = new Map<string, number>();
  return rankedTrials(storage).filter((trial) => {
    const count = taken.get(trial.group) ?? 0;
    taken.set(trial.group, count + 1);
    return count < CANDIDATES_PER_FAMILY;
  });
}

/**
 * The ensemble of the best candidates of each family, chosen on their out-of-fold predictions; null without candidates.
 *
 * The study keeps what it says of each fold when it knows the others only: scores, calibration, threshold and pages are
 * made from that.
 */
export function makeEnsemble(storage: Storage, metric: Metric): EnsembleRecord | null {
  const oof = loadOutOfFoldRows(storage);
  const candidates = blendCandidates(storage);
  if (candidates.length === 0) return null;
  const named = candidates.map((trial) => ({
    id: modelName(trial),
    predictions: trialPredictions(storage, trial.number, oof),
  }));
  const { metric: judge, ...rest } = blendJudge(storage, oof, metric);
  const guesses = candidates.filter(({ group }) => group === 'dummy').map(modelName);
  const also = candidates.map(({ number }) => judgedPredictions(storage, number, oof));
  const how = { ...rest, parts: foldParts(oof), constant: new Set(guesses), also };
  const { weights, combine, predictions, also: judged } = chooseBlend(named, oof.y, judge, how);
  const family = (id: string) => candidates.find((trial) => modelName(trial) === id)!.group as Family;
  const members = weights.map(({ id, weight }) => ({ model: id, family: family(id), weight }));
  if (members.length === 1 && !combine) {
    const [alone] = named.filter(({ id }) => id === members[0].model);
    return { members, foldScores: foldScores(alone.predictions, oof, metric) };
  }
  storeCrossFitted(storage, { predictions, judged });
  const scores = foldScores(predictions, oof, metric);
  return { members, foldScores: scores, crossFitted: true, ...(combine ? { combine } : {}) };
}

/**
 * What weights are chosen by: the metric; or the log loss, where a threshold will be chosen for the metric or costs decide, since a score at 0.5
 * says little about the probabilities, and where the metric looks at the order of the rows only, which says less of each row and
 * so more of chance. The median of the errors looks at one or two rows, and takes a sort each time: by their mean. A stack is held against the
 * blend by the metric itself where that is one of order or the median. Accuracy is best near 0.5 and stays. Figures: docs/decisions/ensembling.md.
 * Stacks of models that were fitted on balanced classes are fitted on such.
 */
export function blendJudge(storage: Storage, oof: OutOfFoldRows, metric: Metric) {
  const { weights, y, outputs } = oof;
  const settings = studyRecord.settings(storage)!;
  const { balanced, ordered } = adjustHow(settings);
  const isByCosts = settings.costs !== undefined;
  const fitted = balanced && outputs > 1 ? balancedWeights(y, outputs, weights, allRows(y.length)) : weights;
  const isDecided = metric.decides && (isByCosts || (metric.name !== 'accuracy' && outputs === 2));
  const rest = { stackWeights: fitted, ordered, isPlain: oof.quantiles !== undefined };
  if (isDecided) return { ...rest, metric: METRICS.logloss, rowWeights: fitted };
  const chosenBy = ORDER.includes(metric.name) ? METRICS.logloss : metric.name === 'medae' ? METRICS.mae : metric;
  return { ...rest, metric: chosenBy, judge: metric, rowWeights: weights };
}

/** Out-of-fold predictions of a trial, or of the ensemble (each fold by what the others say); null for a name that the study has not. */
export function outOfFoldPredictions(storage: Storage, model: string, oof: OutOfFoldRows): Matrix | null {
  const trials = storage.trials();
  const of = (name: string) => trials.find((trial) => modelName(trial) === name)?.number;
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  if (ensemble?.combine || ensemble?.crossFitted) return loadCrossFitted(storage, oof);
  if (ensemble) {
    return blendPredictions(
      ensemble.members.map(({ weight }) => weight),
      ensemble.members.map((member) => trialPredictions(storage, of(member.model)!, oof)),
    );
  }
  const number = of(model);
  return number === undefined ? null : trialPredictions(storage, number, oof);
}

/** Calibration and threshold of the best model of each family and of the blend, chosen on out-of-fold predictions. */
export function makeAdjustments(storage: Storage, metric: Metric): AdjustmentRecord[] {
  const oof = loadOutOfFoldRows(storage);
  const names = bestOfFamilies(rankedTrials(storage)).map(modelName);
  if (studyRecord.ensemble(storage)) names.push('ensemble');
  const settings = studyRecord.settings(storage)!;
  const how = adjustHow(settings);
  return names.map((model) => {
    const predictions = outOfFoldPredictions(storage, model, oof)!;
    const adjusted = adjust(predictions, oof, metric, how);
    const { calibration, threshold, foldScores: scores } = adjusted;
    return { model, calibration, threshold, foldScores: scores, metrics: foldMetrics(adjusted, oof, settings, scores) };
  });
}

/** As kept for a finalist, chosen now for any other model; none in a study that was made before there were any. */
export function adjustmentOf(storage: Storage, model: string): Adjustment {
  const kept = readAdjustments(storage);
  const found = kept?.find((record) => record.model === model);
  if (found || !kept) return found ?? UNADJUSTED;
  const settings = studyRecord.settings(storage)!;
  const oof = loadOutOfFoldRows(storage);
  const metric = metricOf(settings);
  return adjust(outOfFoldPredictions(storage, model, oof)!, oof, metric, adjustHow(settings));
}
