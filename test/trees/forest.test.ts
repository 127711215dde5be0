import { expect } from 'chai';
import fc from 'fast-check';

import type { Forest, Tree } from '../../src/trees/index.js';
import { isSound, plantForest, Walker } from '../../src/trees/index.js';

const COLS = 3;

/** A tree of some splits: each turns one of the leaves there are into a split. */
const trees: fc.Arbitrary<Tree> = fc
  .array(
    fc.record({
      leaf: fc.nat(1000),
      column: fc.nat(COLS - 1),
      threshold: fc.integer({ min: -4, max: 4 }),
      defaultLeft: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((splits) => {
    const nodes = [{ feature: -1, value: 0.5, left: 0, defaultLeft: 0 }];
    for (const { leaf, column, threshold, defaultLeft } of splits) {
      const leaves = nodes.flatMap(({ feature }, i) => (feature < 0 ? [i] : []));
      const at = leaves[leaf % leaves.length];
      nodes[at] = { feature: column, value: threshold / 2, left: nodes.length, defaultLeft: Number(defaultLeft) };
      for (const side of [1, 2]) nodes.push({ feature: -1, value: nodes.length / 8 - side, left: 0, defaultLeft: 0 });
    }
    return {
      feature: Int32Array.from(nodes, ({ feature }) => feature),
      value: Float32Array.from(nodes, ({ value }) => value),
      left: Int32Array.from(nodes, ({ left }) => left),
      defaultLeft: Uint8Array.from(nodes, ({ defaultLeft }) => defaultLeft),
    };
  });

const cells = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((x) => x / 2),
  fc.constant(Number.NaN),
);

/** What a tree says of a row, as its documentation has it. */
function leafOf({ feature, value, left, defaultLeft }: Tree, row: ArrayLike<number>): number {
  let node = 0;
  while (feature[node] >= 0) {
    const x = row[feature[node]];
    const goesLeft = Number.isNaN(x) ? defaultLeft[node] === 1 : x < value[node];
    node = goesLeft ? left[node] : left[node] + 1;
  }
  return value[node];
}

describe('a forest', () => {
  it('is walked as its trees say, any rows of a table, onto sums that are there', () => {
    fc.assert(
      fc.property(
        fc.array(trees, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(cells, cells, cells), { minLength: 1, maxLength: 150 }),
        fc.integer({ min: 1, max: 2 }),
        (planted, rows, outputs) => {
          const data = Float32Array.from(rows.flat());
          const named = Uint32Array.from(rows.keys()).filter((i) => i % 3 !== 1);
          const sums = new Float32Array(named.length * outputs).fill(0.25);
          const walker = new Walker(plantForest(planted), outputs);
          walker.add(data, COLS, named, sums, 0, walker.trees);
          named.forEach((row, i) => {
            for (let c = 0; c < outputs; c++) {
              let sum = 0.25;
              for (let t = c; t < planted.length; t += outputs) sum = Math.fround(sum + leafOf(planted[t], rows[row]));
              expect(sums[i * outputs + c]).to.equal(sum);
            }
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is sound as it was planted, and not where an index leads astray', () => {
    fc.assert(
      fc.property(fc.array(trees, { minLength: 1, maxLength: 4 }), (planted) => {
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
});
