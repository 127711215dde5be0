import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, createMatrix } from '../../src/core/index.js';
import { metricNames, METRICS } from '../../src/evaluate/index.js';
import type { NumberLoss } from '../../src/models/number-loss.js';
import { leastSize, lossOfMetric, NUMBER_LOSSES, numberLoss } from '../../src/models/number-loss.js';
import { lossAt } from '../../src/trees/loss-reference.js';

const SHAPES: Partial<Record<NumberLoss, number>> = { huber: 0.75, quantile: 0.2, tweedie: 1.3, mape: 0.01 };
const PLAIN = { task: 'regression', k: 1, mean: 0, scale: 1, low: -Infinity, high: Infinity } as const;

describe('a loss of numbers', () => {
  it('is what the trees make smaller, in the units of the scaling', () => {
    const [scores, targets] = [
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: 0.01, max: 9, noNaN: true }),
    ];
    for (const name of NUMBER_LOSSES) {
      if (name === 'mape') continue;
      const shape = SHAPES[name] ?? 0;
      const isLog = ['poisson', 'gamma', 'tweedie'].includes(name);
      const scaling = isLog ? ({ ...PLAIN, scale: 4, link: 'log' } as const) : { ...PLAIN, mean: 2, scale: 4 };
      fc.assert(
        fc.property(scores, targets, (score, y) => {
          const point = { score, y: (y - scaling.mean) / 4, weight: name === 'squared' ? 2 : 1 };
          expect(numberLoss({ name, shape }, score, y, scaling)).to.be.closeTo(lossAt(name, shape, point), 1e-9);
        }),
      );
    }
  });

  it('of a metric puts predictions in the order of the metric', () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: -50, max: 50 })), {
      minLength: 1,
    });
    const named = metricNames('regression').filter(
      (metric) => lossOfMetric(metric) !== undefined && metric !== 'medae' && metric !== 'r2',
    );
    expect(named).to.deep.equal(['rmse', 'mae', 'mape']);
    for (const metric of named) {
      const loss = { name: lossOfMetric(metric)!, shape: 0.001 };
      fc.assert(
        fc.property(rows, (pairs) => {
          const y = Float32Array.from(pairs, ([target]) => target);
          const mean =
            pairs.reduce((sum, [target, score]) => sum + numberLoss(loss, score, target, PLAIN), 0) / y.length;
          const said = createMatrix(y.length, 1);
          said.data.set(pairs.map(([, score]) => score));
          const value = METRICS[metric].compute(y, said);
          expect(mean).to.be.closeTo(metric === 'rmse' ? value ** 2 : value, 1e-9 * (1 + mean));
        }),
      );
    }
  });

  it('counts errors of the logarithm as those of what it stands for', () => {
    const scaling = { ...PLAIN, scale: 10, link: 'log' } as const;
    expect(numberLoss({ name: 'absolute', shape: 0 }, Math.log(3), 20, scaling)).to.be.closeTo(1, 1e-12);
    expect(numberLoss({ name: 'mape', shape: 0.1 }, Math.log(3), 20, scaling)).to.be.closeTo(0.5, 1e-12);
    expect(numberLoss({ name: 'squared', shape: 0 }, Math.log(3), 10, scaling)).to.be.closeTo(4, 1e-12);
  });

  it('is named by metrics of errors as they are and in parts, and by no other: fits for these are of squared errors', () => {
    const [others, named] = [/^rmsle$|^pinball_|_deviance$/, metricNames('regression')];
    expect(named.filter((metric) => others.test(metric))).to.have.lengthOf(6);
    for (const metric of named) {
      if (others.test(metric)) expect(lossOfMetric(metric), metric).to.equal(undefined);
      else expect(lossOfMetric(metric), metric).to.be.oneOf([...NUMBER_LOSSES]);
    }
    for (const metric of [undefined, 'auc', 'toString', '']) expect(lossOfMetric(metric)).to.equal(undefined);
  });
});

describe('the least size of a target', () => {
  const sampleOf = (y: readonly number[], weights?: readonly number[]) => ({
    X: createMatrix(y.length, 1),
    y: Float32Array.from(y),
    rows: allRows(y.length),
    weights: weights && Float32Array.from(weights),
  });

  it('is a thousandth of the middle one of those that are not 0 and weigh something', () => {
    expect(leastSize(sampleOf([0, -3000, 0, 5000, 1000, 0]))).to.equal(3);
    expect(leastSize(sampleOf([1000, 4000, 9000], [0, 1, 0]))).to.equal(4);
    expect(leastSize(sampleOf([0, 0]))).to.equal(1);
  });
});
