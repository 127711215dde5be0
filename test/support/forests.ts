/** @file Trees of any form, on a few columns: splits by thresholds and by sets of categories. */

import fc from 'fast-check';

import type { Tree } from '../../src/trees/index.js';
import { SET_BYTES } from '../../src/trees/index.js';

export const COLS = 3;
/** The column whose splits may be by categories. */
export const NAMED = 2;

/** Categories next to each other, and some where bytes and sets begin and end. */
const categories = fc.oneof(fc.nat(6), fc.constantFrom(7, 8, 31, 32, 33, 63, 64, 200, 254, 255));

const splits = fc.record({
  leaf: fc.nat(1000),
  column: fc.nat(COLS - 1),
  threshold: fc.integer({ min: -4, max: 4 }),
  defaultLeft: fc.boolean(),
  members: fc.option(fc.uniqueArray(categories, { minLength: 1, maxLength: 9 }), { nil: null }),
});

/** Trees of some splits: each turns one of the leaves there are into a split. */
export function treesOf(hasSets: boolean): fc.Arbitrary<Tree> {
  return fc.array(splits, { maxLength: 12 }).map((list) => {
    const nodes = [{ feature: -1, value: 0.5, left: 0, defaultLeft: 0, members: null as readonly number[] | null }];
    for (const { leaf, column, threshold, defaultLeft, members } of list) {
      const leaves = nodes.flatMap(({ feature }, i) => (feature < 0 ? [i] : []));
      const at = leaves[leaf % leaves.length];
      const split = { feature: column, left: nodes.length };
      nodes[at] =
        hasSets && column === NAMED && members
          ? { ...split, value: 0, defaultLeft: 0, members }
          : { ...split, value: threshold / 2, defaultLeft: Number(defaultLeft), members: null };
      for (const side of [1, 2])
        nodes.push({ feature: -1, value: nodes.length / 8 - side, left: 0, defaultLeft: 0, members: null });
    }
    const tree = {
      feature: Int32Array.from(nodes, ({ feature }) => feature),
      value: Float32Array.from(nodes, ({ value }) => value),
      left: Int32Array.from(nodes, ({ left }) => left),
      defaultLeft: Uint8Array.from(nodes, ({ defaultLeft }) => defaultLeft),
    };
    const named = nodes.flatMap(({ members }) => (members ? [members] : []));
    if (named.length === 0) return tree;
    const sets = new Uint8Array(SET_BYTES * named.length);
    named.forEach((members, s) => members.forEach((c) => (sets[SET_BYTES * s + Math.floor(c / 8)] += 2 ** (c % 8))));
    let row = 0;
    return { ...tree, set: Int32Array.from(nodes, ({ members }) => (members ? row++ : -1)), sets };
  });
}

/** Any number for the columns of thresholds. */
export const numbers = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((x) => x / 2),
  fc.constant(Number.NaN),
);

/** Cells of the column of categories: also what no set has, and what is missing. */
export const codes = fc.oneof(categories, fc.constantFrom(Number.NaN, 256, 300, -1, 5, 6));

/** What a tree says of a row, as its documentation has it. */
export function leafOf({ feature, value, left, defaultLeft, set, sets }: Tree, row: ArrayLike<number>): number {
  let node = 0;
  while (feature[node] >= 0) {
    const x = row[feature[node]];
    let isLeft = Number.isNaN(x) ? defaultLeft[node] === 1 : x < value[node];
    if (set && set[node] >= 0) {
      const bytes = [...sets!.subarray(SET_BYTES * set[node], SET_BYTES * (set[node] + 1))];
      const bits = bytes.map((byte) => [...byte.toString(2).padStart(8, '0')].reverse().join('')).join('');
      isLeft = bits[x] === '1';
    }
    node = isLeft ? left[node] : left[node] + 1;
  }
  return value[node];
}
