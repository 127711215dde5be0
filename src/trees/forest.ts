/** @file A fitted forest as plain arrays: what every family of trees predicts with, saves and exports. */

/**
 * All trees, one node after the other; a tree's root is its first node and siblings are neighbours.
 *
 * A row at node i goes to `left[i]` when its value of column `feature[i]` is less than `value[i]` in float32, else to
 * `left[i] + 1`; a missing value goes left where `defaultLeft[i]` is 1. A leaf has feature -1, left 0, and its number in `value`.
 * Tree t adds to output `t % outputs`; output = base + the sum of its trees, in float32 and in order.
 *
 * In a forest of vectors a leaf's `left` is its row of `vectors`, and every tree adds to every output.
 */
export interface Forest {
  readonly feature: Int32Array;
  readonly value: Float32Array;
  readonly left: Int32Array;
  readonly defaultLeft: Uint8Array;
  /** [trees + 1]: first node of each tree, and the number of nodes. */
  readonly roots: Int32Array;
  /** [leaves x outputs] what the leaves say, where each says a number for every output. */
  readonly vectors?: Float32Array;
}

/** One tree with node numbers, and rows of vectors, of its own. */
export interface Tree {
  readonly feature: Int32Array;
  readonly value: Float32Array;
  readonly left: Int32Array;
  readonly defaultLeft: Uint8Array;
  readonly vectors?: Float32Array;
}

const LEAF = -1;

/** Lays trees out one after the other; all or none have vectors, of `outputs` numbers each. */
export function plantForest(trees: readonly Tree[], outputs = 1): Forest {
  const roots = new Int32Array(trees.length + 1);
  trees.forEach((tree, t) => (roots[t + 1] = roots[t] + tree.feature.length));
  const n = roots[trees.length];
  const feature = new Int32Array(n);
  const value = new Float32Array(n);
  const left = new Int32Array(n);
  const defaultLeft = new Uint8Array(n);
  const hasVectors = trees.some(({ vectors }) => vectors !== undefined);
  let row = 0;
  trees.forEach((tree, t) => {
    const root = roots[t];
    feature.set(tree.feature, root);
    value.set(tree.value, root);
    defaultLeft.set(tree.defaultLeft, root);
    left.set(
      tree.left.map((child, i) => (tree.feature[i] !== LEAF ? child + root : hasVectors ? child + row : 0)),
      root,
    );
    row += (tree.vectors?.length ?? 0) / outputs;
  });
  return { feature, value, left, defaultLeft, roots, ...(hasVectors ? { vectors: joined(trees) } : {}) };
}

function joined(trees: readonly Tree[]): Float32Array {
  const all = new Float32Array(trees.reduce((sum, { vectors }) => sum + vectors!.length, 0));
  let at = 0;
  for (const { vectors } of trees) {
    all.set(vectors!, at);
    at += vectors!.length;
  }
  return all;
}

/** Whether every index of a forest that came from outside stays inside, and every walk ends. */
export function isSound(forest: Forest, cols: number, outputs = 1): boolean {
  const { feature, value, left, defaultLeft, roots, vectors } = forest;
  const n = feature.length;
  if (value.length !== n || left.length !== n || defaultLeft.length !== n) return false;
  if (roots[0] !== 0 || roots[roots.length - 1] !== n) return false;
  const leaves = vectors ? vectors.length / outputs : 1;
  if (!Number.isInteger(leaves)) return false;
  for (let t = 0; t + 1 < roots.length; t++) {
    if (roots[t] >= roots[t + 1] || roots[t + 1] > n) return false;
    for (let i = roots[t]; i < roots[t + 1]; i++) {
      if (feature[i] === LEAF) {
        if (vectors && (left[i] < 0 || left[i] >= leaves)) return false;
        continue;
      }
      // Children come after their parent, so a walk cannot turn in circles.
      if (feature[i] < 0 || feature[i] >= cols || left[i] <= i || left[i] + 1 >= roots[t + 1]) return false;
    }
  }
  return true;
}
