/** @file The LRNN (deep low-rank separated neural network) as an estimator: rank, depth, width and the form of its first layer. */

import { check } from '../core/index.js';
import type { Activation, LrnnSpec, ProductLayerSpec, Sharing } from '../engine/index.js';
import { initialise } from '../engine/index.js';
import type { Estimator, NetworkRecipe } from './estimator.js';
import { knotsFor } from './knots.js';
import { requireLoss } from './loss-params.js';
import type { TrainingParams } from './network.js';
import { fitNetwork, TRAINING_DEFAULTS } from './network.js';

/** 'dense': like the other layers. 'axis': products of functions of the columns themselves, one shared basis per column. */
export type FirstLayer =
  | { readonly projection: 'dense' }
  | { readonly projection: 'axis'; readonly rank: number; readonly hidden: number; readonly activation: Activation };

export interface LrnnParams extends TrainingParams {
  /** Product layers, 1 to 4 or more. */
  readonly depth: number;
  /** Neurons of a layer: the separation rank. */
  readonly rank: number;
  /** Factors of a dense neuron's product. */
  readonly width: number;
  /** Size of each univariate function. */
  readonly hidden: number;
  readonly activation: Activation;
  readonly sharing: Sharing;
  /** The first layer; later layers are dense with the sizes above. */
  readonly first: FirstLayer;
  /** Standard deviation of the first frequencies omega. */
  readonly frequencyScale: number;
  readonly inputSkip: boolean;
  readonly frontScale: boolean;
}

export const LRNN_DEFAULTS: LrnnParams = {
  ...TRAINING_DEFAULTS,
  depth: 2,
  rank: 48,
  width: 4,
  hidden: 8,
  activation: 'silu',
  sharing: 'neuron',
  first: { projection: 'axis', rank: 48, hidden: 16, activation: 'tanh' },
  frequencyScale: 1.2,
  inputSkip: true,
  frontScale: true,
};

/** Deep LRNN: `depth` product layers, trained by AdamW with early stopping. */
export function lrnn(params: Partial<LrnnParams> = {}): Estimator<LrnnParams> {
  const full = { ...LRNN_DEFAULTS, ...params };
  const { first } = full;
  const own = first.projection === 'axis' ? [first.rank, first.hidden] : [];
  const sizes = [full.depth, full.rank, full.width, full.hidden, ...own];
  check(Math.min(...sizes) >= 1, 'lrnn', 'depth, rank, width and hidden must be at least 1', sizes);
  requireLoss('lrnn', full);
  const recipe: NetworkRecipe = {
    kind: 'lrnn',
    training: full,
    spec: (inputs, outputs) => lrnnSpec(full, inputs, outputs),
    initialWeights: (spec, train, rng) =>
      initialise(spec, rng, { frequencyScale: full.frequencyScale, knots: knotsFor(spec, train) }),
  };
  return {
    kind: 'lrnn',
    params: full,
    fit: (train, ctx) => fitNetwork(recipe, train, ctx),
    network: recipe,
  };
}

function lrnnSpec(params: LrnnParams, inputs: number, outputs: number): LrnnSpec {
  const { rank, width, hidden, activation, sharing } = params;
  const dense: ProductLayerSpec = { rank, width, hidden, activation, projection: 'dense', sharing };
  const { first } = params;
  // Its sizes one by one: settings from a portfolio and from a search may name them in another order.
  const head: ProductLayerSpec =
    first.projection === 'axis'
      ? {
          rank: first.rank,
          width: inputs,
          hidden: first.hidden,
          activation: first.activation,
          projection: 'axis',
          sharing: 'basis',
        }
      : dense;
  const layers = [head, ...Array.from({ length: params.depth - 1 }, () => dense)];
  return { kind: 'lrnn', inputs, outputs, inputSkip: params.inputSkip, frontScale: params.frontScale, layers };
}
