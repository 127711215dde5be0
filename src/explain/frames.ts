/** @file Frames with some cells replaced: what every explanation asks a model about. */

import type { Frame, FrameColumn } from '../data/index.js';
import { MISSING_CODE, withSameDocuments } from '../data/index.js';

/** A cell of a frame column: a number (a code for categories, milliseconds for dates), NaN where missing. */
export function cellOf(column: FrameColumn, row: number): number {
  if (column.kind === 'numeric') return column.values[row];
  if (column.kind === 'date') return column.epochMs[row];
  return column.codes[row] === MISSING_CODE ? Number.NaN : column.codes[row];
}

/** The same column with other cells; NaN is missing. */
export function withCells(column: FrameColumn, cells: ArrayLike<number>): FrameColumn {
  if (column.kind === 'numeric') return { ...column, values: Float64Array.from(cells) };
  if (column.kind === 'date') return { ...column, epochMs: Float64Array.from(cells) };
  return { ...column, codes: Int32Array.from(cells, (cell) => (Number.isNaN(cell) ? MISSING_CODE : cell)) };
}

/** Columns of one name whose cells may stand in each other's rows: texts are numbers of documents, which differ from table to table. */
export function alike(columns: readonly FrameColumn[]): readonly FrameColumn[] {
  const texts = columns.filter((column) => column.kind === 'text');
  return texts.length === columns.length ? withSameDocuments(texts) : columns;
}

/** Every cell of a column, as `cellOf` says it. */
export function cellsOf(column: FrameColumn, rowCount: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) => cellOf(column, row));
}

/** The given rows, in the order given; a row may repeat. */
export function takeRows(frame: Frame, rows: ArrayLike<number>): Frame {
  const columns = frame.columns.map((column) =>
    withCells(
      column,
      Float64Array.from({ length: rows.length }, (_, i) => cellOf(column, rows[i])),
    ),
  );
  return { rowCount: rows.length, columns };
}

/** The frame with the named columns taken from row `order[i]` instead of row i. */
export function shuffled(frame: Frame, names: ReadonlySet<string>, order: ArrayLike<number>): Frame {
  const columns = frame.columns.map((column) => {
    if (!names.has(column.name)) return column;
    return withCells(
      column,
      Float64Array.from({ length: frame.rowCount }, (_, i) => cellOf(column, order[i])),
    );
  });
  return { ...frame, columns };
}

/** Frames one below the other; all have the columns of the first. */
export function stacked(frames: readonly Frame[]): Frame {
  const rowCount = frames.reduce((sum, frame) => sum + frame.rowCount, 0);
  const columns = frames[0].columns.map((_, c) => {
    const parts = alike(frames.map((frame) => frame.columns[c]));
    const cells = new Float64Array(rowCount);
    let at = 0;
    frames.forEach((frame, part) => {
      cells.set(cellsOf(parts[part], frame.rowCount), at);
      at += frame.rowCount;
    });
    return withCells(parts[0], cells);
  });
  return { rowCount, columns };
}

/** The whole frame once per value, with that value in the named column: value by value, rows in order within each. */
export function sweep(frame: Frame, name: string, values: ArrayLike<number>): Frame {
  const rows = Uint32Array.from({ length: values.length * frame.rowCount }, (_, i) => i % frame.rowCount);
  const repeated = takeRows(frame, rows);
  const columns = repeated.columns.map((column) => {
    if (column.name !== name) return column;
    return withCells(
      column,
      Float64Array.from(rows, (_, i) => values[Math.floor(i / frame.rowCount)]),
    );
  });
  return { ...repeated, columns };
}

/** `count` of n positions, evenly spread. */
export function spread(n: number, count: number): number[] {
  const wanted = Math.min(n, count);
  return Array.from({ length: wanted }, (_, i) => Math.floor(((i + 0.5) * n) / wanted));
}
