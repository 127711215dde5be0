/** @file Columns that say the same: one to one, nearly in order, one following from another, and complete sets of 0 and 1. */

import type { Finding } from './findings.js';
import type { Frame, FrameColumn, ValuedColumn } from './frame.js';
import { valued } from './frame.js';
import { correlation } from './leaks.js';

/** Rows that are compared: what holds in so many holds, or nearly. */
const MOST_ROWS = 2_000;
const MOST_PAIRED = 300;
/** Orders that agree so far differ by rounding and noise. */
const NEARLY = 0.999;
/** One column following from another says something where it varies and has rows enough for each value. */
const ROWS_PER_VALUE = 20;
const LEAST_VARYING = 0.05;
const MOST_NAMED = 4;

/** Cells as numbers of their values: in order for numbers (-1: missing), as they come for categories. */
interface Coded {
  readonly name: string;
  readonly isOrdered: boolean;
  readonly codes: Int32Array;
  readonly count: number;
}

/**
 * A finding for each set of columns of which one says what the others say.
 *
 * @param rows  rows that stand for the table; at most 2,000 of them are compared
 */
export function alikeColumns(frame: Frame, rows: Uint32Array): Finding[] {
  const step = Math.max(1, rows.length / MOST_ROWS);
  const some = Uint32Array.from({ length: Math.min(rows.length, MOST_ROWS) }, (_, i) => rows[Math.floor(i * step)]);
  const columns = valued(frame)
    .map((column) => coded(column, some))
    .filter(({ count }) => count > 1);
  const same = sameSets(columns);
  const firsts = columns.filter((column) => !same.some((set) => set.indexOf(column) > 0));
  const paired = firsts.slice(0, MOST_PAIRED);
  return [
    ...same.map((set) => found(set, `${listed(set)} say the same: each tells the others`)),
    ...nearlySame(paired),
    ...oneHotSets(frame, some).map((names) =>
      found(
        names.map((name) => ({ name })),
        `columns "${names[0]}" to "${names[names.length - 1]}" are one choice of ${names.length}: any of them follows from the others`,
      ),
    ),
    ...following(paired),
  ];
}

function found(columns: readonly { readonly name: string }[], text: string): Finding {
  return { kind: 'same', columns: columns.map(({ name }) => name), text };
}

function listed(columns: readonly { readonly name: string }[]): string {
  const names = columns.slice(0, MOST_NAMED).map(({ name }) => `"${name}"`);
  const more = columns.length - names.length;
  if (more > 0) return `columns ${names.join(', ')} and ${more} more`;
  return names.length === 1
    ? `column ${names[0]}`
    : `columns ${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

function coded(column: ValuedColumn, rows: Uint32Array): Coded {
  const isOrdered = column.kind !== 'categorical';
  const cells = column.kind === 'categorical' ? column.codes : column.kind === 'date' ? column.epochMs : column.values;
  const own = Float64Array.from(rows, (row) => (cells[row] < 0 && !isOrdered ? NaN : cells[row]));
  const values = [...new Set(own)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const place = new Map(values.map((value, code) => [value, code]));
  return {
    name: column.name,
    isOrdered,
    codes: Int32Array.from(own, (cell) => place.get(cell) ?? -1),
    count: values.length,
  };
}

/** Sets of columns that are one to one with each other. Where nearly every row differs, only the order can show it. */
function sameSets(columns: readonly Coded[]): Coded[][] {
  const sets = new Map<string, Coded[]>();
  for (const column of columns) {
    const key = fingerprint(canonical(column));
    sets.set(key, [...(sets.get(key) ?? []), column]);
  }
  return [...sets.values()].filter((set) => set.length > 1);
}

/** 64 bits of a sequence: two different ones agree once in 10^19 times. */
function fingerprint(codes: Int32Array): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (const code of codes) {
    a = Math.imul(a ^ code, 0x01000193) ^ (a >>> 15);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${a >>> 0}-${b >>> 0}`;
}

/** Codes in the order of their first appearance; of finer columns as they are, turned round where they begin by falling. */
function canonical({ codes, count, isOrdered }: Coded): Int32Array {
  if (count * 2 > codes.length) {
    const first = codes.find((code) => code >= 0)!;
    const second = codes.find((code) => code >= 0 && code !== first)!;
    const isFalling = isOrdered && second < first;
    return codes.map((code) => (code < 0 ? -1 : isFalling ? count - 1 - code : code));
  }
  const names = new Int32Array(count).fill(-1);
  let next = 0;
  return codes.map((code) => (code < 0 ? -1 : names[code] >= 0 ? names[code] : (names[code] = next++)));
}

/** Pairs of numbers whose orders nearly agree. */
function nearlySame(columns: readonly Coded[]): Finding[] {
  const numbers = columns.filter(({ isOrdered, count }) => isOrdered && count > 2);
  const ranks = numbers.map(({ codes, count }) => rankOf(codes, count));
  return numbers.flatMap((a, i) =>
    numbers.slice(i + 1).flatMap((b, j) => {
      const value = correlationOf(ranks[i], ranks[i + 1 + j]);
      if (Math.abs(value) < NEARLY) return [];
      const text = `columns "${a.name}" and "${b.name}" say nearly the same (rank correlation ${value.toFixed(4)})`;
      return [{ ...found([a, b], text), measure: 'rank correlation', value }];
    }),
  );
}

function rankOf(codes: Int32Array, count: number): Float64Array {
  const sizes = new Float64Array(count);
  for (const code of codes) if (code >= 0) sizes[code]++;
  let before = 0;
  const middles = sizes.map((size) => (before += size) - size / 2);
  return Float64Array.from(codes, (code) => (code < 0 ? NaN : middles[code]));
}

/** Where both are there, which must be in nearly every row that has one of them. */
function correlationOf(a: Float64Array, b: Float64Array): number {
  const both = a.map((value, i) => (Number.isNaN(b[i]) ? NaN : value));
  let missing = 0;
  for (let i = 0; i < a.length; i++) if (Number.isNaN(a[i]) !== Number.isNaN(b[i])) missing++;
  return missing > 0.01 * a.length
    ? 0
    : correlation(
        both,
        b.map((value, i) => (Number.isNaN(a[i]) ? NaN : value)),
      );
}

/** Runs of three or more neighbouring 0/1 columns of which every row has exactly one. */
function oneHotSets({ columns }: Frame, rows: Uint32Array): string[][] {
  const flags = columns.map((column) => flagsOf(column, rows));
  const sets: string[][] = [];
  for (let start = 0; start < columns.length; start++) {
    const sums = new Uint8Array(rows.length);
    for (let end = start; end < columns.length; end++) {
      const own = flags[end];
      if (!own || !own.some((flag) => flag === 1) || own.some((flag, i) => (sums[i] += flag) > 1)) break;
      if (sums.includes(0)) continue;
      if (end - start >= 2) sets.push(columns.slice(start, end + 1).map(({ name }) => name));
      start = end;
      break;
    }
  }
  return sets;
}

/** The cells of a column of nothing but 0 and 1; null for others. */
function flagsOf(column: FrameColumn, rows: Uint32Array): Uint8Array | null {
  if (column.kind !== 'numeric') return null;
  const { values } = column;
  return rows.every((row) => values[row] === 0 || values[row] === 1)
    ? Uint8Array.from(rows, (row) => values[row])
    : null;
}

/** Columns that follow from a coarser one: each of its values has one of theirs. */
function following(columns: readonly Coded[]): Finding[] {
  return columns.flatMap((by) => {
    if (by.count < 3 || by.codes.length < ROWS_PER_VALUE * by.count) return [];
    const led = columns.filter((column) => column !== by && column.count < by.count && follows(column, by));
    if (led.length === 0) return [];
    const verb = led.length === 1 ? 'follows' : 'follow';
    return [found([by, ...led], `${listed(led)} ${verb} from "${by.name}": each of its values has only one of theirs`)];
  });
}

function follows(column: Coded, by: Coded): boolean {
  const valueOf = new Int32Array(by.count + 1).fill(-2);
  const sizes = new Float64Array(column.count + 1);
  for (let i = 0; i < by.codes.length; i++) {
    const at = by.codes[i] + 1;
    if (valueOf[at] === -2) valueOf[at] = column.codes[i];
    else if (valueOf[at] !== column.codes[i]) return false;
    sizes[column.codes[i] + 1]++;
  }
  return Math.max(...sizes) <= (1 - LEAST_VARYING) * by.codes.length;
}
