/** @file Cells of a column to numbers, a text at a time where the column knows which cells have the same. */

import type { FlatCells } from './cell-blocks.js';
import { ColumnRoom, TEXT_KIND } from './cell-blocks.js';
import type { Decimal } from './decimals.js';
import { decimalText, decimalValue, isOneOf, POWERS } from './decimals.js';
import { advance } from './loops.js';
import { DecodedColumn } from './text-column.js';

/** Anything with cells to read: a column of our own, or of arquero. */
export interface CellColumn {
  at(row: number): unknown;
}

/** How a text becomes a number. */
export interface CellReading {
  /** Depends on nothing but the cell: equal ones may be asked once. */
  readonly of: (cell: unknown) => number;
  /** Decimals are the numbers that they say, all but these; left out where `of` must be asked. */
  readonly valuesBut?: readonly Decimal[] | undefined;
  /** For those who read many columns. */
  readonly room?: ColumnRoom | undefined;
}

/** Texts of decimals that are remembered; the others are read again. */
const MOST_KEPT = 1 << 16;
/** Units that make a safe integer together with their places. */
const SMALL_UNITS = 2 ** 47;

/**
 * Fills `out` with the numbers of a column's cells.
 *
 * @param rows  which rows, in which order; all of them where left out
 */
export function readCells(
  out: Float64Array | Int32Array,
  column: CellColumn | undefined,
  rows: ArrayLike<number> | undefined,
  reading: CellReading,
): void {
  if (column instanceof DecodedColumn) {
    readDecoded(out, column, rows, reading);
    return;
  }
  for (let i = 0; i < out.length; i++) out[i] = reading.of(column?.at(rows === undefined ? i : rows[i]));
}

function readDecoded(
  out: Float64Array | Int32Array,
  column: DecodedColumn,
  rows: ArrayLike<number> | undefined,
  reading: CellReading,
): void {
  const { valuesBut, room = new ColumnRoom() } = reading;
  const cells = column.flat(room);
  const count = column.texts.length;
  const known: Known = { byCode: new Float64Array(count), isKnown: new Uint8Array(count) };
  const ofDecimal = valuesBut === undefined ? decimalReader(reading) : exceptReader(reading, valuesBut);
  const isPlain = valuesBut?.length === 0;
  /** Reads what is known from `from` on, and gives the first cell that must be looked at. */
  const next = (from: number): number =>
    advance(from, out.length, (at, to) => {
      const text = isPlain ? readValues(out, cells, rows, at, to) : at;
      return readKnown(out, cells, rows, text, to, known);
    });
  for (let i = next(0); i < out.length; i = next(i + 1)) {
    const row = rows === undefined ? i : rows[i];
    const [number, kind] = [cells.numbers[row], cells.kinds[row]];
    out[i] = kind < TEXT_KIND ? ofDecimal(number, kind) : reading.of(column.textOf(number, kind));
    if (kind !== TEXT_KIND) continue;
    known.byCode[number] = out[i];
    known.isKnown[number] = 1;
  }
}

/** Reads decimals from `from` on; gives the first that is none. */
function readValues(
  out: Float64Array | Int32Array,
  { numbers, kinds, kind: one }: FlatCells,
  rows: ArrayLike<number> | undefined,
  from: number,
  to: number,
): number {
  if (rows === undefined && one !== undefined && one < TEXT_KIND) {
    for (let i = from; i < to; i++) out[i] = numbers[i] / POWERS[one];
    return to;
  }
  for (let i = from; i < to; i++) {
    const row = rows === undefined ? i : rows[i];
    const kind = kinds[row];
    if (kind >= TEXT_KIND) return i;
    out[i] = decimalValue(numbers[row], kind);
  }
  return to;
}

/** Numbers of texts that were read before, by their places in the dictionary. */
interface Known {
  readonly byCode: Float64Array;
  readonly isKnown: Uint8Array;
}

/** Reads texts of the dictionary from `from` on; gives the first that is none, or is new. */
function readKnown(
  out: Float64Array | Int32Array,
  { numbers, kinds }: FlatCells,
  rows: ArrayLike<number> | undefined,
  from: number,
  to: number,
  { byCode, isKnown }: Known,
): number {
  for (let i = from; i < to; i++) {
    const row = rows === undefined ? i : rows[i];
    if (kinds[row] !== TEXT_KIND) return i;
    const code = numbers[row];
    if (isKnown[code] === 0) return i;
    out[i] = byCode[code];
  }
  return to;
}

function decimalReader({ of }: CellReading): (units: number, places: number) => number {
  const kept = new Map<number, number>();
  return (units, places) => {
    if (Math.abs(units) >= SMALL_UNITS) return of(decimalText(units, places));
    const key = units * 16 + places;
    let value = kept.get(key);
    if (value !== undefined) return value;
    value = of(decimalText(units, places));
    if (kept.size < MOST_KEPT) kept.set(key, value);
    return value;
  };
}

function exceptReader({ of }: CellReading, but: readonly Decimal[]): (units: number, places: number) => number {
  return (units, places) =>
    isOneOf(but, units, places) ? of(decimalText(units, places)) : decimalValue(units, places);
}
