/** @file A CSV file as a row of small tables, for those who need each row only once: memory does not grow with the file. */

import { dialectOf } from './csv-dialect.js';
import { survey } from './csv-input.js';
import type { RowLimits } from './csv-limits.js';
import { cellLimit } from './csv-limits.js';
import { RecordReader } from './csv-records.js';
import { RowCollector } from './csv-rows.js';
import type { ByteSource } from './csv-source.js';
import type { CsvTable } from './csv-table.js';
import { DEFAULT_MISSING_TOKENS } from './missing.js';
import type { ReadingOptions } from './reading.js';
import { checkReading } from './reading.js';

const BLOCK_ROWS = 8192;

export interface BlockOptions extends RowLimits, ReadingOptions {
  /** Texts that stand for "no value"; the empty cell always does. Default: DEFAULT_MISSING_TOKENS. */
  readonly missingTokens?: readonly string[] | undefined;
  /** A block has at least so many rows, all but the last one. Default: 8192. */
  readonly blockRows?: number | undefined;
  /** What error messages call the file. Default: its name. */
  readonly name?: string | undefined;
}

/**
 * The tables of a text that can be read twice: once for what only the whole file tells, and once for its rows.
 *
 * The rows are those of `readCsv`, in order.
 *
 * Throws   data: all that `parseCsv` refuses, when the row is reached
 */
export async function* readBlocks(
  source: ByteSource,
  options: BlockOptions & { readonly name: string },
): AsyncGenerator<CsvTable> {
  const { missingTokens = DEFAULT_MISSING_TOKENS, blockRows = BLOCK_ROWS, name, decimal } = options;
  checkReading(options);
  const text = await survey(source, name, options.encoding ?? 'auto');
  const dialect = await dialectOf(text, name, options);
  const rows = new RowCollector(name, dialect, text, options);
  const reader = new RecordReader(
    dialect,
    (record) => rows.take(record),
    cellLimit(options),
    (bytes, place) => rows.takePlain(bytes, place),
  );
  for await (const chunk of text.chunks()) {
    reader.push(chunk);
    if (rows.waitingRows >= blockRows) yield { ...rows.takeBlock([...missingTokens]), decimal };
  }
  reader.end();
  if (rows.isEmpty || rows.waitingRows > 0) yield { ...rows.finish([...missingTokens]), decimal };
}
