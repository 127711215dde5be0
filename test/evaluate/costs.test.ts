import { expect } from 'chai';
import fc from 'fast-check';

import { matrixFrom } from '../../src/core/index.js';
import {
  alwaysCheapest,
  cheapestThreshold,
  decidedClass,
  decisionsBy,
  dominatedClasses,
  metricFor,
  requireCosts,
  scoreTogether,
} from '../../src/evaluate/index.js';
import { seeded } from '../support/seed.js';

const cost = fc.integer({ min: 0, max: 9 });
const matrixOf = (k: number) =>
  fc.array(fc.array(cost, { minLength: k, maxLength: k }), { minLength: k, maxLength: k });
/** Rows of probabilities in 64ths, which sums of whole costs keep exact, with truth and weight. */
const rowsOf = (k: number) =>
  fc.array(
    fc.record({
      cuts: fc.array(fc.nat(64), { minLength: k - 1, maxLength: k - 1 }),
      y: fc.nat(k - 1),
      w: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 15 },
  );
const sharesOf = (cuts: readonly number[]): number[] => {
  const ends = [0, ...[...cuts].sort((a, b) => a - b), 64];
  return ends.slice(1).map((end, i) => (end - ends[i]) / 64);
};
const some = fc
  .integer({ min: 2, max: 5 })
  .chain((k) => fc.record({ k: fc.constant(k), costs: matrixOf(k), rows: rowsOf(k) }));

describe('costs', () => {
  it('never make a class the only cheapest one that another dominates, and of two classes say which is always called', () => {
    fc.assert(
      fc.property(some, ({ k, costs, rows }) => {
        const dominated = dominatedClasses(costs);
        for (const { cuts } of rows) {
          const p = sharesOf(cuts);
          const expected = Array.from({ length: k }, (_, d) => p.reduce((sum, own, c) => sum + own * costs[c][d], 0));
          for (const { called, by } of dominated) expect(expected[by]).to.be.at.most(expected[called]);
          if (k !== 2) continue;
          const always = alwaysCheapest(costs);
          if (always === null) expect(dominated).to.deep.equal([]);
          else expect(expected[always]).to.equal(Math.min(...expected));
        }
        if (k !== 2 || alwaysCheapest(costs) !== null) return;
        // Each is called for some probabilities: at the ends.
        const ends = [decidedClass([1, 0], { costs }), decidedClass([0, 1], { costs })];
        expect(new Set(ends).size).to.equal(2);
      }),
      seeded(),
    );
  });

  it('call the first of the classes whose expected cost is least', () => {
    fc.assert(
      fc.property(some, ({ k, costs, rows }) => {
        const predictions = matrixFrom(rows.map(({ cuts }) => sharesOf(cuts)));
        const called = decisionsBy(predictions, { costs, threshold: 0.1 });
        rows.forEach(({ cuts }, i) => {
          const p = sharesOf(cuts);
          const expected = Array.from({ length: k }, (_, d) => p.reduce((sum, own, c) => sum + own * costs[c][d], 0));
          expect(called[i]).to.equal(expected.indexOf(Math.min(...expected)));
          expect(decidedClass(p, { costs })).to.equal(called[i]);
        });
      }),
      seeded(),
    );
  });

  it('are the metric `cost`: the mean cost of those calls, by weights; other metrics of decisions judge the same calls', () => {
    fc.assert(
      fc.property(some, ({ k, costs, rows }) => {
        const task = k === 2 ? 'binary' : 'multiclass';
        const predictions = matrixFrom(rows.map(({ cuts }) => sharesOf(cuts)));
        const [y, weights] = [Float64Array.from(rows, (row) => row.y), Float64Array.from(rows, ({ w }) => w)];
        const called = decisionsBy(predictions, { costs });
        const over = (value: (i: number) => number): number =>
          rows.reduce((sum, { w }, i) => sum + w * value(i), 0) / weights.reduce((a, b) => a + b);
        const metrics = ['cost', 'accuracy'].map((name) => metricFor(name, task, { costs }));
        const [mean, right] = metrics.map((metric) => metric.compute(y, predictions, weights));
        expect(mean).to.be.closeTo(
          over((i) => costs[y[i]][called[i]]),
          1e-9,
        );
        expect(right).to.be.closeTo(
          over((i) => (called[i] === y[i] ? 1 : 0)),
          1e-9,
        );
        expect(scoreTogether(metrics, predictions, { costs })(y, weights)).to.deep.equal([mean, right]);
      }),
      seeded(),
    );
  });

  it('cost 1 a mistake where nobody said: the share of wrong calls', () => {
    const [y, p] = [
      Float32Array.of(0, 1, 1),
      matrixFrom([
        [0.2, 0.8],
        [0.4, 0.6],
        [0.9, 0.1],
      ]),
    ];
    expect(metricFor('cost', 'binary').compute(y, p)).to.be.closeTo(2 / 3, 1e-12);
    expect(metricFor('cost', 'binary')).to.include({ direction: 'minimize' });
  });

  it('of two classes turn at the threshold where both calls cost the same', () => {
    fc.assert(
      fc.property(matrixOf(2), fc.nat(64), (costs, sixtyfourths) => {
        const turn = cheapestThreshold(costs);
        fc.pre(turn !== null);
        const p = sixtyfourths / 64;
        fc.pre(Math.abs(p - turn) > 1e-9);
        expect(decidedClass([1 - p, p], { costs })).to.equal(p > turn ? 1 : 0);
      }),
      seeded(),
    );
    expect(
      cheapestThreshold([
        [0, 1],
        [5, 0],
      ]),
    ).to.be.closeTo(1 / 6, 1e-15);
    expect(
      cheapestThreshold([
        [5, 0],
        [0, 5],
      ]),
    ).to.equal(null);
  });

  it('of a file must be as many rows of as many numbers of 0 or more', () => {
    const rule = 'model: costs must be 2 rows of 2 numbers of 0 or more';
    for (const wrong of [
      null,
      {},
      [[0, 1]],
      [[0], [1]],
      [
        [0, -1],
        [1, 0],
      ],
      [
        [0, NaN],
        [1, 0],
      ],
      [
        [0, '1'],
        [1, 0],
      ],
    ]) {
      expect(() => requireCosts(wrong, 2)).to.throw(rule);
    }
    requireCosts(
      [
        [1, 2],
        [0, 3],
      ],
      2,
    );
  });
});
