/** @file Which rows train, stop and judge a model that is fitted once: all rows but some of those held out train. */

import { allRows, Rng } from '../core/index.js';
import { mostRows } from './sampled.js';
import type { StudyData } from './study-data.js';

/** Held-out rows that stop the fits, and as many that judge them; of many classes fewer, as everywhere. */
const APART_ROWS = 10_000;

export interface OnceRows {
  /** Ascending: every row that was never held out, and those of the hold-out that are needed for nothing else. */
  readonly train: Uint32Array;
  /** Held-out rows that say when a fit stops and what each model weighs, in a drawn order. */
  readonly stop: Uint32Array;
  /** Held-out rows that have part in no fit and no weight, in a drawn order: which model is taken away is for them to say. */
  readonly judge: Uint32Array;
}

/**
 * Half of the hold-out at most stops, and as much judges. Copies of a row, and rows of a group, are in one of the three parts.
 *
 * Random   from the study's seed
 */
export function onceRows(data: StudyData): OnceRows {
  const { holdout, k, groups, copies } = data;
  const most = Math.min(mostRows(APART_ROWS, k), Math.ceil(holdout.length / 2));
  const units = unitsOf(holdout, groups ?? copies, new Rng(data.seed).split('once'));
  const [stop, judge] = [take(units, most), take(units, most)];
  const isHeld = new Uint8Array(data.y.length);
  for (const row of holdout) isHeld[row] = 1;
  for (const row of units.flat()) isHeld[row] = 0;
  return { train: allRows(data.y.length).filter((row) => isHeld[row] === 0), stop, judge };
}

/** Rows that belong together, in a drawn order. */
function unitsOf(rows: Uint32Array, together: ArrayLike<number> | undefined, rng: Rng): number[][] {
  const units = new Map<number, number[]>();
  for (const row of rows) {
    const name = together ? together[row] : row;
    const unit = units.get(name);
    if (unit) unit.push(row);
    else units.set(name, [row]);
  }
  const found = [...units.values()];
  return Array.from(rng.shuffle(allRows(found.length)), (unit) => found[unit]);
}

/** Takes units away until there are so many rows. */
function take(units: number[][], most: number): Uint32Array {
  const taken: number[] = [];
  while (taken.length < most && units.length > 0) for (const row of units.pop()!) taken.push(row);
  return Uint32Array.from(taken);
}
