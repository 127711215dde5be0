import { expect } from 'chai';
import fc from 'fast-check';

import { matrixFrom } from '../../src/core/index.js';
import { metricFor } from '../../src/evaluate/index.js';

interface Row {
  readonly y: number;
  readonly said: readonly number[];
  readonly w: number;
}

const tables = fc.integer({ min: 2, max: 6 }).chain((k) => {
  const row = fc.record({
    y: fc.nat(k - 1),
    // Few values: ties happen.
    said: fc.array(fc.nat(5), { minLength: k, maxLength: k }),
    w: fc.nat(3),
  });
  const rows = fc.array(row, { minLength: 1, maxLength: 25 }).filter((some) => some.some(({ w }) => w > 0));
  return fc.tuple(fc.constant(k), rows);
});

const tableOf = (rows: readonly Row[]) =>
  matrixFrom(
    rows.map(({ said }) => {
      const sum = said.reduce((a, b) => a + b, 0);
      return said.map((part) => (sum > 0 ? part / sum : 1 / said.length));
    }),
  );

function score(name: string, rows: readonly Row[], k: number): number {
  const y = Float64Array.from(rows, (row) => row.y);
  const weights = Float64Array.from(rows, ({ w }) => w);
  return metricFor(name, k === 2 ? 'binary' : 'multiclass').compute(y, tableOf(rows), weights);
}

/** Rows as often as they weigh, each with its truth and the probabilities as float32 has them. */
function drawn(rows: readonly Row[], k: number): { y: number; p: number[] }[] {
  const { data } = tableOf(rows);
  return rows.flatMap(({ y, w }, i) =>
    Array.from({ length: w }, () => ({ y, p: [...data.subarray(i * k, (i + 1) * k)] })),
  );
}

/** The mean over the classes of precision at each row of the class, were all rows of at least its score called. */
function slowAveragePrecision(list: readonly { y: number; p: number[] }[], k: number): number {
  const areas: number[] = [];
  for (let c = 0; c < k; c++) {
    const own = list.filter(({ y }) => y === c);
    if (own.length === 0) continue;
    const precisions = own.map(({ p }) => {
      const called = list.filter((other) => other.p[c] >= p[c]);
      return called.filter(({ y }) => y === c).length / called.length;
    });
    areas.push(precisions.reduce((a, b) => a + b, 0) / own.length);
  }
  return areas.reduce((a, b) => a + b, 0) / areas.length;
}

describe('metrics of probabilities', () => {
  it('take a row for found when fewer classes than guesses come before its own', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 2, max: 4 }), ([k, rows], guesses) => {
        fc.pre(k > 2);
        const list = drawn(rows, k);
        const found = list.filter(({ y, p }) => p.filter((q, c) => q > p[y] || (q === p[y] && c < y)).length < guesses);
        const name = `top_${guesses}_accuracy`;
        expect(score(name, rows, k)).to.be.closeTo(found.length / list.length, 1e-12);
      }),
    );
  });

  it('average the precision of every class against the rest', () => {
    fc.assert(
      fc.property(tables, ([k, rows]) => {
        fc.pre(k > 2);
        const expected = slowAveragePrecision(drawn(rows, k), k);
        expect(score('average_precision_ovr', rows, k)).to.be.closeTo(expected, 1e-9);
      }),
    );
  });

  it('are off by the mean gap between what was said and what came true, bin by bin', () => {
    fc.assert(
      fc.property(tables, ([k, rows]) => {
        const list = drawn(rows, k);
        const bins = new Map<number, { said: number; came: number }>();
        for (const { y, p } of list) {
          const named = k === 2 ? 1 : p.indexOf(Math.max(...p));
          const bin = Math.min(14, Math.floor(p[named] * 15));
          const { said, came } = bins.get(bin) ?? { said: 0, came: 0 };
          bins.set(bin, { said: said + p[named], came: came + (y === named ? 1 : 0) });
        }
        let expected = 0;
        for (const { said, came } of bins.values()) expected += Math.abs(said - came) / list.length;
        expect(score('ece', rows, k)).to.be.closeTo(expected, 1e-9);
      }),
    );
  });

  it('call probabilities that come true calibrated, and sure ones that do not wrong', () => {
    const half = [0, 1].map((y) => ({ y, said: [1, 1], w: 1 }));
    expect(score('ece', half, 2)).to.equal(0);
    const sure = [0, 1].map((y) => ({ y, said: [0, 1], w: 1 }));
    expect(score('ece', sure, 2)).to.equal(0.5);
  });
});
