/** @file Door of data for Node: reading files and streams. */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { ToolkitError } from '../core/index.js';
import type { CsvOptions } from './csv.js';
import { parseSource } from './csv.js';
import type { BlockOptions } from './csv-blocks.js';
import { readBlocks } from './csv-blocks.js';
import { fileSource, sourceOf } from './csv-source.js';
import type { CsvTable } from './csv-table.js';

export type { CsvOptions } from './csv.js';
export { parseCsv } from './csv.js';
export type { CsvTable } from './csv-table.js';

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
    const found = await stat(path);
    if (found.isDirectory()) throw isFolder();
    const source = found.isFile() ? fileSource(path) : await sourceOf(fileSource(path).chunks());
    return await parseSource(source, { name: basename(path), ...options });
  } catch (error) {
    throw inWords(error, path);
  }
}

/**
 * Reads a CSV file as tables of some thousand rows each, in order: memory does not grow with the file.
 *
 * What can be read only once, such as a pipe, goes through a temporary file.
 *
 * Throws   data: as `readCsv`, once the row is reached
 */
export async function* readCsvBlocks(path: string, options: BlockOptions = {}): AsyncGenerator<CsvTable> {
  const { name = basename(path) } = options;
  let folder: string | undefined;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw isFolder();
    if (!found.isFile()) folder = await mkdtemp(join(tmpdir(), 'lrnn-rows-'));
    const file = folder === undefined ? path : join(folder, 'rows.csv');
    if (folder !== undefined) await pipeline(createReadStream(path), createWriteStream(file));
    yield* readBlocks(file, { ...options, name });
  } catch (error) {
    throw inWords(error, path);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function isFolder(): Error {
  return Object.assign(new Error('folder'), { code: 'EISDIR' });
}

/** One sentence for what the file system said; anything else as it is. */
function inWords(error: unknown, path: string): unknown {
  const rule = FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
  return rule === undefined ? error : new ToolkitError('data', { where: 'csv', rule, got: path }, { cause: error });
}
