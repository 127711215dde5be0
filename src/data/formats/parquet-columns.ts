/** @file The columns of a Parquet file: which of them a table can have, and how a value of each is written. */

import type { FileMetaData, ParquetParsers, SchemaElement } from 'hyparquet';

import { singleDecimal } from '../plain-columns.js';
import { refuseFile } from './refuse.js';

export interface ParquetColumn {
  readonly name: string;
  /** As it is to be decoded. */
  readonly element: SchemaElement;
  /** The text of a value that is there. */
  readonly textOf: (value: unknown) => string;
}

/** Kinds of values as people call them, for refusals. */
const NESTED: Readonly<Record<string, string>> = {
  LIST: 'lists',
  MAP: 'maps',
  MAP_KEY_VALUE: 'maps',
  VARIANT: 'variants',
};
const NO_CELL: Readonly<Record<string, string>> = {
  BSON: 'BSON',
  INTERVAL: 'intervals',
  GEOMETRY: 'geometries',
  GEOGRAPHY: 'geographies',
};

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Instants and days come as texts. Beyond what a calendar holds there is no value. */
export const TEXT_PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => instant(Number(millis)),
  timestampFromMicroseconds: (micros) => instant(Number(micros / 1000n)),
  timestampFromNanoseconds: (nanos) => instant(Number(nanos / 1_000_000n)),
  dateFromDays: (days) => instant(days * 86_400_000).slice(0, 10),
  jsonFromBytes: (bytes) => decoder.decode(bytes),
};

function instant(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/**
 * The columns in the order of the file.
 *
 * Throws   data: columns of lists, structures or bytes, by name; two of one name; none
 */
export function columnsOf(metadata: FileMetaData, name: string): ParquetColumn[] {
  const [root, ...elements] = metadata.schema;
  const columns: ParquetColumn[] = [];
  const bad: string[] = [];
  for (let i = 0; i < elements.length;) {
    const element = elements[i];
    if (typeof element.name !== 'string') throw new Error('a column has no name');
    const what = unfit(element);
    if (what !== undefined) bad.push(`"${element.name}" (${what})`);
    columns.push({ name: element.name, ...writing(element) });
    i += sizeOf(elements, i);
  }
  if (columns.length !== root.num_children) throw new Error('the schema is not whole');
  if (bad.length > 0) {
    const more = bad.length > 5 ? ` and ${bad.length - 5} more` : '';
    const hint = `${name} has ${bad.slice(0, 5).join(', ')}${more}; leave such columns out, or give each part one of its own.`;
    refuseFile('every column must hold single values', hint);
  }
  const seen = new Set<string>();
  for (const { name: own } of columns) {
    if (seen.has(own)) refuseFile('column names must differ', `${name} has two columns called "${own}".`);
    seen.add(own);
  }
  return columns;
}

/** Elements of a subtree, itself included. */
function sizeOf(elements: readonly SchemaElement[], at: number): number {
  let open = 1;
  let i = at;
  for (; open > 0; i++) {
    if (i >= elements.length) throw new Error('the schema is not whole');
    open += (elements[i].num_children ?? 0) - 1;
  }
  return i - at;
}

/** What a column holds that is no single value. */
function unfit(element: SchemaElement): string | undefined {
  const { type, num_children: children, repetition_type: repetition, converted_type: converted } = element;
  const logical = element.logical_type?.type;
  const tag = converted ?? logical ?? '';
  if (children !== undefined || type === undefined)
    return NESTED[tag] ?? (repetition === 'REPEATED' ? 'lists' : 'structures');
  if (repetition === 'REPEATED') return 'lists';
  const odd = NO_CELL[tag] ?? NO_CELL[logical ?? ''];
  if (odd !== undefined) return odd;
  const isMeant = tag !== '' || logical !== undefined;
  return type === 'FIXED_LEN_BYTE_ARRAY' && !isMeant ? 'bytes' : undefined;
}

/** Decimals are left undecoded, to be written with all their digits. */
function writing(element: SchemaElement): Pick<ParquetColumn, 'element' | 'textOf'> {
  const { converted_type: converted, logical_type: logical, scale = 0, ...bare } = element;
  if (converted !== 'DECIMAL' && logical?.type !== 'DECIMAL') return { element, textOf: writerFor(element) };
  const digits = logical?.type === 'DECIMAL' ? logical.scale : scale;
  return { element: bare, textOf: (value) => decimalText(unscaled(value), digits) };
}

function writerFor(element: SchemaElement): (value: unknown) => string {
  const { type } = element;
  const perSecond = unitsPerSecond(element);
  if (perSecond !== undefined) return (value) => clockText(BigInt(value as number | bigint), perSecond);
  if (type === 'FLOAT') return (value) => plain(singleDecimal(value as number));
  if (type === 'BYTE_ARRAY') return (value) => (value instanceof Uint8Array ? utf8(value, element.name) : plain(value));
  return plain;
}

function plain(value: unknown): string {
  return typeof value === 'number' && Number.isNaN(value) ? '' : String(value);
}

/** Old writers do not say that bytes are a text. */
function utf8(bytes: Uint8Array, column: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuseFile('every column must hold single values', `"${column}" holds bytes that are no text.`);
  }
}

function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  let sum = 0n;
  for (const byte of value) sum = (sum << 8n) | BigInt(byte);
  return value.length === 0 ? 0n : BigInt.asIntN(8 * value.length, sum);
}

/** All digits, without zeros at the end that say nothing. */
function decimalText(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units);
  if (scale <= 0) return `${sign}${digits}${units === 0n ? '' : '0'.repeat(-scale)}`;
  const padded = digits.padStart(scale + 1, '0');
  const fraction = padded.slice(-scale).replace(/0+$/, '');
  return `${sign}${padded.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Of a time of day; undefined for anything else. */
function unitsPerSecond({ converted_type: converted, logical_type: logical }: SchemaElement): bigint | undefined {
  if (converted === 'TIME_MILLIS') return 1000n;
  if (converted === 'TIME_MICROS') return 1_000_000n;
  if (logical?.type !== 'TIME') return undefined;
  return { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n }[logical.unit];
}

function clockText(units: bigint, perSecond: bigint): string {
  const seconds = units / perSecond;
  const two = (value: bigint): string => String(value).padStart(2, '0');
  const fraction = String(units % perSecond)
    .padStart(String(perSecond).length - 1, '0')
    .replace(/0+$/, '');
  const whole = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
