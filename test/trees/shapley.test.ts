import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import type { Forest } from '../../src/trees/index.js';
import { ForestShapley, plantForest } from '../../src/trees/index.js';
import { shapleyValues } from '../../src/trees/shapley-reference.js';
import type { ForestSize } from './support/forests.js';
import { cells, forestsOf, rowsOf, saidOf } from './support/forests.js';

interface Case {
  readonly size: ForestSize;
  readonly forest: Forest;
  readonly players: readonly number[];
  readonly playerCount: number;
  readonly row: readonly number[];
  readonly background: readonly (readonly number[])[];
}

function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, cols: rows[0].length, data: Float32Array.from(rows.flat()) };
}

function explained({ forest, size, players, playerCount, row, background }: Case) {
  const shapley = new ForestShapley({ forest, outputs: size.outputs, players, playerCount }, matrixOf(background));
  return { ...shapley.explain(Float32Array.from(row)), base: shapley.base };
}

/** The mean over the background of what is said of the mixture. */
function worthOf({ forest, size, players, row, background }: Case, coalition: number): Float64Array {
  const worth = new Float64Array(size.outputs);
  for (const other of background) {
    const mixed = row.map((own, j) => ((coalition >> players[j]) & 1 ? own : other[j]));
    saidOf(forest, size.outputs, mixed).forEach((sum, c) => (worth[c] += sum / background.length));
  }
  return worth;
}

const sizes = fc.record({
  columns: fc.integer({ min: 1, max: 7 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  hasVectors: fc.boolean(),
});

/** Any forest, every column a player or several columns one; up to 40 background rows, so that they fill more than one mask. */
const cases: fc.Arbitrary<Case> = sizes.chain((size) =>
  fc.integer({ min: 1, max: size.columns }).chain((playerCount) =>
    fc.record({
      size: fc.constant(size),
      forest: forestsOf(size),
      playerCount: fc.constant(playerCount),
      players: fc.array(fc.nat(playerCount - 1), { minLength: size.columns, maxLength: size.columns }),
      row: fc.array(cells, { minLength: size.columns, maxLength: size.columns }),
      background: rowsOf(size.columns, { minLength: 1, maxLength: 40 }),
    }),
  ),
);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-9): void {
  expect(actual.length).to.equal(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i], `at ${i}`).to.be.closeTo(expected[i], within);
}

describe('the Shapley values of a forest', () => {
  it('are those of their definition, for any forest, gaps, several outputs and players of several columns', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { shares, said, base } = explained(one);
        expectClose(
          shares,
          shapleyValues(one.playerCount, (coalition) => worthOf(one, coalition)),
        );
        expectClose(said, saidOf(one.forest, one.size.outputs, one.row));
        expectClose(base, worthOf(one, 0));
      }),
      { numRuns: 150 },
    );
  });

  it('lead from what is said of the background to what is said of the row', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { outputs } = one.size;
        const { shares, said, base } = explained(one);
        for (let c = 0; c < outputs; c++) {
          let sum = base[c];
          for (let j = 0; j < one.playerCount; j++) sum += shares[j * outputs + c];
          expect(sum).to.be.closeTo(said[c], 1e-9);
        }
      }),
    );
  });

  it('are exactly 0 for a column that no split looks at, and the same whoever else plays', () => {
    fc.assert(
      fc.property(cases, cells, (one, cell) => {
        const { outputs } = one.size;
        const wider: Case = {
          ...one,
          players: [...one.players, one.playerCount],
          playerCount: one.playerCount + 1,
          row: [...one.row, cell],
          background: one.background.map((row, i) => [...row, i / 3]),
        };
        const { shares } = explained(wider);
        const own = shares.subarray(one.playerCount * outputs);
        expect([...own]).to.deep.equal(Array.from({ length: outputs }, () => 0));
        expect([...shares.subarray(0, one.playerCount * outputs)]).to.deep.equal([...explained(one).shares]);
      }),
    );
  });

  it('are the same for two columns that do the same', () => {
    // A tree that asks the first column and then the second, and its twin with both exchanged.
    const tree = (first: number, second: number, cut: number, numbers: readonly number[]) => ({
      feature: Int32Array.of(first, second, second, -1, -1, -1, -1),
      value: Float32Array.of(cut, cut, cut, ...numbers),
      left: Int32Array.of(1, 3, 5, 0, 0, 0, 0),
      defaultLeft: new Uint8Array(7),
    });
    const value = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(
        fc.tuple(value, value, value, value),
        value,
        cells,
        rowsOf(1, { minLength: 1, maxLength: 9 }),
        (numbers, cut, cell, others) => {
          const forest = plantForest([tree(0, 1, cut / 4, numbers), tree(1, 0, cut / 4, numbers)]);
          const { shares } = explained({
            size: { columns: 2, outputs: 1, hasVectors: false },
            forest,
            players: [0, 1],
            playerCount: 2,
            row: [cell, cell],
            background: others.map(([other]) => [other, other]),
          });
          expect(shares[0]).to.be.closeTo(shares[1], 1e-12);
        },
      ),
    );
  });

  it('cost what is counted, and counting ends with the tree in which it is enough', () => {
    fc.assert(
      fc.property(cases, fc.nat(60), (one, most) => {
        const { forest, size, players, playerCount, row, background } = one;
        const game = { forest, outputs: size.outputs, players, playerCount };
        const shapley = new ForestShapley(game, matrixOf(background));
        const whole = shapley.costOf(Float32Array.from(row), Infinity);
        shapley.explain(Float32Array.from(row));
        expect(shapley.visits).to.equal(2 * whole);
        const counted = shapley.costOf(Float32Array.from(row), most);
        expect(counted).to.be.at.most(whole);
        if (counted < whole) expect(counted).to.be.above(most);
      }),
    );
  });

  it('halve what two columns do together only: by hand', () => {
    // 6 where both are at least 1, else 0; from a row of zeros to a row of ones.
    const forest = plantForest([
      {
        feature: Int32Array.of(0, -1, 1, -1, -1),
        value: Float32Array.of(1, 0, 1, 0, 6),
        left: Int32Array.of(1, 0, 3, 0, 0),
        defaultLeft: new Uint8Array(5),
      },
    ]);
    const size = { columns: 2, outputs: 1, hasVectors: false };
    const one: Case = { size, forest, players: [0, 1], playerCount: 2, row: [1, 1], background: [[0, 0]] };
    expect([...explained(one).shares]).to.deep.equal([3, 3]);
    // From (0, 1) all of it is the first column's; over both rows the mean.
    const both = explained({
      ...one,
      background: [
        [0, 0],
        [0, 1],
      ],
    });
    expect([...both.shares]).to.deep.equal([4.5, 1.5]);
    expect([both.base[0], both.said[0]]).to.deep.equal([0, 6]);
  });

  it('of a deep tree with many columns are finite and add up', () => {
    // A chain: 400 splits, each by a column of its own.
    const depth = 400;
    const nodes = 2 * depth + 1;
    const isSplit = (node: number): boolean => node % 2 === 0 && node < nodes - 1;
    const forest = plantForest([
      {
        feature: Int32Array.from({ length: nodes }, (_, node) => (isSplit(node) ? node / 2 : -1)),
        value: Float32Array.from({ length: nodes }, (_, node) => (isSplit(node) ? 0.5 : node / 7)),
        left: Int32Array.from({ length: nodes }, (_, node) => (isSplit(node) ? node + 1 : 0)),
        defaultLeft: new Uint8Array(nodes),
      },
    ]);
    const columns = Array.from({ length: depth }, (_, j) => j);
    const { shares, said, base } = explained({
      size: { columns: depth, outputs: 1, hasVectors: false },
      forest,
      players: columns,
      playerCount: depth,
      row: columns.map(() => 1),
      background: [columns.map(() => 0), columns.map((j) => j % 2)],
    });
    expect(shares.every(Number.isFinite)).to.equal(true);
    expect(shares.reduce((sum, share) => sum + share, base[0])).to.be.closeTo(said[0], 1e-9);
  });
});
