import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binOf, binTable, keyOf, MAX_BINS } from '../../src/trees/bins.js';
import { distinctKeys, sortKeys } from '../../src/trees/cuts.js';

/** A table with one column. */
function column(values: readonly number[]) {
  return { rows: values.length, cols: 1, data: Float32Array.from(values) };
}

const VALUES = fc.array(
  fc.oneof(
    fc.constantFrom(0, -0, 1, -1, Number.NaN, 1e-38, -3.4e38, 3.4e38, 16777216, 16777217),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 0, max: 5 }),
  ),
  { minLength: 1, maxLength: 400 },
);

describe('sortKeys', () => {
  it('sorts as numbers are sorted, few and many, also where they share most of their bits', () => {
    for (const n of [0, 1, 7, 1023, 1024, 5000]) {
      for (const levels of [1, 2, 400, Infinity]) {
        const rng = new Rng(n);
        const values = Float32Array.from({ length: n }, () =>
          levels < Infinity ? rng.integer(levels) - 2 : 1e3 * rng.normal(),
        );
        const keys = Uint32Array.from(new Uint32Array(values.buffer), keyOf);
        expect(sortKeys(keys, new Uint32Array(n))).to.deep.equal(values.sort());
      }
    }
  });
});

describe('distinctKeys', () => {
  it('are each once where they are very few and no more than asked, and unknown where they are more', () => {
    const keys = fc.array(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 3, 4, 5, 6, 7, 8, 9), { maxLength: 40 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 2, max: 12 }), (list, most) => {
        const different = [...new Set(list)];
        const found = distinctKeys(Uint32Array.from(list), most);
        if (different.length > Math.min(most, 8)) expect(found).to.equal(null);
        else expect([...found!]).to.deep.equal(different);
      }),
    );
  });
});

describe('binTable', () => {
  it('parts values as its cuts do: a smaller value is never in a higher bin, and "x < cut" is the bin', () => {
    fc.assert(
      fc.property(VALUES, fc.integer({ min: 2, max: MAX_BINS }), (values, maxBins) => {
        const X = column(values);
        const table = binTable(X, allRows(X.rows), maxBins);
        const [cuts] = table.cuts;
        expect(cuts.length).to.be.below(maxBins);
        for (let i = 1; i < cuts.length; i++) expect(cuts[i]).to.be.above(cuts[i - 1]);
        X.data.forEach((value, row) => {
          const bin = binOf(table, row, 0);
          if (Number.isNaN(value)) return expect(bin).to.equal(0);
          expect(bin).to.be.within(1, cuts.length + 1);
          if (bin > 1) expect(value).to.be.at.least(cuts[bin - 2]);
          if (bin <= cuts.length) expect(value).to.be.below(cuts[bin - 1]);
        });
      }),
    );
  });

  it('gives each value a bin of its own while there are enough', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 100 }), (values) => {
        const X = column([...values, ...values]);
        const table = binTable(X, allRows(X.rows), 100);
        const bins = new Set(values.map((_, row) => binOf(table, row, 0)));
        expect(bins.size).to.equal(values.length);
      }),
    );
  });

  it('fills bins evenly; a value that fills a bin shares it with less than half a bin of neighbours', () => {
    const rng = new Rng(1);
    const X = column(Array.from({ length: 10_000 }, (_, i) => (i % 2 ? 0 : rng.normal())));
    const table = binTable(X, allRows(X.rows), 11);
    const counts = new Map<number, number>();
    for (let row = 0; row < X.rows; row++)
      counts.set(binOf(table, row, 0), (counts.get(binOf(table, row, 0)) ?? 0) + 1);
    const zero = binOf(table, 1, 0);
    expect(counts.get(zero)).to.be.within(5000, 5000 + 250);
    counts.delete(zero);
    expect(counts.size).to.be.within(9, 10);
    for (const count of counts.values()) expect(count).to.be.within(200, 800);
  });

  it('learns cuts from the named rows only, and bins every row', () => {
    const X = column([1, 2, 3, 1000, Number.NaN]);
    const table = binTable(X, Uint32Array.of(0, 1, 2));
    expect([...table.cuts[0]]).to.deep.equal([1.5, 2.5]);
    expect([0, 1, 2, 3, 4].map((row) => binOf(table, row, 0))).to.deep.equal([1, 2, 3, 3, 0]);
  });

  it('has one bin for a constant column, and none but that of missing cells where all are missing', () => {
    const X = { rows: 3, cols: 2, data: Float32Array.of(7, Number.NaN, 7, Number.NaN, 7, Number.NaN) };
    const table = binTable(X, allRows(3));
    expect(table.cuts.map((cuts) => cuts.length)).to.deep.equal([0, 0]);
    expect([0, 1, 2].map((row) => binOf(table, row, 1))).to.deep.equal([0, 0, 0]);
  });

  it('cuts 250,000 rows evenly by a sample of them, also where values come in periods', () => {
    const n = 250_000;
    const X = column(Array.from({ length: n }, (_, i) => (i % 5) * n + i));
    const table = binTable(X, allRows(n), 50);
    const counts = new Uint32Array(51);
    for (let row = 0; row < n; row++) counts[binOf(table, row, 0)]++;
    expect(table.cuts[0]).to.have.length(49);
    for (const count of counts.subarray(1)) expect(count).to.be.within(0.9 * (n / 50), 1.1 * (n / 50));
    expect(binTable(X, allRows(n), 50)).to.deep.equal(table);
  });

  it('refuses a number of bins that a byte cannot hold', () => {
    expect(() => binTable(column([1]), allRows(1), 256)).to.throw('bins: must be in [2, 255], got 256.');
  });
});
