/** @file The MLP baseline: the same loop, preparation and front scale as the LRNN, so that the comparison is about the layers. */

import { check } from '../core/index.js';
import type { Activation } from '../engine/index.js';
import { initialise } from '../engine/index.js';
import type { Estimator, NetworkRecipe } from './estimator.js';
import type { TrainingParams } from './network.js';
import { fitNetwork, TRAINING_DEFAULTS } from './network.js';

export interface MlpParams extends TrainingParams {
  readonly depth: number;
  readonly width: number;
  readonly activation: Activation;
  readonly inputSkip: boolean;
  readonly frontScale: boolean;
}

export const MLP_DEFAULTS: MlpParams = {
  ...TRAINING_DEFAULTS,
  learningRate: 0.002,
  depth: 2,
  width: 192,
  activation: 'relu',
  inputSkip: false,
  frontScale: true,
};

/** Multilayer perceptron: `depth` layers of `width` units, trained by AdamW with early stopping. */
export function mlp(params: Partial<MlpParams> = {}): Estimator<MlpParams> {
  const full = { ...MLP_DEFAULTS, ...params };
  check(full.depth >= 1 && full.width >= 1, 'mlp', 'depth and width must be at least 1', [full.depth, full.width]);
  const recipe: NetworkRecipe = {
    kind: 'mlp',
    training: full,
    spec: (inputs, outputs) => ({
      kind: 'mlp',
      inputs,
      outputs,
      inputSkip: full.inputSkip,
      frontScale: full.frontScale,
      layers: Array.from({ length: full.depth }, () => ({ width: full.width, activation: full.activation })),
    }),
    initialWeights: (spec, _train, rng) => initialise(spec, rng),
  };
  return {
    kind: 'mlp',
    params: full,
    fit: (train, ctx) => fitNetwork(recipe, train, ctx),
    network: recipe,
  };
}
