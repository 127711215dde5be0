/** @file One fold job from the rows to a score: the same function in this thread and in a worker. */

import { allRows, check, deriveSeed, selectRows } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import { metricFor } from '../evaluate/index.js';
import type { CatalogEntry, Estimator, FitJob, Model, Sample } from '../models/index.js';
import { catalogEntry, estimatorFor, recipeFor } from '../models/index.js';
import type { FittedRecipe } from '../prepare/index.js';
import { fitRecipe, restoreRecipe } from '../prepare/index.js';
import { shareBins } from '../trees/index.js';
import type { Executor, FoldJob, FoldOutcome, PreparedFold, Refit } from './executor.js';
import { fitWeights } from './fit-weights.js';
import { onceRows } from './once-rows.js';
import type { FoldTable } from './sampled.js';
import { PreparedTables, sampledTable } from './sampled.js';
import type { Directions, FoldRows, StudyData } from './study-data.js';
import { outputsOf, selectTarget } from './study-data.js';

/** The key under which a job's prepared table is shared. */
export function preparedKey({
  family,
  params,
  fold,
  refit,
  rows,
}: Pick<FoldJob, 'family' | 'params' | 'fold' | 'refit' | 'rows'>): string {
  return `${refit ? 'refit/' : ''}${recipeFor(family, params)}/${partOf(fold, refit)}${rows === undefined ? '' : `/${rows}`}`;
}

/** What a job learns from, in a word: the number of its fold, or how it is fitted again. */
function partOf(fold: number, refit?: Refit): string | number {
  return refit === undefined || refit === 'returned' ? fold : refit;
}

/** What a job reads: the study's table, or a sample of its rows. */
function tableOf(data: StudyData, job: FoldJob): FoldTable {
  const { rows: most = Infinity, fold } = job;
  return sampledTable(data, rowsOf(data, job), most, deriveSeed(data.seed, 'rows', fold));
}

/** Rows and columns of what a job predicts: whoever gets a result from elsewhere holds it against them. */
export function predictedShape(data: StudyData, job: Pick<FoldJob, 'fold' | 'refit'>): { rows: number; cols: number } {
  const { fold, refit } = job;
  const judges = refit === 'once' ? onceRows(data).stop : data.folds.at(refit === 'all' ? -1 : fold)!.validation;
  return { rows: judges.length, cols: outputsOf(data) };
}

/** The rows that a job trains on, and those that say when to stop and how good it is (of no worth where all are trained on). */
function rowsOf(data: StudyData, { fold, refit }: FoldJob): FoldRows {
  if (refit === 'all') return { train: allRows(data.y.length), validation: data.folds.at(-1)!.validation };
  if (refit === 'once') {
    const { train, stop } = onceRows(data);
    return { train, validation: stop };
  }
  const { train, validation } = data.folds[fold];
  if (refit !== 'returned') return { train, validation };
  const all = new Uint32Array(train.length + data.holdout.length);
  all.set(train);
  all.set(data.holdout, train.length);
  return { train: all.sort(), validation };
}

/** Fits the recipe of one job on its training rows only. */
export function prepareFold(data: StudyData, job: FoldJob): PreparedFold {
  return prepareTable(tableOf(data, job), job, data);
}

/** `alike`: tables of all rows that other jobs made; one that is the same is taken, with its bins. */
function prepareTable(
  { table: data, rows: { train } }: FoldTable,
  job: FoldJob,
  study: StudyData,
  alike: readonly PreparedFold[] = [],
): PreparedFold {
  const kind = recipeFor(job.family, job.params);
  const seed = deriveSeed(data.seed, 'prepare', kind, partOf(job.fold, job.refit));
  const { frame, y, k, classes, groups, times, copies } = data;
  const isWhole = data === study;
  const options = { groups, times, copies, alike: isWhole ? alike : [] };
  const { recipe, X, isPlain } = fitRecipe(kind, frame, { y, k, classes }, train, seed, options);
  const bins = alike.find((table) => table.X === X)?.bins;
  return { key: preparedKey(job), recipe: recipe.toJSON(), X, isPlain: isPlain && isWhole, bins };
}

/** With bins, where a family looks at them. */
function withBins(prepared: PreparedFold, { isBinned }: CatalogEntry, categories: readonly boolean[]): PreparedFold {
  return isBinned && !prepared.bins ? { ...prepared, bins: shareBins(prepared.X, categories) } : prepared;
}

/** The directions of prepared columns; only the number itself has that of its column, not whether it is missing. */
function directionsOf({ names, sources }: FittedRecipe, monotone: Directions | undefined): Int8Array | undefined {
  if (!monotone) return undefined;
  return Int8Array.from(names, (name, j) =>
    name === sources[j] && Object.hasOwn(monotone, name) ? monotone[name] : 0,
  );
}

/** Predicted numbers of one fold up to which what is said on the way is kept: with more rows, where a fit stops is no luck. */
const STEPS_NUMBERS = 2000;

export interface FoldOptions {
  readonly signal?: AbortSignal | undefined;
  /** Fits elsewhere than here. */
  readonly fit?: (estimator: Estimator, job: FitJob) => Promise<Model>;
  /** Where the job's table is not given: tables that may be the same. */
  readonly alike?: readonly PreparedFold[];
}

/** Runs a job; what goes wrong inside a fit is returned, an aborted signal is thrown. */
export async function runFold(
  study: StudyData,
  job: FoldJob,
  given: PreparedFold | null,
  engine: Engine,
  { signal, alike, fit = (estimator, { train, ctx }) => estimator.fit(train, ctx) }: FoldOptions = {},
): Promise<FoldOutcome> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const entry = catalogEntry(job.family);
    const own = tableOf(study, job);
    const {
      table: data,
      rows: { train, validation },
    } = own;
    const made = given ?? prepareTable(own, job, study, alike);
    const recipe = restoreRecipe(made.recipe);
    const { categories } = recipe;
    const prepared = withBins(made, entry, categories);
    // What preparing took is taken off: a limit is for all that a fold does.
    const limitMs = job.limitMs && Math.max(job.limitMs / 4, job.limitMs - 1000 * seconds());
    const weights = fitWeights(data, train);
    const monotone = directionsOf(recipe, data.monotone);
    const isHeld = monotone === undefined || entry.holdsDirections === true;
    check(isHeld, job.family, 'cannot hold the directions of columns', Object.keys(data.monotone ?? {}).join(', '));
    const { X, bins } = prepared;
    const sample = (rows: Uint32Array): Sample => ({ X, y: data.y, rows, weights, categories, bins });
    const { task, k } = data;
    const judge = job.refit === 'all' ? undefined : sample(validation);
    const { seed, stopAt } = job;
    // Of a fit whose score nobody asks for nothing is kept.
    const keepSteps = job.refit === undefined && validation.length * k <= STEPS_NUMBERS;
    const { metric } = data;
    const ctx = { task, k, seed, engine, validation: judge, signal, metric, limitMs, stopAt, keepSteps, monotone };
    const model = await fit(estimatorFor(job.family, job.params, data.quantiles), { train: sample(train), ctx });
    const predictions = await (model.predictRows?.(X, validation) ?? model.predict(selectRows(X, validation)));
    const judged = data.weights && selectTarget(data.weights, validation);
    const score = metricFor(data.metric, task, data).compute(selectTarget(data.y, validation), predictions, judged);
    const state = model.save();
    const { steps } = model;
    model.dispose();
    if (!Number.isFinite(score)) return { ok: false, error: `${data.metric} is ${score}`, seconds: seconds() };
    return { ok: true, score, predictions: predictions.data, steps, model: state, seconds: seconds(), prepared };
  } catch (error) {
    signal?.throwIfAborted();
    return { ok: false, error: error instanceof Error ? error.message : String(error), seconds: seconds() };
  }
}

/** Runs jobs one after the other in this thread: for tests, and where there are no threads. */
export function inlineExecutor(data: StudyData, engine: Engine): Executor {
  const shared = new PreparedTables();
  const controller = new AbortController();
  return {
    capacity: 1,
    async run(job) {
      const { signal } = controller;
      const given = shared.get(preparedKey(job));
      const outcome = await runFold(data, job, given, engine, { signal, alike: shared.alike() });
      if (outcome.ok) shared.keep(outcome.prepared);
      return outcome;
    },
    async close() {
      controller.abort(new Error('executor closed'));
    },
  };
}
