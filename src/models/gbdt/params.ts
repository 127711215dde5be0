/** @file What a user may set of our own boosted trees, checked. */

import { check } from '../../core/index.js';
import { MAX_BINS } from '../../trees/index.js';
import type { CategoryForm } from '../entry.js';
import { requireCategoryForm } from '../entry.js';
import type { LossParams } from '../loss-params.js';
import { LOSS_DEFAULTS, requireLoss } from '../loss-params.js';

export interface GbdtParams extends LossParams {
  /** Most rounds of boosting: trees per class. */
  readonly rounds: number;
  /** Rounds without a better validation loss before the fit stops. */
  readonly earlyStoppingRounds: number;
  readonly learningRate: number;
  /** Leaves of a tree at most; the one with the most to gain is split first. */
  readonly leaves: number;
  /** Splits on the way to a leaf at most. */
  readonly maxDepth: number;
  /** No leaf has fewer rows. */
  readonly minRows: number;
  /** No leaf has a smaller sum of second derivatives. */
  readonly minHessian: number;
  /** Penalty on squared leaf values. */
  readonly regLambda: number;
  /** Share of the rows drawn for each round. */
  readonly subsample: number;
  /** Share of the columns drawn for each tree. */
  readonly colsample: number;
  /** Bins of a column at most. */
  readonly maxBin: number;
  /** How the table was prepared: categories as numbers that say something of them, or as codes to be parted by sets. */
  readonly categories: CategoryForm;
}

export const GBDT_DEFAULTS: GbdtParams = {
  rounds: 1000,
  earlyStoppingRounds: 50,
  learningRate: 0.08,
  leaves: 31,
  maxDepth: 64,
  minRows: 20,
  minHessian: 1e-3,
  regLambda: 0,
  subsample: 1,
  colsample: 0.8,
  maxBin: MAX_BINS,
  categories: 'encoded',
  ...LOSS_DEFAULTS,
};

/** Refuses unknown names and values out of range. */
export function requireParams(params: GbdtParams): void {
  const known = `Known: ${Object.keys(GBDT_DEFAULTS).join(', ')}.`;
  for (const name of Object.keys(params)) {
    check(Object.hasOwn(GBDT_DEFAULTS, name), 'gbdt', 'every parameter must be a known one', name, known);
  }
  const whole = { rounds: 1, earlyStoppingRounds: 1, leaves: 2, maxDepth: 1, minRows: 1, maxBin: 2 } as const;
  for (const [name, least] of Object.entries(whole) as [keyof typeof whole, number][]) {
    const value = params[name];
    check(Number.isInteger(value) && value >= least, 'gbdt', `${name} must be a whole number from ${least} up`, value);
  }
  requireCategoryForm('gbdt', params.categories);
  requireLoss('gbdt', params);
  check(params.maxBin <= MAX_BINS, 'gbdt', `maxBin must be at most ${MAX_BINS}`, params.maxBin);
  for (const name of ['subsample', 'colsample', 'learningRate'] as const) {
    check(params[name] > 0 && params[name] <= 1, 'gbdt', `${name} must be in (0, 1]`, params[name]);
  }
  for (const name of ['minHessian', 'regLambda'] as const) {
    check(params[name] >= 0 && params[name] < Infinity, 'gbdt', `${name} must be 0 or more`, params[name]);
  }
}
