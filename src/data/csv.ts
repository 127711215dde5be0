/** @file CSV bytes to an arquero table of strings; every fault is one sentence with its line. */

import { check } from '../core/index.js';
import { dialectOf } from './csv-dialect.js';
import { survey } from './csv-input.js';
import { RecordReader } from './csv-records.js';
import type { RowLimits } from './csv-rows.js';
import { cellLimit, RowCollector } from './csv-rows.js';
import type { ByteSource, TextSource } from './csv-source.js';
import { heeding, sourceOf } from './csv-source.js';
import type { CsvTable } from './csv-table.js';
import { DEFAULT_MISSING_TOKENS } from './missing.js';

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
 * Quoted fields may hold delimiters and line breaks; a quote inside an unquoted field is an ordinary character. Where a record
 * spans lines its quotes must be right, so that no row can end up inside a cell. Lines end in LF, CRLF or CR. Blank lines are
 * skipped. The first row holds the names. Memory: about the size of the file, mostly outside the heap.
 *
 * Throws   data: empty, header only, duplicate names, a row of another length, a quote left open, binary; usage: delimiter;
 *          limit: more columns or rows than asked for
 */
export async function parseCsv(source: TextSource, options: CsvOptions = {}): Promise<CsvTable> {
  return parseSource(await sourceOf(source), options);
}

/** As `parseCsv`, from bytes that can be read again. */
export async function parseSource(source: ByteSource, options: CsvOptions = {}): Promise<CsvTable> {
  const { delimiter, encoding = 'auto', missingTokens = DEFAULT_MISSING_TOKENS, name = 'the text' } = options;
  check(
    delimiter === undefined || /^[\t\x20-\x21\x23-\x7e]$/.test(delimiter),
    'csv',
    'delimiter must be one ASCII character other than a quote',
    delimiter,
  );
  const text = await survey(heeding(source, options.signal), name, encoding);
  const dialect = await dialectOf(text, name, delimiter);
  const rows = new RowCollector(name, dialect, text, options);
  const reader = new RecordReader(dialect, (record) => rows.take(record), cellLimit(options));
  for await (const chunk of text.chunks()) reader.push(chunk);
  reader.end();
  return rows.finish([...missingTokens]);
}
