/** @file The end of a study: the ensemble, the finalists' hold-out scores, the parts of the winner. */

import type { Family, JsonObject, Matrix } from '../core/index.js';
import { allRows, selectRows } from '../core/index.js';
import type { Schema } from '../data/index.js';
import type { Engine } from '../engine/index.js';
import { blendPredictions, chooseBlend, DEFAULT_THRESHOLD } from '../ensemble/index.js';
import type { Metric } from '../evaluate/index.js';
import { bootstrapInterval, metricFor, METRICS } from '../evaluate/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { Adjustment, AdjustmentRecord } from './adjust.js';
import { adjust, adjustedNumbers, adjustHow, readAdjustments, UNADJUSTED } from './adjust.js';
import { balancedWeights } from './fit-weights.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import {
  foldParts,
  foldScores,
  loadOutOfFoldRows,
  loadStackedPredictions,
  storeStackedPredictions,
  trialPredictions,
} from './out-of-fold.js';
import type { PredictorMember, PredictorParts } from './predictor.js';
import { Predictor, selectFrameRows } from './predictor.js';
import type { EnsembleRecord, FinalistRecord } from './settings.js';
import { studyRecord } from './settings.js';
import { decodeState } from './state-codec.js';
import type { StudyData } from './study-data.js';
import { selectTarget } from './study-data.js';

/** Candidates of a blend per family: the best ones; more only make the choice noisier and the blend slower. */
const CANDIDATES_PER_FAMILY = 12;
/** Predicted numbers that the draws of one hold-out interval look at: about a tenth of a second. */
const BOOTSTRAP_NUMBERS = 2e6;
/** Rows on which prediction is timed where there is no hold-out. */
const TIMING_ROWS = 1000;

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

/**
 * The ensemble of the best candidates of each family, chosen on their out-of-fold predictions; null without candidates.
 *
 * Of a stack the study keeps what it says of each fold when it knows the others only: scores, calibration, threshold and
 * pages are made from that.
 */
export function makeEnsemble(storage: Storage, metric: Metric): EnsembleRecord | null {
  const oof = loadOutOfFoldRows(storage);
  const taken = new Map<string, number>();
  const candidates = rankedTrials(storage).filter((trial) => {
    const count = taken.get(trial.group) ?? 0;
    taken.set(trial.group, count + 1);
    return count < CANDIDATES_PER_FAMILY;
  });
  if (candidates.length === 0) return null;
  const named = candidates.map((trial) => ({
    id: modelName(trial),
    predictions: trialPredictions(storage, trial.number, oof),
  }));
  const { metric: judge, ...rest } = blendJudge(storage, oof, metric);
  const guesses = candidates.filter(({ group }) => group === 'dummy').map(modelName);
  const how = { ...rest, parts: foldParts(oof), constant: new Set(guesses) };
  const { weights, combine, predictions } = chooseBlend(named, oof.y, judge, how);
  const family = (id: string) => candidates.find((trial) => modelName(trial) === id)!.group as Family;
  const members = weights.map(({ id, weight }) => ({ model: id, family: family(id), weight }));
  if (combine) storeStackedPredictions(storage, predictions);
  return { members, foldScores: foldScores(predictions, oof, metric), ...(combine ? { combine } : {}) };
}

/**
 * What an ensemble is chosen by: the metric; or, where a threshold will be chosen for it, the log loss, since a score at 0.5
 * says little about the probabilities. Accuracy is best near 0.5 and stays. Figures: docs/decisions/ensembling.md.
 * Stacks of models that were fitted on balanced classes are fitted on such.
 */
function blendJudge(storage: Storage, oof: OutOfFoldRows, metric: Metric) {
  const { weights, y, outputs } = oof;
  const { balanced, ordered } = adjustHow(studyRecord.settings(storage)!);
  const fitted = balanced && outputs > 1 ? balancedWeights(y, outputs, weights, allRows(y.length)) : weights;
  const isDecided = metric.decides && metric.name !== 'accuracy' && outputs === 2;
  const judge = isDecided ? { metric: METRICS.logloss, rowWeights: fitted } : { metric, rowWeights: weights };
  return { ...judge, stackWeights: fitted, ordered };
}

/** Out-of-fold predictions of a trial, or of the ensemble (a stack's each fold by what the others say); null for a name that the study has not. */
export function outOfFoldPredictions(storage: Storage, model: string, oof: OutOfFoldRows): Matrix | null {
  const trials = storage.trials();
  const of = (name: string) => trials.find((trial) => modelName(trial) === name)?.number;
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  if (ensemble?.combine) return loadStackedPredictions(storage, oof);
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
  const how = adjustHow(studyRecord.settings(storage)!);
  return names.map((model) => {
    const predictions = outOfFoldPredictions(storage, model, oof)!;
    const { calibration, threshold, foldScores: scores } = adjust(predictions, oof, metric, how);
    return { model, calibration, threshold, foldScores: scores };
  });
}

/** As kept for a finalist, chosen now for any other model; none in a study that was made before there were any. */
export function adjustmentOf(storage: Storage, model: string): Adjustment {
  const kept = readAdjustments(storage);
  const found = kept?.find((record) => record.model === model);
  if (found || !kept) return found ?? UNADJUSTED;
  const settings = studyRecord.settings(storage)!;
  const oof = loadOutOfFoldRows(storage);
  const metric = metricFor(settings.metric, settings.task);
  return adjust(outOfFoldPredictions(storage, model, oof)!, oof, metric, adjustHow(settings));
}

/** The fold models of one trial, as a member of weight 1. */
export function trialMember(storage: Storage, trial: TrialRecord, folds: number): PredictorMember {
  const parts = storage.parts(trial.number);
  return {
    name: modelName(trial),
    family: trial.group as Family,
    weight: 1,
    folds: Array.from({ length: folds }, (_, fold) => ({
      recipe: (parts.find(({ part }) => part === fold)!.info as { recipe: string }).recipe,
      state: decodeState(storage.blob(trial.number, fold, 'model')!),
    })),
  };
}

/** Everything a bundle of the named model holds: one trial, or the ensemble, with what is done to its probabilities. */
export function predictorParts(storage: Storage, model: string): PredictorParts {
  const { calibration, threshold } = adjustmentOf(storage, model);
  return {
    ...rawParts(storage, model),
    ...(calibration ? { calibration } : {}),
    ...(threshold === null || threshold === DEFAULT_THRESHOLD ? {} : { threshold }),
  };
}

function rawParts(storage: Storage, model: string): PredictorParts {
  const settings = studyRecord.settings(storage)!;
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const wanted = ensemble?.members ?? [{ model, weight: 1 }];
  const trials = storage.trials();
  const members = wanted.map(({ model: name, weight }) => {
    const trial = trials.find((candidate) => modelName(candidate) === name)!;
    return { ...trialMember(storage, trial, settings.folds), weight };
  });
  const recipes: Record<string, JsonObject> = {};
  for (const { recipe } of members.flatMap(({ folds }) => folds)) {
    recipes[recipe] ??= JSON.parse(new TextDecoder().decode(storage.getBlob(`recipe/${recipe}`))) as JsonObject;
  }
  const schema: Schema = settings.schema;
  const k = settings.task === 'regression' ? 1 : schema.target.classes.length;
  const combine = ensemble?.combine;
  return { name: model, task: settings.task, k, schema, recipes, members, ...(combine ? { combine } : {}) };
}

/** Scores the best model of each family and the ensemble once on the hold-out, and times their predictions. */
export async function scoreFinalists(
  storage: Storage,
  data: StudyData,
  metric: Metric,
  engine: Engine,
  signal: AbortSignal,
): Promise<FinalistRecord[]> {
  const ensemble = studyRecord.ensemble(storage);
  const bests = bestOfFamilies(rankedTrials(storage));
  const names = new Set([...bests.map(modelName), ...(ensemble?.members.map(({ model }) => model) ?? [])]);
  const rows = data.holdout.length > 0 ? data.holdout : data.folds[0].validation.subarray(0, TIMING_ROWS);
  const frame = selectFrameRows(data.frame, rows);
  const y = selectTarget(data.y, rows);
  const weights = data.weights && selectTarget(data.weights, rows);
  const held: Held = { y, weights, classes: data.task !== 'regression', seed: data.seed };
  const score = (model: string, raw: Matrix) =>
    data.holdout.length > 0 ? heldScore(metric, held, raw, adjustmentOf(storage, model)) : UNSCORED;
  const results = new Map<string, { predictions: Matrix; msPerRow: number }>();
  for (const name of names) {
    signal.throwIfAborted();
    const predictor = new Predictor(rawParts(storage, name), engine);
    const start = performance.now();
    const predictions = await predictor.predict(frame);
    results.set(name, { predictions, msPerRow: (performance.now() - start) / rows.length });
    predictor.dispose();
  }
  const finalists: FinalistRecord[] = bests.map((trial) => {
    const { predictions, msPerRow } = results.get(modelName(trial))!;
    const scored = score(modelName(trial), predictions);
    return { model: modelName(trial), family: trial.group as Family, ...scored, predictMsPerRow: msPerRow };
  });
  if (ensemble) {
    const blended = blendPredictions(
      ensemble.members.map(({ weight }) => weight),
      ensemble.members.map(({ model }) => results.get(model)!.predictions),
      ensemble.combine,
    );
    const ms = ensemble.members.reduce((sum, { model }) => sum + results.get(model)!.msPerRow, 0);
    finalists.push({ model: 'ensemble', family: 'ensemble', ...score('ensemble', blended), predictMsPerRow: ms });
  }
  return finalists;
}

/** Rows held out, and what is known of them. */
interface Held {
  readonly y: Float32Array;
  readonly weights: Float32Array | undefined;
  /** y is a class: draws keep the share of each. */
  readonly classes: boolean;
  readonly seed: number;
}

const UNSCORED = { holdout: null, holdoutInterval: null };

/** The hold-out score of raw predictions, and the interval that drawing its rows again gives it. */
function heldScore(metric: Metric, { y, weights, classes, seed }: Held, raw: Matrix, adjustment: Adjustment) {
  const numbers = adjustedNumbers(metric, raw, adjustment);
  const on = (rows: Uint32Array) =>
    metric.compute(selectTarget(y, rows), selectRows(numbers, rows), weights && selectTarget(weights, rows));
  const rounds = Math.round(Math.min(1000, Math.max(100, BOOTSTRAP_NUMBERS / numbers.data.length)));
  const strata = classes ? y : undefined;
  const { low, high } = bootstrapInterval(y.length, on, { rounds, seed, strata });
  const isDrawn = Number.isFinite(low) && Number.isFinite(high);
  return { holdout: metric.compute(y, numbers, weights), holdoutInterval: isDrawn ? { low, high } : null };
}
