/** @file Rows of several requests as one table, and the predictions of each taken out again. */

import type { Matrix } from '../../core/index.js';
import type { Frame, FrameColumn, TextColumn } from '../../data/index.js';
import { withSameDocuments } from '../../data/index.js';

/** Frames of one schema, one below the other. */
export function joinFrames(frames: readonly Frame[]): Frame {
  const [first] = frames;
  if (frames.length === 1) return first;
  const rowCount = frames.reduce((sum, frame) => sum + frame.rowCount, 0);
  const columns = first.columns.map((column, j): FrameColumn => {
    const parts = frames.map((frame) => frame.columns[j]);
    switch (column.kind) {
      case 'numeric':
        return { ...column, values: joined(new Float64Array(rowCount), parts.map(numbersOf)) };
      case 'date':
        return { ...column, epochMs: joined(new Float64Array(rowCount), parts.map(numbersOf)) };
      case 'categorical':
        return { ...column, codes: joined(new Int32Array(rowCount), parts.map(numbersOf)) };
      case 'text':
        return joinTexts(parts as TextColumn[], rowCount);
    }
  });
  if (first.exposure === undefined) return { rowCount, columns };
  const exposures = frames.map(({ exposure }) => exposure!);
  return { rowCount, columns, exposure: joined(new Float64Array(rowCount), exposures) };
}

function joinTexts(parts: readonly TextColumn[], rowCount: number): TextColumn {
  const same = withSameDocuments(parts);
  return { ...same[0], codes: joined(new Int32Array(rowCount), same.map(numbersOf) as Int32Array[]) };
}

function numbersOf(column: FrameColumn): Float64Array | Int32Array {
  if (column.kind === 'numeric') return column.values;
  return column.kind === 'date' ? column.epochMs : column.codes;
}

function joined<T extends Float64Array | Int32Array>(out: T, parts: readonly ArrayLike<number>[]): T {
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Rows [start, end) of a matrix, without a copy. */
export function rowsOf({ data, cols }: Matrix, start: number, end: number): Matrix {
  return { rows: end - start, cols, data: data.subarray(start * cols, end * cols) };
}
