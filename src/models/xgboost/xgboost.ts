/** @file Gradient boosted trees by the real XGBoost, as an estimator whose models need nothing but arrays. */

import type { SavedState } from '../../core/index.js';
import { checkData } from '../../core/index.js';
import { boost } from '../boosting.js';
import type { Estimator, FitContext, Model, Sample } from '../estimator.js';
import type { ForestKind } from '../forest-model.js';
import { ForestModel, restoreForest } from '../forest-model.js';
import { requireSample } from '../input.js';
import { fitTargetScaling, outputCount } from '../target.js';
import { findEncoding } from './encoding.js';
import { exclusively } from './module.js';
import { NativeBooster } from './native.js';
import type { XgboostParams } from './params.js';
import { nativeParams, requireParams, XGBOOST_DEFAULTS } from './params.js';

const KIND: ForestKind = { kind: 'xgboost', version: 1, says: 'logits' };
const RULES = { missing: true };

/**
 * XGBoost, stopped early on ctx.validation; regression trains on the standardised target.
 *
 * Missing  NaN in X is missing: each split learns where it goes. Infinity is refused
 * Random   draws from ctx.seed only. Fits of one thread wait for each other: the library has one generator
 * Abort    between calls of about 40 ms, or of one round where a round takes longer
 * @example
 * const model = await xgboost({ maxDepth: 8 }).fit(train, { task: 'binary', k: 2, seed: 1, engine });
 */
export function xgboost(params: Partial<XgboostParams> = {}): Estimator<XgboostParams> {
  const full = { ...XGBOOST_DEFAULTS, ...params };
  requireParams(full);
  return { kind: KIND.kind, params: full, fit: (train, ctx) => fitXgboost(full, train, ctx) };
}

async function fitXgboost(params: XgboostParams, train: Sample, ctx: FitContext): Promise<Model> {
  ctx.signal?.throwIfAborted();
  requireSample(KIND.kind, train, ctx.task, ctx.k, RULES);
  checkData(train.X.cols > 0, 'xgboost.fit', 'X must have at least one column', 0);
  const scaling = fitTargetScaling(train, ctx.task, ctx.k);
  const prior = ctx.task === 'binary' ? positiveShare(train) : 0;
  const margin = ctx.task === 'binary' ? Math.log(prior / (1 - prior)) : 0;
  const encoding = findEncoding(train.X, train.rows);
  const data = {
    X: train.X,
    rows: train.rows,
    encoding,
    y: perRow(train.rows, (row) =>
      ctx.task === 'regression' ? (train.y[row] - scaling.mean) / scaling.scale : train.y[row],
    ),
    weights: train.weights && perRow(train.rows, weightReader(train)),
  };
  return exclusively(async (module) => {
    const booster = NativeBooster.create(module, data, nativeParams(params, train, ctx, prior, encoding));
    try {
      const base = new Array<number>(outputCount(scaling)).fill(margin);
      const boosted = await boost(booster, { params, train, scaling, base, ctx });
      return new ForestModel(KIND, { ...boosted, columns: train.X.cols, scaling, base: booster.base });
    } finally {
      booster.free();
    }
  }, ctx.signal);
}

function perRow(rows: Uint32Array, value: (row: number) => number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = value(rows[i]);
  return out;
}

function weightReader({ weights }: Sample): (row: number) => number {
  return (row) => weights?.[row] ?? 1;
}

/** Weighted share of class 1, kept half a row away from 0 and 1: the library wants a probability inside (0, 1). */
function positiveShare(train: Sample): number {
  const weight = weightReader(train);
  let positive = 0;
  let total = 0;
  for (const row of train.rows) {
    total += weight(row);
    if (train.y[row] === 1) positive += weight(row);
  }
  const margin = 0.5 / train.rows.length;
  return Math.fround(Math.min(Math.max(positive / total, margin), 1 - margin));
}

/** A fitted model from its saved state: same bits, and no wasm. */
export function restoreXgboost(state: SavedState): Model {
  return restoreForest(KIND, state);
}
