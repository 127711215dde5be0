/** @file The one file that knows hpjs (npm: hyperparameters): a draw from each distribution of a nested expression. */

import { RandomState, sample } from 'hyperparameters';

/**
 * The expression with every distribution replaced by one draw.
 *
 * Random   `seed` alone decides: same seed, same draws
 */
export function drawExpression(expression: object, seed: number): unknown {
  return sample.randomSample(expression, { rng: new RandomState(seed) });
}
