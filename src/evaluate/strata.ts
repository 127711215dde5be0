/** @file Strata: numbers of row groups that every part of a split should hold in equal shares. */

import type { Task } from '../core/index.js';
import { ascendingOrder } from './order.js';

/** Quantile bins of a regression target; more bring nothing and starve the folds of small tables. */
const MAX_BINS = 10;

/** One stratum per row, in [0, count). */
export interface Strata {
  readonly count: number;
  readonly of: Uint32Array;
}

/** The class of each row, or the quantile bin of its target: at most 10 bins of at least `folds` rows. */
export function strataFor(y: ArrayLike<number>, task: Task, k: number, folds: number): Strata {
  if (task !== 'regression') return { count: k, of: Uint32Array.from(y) };
  const n = y.length;
  const count = Math.max(1, Math.min(MAX_BINS, Math.floor(n / folds)));
  const of = new Uint32Array(n);
  ascendingOrder(Float32Array.from(y)).forEach((row, place) => {
    of[row] = Math.floor((place * count) / n);
  });
  return { count, of };
}

/** The given rows by stratum, in the order given. */
export function rowsByStratum({ count, of }: Strata, rows: Uint32Array): Uint32Array[] {
  const sizes = new Uint32Array(count);
  for (const row of rows) sizes[of[row]]++;
  const out = Array.from(sizes, (size) => new Uint32Array(size));
  sizes.fill(0);
  for (const row of rows) out[of[row]][sizes[of[row]]++] = row;
  return out;
}
