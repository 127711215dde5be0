/** @file What one column shows: how often each text occurs. Kinds are decided on this alone. */

import type { FlatCells } from './cell-blocks.js';
import { ColumnRoom, TEXT_KIND } from './cell-blocks.js';
import type { CellColumn } from './cells.js';
import { codeReason } from './codes.js';
import { CellCounter } from './counts.js';
import type { NumberEvidence } from './distinct.js';
import { putDecimals, summarise, summariseDecimals } from './distinct.js';
import { advance } from './loops.js';
import type { NumberStyle } from './numbers.js';
import { parseNumber, PLAIN_STYLE } from './numbers.js';
import { DecodedColumn } from './text-column.js';

/** Distinct texts that are counted; a column with more is judged by these, and its distinct count is a lower bound. */
const MAX_DISTINCT = 2_000_000;
/** With so many distinct texts, nearly all numbers, the rest of a column is read as numbers: a tenth of the time and memory. */
const MANY_DISTINCT = 50_000;
const PURE_SHARE = 0.99;

export interface Evidence {
  readonly rowCount: number;
  readonly presentCount: number;
  readonly missingCount: number;
  /** A lower bound where more than MAX_DISTINCT texts occur. */
  readonly distinctCount: number;
  /** Text -> occurrences, in the order of first appearance; every text unless `isComplete` is false. */
  readonly counts: ReadonlyMap<string, number>;
  /** False when `counts` has only the first of very many distinct texts, and every text that is no number. */
  readonly isComplete: boolean;
  /** Set for columns of so many distinct numbers that their texts were not all counted. */
  readonly numbers?: NumberEvidence;
}

/**
 * Counts the texts of the given rows. Cells are trimmed text, or null when missing.
 *
 * @param style  of cells that are surely numbers
 * @param room   for those who ask for many columns
 */
export function gatherEvidence(
  column: CellColumn,
  rows: ArrayLike<number>,
  style: NumberStyle = PLAIN_STYLE,
  room: ColumnRoom = new ColumnRoom(),
): Evidence {
  if (column instanceof DecodedColumn && style === PLAIN_STYLE) return gatherDecoded(column, rows, room);
  const counts = new Map<string, number>();
  let missingCount = 0;
  let isComplete = true;
  for (let i = 0; i < rows.length; i++) {
    const text = column.at(rows[i]) as string | null;
    if (text === null) {
      missingCount++;
      continue;
    }
    const count = counts.get(text);
    if (count === undefined && counts.size === MANY_DISTINCT && mostlyNumbers(counts, style)) {
      return gatherNumbers(column, rows, i, { counts, missingCount, style });
    }
    if (count !== undefined || counts.size < MAX_DISTINCT) counts.set(text, (count ?? 0) + 1);
    else isComplete = false;
  }
  const presentCount = rows.length - missingCount;
  return { rowCount: rows.length, presentCount, missingCount, distinctCount: counts.size, counts, isComplete };
}

/** The same of a column that knows its decimals, and its frequent texts by number. */
function gatherDecoded(column: DecodedColumn, rows: ArrayLike<number>, room: ColumnRoom): Evidence {
  const cells = column.flat(room);
  const { numbers, kinds } = cells;
  const counter = new CellCounter();
  const entryOfText = new Int32Array(column.texts.length).fill(-1);
  let missingCount = 0;
  let isComplete = true;
  /** Counts what is known from row `from` on, and gives the first cell that must be looked at. */
  const next = (from: number): number =>
    advance(from, rows.length, (at, to) => {
      const text = counter.countDecimals(cells, rows, at, to, MANY_DISTINCT);
      return counter.countKnown(cells, rows, text, to, entryOfText);
    });
  for (let i = next(0); i < rows.length; i = next(i + 1)) {
    const [number, kind] = [numbers[rows[i]], kinds[rows[i]]];
    const text = kind < TEXT_KIND ? undefined : column.textOf(number, kind);
    if (text === null) {
      missingCount++;
      continue;
    }
    let entry = text === undefined ? counter.findDecimal(number, kind) : counter.findText(text);
    if (entry < 0 && counter.size === MANY_DISTINCT && areMostlyNumbers(counter)) {
      return gatherDecimals(column, rows, i, { cells, counter, missingCount, room });
    }
    if (entry < 0 && counter.size === MAX_DISTINCT) {
      isComplete = false;
      continue;
    }
    if (entry < 0) entry = text === undefined ? counter.addDecimal(number, kind) : counter.addText(text);
    if (kind === TEXT_KIND) entryOfText[number] = entry;
    counter.count(entry);
  }
  const presentCount = rows.length - missingCount;
  const counts = counter.finish();
  return { rowCount: rows.length, presentCount, missingCount, distinctCount: counts.size, counts, isComplete };
}

/** Goes on from row `start` with numbers only; texts that are none are still counted. */
function gatherNumbers(
  column: CellColumn,
  rows: ArrayLike<number>,
  start: number,
  found: { counts: Map<string, number>; missingCount: number; style: NumberStyle },
): Evidence {
  const { counts, style } = found;
  let { missingCount } = found;
  const values = new Float64Array(counts.size + rows.length - start);
  let size = 0;
  let strayCount = 0;
  for (const [text, count] of counts) {
    const value = parseNumber(text, style);
    if (Number.isFinite(value)) values[size++] = value;
    else strayCount += count;
  }
  for (let i = start; i < rows.length; i++) {
    const text = column.at(rows[i]) as string | null;
    const value = text === null ? Number.NaN : parseNumber(text, style);
    if (Number.isFinite(value)) values[size++] = value;
    else if (text === null) missingCount++;
    else {
      strayCount++;
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  const presentCount = rows.length - missingCount;
  const numbers = summarise(values.subarray(0, size), presentCount - strayCount);
  let distinctCount = numbers.distinctCount;
  for (const text of counts.keys()) if (!Number.isFinite(parseNumber(text, style))) distinctCount++;
  return { rowCount: rows.length, presentCount, missingCount, distinctCount, counts, isComplete: false, numbers };
}

/** As `gatherNumbers`: decimals are not looked at one by one. */
function gatherDecimals(
  column: DecodedColumn,
  rows: ArrayLike<number>,
  start: number,
  found: { cells: FlatCells; counter: CellCounter; missingCount: number; room: ColumnRoom },
): Evidence {
  const { cells, counter } = found;
  const { numbers, kinds } = cells;
  let { missingCount } = found;
  /** Numbers that are written in another way. */
  const others: number[] = [];
  let strayCount = 0;
  for (const [text, count] of counter.texts()) {
    const value = parseNumber(text);
    if (Number.isFinite(value)) others.push(value);
    else strayCount += count;
  }
  for (let i = nextText(cells, rows, start); i < rows.length; i = nextText(cells, rows, i + 1)) {
    const kind = kinds[rows[i]];
    const text = column.textOf(numbers[rows[i]], kind);
    const value = text === null ? Number.NaN : parseNumber(text);
    if (Number.isFinite(value)) others.push(value);
    else if (text === null) missingCount++;
    else {
      strayCount++;
      const entry = counter.findText(text);
      counter.count(entry >= 0 ? entry : counter.addText(text));
    }
  }
  const presentCount = rows.length - missingCount;
  const cellCount = presentCount - strayCount;
  const evidence =
    others.length === 0
      ? summariseDecimals(cells, rows, cellCount, found.room)
      : summarise(valuesOf(cells, rows, others), cellCount);
  let { distinctCount } = evidence;
  for (const [text] of counter.texts()) if (!Number.isFinite(parseNumber(text))) distinctCount++;
  const counts = counter.finish();
  const rest = { presentCount, missingCount, distinctCount, counts, isComplete: false, numbers: evidence };
  return { rowCount: rows.length, ...rest };
}

/** The first row from `from` on whose cell is no decimal. */
function nextText({ kinds, kind }: FlatCells, rows: ArrayLike<number>, from: number): number {
  if (kind !== undefined && kind < TEXT_KIND) return rows.length;
  return advance(from, rows.length, (at, to) => nextTextIn(kinds, rows, at, to));
}

function nextTextIn(kinds: Uint8Array, rows: ArrayLike<number>, from: number, to: number): number {
  let i = from;
  while (i < to && kinds[rows[i]] < TEXT_KIND) i++;
  return i;
}

/** Decimals of the rows, and other numbers. */
function valuesOf(cells: FlatCells, rows: ArrayLike<number>, others: readonly number[]): Float64Array {
  const values = new Float64Array(rows.length + others.length);
  const size = putDecimals(values, cells, rows);
  values.set(others, size);
  return values.subarray(0, size + others.length);
}

/** As `mostlyNumbers`. Decimals alone are no codes. */
function areMostlyNumbers(counter: CellCounter): boolean {
  let numbers = counter.size - counter.textCount;
  for (const [text] of counter.texts()) if (Number.isFinite(parseNumber(text))) numbers++;
  return numbers >= PURE_SHARE * counter.size && codeReason(counter.finish()) === undefined;
}

function mostlyNumbers(counts: ReadonlyMap<string, number>, style: NumberStyle): boolean {
  let numbers = 0;
  for (const text of counts.keys()) if (Number.isFinite(parseNumber(text, style))) numbers++;
  // Codes are counted by their texts: two of them can have the same double.
  return numbers >= PURE_SHARE * counts.size && codeReason(counts) === undefined;
}

/** Cells that `counts` holds. */
export function countedCells(evidence: Evidence): number {
  if (evidence.isComplete) return evidence.presentCount;
  let sum = 0;
  for (const count of evidence.counts.values()) sum += count;
  return sum;
}
