/** @file Forests of any shape, for properties. */

import fc from 'fast-check';

import type { Forest, Tree } from '../../../src/trees/index.js';
import { goesLeft, plantForest, SET_BYTES } from '../../../src/trees/index.js';

export interface ForestSize {
  readonly columns: number;
  readonly outputs: number;
  /** Leaves say a number for every output. */
  readonly hasVectors: boolean;
}

/** Cells of rows: few different ones, so that splits meet them exactly, and gaps. */
export const cells = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -5, max: 5 }).map((x) => x / 2) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

/** So many rows of cells. */
export function rowsOf(columns: number, size: { minLength: number; maxLength: number }): fc.Arbitrary<number[][]> {
  return fc.array(fc.array(cells, { minLength: columns, maxLength: columns }), size);
}

/** A tree of some splits: each turns one of the leaves there are into a split, so that a column comes again on many ways. */
export function treesOf({ columns, outputs, hasVectors }: ForestSize): fc.Arbitrary<Tree> {
  const split = fc.record({
    leaf: fc.nat(1000),
    column: fc.nat(columns - 1),
    threshold: fc.integer({ min: -4, max: 4 }),
    defaultLeft: fc.boolean(),
    /** Categories that go left, one bit each; 0: the split is by the threshold. */
    set: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 63 })),
  });
  return fc.tuple(fc.array(split, { maxLength: 14 }), fc.integer({ min: -40, max: 40 })).map(([splits, start]) => {
    const nodes = [{ feature: -1, value: 0, left: 0, defaultLeft: 0, set: 0 }];
    for (const { leaf, column, threshold, defaultLeft, set } of splits) {
      const leaves = nodes.flatMap(({ feature }, i) => (feature < 0 ? [i] : []));
      const at = leaves[leaf % leaves.length];
      const rule = set > 0 ? { value: 0, defaultLeft: 0 } : { value: threshold / 2, defaultLeft: Number(defaultLeft) };
      nodes[at] = { feature: column, left: nodes.length, set, ...rule };
      for (let side = 0; side < 2; side++) nodes.push({ feature: -1, value: 0, left: 0, defaultLeft: 0, set: 0 });
    }
    const said = (place: number): number => Math.sin(start + 3 * place) * 8;
    const leaves = nodes.flatMap(({ feature }, i) => (feature < 0 ? [i] : []));
    leaves.forEach((node, i) => {
      if (hasVectors) nodes[node].left = i;
      else nodes[node].value = said(i);
    });
    return {
      feature: Int32Array.from(nodes, ({ feature }) => feature),
      value: Float32Array.from(nodes, ({ value }) => value),
      left: Int32Array.from(nodes, ({ left }) => left),
      defaultLeft: Uint8Array.from(nodes, ({ defaultLeft }) => defaultLeft),
      ...setsOf(nodes.map(({ set }) => set)),
      ...(hasVectors && { vectors: Float32Array.from({ length: leaves.length * outputs }, (_, i) => said(i)) }),
    };
  });
}

/** The sets of a tree's nodes; none where all are 0. */
function setsOf(bits: readonly number[]): Pick<Tree, 'set' | 'sets'> {
  const named = bits.filter((own) => own > 0);
  if (named.length === 0) return {};
  let row = 0;
  const sets = new Uint8Array(SET_BYTES * named.length);
  named.forEach((own, i) => (sets[SET_BYTES * i] = own));
  return { set: Int32Array.from(bits, (own) => (own > 0 ? row++ : -1)), sets };
}

export function forestsOf(size: ForestSize, most = 5): fc.Arbitrary<Forest> {
  return fc.array(treesOf(size), { minLength: 1, maxLength: most }).map((trees) => plantForest(trees, size.outputs));
}

/** What a forest says of a row, as its documentation has it, summed in float64. */
export function saidOf(forest: Forest, outputs: number, row: ArrayLike<number>): Float64Array {
  const { feature, value, left, roots, vectors } = forest;
  const sums = new Float64Array(outputs);
  for (let t = 0; t + 1 < roots.length; t++) {
    let node = roots[t];
    while (feature[node] >= 0) {
      node = left[node] + (goesLeft(forest, node, row[feature[node]]) ? 0 : 1);
    }
    if (!vectors) sums[t % outputs] += value[node];
    else for (let c = 0; c < outputs; c++) sums[c] += vectors[left[node] * outputs + c];
  }
  return sums;
}
