/** @file Is a model of fits on all rows better than the models of the search? Its weights, and its scores. */

import type { Family, Matrix } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import type { Combination } from '../ensemble/index.js';
import { blendPredictions, chooseBlend } from '../ensemble/index.js';
import type { Metric } from '../evaluate/index.js';
import { toLoss } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { adjust, adjustedNumbers, adjustHow } from './adjust.js';
import { adjustmentOf, blendJudge, modelName } from './finalise.js';
import type { OnceOutcome, OncePlan } from './once.js';
import { onceRows } from './once-rows.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldParts } from './out-of-fold.js';
import { oncePartsOf, scoredParts } from './parts.js';
import type { PredictorParts } from './predictor.js';
import { Predictor, selectFrameRows } from './predictor.js';
import { onceFits } from './refit.js';
import { studyRecord } from './settings.js';
import type { StudyData } from './study-data.js';
import { outputsOf, selectTarget } from './study-data.js';

/** Parts of the stopping rows: what is chosen on some of them is held against the others. */
const PARTS = 5;

export interface OnceChoice {
  readonly storage: Storage;
  readonly data: StudyData;
  readonly plan: OncePlan;
  readonly metric: Metric;
  readonly engine: Engine;
  readonly signal: AbortSignal;
}

/**
 * The members of a model, those fitted on all rows in place of the search's own, blended and adjusted anew by the rows that stopped
 * the fits; taken where it is better there than the model was. The judging rows have no part in any of this: both are scored on them.
 *
 * Null where no fit went well.
 */
export async function chooseOnce(choice: OnceChoice): Promise<OnceOutcome | null> {
  const { storage, data, plan, metric } = choice;
  const fits = onceFits(storage, plan);
  if (fits.size === 0) return null;
  const { stop, judge } = onceRows(data);
  const { onStop, onJudge } = await predictionsOf(choice, stop, judge);
  const rows = stoppingRows(data, stop);
  const old = oldModel(storage, plan.model);
  const how = adjustHow(studyRecord.settings(storage)!);
  const oldModelSays = (by: ReadonlyMap<string, Matrix>): Matrix =>
    adjustedNumbers(
      metric,
      blendOf(old, (name) => by.get(`before ${name}`) ?? by.get(name)!),
      old.adjustment,
    );
  const { members, combine, predictions } = weigh(choice, old.members, onStop, rows);
  const { calibration, threshold } = adjust(predictions, rows, metric, how);
  const fitted = new Set(storage.trials().flatMap((trial) => (fits.has(trial.number) ? [modelName(trial)] : [])));
  const judged = selectTarget(data.y, judge);
  const weights = data.weights && selectTarget(data.weights, judge);
  const fresh = blendOf({ members, combine }, (name) => onJudge.get(name)!);
  const before = metric.compute(judged, oldModelSays(onJudge), weights);
  const score = metric.compute(judged, adjustedNumbers(metric, fresh, { calibration, threshold }), weights);
  return {
    // Where the weights leave all fits aside, there is nothing to take.
    isTaken: members.some(({ model }) => fitted.has(model)) && toLoss(metric, score) < toLoss(metric, before),
    members,
    ...(combine ? { combine } : {}),
    calibration,
    threshold,
    before,
    score,
  };
}

type Members = OnceOutcome['members'];

interface Blended {
  readonly members: Members;
  readonly combine: Combination | undefined;
}

/** The model as the search made it. */
function oldModel(storage: Storage, model: string) {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const family = storage.trials().find((trial) => modelName(trial) === model)?.group as Family;
  const members: Members = ensemble?.members ?? [{ model, family, weight: 1 }];
  return { members, combine: ensemble?.combine, adjustment: adjustmentOf(storage, model) };
}

function blendOf({ members, combine }: Blended, predictionsFor: (name: string) => Matrix): Matrix {
  const weights = members.map(({ weight }) => weight);
  return blendPredictions(
    weights,
    members.map(({ model }) => predictionsFor(model)),
    combine,
  );
}

/**
 * What every member says of the rows that stop and of those that judge: fitted on all rows where it was (then as the search fitted it,
 * as `before <name>`, of those that judge).
 */
async function predictionsOf(
  { storage, data, plan, engine, signal }: OnceChoice,
  stop: Uint32Array,
  judge: Uint32Array,
) {
  const fits = onceFits(storage, plan);
  const onStop = new Map<string, Matrix>();
  const onJudge = new Map<string, Matrix>();
  const [stopping, judging] = [stop, judge].map((rows) => selectFrameRows(data.frame, rows));
  const predict = async (name: string, parts: PredictorParts, sees: readonly Map<string, Matrix>[]): Promise<void> => {
    signal.throwIfAborted();
    const predictor = new Predictor(parts, engine);
    try {
      for (const by of sees) by.set(name, await predictor.predict(by === onStop ? stopping : judging));
    } finally {
      predictor.dispose();
    }
  };
  for (const member of oldModel(storage, plan.model).members) {
    const { model } = member;
    const isFitted = storage.trials().some((trial) => modelName(trial) === model && fits.has(trial.number));
    const searched = scoredParts(storage, model);
    if (isFitted) {
      const alone = { members: [{ ...member, weight: 1 }] };
      await predict(`before ${model}`, searched, [onJudge]);
      await predict(model, oncePartsOf(storage, plan.model, alone), [onStop, onJudge]);
    } else {
      await predict(model, searched, [onStop, onJudge]);
    }
  }
  return { onStop, onJudge };
}

/** The stopping rows, which come in a drawn order, as if they were out of some folds. */
function stoppingRows(data: StudyData, rows: Uint32Array): OutOfFoldRows {
  const starts = Array.from({ length: PARTS + 1 }, (_, part) => Math.round((part * rows.length) / PARTS));
  const weights = data.weights && selectTarget(data.weights, rows);
  return { rows, y: selectTarget(data.y, rows), starts, outputs: outputsOf(data), quantiles: data.quantiles, weights };
}

/** Weights of the members, and what those found on the other parts make of each. */
function weigh(
  { storage, metric }: OnceChoice,
  old: Members,
  onStop: ReadonlyMap<string, Matrix>,
  rows: OutOfFoldRows,
): Blended & { readonly predictions: Matrix } {
  if (old.length === 1) return { members: old, combine: undefined, predictions: onStop.get(old[0].model)! };
  const { metric: judge, ...rest } = blendJudge(storage, rows, metric);
  const candidates = old.map(({ model }) => ({ id: model, predictions: onStop.get(model)! }));
  const constant = new Set(old.flatMap(({ model, family }) => (family === 'dummy' ? [model] : [])));
  const chosen = chooseBlend(candidates, rows.y, judge, { ...rest, parts: foldParts(rows), constant });
  const family = (id: string): Family => old.find(({ model }) => model === id)!.family;
  const members = chosen.weights.map(({ id, weight }) => ({ model: id, family: family(id), weight }));
  return { members, combine: chosen.combine, predictions: chosen.predictions };
}
