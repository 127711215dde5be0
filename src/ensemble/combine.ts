/** @file How the predictions of an ensemble's members become one: their weighted mean, or one level of stacking. */

import type { Matrix } from '../core/index.js';
import { check, checkData, createMatrix } from '../core/index.js';

/**
 * One level of stacking, beside the members' weights, which are at least 0 and need not sum to 1; plain JSON, a part of
 * the model file. Where there is none, the prediction is the weighted mean, and the weights sum to 1.
 *
 * sum       numbers: offset + sum of weight times prediction, in the target's units
 * softmax   probabilities: softmax over the classes of the sum of weight times log(max(p, 1e-5)), p the mean of a member's folds
 */
export type Combination = { readonly method: 'sum'; readonly offset: number } | { readonly method: 'softmax' };

/** Below this a probability says no more. */
export const STACK_FLOOR = 1e-5;

/**
 * Predictions of several members as one, in float64: models are added one after the other, and a member's models together.
 *
 * Shapes   predictions [n x k], flat
 */
export class Mixture {
  private readonly sums: Float64Array;
  /** Where logarithms are added: the mean of the member that is being added. */
  private readonly member: Float64Array | null;

  constructor(
    length: number,
    private readonly k: number,
    combine?: Combination,
  ) {
    this.sums = new Float64Array(length);
    if (combine?.method === 'sum') this.sums.fill(combine.offset);
    this.member = combine?.method === 'softmax' ? new Float64Array(length) : null;
  }

  /** Adds one of the `models` models of a member, which count alike. */
  addModel(data: Float32Array, weight: number, models: number): void {
    const { sums, member } = this;
    const share = member ? 1 / models : weight / models;
    const into = member ?? sums;
    for (let i = 0; i < into.length; i++) into[i] += share * data[i];
  }

  /** To be called after the last model of a member. */
  endMember(weight: number): void {
    const { sums, member } = this;
    if (!member) return;
    for (let i = 0; i < sums.length; i++) sums[i] += weight * Math.log(Math.max(member[i], STACK_FLOOR));
    member.fill(0);
  }

  finish(out: Float32Array): void {
    const { sums, k, member } = this;
    if (member) for (let i = 0; i < sums.length; i += k) softmax(sums.subarray(i, i + k));
    out.set(sums);
  }
}

/**
 * Predictions of an ensemble from those of its members; without `combine` the weighted mean.
 *
 * Shapes   weights [m]; m matrices of one shape
 */
export function blendPredictions(
  weights: readonly number[],
  matrices: readonly Matrix[],
  combine?: Combination,
): Matrix {
  const isPaired = matrices.length > 0 && weights.length === matrices.length;
  check(isPaired, 'blend', 'must have one weight per model', weights.length);
  const { rows, cols } = matrices[0];
  const mixture = new Mixture(rows * cols, cols, combine);
  matrices.forEach(({ data }, m) => {
    check(data.length === rows * cols, 'blend', `predictions must be of one size (${rows * cols})`, data.length);
    mixture.addModel(data, weights[m], 1);
    mixture.endMember(weights[m]);
  });
  const out = createMatrix(rows, cols);
  mixture.finish(out.data);
  return out;
}

/** Refuses what a model file must not say. */
export function requireCombination(combine: Combination, k: number, weights: readonly number[]): void {
  const where = 'model';
  const { method } = combine as { method: unknown };
  const isKnown = method === (k > 1 ? 'softmax' : 'sum');
  checkData(isKnown, where, `the combination must be ${k > 1 ? 'softmax' : 'sum'}`, method ?? null);
  if (combine.method === 'sum') {
    checkData(Number.isFinite(combine.offset), where, 'the offset must be a finite number', combine.offset ?? null);
  }
  const bad = weights.find((weight) => !(weight >= 0 && weight < Infinity));
  checkData(bad === undefined, where, 'weights of a stack must be finite and at least 0', bad);
}

/** Logits to probabilities, in place. */
export function softmax(row: Float64Array): void {
  let top = -Infinity;
  for (let c = 0; c < row.length; c++) top = Math.max(top, row[c]);
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += row[c] = Math.exp(row[c] - top);
  for (let c = 0; c < row.length; c++) row[c] /= sum;
}
