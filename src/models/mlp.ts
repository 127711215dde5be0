/**
 * @file The MLP baseline: the same loop, preparation, front scale and, where asked for, functions of every column in front as the
 * LRNN, so that the comparison is about the layers.
 */

import { check } from '../core/index.js';
import type { Activation, DenseLayerSpec } from '../engine/index.js';
import { initialise } from '../engine/index.js';
import type { Estimator, NetworkRecipe } from './estimator.js';
import { knotsFor } from './knots.js';
import { requireLoss } from './loss-params.js';
import type { TrainingParams } from './network.js';
import { fitNetwork, TRAINING_DEFAULTS } from './network.js';

/**
 * What the first layer sees of a column. 'none': itself. 'basis': `hidden` functions of it, tanh at its quantiles or sin of random
 * frequencies, which learn along: an embedding of numbers.
 *
 * Source   Gorishniy et al. 2022, On Embeddings for Numerical Features in Tabular Deep Learning (https://arxiv.org/abs/2203.05556)
 */
export type Embedding =
  { readonly form: 'none' } | { readonly form: 'basis'; readonly hidden: number; readonly activation: Activation };

export interface MlpParams extends TrainingParams {
  readonly depth: number;
  readonly width: number;
  readonly activation: Activation;
  readonly embedding: Embedding;
  /** Standard deviation of the first frequencies of an embedding. */
  readonly frequencyScale: number;
  readonly inputSkip: boolean;
  readonly frontScale: boolean;
}

export const MLP_DEFAULTS: MlpParams = {
  ...TRAINING_DEFAULTS,
  learningRate: 0.002,
  depth: 2,
  width: 192,
  activation: 'relu',
  embedding: { form: 'none' },
  frequencyScale: 1.2,
  inputSkip: false,
  frontScale: true,
};

/** Multilayer perceptron: `depth` layers of `width` units, trained by AdamW with early stopping. */
export function mlp(params: Partial<MlpParams> = {}): Estimator<MlpParams> {
  const full = { ...MLP_DEFAULTS, ...params };
  check(full.depth >= 1 && full.width >= 1, 'mlp', 'depth and width must be at least 1', [full.depth, full.width]);
  requireLoss('mlp', full);
  const recipe: NetworkRecipe = {
    kind: 'mlp',
    training: full,
    spec: (inputs, outputs) => ({
      kind: 'mlp',
      inputs,
      outputs,
      inputSkip: full.inputSkip,
      frontScale: full.frontScale,
      layers: mlpLayers(full),
    }),
    initialWeights: (spec, train, rng) =>
      initialise(spec, rng, { frequencyScale: full.frequencyScale, knots: knotsFor(spec, train) }),
  };
  return {
    kind: 'mlp',
    params: full,
    fit: (train, ctx) => fitNetwork(recipe, train, ctx),
    network: recipe,
  };
}

function mlpLayers({ depth, width, activation, embedding }: MlpParams): DenseLayerSpec[] {
  const layers: DenseLayerSpec[] = Array.from({ length: depth }, () => ({ width, activation }));
  if (embedding.form === 'none') return layers;
  // One by one: settings from a portfolio and from a search may name them in another order.
  const basis = { hidden: embedding.hidden, activation: embedding.activation };
  return [{ ...layers[0], basis }, ...layers.slice(1)];
}
