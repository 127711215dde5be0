/** @file Gradient boosted trees of our own, grown leaf by leaf on binned columns, as an estimator. */

import type { SavedState, Task } from '../../core/index.js';
import { checkData } from '../../core/index.js';
import type { Loss } from '../../trees/index.js';
import { binTable, leafTree } from '../../trees/index.js';
import { boost } from '../boosting.js';
import type { Estimator, FitContext, Model, Sample } from '../estimator.js';
import type { ForestKind } from '../forest-model.js';
import { ForestModel, restoreForest } from '../forest-model.js';
import { requireSample } from '../input.js';
import { ownRows } from '../own-rows.js';
import { fitTargetScaling, networkTarget, outputCount } from '../target.js';
import type { GbdtParams } from './params.js';
import { GBDT_DEFAULTS, requireParams } from './params.js';
import { OwnRounds } from './rounds.js';

const KIND: ForestKind = { kind: 'gbdt', version: 1, says: 'logits' };
const RULES = { missing: true };
const LOSSES: Readonly<Record<Task, Loss>> = { regression: 'squared', binary: 'logistic', multiclass: 'softmax' };

/**
 * Boosted trees, stopped early on ctx.validation; regression trains on the standardised target.
 *
 * Missing  NaN in X is missing: each split learns where it goes. Infinity is refused
 * Holds    ctx.monotone, for numbers and two classes
 * Random   draws from ctx.seed only: same seed, same bits, on every machine
 * Abort    between calls of about 40 ms, or of one round where a round takes longer
 * @example
 * const model = await gbdt({ leaves: 15 }).fit(train, { task: 'binary', k: 2, seed: 1, engine });
 */
export function gbdt(params: Partial<GbdtParams> = {}): Estimator<GbdtParams> {
  const full = { ...GBDT_DEFAULTS, ...params };
  requireParams(full);
  return { kind: KIND.kind, params: full, fit: (train, ctx) => fitGbdt(full, train, ctx) };
}

async function fitGbdt(params: GbdtParams, train: Sample, ctx: FitContext): Promise<Model> {
  ctx.signal?.throwIfAborted();
  requireSample(KIND.kind, train, ctx.task, ctx.k, RULES);
  checkData(train.X.cols > 0, 'gbdt.fit', 'X must have at least one column', 0);
  const scaling = fitTargetScaling(train, ctx.task, ctx.k);
  const own = ownRows(train);
  const table = binTable(own.X, own.rows, params.maxBin, train.categories);
  const outputs = outputCount(scaling);
  const y = networkTarget(own.y, scaling);
  const task = { loss: LOSSES[ctx.task], outputs, y, weights: own.weights, train: own.rows, seed: ctx.seed };
  const rounds = new OwnRounds(table, task, params, ctx.monotone);
  const first = rounds.base.map(leafTree);
  const boosted = await boost(rounds, { params, train, scaling, base: rounds.base, first, ctx });
  return new ForestModel(KIND, { ...boosted, columns: train.X.cols, scaling, base: 0 });
}

/** A fitted model from its saved state: same bits. */
export function restoreGbdt(state: SavedState): Model {
  return restoreForest(KIND, state);
}
