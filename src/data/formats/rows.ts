/** @file Rows of objects as the bytes of a CSV: whatever a table comes from, its cells are read in one way. */

import type { ByteSource } from '../csv-source.js';

export type PlainRow = Readonly<Record<string, unknown>>;

/** Bytes are given away in pieces of about this size. */
const PIECE_SIGNS = 1 << 16;

/**
 * A CSV of the rows, with a comma between cells. Columns are the keys of all rows, in the order in which they come.
 *
 * @param rows  gives all rows, each time anew
 */
export async function csvOfRows(rows: () => AsyncIterable<PlainRow> | Iterable<PlainRow>): Promise<ByteSource> {
  const names = new Set<string>();
  for await (const row of rows()) for (const name of Object.keys(row)) names.add(name);
  return csvOf([...names], rows);
}

/** The same, where the names are known. */
export function csvOf(names: readonly string[], rows: () => AsyncIterable<PlainRow> | Iterable<PlainRow>): ByteSource {
  return csvOfLines(async function* () {
    if (names.length === 0) return;
    yield names;
    for await (const row of rows()) yield names.map((name) => (Object.hasOwn(row, name) ? textOf(row[name]) : ''));
  });
}

/** A CSV of lines of texts, the names among them; a line without cells is blank. */
export function csvOfLines(lines: () => AsyncIterable<readonly string[]>): ByteSource {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    let piece = '';
    for await (const cells of lines()) {
      for (let i = 0; i < cells.length; i++) piece += i === 0 ? quoted(cells[i]) : `,${quoted(cells[i])}`;
      piece += '\n';
      if (piece.length < PIECE_SIGNS) continue;
      yield Buffer.from(piece);
      piece = '';
    }
    if (piece !== '') yield Buffer.from(piece);
  };
  return { chunks };
}

/** A value as a cell: nothing for what is missing, dates as ISO 8601, lists and objects as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  return JSON.stringify(value) ?? '';
}

/** Always in quotes but for plain words: a line of one empty cell must not be a blank line. */
function quoted(text: string): string {
  return /^[\w.+-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}
