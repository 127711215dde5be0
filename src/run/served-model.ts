/** @file A model that answers many requests: rows or CSV in, predictions and what was coerced out, one request at a time. */

import type { Matrix, Task } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { Encoded, EncodeSummary, Schema } from '../data/index.js';
import { encodeFrame, encodeRows, isFeature } from '../data/index.js';
import { readTable } from '../data/node.js';
import { openModel } from './bundle.js';
import type { Prediction } from './load-model.js';
import { modelFile, predictionsOf } from './load-model.js';
import { predictionsCsv } from './predict.js';
import type { PredictOptions } from './strict.js';
import { requireUncoerced } from './strict.js';

/** Objects, one per row, or the bytes of a file: CSV, or any other that is read. */
export type ServedRows = readonly Readonly<Record<string, unknown>>[] | Uint8Array;

export interface ServedAnswer {
  readonly rows: number;
  readonly summary: EncodeSummary;
  predictions(): Prediction[];
  /** As `lrnn predict` writes it. */
  csv(): string;
}

/** More than these is refused before any work. */
export interface RequestLimits {
  readonly maxRows?: number | undefined;
  /** Of a CSV. */
  readonly maxColumns?: number | undefined;
}

export interface ServedModel {
  readonly task: Task;
  readonly schema: Schema;
  /**
   * Throws   limit: too many rows or columns; usage: a row that is no object; data: a CSV that cannot be read, none of the model's columns, and when strict
   *          anything that would have to be coerced
   */
  answer(rows: ServedRows, options?: PredictOptions & RequestLimits): Promise<ServedAnswer>;
  dispose(): void;
}

/**
 * Opens a model file, or the winner of a study folder, for requests.
 *
 * Throws   data: not a model file, truncated, damaged; state: written by a newer version
 */
export async function openServedModel(path: string): Promise<ServedModel> {
  const predictor = await openModel(modelFile(path));
  const { schema, task } = predictor.parts;
  const wanted = new Set(schema.columns.filter(isFeature).map(({ name }) => name));
  const encoded = async (rows: ServedRows, limits: RequestLimits): Promise<Encoded> => {
    if (!(rows instanceof Uint8Array)) {
      requireRows(rows.length, limits.maxRows);
      return encodeRows(rows, schema);
    }
    const { missingTokens } = schema;
    return encodeFrame(await readTable(rows, { missingTokens, name: 'the request', wanted, ...limits }), schema);
  };
  let last: Promise<unknown> = Promise.resolve();
  /** Networks work on memory that they share between calls. */
  const inTurn = (work: () => Promise<Matrix>): Promise<Matrix> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    task,
    schema,
    async answer(rows, { strict = false, ...limits } = {}) {
      const { frame, summary } = await encoded(rows, limits);
      if (strict) requireUncoerced(summary);
      const matrix = await inTurn(() => predictor.predict(frame));
      return {
        rows: matrix.rows,
        summary,
        predictions: () => predictionsOf(matrix, predictor),
        csv: () => predictionsCsv(matrix, predictor),
      };
    },
    dispose: () => predictor.dispose(),
  };
}

function requireRows(count: number, maxRows = Infinity): void {
  if (count <= maxRows) return;
  throw new ToolkitError('limit', { where: 'rows', rule: `the request must have at most ${maxRows} rows`, got: count });
}
