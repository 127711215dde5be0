import { expect } from 'chai';

import { allRows, Rng } from '../../../src/core/index.js';
import { referenceEngine } from '../../../src/engine/index.js';
import type { Sample } from '../../../src/models/index.js';
import { extratrees, restoreExtraTrees } from '../../../src/models/index.js';
import { describeEstimator } from '../../conformance/estimator.js';

describeEstimator('extratrees', () => extratrees({ trees: 60, columns: 1, minLeaf: 2 }), {
  restore: restoreExtraTrees,
  deterministic: false,
  missing: 'handled',
  learns: true,
  reports: false,
  makeSlow: () => extratrees({ trees: 1000 }),
});

const context = { task: 'multiclass', k: 3, seed: 5, engine: referenceEngine } as const;

function blobs(n: number): Sample {
  const rng = new Rng(2);
  const y = Float32Array.from({ length: n }, (_, i) => i % 2);
  const data = Float32Array.from({ length: 2 * n }, (_, i) => 3 * y[i >> 1] + rng.normal());
  return { X: { rows: n, cols: 2, data }, y, rows: allRows(n) };
}

describe('extratrees', () => {
  it('calls no class impossible that was seen, and one that was not', async () => {
    const model = await extratrees({ trees: 20 }).fit(blobs(90), context);
    const { data } = await model.predict({ rows: 2, cols: 2, data: Float32Array.of(-9, -9, 12, 12) });
    for (const at of [0, 1, 3, 4]) expect(data[at]).to.be.within(0.02, 0.98);
    expect([data[2], data[5]]).to.deep.equal([0, 0]);
  });

  it('grows fewer trees where time is short, says so, and grows as many again where it is told to', async () => {
    const train = blobs(90);
    const now = performance.now.bind(performance);
    let time = 0;
    performance.now = () => (time += 0.5);
    const short = await extratrees({ trees: 1000 })
      .fit(train, { ...context, limitMs: 20 })
      .finally(() => (performance.now = now));
    const { bestStep, notes } = short.report;
    expect(bestStep).to.be.within(2, 40);
    expect(notes).to.deep.equal([`grew ${bestStep} trees instead of 1000, as time was short`]);
    const again = await extratrees().fit(train, { ...context, stopAt: { rounds: bestStep, share: 1 } });
    expect((await again.predict(train.X)).data).to.deep.equal((await short.predict(train.X)).data);
  });

  it('keeps only rows that weigh something in its leaves', async () => {
    const { X, y, rows } = blobs(60);
    const weights = Float32Array.from(y, (_, i) => (i < 50 ? 1 : 0));
    const none = { X, y, rows: rows.subarray(0, 50) };
    const [one, other] = [
      await extratrees({ trees: 5 }).fit({ X, y, rows, weights }, context),
      await extratrees({ trees: 5 }).fit(none, context),
    ];
    expect((await one.predict(X)).data).to.deep.equal((await other.predict(X)).data);
  });

  it('refuses a forest whose leaves point beyond its table', async () => {
    const model = await extratrees({ trees: 3 }).fit(blobs(30), context);
    const state = model.save();
    const vectors = (state.tensors['vectors'] as Float32Array).slice(3);
    const broken = { ...state, tensors: { ...state.tensors, vectors } };
    expect(() => restoreExtraTrees(broken)).to.throw('extratrees.restore: trees must be whole');
  });

  it('refuses parameters that it does not know or that are out of range', () => {
    expect(() => extratrees({ depth: 3 } as never)).to.throw('extratrees: every parameter must be a known one');
    for (const [name, value] of [
      ['trees', 0],
      ['minLeaf', 1.5],
      ['columns', 0],
      ['columns', 'all'],
      ['maxBin', 1],
    ] as const) {
      expect(() => extratrees({ [name]: value })).to.throw(new RegExp(`^extratrees: ${name} must be .*, got`));
    }
  });
});
