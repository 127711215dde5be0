import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import type { BinnedTable, Stored } from '../../src/trees/bins.js';
import { binCount, binOf } from '../../src/trees/bins.js';
import { BOOST_DEFAULTS, Booster } from '../../src/trees/boost.js';
import { storedBin, storedColumns } from '../../src/trees/bundles.js';
import { binGoesLeft } from '../../src/trees/tree.js';

/** Groups of one-hot columns, `size` each, and as many columns of numbers. */
function oneHot(n: number, groups: number, size: number, dense = 0) {
  const rng = new Rng(n);
  const cols = groups * size + dense;
  const data = new Float32Array(n * cols);
  for (let row = 0; row < n; row++) {
    for (let g = 0; g < groups; g++) data[row * cols + g * size + rng.integer(size)] = 1;
    for (let c = 0; c < dense; c++) data[row * cols + groups * size + c] = rng.normal();
  }
  return { rows: n, cols, data };
}

/** What a stored column says of a column in a row. */
function readBack({ bins, places }: Stored, table: BinnedTable, row: number, column: number): number {
  const place = places[column];
  const own = bins[(place.stored >> 3) * 8 * table.rows + row * 8 + (place.stored & 7)];
  if (place.first === 0) return own;
  for (let bin = place.lowest; bin <= binCount(table, column); bin++)
    if (bin !== place.usual && storedBin(place, bin) === own) return bin;
  return place.usual;
}

describe('storedColumns', () => {
  it('stores one-hot columns of a group as one, and columns of numbers alone', () => {
    const X = oneHot(500, 3, 12, 2);
    const table = binTable(X, allRows(500));
    const { counts, places } = storedColumns(table);
    expect(counts).to.have.length(5);
    expect(new Set(places.slice(0, 36).map(({ stored }) => stored)).size).to.equal(3);
    expect(places.slice(36).map(({ first }) => first)).to.deep.equal([0, 0]);
    expect(storedColumns(table)).to.equal(storedColumns(table));
  });

  it('leaves the bins of a table without such columns where they are', () => {
    const table = binTable(oneHot(100, 0, 0, 5), allRows(100));
    expect(storedColumns(table).bins).to.equal(table.bins);
  });

  it('keeps the bin of every cell, gaps and many levels among them', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1, 3, 200),
        fc.constantFrom(0, 0.02, 0.9),
        (seed, n, d, levels, noise) => {
          const rng = new Rng(seed);
          const data = new Float32Array(n * d).fill(rng.uniform() < 0.2 ? Number.NaN : 0);
          for (let row = 0; row < n; row++) {
            data[row * d + rng.integer(d)] = rng.uniform() < 0.2 ? Number.NaN : 1 + rng.integer(levels);
            for (let col = 0; col < d; col++) if (rng.uniform() < noise) data[row * d + col] = rng.integer(levels);
          }
          const table = binTable({ rows: n, cols: d, data }, allRows(n));
          const stored = storedColumns(table);
          for (const count of stored.counts) expect(count).to.be.within(0, 255);
          const every = (of: (row: number, col: number) => number) =>
            Array.from({ length: n * d }, (_, i) => of(Math.floor(i / d), i % d));
          expect(every((row, col) => readBack(stored, table, row, col))).to.deep.equal(
            every((row, col) => binOf(table, row, col)),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is not misled by the rows that say which columns are worth a look', () => {
    // Every second row is looked at first.
    const n = 4096;
    const columns = [
      (row: number) => (row % 2 === 0 && row % 5 < 3 ? 1 : 2),
      (row: number) => (row % 2 === 0 ? 1 : 2 + (row % 3)),
      (row: number) => Number(row % 10 === 1),
    ];
    const data = Float32Array.from({ length: 3 * n }, (_, i) => columns[i % 3](Math.floor(i / 3)));
    const table = binTable({ rows: n, cols: 3, data }, allRows(n));
    const stored = storedColumns(table);
    // The first one mostly is 2, the second one has no usual value.
    expect(stored.places.map(({ first, usual }) => [first > 0, usual])).to.deep.equal([
      [true, 2],
      [false, 0],
      [true, 1],
    ]);
    for (let row = 0; row < n; row++)
      for (let col = 0; col < 3; col++) expect(readBack(stored, table, row, col)).to.equal(binOf(table, row, col));
  });

  it('lets rows that were not learned from walk as those that were', () => {
    const X = oneHot(300, 2, 9, 1);
    const table = binTable(X, allRows(300));
    const rng = new Rng(2);
    const y = Float32Array.from(
      { length: 300 },
      (_, row) => X.data[row * 19] + 2 * X.data[row * 19 + 10] + 0.1 * rng.normal(),
    );
    const task = { loss: 'squared', outputs: 1, y, train: allRows(200), seed: 1 } as const;
    const booster = new Booster(table, task, { ...BOOST_DEFAULTS, minRows: 3 });
    const [tree] = booster.round();
    expect(tree.column).to.include(0).and.to.include(10);
    for (let row = 0; row < 300; row++) {
      let node = 0;
      while (tree.left[node] > 0) {
        const split = { bin: tree.bin[node], missingLeft: tree.missingLeft[node], set: tree.sets[node] };
        node = binGoesLeft(split, binOf(table, row, tree.column[node])) ? tree.left[node] : tree.left[node] + 1;
      }
      expect(booster.scores[row]).to.equal(Math.fround(booster.base[0] + tree.value[node]));
    }
  });
});
