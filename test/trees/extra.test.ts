import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import type { ForestTask } from '../../src/trees/extra.js';
import { binValues, ExtraGrower, meansOf } from '../../src/trees/extra.js';
import { growExtraReference } from '../../src/trees/extra-reference.js';

const CASES = fc.record({
  seed: fc.nat(1e6),
  n: fc.integer({ min: 1, max: 120 }),
  d: fc.integer({ min: 1, max: 17 }),
  levels: fc.constantFrom(1, 2, 5, 400),
  missing: fc.constantFrom(0, 0.2, 0.9, 1),
  outputs: fc.constantFrom(1, 2, 5, 40),
  bits: fc.boolean(),
  weighted: fc.boolean(),
  named: fc.constantFrom(0, 0.5, 1),
  columnsPerNode: fc.integer({ min: 1, max: 20 }),
  minLeaf: fc.integer({ min: 1, max: 10 }),
  minSplit: fc.integer({ min: 2, max: 20 }),
});

type Case = typeof CASES extends fc.Arbitrary<infer T> ? T : never;

function make({ seed, n, d, levels, missing, outputs, bits, weighted, named }: Case) {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: n * d }, () =>
    rng.uniform() < missing ? Number.NaN : levels === 400 ? rng.normal() : rng.integer(levels),
  );
  const X = { rows: n, cols: d, data };
  const isCategory = Array.from({ length: d }, () => rng.uniform() < named);
  const table = binTable(X, allRows(n), 255, isCategory);
  const y = Float32Array.from({ length: n }, () =>
    outputs > 1 ? rng.integer(outputs) : bits ? rng.integer(2) : rng.normal(),
  );
  const weights = weighted ? Float32Array.from({ length: n }, () => 0.5 + rng.uniform()) : undefined;
  const train = allRows(n).filter((row) => row === 0 || rng.uniform() < 0.8);
  const task: ForestTask = { y, outputs, weights, train };
  return { table, task, values: binValues(X, table, train) };
}

const LARGE: Case = {
  ...({ seed: 1, n: 100, d: 5, levels: 400, missing: 0, outputs: 1, bits: false, weighted: false, named: 0 } as const),
  ...{ columnsPerNode: 2, minLeaf: 1, minSplit: 2 },
};

describe('ExtraGrower', () => {
  it('grows the tree of the reference, to the bit', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { table, task, values } = make(given);
        const fast = new ExtraGrower(table, task, values, given).grow(given.seed);
        expect(fast).to.deep.equal(growExtraReference(table, task, values, given, given.seed));
      }),
      { numRuns: 300 },
    );
  });

  it('lets leaves say the weighted median of their rows as the reference does, and changes nothing else', () => {
    fc.assert(
      fc.property(CASES, fc.constantFrom('even', 'whole', 'any'), (given, weighing) => {
        const { table, task, values } = make({ ...given, outputs: 1 });
        const rng = new Rng(given.seed + 1);
        const weightOf = { even: () => 1, whole: () => 1 + rng.integer(3), any: () => 0.1 + rng.uniform() };
        const medians = Float32Array.from({ length: table.rows }, weightOf[weighing]);
        const asked = { ...task, medians };
        const fast = new ExtraGrower(table, asked, values, given).grow(given.seed);
        expect(fast).to.deep.equal(growExtraReference(table, asked, values, given, given.seed));
        const { means, ...plain } = new ExtraGrower(table, task, values, given).grow(given.seed);
        expect({ ...fast, means: undefined }).to.deep.equal({ ...plain, means: undefined });
        // Nodes that are no leaves keep their means, and so do leaves of one row.
        plain.left.forEach((left, node) => {
          if (left > 0 || plain.rows[node] === 1) expect(fast.means[node]).to.equal(means[node]);
        });
      }),
      { numRuns: 150 },
    );
    const { table, task, values } = make({ ...LARGE, outputs: 2 });
    const medians = new Float32Array(table.rows).fill(1);
    expect(() => new ExtraGrower(table, { ...task, medians }, values, LARGE)).to.throw('medians are of numbers');
  });

  it('grows another tree from another seed, and the same from the same', () => {
    const given = {
      seed: 1,
      n: 100,
      d: 5,
      levels: 400,
      missing: 0,
      outputs: 1,
      bits: false,
      weighted: false,
      named: 0,
    } as const;
    const params = { columnsPerNode: 2, minLeaf: 1, minSplit: 2 };
    const { table, task, values } = make({ ...given, ...params });
    const grower = new ExtraGrower(table, task, values, params);
    const first = grower.grow(ExtraGrower.seedOf(9, 0));
    expect(grower.grow(ExtraGrower.seedOf(9, 1))).to.not.deep.equal(first);
    expect(grower.grow(ExtraGrower.seedOf(9, 0))).to.deep.equal(first);
  });

  it('never makes a leaf of fewer rows than asked, and says of each node the mean of its rows', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { table, task, values } = make({ ...given, outputs: 1, weighted: false });
        const { left, rows, means } = new ExtraGrower(table, task, values, given).grow(given.seed);
        expect(rows[0]).to.equal(task.train.length);
        left.forEach((child, node) => {
          if (child === 0) return;
          expect(Math.min(rows[child], rows[child + 1])).to.be.at.least(given.minLeaf);
          expect(rows[child] + rows[child + 1]).to.equal(rows[node]);
          const sum = means[child] * rows[child] + means[child + 1] * rows[child + 1];
          expect(sum).to.be.closeTo(means[node] * rows[node], 1e-3);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('has nothing to split in one row, in a constant column, or where all cells are missing', () => {
    for (const data of [Float32Array.of(1), new Float32Array(9).fill(4), new Float32Array(9).fill(Number.NaN)]) {
      const n = data.length;
      const X = { rows: n, cols: 1, data };
      const table = binTable(X, allRows(n));
      const task: ForestTask = { y: Float32Array.from({ length: n }, (_, i) => i), outputs: 1, train: allRows(n) };
      const params = { columnsPerNode: 1, minLeaf: 1, minSplit: 2 };
      const tree = new ExtraGrower(table, task, binValues(X, table, task.train), params).grow(1);
      expect([...tree.left]).to.deep.equal([0]);
      expect(tree.means[0]).to.be.closeTo((n - 1) / 2, 1e-6);
    }
  });

  it('parts distinct rows until each leaf has one output, and never splits what is constant', () => {
    const rng = new Rng(3);
    const n = 90;
    const data = Float32Array.from({ length: n * 2 }, (_, i) => (i % 2 ? 4 : rng.normal()));
    const X = { rows: n, cols: 2, data };
    const table = binTable(X, allRows(n));
    const y = Float32Array.from({ length: n }, () => rng.normal());
    const task: ForestTask = { y, outputs: 1, train: allRows(n) };
    const params = { columnsPerNode: 2, minLeaf: 1, minSplit: 2 };
    const tree = new ExtraGrower(table, task, binValues(X, table, task.train), params).grow(1);
    expect([...tree.column]).to.not.include(1);
    for (let row = 0; row < n; row++) expect(meansOf([tree], table, row, 1)).to.deep.equal([y[row]]);
  });

  it('draws cuts evenly over the range of a column, not over its rows', () => {
    // 99 rows between 0 and 1, one at 100: nearly every first cut stands alone against that row.
    const n = 100;
    const data = Float32Array.from({ length: n }, (_, i) => (i === 99 ? 100 : i / 99));
    const X = { rows: n, cols: 1, data };
    const table = binTable(X, allRows(n));
    const y = Float32Array.from({ length: n }, (_, i) => i);
    const task: ForestTask = { y, outputs: 1, train: allRows(n) };
    const params = { columnsPerNode: 1, minLeaf: 1, minSplit: 2 };
    const grower = new ExtraGrower(table, task, binValues(X, table, task.train), params);
    const alone = Array.from({ length: 200 }, (_, i) => grower.grow(ExtraGrower.seedOf(1, i)).bin[0] === 99);
    expect(alone.filter(Boolean).length).to.be.within(190, 200);
  });

  it('refuses a forest of nothing', () => {
    const table = binTable({ rows: 1, cols: 1, data: Float32Array.of(1) }, allRows(1));
    const task: ForestTask = { y: Float32Array.of(1), outputs: 1, train: new Uint32Array(0) };
    const params = { columnsPerNode: 1, minLeaf: 1, minSplit: 2 };
    expect(() => new ExtraGrower(table, task, new Float32Array(256), params)).to.throw('there must be rows');
  });
});
