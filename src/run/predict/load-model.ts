/** @file A model taken from disk, for programs. Of all that this package has it loads only what predicting needs. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Predictor } from '../../automl/index.js';
import type { Matrix, TaskWord } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import type { EncodeSummary, Schema } from '../../data/index.js';
import { taskWord } from '../../data/index.js';
import type { TableInMemory } from '../../data/node.js';
import { checkKnown } from '../known-options.js';
import { pathHint, studiesHint } from '../study/near-paths.js';
import { MODEL_FILE, studyFile } from '../study/study-paths.js';
import { readTargets, targetFolder } from '../study/targets.js';
import type { Prediction } from './answer.js';
import { answering } from './answer.js';
import { openModels } from './bundle.js';
import type { NewRowsOptions } from './new-rows.js';
import { encodeNewRows } from './new-rows.js';

/** A model taken from disk. */
export interface LoadedModel {
  readonly task: TaskWord;
  readonly target: string;
  readonly classes: readonly string[];
  readonly schema: Schema;
  /**
   * One prediction per row, in order. Columns are found by name; missing ones count as missing cells, unknown ones are
   * left out, a category that training has not seen counts as "other".
   *
   * With `interval`, such as 0.9, every prediction says where the truth lies with that probability: `lower` and `upper` of numbers, the
   * `set` of classes.
   *
   * Rows are objects, or whatever else `fit` takes: columns by name, an arquero table, the bytes of a file, a stream, a path.
   */
  predict(rows: string | TableInMemory, options?: NewRowsOptions): Promise<Prediction[]>;
  /** The same, and what the rows had that the training had not: what was taken as missing or as "other", and what lies out of range. */
  predictDetailed(rows: string | TableInMemory, options?: NewRowsOptions): Promise<DetailedPredictions>;
  dispose(): void;
}

export interface DetailedPredictions {
  readonly predictions: readonly Prediction[];
  /** What had to be coerced; nothing of it changes a prediction again. */
  readonly summary: EncodeSummary;
}

/** Which model of a file is meant. */
export interface LoadOptions {
  /** Of a file or study of several targets, the one that is to be predicted. */
  readonly target?: string | undefined;
}

/**
 * Reads a model file, or the winner of a study folder; of a study that has not finished, the best model so far.
 *
 * Throws   data: not a model file, truncated, damaged; state: written by a newer version, or no trial has finished; usage: the file has
 *          several targets and none of them is named
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<LoadedModel> {
  checkKnown('loadModel', options, { target: true });
  return asLoaded(oneOf((await openNamed(path)).predictors, options.target));
}

function asLoaded(predictor: Predictor): LoadedModel {
  const { schema } = predictor.parts;
  const { classes, name: target } = schema.target;
  const predictDetailed = async (rows: string | TableInMemory, options?: NewRowsOptions) => {
    const answer = answering(predictor.parts, options?.interval);
    const [{ frame, summary }] = await encodeNewRows(rows, [schema], options);
    return { predictions: answersOf(await predictor.predict(frame), answer), summary };
  };
  return {
    task: taskWord(schema.target),
    target,
    classes,
    schema,
    predict: async (rows, options) => (await predictDetailed(rows, options)).predictions,
    predictDetailed,
    dispose: () => predictor.dispose(),
  };
}

/** The model of the target that is named; the others are let go of. */
function oneOf(predictors: readonly Predictor[], target: string | undefined): Predictor {
  const names = predictors.map(({ parts }) => parts.schema.target.name);
  const only = predictors.length === 1 ? 0 : -1;
  const at = target === undefined ? only : names.indexOf(target);
  predictors.forEach((predictor, t) => t !== at && predictor.dispose());
  if (at >= 0) return predictors[at];
  const rule = target === undefined ? 'one of its targets must be named' : 'target must be one of the model';
  const hint =
    target === undefined
      ? 'Use loadModel(path, { target }), or loadTargets(path) for all of them.'
      : `It has ${names.join(', ')}.`;
  throw new ToolkitError('usage', { where: 'model', rule, got: target ?? names, hint });
}

/** Models of one file or study, one for each target. */
export interface LoadedTargets {
  /** In the order in which they were given to the fit. */
  readonly targets: readonly string[];
  /** By target. */
  readonly models: Readonly<Record<string, LoadedModel>>;
  /** One object per row, in order: a prediction by target. Rows are what the `predict` of one model takes. */
  predict(rows: string | TableInMemory, options?: NewRowsOptions): Promise<Readonly<Record<string, Prediction>>[]>;
  dispose(): void;
}

/**
 * Reads the models of a file or study of several targets; one of a single target counts as well.
 *
 * Throws   as `loadModel`
 * @example
 * const models = await loadTargets('reports/houses');
 * const [{ price, sold }] = await models.predict([{ rooms: 4, garden: true }]);
 */
export async function loadTargets(path: string): Promise<LoadedTargets> {
  const { predictors } = await openNamed(path);
  const models = predictors.map(asLoaded);
  const byTarget = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(models.map(({ target }, t) => [target, values[t]]));
  return {
    targets: models.map(({ target }) => target),
    models: byTarget(models),
    predict: async (rows, options) => {
      const answers = predictors.map(({ parts }) => answering(parts, options?.interval));
      const encoded = await encodeNewRows(
        rows,
        models.map(({ schema }) => schema),
        options,
      );
      const all: Prediction[][] = [];
      for (const [t, predictor] of predictors.entries()) {
        all.push(answersOf(await predictor.predict(encoded[t].frame), answers[t]));
      }
      return all[0].map((_, row) => byTarget(all.map((own) => own[row])));
    },
    dispose: () => predictors.forEach((predictor) => predictor.dispose()),
  };
}

/**
 * Predicts rows with the model of a file or a study folder, which is read for this once; `loadModel` keeps it for more.
 *
 * Throws   what `loadModel` and its `predict` throw
 * @example
 * const [{ prediction }] = await predict('reports/penguins', [{ island: 'Biscoe', flipper_length_mm: 217 }]);
 */
export async function predict(
  model: string,
  rows: string | TableInMemory,
  options?: NewRowsOptions,
): Promise<Prediction[]> {
  const loaded = await loadModel(model);
  try {
    return await loaded.predict(rows, options);
  } finally {
    loaded.dispose();
  }
}

/** Models, one for each target, and a sentence where they are not the last word of their study. */
export interface NamedModel {
  readonly predictors: readonly Predictor[];
  readonly notice: string | null;
}

/** What predictions are asked of: a model file, the winners of a study, or the best so far of one that has not finished. */
export async function openNamed(path: string): Promise<NamedModel> {
  if (existsSync(join(path, MODEL_FILE))) return { predictors: await openModels(modelFile(path)), notice: null };
  const targets = readTargets(path);
  if (targets) return openUnfinished(targets.map((target) => targetFolder(path, target)));
  if (existsSync(studyFile(path))) {
    // Studies are read by what most programs that predict never load.
    const { openBestSoFar } = await import('../study/unfinished.js');
    const best = openBestSoFar(path);
    if (best) {
      const notice = `the study has not finished: ${best.model} is its best model so far; lrnn fit ... --resume goes on with it`;
      return { predictors: [best.predictor], notice };
    }
  }
  return { predictors: await openModels(modelFile(path)), notice: null };
}

/** Of a study of several targets. Throws state: one of them has no model yet */
async function openUnfinished(folders: readonly string[]): Promise<NamedModel> {
  const predictors: Predictor[] = [];
  try {
    for (const folder of folders) predictors.push(...(await openNamed(folder)).predictors);
  } catch (error) {
    for (const predictor of predictors) predictor.dispose();
    throw error;
  }
  const notice = 'the study has not finished: these are its best models so far; lrnn fit ... --resume goes on with it';
  return { predictors, notice };
}

/** The model file itself, or the one in a study folder. */
export function modelFile(path: string): string {
  if (!existsSync(path)) {
    const hint = pathHint(path);
    throw new ToolkitError('data', { where: 'model', rule: 'file or study folder must exist', got: path, hint });
  }
  if (!statSync(path).isDirectory()) return path;
  const file = join(path, MODEL_FILE);
  if (existsSync(file)) return file;
  const hint =
    existsSync(studyFile(path)) || readTargets(path)
      ? 'The study has not finished: go on with lrnn fit ... --resume.'
      : (studiesHint(path) ?? 'It holds no study; name a model file, or the folder of one study.');
  throw new ToolkitError('state', { where: 'model', rule: `folder must hold a ${MODEL_FILE}`, got: path, hint });
}

/** One answer per row of the matrix. */
export function answersOf(predictions: Matrix, answer: (row: Float32Array) => Prediction): Prediction[] {
  const { rows, cols, data } = predictions;
  return Array.from({ length: rows }, (_, i) => answer(data.subarray(i * cols, (i + 1) * cols)));
}
