import { expect } from 'chai';
import fc from 'fast-check';

import type { Forest } from '../../src/trees/index.js';
import { goesLeft, isSound, plantForest, setMembers, Walker } from '../../src/trees/index.js';
import { codes, COLS, leafOf, numbers, treesOf } from '../support/forests.js';

const rowsOf = (named: fc.Arbitrary<number>) =>
  fc.array(fc.tuple(numbers, numbers, named), { minLength: 1, maxLength: 150 });

/** The number of the leaf that a row of a forest ends in, by the one rule that is told of a split. */
function ruledLeaf(forest: Forest, tree: number, row: ArrayLike<number>): number {
  let node = forest.roots[tree];
  while (forest.feature[node] >= 0)
    node = forest.left[node] + (goesLeft(forest, node, row[forest.feature[node]]) ? 0 : 1);
  return forest.value[node];
}

describe('a forest', () => {
  for (const hasSets of [false, true]) {
    const named = hasSets ? fc.oneof(codes, fc.constantFrom(0.5, 5.5, -0.25)) : numbers;

    it(`${hasSets ? 'with sets of categories ' : ''}is walked as its trees say, any rows of a table, onto sums that are there`, () => {
      fc.assert(
        fc.property(
          fc.array(treesOf(hasSets), { minLength: 1, maxLength: 6 }),
          rowsOf(named),
          fc.integer({ min: 1, max: 2 }),
          (planted, rows, outputs) => {
            const data = Float32Array.from(rows.flat());
            const chosen = Uint32Array.from(rows.keys()).filter((i) => i % 3 !== 1);
            const sums = new Float32Array(chosen.length * outputs).fill(0.25);
            const forest = plantForest(planted);
            const walker = new Walker(forest, outputs);
            walker.add(data, COLS, chosen, sums, 0, walker.trees);
            chosen.forEach((row, i) => {
              for (let c = 0; c < outputs; c++) {
                let sum = 0.25;
                for (let t = c; t < planted.length; t += outputs) {
                  const own = leafOf(planted[t], rows[row]);
                  expect(ruledLeaf(forest, t, rows[row])).to.equal(own);
                  sum = Math.fround(sum + own);
                }
                expect(sums[i * outputs + c]).to.equal(sum);
              }
            });
          },
        ),
        { numRuns: 60 },
      );
    });

    it(`${hasSets ? 'with sets of categories ' : ''}whose leaves say several numbers adds them all`, () => {
      fc.assert(
        fc.property(fc.array(treesOf(hasSets), { minLength: 1, maxLength: 4 }), rowsOf(named), (planted, rows) => {
          // The leaf's number, and its half: what a vector says can be told from the number.
          const withVectors = planted.map((tree) => {
            const leaves = [...tree.feature.keys()].filter((node) => tree.feature[node] < 0);
            const left = tree.left.map((child, node) => (tree.feature[node] < 0 ? leaves.indexOf(node) : child));
            return {
              ...tree,
              left,
              vectors: Float32Array.from(leaves.flatMap((i) => [tree.value[i], tree.value[i] / 2])),
            };
          });
          const sums = new Float32Array(2 * rows.length);
          const walker = new Walker(plantForest(withVectors, 2), 2);
          walker.add(Float32Array.from(rows.flat()), COLS, undefined, sums, 0, walker.trees);
          rows.forEach((row, i) => {
            const sum = planted.reduce((total, tree) => Math.fround(total + leafOf(tree, row)), 0);
            expect([sums[2 * i], sums[2 * i + 1]]).to.deep.equal([sum, sum / 2]);
          });
        }),
        { numRuns: 30 },
      );
    });
  }

  it('is sound as it was planted, and not where an index leads astray', () => {
    fc.assert(
      fc.property(fc.array(treesOf(true), { minLength: 1, maxLength: 4 }), (planted) => {
        const forest = plantForest(planted);
        expect(isSound(forest, COLS)).to.equal(true);
        const splits = [...forest.feature.keys()].filter((i) => forest.feature[i] >= 0);
        for (const node of splits) {
          for (const [name, value] of [
            ['feature', COLS],
            ['feature', -2],
            ['left', node],
            ['left', forest.feature.length - 1],
          ] as const) {
            const changed: Forest = { ...forest, [name]: forest[name].slice() };
            changed[name][node] = value;
            expect(isSound(changed, COLS), `${name} ${value}`).to.equal(false);
          }
        }
        expect(isSound({ ...forest, roots: forest.roots.map((root) => root + 1) }, COLS)).to.equal(false);
        expect(isSound({ ...forest, value: forest.value.slice(1) }, COLS)).to.equal(false);
      }),
      { numRuns: 40 },
    );
  });

  it('is not sound where a set is not there, has no category, or belongs to a leaf', () => {
    fc.assert(
      fc.property(fc.array(treesOf(true), { minLength: 1, maxLength: 4 }), (planted) => {
        const forest = plantForest(planted);
        const { set, sets, ...rest } = forest;
        if (!set || !sets) {
          expect([set, sets]).to.deep.equal([undefined, undefined]);
          return;
        }
        const leaf = forest.feature.indexOf(-1);
        const node = set.findIndex((own) => own >= 0);
        const broken: Forest[] = [
          { ...rest, set },
          { ...rest, sets },
          { ...forest, set: set.slice(1) },
          { ...forest, sets: sets.slice(1) },
          { ...forest, sets: sets.slice(0, -32) },
          { ...forest, sets: sets.map((byte, i) => (i < 32 ? 0 : byte)) },
          { ...forest, set: set.map((own, i) => (i === leaf ? 0 : own)) },
          { ...forest, set: set.map((own, i) => (i === node ? -2 : own)) },
        ];
        for (const [i, one] of broken.entries()) expect(isSound(one, COLS), String(i)).to.equal(false);
      }),
      { numRuns: 40 },
    );
  });

  it('says the categories of a set in order', () => {
    const sets = new Uint8Array(64);
    for (const category of [255, 0, 8, 63]) sets[32 + (category >> 3)] |= 1 << (category & 7);
    expect(setMembers(sets, 1)).to.deep.equal([0, 8, 63, 255]);
    expect(setMembers(sets, 0)).to.deep.equal([]);
  });
});
