import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/bins.js';
import { Grower } from '../../src/trees/grow.js';
import type { WholeGradients } from '../../src/trees/reference.js';
import { growReference } from '../../src/trees/reference.js';
import type { GrowthParams } from '../../src/trees/tree.js';

interface Case {
  readonly seed: number;
  readonly n: number;
  readonly d: number;
  readonly levels: number;
  readonly missing: number;
  readonly equal: boolean;
  readonly share: number;
  readonly params: GrowthParams;
}

const CASES: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(1e6),
  n: fc.integer({ min: 1, max: 150 }),
  d: fc.integer({ min: 1, max: 19 }),
  levels: fc.constantFrom(1, 2, 5, 400),
  missing: fc.constantFrom(0, 0.2, 0.9, 1),
  equal: fc.boolean(),
  share: fc.constantFrom(1, 0.5),
  params: fc.record({
    leaves: fc.integer({ min: 1, max: 20 }),
    maxDepth: fc.integer({ min: 1, max: 10 }),
    minRows: fc.integer({ min: 1, max: 30 }),
    minHessian: fc.constantFrom(0, 1e-3, 2),
    lambda: fc.constantFrom(0, 0.5, 1),
    minGain: fc.constantFrom(0, 0.1),
  }),
});

function make({ seed, n, d, levels, missing, equal, share }: Case) {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: n * d }, () =>
    rng.uniform() < missing ? Number.NaN : levels === 400 ? rng.normal() : rng.integer(levels),
  );
  const table = binTable({ rows: n, cols: d, data }, allRows(n));
  const gradients: WholeGradients = {
    gradientUnit: 0.25 + rng.uniform(),
    hessianUnit: 0.5 + rng.uniform(),
    equal,
    gradient: Int32Array.from({ length: n }, () => rng.integer(2001) - 1000),
    hessian: Int32Array.from({ length: n }, () => (equal ? 1 : rng.integer(50))),
  };
  const rows = allRows(n).filter(() => rng.uniform() < share);
  const columns = Array.from({ length: d }, (_, i) => i).filter(() => rng.uniform() < 0.8);
  return { table, gradients, rows, columns };
}

/** The tree that the kernels grow, and the rows of its leaves. */
function growFast(given: Case, limitBytes?: number) {
  const { table, gradients, rows, columns } = make(given);
  const grower = new Grower(table, given.params, { ...(limitBytes ? { histogramBytes: limitBytes } : {}) });
  const packed = new BigInt64Array(grower.buffer, grower.packed, table.rows);
  gradients.gradient.forEach((g, i) => (packed[i] = (BigInt(g) << 32n) + BigInt(gradients.hessian[i])));
  const order = new Uint32Array(grower.buffer, grower.order, rows.length);
  order.set(rows);
  const { tree, leaves } = grower.grow(rows.length, Int32Array.from(columns), gradients);
  const parts = leaves.map(({ node, start, count }) => ({ node, rows: [...order.subarray(start, start + count)] }));
  return { tree, parts, table, rows, grower };
}

describe('grow', () => {
  it('grows the tree of the reference, to the bit', () => {
    fc.assert(
      fc.property(CASES, (given) => {
        const { table, gradients, rows, columns } = make(given);
        expect(growFast(given).tree).to.deep.equal(growReference(table, gradients, rows, columns, given.params));
      }),
      { numRuns: 300 },
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
              const goesLeft = bin === 0 ? tree.missingLeft[node] : bin <= tree.bin[node];
              node = goesLeft ? tree.left[node] : tree.left[node] + 1;
            }
            expect(node).to.equal(part.node);
          }
        }
        void grower;
      }),
      { numRuns: 100 },
    );
  });
});
