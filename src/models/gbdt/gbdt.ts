/** @file Gradient boosted trees of our own, grown leaf by leaf on binned columns, as an estimator. */

import type { SavedState } from '../../core/index.js';
import { check, checkData } from '../../core/index.js';
import type { BoostTask } from '../../trees/index.js';
import { leafTree } from '../../trees/index.js';
import { binnedSample, withRoom } from '../binned.js';
import { boost } from '../boosting.js';
import type { Estimator, FitContext, Model, Sample } from '../estimator.js';
import type { ForestKind } from '../forest-model.js';
import { ForestModel, restoreForest } from '../forest-model.js';
import { requireSample } from '../input.js';
import type { NumberLoss } from '../loss-params.js';
import { isOfLogs, leastSize, requireSizes, shareWeights } from '../number-loss.js';
import type { TargetScaling } from '../target.js';
import { fitLogScaling, fitTargetScaling, networkTarget, outputCount } from '../target.js';
import type { GbdtParams } from './params.js';
import { GBDT_DEFAULTS, requireParams } from './params.js';
import { OwnRounds } from './rounds.js';

const KIND: ForestKind = { kind: 'gbdt', version: 1, says: 'logits' };
const RULES = { missing: true };

/**
 * Boosted trees, stopped early on ctx.validation; regression trains on the standardised target, or where exp(score) is predicted on
 * the target in units of its mean.
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
  const isNumber = ctx.task === 'regression';
  check(isNumber || params.loss === 'auto', 'gbdt.fit', 'loss must be auto where classes are predicted', params.loss);
  const loss = params.loss === 'auto' ? 'squared' : params.loss;
  const isLog = isNumber && isOfLogs(loss);
  if (isLog) requireSizes('gbdt.fit', loss, train);
  const scaling = isLog ? fitLogScaling(train) : fitTargetScaling(train, ctx.task, ctx.k);
  const { sample: own, table } = binnedSample(train, params.maxBin);
  const learned = isNumber ? numberTask(params, loss, own, scaling) : classTask(own, scaling);
  const task = { ...learned, outputs: outputCount(scaling), train: own.rows, seed: ctx.seed, onlyTrained: true };
  const rounds = withRoom(table, (one) => new OwnRounds(one, task, params, ctx.monotone));
  const first = rounds.base.map(leafTree);
  const ready = { name: loss, shape: loss === 'mape' ? leastSize(own) : rounds.shape };
  const course = { params, train, scaling, base: rounds.base, first, loss: ready, ctx };
  const boosted = await boost(rounds, course).finally(() => rounds.release());
  return new ForestModel(KIND, { ...boosted, columns: train.X.cols, scaling, base: 0 });
}

type Learned = Pick<BoostTask, 'loss' | 'shape' | 'y' | 'weights'>;

function classTask({ y, weights }: Sample, { task }: TargetScaling): Learned {
  return { loss: task === 'binary' ? 'logistic' : 'softmax', y, weights };
}

function numberTask({ shape }: GbdtParams, loss: NumberLoss, own: Sample, scaling: TargetScaling): Learned {
  const y = networkTarget(own.y, scaling);
  if (loss === 'mape') return { loss: 'absolute', y, weights: shareWeights(own) };
  // A distance is one of targets as they are, a level or a power is none.
  const told = shape === null ? undefined : loss === 'huber' ? shape / scaling.scale : shape;
  return { loss, shape: told, y, weights: own.weights };
}

/** A fitted model from its saved state: same bits. */
export function restoreGbdt(state: SavedState): Model {
  return restoreForest(KIND, state);
}
