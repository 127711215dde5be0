/** @file Boosted trees as plain arrays: read from XGBoost's binary model, and predicted from without it. */

import type { Encoding } from './encoding.js';
import { toRaw } from './encoding.js';

/**
 * All trees, one node after the other; a tree's root is its first node and siblings are neighbours.
 *
 * A row at node i goes to `left[i]` when its value of column `feature[i]` is less than `value[i]` in float32, else to
 * `left[i] + 1`; a missing value goes left where `defaultLeft[i]` is 1. A leaf has feature -1, left 0, and its number in `value`.
 * Tree t adds to output `t % outputs`; output = base + the sum of its trees, in float32 and in order.
 */
export interface Forest {
  readonly feature: Int32Array;
  readonly value: Float32Array;
  readonly left: Int32Array;
  readonly defaultLeft: Uint8Array;
  /** [trees + 1]: first node of each tree, and the number of nodes. */
  readonly roots: Int32Array;
}

/** One tree with node numbers of its own. */
export interface Tree {
  readonly feature: Int32Array;
  readonly value: Float32Array;
  readonly left: Int32Array;
  readonly defaultLeft: Uint8Array;
}

// Sizes in bytes of the records of XGBoost 0.7's binary format.
const LEARNER_BYTES = 136;
const GBTREE_BYTES = 160;
const TREE_BYTES = 148;
const NODE_BYTES = 20;
const STATISTICS_BYTES = 16;
const LEAF = -1;

/**
 * The trees of a saved model from number `first` on, as splits of raw values.
 *
 * Cost     proportional to the new nodes: earlier trees are skipped by their size
 */
export function parseTrees(bytes: Uint8Array, first: number, encoding: Encoding): Tree[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = LEARNER_BYTES;
  at += 8 + view.getUint32(at, true);
  at += 8 + view.getUint32(at, true);
  const treeCount = view.getInt32(at, true);
  at += GBTREE_BYTES;
  const trees: Tree[] = [];
  for (let t = 0; t < treeCount; t++) {
    const nodes = view.getInt32(at + 4, true);
    if (view.getInt32(at + 20, true) !== 0) throw new Error('xgboost: leaf vectors are not expected');
    if (t >= first) trees.push(readTree(view, at + TREE_BYTES, nodes, encoding));
    at += TREE_BYTES + nodes * (NODE_BYTES + STATISTICS_BYTES);
  }
  if (at > bytes.length) throw new Error('xgboost: the saved model is cut short');
  return trees;
}

/** What every output starts from: XGBoost has already turned a probability into a margin. */
export function readBase(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true);
}

/** Reads reachable nodes breadth first, so that siblings become neighbours and deleted nodes are left behind. */
function readTree(view: DataView, start: number, capacity: number, encoding: Encoding): Tree {
  const source: number[] = [0];
  const feature = new Int32Array(capacity);
  const value = new Float32Array(capacity);
  const left = new Int32Array(capacity);
  const defaultLeft = new Uint8Array(capacity);
  for (let i = 0; i < source.length; i++) {
    const at = start + source[i] * NODE_BYTES;
    const leftChild = view.getInt32(at + 4, true);
    value[i] = view.getFloat32(at + 16, true);
    if (leftChild === LEAF) {
      feature[i] = LEAF;
      continue;
    }
    const rightChild = view.getInt32(at + 8, true);
    const column = view.getUint32(at + 12, true);
    const split = toRaw(value[i], column >>> 31 === 1, encoding[column & 0x7fffffff]);
    feature[i] = column & 0x7fffffff;
    value[i] = split.threshold;
    defaultLeft[i] = Number(split.defaultLeft);
    left[i] = source.length;
    source.push(split.lowTakesLeft ? leftChild : rightChild, split.highTakesLeft ? leftChild : rightChild);
  }
  const n = source.length;
  return {
    feature: feature.slice(0, n),
    value: value.slice(0, n),
    left: left.slice(0, n),
    defaultLeft: defaultLeft.slice(0, n),
  };
}

/** Lays trees out one after the other. */
export function plantForest(trees: readonly Tree[]): Forest {
  const roots = new Int32Array(trees.length + 1);
  trees.forEach((tree, t) => (roots[t + 1] = roots[t] + tree.feature.length));
  const n = roots[trees.length];
  const feature = new Int32Array(n);
  const value = new Float32Array(n);
  const left = new Int32Array(n);
  const defaultLeft = new Uint8Array(n);
  trees.forEach((tree, t) => {
    const root = roots[t];
    feature.set(tree.feature, root);
    value.set(tree.value, root);
    defaultLeft.set(tree.defaultLeft, root);
    left.set(
      tree.left.map((child) => (child ? child + root : 0)),
      root,
    );
  });
  return { feature, value, left, defaultLeft, roots };
}

/** Whether every index of a forest that came from outside stays inside, and every walk ends. */
export function isSound({ feature, value, left, defaultLeft, roots }: Forest, cols: number): boolean {
  const n = feature.length;
  if (value.length !== n || left.length !== n || defaultLeft.length !== n) return false;
  if (roots[0] !== 0 || roots[roots.length - 1] !== n) return false;
  for (let t = 0; t + 1 < roots.length; t++) {
    if (roots[t] >= roots[t + 1] || roots[t + 1] > n) return false;
    for (let i = roots[t]; i < roots[t + 1]; i++) {
      if (feature[i] === LEAF) continue;
      // Children come after their parent, so a walk cannot turn in circles.
      if (feature[i] < 0 || feature[i] >= cols || left[i] <= i || left[i] + 1 >= roots[t + 1]) return false;
    }
  }
  return true;
}
