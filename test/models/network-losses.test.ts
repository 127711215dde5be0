import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import type { LossSpec } from '../../src/engine/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { lossAndGradient } from '../../src/engine/reference-loss.js';
import { METRICS } from '../../src/evaluate/index.js';
import type { Sample } from '../../src/models/index.js';
import { mlp, restoreModel } from '../../src/models/index.js';
import type { NumberLoss } from '../../src/models/loss-params.js';
import { NUMBER_LOSSES } from '../../src/models/loss-params.js';
import { numberLoss } from '../../src/models/number-loss.js';
import { fitRobustScaling, lossSpec } from '../../src/models/target.js';
import { describeEstimator } from '../conformance/estimator.js';

const SMALL = { width: 12, depth: 1, epochs: 40, batchSize: 32, learningRate: 0.01, dropout: 0 };
const LOGS: readonly NumberLoss[] = ['poisson', 'gamma', 'tweedie'];
const context = { task: 'regression', k: 1, seed: 5, engine: wasmEngine } as const;

for (const loss of ['absolute', 'mape', 'huber', 'quantile'] as const) {
  describeEstimator(`mlp of the loss ${loss}`, () => mlp({ ...SMALL, loss }), {
    restore: restoreModel,
    tasks: ['regression'],
    deterministic: false,
    missing: 'refused',
    learns: true,
    reports: true,
    engine: wasmEngine,
    batchTolerance: { rtol: 1e-5, atol: 1e-5 },
  });
}

/** Positive numbers that grow with the first column, unevenly spread: their mean lies well above their median. */
function skewed(n: number, seed: number): Sample {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: 2 * n }, () => rng.normal());
  const y = Float32Array.from({ length: n }, (_, i) => Math.exp(0.5 * data[2 * i] + rng.normal()));
  return { X: { rows: n, cols: 2, data }, y, rows: allRows(n) };
}

/** Targets of rows that say nothing. */
function targets(y: ArrayLike<number>): Sample {
  return {
    X: { rows: y.length, cols: 1, data: new Float32Array(y.length) },
    y: Float32Array.from(y),
    rows: allRows(y.length),
  };
}

/** Of many rows that look alike: what a network says there. */
async function saidOf(y: readonly number[], loss: NumberLoss, shape: number | null = null): Promise<number> {
  const rows = y.length;
  const X = { rows, cols: 1, data: new Float32Array(rows).fill(1) };
  const params = { ...SMALL, width: 2, epochs: 300, batchSize: rows, learningRate: 0.02, weightDecay: 0, loss, shape };
  const model = await mlp(params).fit({ X, y: Float32Array.from(y), rows: allRows(rows) }, context);
  const { data } = await model.predict({ rows: 1, cols: 1, data: Float32Array.of(1) });
  model.dispose();
  return data[0];
}

describe('networks of a loss of numbers', () => {
  it('say of rows that look alike what makes the loss least', async () => {
    const y = [1, 2, 2, 3, 4, 5, 7, 9, 12, 35];
    const mean = 8;
    for (const loss of ['squared', ...LOGS] as const) expect(await saidOf(y, loss), loss).to.be.closeTo(mean, 0.2);
    expect(await saidOf(y, 'absolute')).to.be.within(3.9, 5.1);
    // Half of the sum of 1 / y lies below 2.
    expect(await saidOf(y, 'mape')).to.be.within(1.9, 2.1);
    expect(await saidOf(y, 'quantile', 0.85)).to.be.closeTo(12, 1);
    // In the target's units: beyond 2 from what is said a row pulls as if it were 2 away.
    const c = await saidOf(y, 'huber', 2);
    const pull = y.reduce((sum, value) => sum + Math.min(Math.max(value - c, -2), 2), 0);
    expect(pull).to.be.closeTo(0, 0.5);
  });

  it('descend on the loss that judges them', () => {
    const rng = new Rng(4);
    for (const name of NUMBER_LOSSES) {
      if (name === 'mape') continue;
      const shape = { huber: 0.75, quantile: 0.2, tweedie: 1.3 }[name as string] ?? 0;
      const spec: LossSpec = lossSpec('regression', 0.1, { name, shape });
      for (let i = 0; i < 20; i++) {
        const [o, y] = [rng.normal(), 0.1 + 3 * rng.uniform()];
        const unit = LOGS.includes(name) ? ({ mean: 0, scale: 1, link: 'log' } as const) : { mean: 0, scale: 1 };
        const { value } = lossAndGradient({ n: 1, cols: 1, data: Float64Array.of(o) }, spec, { y: [y] });
        expect(value, name).to.be.closeTo(numberLoss({ name, shape }, o, y, unit), 1e-12);
      }
    }
  });

  it('do better by their metric than on squared errors where a target has a long tail', async () => {
    const [train, validation, fresh] = [skewed(800, 1), skewed(300, 2), skewed(2000, 3)];
    for (const [metric, loss] of [
      ['mae', 'absolute'],
      ['mape', 'mape'],
    ] as const) {
      const errorOf = async (own: NumberLoss) => {
        const model = await mlp({ ...SMALL, loss: own }).fit(train, { ...context, validation, metric });
        const error = METRICS[metric].compute(fresh.y, await model.predict(fresh.X));
        model.dispose();
        return error;
      };
      expect(await errorOf(loss), metric).to.be.below(0.97 * (await errorOf('squared')));
    }
  });

  it('stop where the rows that stop them are best by the metric, whatever they are trained on', async () => {
    const [train, whole] = [skewed(200, 4), skewed(80, 5)];
    const validation = { ...whole, rows: whole.rows.filter((row) => row % 3 > 0) };
    const y = Float32Array.from(validation.rows, (row) => whole.y[row]);
    for (const loss of NUMBER_LOSSES) {
      for (const metric of ['rmse', 'mae', 'mape'] as const) {
        const ctx = { ...context, validation, metric, keepSteps: true };
        const { steps: kept } = await mlp({ ...SMALL, width: 4, epochs: 12, loss }).fit(train, ctx);
        const scores = kept!.predictions.map((predictions) => METRICS[metric].compute(y, predictions));
        const power = metric === 'rmse' ? 2 : 1;
        const unit = kept!.losses.at(-1)! / scores.at(-1)! ** power;
        scores.forEach((score, i) => expect(kept!.losses[i] / (unit * score ** power)).to.be.closeTo(1, 1e-5));
      }
    }
  });

  it('are the same to the bit where squared errors are named and where nothing is', async () => {
    const [train, validation] = [skewed(150, 6), skewed(60, 7)];
    const weights = async (params: object, metric?: string) => {
      const model = await mlp({ ...SMALL, ...params }).fit(train, { ...context, validation, metric });
      return model.save().tensors;
    };
    const plain = await weights({});
    expect(await weights({ loss: 'squared' })).to.deep.equal(plain);
    expect(await weights({ loss: 'auto' }, 'rmse')).to.deep.equal(plain);
    expect(await weights({ loss: 'absolute' })).not.to.deep.equal(plain);
  });

  it('follow the unit of the target', async () => {
    const train = skewed(150, 7);
    const larger = { ...train, y: train.y.map((value) => value * 1024) };
    for (const loss of NUMBER_LOSSES) {
      const recipe = mlp({ ...SMALL, epochs: 5, loss });
      const [one, many] = [await recipe.fit(train, context), await recipe.fit(larger, context)];
      const [small, large] = [await one.predict(train.X), await many.predict(train.X)];
      small.data.forEach((value, i) => expect(large.data[i] / value, loss).to.be.closeTo(1024, 1));
    }
  });

  it('are saved and restored to the bit; what says logarithms is above 0', async () => {
    const train = skewed(100, 8);
    for (const loss of NUMBER_LOSSES) {
      const model = await mlp({ ...SMALL, epochs: 5, loss }).fit(train, context);
      const state = model.save();
      const json = JSON.parse(JSON.stringify(state.json)) as typeof state.json;
      const again = restoreModel({ ...state, json }, wasmEngine);
      const { data } = await model.predict(train.X);
      expect((await again.predict(train.X)).data).to.deep.equal(data);
      if (LOGS.includes(loss)) for (const said of data) expect(said).to.be.above(0);
    }
  });

  it('centre the target where the loss does, in units that far rows do not change', () => {
    const y = Float32Array.from({ length: 41 }, (_, i) => (i % 5) + 1);
    y.set([1e6, -1e6], 39);
    expect(fitRobustScaling(targets(y))).to.deep.include({ mean: 3, low: -1e6, high: 1e6 });
    expect(fitRobustScaling(targets(y)).scale).to.be.closeTo(1.4826, 1e-6);
    const few = { ...targets([1, 2, 3, 4, 1e6]), weights: Float32Array.of(1, 9, 1, 1, 0) };
    expect(fitRobustScaling(few)).to.include({ mean: 2, low: 1, high: 4 });
    expect(fitRobustScaling(few).scale).to.be.closeTo(4 / 12, 1e-12);
    expect(fitRobustScaling(targets(new Array(5).fill(7)))).to.include({ mean: 7, scale: 1 });
    const rare = Array.from({ length: 100 }, (_, i) => (i < 4 ? 10 : 0));
    expect(fitRobustScaling(targets(rare)).scale).to.be.closeTo(10 * Math.sqrt(0.04 * 0.96), 1e-6);
  });

  it('count in units of what lies beyond a crowd, be its targets equal or nearly so', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e-3, noNaN: true }),
        fc.double({ min: 0.5, max: 0.9, noNaN: true }),
        (small, share) => {
          const y = Array.from({ length: 400 }, (_, i) => (i < 400 * share ? small * (i % 3) : 1000));
          const { scale } = fitRobustScaling(targets(y));
          expect(scale / (1000 * (1 - share))).to.be.within(0.9, 1.5);
        },
      ),
    );
  });

  it('learn as well where half of the rows are nearly at the centre as where they are there', async () => {
    const tied = (n: number, seed: number, small: number): Sample => {
      const { X, rows } = skewed(n, seed);
      const rng = new Rng(seed).split('noise');
      const y = Float32Array.from(rows, (row) => {
        if (row % 10 === 0) return small;
        return X.data[2 * row] > 0 ? 1000 + 10 * rng.normal() : 0;
      });
      return { X, y, rows };
    };
    const errorOf = async (small: number) => {
      const params = { ...SMALL, epochs: 150, loss: 'absolute' } as const;
      const model = await mlp(params).fit(tied(400, 1, small), context);
      const fresh = tied(1000, 2, small);
      const error = METRICS.mae.compute(fresh.y, await model.predict(fresh.X));
      model.dispose();
      return error;
    };
    const equal = await errorOf(0);
    for (const small of [0.01, 1]) expect(await errorOf(small), String(small)).to.be.below(1.5 * equal);
  });

  it('refuse a loss of numbers for classes, and targets that have no logarithm', async () => {
    const messageOf = (fit: Promise<unknown>) => fit.then(String, (error: Error) => error.message);
    const sample = { ...skewed(4, 1), y: Float32Array.of(1, 0, 2, -3) };
    expect(() => mlp({ loss: 'cosh' as never })).to.throw('mlp: loss must be one of auto, squared, absolute');
    expect(() => mlp({ loss: 'quantile', shape: 1 })).to.throw('mlp: shape of quantile must be between 0 and 1, got 1');
    expect(await messageOf(mlp({ ...SMALL, loss: 'gamma' }).fit(sample, context))).to.equal(
      'mlp.fit: y must be above 0 for gamma (at row 1), got 0.',
    );
    const classes = { ...sample, y: Float32Array.of(0, 1, 0, 1) };
    const binary = { ...context, task: 'binary', k: 2 } as const;
    expect(await messageOf(mlp({ ...SMALL, loss: 'absolute' }).fit(classes, binary))).to.equal(
      'mlp.fit: loss must be auto where classes are predicted, got "absolute".',
    );
  });
});
