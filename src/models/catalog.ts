/** @file Family -> estimator, preparation, portfolio of fixed settings and search space. */

import type { JsonObject, SavedState, TrainedFamily } from '../core/index.js';
import { checkData } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import type { Dormant, Space } from '../search/index.js';
import { hp } from '../search/index.js';
import { dummy, restoreDummy } from './dummy.js';
import type { Estimator, Model } from './estimator.js';
import { linear, restoreLinear } from './linear.js';
import { lrnn } from './lrnn.js';
import { mlp } from './mlp.js';
import { restoreNetwork } from './network.js';
import { restoreXgboost, xgboost } from './xgboost/xgboost.js';

/** What portfolios and spaces may look at. */
export interface DataSize {
  /** Rows. */
  readonly n: number;
  /** Feature columns before preparation. */
  readonly d: number;
  /** Classes; 1 for regression. */
  readonly k: number;
}

export interface CatalogEntry {
  /** What the table is made into: scaled and complete numbers, or raw ones with gaps. */
  readonly recipe: 'network' | 'tree';
  readonly estimator: (params: JsonObject) => Estimator;
  /** Tried first, in this order; same keys as the space, so that the search learns from them. */
  readonly portfolio: (size: DataSize) => readonly JsonObject[];
  /** Searched after the portfolio; null: there is nothing to search. */
  readonly space: ((size: DataSize) => Space) | null;
  /** Where parameters of the space change nothing. */
  readonly dormant?: readonly Dormant[];
  /** Share of the trials, relative to the other families. */
  readonly weight: number;
  readonly restore: (state: SavedState, engine: Engine) => Model;
}

/** A round of boosting grows a tree per class: with more classes than this, fewer and larger steps are the better use of time. */
const MANY_CLASSES = 10;
const MAX_TREES_OF_MANY = 6000;

const LRNN_FIRST = { projection: 'axis', rank: 48, hidden: 16, activation: 'tanh' };

const CATALOG: Readonly<Record<TrainedFamily, CatalogEntry>> = {
  dummy: {
    recipe: 'network',
    estimator: () => dummy(),
    portfolio: () => [{}],
    space: null,
    weight: 1,
    restore: (state) => restoreDummy(state),
  },
  linear: {
    recipe: 'network',
    estimator: (params) => linear(params),
    portfolio: () => [{ alpha: 1 }],
    space: () => ({ alpha: hp.logRange(1e-3, 1e3) }),
    weight: 0.25,
    restore: (state) => restoreLinear(state),
  },
  lrnn: {
    recipe: 'network',
    estimator: (params) => lrnn(params),
    portfolio: lrnnPortfolio,
    space: lrnnSpace,
    // A single layer in axis form has sizes of its own: those of the layers behind it are not there.
    dormant: [{ when: { depth: 1, first: 0 }, labels: ['rank', 'width', 'hidden', 'activation', 'sharing'] }],
    weight: 1,
    restore: restoreNetwork,
  },
  xgboost: {
    recipe: 'tree',
    estimator: (params) => xgboost(params),
    portfolio: ({ k }) => {
      const haste = k > MANY_CLASSES ? 2.5 : 1;
      return [
        xgboostSettings(k, { learningRate: haste * 0.08 }),
        // Deep trees on few rows and columns each: nearest to a forest, and unlike the others.
        xgboostSettings(k, {
          maxDepth: 14,
          learningRate: haste * 0.03,
          subsample: 0.5,
          colsampleByLevel: 0.4,
          minChildWeight: 0.5,
          regLambda: 0.5,
        }),
        xgboostSettings(k, { maxDepth: 4, learningRate: haste * 0.05, regLambda: 2 }),
      ];
    },
    space: xgboostSpace,
    weight: 1,
    restore: (state) => restoreXgboost(state),
  },
  mlp: {
    recipe: 'network',
    estimator: (params) => mlp(params),
    portfolio: () => [
      mlpSettings({}),
      mlpSettings({ depth: 3, activation: 'silu', dropout: 0.2, weightDecay: 0.05 }),
      mlpSettings({ depth: 3, width: 128, dropout: 0, inputSkip: true }),
    ],
    space: mlpSpace,
    weight: 1,
    restore: restoreNetwork,
  },
};

/** The entry of one family. */
export function catalogEntry(family: TrainedFamily): CatalogEntry {
  return CATALOG[family];
}

/** A model from its saved state; networks predict on `engine`. */
export function restoreModel(state: SavedState, engine: Engine): Model {
  const known = Object.hasOwn(CATALOG, state.kind);
  checkData(known, 'model', 'kind must be one that this version knows', state.kind);
  return CATALOG[state.kind as TrainedFamily].restore(state, engine);
}

/**
 * Products of functions of the columns first, once as noisy targets want it and once as smooth ones do; products of mixtures of
 * columns; a wide and coarse first layer; a single layer, which is readable.
 *
 * Source   docs/decisions/tabular-networks.md
 */
function lrnnPortfolio({ k }: DataSize): JsonObject[] {
  const smooth = lrnnSettings({ dropout: 0, learningRate: 0.002, weightDecay: 0.13 });
  const noisy = lrnnSettings({});
  const dense = { depth: 3, first: { projection: 'dense' }, rank: 64, width: 2, learningRate: 0.004, weightDecay: 0.1 };
  return [
    ...(k === 1 ? [smooth] : [noisy]),
    lrnnSettings({ ...dense, dropout: k === 1 ? 0 : 0.1 }),
    ...(k === 1 ? [noisy] : [smooth]),
    lrnnSettings({ first: { ...LRNN_FIRST, rank: 128, hidden: 4 }, rank: 64, activation: 'tanh', weightDecay: 0.03 }),
    lrnnSettings({ depth: 1, first: { ...LRNN_FIRST, rank: 96 }, dropout: k === 1 ? 0 : 0.25 }),
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

function lrnnSpace(): Space {
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
  };
}

function mlpSettings(changes: JsonObject): JsonObject {
  return {
    depth: 2,
    width: 192,
    activation: 'relu',
    inputSkip: false,
    frontScale: true,
    dropout: 0.1,
    learningRate: 0.002,
    weightDecay: 0.02,
    ...changes,
  };
}

function mlpSpace(): Space {
  return {
    depth: hp.integer(1, 4),
    width: hp.logInteger(32, 384),
    activation: hp.choice(['relu', 'silu', 'tanh']),
    inputSkip: hp.choice([true, false]),
    frontScale: hp.choice([true, false]),
    dropout: hp.uniform(0, 0.5),
    learningRate: hp.logRange(0.0003, 0.01),
    weightDecay: hp.logRange(1e-4, 0.2),
  };
}

/** Rounds at most: early stopping ends nearly all fits before, but for many classes, where a round costs a tree each. */
function roundsFor(k: number): number {
  return k > MANY_CLASSES ? Math.ceil(MAX_TREES_OF_MANY / k) : 1000;
}

function xgboostSettings(k: number, changes: JsonObject): JsonObject {
  return {
    rounds: roundsFor(k),
    maxDepth: 6,
    learningRate: 0.08,
    subsample: 0.7,
    colsampleByLevel: 0.9,
    minChildWeight: 1,
    regLambda: 1,
    regAlpha: 0.0001,
    ...changes,
  };
}

function xgboostSpace({ k }: DataSize): Space {
  return {
    rounds: roundsFor(k),
    maxDepth: hp.integer(3, 14),
    // Slower than this, a thousand rounds are too few.
    learningRate: hp.logRange(0.02, 0.3),
    subsample: hp.uniform(0.4, 1),
    colsampleByLevel: hp.uniform(0.3, 1),
    minChildWeight: hp.logRange(0.001, 20),
    regLambda: hp.logRange(1e-4, 5),
    regAlpha: hp.logRange(1e-4, 5),
  };
}
