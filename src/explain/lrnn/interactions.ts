/** @file Which columns a network uses, and which pairs of them it multiplies: variances of its own output. */

import { Rng } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Feature } from '../columns.js';
import { shuffled, stacked } from '../frames.js';
import { varianceOf } from './forward.js';

/** [rows x outputs] of a function of columns; its shape stays the same for every frame. */
export type Outputs = { readonly cols: number; readonly data: ArrayLike<number> };

export interface ColumnRelevance {
  readonly column: string;
  /** Share of the output's variance that is lost when the column is not known, alone and in all its combinations. */
  readonly total: number;
}

export interface PairRelevance {
  readonly a: string;
  readonly b: string;
  /** Share of the output's variance that needs both columns at once: 0 where their effects just add up. */
  readonly share: number;
}

export interface RelevanceInput {
  readonly frame: Frame;
  readonly features: readonly Feature[];
  readonly evaluate: (frame: Frame) => Promise<Outputs>;
  readonly seed?: number;
}

/**
 * Total effect of each column, largest first.
 *
 * Columns are shuffled independently, so for columns that go together the shares speak of rows that may not occur.
 *
 * Source   Jansen 1999, Analysis of variance designs for model output (the estimator); Sobol 2001
 */
export async function columnRelevance({
  frame,
  features,
  evaluate,
  seed = 0,
}: RelevanceInput): Promise<ColumnRelevance[]> {
  const base = await evaluate(frame);
  const spread = spreadOf(base, frame.rowCount);
  const order = orderFor(frame.rowCount, seed, 0);
  const found: ColumnRelevance[] = [];
  for (const { name, parts } of features) {
    const moved = await evaluate(shuffled(frame, new Set(parts), order));
    found.push({ column: name, total: spread > 0 ? halfSquare(base, moved) / spread : 0 });
  }
  return found.sort((a, b) => b.total - a.total);
}

/**
 * Superset importance of pairs of the given columns, largest first: the mixed difference
 * f(x) - f(x with a') - f(x with b') + f(x with a' and b'), squared. A product of two functions is all mixed difference,
 * a sum has none.
 *
 * Source   Liu & Owen 2006, Estimating mean dimensionality of analysis of variance decompositions
 */
export async function pairRelevance({ frame, features, evaluate, seed = 0 }: RelevanceInput): Promise<PairRelevance[]> {
  const base = await evaluate(frame);
  const spread = spreadOf(base, frame.rowCount);
  const orders = features.map((_, j) => orderFor(frame.rowCount, seed, j + 1));
  const single = features.map(({ parts }, j) => shuffled(frame, new Set(parts), orders[j]));
  const alone: Outputs[] = [];
  for (const one of single) alone.push(await evaluate(one));
  const found: PairRelevance[] = [];
  for (let a = 0; a < features.length; a++) {
    for (let b = a + 1; b < features.length; b++) {
      const both = await evaluate(shuffled(single[a], new Set(features[b].parts), orders[b]));
      const share = spread > 0 ? mixedSquare(base, alone[a], alone[b], both) / 4 / spread : 0;
      found.push({ a: features[a].name, b: features[b].name, share });
    }
  }
  return found.sort((p, q) => q.share - p.share);
}

/** Variance of the outputs, summed. */
function spreadOf({ cols, data }: Outputs, n: number): number {
  let sum = 0;
  for (let c = 0; c < cols; c++) sum += varianceOf(n, (i) => data[i * cols + c]);
  return sum;
}

function halfSquare({ cols, data }: Outputs, moved: Outputs): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i] - moved.data[i]) ** 2;
  return (sum * cols) / (2 * data.length);
}

function mixedSquare({ cols, data }: Outputs, a: Outputs, b: Outputs, both: Outputs): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i] - a.data[i] - b.data[i] + both.data[i]) ** 2;
  return (sum * cols) / data.length;
}

function orderFor(n: number, seed: number, index: number): Uint32Array {
  return new Rng(seed).split('relevance', index).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
}

/** A frame several times over, so that few rows still give many pairs of values. */
export function atLeast(frame: Frame, rows: number): Frame {
  const times = Math.max(1, Math.ceil(rows / Math.max(1, frame.rowCount)));
  return times === 1 ? frame : stacked(Array.from({ length: times }, () => frame));
}
