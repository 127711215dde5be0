import { expect } from 'chai';

import type { Task } from '../../src/core/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import { binnedSample, withRoom } from '../../src/models/binned.js';
import type { Sample } from '../../src/models/index.js';
import { extratrees, gbdt } from '../../src/models/index.js';
import { BOOST_DEFAULTS, Booster, shareBins } from '../../src/trees/index.js';
import { easyProblem, TASKS } from '../support/tabular.js';

const makers = {
  gbdt: () => gbdt({ rounds: 12, leaves: 5, minRows: 2, subsample: 0.8 }),
  extratrees: () => extratrees({ trees: 8 }),
};

/** The saved state of a fit. */
async function fitted(make: keyof typeof makers, train: Sample, task: Task, k: number, loss?: string) {
  const own = loss ? gbdt({ rounds: 12, loss: loss as 'mape' }) : makers[make]();
  const model = await own.fit(train, { task, k, seed: 5, engine: referenceEngine });
  return model.save();
}

describe('fits on bins that others share', () => {
  for (const task of TASKS) {
    for (const name of ['gbdt', 'extratrees'] as const) {
      it(`are those on their own rows where all rows train: ${name} of ${task}`, async () => {
        const { sample, k } = easyProblem(task);
        const rows = allRows(sample.X.rows);
        const rng = new Rng(2);
        const weights = Float32Array.from(rows, () => (1 + rng.integer(3)) / 2);
        for (const train of [
          { ...sample, rows },
          { ...sample, rows, weights },
        ]) {
          const shared = await fitted(name, { ...train, bins: shareBins(sample.X, [], 0) }, task, k);
          expect(shared).to.deep.equal(await fitted(name, train, task, k));
        }
      });

      it(`know nothing of what other rows have for a target or a weight: ${name} of ${task}`, async () => {
        const { sample, k } = easyProblem(task);
        const rows = allRows(sample.X.rows).filter((row) => row % 4 > 0);
        const bins = shareBins(sample.X);
        const weights = new Float32Array(sample.y.length).fill(1);
        const wanted = await fitted(name, { ...sample, rows, weights, bins }, task, k);
        const y = sample.y.map((value, row) => (row % 4 > 0 ? value : Number.NaN));
        const own = weights.map((value, row) => (row % 4 > 0 ? value : 9));
        expect(await fitted(name, { ...sample, y, rows, weights: own, bins }, task, k)).to.deep.equal(wanted);
      });
    }
  }

  it('weigh rows by the size of their own targets alone', async () => {
    const { sample, k } = easyProblem('regression');
    const all = { ...sample, rows: allRows(sample.y.length), bins: shareBins(sample.X) };
    const whole = await fitted('gbdt', all, 'regression', k, 'mape');
    expect(whole).to.deep.equal(await fitted('gbdt', { ...all, bins: undefined }, 'regression', k, 'mape'));
    const rows = all.rows.filter((row) => row % 3 > 0);
    const part = await fitted('gbdt', { ...all, rows }, 'regression', k, 'mape');
    const y = sample.y.map((value, row) => (row % 3 > 0 ? value : 1e-9));
    expect(await fitted('gbdt', { ...all, y, rows }, 'regression', k, 'mape')).to.deep.equal(part);
  });
});

describe('binnedSample', () => {
  const { sample } = easyProblem('regression');
  const bins = shareBins(sample.X);

  it('takes the shared bins for rows in order, and makes others of rows in any other one or of fewer bins', () => {
    const rows = Uint32Array.of(1, 4, 9);
    expect(binnedSample({ ...sample, rows, bins }, 255).table).to.equal(bins);
    for (const [own, maxBin] of [
      [rows, 20],
      [Uint32Array.of(4, 1, 9), 255],
      [Uint32Array.of(1, 1, 4), 255],
    ] as const) {
      const made = binnedSample({ ...sample, rows: own, bins }, maxBin);
      expect(made.table.rows).to.equal(3);
      expect(made.sample.rows).to.deep.equal(allRows(3));
    }
  });

  it('works on a copy of the bins where the memory that threads share is full', () => {
    const table = shareBins(sample.X, [], 0);
    const task = { loss: 'squared', outputs: 1, y: sample.y, train: allRows(sample.y.length), seed: 1 } as const;
    const grow = () => {
      const booster = withRoom(table, (one) => new Booster(one, task, BOOST_DEFAULTS));
      const trees = booster.round();
      booster.release();
      return trees;
    };
    const wanted = grow();
    const memory = table.memory!;
    // Nobody can grow it any more.
    Object.defineProperty(memory, 'grow', { value: () => expect.fail('full') });
    const filled = withRoom(table, (one) => {
      expect(one.memory === memory || one.memory === undefined).to.equal(true);
      return new Booster(one, task, { ...BOOST_DEFAULTS, leaves: 250 });
    });
    expect(filled.round()).to.deep.equal(wanted);
    expect(grow()).to.deep.equal(wanted);
  });
});
