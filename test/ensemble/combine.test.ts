import { expect } from 'chai';

import { matrixFrom } from '../../src/core/index.js';
import type { Combination } from '../../src/ensemble/index.js';
import { blendPredictions, Mixture, requireCombination } from '../../src/ensemble/index.js';

describe('blendPredictions of a stack', () => {
  it('adds weighted numbers and the offset', () => {
    const members = [matrixFrom([[1], [2]]), matrixFrom([[10], [-4]])];
    const { data } = blendPredictions([0.5, 0.25], members, { method: 'sum', offset: 3 });
    expect(Array.from(data)).to.deep.equal([6, 3]);
  });

  it('multiplies probabilities, each to the power of its weight, and makes them sum to 1', () => {
    const members = [matrixFrom([[0.2, 0.3, 0.5]]), matrixFrom([[0.6, 0.3, 0.1]])];
    const { data } = blendPredictions([2, 0.5], members, { method: 'softmax' });
    const powers = [0.2 ** 2 * 0.6 ** 0.5, 0.3 ** 2 * 0.3 ** 0.5, 0.5 ** 2 * 0.1 ** 0.5];
    const sum = powers[0] + powers[1] + powers[2];
    powers.forEach((power, c) => expect(data[c]).to.be.closeTo(power / sum, 1e-7));
  });

  it('takes no probability below 1e-5, so that no member can rule a class out', () => {
    const { data } = blendPredictions([1], [matrixFrom([[0, 1]])], { method: 'softmax' });
    expect(data[0]).to.be.closeTo(1e-5 / (1 + 1e-5), 1e-11);
  });

  it('averages the models of a member before their logarithm is taken', () => {
    const mixture = new Mixture(2, 2, { method: 'softmax' });
    mixture.addModel(Float32Array.of(0.1, 0.9), 3, 2);
    mixture.addModel(Float32Array.of(0.5, 0.5), 3, 2);
    mixture.endMember(3);
    const out = new Float32Array(2);
    mixture.finish(out);
    expect(out[0]).to.be.closeTo(0.3 ** 3 / (0.3 ** 3 + 0.7 ** 3), 1e-7);
  });
});

describe('requireCombination', () => {
  const refused = (combine: unknown, k: number, weights: number[], message: string) =>
    expect(() => requireCombination(combine as Combination, k, weights)).to.throw(message);

  it('passes what stacks are made of', () => {
    requireCombination({ method: 'sum', offset: -2 }, 1, [0, 1.5]);
    requireCombination({ method: 'softmax' }, 3, [0.2, 0.3]);
  });

  it('refuses everything else', () => {
    refused({ method: 'softmax' }, 1, [1], 'model: the combination must be sum, got "softmax".');
    refused({ method: 'sum', offset: 0 }, 2, [1], 'model: the combination must be softmax, got "sum".');
    refused({}, 2, [1], 'model: the combination must be softmax, got null.');
    refused({ method: 'sum', offset: null }, 1, [1], 'model: the offset must be a finite number, got null.');
    refused({ method: 'softmax' }, 2, [1, -0.5], 'model: weights of a stack must be finite and at least 0, got -0.5.');
  });
});
