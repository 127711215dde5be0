/** @file Permutation importance: how much worse a model gets when one column tells it nothing any more. */

import type { Matrix } from '../../core/index.js';
import { Rng } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Metric } from '../../evaluate/index.js';
import { mean, standardDeviation, toLoss } from '../../evaluate/index.js';
import type { Feature } from '../columns.js';
import { shuffled } from '../frames.js';

export interface ColumnImportance {
  readonly column: string;
  /** Mean rise of the loss, in units of the metric; below 0: the model is better without the column's order. */
  readonly mean: number;
  /** Sample standard deviation over the repeats. */
  readonly deviation: number;
}

export interface ImportanceInput {
  readonly frame: Frame;
  readonly y: ArrayLike<number>;
  readonly features: readonly Feature[];
  readonly metric: Metric;
  readonly predict: (frame: Frame) => Promise<Matrix>;
  readonly repeats?: number;
  readonly seed?: number;
}

export interface Importance {
  /** The metric before anything was shuffled. */
  readonly score: number;
  /** Most important first; ties in the order of the schema. */
  readonly columns: readonly ColumnImportance[];
}

/**
 * Shuffles one column at a time over the rows and measures the metric again.
 *
 * Columns that say the same can stand in for each other: shuffling one of them then costs little, and both look unimportant.
 *
 * Random   the shuffles, from the seed; every column sees the same ones
 * Source   Breiman 2001, Random forests, section 10; Fisher, Rudin & Dominici 2019 (https://arxiv.org/abs/1801.01489)
 */
export async function permutationImportance(input: ImportanceInput): Promise<Importance> {
  const { frame, y, features, metric, predict, repeats = 5, seed = 0 } = input;
  const judge = async (asked: Frame): Promise<number> => metric.compute(y as Float32Array, await predict(asked));
  const score = await judge(frame);
  const orders = Array.from({ length: repeats }, (_, repeat) =>
    new Rng(seed).split('permute', repeat).shuffle(Uint32Array.from({ length: frame.rowCount }, (_unused, i) => i)),
  );
  const columns: ColumnImportance[] = [];
  for (const { name, parts } of features) {
    const rises: number[] = [];
    for (const order of orders) {
      const shaken = await judge(shuffled(frame, new Set(parts), order));
      rises.push(toLoss(metric, shaken) - toLoss(metric, score));
    }
    columns.push({ column: name, mean: mean(rises), deviation: repeats > 1 ? standardDeviation(rises) : 0 });
  }
  return { score, columns: columns.sort((a, b) => b.mean - a.mean) };
}
