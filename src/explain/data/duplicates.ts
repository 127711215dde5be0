/** @file Rows that say the same as another row. */

import type { Frame } from '../../data/index.js';
import { cellOf } from '../frames.js';

export interface Duplicates {
  /** Rows whose features and target equal an earlier row's. */
  readonly same: number;
  /** Rows whose features equal an earlier row's, with another target. */
  readonly contradicting: number;
}

/**
 * Compares every cell of the features; a missing cell equals a missing cell.
 *
 * One pass over the table: rows are looked up by a hash of their cells, and those it finds are compared cell by cell.
 */
export function countDuplicates(frame: Frame, y: ArrayLike<number>): Duplicates {
  const n = frame.rowCount;
  const features = hashRows(frame);
  const hash = new NumberHash();
  const pairs = features.map((own, row) => hash.mix(own, y[row]));
  const isAlike = (a: number, b: number): boolean => frame.columns.every((c) => isSame(cellOf(c, a), cellOf(c, b)));
  const seenFeatures = new RowTable(n, features, isAlike);
  const seenPairs = new RowTable(n, pairs, (a, b) => isSame(y[a], y[b]) && isAlike(a, b));
  let same = 0;
  let contradicting = 0;
  for (let row = 0; row < n; row++) {
    const isRepeated = seenPairs.meets(row);
    const isKnown = seenFeatures.meets(row);
    if (isRepeated) same++;
    else if (isKnown) contradicting++;
  }
  return { same, contradicting };
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
    rows: number,
    private readonly hashes: Uint32Array,
    private readonly isAlike: (row: number, other: number) => boolean,
  ) {
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * rows + 2))).fill(-1);
  }

  /** Whether a row like this one was met before; else it is kept for those to come. */
  meets(row: number): boolean {
    const { slots, hashes, isAlike } = this;
    const mask = slots.length - 1;
    let slot = hashes[row] & mask;
    for (; slots[slot] >= 0; slot = (slot + 1) & mask) {
      const other = slots[slot];
      if (hashes[other] === hashes[row] && isAlike(other, row)) return true;
    }
    slots[slot] = row;
    return false;
  }
}
