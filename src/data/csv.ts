/** @file CSV bytes to an arquero table of strings, in one streaming pass; every fault is one sentence with its line. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Parser } from 'csv-parse';
import { CsvError, parse } from 'csv-parse';

import { check, ToolkitError } from '../core/index.js';
import type { Input } from './csv-input.js';
import { chunksOf, openInput } from './csv-input.js';
import type { RowLimits } from './csv-rows.js';
import { RowCollector } from './csv-rows.js';
import type { CsvTable } from './csv-table.js';
import { DEFAULT_MISSING_TOKENS } from './missing.js';
import { sniffDelimiter } from './sniff.js';

/** A table of more columns than this is no table that a search could be made of. */
export const MAX_COLUMNS = 100_000;

export interface CsvOptions extends RowLimits {
  /** One ASCII character; sniffed from `, ; tab |` where left out. */
  readonly delimiter?: string | undefined;
  /** Texts that stand for "no value"; the empty cell always does. Default: DEFAULT_MISSING_TOKENS. */
  readonly missingTokens?: readonly string[] | undefined;
  /** 'auto' reads UTF-8 and falls back to Latin-1 when the bytes are not valid UTF-8; UTF-16 is known by its mark. */
  readonly encoding?: 'auto' | 'utf-8' | 'latin1' | undefined;
  /** What error messages call the text. */
  readonly name?: string | undefined;
  /** Stops reading: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Parses CSV from memory or from a stream.
 *
 * Quoted fields may hold delimiters and line breaks; a quote inside an unquoted field is an ordinary character. Lines end in
 * LF, CRLF or CR. Blank lines are skipped. The first row holds the names. Memory: about the size of the file, mostly outside the heap.
 *
 * Throws   data: empty, header only, duplicate names, a row of another length, a quote left open, binary; usage: delimiter;
 *          limit: more columns or rows than asked for
 */
export async function parseCsv(
  source: string | Uint8Array | AsyncIterable<Uint8Array | string>,
  options: CsvOptions = {},
): Promise<CsvTable> {
  const { delimiter, encoding = 'auto', missingTokens = DEFAULT_MISSING_TOKENS, name = 'the text' } = options;
  check(
    delimiter === undefined || /^[\t\x20-\x21\x23-\x7e]$/.test(delimiter),
    'csv',
    'delimiter must be one ASCII character other than a quote',
    delimiter,
  );
  const input = await openInput(chunksOf(source), name, encoding);
  const settings = delimiterOf(input);
  if (delimiter !== undefined) settings.delimiter = delimiter;
  const limits = { ...options, maxColumns: options.maxColumns ?? MAX_COLUMNS };
  const rows = new RowCollector(name, settings.delimiter, settings.skip, limits);
  // Asked for by those who read what strangers send: the parser would take a row of millions of fields whole.
  const { maxColumns } = options;
  const chunks =
    maxColumns === undefined ? input.chunks : refuseEndlessRows(input.chunks, settings.delimiter, maxColumns, name);
  await runParser(chunks, rows, settings.delimiter, options.signal);
  const found = input.finish();
  return rows.finish(found, [...missingTokens]);
}

/** The delimiter of a text, and how many records come before its header. */
export function delimiterOf({ head, whole }: Pick<Input, 'head' | 'whole'>): { delimiter: string; skip: number } {
  return sepLine(head) ?? { delimiter: sniffDelimiter(head, whole), skip: 0 };
}

/** Excel's first line `sep=;` names the delimiter and is no row. */
function sepLine(head: string): { delimiter: string; skip: number } | undefined {
  const match = /^"?sep=([^"\r\n])"?\r?\n/i.exec(head);
  return match === null ? undefined : { delimiter: match[1], skip: 1 };
}

/** A parser that gives every record to the collector and leaves nothing to read. */
export function parserInto(rows: RowCollector, delimiter: string): Parser {
  return parse({
    delimiter,
    encoding: 'latin1',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    on_record: (record: string[], context) => {
      rows.take(record, context);
      return undefined;
    },
  });
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** A stray quote may hide where a field ends: only rows far beyond the limit are refused before they are parsed. */
const SLACK = 4;

/** Passes chunks on until one row has several times as many fields as there may be columns. */
async function* refuseEndlessRows(
  chunks: AsyncIterable<Buffer>,
  delimiter: string,
  maxColumns: number,
  name: string,
): AsyncGenerator<Buffer> {
  const wanted = delimiter.charCodeAt(0);
  let quoted = false;
  let fields = 0;
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte === QUOTE) quoted = !quoted;
      else if (quoted) continue;
      else if (byte === wanted) fields++;
      else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) fields = 0;
    }
    if (fields > SLACK * maxColumns) {
      throw new ToolkitError('limit', { where: 'columns', rule: `${name} must have at most ${maxColumns} columns` });
    }
    yield chunk;
  }
}

async function runParser(
  chunks: AsyncIterable<Buffer>,
  rows: RowCollector,
  delimiter: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parser = parserInto(rows, delimiter);
  try {
    // Every record is taken as it is parsed; nothing is left to read.
    parser.resume();
    await pipeline(Readable.from(chunks, { highWaterMark: 1 }), parser, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CsvError) rows.refuse(error);
    throw error;
  }
}
