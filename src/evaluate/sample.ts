/** @file Some of many rows, spread over the classes as all of them are. */

import type { Task } from '../core/index.js';
import { Rng } from '../core/index.js';
import { pickByStrata } from './deal.js';

export interface SampleRequest {
  /** Row numbers, ascending. */
  readonly rows: Uint32Array;
  /** [all rows] the target, or the class index. */
  readonly y: ArrayLike<number>;
  readonly task: Task;
  /** Classes; 1 for regression. */
  readonly k: number;
  /** Rows that may be taken. */
  readonly most: number;
  readonly seed: number;
}

/**
 * At most `most` of the rows, ascending: the same share of every class; of groups and of moments in time all alike, as
 * nothing but the class is looked at.
 *
 * Random   which rows, from the seed: a larger sample of one seed holds nearly all of a smaller one
 */
export function sampleRows({ rows, y, task, k, most, seed }: SampleRequest): Uint32Array {
  if (rows.length <= most) return rows;
  const strata =
    task === 'regression' ? { count: 1, of: new Uint32Array(y.length) } : { count: k, of: Uint32Array.from(y) };
  return pickByStrata(rows, strata, most / rows.length, 0, new Rng(seed).split('sample'));
}
