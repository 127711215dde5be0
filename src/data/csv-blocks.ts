/** @file A CSV file as a row of small tables, for those who need each row only once: memory does not grow with the file. */

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';

import { CsvError } from 'csv-parse';

import { delimiterOf, MAX_COLUMNS, parserInto } from './csv.js';
import { isUtf16, openInput } from './csv-input.js';
import type { RowLimits } from './csv-rows.js';
import { RowCollector } from './csv-rows.js';
import type { CsvTable } from './csv-table.js';
import { Utf8Watch } from './decode.js';
import { DEFAULT_MISSING_TOKENS } from './missing.js';
import { PlainColumnBuilder } from './text-column.js';

const CHUNK_BYTES = 1 << 18;
const BLOCK_ROWS = 8192;

export interface BlockOptions extends RowLimits {
  /** Texts that stand for "no value"; the empty cell always does. Default: DEFAULT_MISSING_TOKENS. */
  readonly missingTokens?: readonly string[] | undefined;
  /** A block has at least so many rows, all but the last one. Default: 8192. */
  readonly blockRows?: number | undefined;
  /** What error messages call the file. Default: its name. */
  readonly name?: string | undefined;
}

/**
 * The tables of a file that can be read twice: once for its encoding, which only the whole file tells, and once for its rows.
 *
 * The rows are those of `readCsv`, in order; `bytes` and `sha256` of a block speak of nothing.
 *
 * Throws   data: all that `parseCsv` refuses, when the row is reached
 */
export async function* readBlocks(path: string, options: BlockOptions = {}): AsyncGenerator<CsvTable> {
  const { missingTokens = DEFAULT_MISSING_TOKENS, blockRows = BLOCK_ROWS, name = basename(path) } = options;
  const encoding = await encodingOf(path);
  const input = await openInput(chunksIn(path), name, encoding);
  const { delimiter, skip } = delimiterOf(input);
  const limits = { ...options, maxColumns: options.maxColumns ?? MAX_COLUMNS };
  const rows = new RowCollector(name, delimiter, skip, limits, () => new PlainColumnBuilder());
  const take = (): CsvTable => rows.takeBlock({ encoding, bytes: 0, sha256: '' }, [...missingTokens]);
  const parser = parserInto(rows, delimiter);
  parser.resume();
  // The callbacks tell of every error; without a listener the event would end the process.
  parser.on('error', () => undefined);
  const done = (step: (callback: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => step((error) => (error ? reject(error) : resolve())));
  try {
    for await (const chunk of input.chunks) {
      await done((callback) => parser.write(chunk, callback));
      if (rows.waitingRows >= blockRows) yield take();
    }
    await done((callback) => parser.end(callback));
  } catch (error) {
    if (error instanceof CsvError) rows.refuse(error);
    throw error;
  } finally {
    parser.destroy();
  }
  const { bytes } = input.finish();
  if (rows.isEmpty) rows.finish({ encoding, bytes, sha256: '' }, [...missingTokens]);
  if (rows.waitingRows > 0) yield take();
}

/** How the parser's bytes are to be read: as UTF-8 where all are valid UTF-8 or where UTF-16 becomes that, else as Latin-1. */
async function encodingOf(path: string): Promise<'utf-8' | 'latin1'> {
  const watch = new Utf8Watch();
  let isFirst = true;
  for await (const chunk of chunksIn(path)) {
    if (isFirst && isUtf16(chunk)) return 'utf-8';
    isFirst = false;
    watch.push(chunk);
    if (!watch.valid) break;
  }
  return watch.end() ? 'utf-8' : 'latin1';
}

function chunksIn(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
}
