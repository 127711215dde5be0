/** @file Columns by name, as programs hold them. */

import { check } from '../core/index.js';

/** Columns by name, of one length: arrays, or typed ones. */
export type PlainColumns = Readonly<Record<string, ArrayLike<unknown>>>;

/**
 * The one length of all columns; 0 where there is none.
 *
 * Throws   usage: what is no list, columns of different lengths
 */
export function columnLength(columns: PlainColumns): number {
  const names = Object.keys(columns);
  const count = names.length === 0 ? 0 : columns[names[0]]?.length;
  for (const name of names) {
    const rule = `column "${name}" must be a list as long as the first (${count})`;
    const isList = typeof columns[name] === 'object' && columns[name]?.length === count && Number.isInteger(count);
    check(isList, 'data', rule, columns[name]?.length);
  }
  return count;
}

/** Reads a column's cells; numbers of single precision are what they were made of, as `singleDecimal` says. */
export function cellsOf(column: ArrayLike<unknown>): (row: number) => unknown {
  return column instanceof Float32Array ? (row) => singleDecimal(column[row]) : (row) => column[row];
}

/** The shortest decimal that is this number in single precision: 0.1, where as a double it were 0.10000000149011612. */
export function singleDecimal(value: number): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
