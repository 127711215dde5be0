/** @file The sampled rows of a table beside what a model says of them out of fold: what views of groups of rows are made of. */

import type { ModelView } from '../../../automl/index.js';
import type { Matrix } from '../../../core/index.js';
import { selectRows } from '../../../core/index.js';
import type { ColumnSchema, FrameColumn, Schema } from '../../../data/index.js';
import { truthText } from '../../../data/index.js';
import { decisionsBy } from '../../../evaluate/index.js';
import type { ExplainSample } from '../../../explain/index.js';
import { cellsOf, featuresOf, takeRows, withCells } from '../../../explain/index.js';

export interface JudgedSample {
  /** Columns with cells of their own, texts left out; `n` rows each. */
  readonly columns: readonly FrameColumn[];
  readonly y: Float32Array;
  readonly predictions: Matrix;
  /** [n] the class that the model decides for; null for numbers. */
  readonly decisions: Int32Array | null;
  /** [n] absolute errors, or 1 where the class is wrong. */
  readonly errors: Float64Array;
}

/** Null where the study keeps no rows, or no predictions of any of them. */
export function judgedSample(sample: ExplainSample | null, view: ModelView, schema: Schema): JudgedSample | null {
  if (!sample || view.y.length === 0) return null;
  const place = new Map(Array.from(view.rows, (row, i) => [row, i]));
  const known = Array.from(sample.rows, (row, i) => ({ i, at: place.get(row) })).filter(({ at }) => at !== undefined);
  if (known.length === 0) return null;
  const frame = takeRows(
    sample.frame,
    known.map(({ i }) => i),
  );
  const at = Uint32Array.from(known, (row) => row.at!);
  const y = Float32Array.from(at, (row) => view.y[row]);
  const predictions = selectRows(view.predictions, at);
  const decisions = view.classes.length > 0 ? decisionsBy(predictions, view) : null;
  const errorOf = (value: number, i: number): number =>
    decisions ? Number(decisions[i] !== value) : Math.abs(value - predictions.data[i]);
  const carried = featuresOf(frame, schema).filter(({ name, parts }) => parts.length === 1 && parts[0] === name);
  const columns = carried.flatMap(({ name, schema: own }) => {
    const column = frame.columns.find((candidate) => candidate.name === name)!;
    return column.kind === 'text' ? [] : [own.kind === 'boolean' ? asWords(column, own, y.length) : column];
  });
  return { columns, y, predictions, decisions, errors: Float64Array.from(y, errorOf) };
}

/** Truth values in the words of the table. */
function asWords(column: FrameColumn, schema: ColumnSchema, n: number): FrameColumn {
  const levels = [truthText(schema, false), truthText(schema, true)];
  const empty = { kind: 'categorical', name: column.name, codes: new Int32Array(0), levels } as const;
  return withCells(
    empty,
    cellsOf(column, n).map((cell) => (Number.isNaN(cell) ? cell : Number(cell > 0))),
  );
}
