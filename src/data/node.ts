/** @file Door of data for Node: reading files and streams. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { ToolkitError } from '../core/index.js';
import type { CsvOptions } from './csv.js';
import { parseCsv } from './csv.js';
import type { CsvTable } from './csv-table.js';

export type { CsvOptions } from './csv.js';
export { parseCsv } from './csv.js';
export type { CsvTable } from './csv-table.js';

const CHUNK_BYTES = 1 << 18;

const FAULTS: Record<string, string> = {
  ENOENT: 'file must exist',
  ENOTDIR: 'file must exist',
  EACCES: 'file must be readable by you',
  EPERM: 'file must be readable by you',
  EISDIR: 'path must be a file, not a folder',
};

/**
 * Reads a CSV file into a table of strings.
 *
 * Throws   data: missing, a folder, not readable, and everything that `parseCsv` refuses
 * @example
 * const csv = await readCsv('datasets/penguins.csv');
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<CsvTable> {
  try {
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
    return await parseCsv(stream, { name: basename(path), ...options });
  } catch (error) {
    const rule = FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
    if (rule === undefined) throw error;
    throw new ToolkitError('data', { where: 'csv', rule, got: path }, { cause: error });
  }
}
