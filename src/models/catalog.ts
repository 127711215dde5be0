/** @file Family -> estimator, preparation, portfolio of fixed settings and search space. */

import type { JsonObject, SavedState, TrainedFamily } from '../core/index.js';
import { checkData } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import type { Space } from '../search/index.js';
import { hp } from '../search/index.js';
import { dummy, restoreDummy } from './dummy.js';
import type { CatalogEntry, DataSize } from './entry.js';
import { lossOf, lossSpace, squaredOf, transformSpace, withTransforms } from './entry.js';
import type { Estimator, Model } from './estimator.js';
import { extraTreesEntry } from './extratrees/entry.js';
import { gbdtEntry } from './gbdt/entry.js';
import { knnEntry } from './knn/entry.js';
import { linear, restoreLinear } from './linear.js';
import { lrnn } from './lrnn.js';
import { mlp } from './mlp.js';
import { restoreNetwork } from './network.js';
import { atLevel, quantilesOf, restoreQuantiles } from './quantiles.js';
import type { TransformName } from './transform.js';
import { restoreTransformed, transformed } from './transformed.js';
import { xgboostEntry } from './xgboost/entry.js';

/**
 * Below so many rows numbers are predicted better by products of mixtures, with dropout, than by sixteen functions of every column, and
 * classes by an MLP of the columns themselves as well as by one of functions of them.
 */
const SMALL_TABLE = 500;
const EMBEDDED = { form: 'basis', hidden: 8, activation: 'tanh' };
const LRNN_FIRST = { projection: 'axis', rank: 48, hidden: 16, activation: 'tanh' };

const CATALOG: Readonly<Record<TrainedFamily, CatalogEntry>> = {
  dummy: {
    recipe: 'network',
    estimator: (params) => dummy(params),
    portfolio: () => [{}],
    space: null,
    weight: 1,
    holdsDirections: true,
    restore: (state) => restoreDummy(state),
  },
  linear: {
    recipe: 'network',
    estimator: (params) => linear(params),
    portfolio: (size) => withTransforms(size, [{ alpha: 1, ...linearLoss(size) }]),
    space: (size) => ({ alpha: hp.logRange(1e-3, 1e3), ...linearLoss(size), ...transformSpace(size) }),
    weight: 0.25,
    unfit: { quantile: 'it has no loss of quantiles' },
    restore: (state) => restoreLinear(state),
  },
  lrnn: {
    recipe: 'network',
    estimator: (params) => lrnn(params),
    portfolio: (size) => withTransforms(size, lrnnPortfolio(size)),
    space: (size) => ({ ...lrnnSpace(size), ...transformSpace(size) }),
    // A single layer in axis form has sizes of its own: those of the layers behind it are not there.
    dormant: [{ when: { depth: 1, first: 0 }, labels: ['rank', 'width', 'hidden', 'activation', 'sharing'] }],
    weight: 1,
    restore: restoreNetwork,
  },
  xgboost: xgboostEntry,
  knn: knnEntry,
  gbdt: gbdtEntry,
  extratrees: extraTreesEntry,
  mlp: {
    recipe: 'network',
    estimator: (params) => mlp(params),
    portfolio: (size) => withTransforms(size, mlpPortfolio(size)),
    space: (size) => ({ ...mlpSpace(size), ...transformSpace(size) }),
    weight: 1,
    restore: restoreNetwork,
  },
};

/** Counts through a logarithm: a straight line says less than none of some. */
function linearLoss(size: DataSize): { readonly loss?: 'poisson' } {
  return lossOf(size).loss === 'poisson' ? { loss: 'poisson' } : {};
}

/** The entry of one family. */
export function catalogEntry(family: TrainedFamily): CatalogEntry {
  return CATALOG[family];
}

/** What the table is made into for some settings of a family. */
export function recipeFor(family: TrainedFamily, { categories }: JsonObject): CatalogEntry['recipe'] | 'native' {
  return categories === 'native' ? 'native' : CATALOG[family].recipe;
}

/**
 * The estimator of a family's settings: of a changed target where they say so, and one for all levels where quantiles are asked for.
 */
export function estimatorFor(family: TrainedFamily, params: JsonObject, levels?: readonly number[]): Estimator {
  const { targetTransform = 'none', ...own } = params;
  const plain = (settings: JsonObject): Estimator => {
    const { estimator } = CATALOG[family];
    if (targetTransform === 'none') return estimator(settings);
    const isOfParts = settings['loss'] === 'mape';
    const made = estimator(isOfParts ? { ...settings, loss: 'absolute' } : settings);
    return transformed(made, targetTransform as TransformName, isOfParts);
  };
  return levels ? quantilesOf(levels, (level) => plain(atLevel(family, own, level))) : plain(own);
}

/** A model from its saved state; networks predict on `engine`. */
export function restoreModel(state: SavedState, engine: Engine): Model {
  if (state.kind === 'quantiles') return restoreQuantiles(state, (own) => restoreModel(own, engine));
  if (state.kind === 'transformed') return restoreTransformed(state, (own) => restoreModel(own, engine));
  const known = Object.hasOwn(CATALOG, state.kind);
  checkData(known, 'model', 'kind must be one that this version knows', state.kind);
  return CATALOG[state.kind as TrainedFamily].restore(state, engine);
}

/**
 * Products of functions of the columns first, once as noisy targets want it and once as smooth ones do; products of mixtures of
 * columns (first of all where few rows say what numbers to predict); a wide and coarse first layer; a single layer, which is readable.
 *
 * Source   docs/decisions/tabular-networks.md
 */
function lrnnPortfolio(size: DataSize): JsonObject[] {
  const { n, k } = size;
  const own = lossOf(size);
  const smooth = lrnnSettings({ dropout: 0, learningRate: 0.002, weightDecay: 0.13, ...own });
  // Squared errors whatever the metric: where no tail is long that is as good, and unlike the others.
  const noisy = lrnnSettings(squaredOf(size));
  const dense = {
    depth: 3,
    first: { projection: 'dense' },
    rank: 64,
    width: 2,
    learningRate: 0.004,
    weightDecay: 0.1,
    ...own,
  };
  const firsts =
    k > 1
      ? [noisy, lrnnSettings({ ...dense, dropout: 0.1 }), smooth]
      : n < SMALL_TABLE
        ? [lrnnSettings({ ...dense, dropout: 0.25 }), noisy, smooth]
        : [smooth, lrnnSettings({ ...dense, dropout: 0 }), noisy];
  return [
    ...firsts,
    lrnnSettings({
      first: { ...LRNN_FIRST, rank: 128, hidden: 4 },
      rank: 64,
      activation: 'tanh',
      weightDecay: 0.03,
      ...own,
    }),
    lrnnSettings({ depth: 1, first: { ...LRNN_FIRST, rank: 96 }, dropout: k === 1 ? 0 : 0.25, ...own }),
  ];
}

function lrnnSettings(changes: JsonObject): JsonObject {
  return {
    depth: 2,
    rank: 48,
    width: 4,
    hidden: 8,
    activation: 'silu',
    sharing: 'neuron',
    first: LRNN_FIRST,
    frequencyScale: 1.2,
    inputSkip: true,
    frontScale: true,
    dropout: 0.25,
    learningRate: 0.005,
    weightDecay: 0.05,
    ...changes,
  };
}

function lrnnSpace(size: DataSize): Space {
  const activations = ['silu', 'tanh', 'sin', 'relu', 'spder'];
  return {
    depth: hp.integer(1, 3),
    rank: hp.logInteger(16, 160),
    width: hp.integer(1, 8),
    hidden: hp.logInteger(4, 16),
    activation: hp.choice(activations),
    sharing: hp.choice(['neuron', 'basis', 'layer']),
    first: hp.choice([
      {
        projection: 'axis',
        rank: hp.logInteger(16, 128),
        hidden: hp.logInteger(4, 32),
        activation: hp.choice(['tanh', 'sin', 'silu']),
      },
      { projection: 'dense' },
    ]),
    frequencyScale: hp.logRange(0.4, 2.5),
    inputSkip: hp.choice([true, false]),
    frontScale: hp.choice([true, false]),
    dropout: hp.uniform(0, 0.45),
    learningRate: hp.logRange(0.0015, 0.012),
    weightDecay: hp.logRange(0.005, 0.25),
    ...lossSpace(size),
  };
}

/**
 * Of functions of every column as an LRNN's first layer has them and of the columns themselves: either wins on some tables, the
 * functions on most of classes with rows enough, so that they come first there.
 *
 * Source   docs/decisions/tabular-networks.md
 */
function mlpPortfolio(size: DataSize): JsonObject[] {
  const own = lossOf(size);
  const plain = mlpSettings(own);
  const embedded = mlpSettings({ width: 128, embedding: EMBEDDED, dropout: size.k === 1 ? 0.1 : 0.25, ...own });
  return [
    ...(size.k > 1 && size.n >= SMALL_TABLE ? [embedded, plain] : [plain, embedded]),
    mlpSettings({ depth: 3, activation: 'silu', dropout: 0.2, weightDecay: 0.05, ...own }),
    mlpSettings({ depth: 3, width: 128, dropout: 0, inputSkip: true, ...squaredOf(size) }),
  ];
}

function mlpSettings(changes: JsonObject): JsonObject {
  return {
    depth: 2,
    width: 192,
    activation: 'relu',
    embedding: { form: 'none' },
    inputSkip: false,
    frontScale: true,
    dropout: 0.1,
    learningRate: 0.002,
    weightDecay: 0.02,
    ...changes,
  };
}

function mlpSpace(size: DataSize): Space {
  return {
    depth: hp.integer(1, 4),
    width: hp.logInteger(32, 384),
    activation: hp.choice(['relu', 'silu', 'tanh']),
    embedding: hp.choice([
      { form: 'none' },
      { form: 'basis', hidden: hp.logInteger(4, 24), activation: hp.choice(['tanh', 'sin']) },
    ]),
    inputSkip: hp.choice([true, false]),
    frontScale: hp.choice([true, false]),
    dropout: hp.uniform(0, 0.5),
    learningRate: hp.logRange(0.0003, 0.01),
    weightDecay: hp.logRange(1e-4, 0.2),
    ...lossSpace(size),
  };
}
