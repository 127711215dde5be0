/** @file What is done to a model's probabilities after it: calibration and threshold, chosen on out-of-fold predictions. */

import type { JsonObject, Matrix } from '../core/index.js';
import { allRows } from '../core/index.js';
import type { Calibration, CrossFit } from '../ensemble/index.js';
import { calibrated, chooseCalibration, chooseThreshold } from '../ensemble/index.js';
import type { Metric, ShownScores } from '../evaluate/index.js';
import { decideAt } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { balancedWeights } from './fit-weights.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldParts, foldScores } from './out-of-fold.js';
import type { StudySettings } from './settings.js';

export interface Adjustment {
  /** Null: probabilities are left as they are. */
  readonly calibration: Calibration | null;
  /** Two classes: above it class 1 is the answer. Null: the most probable class is. */
  readonly threshold: number | null;
}

/** A finalist's adjustment as the study keeps it. */
export interface AdjustmentRecord extends Adjustment {
  readonly model: string;
  /** Of out-of-fold predictions, each fold adjusted by what the others say. */
  readonly foldScores: readonly number[];
  /** All metrics of the task on the folds; left out by earlier versions. */
  readonly metrics?: ShownScores;
}

export interface Adjusted extends Adjustment {
  /** Each fold calibrated by what was fitted on the others. */
  readonly predictions: Matrix;
  readonly foldScores: readonly number[];
}

export interface AdjustHow {
  /** Folds follow each other in time: nothing is learned from later ones. */
  readonly ordered: boolean;
  /** Models were fitted on balanced classes: their probabilities are meant for such, and are calibrated so. */
  readonly balanced: boolean;
  /** Costs decide, and no threshold; left out: they do not. */
  readonly byCosts?: boolean;
}

/** What a study's settings ask for. */
export function adjustHow({
  time,
  classWeights,
  costs,
}: Pick<StudySettings, 'time' | 'classWeights' | 'costs'>): AdjustHow {
  return { ordered: time !== null, balanced: classWeights === 'balanced', byCosts: costs !== undefined };
}

export const UNADJUSTED: Adjustment = { calibration: null, threshold: null };

const KEY = 'adjustments';

/** Undefined in studies that have none yet, or were made before there were any. */
export function readAdjustments(storage: Storage): readonly AdjustmentRecord[] | undefined {
  return storage.get(KEY) as unknown as readonly AdjustmentRecord[] | undefined;
}

export function keepAdjustments(storage: Storage, records: readonly AdjustmentRecord[]): void {
  storage.set(KEY, records as unknown as JsonObject[]);
}

/**
 * Chooses calibration and threshold of one model, and scores its folds with both, each fold by what the others say.
 *
 * Regression has neither. A threshold is looked for where the metric is one of decisions between two classes, unless costs decide.
 */
export function adjust(predictions: Matrix, oof: OutOfFoldRows, metric: Metric, asked: AdjustHow): Adjusted {
  if (oof.outputs < 2 || oof.quantiles)
    return { ...UNADJUSTED, predictions, foldScores: foldScores(predictions, oof, metric) };
  const how: CrossFit = { parts: foldParts(oof), weights: oof.weights, ordered: asked.ordered };
  const { y, outputs } = oof;
  const weights = asked.balanced ? balancedWeights(y, outputs, oof.weights, allRows(y.length)) : oof.weights;
  const choice = chooseCalibration(predictions, y, { ...how, weights });
  if (!metric.decides || metric.isOneSided || asked.byCosts || oof.outputs > 2) {
    return { ...choice, threshold: null, foldScores: foldScores(choice.predictions, oof, metric) };
  }
  return { ...choice, ...chooseThreshold(choice.predictions, oof.y, metric, how) };
}

/** Raw predictions as the metric is to see them: calibrated, and decided where it judges decisions by a threshold. */
export function adjustedNumbers(metric: Metric, raw: Matrix, { calibration, threshold }: Adjustment): Matrix {
  const predictions = calibrated(raw, calibration);
  return metric.decides && threshold !== null ? decideAt(predictions, threshold) : predictions;
}
