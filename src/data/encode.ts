/** @file Typed columns from a schema: the one way in for training, for new CSV files and for rows of JavaScript objects. */

import type { ColumnTable } from 'arquero';

import { check, checkData, finishNow, ToolkitError } from '../core/index.js';
import { ColumnRoom } from './cell-blocks.js';
import type { CellColumn } from './cells.js';
import { readCells } from './cells.js';
import { labeller, styleOf } from './classes.js';
import type { CsvTable } from './csv-table.js';
import type { DateFormat } from './dates.js';
import { parseDate } from './dates.js';
import type { Decimal } from './decimals.js';
import { decimalsAmong } from './decimals.js';
import { exposureColumn, readExposure } from './exposure.js';
import type { Frame, FrameColumn } from './frame.js';
import { MISSING_CODE, UNSEEN_CODE } from './frame.js';
import type { TextNames } from './frame-names.js';
import { textNames } from './frame-names.js';
import { missingTest } from './missing.js';
import { likelyRenamed } from './nearest.js';
import { isPlainStyle, parseNumber } from './numbers.js';
import { cellsOf, columnLength } from './plain-columns.js';
import { countOutside } from './ranges.js';
import type { ColumnSchema, Schema } from './schema.js';
import { firstOfRank, isFeature } from './schema.js';
import { encodingTexts } from './text-features.js';
import { tidy } from './tidy.js';

/** What the new rows did not share with the training table. Nothing in it stops a prediction. */
export interface EncodeSummary {
  /** Features of the schema that the rows do not have: taken as missing. */
  readonly missingColumns: readonly string[];
  /** Columns that the schema does not know: not used. */
  readonly extraColumns: readonly string[];
  /** Cells per column whose category the training table does not have. */
  readonly unseenCategories: Readonly<Record<string, number>>;
  /** Cells per column that are no number, date, truth value or level of an order where one is due: taken as missing. */
  readonly unparsable: Readonly<Record<string, number>>;
  /** Cells per column whose number lies outside the range of the training table: predicted as they are. */
  readonly outOfRange: Readonly<Record<string, number>>;
  /** Missing columns, and which of the extra columns has a name so near that it may be the same, renamed. Nothing is done with it. */
  readonly maybeRenamed: Readonly<Record<string, string>>;
}

/** The summary of two parts of one table: the columns are the same, cells add up. */
export function mergedSummary(a: EncodeSummary, b: EncodeSummary): EncodeSummary {
  const summed = (key: 'unseenCategories' | 'unparsable' | 'outOfRange'): Record<string, number> => {
    const sum = Object.assign(Object.create(null), a[key]) as Record<string, number>;
    for (const [column, count] of Object.entries(b[key])) sum[column] = (sum[column] ?? 0) + count;
    return sum;
  };
  const [unseenCategories, unparsable, outOfRange] = [
    summed('unseenCategories'),
    summed('unparsable'),
    summed('outOfRange'),
  ];
  return { ...a, unseenCategories, unparsable, outOfRange };
}

export interface Encoded {
  readonly frame: Frame;
  readonly summary: EncodeSummary;
}

/**
 * Encodes a table by a schema. Columns are found by name, in any order; what the table lacks counts as missing.
 *
 * Cells may be text or already typed (numbers, booleans, dates). Buffers are shared memory.
 *
 * @param rows  which rows, in which order; all of them where left out
 * Throws   data: the table has none of the schema's features
 */
export function encodeFrame(table: CsvTable | ColumnTable, schema: Schema, rows?: ArrayLike<number>): Encoded {
  return finishNow(encodingFrame(table, schema, rows));
}

/** The same, a column at a step. */
export function encodingFrame(
  table: CsvTable | ColumnTable,
  schema: Schema,
  rows?: ArrayLike<number>,
): Generator<undefined, Encoded> {
  const source = 'table' in table ? table.table : table;
  // A CSV may have columns that its reader did not keep.
  const { names, rowCount } = 'table' in table ? table : { names: source.columnNames(), rowCount: source.totalRows() };
  return encodeSource({ rowCount, names, column: (name) => source.column(name) }, schema, rows);
}

/**
 * Encodes plain objects, one per row: numbers, texts, booleans, dates, null or undefined for missing.
 *
 * Texts are read as cells of a CSV are. A number or truth value for a category is matched by its text.
 *
 * @example
 * const { frame } = encodeRows([{ age: 41, city: 'Rome', member: true }], schema);
 */
export function encodeRows(objects: readonly Readonly<Record<string, unknown>>[], schema: Schema): Encoded {
  const names = new Set<string>();
  objects.forEach((object, row) => {
    check(
      typeof object === 'object' && object !== null && !Array.isArray(object),
      'rows',
      `row ${row} must be an object`,
      object,
    );
    for (const name of Object.keys(object)) names.add(name);
  });
  const column = (name: string): CellColumn => ({
    at: (row) => (Object.hasOwn(objects[row], name) ? objects[row][name] : null),
  });
  return finishNow(encodeSource({ rowCount: objects.length, names: [...names], column }, schema));
}

/**
 * Columns by name, as a program holds them: arrays or typed arrays of one length, of which each cell is read as in `encodeRows`.
 *
 * Throws   usage: columns of different lengths; data: as `encodeFrame`
 */
export function encodeColumns(columns: Readonly<Record<string, ArrayLike<unknown>>>, schema: Schema): Encoded {
  const rowCount = columnLength(columns);
  const column = (name: string): CellColumn => ({ at: cellsOf(columns[name]) });
  return finishNow(encodeSource({ rowCount, names: Object.keys(columns), column }, schema));
}

interface Source {
  readonly rowCount: number;
  readonly names: readonly string[];
  column(name: string): CellColumn | undefined;
}

function* encodeSource(source: Source, schema: Schema, rows?: ArrayLike<number>): Generator<undefined, Encoded> {
  const features = schema.columns.filter(isFeature);
  const nameOf = new Map(source.names.map((name) => [tidy(name), name]));
  const missingColumns = features.filter(({ name }) => !nameOf.has(tidy(name))).map(({ name }) => name);
  checkData(
    source.rowCount === 0 || missingColumns.length < features.length,
    'columns',
    `must include some of the model's columns (${quoteSome(missingColumns)})`,
    quoteSome(source.names),
  );
  const known = new Set(schema.columns.map(({ name }) => tidy(name)));
  const isMissing = missingTest(schema.missingTokens);
  const count = rows?.length ?? source.rowCount;
  const unseenCategories: Record<string, number> = Object.create(null) as Record<string, number>;
  const unparsable: Record<string, number> = Object.create(null) as Record<string, number>;
  const outOfRange: Record<string, number> = Object.create(null) as Record<string, number>;
  const columns: FrameColumn[] = [];
  const room = new ColumnRoom();
  const texts = textNames(schema);
  for (const column of features) {
    const name = nameOf.get(tidy(column.name));
    const cells = name === undefined ? undefined : source.column(name);
    const gaps = new Set(column.gaps);
    const isGap = gaps.size === 0 ? isMissing : (text: string) => gaps.has(text) || isMissing(text);
    const missing = [...schema.missingTokens, ...gaps];
    const encoded = yield* encodingColumn(column, {
      count,
      rows,
      cells,
      texts: missing,
      names: texts.get(column.name),
      room,
      cleaned: (cell) => clean(cell, isGap),
    });
    if (encoded.unseen > 0) unseenCategories[column.name] = encoded.unseen;
    if (encoded.unparsable > 0) unparsable[column.name] = encoded.unparsable;
    if (encoded.outside > 0) outOfRange[column.name] = encoded.outside;
    columns.push(...encoded.columns);
    yield;
  }
  const counted = exposureColumn(schema);
  const own = counted && nameOf.get(tidy(counted.name));
  const cells = own === undefined ? undefined : source.column(own);
  const exposure = counted && readExposure(counted, { count, rows, cells, cleaned: (cell) => clean(cell, isMissing) });
  const extraColumns = source.names.filter((name) => !known.has(tidy(name)));
  const maybeRenamed = likelyRenamed(missingColumns, extraColumns);
  return {
    frame: { rowCount: count, columns, ...(exposure ? { exposure } : {}) },
    summary: { missingColumns, extraColumns, unseenCategories, unparsable, outOfRange, maybeRenamed },
  };
}

function quoteSome(names: readonly string[]): string {
  return names.slice(0, 4).join(', ') + (names.length > 4 ? ', ...' : '');
}

/** Text is trimmed; missing tokens, null, undefined, NaN and invalid dates all become null. */
function clean(cell: unknown, isMissing: (text: string) => boolean): unknown {
  if (typeof cell === 'string') {
    const text = tidy(cell);
    return isMissing(text) ? null : text;
  }
  if (cell === undefined || (typeof cell === 'number' && Number.isNaN(cell))) return null;
  return cell instanceof Date && Number.isNaN(cell.getTime()) ? null : cell;
}

/** The cells of one column that are to be encoded. */
interface Cells {
  readonly count: number;
  readonly cells: CellColumn | undefined;
  readonly rows: ArrayLike<number> | undefined;
  /** Texts that stand for a missing cell. */
  readonly texts: readonly string[];
  /** Of a text column: what its frame columns are called. */
  readonly names: TextNames | undefined;
  readonly cleaned: (cell: unknown) => unknown;
  readonly room: ColumnRoom;
}

interface EncodedColumn {
  readonly columns: FrameColumn[];
  readonly unseen: number;
  readonly unparsable: number;
  readonly outside: number;
}

const NOTHING_ODD = { unseen: 0, unparsable: 0, outside: 0 };

function* encodingColumn(column: ColumnSchema, source: Cells): Generator<undefined, EncodedColumn> {
  switch (column.kind) {
    case 'categorical':
    case 'high-cardinality':
    case 'ordinal':
      return encodeLevels(column, source);
    case 'text': {
      const { cells, rows, count, cleaned, names } = source;
      const read = (i: number): string | null => textOf(cleaned(cells?.at(rows === undefined ? i : rows[i])));
      return { columns: yield* encodingTexts(column, names!, count, read), ...NOTHING_ODD };
    }
    case 'date': {
      const format = column.dateFormat ?? 'YYYY-MM-DD';
      const { values, unparsable } = encodeNumbers(source, (cell) => timeOf(cell, format));
      return { ...NOTHING_ODD, columns: [{ kind: 'date', name: column.name, epochMs: values }], unparsable };
    }
    case 'boolean': {
      const { values, unparsable } = encodeNumbers(source, truth(column));
      return { ...NOTHING_ODD, columns: [{ kind: 'numeric', name: column.name, values }], unparsable };
    }
    default: {
      const valuesBut = isPlainStyle(styleOf(column)) ? decimalsAmong(source.texts) : undefined;
      const { values, unparsable } = encodeNumbers(source, numberReader(column), valuesBut);
      const outside = column.range === undefined ? 0 : countOutside(values, column.range);
      return { ...NOTHING_ODD, columns: [{ kind: 'numeric', name: column.name, values }], unparsable, outside };
    }
  }
}

/** NaN where the cell is missing; NaN and counted where `value` finds no finite number. */
function encodeNumbers(
  { count, cells, rows, cleaned, room }: Cells,
  value: (cell: unknown) => number,
  valuesBut?: readonly Decimal[],
): { values: Float64Array; unparsable: number } {
  const values = sharedFloats(count);
  const of = (cell: unknown): number => {
    const clean = cleaned(cell);
    if (clean === null) return Number.NaN;
    const number = value(clean);
    return Number.isFinite(number) ? number : Infinity;
  };
  readCells(values, cells, rows, { of, valuesBut, room });
  let unparsable = 0;
  for (let i = 0; i < count; i++) {
    if (values[i] !== Infinity) continue;
    values[i] = Number.NaN;
    unparsable++;
  }
  return { values, unparsable };
}

function sharedFloats(count: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT));
}

function encodeLevels(column: ColumnSchema, { count, cells, rows, cleaned, room }: Cells): EncodedColumn {
  const { levels = [], ranks } = column;
  // Levels of earlier versions may hold differences that nobody sees, which cells have no more.
  const own = firstOfRank(column);
  const codeOf = new Map(levels.map((level, code) => [tidy(level), own[code]]));
  levels.forEach((level, code) => codeOf.set(level, own[code]));
  const codes = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  const of = (cell: unknown): number => {
    const text = textOf(cleaned(cell));
    return text === null ? MISSING_CODE : (codeOf.get(text) ?? UNSEEN_CODE);
  };
  readCells(codes, cells, rows, { of, room });
  let unseen = 0;
  for (let i = 0; i < count; i++) if (codes[i] === UNSEEN_CODE) unseen++;
  const encoded = { kind: 'categorical', name: column.name, codes, levels } as const;
  if (ranks === undefined) return { ...NOTHING_ODD, columns: [encoded], unseen };
  // What has no place in an order is no level of it, as a word is no number.
  for (let i = 0; i < count; i++) if (codes[i] === UNSEEN_CODE) codes[i] = MISSING_CODE;
  return { ...NOTHING_ODD, columns: [{ ...encoded, ranks }], unparsable: unseen };
}

/**
 * Categories and texts from JavaScript values. A whole number beyond 2^53 is written with an exponent: its last digits were lost
 * before it came here, and it must not be taken for the level that it was rounded to. Anything that is not a simple value
 * is written as JSON.
 */
function textOf(cell: unknown): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  if (cell instanceof Date) return cell.toISOString();
  if (Number.isInteger(cell) && !Number.isSafeInteger(cell)) return (cell as number).toExponential();
  const isSimple = typeof cell === 'number' || typeof cell === 'boolean' || typeof cell === 'bigint';
  return isSimple ? String(cell) : nestedText(cell);
}

function nestedText(cell: unknown): string {
  try {
    return JSON.stringify(cell) ?? '';
  } catch (error) {
    const hint = 'It holds lists in lists without end.';
    throw new ToolkitError('usage', { where: 'rows', rule: 'a cell must be a simple value', hint }, { cause: error });
  }
}

function numberReader(column: ColumnSchema): (cell: unknown) => number {
  const style = styleOf(column);
  return (cell) => (typeof cell === 'string' ? parseNumber(cell, style) : plainNumber(cell));
}

function plainNumber(cell: unknown): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return typeof cell === 'bigint' ? Number(cell) : Number.NaN;
}

/** 1 for true words, 0 for false words, NaN for anything else. */
function truth({ trueWords = [], falseWords = [] }: ColumnSchema): (cell: unknown) => number {
  const value = new Map<string, number>([
    ...falseWords.map((word) => [word, 0] as const),
    ...trueWords.map((word) => [word, 1] as const),
  ]);
  return (cell) => {
    if (typeof cell === 'boolean') return cell ? 1 : 0;
    return value.get((textOf(cell) ?? '').toLowerCase()) ?? Number.NaN;
  };
}

function timeOf(cell: unknown, format: DateFormat): number {
  if (cell instanceof Date) return cell.getTime();
  return typeof cell === 'string'
    ? parseDate(cell, format)
    : typeof cell === 'number' && format === 'YYYYMMDD'
      ? parseDate(String(cell), format)
      : plainNumber(cell);
}

/** The target as numbers: the class index, or the value. */
export interface EncodedTarget {
  /** [rows] on shared memory: what models are fitted to. */
  readonly y: Float32Array;
  /** The same before rounding to single precision: what metrics are computed from. */
  readonly exact: Float64Array;
}

/**
 * The target of the given rows, as numbers.
 *
 * Throws   data: a missing target, a class that the schema does not have, a cell that is no number; each with its line
 */
export function encodeTarget(csv: CsvTable, schema: Schema, rows?: ArrayLike<number>): EncodedTarget {
  const { name, task, classes } = schema.target;
  const column = csv.table.column(name);
  const entry = schema.columns.find((candidate) => candidate.name === name);
  if (column === undefined || entry === undefined) {
    throw new ToolkitError('data', { where: 'target', rule: `must be a column of ${csv.fileName}`, got: name });
  }
  const label = labeller(classes, entry);
  const number = numberReader(entry);
  const count = rows?.length ?? csv.rowCount;
  const exact = sharedFloats(count);
  const value = task === 'regression' ? number : label;
  const of = (cell: unknown): number => (cell === null ? Number.NaN : value(cell as string));
  const isPlain = task === 'regression' && isPlainStyle(styleOf(entry));
  readCells(exact, column, rows, { of, valuesBut: isPlain ? [] : undefined });
  for (let i = 0; i < count; i++) {
    if (Number.isFinite(exact[i]) && (task === 'regression' || exact[i] >= 0)) continue;
    const row = rows === undefined ? i : rows[i];
    refuseTarget(csv, schema, row, column.at(row) as string | null);
  }
  const y = new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
  y.set(exact);
  return { y, exact };
}

function refuseTarget(csv: CsvTable, schema: Schema, row: number, cell: string | null): never {
  const { name, task } = schema.target;
  const rule = task === 'regression' ? 'must be a finite number' : "must be one of the model's classes";
  throw new ToolkitError('data', {
    where: 'target',
    rule,
    got: cell ?? 'a missing cell',
    hint: `Line ${csv.lineOf(row)} of ${csv.fileName}, column "${name}".`,
  });
}
