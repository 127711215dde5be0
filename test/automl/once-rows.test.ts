import { expect } from 'chai';
import fc from 'fast-check';

import type { StudyData } from '../../src/automl/index.js';
import { onceRows } from '../../src/automl/index.js';
import { allRows } from '../../src/core/index.js';
import { frameOf, numeric } from '../prepare/support/frames.js';

/** Rows of which the first `held` are held out. */
function table(n: number, held: number, more: Partial<StudyData> = {}): StudyData {
  const y = new Float32Array(n);
  return {
    frame: frameOf(numeric('x', Array.from(y))),
    ...{ y, task: 'regression', k: 1, classes: [], metric: 'rmse', seed: 3, folds: [] },
    holdout: allRows(held),
    ...more,
  };
}

describe('onceRows', () => {
  it('trains on all rows but ten thousand held-out ones that stop and ten thousand that judge', () => {
    const { train, stop, judge } = onceRows(table(60_000, 30_000));
    expect([train.length, stop.length, judge.length]).to.deep.equal([40_000, 10_000, 10_000]);
  });

  it('takes the whole hold-out to stop and to judge where it is smaller, and fewer rows of many classes', () => {
    const parts = onceRows(table(20_000, 5000));
    expect([parts.train.length, parts.stop.length, parts.judge.length]).to.deep.equal([15_000, 2500, 2500]);
    expect(onceRows(table(60_000, 30_000, { k: 1000 })).stop).to.have.length(3000);
  });

  it('parts the rows without separating those of a group or copies, by the seed alone', () => {
    const cases = fc.record({
      held: fc.integer({ min: 1, max: 300 }),
      kinds: fc.integer({ min: 1, max: 60 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, fc.constantFrom('groups', 'copies'), ({ held, kinds, seed }, name) => {
        // Groups are held out whole, as a study's splits do.
        const units = Int32Array.from({ length: 600 }, (_, row) => (row < held ? row % kinds : 1000 + (row % 7)));
        const data = table(600, held, { [name]: units, seed });
        const { train, stop, judge } = onceRows(data);
        expect([...train, ...stop, ...judge].sort((a, b) => a - b)).to.deep.equal([...allRows(600)]);
        expect(train).to.deep.equal(train.slice().sort());
        expect([...train]).to.include.members([...allRows(600)].slice(held));
        const [a, b, c] = [train, stop, judge].map((rows) => new Set(Array.from(rows, (row) => units[row])));
        expect(new Set([...a, ...b, ...c]).size).to.equal(a.size + b.size + c.size);
        expect(onceRows(data)).to.deep.equal({ train, stop, judge });
      }),
    );
  });
});
