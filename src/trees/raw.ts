/** @file From trees on bins to trees on raw values: what is kept of a fit. */

import { check } from '../core/index.js';
import type { ExtraTree } from './extra.js';
import type { Tree } from './forest.js';
import type { GrownTree } from './tree.js';

/** Above every number that is split, and finite: a model file has no other numbers. */
const ABOVE_ALL = 2 ** 127 * (2 - 2 ** -23);

/** Bins that go left, as the number that all of them lie below. */
function thresholdOf(cuts: Float32Array, bin: number): number {
  // The last bin has no upper cut: all that is not missing goes left.
  return bin - 1 < cuts.length ? cuts[bin - 1] : ABOVE_ALL;
}

/** Plain forests compare numbers: a set of categories has no threshold. */
function checkNumbers(sets: GrownTree['sets']): void {
  check(!sets.some(Boolean), 'trees', 'plain forests must split numbers only', 'categories');
}

/**
 * A boosted tree: its leaves say one number.
 *
 * Throws   usage: a split by categories
 */
export function rawTree(
  { column, bin, missingLeft, sets, left, value }: GrownTree,
  cuts: readonly Float32Array[],
): Tree {
  checkNumbers(sets);
  const isLeaf = (node: number): boolean => left[node] === 0;
  return {
    feature: Int32Array.from(column, (col, node) => (isLeaf(node) ? -1 : col)),
    value: Float32Array.from(value, (own, node) => (isLeaf(node) ? own : thresholdOf(cuts[column[node]], bin[node]))),
    left: Int32Array.from(left),
    defaultLeft: Uint8Array.from(missingLeft, (isLeft, node) => Number(!isLeaf(node) && isLeft)),
  };
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
 *
 * Throws   usage: a split by categories
 */
export function extraTree(tree: ExtraTree, cuts: readonly Float32Array[], outputs: number, trees: number): Tree {
  const { column, bin, missingLeft, left, means } = tree;
  checkNumbers(tree.sets);
  const isLeaf = (node: number): boolean => left[node] === 0;
  const leaves = left.flatMap((child, node) => (child === 0 ? [node] : []));
  const rows = new Int32Array(left.length);
  leaves.forEach((node, row) => (rows[node] = row));
  const hasVectors = outputs > 1;
  const valueOf = (node: number): number => (hasVectors ? 0 : means[node] / trees);
  const vectors = leaves.flatMap((node) => means.slice(node * outputs, (node + 1) * outputs));
  return {
    feature: Int32Array.from(column, (col, node) => (isLeaf(node) ? -1 : col)),
    value: Float32Array.from(column, (col, node) => (isLeaf(node) ? valueOf(node) : thresholdOf(cuts[col], bin[node]))),
    left: Int32Array.from(left, (child, node) => (hasVectors && child === 0 ? rows[node] : child)),
    defaultLeft: Uint8Array.from(missingLeft, (isLeft, node) => Number(!isLeaf(node) && isLeft)),
    ...(hasVectors ? { vectors: Float32Array.from(vectors, (mean) => mean / trees) } : {}),
  };
}
