/** @file How many distinct numbers a column of decimals has, and between which. */

import type { ColumnRoom, FlatCells } from './cell-blocks.js';
import { decimalValue, MAX_DIGITS, POWERS } from './decimals.js';
import { advance, LOOP_ROWS, rangeOf } from './loops.js';

export interface NumberEvidence {
  /** Cells that are finite numbers, plainly written or in the style of the file. */
  readonly cellCount: number;
  readonly distinctCount: number;
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

/** Sorts the values in place. */
export function summarise(values: Float64Array, cellCount: number): NumberEvidence {
  values.sort();
  let distinctCount = 0;
  let isWhole = true;
  for (let i = 0; i < values.length; i++) {
    if (i === 0 || values[i] !== values[i - 1]) distinctCount++;
    isWhole &&= Number.isInteger(values[i]);
  }
  return { cellCount, distinctCount, min: values[0], max: values[values.length - 1], isWhole };
}

/** Beyond so many digits two whole numbers of units may be one double when they are divided. */
const LIMIT = 10 ** MAX_DIGITS;

/** Of the decimals among cells of the rows. At least one is. */
export function summariseDecimals(
  cells: FlatCells,
  rows: ArrayLike<number>,
  cellCount: number,
  room: ColumnRoom,
): NumberEvidence {
  // All as whole numbers of the same unit: these are as distinct as the decimals are.
  const { units, places } = unitsOf(cells, rows, room);
  const [min, max] = rangeOf(units);
  if (-min >= LIMIT || max >= LIMIT) {
    const values = room.numbers(0, rows.length);
    return summarise(values.subarray(0, putDecimals(values, cells, rows)), cellCount);
  }
  const isWhole = places === 0 || units.every((unit) => unit % POWERS[places] === 0);
  const span = max - min + 1;
  const distinctCount =
    span <= Math.min(MOST_BITS, units.length * BITS_A_NUMBER)
      ? countInRange(units, min, room.zeros(Math.ceil(span / 32)))
      : countDistinct(units, room.numbers(1, rows.length));
  return { cellCount, distinctCount, min: decimalValue(min, places), max: decimalValue(max, places), isWhole };
}

/** The decimals among cells of the rows as whole numbers of the last of so many places, in the order of the rows. */
function unitsOf(cells: FlatCells, rows: ArrayLike<number>, room: ColumnRoom): { units: Float64Array; places: number } {
  const { numbers, kinds, kind } = cells;
  if (kind !== undefined && kind <= MAX_DIGITS && areAll(rows, numbers.length)) return { units: numbers, places: kind };
  let places = 0;
  for (let from = 0; from < rows.length; from += LOOP_ROWS) places = mostPlaces(kinds, rows, from, places);
  const units = room.numbers(0, rows.length);
  let size = 0;
  for (let from = 0; from < rows.length; from += LOOP_ROWS) size = putUnits(units, size, cells, rows, from, places);
  return { units: units.subarray(0, size), places };
}

/** Whether rows are all there are, in order. */
function areAll(rows: ArrayLike<number>, length: number): boolean {
  return rows.length === length && advance(0, length, (from, to) => firstElsewhere(rows, from, to)) === length;
}

function firstElsewhere(rows: ArrayLike<number>, from: number, to: number): number {
  let i = from;
  while (i < to && rows[i] === i) i++;
  return i;
}

/** Writes the decimals among cells of the rows to the front of `out`; gives how many there are. */
export function putDecimals(out: Float64Array, { numbers, kinds }: FlatCells, rows: ArrayLike<number>): number {
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    const kind = kinds[rows[i]];
    if (kind <= MAX_DIGITS) out[size++] = decimalValue(numbers[rows[i]], kind);
  }
  return size;
}

function mostPlaces(kinds: Uint8Array, rows: ArrayLike<number>, from: number, known: number): number {
  const to = Math.min(from + LOOP_ROWS, rows.length);
  let places = known;
  for (let i = from; i < to; i++) {
    const kind = kinds[rows[i]];
    if (kind <= MAX_DIGITS && kind > places) places = kind;
  }
  return places;
}

/** Adds cells to the first `size` of `out`; gives how many there are now. */
function putUnits(
  out: Float64Array,
  size: number,
  { numbers, kinds }: FlatCells,
  rows: ArrayLike<number>,
  from: number,
  places: number,
): number {
  const to = Math.min(from + LOOP_ROWS, rows.length);
  let end = size;
  for (let i = from; i < to; i++) {
    const row = rows[i];
    const kind = kinds[row];
    if (kind <= MAX_DIGITS) out[end++] = numbers[row] * POWERS[places - kind];
  }
  return end;
}

/** Of a range that is so wide for its numbers a bit for each is too much to look at: two of their own places in memory. */
const BITS_A_NUMBER = 128;
/** Bits that are worth their memory, 64 MiB. */
const MOST_BITS = 2 ** 29;

/**
 * How many distinct numbers there are from `low` on, by a bit for each of the range.
 *
 * @param bits  zero, as many as the range is wide
 */
function countInRange(units: Float64Array, low: number, bits: Uint32Array): number {
  let count = 0;
  for (let from = 0; from < units.length; from += LOOP_ROWS) count += countNewBits(bits, units, low, from);
  return count;
}

function countNewBits(bits: Uint32Array, units: Float64Array, low: number, from: number): number {
  const to = Math.min(from + LOOP_ROWS, units.length);
  let count = 0;
  for (let i = from; i < to; i++) {
    const at = (units[i] - low) | 0;
    const word = bits[at >>> 5];
    count += (~word >>> (at & 31)) & 1;
    bits[at >>> 5] = word | (1 << (at & 31));
  }
  return count;
}

/** Numbers of one bucket, so few that their table fits into the processor's first caches. */
const BUCKET_NUMBERS = 1 << 14;
const HASH_BITS = 30;

/**
 * Dealt into buckets by their hash, and told apart in each by a table of its own: one large table would wait for memory at every
 * number.
 *
 * @param dealt  room for as many numbers
 */
function countDistinct(units: Float64Array, dealt: Float64Array): number {
  const bits = Math.min(16, Math.max(0, Math.ceil(Math.log2(units.length / BUCKET_NUMBERS))));
  const shift = HASH_BITS - bits;
  const ends = new Uint32Array(2 ** bits + 1);
  for (let from = 0; from < units.length; from += LOOP_ROWS) countBuckets(ends, units, from, shift);
  for (let b = 1; b < ends.length; b++) ends[b] += ends[b - 1];
  for (let from = 0; from < units.length; from += LOOP_ROWS) deal(dealt, ends, units, from, shift);
  let slots = new Float64Array(4 * BUCKET_NUMBERS);
  let count = 0;
  for (let b = 0, from = 0; b < ends.length - 1; b++) {
    const size = 2 ** Math.ceil(Math.log2(2 * (ends[b] - from) + 1));
    if (size > slots.length) slots = new Float64Array(size);
    count += countNew(slots.subarray(0, size).fill(Number.NaN), dealt, from, ends[b]);
    from = ends[b];
  }
  return count;
}

/** Counts the numbers of each bucket, one place behind it. */
function countBuckets(counts: Uint32Array, units: Float64Array, from: number, shift: number): void {
  const to = Math.min(from + LOOP_ROWS, units.length);
  for (let i = from; i < to; i++) counts[(hashOfWhole(units[i]) >>> shift) + 1]++;
}

/** Writes each number to the next place of its bucket, which moves from where the bucket begins to where it ends. */
function deal(dealt: Float64Array, places: Uint32Array, units: Float64Array, from: number, shift: number): void {
  const to = Math.min(from + LOOP_ROWS, units.length);
  for (let i = from; i < to; i++) dealt[places[hashOfWhole(units[i]) >>> shift]++] = units[i];
}

/** Open addressing, half empty at least. */
function countNew(slots: Float64Array, units: Float64Array, from: number, to: number): number {
  const mask = slots.length - 1;
  let count = 0;
  for (let i = from; i < to; i++) {
    const unit = units[i];
    let at = hashOfWhole(unit) & mask;
    let found = slots[at];
    while (found !== unit && !Number.isNaN(found)) found = slots[(at = (at + 1) & mask)];
    if (found === unit) continue;
    slots[at] = unit;
    count++;
  }
  return count;
}

const TWO_32 = 2 ** 32;

/** Of a whole number below 2^53: 30 bits. */
export function hashOfWhole(number: number): number {
  const low = number | 0;
  const high = low === number ? 0 : Math.floor(number / TWO_32);
  let hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 2;
}
