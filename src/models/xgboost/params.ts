/** @file What a user may set of XGBoost, checked, and the words the library knows it by. */

import { check } from '../../core/index.js';
import type { FitContext, Sample } from '../estimator.js';
import type { Encoding } from './encoding.js';
import { fasterMethod } from './method.js';

export interface XgboostParams {
  /** Most rounds of boosting: trees per class. */
  readonly rounds: number;
  /** Rounds without a better validation loss before the fit stops. */
  readonly earlyStoppingRounds: number;
  readonly learningRate: number;
  readonly maxDepth: number;
  /** Least sum of second derivatives in a leaf (for squared error: of weights). */
  readonly minChildWeight: number;
  /** Share of rows drawn for each tree. */
  readonly subsample: number;
  readonly colsampleByTree: number;
  /** Share of columns drawn at each depth. 'hist' draws once per tree instead: this times colsampleByTree. */
  readonly colsampleByLevel: number;
  /** Penalty on squared leaf values. */
  readonly regLambda: number;
  /** Penalty on absolute leaf values. */
  readonly regAlpha: number;
  /** Least gain of a split. */
  readonly gamma: number;
  /** Bins per column of 'hist'. */
  readonly maxBin: number;
  /** 'auto': whichever is expected to be faster, 'exact' on small data. */
  readonly treeMethod: 'auto' | 'hist' | 'exact';
}

export const XGBOOST_DEFAULTS: XgboostParams = {
  rounds: 1000,
  earlyStoppingRounds: 50,
  learningRate: 0.08,
  maxDepth: 6,
  minChildWeight: 1,
  subsample: 0.7,
  colsampleByTree: 1,
  colsampleByLevel: 0.9,
  regLambda: 1,
  regAlpha: 0,
  gamma: 0,
  maxBin: 256,
  treeMethod: 'auto',
};

/** Refuses what XGBoost would take in silence: unknown names and values out of range. */
export function requireParams(params: XgboostParams): void {
  for (const name of Object.keys(params)) {
    check(name in XGBOOST_DEFAULTS, 'xgboost', 'every parameter must be a known one', name, known());
  }
  const integers = { rounds: 1, earlyStoppingRounds: 1, maxDepth: 1, maxBin: 2 } as const;
  for (const [name, least] of Object.entries(integers) as [keyof typeof integers, number][]) {
    const value = params[name];
    check(
      Number.isInteger(value) && value >= least,
      'xgboost',
      `${name} must be a whole number from ${least} up`,
      value,
    );
  }
  check(params.maxDepth <= 16, 'xgboost', 'maxDepth must be at most 16', params.maxDepth);
  for (const name of ['subsample', 'colsampleByTree', 'colsampleByLevel'] as const) {
    check(params[name] > 0 && params[name] <= 1, 'xgboost', `${name} must be in (0, 1]`, params[name]);
  }
  check(
    params.learningRate > 0 && params.learningRate <= 1,
    'xgboost',
    'learningRate must be in (0, 1]',
    params.learningRate,
  );
  for (const name of ['minChildWeight', 'regLambda', 'regAlpha', 'gamma'] as const) {
    check(params[name] >= 0 && params[name] < Infinity, 'xgboost', `${name} must be 0 or more`, params[name]);
  }
  const methods = ['auto', 'hist', 'exact'];
  check(
    methods.includes(params.treeMethod),
    'xgboost',
    "treeMethod must be 'auto', 'hist' or 'exact'",
    params.treeMethod,
  );
}

function known(): string {
  return `Known: ${Object.keys(XGBOOST_DEFAULTS).join(', ')}.`;
}

/** The parameters in the library's own words. `base` is the first prediction, in the units of the target it sees. */
export function nativeParams(
  params: XgboostParams,
  train: Sample,
  ctx: FitContext,
  base: number,
  encoding: Encoding,
): Record<string, string | number> {
  const method = params.treeMethod === 'auto' ? fasterMethod(params, train, ctx.task, encoding) : params.treeMethod;
  const hist = method === 'hist';
  return {
    booster: 'gbtree',
    silent: 1,
    nthread: 1,
    objective: OBJECTIVES[ctx.task],
    ...(ctx.task === 'multiclass' ? { num_class: ctx.k } : {}),
    base_score: base,
    seed: ctx.seed % 2 ** 31,
    tree_method: method,
    eta: params.learningRate,
    max_depth: params.maxDepth,
    min_child_weight: params.minChildWeight,
    subsample: params.subsample,
    colsample_bytree: hist ? params.colsampleByTree * params.colsampleByLevel : params.colsampleByTree,
    colsample_bylevel: hist ? 1 : params.colsampleByLevel,
    lambda: params.regLambda,
    alpha: params.regAlpha,
    gamma: params.gamma,
    max_bin: params.maxBin,
  };
}

const OBJECTIVES = { regression: 'reg:linear', binary: 'binary:logistic', multiclass: 'multi:softprob' } as const;
