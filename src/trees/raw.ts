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
type Splits = Pick<GrownTree, 'column' | 'bin' | 'missingLeft' | 'sets' | 'left'>;

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
  const isLeaf = (node: number): boolean => left[node] === 0;
  const cutOf = (node: number): number => (sets[node] ? 0 : thresholdOf(cuts[column[node]], bin[node]));
  const splits = {
    feature: Int32Array.from(column, (col, node) => (isLeaf(node) ? -1 : col)),
    value: Float32Array.from(column, (_, node) => (isLeaf(node) ? valueOf(node) : cutOf(node))),
    left: Int32Array.from(left),
    defaultLeft: Uint8Array.from(missingLeft, (isLeft, node) => Number(!isLeaf(node) && !sets[node] && isLeft)),
  };
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
 * A tree of a forest of `trees`: its leaves say their part of the mean.
 *
 * With one output a leaf's number is its value, else a row of vectors.
 */
export function extraTree(tree: ExtraTree, bins: Bins, outputs: number, trees: number): Tree {
  const { left, means } = tree;
  if (outputs === 1) return rawSplits(tree, bins, (leaf) => means[leaf] / trees);
  const leaves = left.flatMap((child, node) => (child === 0 ? [node] : []));
  const rows = new Int32Array(left.length);
  leaves.forEach((node, row) => (rows[node] = row));
  const vectors = leaves.flatMap((node) => means.slice(node * outputs, (node + 1) * outputs));
  return {
    ...rawSplits(tree, bins, () => 0),
    left: Int32Array.from(left, (child, node) => (child === 0 ? rows[node] : child)),
    vectors: Float32Array.from(vectors, (mean) => mean / trees),
  };
}
