/** @file A fitted forest as plain arrays: what every family of trees predicts with, saves and exports. */

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

const LEAF = -1;

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
