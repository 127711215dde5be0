/** @file Boosting: tree after tree, each fitted to the gradient of the loss of those before. */

import { check, deriveSeed, Rng } from '../core/index.js';
import type { BinnedTable } from './bins.js';
import type { LeafRows } from './grow.js';
import { Grower } from './grow.js';
import type { Loss, ReadyLoss } from './loss.js';
import { readyLoss } from './loss.js';
import { renewLeaves } from './renew.js';
import type { GrownTree, GrowthParams, Quantised } from './tree.js';
import { GROWTH_DEFAULTS } from './tree.js';

export interface BoostParams extends GrowthParams {
  readonly learningRate: number;
  /** Share of the rows that each round sees, in (0, 1]. */
  readonly subsample: number;
  /** Share of the columns that each tree may split, in (0, 1]. */
  readonly colsample: number;
}

export const BOOST_DEFAULTS: BoostParams = { ...GROWTH_DEFAULTS, learningRate: 0.1, subsample: 1, colsample: 1 };

export interface BoostTask {
  readonly loss: Loss;
  /**
   * The loss's own number. Quantile: the level in (0, 1), 0.5 where left out. Tweedie: the power in (1, 2), 1.5. Huber: the distance
   * up to which errors are squared, above 0; left out, nine tenths of the targets are nearer to their median.
   */
  readonly shape?: number | undefined;
  /** Scores per row: the classes of softmax, else 1. */
  readonly outputs: number;
  /** [table rows] the target, or the class index; only training rows are looked at. */
  readonly y: Float32Array;
  /** [table rows] what each row counts; all 1 where left out. */
  readonly weights?: Float32Array | undefined;
  /** Rows to learn from, ascending. */
  readonly train: Uint32Array;
  readonly seed: number;
  /** Rows that are not learned from keep the score that all start from: whoever needs them has walkers for raw values. */
  readonly onlyTrained?: boolean | undefined;
}

/** Numbers in memory are taken four at a time. */
const LANES = 4;
/** Steps of a rounded gradient at most: more are not to be told apart in float32. */
const MAX_STEPS = 2 ** 15 - 1;
/** Sums of gradients stay below 2^31, those of hessians below 2^32. */
const SUM_LIMIT = 2 ** 31 - 1;
/** Losses whose hessian is the weight: where weights are equal, it counts rows. */
const FLAT: readonly Loss[] = ['squared', 'absolute', 'huber', 'quantile'];

/**
 * A boosted model under way: every `round` adds a tree for each output, and `scores` are right for every row of the table, rows to
 * learn from and others alike where `onlyTrained` does not say otherwise.
 *
 * Random   draws from task.seed only: same table and seed, same trees, on every machine
 * Source   Friedman 2001; Shi et al. 2022 for whole-number gradients (https://arxiv.org/abs/2207.09682)
 */
export class Booster {
  /** What the score of each output starts from. */
  readonly base: readonly number[];
  /** The loss's own number: the level of quantile, the distance of huber, the power of tweedie; 0 where it has none. */
  readonly shape: number;
  /** [outputs][stride] float32: the score of each row of the table; filled beyond the last. */
  readonly scores: Float32Array;
  readonly stride: number;
  private readonly grower: Grower;
  private readonly at: Addresses;
  private readonly isEqual: boolean;
  private readonly ready: ReadyLoss;
  /** Rows that are not learned from but have scores: the first ones of those that no tree is grown on. */
  private readonly untrained: number;
  private rounds = 0;

  constructor(
    private readonly table: BinnedTable,
    private readonly task: BoostTask,
    private readonly params: BoostParams,
  ) {
    const { outputs, train, y, weights } = task;
    const { subsample, colsample, learningRate } = params;
    for (const share of [subsample, colsample])
      check(share > 0 && share <= 1, 'trees', 'shares must be in (0, 1]', share);
    check(learningRate > 0, 'trees', 'learningRate must be above 0', learningRate);
    // More of one score raises no share by itself: the others decide, too.
    check(!params.monotone || outputs === 1, 'trees', 'directions need a loss with one output', task.loss);
    this.stride = Math.ceil(table.rows / LANES) * LANES;
    const bytes = 4 * this.stride;
    this.untrained = task.onlyTrained ? 0 : table.rows - train.length;
    const at = { scores: 0, y: 0, weights: 0, gradients: 0, hessians: 0, train: 0, drawn: 0, others: 0 };
    const isEqual = weights === undefined || train.every((row) => weights[row] === weights[train[0]]);
    this.isEqual = FLAT.includes(task.loss) && isEqual;
    this.grower = new Grower(table, params, {
      counted: !this.isEqual,
      more: (plan) => {
        at.scores = plan.room(bytes * outputs);
        at.y = plan.room(bytes);
        at.weights = plan.room(bytes);
        at.gradients = plan.room(bytes * outputs);
        at.hessians = plan.room(bytes * outputs);
        at.train = plan.room(4 * train.length);
        at.drawn = plan.room(4 * train.length);
        at.others = plan.room(4 * (this.untrained + train.length));
      },
    });
    this.at = at;
    const { buffer } = this.grower;
    // Rows that are not learned from have no target and weigh nothing: no rounding and no first score knows of them.
    const target = new Float32Array(buffer, at.y, table.rows);
    const weight = new Float32Array(buffer, at.weights, table.rows);
    for (const row of train) {
      target[row] = y[row];
      weight[row] = weights ? weights[row] : 1;
    }
    new Uint32Array(buffer, at.train, train.length).set(train);
    if (this.untrained > 0) {
      new Uint32Array(buffer, at.others, this.untrained).set(othersOf(train, table.rows));
    }
    try {
      this.ready = readyLoss(task, weight);
    } catch (error) {
      this.grower.release();
      throw error;
    }
    this.base = this.ready.base;
    this.shape = this.ready.shape;
    this.scores = new Float32Array(buffer, at.scores, this.stride * outputs);
    this.base.forEach((base, c) => this.scores.subarray(c * this.stride, (c + 1) * this.stride).fill(base));
  }

  /** Gives back what it took of a memory that threads share; there are no more rounds and scores. */
  release(): void {
    this.grower.release();
  }

  /** One more tree for each output; their leaves hold what is added to the score. */
  round(): GrownTree[] {
    const { outputs, seed, train } = this.task;
    const own = deriveSeed(seed, 'round', this.rounds);
    const rng = new Rng(own);
    this.takeGradients();
    const rows = this.drawRows(own, rng);
    const trees: GrownTree[] = [];
    for (let c = 0; c < outputs; c++) {
      new Uint32Array(this.grower.buffer, this.grower.order, rows.length).set(rows);
      const quantised = this.quantise(c, rows.length, deriveSeed(seed, 'rounding', this.rounds, c));
      const { tree, leaves } = this.grower.grow(rows.length, this.drawColumns(rng), quantised);
      this.renew(c, tree, leaves);
      for (let i = 0; i < tree.value.length; i++) tree.value[i] = Math.fround(tree.value[i] * this.params.learningRate);
      this.addScores(c, tree, leaves, this.untrained + train.length - rows.length);
      trees.push(tree);
    }
    this.rounds++;
    return trees;
  }

  private takeGradients(): void {
    const { kernels } = this.grower;
    const { scores, y, weights, gradients, hessians } = this.at;
    const { loss, outputs: k } = this.task;
    const { shape } = this.ready;
    const n = this.stride;
    if (loss === 'squared') kernels.squaredGradient(scores, y, weights, gradients, hessians, n);
    else if (loss === 'logistic') kernels.logisticGradient(scores, y, weights, gradients, hessians, n);
    else if (loss === 'softmax') kernels.softmaxGradient(scores, y, weights, gradients, hessians, n, k, k / (k - 1));
    else if (loss === 'absolute') kernels.pinballGradient(scores, y, weights, gradients, hessians, n, -1, 1);
    else if (loss === 'quantile')
      kernels.pinballGradient(scores, y, weights, gradients, hessians, n, -shape, 1 - shape);
    else if (loss === 'huber') kernels.huberGradient(scores, y, weights, gradients, hessians, n, shape);
    else kernels.tweedieGradient(scores, y, weights, gradients, hessians, n, shape);
  }

  private renew(output: number, tree: GrownTree, leaves: readonly LeafRows[]): void {
    const offset = 4 * this.stride * output;
    const { scores, gradients, hessians } = this.at;
    const at = { ...this.at, scores: scores + offset, gradients: gradients + offset, hessians: hessians + offset };
    const { lambda, monotone } = this.params;
    renewLeaves(this.grower, at, { ...this.ready, lambda, monotone }, tree, leaves);
  }

  /** Gradients of one output as whole numbers, as fine as their sums allow. */
  private quantise(output: number, count: number, seed: number): Quantised {
    const { kernels, packed } = this.grower;
    const { rows } = this.table;
    const gradients = this.at.gradients + 4 * this.stride * output;
    const hessians = this.at.hessians + 4 * this.stride * output;
    const steps = Math.max(1, Math.min(MAX_STEPS, Math.floor(SUM_LIMIT / Math.max(1, count)) - 1));
    const scaleOf = (largest: number) => Math.fround(largest > 0 ? steps / largest : 1);
    const up = scaleOf(kernels.largest(gradients, this.stride));
    if (this.isEqual) {
      kernels.quantiseEqual(gradients, rows, up, seed, packed);
      const { train } = this.task;
      const weight = train.length > 0 ? new Float32Array(this.grower.buffer, this.at.weights, rows)[train[0]] : 1;
      return { gradientUnit: 1 / up, hessianUnit: weight, equal: true };
    }
    const upHessian = scaleOf(kernels.largest(hessians, this.stride));
    kernels.quantise(gradients, hessians, rows, up, upHessian, seed, packed);
    return { gradientUnit: 1 / up, hessianUnit: 1 / upHessian, equal: false };
  }

  /** The rows of a round; those of no round come before the others of this one. `rng` is as if it had drawn them. */
  private drawRows(seed: number, rng: Rng): Uint32Array {
    const { kernels, buffer } = this.grower;
    const { train, drawn, others } = this.at;
    const { subsample } = this.params;
    const { length } = this.task.train;
    if (subsample === 1) return this.task.train;
    const count = kernels.drawRows(seed, subsample, train, length, drawn, others + 4 * this.untrained);
    rng.skip(2 * length);
    return count > 0 ? new Uint32Array(buffer, drawn, count) : this.task.train;
  }

  private drawColumns(rng: Rng): Int32Array {
    const all = Int32Array.from({ length: this.table.cols }, (_, i) => i);
    if (this.params.colsample === 1) return all;
    const wanted = Math.max(1, Math.round(this.params.colsample * all.length));
    return rng.shuffle(all).subarray(0, wanted).sort();
  }

  /** Rows that the tree was grown on lie leaf by leaf; all others walk. */
  private addScores(output: number, tree: GrownTree, leaves: readonly LeafRows[], others: number): void {
    const { kernels, order } = this.grower;
    const scores = this.at.scores + 4 * this.stride * output;
    for (const { node, start, count } of leaves) kernels.addLeaf(scores, order + 4 * start, count, tree.value[node]);
    if (others > 0) this.grower.walk(tree, this.at.others, others, scores);
  }
}

/** The rows of a table that are not among some, ascending like these. */
function othersOf(rows: Uint32Array, all: number): Uint32Array {
  const others = new Uint32Array(all - rows.length);
  let next = 0;
  let count = 0;
  for (let row = 0; row < all; row++) {
    if (next < rows.length && rows[next] === row) next++;
    else others[count++] = row;
  }
  return others;
}

interface Addresses {
  readonly scores: number;
  readonly y: number;
  readonly weights: number;
  readonly gradients: number;
  readonly hessians: number;
  /** Rows to learn from, those of them that a round's trees are grown on, and all others: by number. */
  readonly train: number;
  readonly drawn: number;
  readonly others: number;
}
