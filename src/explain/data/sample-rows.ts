/** @file The rows of a table that its report reads relations and drift from: all of them, or evenly spread ones of a large table. */

import type { StudyData } from '../../automl/index.js';
import { selectFrameRows, selectTarget } from '../../automl/index.js';

/** Cells looked at, at most: about a second. Fewer rows than `LEAST_ROWS` are never taken. */
const MOST_CELLS = 10_000_000;
const LEAST_ROWS = 20_000;

/** The column that says when a row happened, and its moments: [rows], later is greater. */
export interface TimeOrder {
  readonly column: string;
  readonly times: ArrayLike<number>;
}

/** Some rows of a study's data, in order. */
export interface LookedAt {
  /** Frame and target of these rows only; its folds are those of the whole table. */
  readonly data: StudyData;
  readonly order: TimeOrder | null;
  /** Which of these rows each fold is judged on, and which are held out; null where none is. */
  readonly marks: { readonly folds: readonly Uint8Array[]; readonly holdout: Uint8Array | null };
}

/** The same rows every time: there is no draw. */
export function lookedAt(data: StudyData, order: TimeOrder | null): LookedAt {
  const n = data.frame.rowCount;
  const most = Math.max(LEAST_ROWS, Math.floor(MOST_CELLS / (data.frame.columns.length + 1)));
  const rows = spread(n, most);
  const mark = (marked: Uint32Array): Uint8Array => {
    const all = new Uint8Array(n);
    for (const row of marked) all[row] = 1;
    return rows.length === n ? all : Uint8Array.from(rows, (row) => all[row]);
  };
  const marks = {
    folds: data.folds.map(({ validation }) => mark(validation)),
    holdout: data.holdout.length > 0 ? mark(data.holdout) : null,
  };
  if (rows.length === n) return { data, order, marks };
  const part = { ...data, frame: selectFrameRows(data.frame, rows), y: selectTarget(data.y, rows) };
  const times = order && Float64Array.from(rows, (row) => order.times[row]);
  return { data: part, order: order && { column: order.column, times: times! }, marks };
}

/** At most `most` of n rows: one somewhere in the middle of each of `most` equal parts. */
function spread(n: number, most: number): Uint32Array {
  const count = Math.min(n, most);
  return Uint32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * n) / count));
}
