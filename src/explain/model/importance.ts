/** @file Permutation importance: how much worse a model gets when one column tells it nothing any more. */

import type { Matrix } from '../../core/index.js';
import { allRows, Rng, selectRows } from '../../core/index.js';
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
  /** Standard error of the mean: of the shuffles, and of the rows that happened to be asked about. */
  readonly error: number;
  /** The mean is more than two standard errors above 0; else it cannot be told from nothing. */
  readonly isClear: boolean;
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
 * What a column of noise would cost is not 0 but anything around it, so each mean has its standard error: of the shuffles, and of
 * the rows asked about, by leaving a twentieth of them out in turn.
 *
 * Columns that say the same can stand in for each other: shuffling one of them then costs little, and both look unimportant.
 *
 * Random   the shuffles, from the seed; every column sees the same ones
 * Source   Breiman 2001, Random forests, section 10; Fisher, Rudin & Dominici 2019 (https://arxiv.org/abs/1801.01489)
 */
export async function permutationImportance(input: ImportanceInput): Promise<Importance> {
  const { frame, y, features, metric, predict, repeats = 5, seed = 0 } = input;
  const plain = await predict(frame);
  const score = metric.compute(y as Float32Array, plain);
  const orders = Array.from({ length: repeats }, (_, repeat) =>
    new Rng(seed).split('permute', repeat).shuffle(Uint32Array.from({ length: frame.rowCount }, (_unused, i) => i)),
  );
  const rows = leavingOut(frame.rowCount);
  const lossesOf = (predictions: Matrix): number[] =>
    rows.map((kept) => toLoss(metric, metric.compute(picked(y, kept), selectRows(predictions, kept))));
  const before = lossesOf(plain);
  const columns: ColumnImportance[] = [];
  for (const { name, parts } of features) {
    const rises: number[] = [];
    const without = rows.map(() => 0);
    for (const order of orders) {
      const shaken = await predict(shuffled(frame, new Set(parts), order));
      rises.push(toLoss(metric, metric.compute(y as Float32Array, shaken)) - toLoss(metric, score));
      lossesOf(shaken).forEach((loss, g) => (without[g] += (loss - before[g]) / repeats));
    }
    const deviation = repeats > 1 ? standardDeviation(rises) : 0;
    const error = Math.hypot(deviation / Math.sqrt(repeats), jackknifeError(without));
    columns.push({ column: name, mean: mean(rises), deviation, error, isClear: mean(rises) > SURE_ERRORS * error });
  }
  return { score, columns: columns.sort((a, b) => b.mean - a.mean) };
}

/** A rise of more standard errors than these is one. */
const SURE_ERRORS = 2;
/** Parts of the rows that are left out in turn. */
const PARTS = 20;

/** All rows but those of one part, part by part; every PARTS-th row is of the same one. */
function leavingOut(n: number): Uint32Array[] {
  const parts = Math.min(PARTS, n);
  return Array.from({ length: parts }, (_, part) => allRows(n).filter((row) => row % parts !== part));
}

/**
 * Standard error of a statistic by what it is without each part of the rows; parts without which there is no score say nothing.
 *
 * Source   Efron & Tibshirani 1993, 11.5
 */
function jackknifeError(without: readonly number[]): number {
  const values = without.filter(Number.isFinite);
  if (values.length < 2) return Infinity;
  return (standardDeviation(values) * (values.length - 1)) / Math.sqrt(values.length);
}

function picked(y: ArrayLike<number>, rows: Uint32Array): Float32Array {
  return Float32Array.from(rows, (row) => y[row]);
}
