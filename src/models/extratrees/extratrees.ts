/** @file Extremely randomised trees, averaged, as an estimator. */

import type { SavedState } from '../../core/index.js';
import { check, checkData, pacer } from '../../core/index.js';
import type { ForestTask, Tree } from '../../trees/index.js';
import { binValues, ExtraGrower, extraTree, leafTree, plantForest, takePart } from '../../trees/index.js';
import { binnedSample, withRoom } from '../binned.js';
import type { Estimator, FitContext, Model, Sample } from '../estimator.js';
import type { ForestKind } from '../forest-model.js';
import { ForestModel, restoreForest } from '../forest-model.js';
import { requireSample } from '../input.js';
import { shareWeights } from '../number-loss.js';
import { fitTargetScaling, networkTarget, outputCount } from '../target.js';
import type { ExtraTreesParams, LeafLoss } from './params.js';
import { columnsPerNode, EXTRATREES_DEFAULTS, requireParams } from './params.js';

const KIND: ForestKind = { kind: 'extratrees', version: 1, says: 'probabilities', isPacked: true };
const RULES = { missing: true };

/**
 * The mean of trees whose splits are drawn at random, and the best of a few draws kept: there is nothing to stop early, and no
 * validation row is looked at. A time limit ends the forest after the tree in which it passes.
 *
 * One tree more says the shares of the classes of all rows: no class that was seen is impossible anywhere.
 *
 * Missing  NaN in X goes to a side that each split draws. Infinity is refused
 * Random   draws from ctx.seed only: same seed, same bits, on every machine
 * Abort    between trees
 * Source   Geurts, Ernst & Wehenkel 2006
 */
export function extratrees(params: Partial<ExtraTreesParams> = {}): Estimator<ExtraTreesParams> {
  const full = { ...EXTRATREES_DEFAULTS, ...params };
  requireParams(full);
  return { kind: KIND.kind, params: full, fit: (train, ctx) => fitExtraTrees(full, train, ctx) };
}

async function fitExtraTrees(params: ExtraTreesParams, train: Sample, ctx: FitContext): Promise<Model> {
  const until = performance.now() + (ctx.limitMs ?? Infinity);
  ctx.signal?.throwIfAborted();
  requireSample(KIND.kind, train, ctx.task, ctx.k, RULES);
  checkData(train.X.cols > 0, 'extratrees.fit', 'X must have at least one column', 0);
  const isOfNumbers = ctx.task === 'regression' || params.loss === 'squared';
  check(isOfNumbers, 'extratrees.fit', 'loss must be squared where classes are predicted', params.loss);
  const scaling = fitTargetScaling(train, ctx.task, ctx.k);
  const outputs = outputCount(scaling);
  // A leaf of rows that weigh nothing would say nothing.
  const counted = { ...train, rows: train.rows.filter((row) => train.weights?.[row] !== 0) };
  const { sample: own, table } = binnedSample(counted, params.maxBin);
  const task = { ...taskOf(own, params.loss), y: networkTarget(own.y, scaling), outputs };
  const values = binValues(own.X, table, own.rows);
  const asked = { columnsPerNode: columnsPerNode(params, own.X.cols), minLeaf: params.minLeaf, minSplit: 2 };
  const grower = withRoom(table, (one) => new ExtraGrower(one, task, values, asked));
  const wanted = ctx.stopAt?.rounds ?? params.trees;
  const grown: Tree[] = [];
  const pause = pacer(ctx.signal);
  try {
    while (grown.length < wanted && (grown.length === 0 || performance.now() < until)) {
      const tree = grower.grow(ExtraGrower.seedOf(ctx.seed, grown.length));
      grown.push(extraTree(tree, table, outputs));
      await pause();
    }
  } finally {
    grower.release();
  }
  const prior = ctx.task === 'regression' ? [] : [sharesTree(task, grown.length + 1)];
  const count = grown.length + prior.length;
  for (const tree of grown) takePart(tree, count);
  const forest = plantForest([...grown, ...prior], outputs);
  const notes = grown.length < wanted ? [`grew ${grown.length} trees instead of ${wanted}, as time was short`] : [];
  const report = { parameters: forest.feature.length, bestStep: grown.length, curve: [], notes };
  return new ForestModel(KIND, { forest, columns: train.X.cols, scaling, base: 0, report });
}

/** The mean of medians is not the median of all leaves' rows, but says as much, and a forest of numbers it is. */
function taskOf(own: Sample, loss: LeafLoss): Pick<ForestTask, 'train' | 'weights' | 'medians'> {
  const { rows: train, weights, y } = own;
  if (loss === 'squared') return { train, weights };
  return {
    train,
    weights,
    medians: loss === 'mape' ? shareWeights(own) : (weights ?? new Float32Array(y.length).fill(1)),
  };
}

/** A tree of one leaf that says the shares of the classes; of two, that of the second. */
function sharesTree({ y, outputs, weights, train }: ForestTask, trees: number): Tree {
  const sums = new Float64Array(Math.max(2, outputs));
  for (const row of train) sums[y[row]] += weights ? weights[row] : 1;
  const total = sums.reduce((sum, weight) => sum + weight, 0);
  const parts = Float32Array.from(sums, (sum) => sum / total / trees);
  return outputs === 1 ? leafTree(parts[1]) : { ...leafTree(0), vectors: parts };
}

/** A fitted model from its saved state: same bits. */
export function restoreExtraTrees(state: SavedState): Model {
  return restoreForest(KIND, state);
}
