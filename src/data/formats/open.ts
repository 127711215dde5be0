/** @file Files that are no CSV and yet a table: unpacked, and turned into one, so that all that follows is the same. */

import { ToolkitError } from '../../core/index.js';
import type { ByteSource } from '../csv-source.js';
import { headOf } from '../csv-source.js';
import type { ReadingOptions } from '../reading.js';
import { unpacked } from './gzip.js';
import { jsonTable } from './json.js';
import { knownFormat } from './known.js';
import { parquetTable } from './parquet.js';
import { randomBytes } from './random-bytes.js';
import { refuseFile } from './refuse.js';
import { sheetTable, workbookPart } from './xlsx/index.js';
import type { Archive } from './zip.js';
import { openArchive } from './zip.js';

export interface OpenedTable {
  readonly source: ByteSource;
  /** What is known of a CSV that was made here; empty for one that was found. */
  readonly reading: ReadingOptions;
  /** Where a row of the table stands in the file, by its index and its line in the CSV, where that is not the one that was found. */
  readonly placeOf?: (row: number, line: number) => number;
  /** What the file is, where it is no CSV. */
  readonly format?: string;
  /** What a user should know. */
  readonly notes?: readonly string[];
}

const HEAD_BYTES = 1 << 12;
/** A CSV in a gzip in a zip is as far as people go. */
const MAX_PACKINGS = 3;

export const MADE_HERE: ReadingOptions = {
  delimiter: ',',
  decimal: undefined,
  encoding: 'utf-8',
  header: 1,
  comment: undefined,
};

/** Rows that stand in no line are counted from 1. */
export const elementOf = (row: number): number => row + 1;

/**
 * A source of CSV for a source of anything that is known: gzip and zip are unpacked; JSON, JSON Lines, Parquet and a sheet of a workbook
 * become rows.
 *
 * Throws   data: a file that is damaged or no table; limit: an archive that grows without measure
 */
export async function openTable(
  source: ByteSource,
  name: string,
  options: ReadingOptions = {},
  packings = 0,
): Promise<OpenedTable> {
  const head = await headOf(source, HEAD_BYTES);
  const isPacked = isGzip(head) || isZip(head);
  if (isPacked && packings === MAX_PACKINGS) {
    refuseFile(`a table must be packed at most ${MAX_PACKINGS} times`, `${name} holds archives in archives.`);
  }
  if (isGzip(head)) return openTable(unpacked(source, name), name, options, packings + 1);
  if (isZip(head)) return openZip(source, name, options, packings + 1);
  requireNoSheet(options, name);
  if (head.toString('latin1', 0, 4) === 'PAR1') {
    const made = await parquetTable(await randomBytes(source, name), name);
    return { source: made, reading: MADE_HERE, placeOf: elementOf, format: 'Parquet' };
  }
  if (knownFormat(head) === 'JSON') {
    return { source: await jsonTable(source, name), reading: MADE_HERE, placeOf: elementOf, format: 'JSON' };
  }
  return { source, reading: {} };
}

/** Throws a data error where a sheet is asked for of what has none. */
export function requireNoSheet({ sheet }: ReadingOptions, name: string): void {
  if (sheet === undefined) return;
  throw new ToolkitError('data', { where: 'sheet', rule: `${name} must be a workbook to have sheets`, got: sheet });
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** An archive, or one of nothing. */
function isZip(head: Buffer): boolean {
  return /^PK(?:\x03\x04|\x05\x06)/.test(head.toString('latin1', 0, 4));
}

/** A workbook is an archive of its parts; any other must hold one file. */
async function openZip(
  source: ByteSource,
  name: string,
  options: ReadingOptions,
  packings: number,
): Promise<OpenedTable> {
  const bytes = await randomBytes(source, name);
  const archive = await openArchive(bytes, name);
  refuseRelatives(archive, name);
  const part = await workbookPart(archive, name);
  if (part !== undefined) {
    const made = await sheetTable(archive, part, { name, bytes: bytes.size, sheet: options.sheet });
    const reading = { ...MADE_HERE, header: options.header && made.lineOfRow(options.header) };
    const format = `the sheet "${made.sheet}"`;
    return { source: made.source, reading, placeOf: (_row, line) => made.rowOfLine(line), notes: made.notes, format };
  }
  const names = archive.names.filter((entry) => !isByTheWay(entry));
  if (names.length !== 1) {
    const found = names
      .slice(0, 3)
      .map((entry) => `"${entry}"`)
      .join(', ');
    const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
    refuseFile('a zip archive must hold one file', `${name} holds ${names.length === 0 ? 'none' : found + rest}.`);
  }
  return openTable(archive.entry(names[0])!, name, options, packings);
}

/** What systems put into archives beside the files of people. */
function isByTheWay(entry: string): boolean {
  return /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|\._|Thumbs\.db$|desktop\.ini$)/.test(entry);
}

/** Archives that are a document of a kind that nobody reads here. */
const RELATIVES: readonly (readonly [RegExp, string])[] = [
  [/^xl\/workbook\.bin$/, 'a binary Excel workbook (.xlsb)'],
  [/^word\/document\.xml$/, 'a Word document'],
  [/^ppt\/presentation\.xml$/, 'a presentation'],
  [/^content\.xml$/, 'an OpenDocument file, such as .ods'],
  [/^Index\/.*\.iwa$/, 'a document of Numbers or Pages'],
];

function refuseRelatives({ names }: Archive, name: string): void {
  const found = RELATIVES.find(([pattern]) => names.some((entry) => pattern.test(entry)));
  if (found) refuseFile('file must be a table', `${name} is ${found[1]}; save it as XLSX or CSV first.`);
}
