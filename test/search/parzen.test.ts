import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import { type Distribution, scaleOf } from '../../src/search/distribution.js';
import { hp } from '../../src/search/index.js';
import { type Estimator, forgetting, numberEstimator, optionEstimator } from '../../src/search/parzen.js';

type Continuous = Exclude<Distribution, { name: 'randint' }>;

function estimatorOf(distribution: Distribution, values: number[]): Estimator {
  return numberEstimator(scaleOf(distribution as Continuous), values);
}

function integral(estimator: Estimator, low: number, high: number): number {
  const n = 4000;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const inner = low + ((i + 0.5) / n) * (high - low);
    sum += (Math.exp(estimator.logLikelihood(inner)) * (high - low)) / n;
  }
  return sum;
}

describe('forgetting', () => {
  it('weighs the last 25 fully and those before by age', () => {
    expect(forgetting(0)).to.deep.equal([]);
    expect(forgetting(25)).to.deep.equal(new Array(25).fill(1));
    expect(forgetting(26)[0]).to.be.closeTo(1 / 26, 1e-12);
    const weights = forgetting(50);
    expect(weights[0]).to.be.closeTo(0.02, 1e-12);
    expect(weights[12]).to.be.closeTo(0.51, 1e-12);
    expect(weights.slice(24)).to.deep.equal(new Array(26).fill(1));
  });
});

describe('numberEstimator', () => {
  const histories = [
    [],
    [0.4],
    [0, 0, 1],
    [0.9, 0.1, 0.5, 0.5, 0.52],
    Array.from({ length: 60 }, (_, i) => (i * 0.37) % 1),
  ];

  it('is a density over its bounds, for any history', () => {
    for (const values of histories) {
      expect(integral(estimatorOf(hp.uniform(0, 1), values), 0, 1)).to.be.closeTo(1, 1e-4);
      expect(integral(estimatorOf(hp.normal(0, 1), values), -12, 12)).to.be.closeTo(1, 1e-4);
    }
  });

  it('gives the steps probabilities that add up to one', () => {
    const sum = (distribution: Distribution, values: number[], steps: number[]): number =>
      steps.reduce((total, step) => total + Math.exp(estimatorOf(distribution, values).logLikelihood(step)), 0);
    const range = (count: number, from: number): number[] => Array.from({ length: count }, (_, i) => from + i);
    for (const values of histories) {
      const scaled = values.map((value) => 1 + Math.round(7 * value));
      expect(sum(hp.integer(1, 8), scaled, range(8, 1))).to.be.closeTo(1, 1e-9);
      expect(sum(hp.logInteger(1, 64), scaled, range(64, 1))).to.be.closeTo(1, 1e-9);
      expect(sum(hp.quniform(0, 1, 0.25), values, [0, 0.25, 0.5, 0.75, 1])).to.be.closeTo(1, 1e-9);
      expect(sum(hp.qnormal(0, 2, 1), scaled, range(101, -50))).to.be.closeTo(1, 1e-9);
      expect(sum(hp.qlognormal(0, 1, 1), scaled, range(5000, 0))).to.be.closeTo(1, 1e-3);
    }
  });

  it('draws as often as it says', () => {
    const estimator = estimatorOf(hp.logInteger(1, 16), [3, 3, 4, 12]);
    const counts = new Map<number, number>();
    const rng = new Rng(3);
    const n = 20_000;
    for (let i = 0; i < n; i++) {
      const value = estimator.draw(rng);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (let value = 1; value <= 16; value++) {
      const p = Math.exp(estimator.logLikelihood(value));
      expect(Math.abs((counts.get(value) ?? 0) - n * p), String(value)).to.be.below(5 * Math.sqrt(n * p));
    }
  });

  it('is the prior without history and peaks where the values lie', () => {
    const prior = estimatorOf(hp.uniform(0, 1), []);
    expect(prior.logLikelihood(0.5) - prior.logLikelihood(0)).to.be.closeTo(0.125, 1e-9);
    const peaked = estimatorOf(hp.uniform(0, 1), [0.2, 0.21, 0.2, 0.19]);
    expect(peaked.logLikelihood(0.2)).to.be.above(peaked.logLikelihood(0.8) + 1);
  });

  it('stays finite for values on the bounds, outside them and at zero', () => {
    for (const value of [1e-6, 10, 1e-9, 100, 0]) {
      expect(estimatorOf(hp.logRange(1e-6, 10), [value]).logLikelihood(value)).to.satisfy(Number.isFinite);
    }
    const steps = estimatorOf(hp.qlognormal(0, 2, 1), [0, 1]);
    expect(steps.logLikelihood(0)).to.satisfy(Number.isFinite);
    expect(steps.logLikelihood(1e6)).to.satisfy(Number.isFinite);
  });
});

describe('optionEstimator', () => {
  it('adds one to every count', () => {
    const estimator = optionEstimator(3, [2, 2, 0]);
    const p = [0, 1, 2].map((option) => Math.exp(estimator.logLikelihood(option)));
    [2 / 6, 1 / 6, 3 / 6].forEach((expected, i) => expect(p[i]).to.be.closeTo(expected, 1e-12));
  });

  it('draws as often as it says, and forgets old trials', () => {
    const values = [...new Array<number>(40).fill(0), ...new Array<number>(20).fill(1)];
    const estimator = optionEstimator(3, values);
    const rng = new Rng(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[estimator.draw(rng)]++;
    counts.forEach((count, option) => {
      const p = Math.exp(estimator.logLikelihood(option));
      expect(Math.abs(count - 20_000 * p)).to.be.below(5 * Math.sqrt(20_000 * p));
    });
    expect(estimator.logLikelihood(0) - estimator.logLikelihood(1)).to.be.below(Math.log(41 / 21));
  });

  it('takes four billion options for no more than two', () => {
    const estimator = optionEstimator(2 ** 32, [7]);
    expect(estimator.draw(new Rng(0))).to.be.within(0, 2 ** 32 - 1);
    expect(estimator.logLikelihood(7)).to.be.above(estimator.logLikelihood(8));
  });
});
