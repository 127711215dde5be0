/**
 * @file Rows of a study file, cell by cell: what each table holds, how a row is read without trusting it, and its checksum.
 *
 * SQLite notices damage to the structure of a file, not to what stands in a cell. So every row ends with a checksum of its other
 * cells; and texts are read as bytes and decoded here, because libsql ends the whole process at a text that is not UTF-8.
 */

import { createHash } from 'node:crypto';

import type { JsonValue } from '../core/index.js';

export type Cell = null | number | string | Uint8Array;
export type RawRow = Readonly<Record<string, unknown>>;

/** `?` behind a kind: may be null. In the order of the file. */
const TABLES = {
  study: { key: 'text', value: 'text' },
  trial: {
    number: 'number',
    family: 'text',
    origin: 'text',
    params: 'text',
    assignment: 'text',
    seed: 'number',
    state: 'text',
    value: 'number?',
    info: 'text',
    error: 'text?',
    started_at: 'number',
    finished_at: 'number?',
  },
  fold: {
    trial: 'number',
    fold: 'number',
    value: 'number?',
    seconds: 'number',
    info: 'text',
    error: 'text?',
    finished_at: 'number',
  },
  blob: { trial: 'number', fold: 'number', name: 'text', bytes: 'bytes' },
  artefact: { name: 'text', bytes: 'bytes' },
  event: { id: 'number', at: 'number', event: 'text' },
} as const;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

type Kind = 'text' | 'text?' | 'number' | 'number?' | 'bytes';
type CellOf<K> = K extends 'text'
  ? string
  : K extends 'text?'
    ? string | null
    : K extends 'number'
      ? number
      : K extends 'number?'
        ? number | null
        : Uint8Array;
export type Row<T extends TableName> = { -readonly [C in keyof (typeof TABLES)[T]]: CellOf<(typeof TABLES)[T][C]> };

const CHECKSUM_BYTES = 8;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function columnsOf(table: TableName): [string, Kind][] {
  return Object.entries(TABLES[table]);
}

/** `SELECT ... FROM table`, texts as bytes. Files of version 1 have no checksums. */
export function selectFrom(table: TableName, hasChecksums: boolean, more = ''): string {
  const names = [...columnsOf(table).map(([name]) => name), ...(hasChecksums ? ['checksum'] : [])];
  return `SELECT ${names.map((name) => `${asBytes(name)} AS "${name}"`).join(', ')}${more} FROM ${table}`;
}

/** The cell, or its bytes where it is a text: whatever a damaged file holds there, nobody decodes it on the way. */
function asBytes(expression: string): string {
  return `CASE typeof(${expression}) WHEN 'text' THEN CAST(${expression} AS BLOB) ELSE ${expression} END`;
}

export function insertInto(table: TableName, hasChecksums: boolean): string {
  const places = columnsOf(table).length + (hasChecksums ? 1 : 0);
  return `INTO ${table} VALUES (${Array.from({ length: places }, () => '?').join(', ')})`;
}

/** The row with every cell of the kind that its column has. Throws `Damaged`. */
export function readRow<T extends TableName>(table: T, raw: RawRow, hasChecksums: boolean): Row<T> {
  const columns = columnsOf(table);
  if (hasChecksums) {
    const stored = bytesOf(raw.checksum);
    const expected = checksumOf(columns.map(([name]) => (isBytes(raw[name]) ? bytesOf(raw[name])! : raw[name])));
    if (!stored || Buffer.compare(stored, expected) !== 0) throw new Damaged(`a row of ${table}`);
  }
  return Object.fromEntries(columns.map(([name, kind]) => [name, readCell(raw[name], kind)])) as Row<T>;
}

function readCell(cell: unknown, kind: Kind): Cell {
  if (cell === null && kind.endsWith('?')) return null;
  if (kind === 'bytes') return bytesOf(cell) ?? damagedCell(kind);
  if (kind.startsWith('number')) return typeof cell === 'number' ? cell : damagedCell(kind);
  return textOf(cell);
}

/** The text that stands behind these bytes. Throws `Damaged` where there is none. */
export function textOf(cell: unknown): string {
  const bytes = bytesOf(cell);
  if (!bytes) return damagedCell('text');
  try {
    return utf8.decode(bytes);
  } catch {
    return damagedCell('text');
  }
}

export function jsonOf<T extends JsonValue>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return damagedCell('JSON');
  }
}

/** The cells of a row in the order of its table, its checksum behind them. */
export function withChecksum(cells: readonly Cell[], hasChecksums: boolean): Cell[] {
  return hasChecksums ? [...cells, checksumOf(cells)] : [...cells];
}

/** Each cell goes in with its kind and its length: no two rows look alike. Texts and their bytes count the same. */
function checksumOf(cells: readonly unknown[]): Uint8Array {
  const hash = createHash('sha256');
  for (const cell of cells) {
    if (cell === null) hash.update('n');
    else if (typeof cell === 'number') hash.update(numberBytes(cell));
    else {
      const bytes = typeof cell === 'string' ? Buffer.from(cell) : (cell as Uint8Array);
      hash.update(`b${bytes.length}:`).update(bytes);
    }
  }
  return hash.digest().subarray(0, CHECKSUM_BYTES);
}

/** SQLite keeps no sign of zero. */
function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(9, 'd');
  bytes.writeDoubleLE(value === 0 ? 0 : value, 1);
  return bytes;
}

/** libsql gives bytes as an ArrayBuffer. */
function bytesOf(cell: unknown): Uint8Array | null {
  if (cell instanceof ArrayBuffer) return new Uint8Array(cell);
  return cell instanceof Uint8Array ? cell : null;
}

function isBytes(cell: unknown): boolean {
  return bytesOf(cell) !== null;
}

/** What the file says cannot be what was written. The code is SQLite's, so that it gets the same sentence. */
export class Damaged extends Error {
  readonly code = 'SQLITE_CORRUPT';

  constructor(what: string) {
    super(`${what} is damaged`);
    this.name = 'Damaged';
  }
}

function damagedCell(kind: string): never {
  throw new Damaged(`a cell that should be ${kind}`);
}
