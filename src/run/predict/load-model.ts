/** @file A model taken from disk, for programs. Of all that this package has it loads only what predicting needs. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Predictor } from '../../automl/index.js';
import type { Matrix, Task } from '../../core/index.js';
import { shortFloat, ToolkitError } from '../../core/index.js';
import type { Schema } from '../../data/index.js';
import type { TableInMemory } from '../../data/node.js';
import { pathHint, studiesHint } from '../study/near-paths.js';
import { MODEL_FILE, studyFile } from '../study/study-paths.js';
import { openModel } from './bundle.js';
import type { NewRowsOptions } from './new-rows.js';
import { encodeNewRows } from './new-rows.js';

/** One prediction as a program wants it. */
export interface Prediction {
  /** A number, or a class: the most probable one, unless another threshold was chosen for the metric. */
  readonly prediction: number | string;
  /** Classes only: probability of each class, in the order of `classes`. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** A model taken from disk. */
export interface LoadedModel {
  readonly task: Task;
  readonly target: string;
  readonly classes: readonly string[];
  readonly schema: Schema;
  /**
   * One prediction per row, in order. Columns are found by name; missing ones count as missing cells, unknown ones are
   * left out, a category that training has not seen counts as "other".
   *
   * Rows are objects, or whatever else `fit` takes: columns by name, an arquero table, the bytes of a file, a stream, a path.
   */
  predict(rows: string | TableInMemory, options?: NewRowsOptions): Promise<Prediction[]>;
  dispose(): void;
}

/**
 * Reads a model file, or the winner of a study folder; of a study that has not finished, the best model so far.
 *
 * Throws   data: not a model file, truncated, damaged; state: written by a newer version, or no trial has finished
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const { predictor } = await openNamed(path);
  const { schema, task } = predictor.parts;
  const { classes, name: target } = schema.target;
  return {
    task,
    target,
    classes,
    schema,
    predict: async (rows, options) => {
      const { frame } = await encodeNewRows(rows, schema, options);
      return predictionsOf(await predictor.predict(frame), predictor);
    },
    dispose: () => predictor.dispose(),
  };
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

/** One prediction per row of the matrix. */
export function predictionsOf(predictions: Matrix, { parts }: Predictor): Prediction[] {
  const { classes } = parts.schema.target;
  return Array.from({ length: predictions.rows }, (_, i) => {
    const row = predictions.data.subarray(i * predictions.cols, (i + 1) * predictions.cols);
    if (parts.task === 'regression') return { prediction: shortFloat(row[0]) };
    const probabilities = Object.fromEntries(classes.map((name, j) => [name, shortFloat(row[j])]));
    return { prediction: classes[decidedClass(row, parts.threshold)], probabilities };
  });
}

/** The second of two classes where it is above the threshold; without one, the first of the most probable. */
export function decidedClass(row: Float32Array, threshold: number | undefined): number {
  if (threshold !== undefined) return row[1] > threshold ? 1 : 0;
  let best = 0;
  for (let j = 1; j < row.length; j++) if (row[j] > row[best]) best = j;
  return best;
}
