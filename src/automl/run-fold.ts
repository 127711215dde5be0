/** @file One fold job from the rows to a score: the same function in this thread and in a worker. */

import { deriveSeed, selectRows } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import { metricFor } from '../evaluate/index.js';
import type { Estimator, FitJob, Model, Sample } from '../models/index.js';
import { catalogEntry } from '../models/index.js';
import type { RecipeKind } from '../prepare/index.js';
import { fitRecipe } from '../prepare/index.js';
import type { Executor, FoldJob, FoldOutcome, PreparedFold } from './executor.js';
import { fitWeights } from './fit-weights.js';
import type { StudyData } from './study-data.js';
import { selectTarget } from './study-data.js';

/** The key under which a job's prepared table is shared. */
export function preparedKey(job: FoldJob): string {
  return `${catalogEntry(job.family).recipe}/${job.fold}`;
}

/** Fits the recipe of one fold on its training rows only. */
export function prepareFold(data: StudyData, kind: RecipeKind, fold: number): PreparedFold {
  const { train } = data.folds[fold];
  const seed = deriveSeed(data.seed, 'prepare', kind, fold);
  const { frame, y, k, classes, groups, times } = data;
  const { recipe, X } = fitRecipe(kind, frame, { y, k, classes }, train, seed, { groups, times });
  return { key: `${kind}/${fold}`, recipe: recipe.toJSON(), X };
}

/** Runs a job; what goes wrong inside a fit is returned, an aborted signal is thrown. `fit` fits elsewhere than here. */
export async function runFold(
  data: StudyData,
  job: FoldJob,
  given: PreparedFold | null,
  engine: Engine,
  signal?: AbortSignal,
  fit = (estimator: Estimator, { train, ctx }: FitJob): Promise<Model> => estimator.fit(train, ctx),
): Promise<FoldOutcome> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const entry = catalogEntry(job.family);
    const prepared = given ?? prepareFold(data, entry.recipe, job.fold);
    const { train, validation } = data.folds[job.fold];
    const weights = fitWeights(data, train);
    const sample = (rows: Uint32Array): Sample => ({ X: prepared.X, y: data.y, rows, weights });
    const { task, k } = data;
    const context = { task, k, seed: job.seed, engine, validation: sample(validation), signal, limitMs: job.limitMs };
    const model = await fit(entry.estimator(job.params), { train: sample(train), ctx: context });
    const predictions = await model.predict(selectRows(prepared.X, validation));
    const judged = data.weights && selectTarget(data.weights, validation);
    const score = metricFor(data.metric, task).compute(selectTarget(data.y, validation), predictions, judged);
    const state = model.save();
    model.dispose();
    if (!Number.isFinite(score)) return { ok: false, error: `${data.metric} is ${score}`, seconds: seconds() };
    return { ok: true, score, predictions: predictions.data, model: state, seconds: seconds(), prepared };
  } catch (error) {
    signal?.throwIfAborted();
    return { ok: false, error: error instanceof Error ? error.message : String(error), seconds: seconds() };
  }
}

/** Runs jobs one after the other in this thread: for tests, and where there are no threads. */
export function inlineExecutor(data: StudyData, engine: Engine): Executor {
  const shared = new Map<string, PreparedFold>();
  const controller = new AbortController();
  return {
    capacity: 1,
    async run(job) {
      const outcome = await runFold(data, job, shared.get(preparedKey(job)) ?? null, engine, controller.signal);
      if (outcome.ok) shared.set(outcome.prepared.key, outcome.prepared);
      return outcome;
    },
    async close() {
      controller.abort(new Error('executor closed'));
    },
  };
}
