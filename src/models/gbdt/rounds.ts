/** @file Rounds of our own booster, and their trees as splits of raw values. */

import type { BinnedTable, BoostTask, GrownTree, Tree } from '../../trees/index.js';
import { Booster, rawTree } from '../../trees/index.js';
import type { RoundMaker } from '../boosting.js';
import type { GbdtParams } from './params.js';

/** Grows rounds on a table of training rows. */
export class OwnRounds implements RoundMaker {
  /** What each output starts from. */
  readonly base: readonly number[];
  /** The loss's own number. */
  readonly shape: number;
  private readonly booster: Booster;
  private readonly fresh: GrownTree[] = [];
  /** The booster reads the rate anew in every round. */
  private readonly rate: { learningRate: number };

  constructor(
    private readonly table: BinnedTable,
    task: BoostTask,
    { learningRate, leaves, maxDepth, minRows, minHessian, regLambda, subsample, colsample }: GbdtParams,
    monotone?: Int8Array,
  ) {
    const growth = { leaves, maxDepth, minRows, minHessian, lambda: regLambda, minGain: 0, monotone };
    const params = { ...growth, subsample, colsample, learningRate };
    this.rate = params;
    this.booster = new Booster(table, task, params);
    this.base = this.booster.base;
    this.shape = this.booster.shape;
  }

  train(rounds: number): void {
    for (let i = 0; i < rounds; i++) this.fresh.push(...this.booster.round());
  }

  setLearningRate(rate: number): void {
    this.rate.learningRate = rate;
  }

  /** Gives back what it took of a memory that threads share. */
  release(): void {
    this.booster.release();
  }

  newTrees(): Tree[] {
    return this.fresh.splice(0).map((tree) => rawTree(tree, this.table));
  }
}
