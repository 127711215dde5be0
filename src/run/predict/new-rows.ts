/** @file New rows for a model, in whatever form a program has them. */

import { check } from '../../core/index.js';
import type { Encoded, PlainColumns, ReadingOptions, Schema } from '../../data/index.js';
import { encodeColumns, encodeFrame, encodeRows, readColumns, rememberedBy, schemaFor } from '../../data/index.js';
import type { TableInMemory } from '../../data/node.js';
import { checkKnown } from '../known-options.js';
import type { PredictOptions } from './strict.js';
import { requireUncoerced } from './strict.js';

/** As `predict` of a loaded model takes them: `strict`, `interval`, and of a file how it is to be read. */
export type NewRowsOptions = PredictOptions & ReadingOptions;

const KNOWN: Readonly<Record<keyof NewRowsOptions, true>> = {
  strict: true,
  interval: true,
  delimiter: true,
  decimal: true,
  encoding: true,
  comment: true,
  header: true,
  sheet: true,
};

/**
 * The rows as each of some models wants them. What is in memory is read at once; what reads files is loaded with the first of them.
 *
 * Throws   usage: what is no table, an option that nobody reads; data: a file that cannot be read, none of a model's columns, and when
 *          strict, all that would be coerced
 */
export async function encodeNewRows(
  rows: string | TableInMemory,
  schemas: readonly Schema[],
  options: NewRowsOptions = {},
): Promise<Encoded[]> {
  checkKnown('predict', options, KNOWN);
  const encoded = isFile(rows)
    ? await fromFile(rows, schemas, readingOf(options))
    : schemas.map((schema) => fromMemory(rows, schema));
  if (options.strict) for (const { summary } of encoded) requireUncoerced(summary);
  return encoded;
}

function readingOf({ strict: _, interval: __, ...reading }: NewRowsOptions): ReadingOptions {
  return reading;
}

type FileLike = Extract<string | TableInMemory, string | Uint8Array | AsyncIterable<Uint8Array | string>>;

function isFile(rows: string | TableInMemory): rows is FileLike {
  const isTable = typeof rows === 'string' || (typeof rows === 'object' && rows !== null);
  check(isTable, 'predict', 'needs rows, columns, a table, or a file', rows);
  return typeof rows === 'string' || rows instanceof Uint8Array || Symbol.asyncIterator in rows;
}

/** What was said of how to read the file is the same for all models of one study. */
async function fromFile(rows: FileLike, schemas: readonly Schema[], reading: ReadingOptions): Promise<Encoded[]> {
  const { readTable } = await import('../../data/node.js');
  const wanted = new Set(schemas.flatMap((schema) => readColumns(schema).map(({ name }) => name)));
  const [{ missingTokens }] = schemas;
  const csv = await readTable(rows, { ...reading, missingTokens, wanted, remembered: rememberedBy(schemas[0]) });
  return schemas.map((schema) => encodeFrame(csv, schemaFor(csv, schema)));
}

function fromMemory(rows: Exclude<TableInMemory, FileLike>, schema: Schema): Encoded {
  if (Array.isArray(rows)) return encodeRows(rows as Readonly<Record<string, unknown>>[], schema);
  const { columnNames, objects } = rows as { columnNames?: unknown; objects?: unknown };
  if (typeof columnNames !== 'function' || typeof objects !== 'function') {
    return encodeColumns(rows as PlainColumns, schema);
  }
  return encodeRows((rows as { objects(): Record<string, unknown>[] }).objects(), schema);
}
