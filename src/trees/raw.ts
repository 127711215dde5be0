/** @file From trees on bins to trees on raw values: what is kept of a fit. */

import { check } from '../core/index.js';
import type { BinnedTable } from './bins.js';
import type { ExtraTree } from './extra.js';
import type { Tree } from './forest.js';
import { SET_BYTES, SET_SIZE } from './forest.js';
import type { GrownTree } from './tree.js';

/** Above every number that is split, and finite: a model file has no other numbers. */
const ABOVE_ALL = 2 ** 127 * (2 - 2 ** -23);

/** Bins that go left, as the number that all of them lie below. */
function thresholdOf(cuts: Float32Array, bin: number): number {
  // The last bin has no upper cut: all that is not missing goes left.
  return bin - 1 < cuts.length ? cuts[bin - 1] : ABOVE_ALL;
}

/** What the splits of a tree on bins say, whatever its leaves do. */
type Splits = Pick<GrownTree | ExtraTree, 'column' | 'bin' | 'missingLeft' | 'sets' | 'left'>;

/** Where bins were cut, and the categories that they stand for. */
type Bins = Pick<BinnedTable, 'cuts' | 'levels'>;

/**
 * Splits of raw values; `valueOf` says what stands in a leaf.
 *
 * Throws   usage: a split by categories that are no whole numbers from 0 to 255
 */
function rawSplits(
  { column, bin, missingLeft, sets, left }: Splits,
  { cuts, levels = [] }: Bins,
  valueOf: (leaf: number) => number,
): Tree {
  const nodes = column.length;
  const splits = {
    feature: new Int32Array(nodes).fill(-1),
    value: new Float32Array(nodes),
    left: Int32Array.from(left),
    defaultLeft: new Uint8Array(nodes),
  };
  for (let node = 0; node < nodes; node++) {
    if (left[node] === 0) {
      splits.value[node] = valueOf(node);
      continue;
    }
    splits.feature[node] = column[node];
    if (sets[node]) continue;
    splits.value[node] = thresholdOf(cuts[column[node]], bin[node]);
    splits.defaultLeft[node] = Number(missingLeft[node]);
  }
  const bits = sets.flatMap((bins, node) => (bins ? [bitsOf(bins, levels[column[node]]!)] : []));
  if (bits.length === 0) return splits;
  let row = 0;
  const all = new Uint8Array(SET_BYTES * bits.length);
  bits.forEach((own, i) => all.set(own, SET_BYTES * i));
  return { ...splits, set: Int32Array.from(sets, (bins) => (bins ? row++ : -1)), sets: all };
}

/** The categories that some bins stand for, as bits. */
function bitsOf(bins: readonly number[], levels: Float32Array): Uint8Array {
  const bits = new Uint8Array(SET_BYTES);
  for (const bin of bins) {
    const category = levels[bin - 1];
    const isCode = Number.isInteger(category) && category >= 0 && category < SET_SIZE;
    check(isCode, 'trees', `categories must be whole numbers from 0 to ${SET_SIZE - 1}`, category);
    bits[category >> 3] |= 1 << (category & 7);
  }
  return bits;
}

/** A boosted tree: its leaves say one number. */
export function rawTree(tree: GrownTree, bins: Bins): Tree {
  return rawSplits(tree, bins, (leaf) => tree.value[leaf]);
}

/** A tree that says the same of every row. */
export function leafTree(value: number): Tree {
  return {
    feature: Int32Array.of(-1),
    value: Float32Array.of(value),
    left: Int32Array.of(0),
    defaultLeft: Uint8Array.of(0),
  };
}

/**
 * A tree of a forest: its leaves say the means of their rows.
 *
 * With one output a leaf's number is its value, else a row of vectors.
 */
export function extraTree(tree: ExtraTree, bins: Bins, outputs: number): Tree {
  const { left, means } = tree;
  const splits = rawSplits(tree, bins, (leaf) => (outputs === 1 ? means[leaf] : 0));
  if (outputs === 1) return splits;
  // A tree of n nodes has (n + 1) / 2 leaves.
  const vectors = new Float32Array(((left.length + 1) / 2) * outputs);
  let row = 0;
  for (let node = 0; node < left.length; node++) {
    if (left[node] > 0) continue;
    const from = node * outputs;
    for (let c = 0; c < outputs; c++) vectors[row * outputs + c] = means[from + c];
    splits.left[node] = row++;
  }
  return { ...splits, vectors };
}

/** Leaves of one of `trees` trees say their part of the mean. */
export function takePart({ feature, value, vectors }: Tree, trees: number): void {
  for (let i = 0; vectors && i < vectors.length; i++) vectors[i] /= trees;
  for (let node = 0; node < feature.length; node++) if (feature[node] < 0) value[node] /= trees;
}
