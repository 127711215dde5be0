import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import { binCount, binOf } from '../../src/trees/bins.js';
import { Grower } from '../../src/trees/grow.js';
import type { WholeGradients } from '../../src/trees/reference.js';
import { growReference } from '../../src/trees/reference.js';
import type { GrowthParams } from '../../src/trees/tree.js';
import { binGoesLeft, GROWTH_DEFAULTS } from '../../src/trees/tree.js';

interface Case {
  readonly seed: number;
  readonly n: number;
  readonly d: number;
  readonly levels: number;
  readonly missing: number;
  readonly equal: boolean;
  /** Gradients lie between minus this and this: few values make many ties. */
  readonly size: number;
  readonly share: number;
  /** Columns that differ from 0 in other rows each: they are stored together. */
  readonly exclusive: boolean;
  /** Share of the columns that have categories, and of the others that have a direction. */
  readonly named: number;
  readonly directed: number;
  readonly params: GrowthParams;
}

const CASES: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(1e6),
  n: fc.integer({ min: 1, max: 150 }),
  d: fc.integer({ min: 1, max: 19 }),
  levels: fc.constantFrom(1, 2, 5, 20, 400),
  missing: fc.constantFrom(0, 0.2, 0.9, 1),
  equal: fc.boolean(),
  size: fc.constantFrom(1, 1000),
  share: fc.constantFrom(1, 0.5),
  exclusive: fc.boolean(),
  named: fc.constantFrom(0, 0.5, 1),
  directed: fc.constantFrom(0, 0, 0.5, 1),
  params: fc.record({
    leaves: fc.integer({ min: 1, max: 20 }),
    maxDepth: fc.integer({ min: 1, max: 10 }),
    minRows: fc.integer({ min: 1, max: 30 }),
    minHessian: fc.constantFrom(0, 1e-3, 2),
    lambda: fc.constantFrom(0, 0.5, 1),
    minGain: fc.constantFrom(0, 0.1),
    categories: fc.record({
      maxOneHot: fc.constantFrom(1, 4, 30),
      smooth: fc.constantFrom(0, 1, 10),
      maxSet: fc.constantFrom(1, 3, 32),
      l2: fc.constantFrom(0, 0.5, 10),
    }),
  }),
});

function make({ seed, n, d, levels, missing, equal, size, share, exclusive, named, directed, params }: Case) {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: n * d }, () =>
    rng.uniform() < missing ? Number.NaN : levels === 400 ? rng.normal() : rng.integer(levels),
  );
  // All but every third column: in a row at most one of them is not 0.
  for (let row = 0; exclusive && row < n; row++) {
    const unusual = rng.integer(d + 1);
    for (let col = 0; col < d; col++) if (col % 3 !== 2 && col !== unusual) data[row * d + col] = 0;
  }
  const isCategory = Array.from({ length: d }, () => rng.uniform() < named);
  const table = binTable({ rows: n, cols: d, data }, allRows(n), 255, isCategory);
  const directions = Int8Array.from(isCategory, (is) =>
    is || rng.uniform() >= directed ? 0 : rng.uniform() < 0.5 ? 1 : -1,
  );
  const growth: GrowthParams = { ...params, ...(directed > 0 ? { monotone: directions } : {}) };
  const gradients: WholeGradients = {
    gradientUnit: 0.25 + rng.uniform(),
    hessianUnit: 0.5 + rng.uniform(),
    equal,
    gradient: Int32Array.from({ length: n }, () => rng.integer(2 * size + 1) - size),
    hessian: Int32Array.from({ length: n }, () => (equal ? 1 : rng.integer(size === 1 ? 3 : 50))),
  };
  const rows = allRows(n).filter(() => rng.uniform() < share);
  const columns = Array.from({ length: d }, (_, i) => i).filter(() => rng.uniform() < 0.8);
  return { table, gradients, rows, columns, growth };
}

/** The tree that the kernels grow, and the rows of its leaves. */
function growFast(given: Case, limitBytes?: number) {
  return growOn(make(given), limitBytes);
}

/** The same task with its rows in another order. */
function shuffled({ table, gradients, rows, columns, growth }: ReturnType<typeof make>, seed: number) {
  const n = table.rows;
  const place = new Rng(seed).shuffle(allRows(n));
  const bins = table.bins.slice();
  for (let block = 0; block < bins.length; block += 8 * n)
    for (let row = 0; row < n; row++)
      bins.set(table.bins.subarray(block + 8 * row, block + 8 * row + 8), block + 8 * place[row]);
  const moved = (of: Int32Array) => {
    const to = of.slice();
    of.forEach((value, row) => (to[place[row]] = value));
    return to;
  };
  return {
    table: { ...table, bins },
    gradients: { ...gradients, gradient: moved(gradients.gradient), hessian: moved(gradients.hessian) },
    rows: Uint32Array.from(rows, (row) => place[row]).sort(),
    columns,
    growth,
  };
}

function growOn({ table, gradients, rows, columns, growth }: ReturnType<typeof make>, limitBytes?: number) {
  const grower = new Grower(table, growth, { ...(limitBytes ? { histogramBytes: limitBytes } : {}) });
  const packed = new BigInt64Array(grower.buffer, grower.packed, table.rows);
  gradients.gradient.forEach((g, i) => (packed[i] = (BigInt(g) << 32n) + BigInt(gradients.hessian[i])));
  const order = new Uint32Array(grower.buffer, grower.order, rows.length);
  order.set(rows);
  const { tree, leaves } = grower.grow(rows.length, Int32Array.from(columns), gradients);
  const parts = leaves.map(({ node, start, count }) => ({ node, rows: [...order.subarray(start, start + count)] }));
  return { tree, parts, table, rows, grower, growth };
}

describe('grow', () => {
  it('grows the tree of the reference, to the bit', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { table, gradients, rows, columns, growth } = make(given);
        expect(growFast(given).tree).to.deep.equal(growReference(table, gradients, rows, columns, growth));
      }),
      { numRuns: 500 },
    );
  });

  it('grows the same tree when there is room for two histograms only', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        expect(growFast(given, 1).tree).to.deep.equal(growFast(given).tree);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves each row in one leaf, with at least as many as asked, where walking its bins leads', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { tree, parts, table, rows, grower } = growFast(given);
        expect(parts.flatMap((part) => part.rows).sort((a, b) => a - b)).to.deep.equal([...rows]);
        if (parts.length > 1) for (const part of parts) expect(part.rows.length).to.be.at.least(given.params.minRows);
        for (const part of parts) {
          for (const row of part.rows) {
            let node = 0;
            while (tree.left[node] > 0) {
              const bin = table.bins[(tree.column[node] >> 3) * 8 * table.rows + row * 8 + (tree.column[node] & 7)];
              const set = tree.sets[node];
              const isLeft = set ? set.includes(bin) : bin === 0 ? tree.missingLeft[node] : bin <= tree.bin[node];
              node = isLeft ? tree.left[node] : tree.left[node] + 1;
            }
            expect(node).to.equal(part.node);
          }
        }
        void grower;
      }),
      { numRuns: 100 },
    );
  });

  it('never lets a greater value of a column with a direction say less, or more, whatever the others are', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { tree, table, growth } = growFast(given);
        const rng = new Rng(given.seed);
        const sayOf = (bins: readonly number[]) => {
          let node = 0;
          while (tree.left[node] > 0) {
            const own = bins[tree.column[node]];
            const split = { bin: tree.bin[node], missingLeft: tree.missingLeft[node], set: tree.sets[node] };
            node = binGoesLeft(split, own) ? tree.left[node] : tree.left[node] + 1;
          }
          return tree.value[node];
        };
        growth.monotone?.forEach((direction, column) => {
          if (direction === 0) return;
          for (let i = 0; i < 5; i++) {
            const bins = table.cuts.map((_, c) => rng.integer(binCount(table, c) + 1));
            let last = -Infinity;
            for (let bin = 1; bin <= binCount(table, column); bin++) {
              bins[column] = bin;
              const said = direction * sayOf(bins);
              expect(said).to.be.at.least(last);
              last = said;
            }
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it('grows the same tree whatever the order of the rows is', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const task = make(given);
        expect(growOn(shuffled(task, given.seed)).tree).to.deep.equal(growOn(task).tree);
      }),
      { numRuns: 100 },
    );
  });

  it('never splits a column that has one bin only', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { tree, table, rows } = growFast(given);
        for (const column of tree.column.filter((col) => col >= 0))
          expect(new Set(Array.from(rows, (row) => binOf(table, row, column))).size).to.be.above(1);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses directions that do not fit the table', () => {
    const table = binTable({ rows: 2, cols: 2, data: Float32Array.of(1, 2, 3, 4) }, allRows(2), 255, [true, false]);
    const grower = (...monotone: number[]) =>
      new Grower(table, { ...GROWTH_DEFAULTS, monotone: Int8Array.from(monotone) });
    expect(() => grower(0)).to.throw('trees: monotone must name 2 columns, got 1.');
    expect(() => grower(0, 2)).to.throw('trees: directions must be -1, 0 or 1, got 2.');
    expect(() => grower(1, 0)).to.throw('trees: categories must have direction 0, got 1.');
  });
});
