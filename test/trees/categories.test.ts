import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import { binOf } from '../../src/trees/bins.js';
import type { BoostTask } from '../../src/trees/boost.js';
import { BOOST_DEFAULTS, Booster } from '../../src/trees/boost.js';
import { binValues, ExtraGrower, meansOf } from '../../src/trees/extra.js';
import { plantForest } from '../../src/trees/forest.js';
import { extraTree, rawTree, takePart } from '../../src/trees/raw.js';
import { binGoesLeft } from '../../src/trees/tree.js';
import { Walker } from '../../src/trees/walk.js';

function column(values: readonly number[]) {
  return { rows: values.length, cols: 1, data: Float32Array.from(values) };
}

/** Rows of one column of categories, each with an effect of its own that has nothing to do with its number. */
function made(n: number, levels: number, seed = 1) {
  const rng = new Rng(seed);
  const effects = Array.from({ length: levels }, () => rng.normal());
  const codes = Array.from({ length: n }, () => rng.integer(levels));
  const y = Float32Array.from(codes, (code) => effects[code] + 0.1 * rng.normal());
  return { X: column(codes), y, effects };
}

describe('categories in bins', () => {
  it('have a bin each, the most frequent first, and the rest goes with the missing ones', () => {
    const X = column([7, 7, 7, 2, 2, -3, -3, 9, Number.NaN, 1000]);
    const table = binTable(X, allRows(9), 3, [true]);
    expect([...table.levels![0]!]).to.deep.equal([7, -3, 2]);
    expect(Array.from({ length: 10 }, (_, row) => binOf(table, row, 0))).to.deep.equal([1, 1, 1, 3, 3, 2, 2, 0, 0, 0]);
    expect(binTable(X, allRows(9)).levels).to.equal(undefined);
  });

  it('are 255 of 100,000, and all missing ones are none', () => {
    const X = column(Array.from({ length: 100_300 }, (_, i) => (i < 100_000 ? i : i - 100_000)));
    const table = binTable(X, allRows(X.rows), 255, [true]);
    // The 300 that come twice, the lesser numbers first.
    expect([...table.levels![0]!]).to.deep.equal(Array.from({ length: 255 }, (_, i) => i));
    expect(binOf(table, 299, 0)).to.equal(0);
    const none = binTable(column([Number.NaN, Number.NaN]), allRows(2), 255, [true]);
    expect(none.levels![0]).to.have.length(0);
  });
});

describe('categories in trees', () => {
  it('are told apart by two leaves where their effect has two values, whatever their numbers', () => {
    const codes = Array.from({ length: 400 }, (_, i) => i % 10);
    const y = Float32Array.from(codes, (code) => ([1, 4, 5, 8].includes(code) ? 3 : -1));
    const table = binTable(column(codes), allRows(400), 255, [true]);
    const task: BoostTask = { loss: 'squared', outputs: 1, y, train: allRows(400), seed: 1 };
    const booster = new Booster(table, task, { ...BOOST_DEFAULTS, leaves: 2, learningRate: 1, categories: { l2: 0 } });
    const [tree] = booster.round();
    const set = tree.sets[0]!.map((bin) => table.levels![0]![bin - 1]);
    const other = codes.slice(0, 10).filter((code) => !set.includes(code));
    expect([[...set].sort(), other.sort()]).to.deep.include([1, 4, 5, 8]);
    booster.scores.subarray(0, 400).forEach((score, i) => expect(score).to.be.closeTo(y[i], 1e-3));
  });

  it('are learned with fewer leaves than their numbers are', () => {
    const { X, y } = made(4000, 60);
    const lossOf = (isCategory: boolean) => {
      const table = binTable(X, allRows(4000), 255, [isCategory]);
      const task: BoostTask = { loss: 'squared', outputs: 1, y, train: allRows(3000), seed: 1 };
      const booster = new Booster(table, task, { ...BOOST_DEFAULTS, leaves: 4 });
      for (let round = 0; round < 30; round++) booster.round();
      let sum = 0;
      for (let row = 3000; row < 4000; row++) sum += (booster.scores[row] - y[row]) ** 2;
      return sum / 1000;
    };
    expect(lossOf(true)).to.be.below(0.5 * lossOf(false));
  });

  it('that were missing, rare or never seen go where the set is not, for boosted trees and extra trees alike', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 40 }), (seed, levels) => {
        const { X, y } = made(300, levels, seed);
        // Rows that nothing is learned from: a missing cell, an unknown category.
        X.data[298] = Number.NaN;
        X.data[299] = 12345;
        const train = allRows(298);
        const table = binTable(X, train, 20, [true]);
        const task: BoostTask = { loss: 'squared', outputs: 1, y, train, seed };
        const booster = new Booster(table, task, {
          ...BOOST_DEFAULTS,
          leaves: 6,
          minRows: 5,
          categories: { smooth: 1 },
        });
        const [tree] = booster.round();
        for (let row = 0; row < 300; row++) {
          let node = 0;
          while (tree.left[node] > 0) {
            const own = binOf(table, row, 0);
            expect(tree.sets[node]).to.not.include(0);
            const split = { bin: tree.bin[node], missingLeft: tree.missingLeft[node], set: tree.sets[node] };
            node = binGoesLeft(split, own) ? tree.left[node] : tree.left[node] + 1;
          }
          expect(booster.scores[row]).to.equal(Math.fround(booster.base[0] + tree.value[node]));
        }
        expect(booster.scores[298]).to.equal(booster.scores[299]);
        const extra = new ExtraGrower(table, { y, outputs: 1, train }, binValues(X, table, train), {
          columnsPerNode: 1,
          minLeaf: 1,
          minSplit: 2,
        }).grow(seed);
        expect(extra.sets.every((set) => !set?.includes(0))).to.equal(true);
        expect(meansOf([extra], table, 298, 1)).to.deep.equal(meansOf([extra], table, 299, 1));
        // Nothing is left to part: each leaf has one category, or those that have no bin.
        for (const level of new Set(X.data.subarray(0, 298))) {
          const rows = [...train].filter((row) => X.data[row] === level);
          if (binOf(table, rows[0], 0) === 0) continue;
          const mean = rows.reduce((sum, row) => sum + y[row], 0) / rows.length;
          expect(meansOf([extra], table, rows[0], 1)[0]).to.be.closeTo(mean, 1e-5);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('say the same of raw categories as of bins: missing, rare and unknown ones go where the set is not', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3 }), (seed, levels, k) => {
        const { X, y } = made(300, levels, seed);
        X.data.set([Number.NaN, 255, 256, 1e6], 296);
        const train = allRows(296);
        const table = binTable(X, train, 40, [true]);
        const task: BoostTask = { loss: 'squared', outputs: 1, y, train, seed };
        const booster = new Booster(table, task, { ...BOOST_DEFAULTS, leaves: 7, categories: { smooth: 1 } });
        const boosted = [booster.round(), booster.round()].flat().map((tree) => rawTree(tree, table));
        const sums = new Float32Array(300).fill(booster.base[0]);
        const walker = new Walker(plantForest(boosted), 1);
        walker.add(X.data, 1, undefined, sums, 0, walker.trees);
        expect([...sums]).to.deep.equal([...booster.scores.subarray(0, 300)]);
        const classes = y.map((_, row) => row % k);
        const grower = new ExtraGrower(table, { y: classes, outputs: k, train }, binValues(X, table, train), {
          columnsPerNode: 1,
          minLeaf: 1,
          minSplit: 2,
        });
        const grown = [grower.grow(seed), grower.grow(seed + 1)];
        const means = new Float32Array(300 * k);
        const trees = grown.map((tree) => extraTree(tree, table, k));
        for (const tree of trees) takePart(tree, grown.length);
        const forest = plantForest(trees, k);
        new Walker(forest, k).add(X.data, 1, undefined, means, 0, grown.length);
        for (const row of [...allRows(20), 296, 297, 298, 299]) {
          const own = [...means.subarray(row * k, (row + 1) * k)];
          own.forEach((mean, c) => expect(mean).to.be.closeTo(meansOf(grown, table, row, k)[c], 1e-6));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('must be numbered from 0 to 255 where a tree is kept', () => {
    for (const odd of [-1, 256, 2.5]) {
      const X = column(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? odd : 3)));
      const y = Float32Array.from({ length: 60 }, (_, i) => i % 2);
      const table = binTable(X, allRows(60), 255, [true]);
      const task: BoostTask = { loss: 'squared', outputs: 1, y, train: allRows(60), seed: 1 };
      const [tree] = new Booster(table, task, { ...BOOST_DEFAULTS, leaves: 3, maxDepth: 1 }).round();
      const flipped = { ...tree, sets: tree.sets.map((set) => set && [1, 2]) };
      expect(() => rawTree(flipped, table)).to.throw(
        `trees: categories must be whole numbers from 0 to 255, got ${odd}.`,
      );
    }
  });

  it('never make a leaf smaller than asked, also where each row is a category', () => {
    const n = 500;
    const X = column(Array.from({ length: n }, (_, i) => i));
    const y = Float32Array.from({ length: n }, (_, i) => i % 7);
    const weights = Float32Array.from({ length: n }, (_, i) => 1 + (i % 3));
    const task: BoostTask = { loss: 'squared', outputs: 1, y, weights, train: allRows(n), seed: 1 };
    const params = { ...BOOST_DEFAULTS, minRows: 10, categories: { smooth: 0, l2: 0 } };
    const booster = new Booster(binTable(X, allRows(n), 255, [true]), task, params);
    for (let round = 0; round < 3; round++)
      for (const tree of booster.round()) for (const rows of tree.rows) expect(rows).to.be.at.least(10);
  });
});
