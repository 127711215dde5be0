import { expect } from 'chai';

import { allRows, matrixFrom, Rng } from '../../src/core/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import type { Sample } from '../../src/models/index.js';
import { linear, restoreLinear } from '../../src/models/linear.js';
import { describeEstimator } from '../conformance/estimator.js';
import { assertClose } from '../support/close.js';

describeEstimator('linear', () => linear({ alpha: 0.1 }), {
  restore: restoreLinear,
  deterministic: true,
  missing: 'refused',
  learns: true,
  reports: false,
});

describe('linear of counts', () => {
  const loss = 'poisson';
  const context = { task: 'regression', k: 1, seed: 1, engine: referenceEngine } as const;
  const sampleOf = (x: readonly number[], y: readonly number[], weights?: readonly number[]): Sample => ({
    X: matrixFrom(x.map((value) => [value])),
    y: Float32Array.from(y),
    rows: allRows(y.length),
    ...(weights ? { weights: Float32Array.from(weights) } : {}),
  });

  it('is the mean of each group where a column parts two, weighted, and never below 0', async () => {
    const train = sampleOf([0, 0, 0, 1, 1], [0, 1, 2, 4, 9], [1, 1, 2, 1, 3]);
    const model = await linear({ alpha: 0, loss }).fit(train, context);
    const { data } = await model.predict(matrixFrom([[0], [1]]));
    // The likelihood equations of two groups: (0 + 1 + 2 * 2) / 4 and (4 + 3 * 9) / 4.
    assertClose(data, [1.25, 7.75], { rtol: 1e-4, atol: 0 });
    const restored = restoreLinear(model.save());
    expect((await restored.predict(matrixFrom([[0], [1]]))).data).to.deep.equal(data);
    expect(model.save().version).to.equal(2);
  });

  it('has no gradient left, penalty included, at what it finds', async () => {
    const rng = new Rng(4);
    const x = Array.from({ length: 60 }, () => rng.normal());
    const y = x.map((value) => Math.floor(Math.exp(0.5 + 0.8 * value + rng.normal() / 2)));
    const model = await linear({ alpha: 3, loss }).fit(sampleOf(x, y), context);
    const [mean, all] = [x.reduce((a, b) => a + b) / 60, y.reduce((a, b) => a + b) / 60];
    const deviation = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 60);
    const { W, b } = model.save().tensors as Record<'W' | 'b', Float64Array>;
    const over = x.map((value, i) => Math.exp(W[0] * value + b[0]) - y[i] / all);
    const slope = over.reduce((sum, own, i) => sum + (own * (x[i] - mean)) / deviation, 0);
    expect(Math.abs(slope + 3 * W[0] * deviation)).to.be.below(0.01);
    expect(over.reduce((sum, own) => sum + own)).to.be.closeTo(0, 0.01);
  });

  it('says no more than the largest count, however far a row lies, and 0 where nothing was counted', async () => {
    const model = await linear({ alpha: 0.01, loss }).fit(sampleOf([0, 1, 2, 3], [0, 1, 3, 9]), context);
    const { data } = await model.predict(matrixFrom([[1000], [-1000]]));
    expect([...data]).to.deep.equal([9, 0]);
    const none = await linear({ loss }).fit(sampleOf([0, 1, 2], [0, 0, 0]), context);
    expect([...(await none.predict(matrixFrom([[5]]))).data]).to.deep.equal([0]);
  });

  it('refuses counts below 0, classes, and a loss that it has not', async () => {
    const below = linear({ loss }).fit(sampleOf([0, 1], [1, -1]), context);
    expect(await below.catch(String)).to.contain('linear.fit: y must be 0 or more for poisson (at row 1), got -1');
    const classes = linear({ loss }).fit(sampleOf([0, 1], [1, 0]), { ...context, task: 'binary', k: 2 });
    expect(await classes.catch(String)).to.contain('linear.fit: loss must be auto where classes are predicted');
    expect(() => linear({ loss: 'huber' as never })).to.throw(
      "linear: loss must be 'auto' or 'poisson', got \"huber\".",
    );
  });
});

describe('linear', () => {
  it('refuses an alpha below 0, infinite or not a number', () => {
    for (const alpha of [-1, Infinity, Number.NaN]) {
      expect(() => linear({ alpha })).to.throw(`linear: alpha must be 0 or more, got ${alpha}.`);
    }
  });

  it('refuses a saved state that is not its own', () => {
    const state = { kind: 'linear', version: 1, json: { task: 'binary', k: 2, columns: 3 }, tensors: {} };
    expect(() => restoreLinear(state)).to.throw('linear.restore: tensor W must be a Float64Array, got undefined.');
    const short = { ...state, tensors: { W: new Float64Array(2), b: new Float64Array(1) } };
    expect(() => restoreLinear(short)).to.throw('linear.restore: W must have 3 numbers, got 2.');
    expect(() => restoreLinear({ ...state, version: 2 })).to.throw('linear.restore: version must be 1, got 2.');
  });
});
