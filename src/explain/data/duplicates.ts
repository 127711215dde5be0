/** @file Rows that say the same as another row. */

import type { Frame } from '../../data/index.js';
import { cellOf } from '../frames.js';

export interface Duplicates {
  /** Rows whose features and target equal an earlier row's. */
  readonly same: number;
  /** Rows whose features equal an earlier row's, with another target. */
  readonly contradicting: number;
}

/** Compares every cell of the features; a missing cell equals a missing cell. */
export function countDuplicates(frame: Frame, y: ArrayLike<number>): Duplicates {
  const seen = new Map<string, Set<number>>();
  let same = 0;
  let contradicting = 0;
  for (let row = 0; row < frame.rowCount; row++) {
    const key = frame.columns.map((column) => cellOf(column, row)).join('|');
    const targets = seen.get(key);
    if (!targets) seen.set(key, new Set([y[row]]));
    else if (targets.has(y[row])) same++;
    else {
      contradicting++;
      targets.add(y[row]);
    }
  }
  return { same, contradicting };
}
