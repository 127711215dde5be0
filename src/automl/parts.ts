/** @file A finished model taken apart, read from the study: as it is taken away, and as its hold-out score was made. */

import type { Family, JsonObject } from '../core/index.js';
import type { Combination } from '../ensemble/index.js';
import { DEFAULT_THRESHOLD } from '../ensemble/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { Adjustment } from './adjust.js';
import { adjustmentOf, modelName } from './finalise.js';
import { oncePlanOf, onceTaken } from './once.js';
import type { FoldModel, PredictorMember, PredictorParts } from './predictor.js';
import { onceFits, onceModel, refittedModels } from './refit.js';
import { studyRecord } from './settings.js';
import { decodeState } from './state-codec.js';

/**
 * Everything a bundle of the named model holds: one trial, or the ensemble, with what is done to its probabilities.
 *
 * Members that were fitted again when the hold-out was scored are those fits; others are models of the search. On a large table
 * they may be other members, with other weights.
 */
export function predictorParts(storage: Storage, model: string): PredictorParts {
  const once = onceTaken(storage, model);
  if (once) return adjusted(oncePartsOf(storage, model, once), once);
  return adjustedParts(storage, model, (trial) => refittedModels(storage, trial) ?? freshModels(storage, trial));
}

/** The same of the search's own fold models: model i of every member has not seen the validation rows of fold i. */
export function searchParts(storage: Storage, model: string): PredictorParts {
  return adjustedParts(storage, model, (trial) => foldModels(storage, trial));
}

/** What a hold-out score is a score of, probabilities as they come: models that have seen none of the rows held out. */
export function scoredParts(storage: Storage, model: string): PredictorParts {
  return rawParts(storage, model, (trial) => freshModels(storage, trial));
}

type ModelsOf = (trial: TrialRecord) => readonly FoldModel[];

function foldModels(storage: Storage, trial: TrialRecord): readonly FoldModel[] {
  const { folds } = studyRecord.settings(storage)!;
  const parts = storage.parts(trial.number, { without: 'report.curve' });
  return Array.from({ length: folds }, (_, fold) => ({
    recipe: (parts.find(({ part }) => part === fold)!.info as { recipe: string }).recipe,
    state: decodeState(storage.blob(trial.number, fold, 'model')!),
  }));
}

/** Those of the search that are meant for new rows: all of them, or the latest one where rows follow each other in time. */
function freshModels(storage: Storage, trial: TrialRecord): readonly FoldModel[] {
  const { time, refit } = studyRecord.settings(storage)!;
  const models = foldModels(storage, trial);
  // Studies of earlier versions averaged all their folds; what they say stays as it is.
  return time !== null && refit !== undefined ? models.slice(-1) : models;
}

/** The given members of a model, probabilities as they come: each as it was fitted on all rows, or as the search fitted it. */
export function oncePartsOf(
  storage: Storage,
  model: string,
  { members, combine }: Omit<Blended, 'name'>,
): PredictorParts {
  const fits = onceFits(storage, oncePlanOf(storage, model)!);
  return blendParts(storage, { name: model, members, combine }, (trial) => {
    const fit = fits.get(trial.number);
    return fit ? [onceModel(storage, trial.number, fit)] : freshModels(storage, trial);
  });
}

function adjustedParts(storage: Storage, model: string, modelsOf: ModelsOf): PredictorParts {
  return adjusted(rawParts(storage, model, modelsOf), adjustmentOf(storage, model));
}

function adjusted(parts: PredictorParts, { calibration, threshold }: Adjustment): PredictorParts {
  return {
    ...parts,
    ...(calibration ? { calibration } : {}),
    ...(threshold === null || threshold === DEFAULT_THRESHOLD ? {} : { threshold }),
  };
}

function rawParts(storage: Storage, model: string, modelsOf: ModelsOf): PredictorParts {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const members = ensemble?.members ?? [{ model, weight: 1 }];
  return blendParts(storage, { name: model, members, combine: ensemble?.combine }, modelsOf);
}

/** A model by the names and weights of its members. */
interface Blended {
  readonly name: string;
  readonly members: readonly { readonly model: string; readonly weight: number }[];
  readonly combine?: Combination | undefined;
}

function blendParts(
  storage: Storage,
  { name: whole, members: wanted, combine }: Blended,
  modelsOf: ModelsOf,
): PredictorParts {
  const { task, schema, costs } = studyRecord.settings(storage)!;
  const trials = storage.trials();
  const members = wanted.map(({ model: name, weight }): PredictorMember => {
    const trial = trials.find((candidate) => modelName(candidate) === name)!;
    return { name, family: trial.group as Family, weight, folds: modelsOf(trial) };
  });
  const recipes: Record<string, JsonObject> = {};
  for (const { recipe } of members.flatMap(({ folds }) => folds)) {
    recipes[recipe] ??= JSON.parse(new TextDecoder().decode(storage.getBlob(`recipe/${recipe}`))) as JsonObject;
  }
  const k = task === 'regression' ? 1 : schema.target.classes.length;
  const told = { ...(combine ? { combine } : {}), ...(costs ? { costs } : {}) };
  return { name: whole, task, k, schema, recipes, members, ...told };
}
