import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng, selectRows } from '../../../src/core/index.js';
import { referenceEngine } from '../../../src/engine/index.js';
import { METRICS } from '../../../src/evaluate/index.js';
import type { GbdtParams, Sample } from '../../../src/models/index.js';
import { gbdt, restoreGbdt } from '../../../src/models/index.js';
import type { NumberLoss } from '../../../src/models/loss-params.js';
import { NUMBER_LOSSES } from '../../../src/models/loss-params.js';
import { describeEstimator } from '../../conformance/estimator.js';

for (const loss of ['absolute', 'mape', 'huber', 'quantile'] as const) {
  describeEstimator(`gbdt of the loss ${loss}`, () => gbdt({ rounds: 100, leaves: 8, minRows: 4, loss }), {
    restore: restoreGbdt,
    tasks: ['regression'],
    deterministic: false,
    missing: 'handled',
    learns: true,
    reports: true,
  });
}

const context = { task: 'regression', k: 1, seed: 5, engine: referenceEngine } as const;
/** Full steps: a leaf says at once what is best for its rows. */
const AT_ONCE: Partial<GbdtParams> = { rounds: 1, learningRate: 1, minRows: 1, colsample: 1, minHessian: 0 };
const LOGS: readonly NumberLoss[] = ['poisson', 'gamma', 'tweedie'];

/** Two groups, told apart by the one column. */
const groups = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 3, maxLength: 30 }),
  fc.array(fc.integer({ min: 100, max: 400 }), { minLength: 3, maxLength: 30 }),
);

function sampleOf(low: readonly number[], high: readonly number[]): Sample {
  const y = Float32Array.of(...low, ...high);
  const data = Float32Array.from(y, (_, row) => Number(row >= low.length));
  return { X: { rows: y.length, cols: 1, data }, y, rows: allRows(y.length) };
}

/** What makes the loss of a group least: the values between which it lies. */
function bestOf(loss: NumberLoss, values: readonly number[]): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (loss === 'squared' || LOGS.includes(loss)) return [mean, mean];
  const weigh = (value: number) => (loss === 'mape' ? 1 / value : 1);
  const level = loss === 'quantile' ? 0.8 : 0.5;
  const total = values.reduce((sum, value) => sum + weigh(value), 0);
  const sorted = [...values].sort((a, b) => a - b);
  const shareUpTo = (at: number) => sorted.slice(0, at + 1).reduce((sum, value) => sum + weigh(value), 0) / total;
  const first = sorted.findIndex((_, at) => shareUpTo(at) >= level - 1e-6);
  const last = sorted.findIndex((_, at) => shareUpTo(at) > level + 1e-6);
  return [sorted[first], sorted[last]];
}

/** Positive numbers that grow with the first column, unevenly spread. */
function skewed(n: number, seed: number): Sample {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: 2 * n }, () => rng.normal());
  const y = Float32Array.from({ length: n }, (_, i) => Math.exp(data[2 * i] + 0.7 * rng.normal()));
  return { X: { rows: n, cols: 2, data }, y, rows: allRows(n) };
}

describe('gbdt of a loss of numbers', () => {
  for (const loss of NUMBER_LOSSES) {
    if (loss === 'huber') continue;
    it(`says of rows that look alike what makes ${loss} least`, async () => {
      await fc.assert(
        fc.asyncProperty(groups, async ([low, high]) => {
          const sample = sampleOf(low, high);
          const shape = loss === 'quantile' ? 0.8 : null;
          // Steps down to a smaller mean of logarithms are cautious: several of them arrive.
          const rounds = LOGS.includes(loss) ? 60 : 1;
          const model = await gbdt({ ...AT_ONCE, rounds, loss, shape, leaves: 2 }).fit(sample, context);
          const { data } = await model.predict({ rows: 2, cols: 1, data: Float32Array.of(0, 1) });
          [low, high].forEach((values, group) => {
            const [least, most] = bestOf(loss, values);
            expect(data[group]).to.be.within(least - 0.02 * least, most + 0.02 * most);
          });
        }),
        { numRuns: 30 },
      );
    });
  }

  it('of Huber lies between the mean and the median, nearer to one or the other by its distance', async () => {
    const values = [1, 2, 3, 4, 100];
    const said = async (shape: number) => {
      const model = await gbdt({ ...AT_ONCE, loss: 'huber', shape, leaves: 2 }).fit(sampleOf(values, values), context);
      return (await model.predict({ rows: 1, cols: 1, data: Float32Array.of(0) })).data[0];
    };
    // In the target's units: the far one pulls as if it were 2 away from what is said: 4 c = 1 + 2 + 3 + 4 + 2.
    expect(await said(2)).to.be.closeTo(3, 0.01);
    expect(await said(1000)).to.be.closeTo(22, 0.01);
  });

  it('does better by its metric than squared error where a target has a long tail', async () => {
    const [train, validation, fresh] = [skewed(600, 1), skewed(300, 2), skewed(1000, 3)];
    for (const [metric, loss] of [
      ['mae', 'absolute'],
      ['mape', 'mape'],
    ] as const) {
      const errorOf = async (own: NumberLoss) => {
        const params = { loss: own, learningRate: 0.1, leaves: 8, minRows: 10 };
        const model = await gbdt(params).fit(train, { ...context, validation, metric });
        return METRICS[metric].compute(fresh.y, await model.predict(fresh.X));
      };
      expect(await errorOf(loss), metric).to.be.below(0.97 * (await errorOf('squared')));
    }
  });

  it('stops where the rows that stop it are best by the metric, whatever it is trained on', async () => {
    const [train, whole] = [skewed(200, 4), skewed(80, 5)];
    const validation = { ...whole, rows: whole.rows.filter((row) => row % 3 > 0) };
    const y = Float32Array.from(validation.rows, (row) => whole.y[row]);
    for (const loss of NUMBER_LOSSES) {
      for (const metric of ['rmse', 'mae', 'mape'] as const) {
        const ctx = { ...context, validation, metric, keepSteps: true };
        const params = { loss, learningRate: 0.3, leaves: 6, rounds: 60, earlyStoppingRounds: 60 };
        const { steps: kept, report } = await gbdt(params).fit(train, ctx);
        const scores = kept!.predictions.map((predictions) => METRICS[metric].compute(y, predictions));
        const power = metric === 'rmse' ? 2 : 1;
        const unit = kept!.losses[0] / scores[0] ** power;
        scores.forEach((score, i) => expect(kept!.losses[i] / (unit * score ** power)).to.be.closeTo(1, 1e-4));
        const bestKept = kept!.steps[scores.indexOf(Math.min(...scores))];
        // Only some steps are kept; none of them is better than the one where it stopped.
        if (kept!.steps.includes(report.bestStep)) expect(report.bestStep).to.equal(bestKept);
      }
    }
  });

  it('is saved and restored to the bit; what predicts by logarithms says so, in a version of its own', async () => {
    const train = skewed(150, 6);
    for (const loss of NUMBER_LOSSES) {
      const model = await gbdt({ rounds: 20, loss, leaves: 6 }).fit(train, context);
      const state = model.save();
      const isLog = LOGS.includes(loss);
      expect([state.version, state.json['link']]).to.deep.equal(isLog ? [3, 'log'] : [1, undefined]);
      const again = restoreGbdt({ ...state, json: JSON.parse(JSON.stringify(state.json)) as typeof state.json });
      expect(await again.predict(train.X)).to.deep.equal(await model.predict(train.X));
      if (isLog) for (const said of (await model.predict(train.X)).data) expect(said).to.be.above(0);
      expect(() => restoreGbdt({ ...state, version: isLog ? 1 : 3 })).to.throw('version must be');
    }
    const state = (await gbdt({ rounds: 1, loss: 'gamma' }).fit(train, context)).save();
    const odd = { ...state, json: { ...state.json, link: 'root' } };
    expect(() => restoreGbdt(odd)).to.throw('gbdt.restore: link must be log, got "root"');
  });

  it('follows the unit of the target', async () => {
    const train = skewed(150, 7);
    const fifth = { ...train, y: train.y.map((value) => value * 1024) };
    const X = selectRows(train.X, [0, 5, 9, 77]);
    for (const loss of NUMBER_LOSSES) {
      const recipe = gbdt({ rounds: 30, loss, leaves: 6 });
      const [one, many] = [await recipe.fit(train, context), await recipe.fit(fifth, context)];
      const [small, large] = [await one.predict(X), await many.predict(X)];
      small.data.forEach((value, i) => expect(large.data[i] / value, loss).to.be.closeTo(1024, 0.5));
    }
  });

  it('refuses a loss it does not know, a number of its own that makes no sense, and targets that the loss has no value for', async () => {
    expect(() => gbdt({ loss: 'cosh' as never })).to.throw('gbdt: loss must be one of auto, squared, absolute');
    expect(() => gbdt({ loss: 'absolute', shape: 1 })).to.throw(
      'gbdt: shape must be null but for quantile, tweedie and huber, got 1',
    );
    for (const [loss, shape, range] of [
      ['quantile', 1, '0 and 1'],
      ['tweedie', 2, '1 and 2'],
      ['huber', 0, '0 and Infinity'],
    ] as const) {
      expect(() => gbdt({ loss, shape })).to.throw(`gbdt: shape of ${loss} must be between ${range}, got ${shape}`);
    }
    const y = Float32Array.of(1, 0, 2, 3);
    const sample = { X: { rows: 4, cols: 1, data: Float32Array.of(1, 2, 3, 4) }, y, rows: allRows(4) };
    const messageOf = (fit: Promise<unknown>) => fit.then(String, (error: Error) => error.message);
    expect(await messageOf(gbdt({ loss: 'gamma' }).fit(sample, context))).to.equal(
      'gbdt.fit: y must be above 0 for gamma (at row 1), got 0.',
    );
    const below = { ...sample, y: Float32Array.of(1, 0, 2, -3) };
    expect(await messageOf(gbdt({ loss: 'poisson' }).fit(below, context))).to.equal(
      'gbdt.fit: y must be 0 or more for poisson (at row 3), got -3.',
    );
    const classes = { ...context, task: 'binary', k: 2 } as const;
    const ones = { ...sample, y: Float32Array.of(1, 0, 1, 0) };
    expect(await messageOf(gbdt({ loss: 'absolute' }).fit(ones, classes))).to.equal(
      'gbdt.fit: loss must be auto where classes are predicted, got "absolute".',
    );
  });
});
