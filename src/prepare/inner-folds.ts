/** @file Which training rows a row's own encoding may be learned from: none of its fold, none of its group, none that is later. */

import { allRows, Rng } from '../core/index.js';
import { dealGroups, strataFor } from '../evaluate/index.js';
import type { EncodingTarget } from './transformer.js';

/** Training rows are encoded from the other four fifths of the training rows. */
const INNER_FOLDS = 5;
/** By time the first block knows nothing: of many blocks that is a small part, but a level that lives for a day must not span several. */
const TIME_BLOCKS = 10;

/** What keeps rows of a study apart, [frame.rowCount] each; nothing where left out. Time goes before groups, where it tells rows apart. */
export interface Apart {
  /** The first row that each is a copy of: copies share an inner fold where nothing else keeps rows apart. */
  readonly copies?: ArrayLike<number> | undefined;
  readonly groups?: ArrayLike<number> | undefined;
  readonly times?: ArrayLike<number> | undefined;
}

/** A fold for each training row. */
export interface InnerFolds {
  readonly of: Int32Array;
  readonly count: number;
  /** Folds in time order: each is encoded from earlier ones only. */
  readonly isOrdered: boolean;
  /** By groups or time: whole levels may be unknown to the folds that one may look at. */
  readonly isApart: boolean;
}

/** Whether rows of one inner fold may be encoded from rows of another. */
export function isKnownTo({ isOrdered }: InnerFolds, own: number, other: number): boolean {
  return isOrdered ? other < own : other !== own;
}

/** Folds of even size, by the seed alone; copies of a row go where their first one is. */
export function shuffledFolds(rows: Uint32Array, seed: number, copies?: ArrayLike<number>): InnerFolds {
  const of = new Rng(seed).shuffle(Int32Array.from(rows, (_, i) => i % INNER_FOLDS));
  const foldOfFirst = new Map<number, number>();
  if (copies) {
    rows.forEach((row, i) => {
      const fold = foldOfFirst.get(copies[row]);
      if (fold === undefined) foldOfFirst.set(copies[row], of[i]);
      else of[i] = fold;
    });
  }
  return { of, count: INNER_FOLDS, isOrdered: false, isApart: false };
}

/**
 * Folds that keep training rows apart as the study's own folds do: whole groups, or blocks of time. Null where nothing does.
 *
 * What a model is shown of a level while it trains must be what it will know of a level later: of new groups and later
 * times, that is what other groups and earlier times have told.
 */
export function foldsApart(
  { groups, times }: Apart,
  target: EncodingTarget,
  rows: Uint32Array,
  seed: number,
): InnerFolds | null {
  // Rows of one time say nothing of an order, but their groups still stand apart.
  if (times && varies(times, rows)) return timeBlocks(Float64Array.from(rows, (row) => times[row]));
  if (!groups) return null;
  const y = Float32Array.from(rows, (row) => target.y[row]);
  const strata = strataFor(y, target.k === 1 ? 'regression' : 'multiclass', target.k, INNER_FOLDS);
  const own = Int32Array.from(rows, (row) => groups[row]);
  const shares = new Array<number>(INNER_FOLDS).fill(1 / INNER_FOLDS);
  const of = dealGroups(allRows(rows.length), own, strata, shares, new Rng(seed));
  return { of, count: INNER_FOLDS, isOrdered: false, isApart: true };
}

/** Whether rows have more than one value. */
export function varies(values: ArrayLike<number>, rows: Uint32Array): boolean {
  return rows.some((row) => values[row] !== values[rows[0]]);
}

/** At most ten blocks in time order; rows of one time stay together, where their middle lies. Null where all are of one time. */
function timeBlocks(times: Float64Array): InnerFolds | null {
  const n = times.length;
  const order = allRows(n).sort((a, b) => times[a] - times[b]);
  const of = new Int32Array(n);
  let count = 0;
  let last = -1;
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && times[order[end]] === times[order[start]]) end++;
    const block = Math.floor(((start + end) / 2 / n) * TIME_BLOCKS);
    if (block > last) count++;
    last = block;
    for (let place = start; place < end; place++) of[order[place]] = count - 1;
  }
  return count < 2 ? null : { of, count, isOrdered: true, isApart: true };
}
