/** @file A model taken from disk, for programs. Of all that this package has it loads only what predicting needs. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Predictor } from '../../automl/index.js';
import type { Matrix, TaskWord } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import type { EncodeSummary, Schema } from '../../data/index.js';
import { taskWord } from '../../data/index.js';
import type { TableInMemory } from '../../data/node.js';
import { pathHint, studiesHint } from '../study/near-paths.js';
import { MODEL_FILE, studyFile } from '../study/study-paths.js';
import type { Prediction } from './answer.js';
import { answering } from './answer.js';
import { openModel } from './bundle.js';
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

/**
 * Reads a model file, or the winner of a study folder; of a study that has not finished, the best model so far.
 *
 * Throws   data: not a model file, truncated, damaged; state: written by a newer version, or no trial has finished
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const { predictor } = await openNamed(path);
  const { schema } = predictor.parts;
  const { classes, name: target } = schema.target;
  const predictDetailed = async (rows: string | TableInMemory, options?: NewRowsOptions) => {
    const answer = answering(predictor.parts, options?.interval);
    const { frame, summary } = await encodeNewRows(rows, schema, options);
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

/** A model, and a sentence where it is not the last word of its study. */
export interface NamedModel {
  readonly predictor: Predictor;
  readonly notice: string | null;
}

/** What predictions are asked of: a model file, the winner of a study, or the best so far of one that has not finished. */
export async function openNamed(path: string): Promise<NamedModel> {
  if (existsSync(studyFile(path)) && !existsSync(join(path, MODEL_FILE))) {
    // Studies are read by what most programs that predict never load.
    const { openBestSoFar } = await import('../study/unfinished.js');
    const best = openBestSoFar(path);
    if (best) {
      const notice = `the study has not finished: ${best.model} is its best model so far; lrnn fit ... --resume goes on with it`;
      return { predictor: best.predictor, notice };
    }
  }
  return { predictor: await openModel(modelFile(path)), notice: null };
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
  const hint = existsSync(studyFile(path))
    ? 'The study has not finished: go on with lrnn fit ... --resume.'
    : (studiesHint(path) ?? 'It holds no study; name a model file, or the folder of one study.');
  throw new ToolkitError('state', { where: 'model', rule: `folder must hold a ${MODEL_FILE}`, got: path, hint });
}

/** One answer per row of the matrix. */
export function answersOf(predictions: Matrix, answer: (row: Float32Array) => Prediction): Prediction[] {
  const { rows, cols, data } = predictions;
  return Array.from({ length: rows }, (_, i) => answer(data.subarray(i * cols, (i + 1) * cols)));
}
