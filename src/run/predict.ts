/** @file From a model file and new rows to predictions: a CSV for the command line, objects for programs. */

import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Predictor } from '../automl/index.js';
import type { Matrix, Task } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { EncodeSummary, Schema } from '../data/index.js';
import { encodeFrame, encodeRows } from '../data/index.js';
import { readCsv } from '../data/node.js';
import { openModel } from './bundle.js';
import type { PredictOptions } from './strict.js';
import { requireUncoerced } from './strict.js';
import { MODEL_FILE, studyFile } from './study-folder.js';

export interface FilePrediction {
  readonly rows: number;
  /** What had to be coerced: missing and extra columns, unseen categories, cells that could not be parsed. */
  readonly summary: EncodeSummary;
  /** The CSV, when no file was asked for. */
  readonly csv: string | null;
}

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
   */
  predict(rows: readonly Readonly<Record<string, unknown>>[]): Promise<Prediction[]>;
  dispose(): void;
}

/**
 * Reads a model file, or the winner of a study folder.
 *
 * Throws   data: not a model file, truncated, damaged; state: written by a newer version
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const predictor = await openModel(modelFile(path));
  const { schema, task } = predictor.parts;
  const { classes, name: target } = schema.target;
  return {
    task,
    target,
    classes,
    schema,
    predict: async (rows) => {
      const { frame } = encodeRows(rows, schema);
      return predictionsOf(await predictor.predict(frame), predictor);
    },
    dispose: () => predictor.dispose(),
  };
}

/**
 * Predicts every row of a CSV, in order, into a file or a string.
 *
 * Throws   data: rows that cannot be read, and when strict, rows of which anything would have to be coerced
 */
export async function predictFile(
  model: string,
  rowsCsv: string,
  out: string | null,
  { strict = false }: PredictOptions = {},
): Promise<FilePrediction> {
  const predictor = await openModel(modelFile(model));
  const { schema } = predictor.parts;
  const csv = await readCsv(rowsCsv, { missingTokens: schema.missingTokens });
  const { frame, summary } = encodeFrame(csv, schema);
  if (strict) requireUncoerced(summary);
  const predictions = await predictor.predict(frame);
  predictor.dispose();
  const text = predictionsCsv(predictions, predictor);
  if (out !== null) await writeOutput(out, text);
  return { rows: predictions.rows, summary, csv: out === null ? text : null };
}

async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const hint = `${(error as Error).message}.`;
    throw new ToolkitError(
      'state',
      { where: 'predict', rule: 'output must be writable', got: path, hint },
      { cause: error },
    );
  }
}

/** The model file itself, or the one in a study folder. */
export function modelFile(path: string): string {
  if (!existsSync(path)) {
    throw new ToolkitError('data', { where: 'model', rule: 'file or study folder must exist', got: path });
  }
  if (!statSync(path).isDirectory()) return path;
  const file = join(path, MODEL_FILE);
  if (existsSync(file)) return file;
  const hint = existsSync(studyFile(path))
    ? 'The study has not finished: go on with lrnn fit ... --resume.'
    : 'It holds no study; name a model file, or the folder of one study.';
  throw new ToolkitError('state', { where: 'model', rule: `folder must hold a ${MODEL_FILE}`, got: path, hint });
}

/** One prediction per row of the matrix. */
export function predictionsOf(predictions: Matrix, { parts }: Predictor): Prediction[] {
  const { classes } = parts.schema.target;
  return Array.from({ length: predictions.rows }, (_, i) => {
    const row = predictions.data.subarray(i * predictions.cols, (i + 1) * predictions.cols);
    if (parts.task === 'regression') return { prediction: row[0] };
    const probabilities = Object.fromEntries(classes.map((name, j) => [name, row[j]]));
    return { prediction: classes[decidedClass(row, parts.threshold)], probabilities };
  });
}

/** `prediction`, and for classes `probability_<class>` columns; one line per row. */
export function predictionsCsv(
  predictions: Matrix,
  { parts }: Predictor,
  { forSpreadsheets = false }: { readonly forSpreadsheets?: boolean } = {},
): string {
  const cell = (text: string): string => quotedCell(forSpreadsheets ? harmless(text) : text);
  const { classes } = parts.schema.target;
  const regression = parts.task === 'regression';
  const header = ['prediction', ...(regression ? [] : classes.map((name) => `probability_${name}`))];
  const lines = [header.map(cell).join(',')];
  for (let i = 0; i < predictions.rows; i++) {
    const row = predictions.data.subarray(i * predictions.cols, (i + 1) * predictions.cols);
    lines.push(regression ? String(row[0]) : [cell(classes[decidedClass(row, parts.threshold)]), ...row].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** The second of two classes where it is above the threshold; without one, the first of the most probable. */
export function decidedClass(row: Float32Array, threshold: number | undefined): number {
  if (threshold !== undefined) return row[1] > threshold ? 1 : 0;
  let best = 0;
  for (let j = 1; j < row.length; j++) if (row[j] > row[best]) best = j;
  return best;
}

/** A CSV cell, quoted where RFC 4180 asks for it. */
function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet must not take a name for a formula. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
}
