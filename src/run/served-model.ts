/** @file A model that answers many requests: rows or CSV in, predictions and what was coerced out, one request at a time. */

import type { Matrix, Task } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { Encoded, EncodeSummary, Schema } from '../data/index.js';
import { encodeFrame, encodeRows } from '../data/index.js';
import { parseCsv } from '../data/node.js';
import { openModel } from './bundle.js';
import type { Prediction } from './load-model.js';
import { modelFile, predictionsOf } from './load-model.js';
import { predictionsCsv } from './predict.js';
import type { PredictOptions } from './strict.js';
import { requireUncoerced } from './strict.js';

/** Objects, one per row, or the bytes of a CSV with a header. */
export type ServedRows = readonly Readonly<Record<string, unknown>>[] | Uint8Array;

export interface ServedAnswer {
  readonly rows: number;
  readonly summary: EncodeSummary;
  predictions(): Prediction[];
  /** As `lrnn predict` writes it. */
  csv(): string;
}

export interface ServedModel {
  readonly task: Task;
  readonly schema: Schema;
  /**
   * Throws   usage: a row that is no object; data: a CSV that cannot be read, none of the model's columns, and when strict
   *          anything that would have to be coerced
   */
  answer(rows: ServedRows, options?: PredictOptions & { readonly maxRows?: number }): Promise<ServedAnswer>;
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
  const encoded = async (rows: ServedRows): Promise<Encoded> =>
    rows instanceof Uint8Array
      ? encodeFrame(await parseCsv(rows, { missingTokens: schema.missingTokens, name: 'the request' }), schema)
      : encodeRows(rows, schema);
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
    async answer(rows, { strict = false, maxRows = Infinity } = {}) {
      const { frame, summary } = await encoded(rows);
      if (frame.rowCount > maxRows) {
        throw new ToolkitError('limit', {
          where: 'rows',
          rule: `a request must have at most ${maxRows}`,
          got: frame.rowCount,
        });
      }
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
