import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, createMatrix } from '../../src/core/index.js';
import { metricFor, metricNames, METRICS } from '../../src/evaluate/index.js';
import type { NumberLoss } from '../../src/models/loss-params.js';
import { NUMBER_LOSSES } from '../../src/models/loss-params.js';
import type { ScoreUnit } from '../../src/models/number-loss.js';
import { judgeLoss, leastSize, lossOfMetric, numberLoss } from '../../src/models/number-loss.js';
import { lossAt } from '../../src/trees/loss-reference.js';

const SHAPES: Partial<Record<NumberLoss, number>> = { huber: 0.75, quantile: 0.2, tweedie: 1.3, mape: 0.01 };
const SAMPLE = { X: createMatrix(1, 0), y: Float32Array.of(1), rows: allRows(1) };
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
    const named = metricNames('regression').filter((metric) => metric !== 'medae' && metric !== 'r2');
    const deviances = ['poisson_deviance', 'gamma_deviance', 'tweedie_deviance'] as const;
    const pinballs = ['pinball_0.1', 'pinball_0.9'] as const;
    expect(named).to.deep.equal(['rmse', 'mae', 'mape', 'rmsle', ...pinballs, ...deviances]);
    for (const metric of ['rmse', 'mae', 'mape', 'rmsle', 'pinball_0.1', 'pinball_0.9'] as const) {
      const loss = judgeLoss(metric, SAMPLE)!;
      fc.assert(
        fc.property(rows, (pairs) => {
          const y = Float32Array.from(pairs, ([target]) => target);
          const mean =
            pairs.reduce((sum, [target, score]) => sum + numberLoss(loss, score, target, PLAIN), 0) / y.length;
          const said = createMatrix(y.length, 1);
          said.data.set(pairs.map(([, score]) => score));
          const value = METRICS[metric].compute(y, said);
          expect(mean).to.be.closeTo(metric.startsWith('rms') ? value ** 2 : value, 1e-9 * (1 + mean));
        }),
      );
    }
  });

  it('of a deviance differs from it, twice over, by what the targets alone say', () => {
    const scores = fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }));
    const scaling = { ...PLAIN, scale: 4, link: 'log' } as const;
    for (const metric of ['poisson_deviance', 'gamma_deviance', 'tweedie_deviance', 'tweedie_deviance_1.2']) {
      const loss = judgeLoss(metric, SAMPLE)!;
      fc.assert(
        fc.property(scores, fc.double({ min: 0.5, max: 9, noNaN: true }), ([one, other], target) => {
          const y = Float32Array.of(target);
          const devianceOf = (said: number) => {
            const predictions = { rows: 1, cols: 1, data: Float32Array.of(said) };
            return metricFor(metric, 'regression').compute(y, predictions);
          };
          const gap = (unit: ScoreUnit, a: number, b: number) =>
            numberLoss(loss, a, y[0], unit) - numberLoss(loss, b, y[0], unit);
          const wanted = devianceOf(4 * Math.exp(one)) - devianceOf(4 * Math.exp(other));
          // As logarithms in units of 4, and as plain numbers that no logarithm was learned of.
          const power = { poisson: 1, gamma: 0, tweedie: 2 - loss.shape }[loss.name as 'poisson'];
          expect(2 * 4 ** power * gap(scaling, one, other)).to.be.closeTo(wanted, 1e-3);
          const plainly = gap(PLAIN, 4 * Math.exp(one), 4 * Math.exp(other));
          expect(2 * plainly).to.be.closeTo(wanted, 1e-3);
        }),
      );
      expect(Number.isFinite(numberLoss(loss, -5, 3, PLAIN))).to.equal(true);
      expect(numberLoss(loss, NaN, 3, PLAIN)).to.be.NaN;
    }
  });

  it('is named by a metric with its own number', () => {
    expect(lossOfMetric('pinball_0.75')).to.deep.equal({ loss: 'quantile', shape: 0.75 });
    expect(lossOfMetric('tweedie_deviance')).to.deep.equal({ loss: 'tweedie', shape: 1.5 });
    expect(lossOfMetric('tweedie_deviance_1.2')).to.deep.equal({ loss: 'tweedie', shape: 1.2 });
    expect(lossOfMetric('medae')).to.deep.equal({ loss: 'absolute', shape: null });
  });

  it('counts errors of the logarithm as those of what it stands for', () => {
    const scaling = { ...PLAIN, scale: 10, link: 'log' } as const;
    expect(numberLoss({ name: 'absolute', shape: 0 }, Math.log(3), 20, scaling)).to.be.closeTo(1, 1e-12);
    expect(numberLoss({ name: 'mape', shape: 0.1 }, Math.log(3), 20, scaling)).to.be.closeTo(0.5, 1e-12);
    expect(numberLoss({ name: 'squared', shape: 0 }, Math.log(3), 10, scaling)).to.be.closeTo(4, 1e-12);
  });

  it('is named by every metric of numbers, and by no other', () => {
    for (const metric of metricNames('regression').filter((name) => name !== 'rmsle')) {
      expect(lossOfMetric(metric)!.loss, metric).to.be.oneOf([...NUMBER_LOSSES]);
      expect(judgeLoss(metric, SAMPLE)!.name).to.equal(lossOfMetric(metric)!.loss);
    }
    // What squares errors of logarithms is judged by them, and trained on as it is.
    expect(judgeLoss('rmsle', SAMPLE, { name: 'squared', shape: 0 })!.name).to.equal('rmsle');
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
