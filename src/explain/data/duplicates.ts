/** @file Rows that say the same as another row. */

import type { Frame } from '../../data/index.js';
import { firstAlike } from '../../data/index.js';

export interface Duplicates {
  /** Rows whose features and target equal an earlier row's. */
  readonly same: number;
  /** Rows whose features equal an earlier row's, with another target. */
  readonly contradicting: number;
}

/** Compares every cell of the features; a missing cell equals a missing cell. */
export function countDuplicates(frame: Frame, y: ArrayLike<number>): Duplicates {
  const targets = new Map<number, Set<number>>();
  let same = 0;
  let contradicting = 0;
  firstAlike(frame).forEach((first, row) => {
    if (first === row) return;
    const seen = targets.get(first) ?? new Set([y[first]]);
    targets.set(first, seen);
    if (seen.has(y[row])) same++;
    else contradicting++;
    seen.add(y[row]);
  });
  return { same, contradicting };
}
