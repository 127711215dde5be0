/**
 * @file What the native trainer sees of each value.
 *
 * Its build takes -1 for missing, always. So NaN becomes -1, and a real -1 becomes its neighbour. A column of two values
 * (one-hot, boolean) is shown sparsely: the commoner value as missing, the other as 1. XGBoost sends all missing values of a
 * node one way, so it finds the same splits, and it only ever works on the values that are there: several times faster on
 * one-hot data. Trees are translated back (`toRaw`): nobody outside this folder sees any of this.
 */

import type { Matrix } from '../../core/index.js';

export const MISSING = -1;
/** The float32 next to -1, towards 0. */
const NEXT_TO_MISSING = -(1 - 2 ** -24);
/** What stands for the rarer value of a two-valued column. */
const PRESENT = 1;

/** A column of two values. */
export interface TwoValues {
  /** Less than this is the lower value. */
  readonly threshold: number;
  readonly commonIsLow: boolean;
  /** Share of rows with the rarer value. */
  readonly rareShare: number;
}

/** [columns]: how a column is shown; undefined for a plain one. */
export type Encoding = readonly (TwoValues | undefined)[];

/** Finds the columns of at most two values, and no NaN, among the named rows. */
export function findEncoding(X: Matrix, rows: Uint32Array): Encoding {
  const { data, cols } = X;
  const first = new Float32Array(cols);
  const second = new Float32Array(cols).fill(Number.NaN);
  const secondCount = new Uint32Array(cols);
  let alive = Array.from({ length: cols }, (_, j) => j);
  for (let j = 0; j < cols; j++) first[j] = data[rows[0] * cols + j];
  for (const row of rows) {
    let dropped = false;
    for (const j of alive) {
      const value = data[row * cols + j];
      if (value === first[j]) continue;
      if (secondCount[j] === 0) second[j] = value;
      if (value === second[j]) secondCount[j]++;
      else dropped = true;
      if (value !== second[j]) secondCount[j] = 0xffffffff;
    }
    if (dropped) alive = alive.filter((j) => secondCount[j] !== 0xffffffff);
  }
  const kept = new Set(alive);
  return Array.from({ length: cols }, (_, j) =>
    kept.has(j) && !Number.isNaN(first[j]) ? twoValues(first[j], second[j], secondCount[j] / rows.length) : undefined,
  );
}

function twoValues(first: number, second: number, secondShare: number): TwoValues {
  // A constant column is common throughout: everything that is not less than it.
  if (secondShare === 0) return { threshold: first, commonIsLow: false, rareShare: 0 };
  const [low, high] = first < second ? [first, second] : [second, first];
  const middle = Math.fround(low / 2 + high / 2);
  const common = secondShare > 0.5 ? second : first;
  return {
    threshold: middle > low ? middle : high,
    commonIsLow: common === low,
    rareShare: Math.min(secondShare, 1 - secondShare),
  };
}

/** Writes the named rows into the heap as the trainer shall see them. */
export function encodeRows(X: Matrix, rows: Uint32Array, encoding: Encoding, heap: Float32Array, at: number): void {
  const { data, cols } = X;
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * cols;
    for (let j = 0; j < cols; j++) heap[at++] = encoded(data[start + j], encoding[j]);
  }
}

function encoded(value: number, code: TwoValues | undefined): number {
  if (value !== value) return MISSING;
  if (code) return value < code.threshold === code.commonIsLow ? MISSING : PRESENT;
  return value === MISSING ? NEXT_TO_MISSING : value;
}

/** A split of raw values: which of the trainer's children takes the values below the threshold, and which the others. */
export interface Split {
  readonly threshold: number;
  readonly defaultLeft: boolean;
  readonly lowTakesLeft: boolean;
  readonly highTakesLeft: boolean;
}

/** What a split of encoded values is for raw ones. A missing value of a two-valued column goes with the commoner value. */
export function toRaw(threshold: number, defaultLeft: boolean, code: TwoValues | undefined): Split {
  if (!code) {
    // "Less than the neighbour of -1" means "less than -1" for the untouched data.
    const raw = threshold === NEXT_TO_MISSING ? MISSING : threshold;
    return { threshold: raw, defaultLeft, lowTakesLeft: true, highTakesLeft: false };
  }
  const rareLeft = PRESENT < threshold;
  return {
    threshold: code.threshold,
    defaultLeft: code.commonIsLow,
    lowTakesLeft: code.commonIsLow ? defaultLeft : rareLeft,
    highTakesLeft: code.commonIsLow ? rareLeft : defaultLeft,
  };
}
