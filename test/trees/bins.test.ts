import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { Binner } from '../../src/trees/binner.js';
import { binTable } from '../../src/trees/binning.js';
import { binOf, MAX_BINS } from '../../src/trees/bins.js';

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

describe('Binner', () => {
  it('sorts as numbers are sorted, few and many, also where they share most of their bits', () => {
    for (const n of [0, 1, 7, 1023, 1024, 5000]) {
      const binner = new Binner(column([]), n);
      for (const levels of [1, 2, 400, Infinity]) {
        const rng = new Rng(n);
        for (const room of [0, 7]) {
          const values = Float32Array.from({ length: n }, () =>
            levels < Infinity ? rng.integer(levels) - 2 : 1e3 * rng.normal(),
          );
          binner.unsorted.set(new Uint32Array(values.buffer), room * n);
          expect(binner.sorted(room, n)).to.deep.equal(values.sort());
        }
      }
    }
    const values = Float32Array.of(0, -0, Infinity, -Infinity, 1e-45, -3.4e38);
    const binner = new Binner(column([]), values.length);
    binner.unsorted.set(new Uint32Array(values.buffer));
    expect([...binner.sorted(0, values.length)]).to.deep.equal([
      -Infinity,
      Math.fround(-3.4e38),
      -0,
      0,
      1.401298464324817e-45,
      Infinity,
    ]);
  });

  it('finds the values of a column where they are very few and no more than asked, whatever the others have', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 13 }), fc.integer({ min: 2, max: 12 }), (seed, cols, most) => {
        const rng = new Rng(seed);
        const rows = rng.integer(60);
        const levels = Array.from({ length: cols }, () => 1 + rng.integer(12));
        const cell = (i: number) => (rng.uniform() < 0.2 ? Number.NaN : rng.integer(levels[i % cols]) - 3);
        const X = { rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => cell(i)) };
        const named = allRows(rows).filter(() => rng.uniform() < 0.8);
        const isCategory = levels.map(() => rng.uniform() < 0.2);
        new Binner(X, rows).fewValues(named, most, isCategory).forEach((found, column) => {
          const own = Array.from(named, (row) => X.data[row * cols + column]).filter((value) => !Number.isNaN(value));
          const different = Float32Array.from(new Set(own)).sort();
          const isFew = !isCategory[column] && different.length <= Math.min(most, 8);
          expect(found).to.deep.equal(isFew ? different : null);
        });
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

  it('bins each of many columns as if it stood alone, in pieces of rows, those of one cut and of many side by side', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 40 }), fc.constantFrom(3, 64, 255), (seed, cols, maxBins) => {
        const rng = new Rng(seed);
        // More than a piece has.
        const rows = 65 + rng.integer(2000);
        const kinds = Array.from({ length: cols }, () => rng.integer(rng.integer(2) ? 2 : 6));
        const draw = [
          () => Number(rng.uniform() < 0.1),
          () => (rng.uniform() < 0.5 ? Number.NaN : 7),
          () => rng.normal(),
          () => Number.NaN,
          () => rng.integer(300),
          () => rng.integer(4),
        ];
        const X = { rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => draw[kinds[i % cols]]()) };
        const isCategory = kinds.map((kind) => kind === 5);
        const named = allRows(rows).filter(() => rng.uniform() < 0.7);
        const table = binTable(X, named, maxBins, isCategory);
        for (let col = 0; col < cols; col++) {
          const own = column(Array.from({ length: rows }, (_, row) => X.data[row * cols + col]));
          const alone = binTable(own, named, maxBins, [isCategory[col]]);
          expect(table.cuts[col]).to.deep.equal(alone.cuts[0]);
          const cells = allRows(rows);
          expect(cells.map((row) => binOf(table, row, col))).to.deep.equal(cells.map((row) => binOf(alone, row, 0)));
        }
        // Columns beyond the last are bin 0.
        for (let col = cols; col % 8 !== 0; col++) expect(binOf(table, rows - 1, col)).to.equal(0);
      }),
      { numRuns: 25 },
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
