import { expect } from 'chai';

import { allRows } from '../../src/core/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { boost, totalRate } from '../../src/models/boosting.js';
import { fitTargetScaling } from '../../src/models/target.js';
import { leafTree } from '../../src/trees/index.js';

describe('totalRate', () => {
  it('is 20 up to 20,000 rows, and grows by the square root of the rows up to 80', () => {
    expect([1, 5000, 20_000].map((rows) => totalRate(rows, 200))).to.deep.equal([20, 20, 20]);
    expect(totalRate(180_000, 200)).to.be.closeTo(60, 1e-9);
    expect(totalRate(320_000, 250)).to.be.closeTo(80, 1e-9);
    expect(totalRate(1e7, 250)).to.equal(80);
  });

  it('grows by the square root of the rounds beyond 250, as far as there are rows', () => {
    expect(totalRate(20_000, 1000)).to.equal(20);
    expect(totalRate(180_000, 1000)).to.be.closeTo(120, 1e-9);
    expect(totalRate(180_000, 1e6)).to.be.closeTo(180, 1e-9);
  });
});

describe('boost', () => {
  /** Steps of 0.01 for 100 rounds on so many rows: the rates that it asked for, and what its report says of them. */
  async function rates(rows: number, limitMs?: number) {
    const y = Float32Array.from({ length: rows }, (_, i) => i % 7);
    const train = { X: { rows, cols: 1, data: y }, y, rows: allRows(rows) };
    const asked: number[] = [];
    let fresh = 0;
    const maker = {
      train: (rounds: number) => void (fresh += rounds),
      setLearningRate: (rate: number) => void asked.push(rate),
      newTrees: () => {
        const trees = Array.from({ length: fresh }, () => leafTree(0));
        fresh = 0;
        return trees;
      },
    };
    const params = { rounds: 100, earlyStoppingRounds: 50, learningRate: 0.01 };
    const ctx = { task: 'regression' as const, k: 1, seed: 1, engine: wasmEngine, limitMs };
    const { report } = await boost(maker, {
      params,
      train,
      scaling: fitTargetScaling(train, 'regression', 1),
      base: [0],
      ctx,
    });
    return { asked, notes: report.notes };
  }

  it('takes larger steps where all rounds fit into the limit and are few for so many rows', async () => {
    const { asked, notes } = await rates(45_000, 1e9);
    expect(asked).to.have.length(1);
    expect(asked[0]).to.be.closeTo(0.3, 1e-9);
    expect(notes).to.deep.equal(['took steps of 0.30 instead of 0.01, as its rounds are few for so many rows']);
  });

  it('keeps to its rate without a limit, and on fewer rows', async () => {
    expect(await rates(45_000)).to.deep.equal({ asked: [], notes: [] });
    expect(await rates(20_000, 1e9)).to.deep.equal({ asked: [], notes: [] });
  });
});
