/** @file How much models say the same, and what blending within a family gives: read from out-of-fold predictions. */

import type { TrialView } from '../../automl/index.js';
import {
  foldParts,
  foldScores,
  loadOutOfFoldRows,
  metricOf,
  modelName,
  rankedTrials,
  studyRecord,
  trialPredictions,
} from '../../automl/index.js';
import type { Family, Matrix } from '../../core/index.js';
import { chooseBlend } from '../../ensemble/index.js';
import type { Metric } from '../../evaluate/index.js';
import { ascendingOrder, mean, standardDeviation } from '../../evaluate/index.js';
import type { Storage } from '../../search/index.js';
import { EXPLANATION_VERSION } from '../version.js';

/** What a study says about its models together. JSON; made once, when the study has ended. */
export interface StudyExplanation {
  readonly version: typeof EXPLANATION_VERSION;
  readonly agreement: Agreement;
  /** A blend of each family's own trials. */
  readonly blends: readonly FamilyBlend[];
}

export interface Agreement {
  readonly models: readonly { readonly model: string; readonly family: Family }[];
  /** Spearman's correlation of out-of-fold predictions (of the classes' probabilities, on average), row by row. */
  readonly correlation: readonly (readonly number[])[];
  readonly rows: number;
}

export interface FamilyBlend {
  readonly family: Family;
  readonly trials: number;
  readonly members: readonly { readonly model: string; readonly weight: number }[];
  readonly foldScores: readonly number[];
  readonly cv: number;
  readonly cvStd: number;
}

const MOST_MODELS = 14;
const MOST_ROWS = 4000;
const BLEND_CANDIDATES = 12;

/** Reads a study that has ended. */
export function explainStudy(storage: Storage): StudyExplanation {
  const settings = studyRecord.settings(storage)!;
  const metric = metricOf(settings);
  return { version: EXPLANATION_VERSION, agreement: agreementOf(storage), blends: familyBlends(storage, metric) };
}

/** The ensemble's members and the best of each family, best first. */
function agreementOf(storage: Storage): Agreement {
  const oof = loadOutOfFoldRows(storage);
  const ranked = rankedTrials(storage);
  const members = new Set(studyRecord.ensemble(storage)?.members.map(({ model }) => model) ?? []);
  const first = (i: number): boolean => ranked.findIndex(({ group }) => group === ranked[i].group) === i;
  // What a dummy says of a fold is one number: its order means nothing.
  const chosen = ranked
    .filter((trial, i) => trial.group !== 'dummy' && (first(i) || members.has(modelName(trial))))
    .slice(0, MOST_MODELS);
  const columns = chosen.map((trial) => rankColumns(trialPredictions(storage, trial.number, oof)));
  return {
    models: chosen.map((trial) => ({ model: modelName(trial), family: trial.group as Family })),
    correlation: columns.map((a) => columns.map((b) => meanCorrelation(a, b))),
    rows: oof.rows.length,
  };
}

/** Ranks of every output, on at most 4,000 evenly spaced rows; of two classes the second says everything. */
export function rankColumns({ rows, cols, data }: Matrix): Float64Array[] {
  const step = Math.max(1, rows / MOST_ROWS);
  const taken = Array.from({ length: Math.min(rows, MOST_ROWS) }, (_, i) => Math.floor(i * step));
  const wanted = cols === 2 ? [1] : Array.from({ length: cols }, (_, c) => c);
  return wanted.map((c) => ranksOf(Float32Array.from(taken, (row) => data[row * cols + c])));
}

/** Mid-ranks. */
function ranksOf(values: Float32Array): Float64Array {
  const order = ascendingOrder(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}

/** Mean over the outputs of Pearson's correlation of ranks; outputs that do not vary are left out, 0 if none does. */
export function meanCorrelation(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  const all = a.map((own, c) => pearson(own, b[c])).filter(Number.isFinite);
  return all.length === 0 ? 0 : mean(all);
}

function pearson(x: Float64Array, y: Float64Array): number {
  const [mx, my] = [mean(x), mean(y)];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}

/** The same greedy blend as the ensemble's, over one family's best trials, each fold scored by the weights of the others; families with one trial have none. */
function familyBlends(storage: Storage, metric: Metric): FamilyBlend[] {
  const oof = loadOutOfFoldRows(storage);
  const ordered = studyRecord.settings(storage)!.time !== null;
  const ranked = rankedTrials(storage);
  const families = [...new Set(ranked.map(({ group }) => group))];
  return families.flatMap((family): FamilyBlend[] => {
    const own = ranked.filter(({ group }) => group === family);
    if (own.length < 2) return [];
    const candidates = own.slice(0, BLEND_CANDIDATES).map((trial) => ({
      id: modelName(trial),
      predictions: trialPredictions(storage, trial.number, oof),
    }));
    // Means only: of one family's models a stack gains nothing that would be worth a row.
    const constant = new Set(candidates.map(({ id }) => id));
    const how = { parts: foldParts(oof), rowWeights: oof.weights, ordered, constant, bags: 0 };
    const { weights, predictions } = chooseBlend(candidates, oof.y, metric, how);
    const scores = foldScores(predictions, oof, metric);
    const members = weights.map(({ id, weight }) => ({ model: id, weight }));
    const [cv, cvStd] = [mean(scores), standardDeviation(scores)];
    return [{ family: family as Family, trials: own.length, members, foldScores: scores, cv, cvStd }];
  });
}

/** The first portfolio trial of each family that finished: its fixed default settings. */
export function defaultTrials(trials: readonly TrialView[]): TrialView[] {
  const done = trials.filter(({ state, origin }) => state === 'complete' && origin === 'portfolio');
  return done.filter((trial, i) => done.findIndex(({ family }) => family === trial.family) === i);
}
