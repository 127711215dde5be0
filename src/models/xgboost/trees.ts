/** @file Trees read from XGBoost's binary model, so that nothing of it is needed to predict. */

import type { Tree } from '../../trees/index.js';
import type { Encoding } from './encoding.js';
import { toRaw } from './encoding.js';

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
