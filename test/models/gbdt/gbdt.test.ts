import { expect } from 'chai';

import { allRows, Rng } from '../../../src/core/index.js';
import { referenceEngine } from '../../../src/engine/index.js';
import type { Sample } from '../../../src/models/index.js';
import { gbdt, restoreGbdt } from '../../../src/models/index.js';
import { describeEstimator } from '../../conformance/estimator.js';
import { expectLargerSteps } from '../support/short-time.js';

describeEstimator('gbdt', () => gbdt({ rounds: 60, leaves: 8, minRows: 4 }), {
  restore: restoreGbdt,
  deterministic: false,
  missing: 'handled',
  learns: true,
  reports: true,
  makeSlow: () => gbdt({ rounds: 1000, leaves: 255, minRows: 1 }),
});

/** A curve with noise. */
function curve(n: number, seed = 1): Sample {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: 2 * n }, () => rng.normal());
  const y = Float32Array.from({ length: n }, (_, i) => Math.sin(2 * data[2 * i]) + 0.2 * rng.normal());
  return { X: { rows: n, cols: 2, data }, y, rows: allRows(n) };
}

const context = { task: 'regression', k: 1, seed: 5, engine: referenceEngine } as const;

describe('gbdt', () => {
  it('keeps the rounds up to the best one on the rows that stop it, and predicts with no more', async () => {
    const train = curve(200);
    const validation = curve(100, 2);
    const stopped = await gbdt({ learningRate: 0.3, earlyStoppingRounds: 20 }).fit(train, { ...context, validation });
    const { bestStep } = stopped.report;
    expect(bestStep).to.be.within(1, 200);
    const asLong = await gbdt({ learningRate: 0.3 }).fit(train, { ...context, stopAt: { rounds: bestStep, share: 1 } });
    expect((await asLong.predict(train.X)).data).to.deep.equal((await stopped.predict(train.X)).data);
  });

  it('takes larger steps where few rounds fit into the time, and says so', async () => {
    await expectLargerSteps((params) => gbdt(params), curve(300), context);
  });

  it('parts missing cells from all others where that is what tells rows apart', async () => {
    const data = Float32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? Number.NaN : i));
    const y = Float32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 10 : 0));
    const sample = { X: { rows: 80, cols: 1, data }, y, rows: allRows(80) };
    const model = await gbdt({ rounds: 200, minRows: 30 }).fit(sample, context);
    const probe = Float32Array.of(Number.NaN, -1e30, 3, 3e38);
    const { data: said } = await model.predict({ rows: 4, cols: 1, data: probe });
    expect(said[0]).to.be.closeTo(10, 0.01);
    for (const other of said.subarray(1)) expect(other).to.be.closeTo(0, 0.01);
  });

  it('refuses parameters that it does not know or that are out of range', () => {
    expect(() => gbdt({ depth: 3 } as never)).to.throw('gbdt: every parameter must be a known one, got "depth"');
    for (const [name, value] of [
      ['leaves', 1],
      ['minRows', 0.5],
      ['colsample', 0],
      ['subsample', 1.1],
      ['learningRate', Number.NaN],
      ['regLambda', -1],
      ['maxBin', 256],
    ] as const) {
      expect(() => gbdt({ [name]: value })).to.throw(new RegExp(`^gbdt: ${name} must be .*, got ${value}`));
    }
  });
});
