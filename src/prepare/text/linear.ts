/** @file A linear model of sparse rows: logistic or least squares, with a square penalty, by coordinates of the dual. */

import { Rng } from '../../core/index.js';
import type { SparseRows } from './vocabulary.js';

export type SparseLoss = 'logistic' | 'square';

/** How far a coordinate is from where its row wants it, in the mean of a round, when nothing is left to do. */
const NEAR = 1e-2;

export interface LinearProblem {
  /** At most of length 1 each. */
  readonly X: SparseRows;
  /** [columns of X] */
  readonly width: number;
  /** Rows that are learned from. */
  readonly rows: Int32Array;
  /** [all rows of X] 0 and 1 for logistic; of spread 1 for square. */
  readonly y: Float64Array;
  readonly loss: SparseLoss;
  readonly seed: number;
}

/**
 * Minimises |w|^2 / 2 + C x sum of losses. The level of the target is not learned but set; what is left of it is a weight of its own, which
 * `scoreOf` counts and `weights` leave out.
 *
 * Random   order of the rows in each round, from the seed
 * Source   Shalev-Shwartz & Zhang 2013, stochastic dual coordinate ascent; for logistic their step with smoothness 1/4
 */
export class SparseLinear {
  readonly weights: Float64Array;
  private bias = 0;
  private C = 0;
  private readonly offset: number;
  /** [rows] the dual's coordinates, one per row that is learned from. */
  private readonly dual: Float64Array;

  constructor(private readonly problem: LinearProblem) {
    const { width, rows, y, loss } = problem;
    this.weights = new Float64Array(width);
    this.dual = new Float64Array(rows.length);
    let sum = 0;
    for (const row of rows) sum += y[row];
    const mean = sum / Math.max(1, rows.length);
    this.offset = loss === 'square' ? mean : Math.log((mean + 1e-6) / (1 - mean + 1e-6));
  }

  /** Solves for C, from where the last one ended, in so many rounds at most. */
  solve(C: number, mostRounds: number): void {
    const { rows, seed } = this.problem;
    const { weights } = this;
    const change = this.C === 0 ? 0 : C / this.C;
    for (let j = 0; j < weights.length; j++) weights[j] *= change;
    this.bias *= change;
    this.C = C;
    const order = Int32Array.from(rows.keys());
    const rng = new Rng(seed);
    for (let round = 0; round < mostRounds; round++) {
      rng.shuffle(order);
      let gaps = 0;
      for (const i of order) gaps += Math.abs(this.step(i));
      if (gaps < NEAR * rows.length) return;
    }
  }

  /** One coordinate to (or, for logistic, towards) its best value; how far it was from what the row wants now. */
  private step(i: number): number {
    const { X, rows, y, loss } = this.problem;
    const { weights, dual, C } = this;
    const row = rows[i];
    const score = this.scoreOf(row);
    // The length of a row with the weight of its own is at most 2.
    const wanted = loss === 'square' ? y[row] - score : y[row] - 1 / (1 + Math.exp(-score));
    const gap = wanted - dual[i];
    const step = gap / (loss === 'square' ? 1 + 2 * C : Math.max(1, 0.25 + 2 * C));
    dual[i] += step;
    const by = C * step;
    for (let at = X.starts[row]; at < X.starts[row + 1]; at++) weights[X.slots[at]] += by * X.values[at];
    this.bias += by;
    return gap;
  }

  /** What it says of a row: a number, or the log-odds. */
  scoreOf(row: number): number {
    const { starts, slots, values } = this.problem.X;
    let sum = this.offset + this.bias;
    for (let at = starts[row]; at < starts[row + 1]; at++) sum += this.weights[slots[at]] * values[at];
    return sum;
  }

  /** Mean loss of rows. */
  lossOf(rows: Int32Array): number {
    const { y, loss } = this.problem;
    let sum = 0;
    for (const row of rows) {
      const score = this.scoreOf(row);
      if (loss === 'square') sum += (y[row] - score) ** 2 / 2;
      else sum += Math.max(score, 0) - y[row] * score + Math.log1p(Math.exp(-Math.abs(score)));
    }
    return sum / Math.max(1, rows.length);
  }
}
