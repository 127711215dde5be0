/** @file A fitted forest as plain arrays: what every family of trees predicts with, saves and exports. */

/**
 * All trees, one node after the other; a tree's root is its first node and siblings are neighbours.
 *
 * A row at node i goes to `left[i]` when its value of column `feature[i]` is less than `value[i]` in float32, else to
 * `left[i] + 1`; a missing value goes left where `defaultLeft[i]` is 1. A leaf has feature -1, left 0, and its number in `value`.
 * Tree t adds to output `t % outputs`; output = base + the sum of its trees, in float32 and in order.
 *
 * A split may be by categories, which are whole numbers from 0 to 255: `set[i]` is then a row of `sets`, a row goes left when its value
 * of the column is in that set, and right with anything else, missing values among them; `value` and `defaultLeft` are 0. `goesLeft`
 * says the whole rule.
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
  /** [nodes] the row of `sets` that a split by categories has, -1 elsewhere; left out, with `sets`, where no split is by categories. */
  readonly set?: Int32Array;
  /** [splits by categories x SET_BYTES] bits: category c is in the set where bit `c & 7` of byte `c >> 3` is 1. */
  readonly sets?: Uint8Array;
}

/** One tree with numbers of nodes, and rows of vectors and sets, of its own. */
export type Tree = Omit<Forest, 'roots'>;

/** Bytes of a set, and the number that its categories lie below. */
export const SET_BYTES = 32;
export const SET_SIZE = 8 * SET_BYTES;

const LEAF = -1;
const NO_SET = -1;

/** Whether a row with that value of the split's column goes left at a split. */
export function goesLeft(forest: Tree, node: number, x: number): boolean {
  const set = forest.set?.[node] ?? NO_SET;
  if (set !== NO_SET) return isInSet(forest.sets!, set, x);
  return Number.isNaN(x) ? forest.defaultLeft[node] === 1 : x < forest.value[node];
}

/** Whether a category is in the set that a row of `sets` says; what is no whole number from 0 to 255 is in none. */
export function isInSet(sets: Uint8Array, set: number, category: number): boolean {
  const bit = category & (SET_SIZE - 1);
  return bit === category && ((sets[SET_BYTES * set + (bit >> 3)] >> (bit & 7)) & 1) === 1;
}

/** The categories of a set, ascending. */
export function setMembers(sets: Uint8Array, set: number): number[] {
  const members: number[] = [];
  for (let byte = 0; byte < SET_BYTES; byte++) {
    for (let bits = sets[SET_BYTES * set + byte]; bits !== 0; bits &= bits - 1) {
      members.push(8 * byte + 31 - Math.clz32(bits & -bits));
    }
  }
  return members;
}

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
  const vectors = hasVectors ? { vectors: joined(trees) } : {};
  return { feature, value, left, defaultLeft, roots, ...vectors, ...plantedSets(trees, roots) };
}

/** The sets of all trees, where one has some. */
function plantedSets(trees: readonly Tree[], roots: Int32Array): Pick<Forest, 'set' | 'sets'> {
  if (trees.every(({ sets }) => sets === undefined)) return {};
  const set = new Int32Array(roots[trees.length]).fill(NO_SET);
  const sets = new Uint8Array(trees.reduce((sum, tree) => sum + (tree.sets?.length ?? 0), 0));
  let bytes = 0;
  trees.forEach((tree, t) => {
    if (!tree.set || !tree.sets) return;
    const first = bytes / SET_BYTES;
    set.set(
      tree.set.map((own) => (own === NO_SET ? NO_SET : own + first)),
      roots[t],
    );
    sets.set(tree.sets, bytes);
    bytes += tree.sets.length;
  });
  return { set, sets };
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
  if (!Number.isInteger(leaves) || !hasSoundSets(forest)) return false;
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

/** Whether splits that are by categories have their set, and nothing else has one. */
function hasSoundSets({ feature, set, sets }: Forest): boolean {
  if (!set || !sets) return set === sets;
  if (set.length !== feature.length || sets.length % SET_BYTES !== 0) return false;
  const count = sets.length / SET_BYTES;
  // A set of nothing parts nothing, and other formats have no word for it.
  for (let row = 0; row < count; row++) if (isEmpty(sets, row)) return false;
  return set.every((own, node) => own === NO_SET || (feature[node] !== LEAF && own >= 0 && own < count));
}

function isEmpty(sets: Uint8Array, set: number): boolean {
  let any = 0;
  for (let i = SET_BYTES * set; i < SET_BYTES * (set + 1); i++) any |= sets[i];
  return any === 0;
}
