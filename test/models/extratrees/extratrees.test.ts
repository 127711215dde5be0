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

  describe('whose leaves say medians', () => {
    /** Most are near x; every sixth is far above. */
    function outliers(n: number): Sample {
      const rng = new Rng(8);
      const data = Float32Array.from({ length: n }, () => rng.uniform());
      const y = data.map((x) => 10 + x + (rng.integer(6) === 0 ? 100 : 0));
      return { X: { rows: n, cols: 1, data }, y, rows: allRows(n) };
    }
    const numbers = { ...context, task: 'regression', k: 1 } as const;
    const errorOf = async (loss: 'squared' | 'absolute' | 'mape', sample: Sample, share = false): Promise<number> => {
      const model = await extratrees({ trees: 40, minLeaf: 12, loss }).fit(sample, numbers);
      const { data } = await model.predict(sample.X);
      const errors = sample.y.map((y, row) => Math.abs(data[row] - y) / (share ? y : 1));
      return errors.reduce((sum, error) => sum + error, 0) / errors.length;
    };

    it('come nearer by absolute errors, and nearer still by relative ones where targets are weighed by them', async () => {
      const sample = outliers(600);
      expect(await errorOf('absolute', sample)).to.be.below(0.75 * (await errorOf('squared', sample)));
      const spread = { ...sample, y: sample.y.map((y, row) => y * (row % 2 ? 1 : 0.2)) };
      expect(await errorOf('mape', spread, true)).to.be.below(0.9 * (await errorOf('absolute', spread, true)));
    });

    it('are those of rows as they are weighed', async () => {
      const sample = outliers(200);
      const weights = Float32Array.from(sample.rows, (row) => 1 + (row % 3));
      const model = await extratrees({ trees: 3, minLeaf: 100, loss: 'absolute' }).fit({ ...sample, weights }, numbers);
      // One leaf of all rows: the weighted median of the target.
      const order = [...sample.rows].sort((a, b) => sample.y[a] - sample.y[b]);
      const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
      let below = 0;
      const median = order.find((row) => (below += weights[row]) >= half)!;
      const { data } = await model.predict(sample.X);
      for (const said of data) expect(said).to.be.closeTo(sample.y[median], 0.02);
    });

    it('are for numbers only, of losses that a median makes least', async () => {
      const refused = await extratrees({ loss: 'absolute' })
        .fit(blobs(20), context)
        .catch((error: Error) => error);
      expect((refused as Error).message).to.equal(
        'extratrees.fit: loss must be squared where classes are predicted, got "absolute".',
      );
      expect(() => extratrees({ loss: 'huber' as 'mape' })).to.throw(
        'extratrees: loss must be one of squared, absolute, mape, got "huber".',
      );
    });
  });
});
