/** @file Door of data for Node: reading files and streams. */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ToolkitError } from '../core/index.js';
import type { RememberingOptions } from './choose-reading.js';
import { withReading } from './choose-reading.js';
import type { CsvOptions } from './csv.js';
import { parseSource } from './csv.js';
import { readBlocks } from './csv-blocks.js';
import { streamGuard } from './csv-limits.js';
import type { ByteSource } from './csv-source.js';
import { fileSource, heeding, sourceOf } from './csv-source.js';
import type { CsvTable } from './csv-table.js';
import type { TableInMemory } from './formats/memory.js';
import { tableInMemory } from './formats/memory.js';
import type { OpenedTable } from './formats/open.js';
import { elementOf, MADE_HERE, openTable, requireNoSheet } from './formats/open.js';
import { checkReading } from './reading.js';

export type { CsvOptions } from './csv.js';
export { parseCsv } from './csv.js';
export type { CsvTable } from './csv-table.js';
export type { TableInMemory } from './formats/memory.js';

const FAULTS: Record<string, string> = {
  ENOENT: 'file must exist',
  ENOTDIR: 'file must exist',
  EACCES: 'file must be readable by you',
  EPERM: 'file must be readable by you',
  EISDIR: 'path must be a file, not a folder',
};

/**
 * Reads a file into a table of strings: CSV, JSON as a list of objects or one object a line, Parquet, a sheet of a workbook (XLSX), or
 * any of them packed by gzip or as the one file of a zip.
 *
 * The path `-` is the standard input.
 *
 * Throws   data: missing, a folder, not readable, and everything that `parseCsv` refuses
 * @example
 * const csv = await readCsv('datasets/penguins.csv');
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<CsvTable> {
  const { name = nameOf(path) } = options;
  try {
    const isFile = await isOrdinary(path);
    const raw = isFile ? fileSource(path) : await sourceOf(streamOf(path));
    return await tableIn(heeding(raw, options.signal), name, options);
  } catch (error) {
    throw inWords(error, path);
  }
}

/** The table of a file, read as it is said, as a model remembers it, or as it looks. */
async function tableIn(source: ByteSource, name: string, options: CsvOptions): Promise<CsvTable> {
  const chosen = await withReading(source, name, options);
  return tableOf(await openTable(source, name, chosen), { ...chosen, name });
}

/** The table of what was opened, and where its rows stand in the file. */
async function tableOf(
  { source, reading, placeOf, format, notes = [] }: OpenedTable,
  options: CsvOptions,
): Promise<CsvTable> {
  checkReading(options);
  const csv = await parseSource(heeding(source, options.signal), { ...options, ...reading });
  const isMade = 'delimiter' in reading;
  if (isMade && options.decimal !== undefined) notes = [...notes, noDecimal(csv.fileName)];
  const lineOf = (row: number): number => placeOf?.(row, csv.lineOf(row)) ?? csv.lineOf(row);
  return { ...csv, isMade, ...(format !== undefined && { format }), notes: [...notes, ...csv.notes], lineOf };
}

function noDecimal(name: string): string {
  return `The option decimal is for delimited text: ${name} holds numbers, which have no sign to be told apart`;
}

/** What error messages call a table that has no file. */
const IN_MEMORY = 'the table';

/**
 * Reads a table: a file by its path, or what is in memory. Values are written as texts first, and so are read as a file's cells are.
 *
 * Throws   usage: rows that are no objects, columns of different lengths; data: as `readCsv`
 */
export async function readTable(data: string | TableInMemory, options: CsvOptions = {}): Promise<CsvTable> {
  if (typeof data === 'string') return readCsv(data, options);
  const { name = IN_MEMORY } = options;
  const { source: raw, isMade } = await tableInMemory(data, streamGuard(options, options.delimiter, name));
  if (!isMade) return tableIn(raw, name, options);
  requireNoSheet(options, name);
  return tableOf({ source: raw, reading: MADE_HERE, placeOf: elementOf }, { ...options, name });
}

/**
 * Reads a CSV file as tables of some thousand rows each, in order: memory does not grow with the file.
 *
 * What can be read only once, such as a pipe, goes through a temporary file.
 *
 * Throws   data: as `readCsv`, once the row is reached
 */
export async function* readCsvBlocks(path: string, options: RememberingOptions = {}): AsyncGenerator<CsvTable> {
  const { name = nameOf(path) } = options;
  let folder: string | undefined;
  try {
    if (!(await isOrdinary(path))) folder = await mkdtemp(join(tmpdir(), 'lrnn-rows-'));
    const file = folder === undefined ? path : join(folder, 'rows.csv');
    if (folder !== undefined) await pipeline(streamOf(path), createWriteStream(file));
    checkReading(options);
    const chosen = await withReading(fileSource(file), name, options);
    const { source, reading } = await openTable(fileSource(file), name, chosen);
    const isMade = 'delimiter' in reading;
    for await (const csv of readBlocks(source, { ...chosen, ...reading, name })) yield { ...csv, isMade };
  } catch (error) {
    throw inWords(error, path);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Stands for the standard input where a path is due. */
const STANDARD_INPUT = '-';

function nameOf(path: string): string {
  return path === STANDARD_INPUT ? 'the standard input' : basename(path);
}

function streamOf(path: string): Readable {
  return path === STANDARD_INPUT ? process.stdin : createReadStream(path);
}

/** Whether a path is a file, which can be read again. */
async function isOrdinary(path: string): Promise<boolean> {
  if (path === STANDARD_INPUT) return false;
  const found = await stat(path);
  if (found.isDirectory()) throw isFolder();
  return found.isFile();
}

function isFolder(): Error {
  return Object.assign(new Error('folder'), { code: 'EISDIR' });
}

/** One sentence for what the file system said; anything else as it is. */
function inWords(error: unknown, path: string): unknown {
  const rule = FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
  return rule === undefined ? error : new ToolkitError('data', { where: 'csv', rule, got: path }, { cause: error });
}
