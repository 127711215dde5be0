/** @file The small function that a host needs: raw rows to what the inputs of an ONNX model take. */

import type { Frame, Schema, TextColumn } from '../../data/index.js';
import { encodeRows, textNames, tidy } from '../../data/index.js';
import type { OnnxInput } from './inputs.js';

/** Cells of one input, row by row: texts, or numbers. */
export interface OnnxFeed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly string[] | Float64Array;
}

/**
 * Feeds from rows of texts, numbers, truth values and dates, read as `predict` reads them.
 *
 * Columns that no row has are fed as missing; columns that the model does not know are left out.
 */
export function onnxFeeds(
  inputs: readonly OnnxInput[],
  schema: Schema,
  rows: readonly Readonly<Record<string, unknown>>[],
): OnnxFeed[] {
  const { frame } = encodeRows(rows, schema);
  const texts = textNames(schema);
  const numbersOf = (name: string): Float64Array | undefined => {
    for (const column of frame.columns) {
      if (column.name !== name) continue;
      if (column.kind === 'numeric') return column.values;
      if (column.kind === 'date') return column.epochMs;
    }
    return undefined;
  };
  return inputs.map(({ name, column, kind, width, columns }) => {
    if (kind === 'exposure') return { name, shape: [rows.length, width], data: frame.exposure! };
    if (kind === 'terms') return termsFeed(name, frame, texts.get(column)!.terms!);
    const shape = [rows.length, width] as const;
    if (kind === 'text') {
      const numbers = numbersOf(column);
      const { kind: meaning, levels = [] } = schema.columns.find((entry) => entry.name === column) ?? {};
      // Levels of earlier versions may hold differences that nobody sees, which cells have no more.
      const spelled = new Map(levels.flatMap((level) => (tidy(level) === level ? [] : [[tidy(level), level]])));
      const data = rows.map((row, i) => {
        const text = textOf(Object.hasOwn(row, column) ? row[column] : null, numbers?.[i], meaning === 'boolean');
        return spelled.get(text) ?? text;
      });
      return { name, shape, data };
    }
    const all = (columns ?? [column]).map((part) => numbersOf(part)!);
    const data = Float64Array.from({ length: rows.length * width }, (_, i) => all[i % width][Math.floor(i / width)]);
    return { name, shape, data };
  });
}

/** Pairs of terms and counts, as many for every row as the longest text has. */
function termsFeed(name: string, { columns, rowCount }: Frame, column: string): OnnxFeed {
  const { codes, documents } = columns.find((own) => own.name === column) as TextColumn;
  const { starts, terms, counts } = documents;
  const lengths = Array.from(codes, (code) => (code < 0 ? 0 : starts[code + 1] - starts[code]));
  const most = lengths.reduce((a, b) => Math.max(a, b), 1);
  const data = new Float64Array(rowCount * most * 2);
  codes.forEach((code, row) => {
    if (code < 0) data[row * most * 2 + 1] = -1;
    for (let i = 0; i < lengths[row]; i++) {
      data[(row * most + i) * 2] = terms[starts[code] + i] >>> 0;
      data[(row * most + i) * 2 + 1] = counts[starts[code] + i];
    }
  });
  return { name, shape: [rowCount, most, 2], data };
}

/** A text as it is; anything else as the number that it was read as, or as its text. */
function textOf(cell: unknown, number: number | undefined, isBoolean: boolean): string {
  // Runtimes end a text at a NUL. The sign for what cannot be read is no letter either, and as long.
  if (typeof cell === 'string') return tidy(cell).replaceAll('\0', '\ufffd');
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  if (number !== undefined && !isBoolean) return Number.isNaN(number) ? '' : String(number);
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '' : cell.toISOString();
  // As `predict` has it: a number whose last digits are lost is no level.
  if (Number.isInteger(cell) && !Number.isSafeInteger(cell)) return (cell as number).toExponential();
  const isSimple = typeof cell === 'number' || typeof cell === 'boolean' || typeof cell === 'bigint';
  return isSimple ? String(cell) : JSON.stringify(cell);
}
