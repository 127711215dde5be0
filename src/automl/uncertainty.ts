/** @file How sure a model of a study is, learned from its out-of-fold predictions. Reasons and figures: docs/decisions/intervals.md. */

import type { Matrix } from '../core/index.js';
import { blendPredictions, calibrated } from '../ensemble/index.js';
import type { Unseen } from '../evaluate/index.js';
import { judgeUncertainty, learnUncertainty } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { adjust, adjustHow } from './adjust.js';
import { adjustmentOf, modelName, outOfFoldPredictions } from './finalise.js';
import { metricOf } from './metric-of.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldParts, loadOutOfFoldRows, trialPredictions } from './out-of-fold.js';
import { predictorParts } from './parts.js';
import type { PredictorParts } from './predictor.js';
import { refittedPredictions } from './refit.js';
import { studyRecord } from './settings.js';
import type { CoverageRecord } from './summary.js';

/** Level of the intervals that a study says the coverage of. */
export const SAID_LEVEL = 0.9;

/** A model with what the folds say of how sure it is: nothing, where an earlier version did not keep which rows belong together. */
export function deliveredParts(storage: Storage, model: string): PredictorParts {
  return withUncertainty(storage, model, unseenBy(storage, model));
}

/** The same of the study's best model; the study keeps how often its intervals hold rows that they were not learned from. */
export function finishedParts(storage: Storage, model: string): PredictorParts {
  const unseen = unseenBy(storage, model);
  const coverage = unseen && judgeUncertainty(unseen, SAID_LEVEL);
  storage.set(KEY, coverage && { model, ...coverage });
  return withUncertainty(storage, model, unseen);
}

/** Null where there are too few rows for the level, and in studies of earlier versions. */
export function readCoverage(storage: Storage): CoverageRecord | null {
  return (storage.get(KEY) ?? null) as unknown as CoverageRecord | null;
}

const KEY = 'coverage';

function withUncertainty(storage: Storage, model: string, unseen: Unseen | null): PredictorParts {
  const parts = predictorParts(storage, model);
  return unseen ? { ...parts, uncertainty: learnUncertainty(unseen) } : parts;
}

/**
 * What the fold models said of rows that they had not seen, with weights and calibrations that were chosen on the other folds: none of
 * what speaks of a row has been fitted on it. Where the models that are taken away were fitted again, with more rows, it is moved by what that changed.
 */
function unseenBy(storage: Storage, model: string): Unseen | null {
  const settings = studyRecord.settings(storage)!;
  const oof = loadOutOfFoldRows(storage);
  // Quantiles say themselves where the truth lies.
  if (oof.quantiles) return null;
  if (settings.group !== null && !oof.groups) return null;
  const raw = outOfFoldPredictions(storage, model, oof)!;
  const metric = metricOf(settings);
  const predictions = asRefitted(storage, model, oof, adjust(raw, oof, metric, adjustHow(settings)).predictions);
  const { weights, groups, exposure } = oof;
  const how = { parts: foldParts(oof), groups, ordered: settings.time !== null };
  if (!exposure) return { y: oof.y, predictions, weights, ...how };
  // What is predicted are counts; rows weigh by their exposure in what is learned, not in how often an interval holds.
  const data = predictions.data.map((rate, row) => rate * exposure[row]);
  const own = weights?.map((weight, row) => weight / exposure[row]);
  return {
    y: oof.y.map((rate, row) => rate * exposure[row]),
    predictions: { ...predictions, data },
    weights: own,
    isExposed: true,
    ...how,
  };
}

/** Predictions of rows moved by what the members say since they were fitted again: they have seen more rows, but none of their own fold. */
function asRefitted(storage: Storage, model: string, oof: OutOfFoldRows, predictions: Matrix): Matrix {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const members = ensemble?.members ?? [{ model, weight: 1 }];
  const trials = storage.trials();
  const pairs = members.map((member) => {
    const trial = trials.find((one) => modelName(one) === member.model)!;
    const before = trialPredictions(storage, trial.number, oof);
    const data = refittedPredictions(storage, trial);
    return { weight: member.weight, before, after: data?.length === before.data.length ? { ...before, data } : before };
  });
  if (pairs.every(({ before, after }) => before === after)) return predictions;
  const weights = pairs.map(({ weight }) => weight);
  const { calibration } = adjustmentOf(storage, model);
  const [before, after] = (['before', 'after'] as const).map((when) => {
    const own = pairs.map((pair) => pair[when]);
    return calibrated(blendPredictions(weights, own, ensemble?.combine), calibration).data;
  });
  const isShare = predictions.cols > 1;
  const data = predictions.data.map((said, i) => {
    const moved = said + after[i] - before[i];
    return isShare ? Math.min(1, Math.max(0, moved)) : moved;
  });
  return { ...predictions, data };
}
