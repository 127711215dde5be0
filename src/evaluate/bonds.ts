/** @file What binds rows to each other, and how to draw or shuffle rows without tearing it apart. */

import type { Rng } from '../core/index.js';
import { allRows } from '../core/index.js';

/** Numbers of all rows; both left out: rows have nothing to do with each other. */
export interface Bonds {
  /** [n] rows of one number are one group. */
  readonly groups?: ArrayLike<number> | undefined;
  /** [n] when each row happened. */
  readonly times?: ArrayLike<number> | undefined;
}

/** Blocks in the order of time that are drawn as a whole; as many of a fold as leave their neighbours some distance. */
const TIME_BLOCKS = 20;

/**
 * The rows of one fold as what is drawn together: single rows, whole groups, or blocks of time; by strata, from each of which
 * as many are drawn as it has.
 *
 * Shapes   classes: [n] the class of every row, where a draw shall keep their shares; single rows only
 */
export function drawUnits(rows: Uint32Array, { groups, times }: Bonds, classes?: ArrayLike<number>): Uint32Array[][] {
  if (times) {
    const order = inOrder(rows, times);
    const blocks = Math.min(TIME_BLOCKS, order.length);
    const bound = (block: number): number => Math.round((block * order.length) / blocks);
    return [Array.from({ length: blocks }, (_, block) => order.subarray(bound(block), bound(block + 1)))];
  }
  if (groups) return [[...gathered(rows, groups).values()]];
  const singles = (own: Uint32Array): Uint32Array[] => Array.from(own, (row) => Uint32Array.of(row));
  return classes ? Array.from(gathered(rows, classes).values(), singles) : [singles(rows)];
}

/** How often each row is drawn, added to `counts`. */
export function drawCounts(strata: readonly (readonly Uint32Array[])[], rng: Rng, counts: Float64Array): void {
  for (const units of strata) {
    for (let i = 0; i < units.length; i++) for (const row of units[rng.integer(units.length)]) counts[row]++;
  }
}

/**
 * Rows of a fold whose targets change places: row `rows[i]` gets what row `result[i]` has.
 *
 * Free rows are shuffled. Of bound ones only the beginning is drawn, in the order of groups or of time, and the whole
 * sequence moves around: neighbours stay neighbours, and a shuffled target is as lumpy as the true one.
 */
export function shuffledRows(rows: Uint32Array, { groups, times }: Bonds, rng: Rng): Uint32Array {
  const sequence = times ?? groups;
  if (!sequence) return rng.shuffle(rows.slice());
  const order = inOrder(rows, sequence);
  const shift = rng.integer(rows.length);
  const place = new Map(Array.from(order, (row, at) => [row, at] as const));
  return rows.map((row) => order[(place.get(row)! + shift) % order.length]);
}

function inOrder(rows: Uint32Array, values: ArrayLike<number>): Uint32Array {
  return allRows(rows.length)
    .sort((a, b) => values[rows[a]] - values[rows[b]] || a - b)
    .map((at) => rows[at]);
}

function gathered(rows: Uint32Array, values: ArrayLike<number>): Map<number, Uint32Array> {
  const lists = new Map<number, number[]>();
  for (const row of rows) {
    const list = lists.get(values[row]);
    if (list) list.push(row);
    else lists.set(values[row], [row]);
  }
  return new Map(Array.from(lists, ([value, list]) => [value, Uint32Array.from(list)]));
}
