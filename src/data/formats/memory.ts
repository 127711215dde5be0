/** @file Tables that are in memory already: rows, columns, an arquero table, bytes or a stream of a file. */

import { check } from '../../core/index.js';
import type { ByteSource, TextSource } from '../csv-source.js';
import { sourceOf } from '../csv-source.js';
import type { PlainColumns } from '../plain-columns.js';
import { cellsOf, columnLength } from '../plain-columns.js';
import type { PlainRow } from './rows.js';
import { csvOf, csvOfRows } from './rows.js';

/** What is asked of an arquero table. */
export interface TableLike {
  columnNames(): string[];
  objects(): object[];
}

/** Objects, one per row; columns by name; an arquero table; the bytes of a file, at once or in pieces. */
export type TableInMemory =
  readonly PlainRow[] | PlainColumns | TableLike | Uint8Array | AsyncIterable<Uint8Array | string>;

export interface FoundInMemory {
  readonly source: ByteSource;
  /** Whether the source is a CSV that was made here, and not what somebody wrote. */
  readonly isMade: boolean;
}

/**
 * The bytes of a table in memory.
 *
 * Throws   usage: rows that are no objects, columns of different lengths
 */
export async function tableInMemory(data: TableInMemory, look?: (chunk: Buffer) => void): Promise<FoundInMemory> {
  if (data instanceof Uint8Array || Symbol.asyncIterator in data) {
    return { source: await sourceOf(data as TextSource, look), isMade: false };
  }
  if (Array.isArray(data)) return { source: await csvOfRows(() => checkedRows(data as unknown[])), isMade: true };
  if (isTable(data)) {
    const rows = data.objects() as PlainRow[];
    return { source: csvOf(data.columnNames(), () => rows), isMade: true };
  }
  return { source: csvOfColumns(data as PlainColumns), isMade: true };
}

function* checkedRows(rows: readonly unknown[]): Generator<PlainRow> {
  for (const [i, row] of rows.entries()) {
    const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
    check(isRow, 'data', `row ${i} must be an object`, row);
    yield row as PlainRow;
  }
}

function isTable(data: object): data is TableLike {
  const { columnNames, objects } = data as Partial<TableLike>;
  return typeof columnNames === 'function' && typeof objects === 'function';
}

function csvOfColumns(columns: PlainColumns): ByteSource {
  const names = Object.keys(columns);
  const count = columnLength(columns);
  const cells = names.map((name) => cellsOf(columns[name]));
  const rows = function* (): Generator<PlainRow> {
    for (let i = 0; i < count; i++) {
      const row = Object.create(null) as Record<string, unknown>;
      names.forEach((name, j) => (row[name] = cells[j](i)));
      yield row;
    }
  };
  return csvOf(names, rows);
}
