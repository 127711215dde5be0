/** @file From a model file and a CSV of new rows to a CSV of predictions. */

import type { Predictor, PredictorParts } from '../../automl/index.js';
import type { Matrix } from '../../core/index.js';
import { harmlessCell, quotedCell, shortFloat } from '../../core/index.js';
import type { EncodeSummary, ReadingOptions, RowLimits } from '../../data/index.js';
import { encodeFrame, mergedSummary, middleLevel, rememberedBy, schemaFor, summaryOfAll } from '../../data/index.js';
import { readCsvBlocks } from '../../data/node.js';
import { decidedClass } from '../../evaluate/index.js';
import type { Prediction } from './answer.js';
import { answering } from './answer.js';
import { openNamed } from './load-model.js';
import { openSpool } from './spool.js';
import type { PredictOptions } from './strict.js';
import { isUncoerced, requireUncoerced } from './strict.js';

export interface FilePrediction {
  readonly rows: number;
  /** What had to be coerced: missing and extra columns, unseen categories, cells that could not be parsed. */
  readonly summary: EncodeSummary;
  /** A sentence where the model is not the last word of its study. */
  readonly notice?: string | null;
  /** The CSV, when no file was asked for. */
  readonly csv: string | null;
}

/** Where the CSV goes: a file, whoever takes it piece by piece, or into the answer. */
export type PredictionsTo = string | ((text: string) => void) | null;

/**
 * Predicts every row of a CSV, in order. Reads, predicts and writes some thousand rows at a time: memory does not grow with
 * the file. Whatever fails, nothing is written.
 *
 * Throws   data: rows that cannot be read, and when strict, rows of which anything would have to be coerced; state: the file cannot
 *          be written
 */
export async function predictFile(
  model: string,
  rowsCsv: string,
  out: PredictionsTo,
  { strict = false, interval, ...reading }: PredictOptions & ReadingOptions = {},
): Promise<FilePrediction> {
  const { predictors, notice } = await openNamed(model);
  try {
    const spool = await openSpool(typeof out === 'string' ? out : null);
    try {
      const { rows, summary } = await predictBlocks(predictors, { path: rowsCsv, strict, interval, reading }, (text) =>
        spool.write(text),
      );
      if (typeof out === 'string') await spool.moveTo(out);
      const pieces: string[] = [];
      if (typeof out !== 'string') await spool.pour(out ?? ((text) => void pieces.push(text)));
      return { rows, summary, notice, csv: out === null ? pieces.join('') : null };
    } finally {
      await spool.remove();
    }
  } finally {
    for (const predictor of predictors) predictor.dispose();
  }
}

interface BlocksRequest extends PredictOptions {
  readonly path: string;
  readonly reading: ReadingOptions & RowLimits & { readonly name?: string };
}

/**
 * The CSV of predictions, block by block, and what the rows had that the training had not.
 *
 * @param predictors  one for each target
 */
export async function predictBlocks(
  predictors: readonly Predictor[],
  { path, strict, interval, reading }: BlocksRequest,
  write: (text: string, rows: number) => Promise<void>,
): Promise<Pick<FilePrediction, 'rows' | 'summary'>> {
  // A level that cannot be given is refused before the file is read.
  for (const { parts } of predictors) answering(parts, interval);
  let rows = 0;
  let summary: EncodeSummary | undefined;
  const [{ parts }] = predictors;
  const { missingTokens } = parts.schema;
  const remembered = rememberedBy(parts.schema);
  for await (const csv of readCsvBlocks(path, { ...reading, missingTokens, remembered })) {
    const encoded = predictors.map(({ parts: { schema } }) => encodeFrame(csv, schemaFor(csv, schema)));
    const own = summaryOfAll(encoded.map((one) => one.summary));
    summary = summary === undefined ? own : mergedSummary(summary, own);
    const count = encoded[0].frame.rowCount;
    // Strict rows that are refused in any case are still counted to the end.
    if (!strict || isUncoerced(summary)) {
      const matrices: Matrix[] = [];
      for (const [t, predictor] of predictors.entries()) matrices.push(await predictor.predict(encoded[t].frame));
      const text = predictionsCsv(matrices, predictors, { interval });
      await write(rows === 0 ? text : text.slice(text.indexOf('\n') + 1), count);
    }
    rows += count;
  }
  if (summary === undefined) throw new Error('a CSV without rows is refused when it is read');
  if (strict) requireUncoerced(summary);
  return { rows, summary };
}

export interface CsvOptions extends Pick<PredictOptions, 'interval'> {
  readonly forSpreadsheets?: boolean;
}

/**
 * `prediction`, for classes `probability_<class>` columns, for quantiles `quantile_<level>` ones; one line per row. With `interval`, then `prediction_lower` and
 * `prediction_upper`, or `prediction_set`. Of several targets the columns of each, with its name and `_` before them.
 */
export function predictionsCsv(
  predictions: readonly Matrix[],
  predictors: readonly Pick<Predictor, 'parts'>[],
  options: CsvOptions = {},
): string {
  const all = predictors.map(({ parts }, t) => {
    const start = predictors.length > 1 ? `${parts.schema.target.name}_` : '';
    return linesOf(predictions[t], parts, { ...options, start });
  });
  const lines = all.length === 1 ? all[0] : all[0].map((_, i) => all.map((own) => own[i]).join(','));
  return `${lines.join('\n')}\n`;
}

/** The header, and a line for each row. */
function linesOf(
  predictions: Matrix,
  parts: PredictorParts,
  { forSpreadsheets = false, interval, start }: CsvOptions & { readonly start: string },
): string[] {
  const cell = (text: string): string => quotedCell(forSpreadsheets ? harmlessCell(text) : text);
  const { classes, quantiles } = parts.schema.target;
  const isNumber = parts.task === 'regression';
  const ends = isNumber ? ['prediction_lower', 'prediction_upper'] : ['prediction_set'];
  const header = [
    'prediction',
    ...(quantiles ?? []).map((level) => `quantile_${level}`),
    ...(isNumber ? [] : classes.map((name) => `probability_${name}`)),
    ...(interval === undefined ? [] : ends),
  ];
  const sure = interval === undefined ? null : answering(parts, interval);
  const lines = [header.map((name) => cell(`${start}${name}`)).join(',')];
  for (let i = 0; i < predictions.rows; i++) {
    const row = predictions.data.subarray(i * predictions.cols, (i + 1) * predictions.cols);
    const numbers = Array.from(row, shortFloat);
    const said = quantiles ? [numbers[middleLevel(quantiles)], ...numbers] : numbers;
    const cells = isNumber ? said : [cell(classes[decidedClass(row, parts)]), ...numbers];
    lines.push((sure ? [...cells, ...sureCells(sure(row), cell)] : cells).join(','));
  }
  return lines;
}

function sureCells({ lower, upper, set }: Prediction, cell: (text: string) => string): (number | string)[] {
  return set ? [cell(set.map(escapedClass).join(SET_SEPARATOR))] : [lower!, upper!];
}

/** Stands between the classes of a set; within the name of a class a backslash stands before it, and before a backslash. */
export const SET_SEPARATOR = '|';

function escapedClass(name: string): string {
  return name.replace(/[\\|]/g, '\\$&');
}
