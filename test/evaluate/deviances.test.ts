import { expect } from 'chai';
import fc from 'fast-check';

import { createMatrix, matrixFrom } from '../../src/core/index.js';
import { metricFor } from '../../src/evaluate/index.js';

interface Row {
  readonly y: number;
  readonly p: number;
  readonly w: number;
}

const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
const row = fc.record({ y: positive, p: positive, w: fc.integer({ min: 0, max: 4 }) });
const rows = fc.array(row, { minLength: 1, maxLength: 20 }).filter((some) => some.some(({ w }) => w > 0));

function score(name: string, some: readonly Row[], weighted = true): number {
  const weights = weighted ? Float64Array.from(some, ({ w }) => w) : undefined;
  const y = Float64Array.from(some, (one) => one.y);
  return metricFor(name, 'regression').compute(y, matrixFrom(some.map(({ p }) => [p])), weights);
}

/** The mean of a term, each row as often as its weight says, of predictions as float32 has them. */
function slow(some: readonly Row[], term: (y: number, p: number) => number): number {
  const terms = some.flatMap(({ y, p, w }) => Array.from({ length: w }, () => term(y, Math.fround(p))));
  return terms.reduce((sum, value) => sum + value, 0) / terms.length;
}

/** Twice the loss of log likelihood by its definition: the integral of (y - t) / variance(t) from the prediction to y, by Simpson's rule. */
function integrated(power: number): (y: number, p: number) => number {
  return (y, p) => {
    const steps = 4000;
    // In the logarithm of t, so that a wide range of it is even.
    const [from, to] = [Math.log(p), Math.log(y)];
    const at = (i: number): number => {
      const t = Math.exp(from + ((to - from) * i) / steps);
      return ((y - t) / t ** power) * t;
    };
    let sum = at(0) + at(steps);
    for (let i = 1; i < steps; i++) sum += (i % 2 ? 4 : 2) * at(i);
    return (2 * sum * (to - from)) / steps / 3;
  };
}

const close = (a: number, b: number, title: string): void => {
  expect(Math.abs(a - b), `${title}: ${a}, ${b}`).to.be.at.most(1e-6 * Math.max(1, Math.abs(b)));
};

describe('scores of numbers that are means over rows', () => {
  it('are what their definitions say, by loops that are slow and obvious', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 99 }), (some, percent) => {
        const level = percent / 100;
        const pin = (y: number, p: number): number => Math.max(level * (y - p), (level - 1) * (y - p));
        close(score(`pinball_${level}`, some), slow(some, pin), 'pinball');
        const logs = (y: number, p: number): number => (Math.log(1 + y) - Math.log(1 + p)) ** 2;
        close(score('rmsle', some), Math.sqrt(slow(some, logs)), 'rmsle');
      }),
    );
  });

  it('are deviances: the integral of (y - t) / variance(t) between prediction and truth', () => {
    const power = fc.integer({ min: 11, max: 19 }).map((tenth) => tenth / 10);
    fc.assert(
      fc.property(rows, power, (some, p) => {
        close(score('poisson_deviance', some), slow(some, integrated(1)), 'poisson');
        close(score('gamma_deviance', some), slow(some, integrated(2)), 'gamma');
        close(score(`tweedie_deviance_${p}`, some), slow(some, integrated(p)), `tweedie ${p}`);
        expect(score('tweedie_deviance', some)).to.equal(score('tweedie_deviance_1.5', some));
      }),
      { numRuns: 30 },
    );
  });

  it('are 0 where every prediction is the target, and above 0 else', () => {
    for (const name of ['rmsle', 'pinball_0.3', 'poisson_deviance', 'gamma_deviance', 'tweedie_deviance']) {
      expect(score(name, [{ y: 2.5, p: 2.5, w: 1 }]), name).to.be.closeTo(0, 1e-12);
      expect(score(name, [{ y: 2.5, p: 3, w: 1 }]), name).to.be.greaterThan(0.001);
    }
  });

  it('judge new targets, not those of the call before', () => {
    const predictions = matrixFrom([[1], [2]]);
    const scorer = metricFor('rmsle', 'regression').scorer(predictions);
    expect(scorer(Float64Array.of(1, 2))).to.equal(0);
    expect(scorer(Float64Array.of(1, 5))).to.be.closeTo(Math.log(2) / Math.sqrt(2), 1e-12);
    expect(scorer(Float64Array.of(1, 5), Float64Array.of(1, 0))).to.equal(0);
  });

  it('take a target of 0, and predictions of 0 and below', () => {
    const zero = [{ y: 0, p: 0.5, w: 1 }];
    expect(score('poisson_deviance', zero)).to.equal(1);
    expect(score('tweedie_deviance', zero)).to.be.closeTo(4 * Math.sqrt(0.5), 1e-12);
    expect(score('rmsle', [{ y: Math.E - 1, p: -3, w: 1 }])).to.be.closeTo(1, 1e-12);
    for (const name of ['poisson_deviance', 'gamma_deviance', 'tweedie_deviance']) {
      const [low, none] = [-1, 0].map((p) => score(name, [{ y: 1, p, w: 1 }]));
      expect(low, name).to.equal(none).and.to.be.greaterThan(60).and.to.be.finite;
    }
  });

  it('have no value without rows', () => {
    const metric = metricFor('gamma_deviance', 'regression');
    expect(metric.compute(new Float64Array(0), createMatrix(0, 1))).to.be.NaN;
  });

  it('are a quantile at its least: no other constant has a smaller pinball loss', () => {
    const y = [1, 2, 3, 4, 10];
    const at = (p: number): number =>
      score(
        'pinball_0.75',
        y.map((value) => ({ y: value, p, w: 1 })),
      );
    for (const other of [1, 2, 3, 3.5, 4.5, 10]) expect(at(4)).to.be.lessThan(at(other));
  });
});
