/** @file CSV bytes to an arquero table of strings; every fault is one sentence with its line. */

import { dialectOf } from './csv-dialect.js';
import { survey } from './csv-input.js';
import type { RowLimits } from './csv-limits.js';
import { cellLimit, streamGuard } from './csv-limits.js';
import { RecordReader } from './csv-records.js';
import { RowCollector } from './csv-rows.js';
import type { ByteSource, TextSource } from './csv-source.js';
import { heeding, sourceOf } from './csv-source.js';
import type { CsvTable } from './csv-table.js';
import { DEFAULT_MISSING_TOKENS } from './missing.js';
import type { ReadingOptions } from './reading.js';
import { checkReading } from './reading.js';
import type { Remembered } from './remembered.js';

export interface CsvOptions extends RowLimits, ReadingOptions {
  /** Texts that stand for "no value"; the empty cell always does. Default: DEFAULT_MISSING_TOKENS. */
  readonly missingTokens?: readonly string[] | undefined;
  /** What error messages call the text. */
  readonly name?: string | undefined;
  /** Stops reading: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Of the model that the rows are for: what is not given otherwise is tried so. */
  readonly remembered?: Remembered | undefined;
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
  const { delimiter, name = 'the text' } = options;
  return parseSource(await sourceOf(source, streamGuard(options, delimiter, name)), options);
}

/** As `parseCsv`, from bytes that can be read again. */
export async function parseSource(source: ByteSource, options: CsvOptions = {}): Promise<CsvTable> {
  const { encoding = 'auto', missingTokens = DEFAULT_MISSING_TOKENS, name = 'the text' } = options;
  checkReading(options);
  const text = await survey(heeding(source, options.signal), name, encoding);
  const dialect = await dialectOf(text, name, options);
  const rows = new RowCollector(name, dialect, text, options);
  const reader = new RecordReader(
    dialect,
    (record) => rows.take(record),
    cellLimit(options),
    (bytes, place) => rows.takePlain(bytes, place),
  );
  for await (const chunk of text.chunks()) reader.push(chunk);
  reader.end();
  return { ...rows.finish([...missingTokens]), decimal: options.decimal };
}
