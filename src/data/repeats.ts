/** @file Rows that stand in a table more than once: which, and whether they are copies or rows that coarse columns cannot tell apart. */

import { Rng } from '../core/index.js';
import type { Frame, FrameColumn } from './frame.js';
import { MISSING_CODE } from './frame.js';
import { sampledRows } from './leaks.js';

/** Copies are asked after among so many rows. */
const MOST_COMPARED = 5_000;
/** With so large a share of the repeats also by chance, the columns are coarse. */
const BY_CHANCE = 0.5;
/** Rows that are alike and more than this share of the table are no copies of each other. */
const MOST_ALIKE = 0.05;

/**
 * For each row the first one whose cells all equal its own; itself where there is none. A missing cell equals a missing cell.
 *
 * One pass over the table: rows are looked up by a hash of their cells, and those it finds are compared cell by cell.
 */
export function firstAlike(frame: Frame): Int32Array {
  const isAlike = (a: number, b: number): boolean => frame.columns.every((c) => isSame(cellOf(c, a), cellOf(c, b)));
  const table = new RowTable(hashRows(frame), isAlike);
  return Int32Array.from({ length: frame.rowCount }, (_, row) => table.firstLike(row));
}

/**
 * For each row the first row that it must not be parted from; null where all rows go by themselves.
 *
 * Rows are taken for copies when their features are equal, whatever their targets: a model that has seen one knows the other. Where
 * shuffling every column for itself makes half as many equal rows, they are equal because the columns are coarse, and so are
 * rows of which there are more than a twentieth of the table.
 *
 * Random   which rows of a large table stand for it, and their shuffles, the same ones always
 */
export function repeatedRows(frame: Frame): Int32Array | null {
  const first = firstAlike(frame);
  const sizes = new Int32Array(frame.rowCount);
  for (const row of first) sizes[row]++;
  const most = Math.max(2, MOST_ALIKE * frame.rowCount);
  const together = first.map((row, own) => (sizes[row] > most ? own : row));
  if (together.every((row, own) => row === own)) return null;
  return areCoarse(frame) ? null : together;
}

function areCoarse(frame: Frame): boolean {
  const sampled = sampledRows(frame.rowCount, frame.columns.length);
  const rows = sampled.length <= MOST_COMPARED ? sampled : new Rng(2).shuffle(sampled).subarray(0, MOST_COMPARED);
  const rng = new Rng(3);
  const found = repeatsIn(frame.columns.map((column) => taken(column, rows)));
  const byChance = repeatsIn(frame.columns.map((column) => taken(column, rng.shuffle(rows.slice()))));
  return byChance > 0 && byChance >= BY_CHANCE * found;
}

function repeatsIn(columns: readonly FrameColumn[]): number {
  const rowCount = columns.length === 0 ? 0 : cellsOf(columns[0]).length;
  return firstAlike({ rowCount, columns }).reduce((count, row, own) => count + (row === own ? 0 : 1), 0);
}

function cellsOf(column: FrameColumn): Float64Array | Int32Array {
  return column.kind === 'numeric' ? column.values : column.kind === 'date' ? column.epochMs : column.codes;
}

function taken(column: FrameColumn, rows: Uint32Array): FrameColumn {
  if (column.kind === 'categorical') return { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]) };
  const cells = cellsOf(column);
  return { kind: 'numeric', name: column.name, values: Float64Array.from(rows, (row) => cells[row]) };
}

function cellOf(column: FrameColumn, row: number): number {
  if (column.kind === 'numeric') return column.values[row];
  if (column.kind === 'date') return column.epochMs[row];
  return column.codes[row] === MISSING_CODE ? Number.NaN : column.codes[row];
}

/** [n] hashes of the cells of each row, column by column. */
function hashRows(frame: Frame): Uint32Array {
  const hashes = new Uint32Array(frame.rowCount).fill(0x811c9dc5);
  const hash = new NumberHash();
  for (const column of frame.columns) {
    for (let row = 0; row < hashes.length; row++) hashes[row] = hash.mix(hashes[row], cellOf(column, row));
  }
  return hashes;
}

/** Mixes the bits of a number into a hash; equal numbers (0 and -0, any NaN) mix alike. */
class NumberHash {
  private readonly float = new Float64Array(1);
  private readonly words = new Uint32Array(this.float.buffer);

  mix(hash: number, value: number): number {
    this.float[0] = Number.isNaN(value) ? Number.NaN : value + 0;
    let h = Math.imul(hash ^ this.words[0], 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ this.words[1], 0xc2b2ae35);
    return (h ^ (h >>> 13)) >>> 0;
  }
}

function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** Rows by their hash, each once: open addressing, half empty at least. */
class RowTable {
  private readonly slots: Int32Array;

  constructor(
    private readonly hashes: Uint32Array,
    private readonly isAlike: (row: number, other: number) => boolean,
  ) {
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * hashes.length + 2))).fill(-1);
  }

  /** The first row that was met and is like this one; this one, kept for those to come, where there is none. */
  firstLike(row: number): number {
    const { slots, hashes, isAlike } = this;
    const mask = slots.length - 1;
    let slot = hashes[row] & mask;
    for (; slots[slot] >= 0; slot = (slot + 1) & mask) {
      const other = slots[slot];
      if (hashes[other] === hashes[row] && isAlike(other, row)) return other;
    }
    slots[slot] = row;
    return row;
  }
}
