/** @file Walking rows down trees, fast: nodes packed four words each, blocks of rows, trees outside, four rows at a time. */

import type { Forest } from './forest.js';
import { SET_BYTES, SET_SIZE } from './forest.js';

/**
 * Words of a node: column, number (threshold, as float32 bits), left child, and 1 where missing goes left plus twice the place of its set.
 * A leaf leads to itself. A split by a threshold has the empty set, and one by categories a threshold that everything is above.
 */
const WORDS = 4;
/** Rows that stay in the cache while the trees pass by. */
const BLOCK_ROWS = 128;
/** Rows that go down a tree side by side: each waits for memory while the others move. */
const ABREAST = 4;

/** A forest packed for prediction. */
export class Walker {
  private readonly words: Int32Array;
  private readonly numbers: Float32Array;
  /** The empty set, then those of the forest; null where it has none. */
  private readonly sets: Uint8Array | null;
  /** What leaves say, where they say vectors. */
  private readonly sparse: SparseVectors | null;

  constructor(
    private readonly forest: Forest,
    readonly outputs: number,
  ) {
    const { feature, value, left, defaultLeft, set, sets } = forest;
    this.sets = sets ? withEmptySet(sets) : null;
    this.sparse = forest.vectors ? sparseVectors(forest.vectors, outputs) : null;
    this.words = new Int32Array(WORDS * feature.length);
    this.numbers = new Float32Array(this.words.buffer);
    for (let i = 0; i < feature.length; i++) {
      const at = WORDS * i;
      const isLeaf = feature[i] < 0;
      const place = set ? set[i] + 1 : 0;
      this.words[at] = isLeaf ? 0 : feature[i];
      this.numbers[at + 1] = isLeaf ? Infinity : place > 0 ? -Infinity : value[i];
      this.words[at + 2] = isLeaf ? at : WORDS * left[i];
      this.words[at + 3] = isLeaf ? 1 : place > 0 ? 2 * place : defaultLeft[i];
    }
  }

  /** Number of trees. */
  get trees(): number {
    return this.forest.roots.length - 1;
  }

  /**
   * Adds trees `from .. to` to `sums` [rows.length x outputs] for the named rows, or all rows, of `data` [n x cols].
   *
   * Order    each sum in float32, tree by tree: the bits of XGBoost's own predictor
   * Missing  NaN goes where the split says; Infinity is not to be there
   */
  add(
    data: Float32Array,
    cols: number,
    rows: Uint32Array | undefined,
    sums: Float32Array,
    from: number,
    to: number,
  ): void {
    const count = sums.length / this.outputs;
    const offsets = new Int32Array(BLOCK_ROWS);
    for (let start = 0; start < count; start += BLOCK_ROWS) {
      const length = Math.min(BLOCK_ROWS, count - start);
      // A short block ends with rows that are walked twice and counted once.
      for (let i = 0; i < BLOCK_ROWS; i++) {
        const row = start + Math.min(i, length - 1);
        offsets[i] = (rows ? rows[row] : row) * cols;
      }
      const own = sums.subarray(start * this.outputs);
      for (let t = from; t < to; t++) {
        if (this.sets === null) this.addTree(data, offsets, own, length, t);
        else this.addTreeBySets(this.sets, data, offsets, own, length, t);
      }
    }
  }

  /** One tree, for `length` rows of `data` that begin at `offsets`. */
  private addTree(data: Float32Array, offsets: Int32Array, sums: Float32Array, length: number, tree: number): void {
    const { words, numbers, outputs, sparse } = this;
    const { value, roots, left } = this.forest;
    const root = WORDS * roots[tree];
    const end = tree % outputs;
    for (let i = 0; i < length; i += ABREAST) {
      const [o0, o1, o2, o3] = [offsets[i], offsets[i + 1], offsets[i + 2], offsets[i + 3]];
      let [n0, n1, n2, n3] = [root, root, root, root];
      for (let moved = 1; moved !== 0;) {
        const m0 = step(words, numbers, n0, data[o0 + words[n0]]);
        const m1 = step(words, numbers, n1, data[o1 + words[n1]]);
        const m2 = step(words, numbers, n2, data[o2 + words[n2]]);
        const m3 = step(words, numbers, n3, data[o3 + words[n3]]);
        moved = (m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3);
        n0 = m0;
        n1 = m1;
        n2 = m2;
        n3 = m3;
      }
      const at = i * outputs + end;
      if (sparse) {
        const row = i * outputs;
        addVector(sparse, left[n0 >> 2], sums, row);
        if (i + 1 < length) addVector(sparse, left[n1 >> 2], sums, row + outputs);
        if (i + 2 < length) addVector(sparse, left[n2 >> 2], sums, row + 2 * outputs);
        if (i + 3 < length) addVector(sparse, left[n3 >> 2], sums, row + 3 * outputs);
        continue;
      }
      sums[at] += value[n0 >> 2];
      if (i + 1 < length) sums[at + outputs] += value[n1 >> 2];
      if (i + 2 < length) sums[at + 2 * outputs] += value[n2 >> 2];
      if (i + 3 < length) sums[at + 3 * outputs] += value[n3 >> 2];
    }
  }

  /** The same where some splits are by categories. */
  private addTreeBySets(
    sets: Uint8Array,
    data: Float32Array,
    offsets: Int32Array,
    sums: Float32Array,
    length: number,
    tree: number,
  ): void {
    const { words, numbers, outputs, sparse } = this;
    const { value, roots, left } = this.forest;
    const root = WORDS * roots[tree];
    for (let i = 0; i < length; i += ABREAST) {
      let [n0, n1, n2, n3] = [root, root, root, root];
      for (let moved = 1; moved !== 0;) {
        const m0 = stepBySets(words, numbers, sets, n0, data[offsets[i] + words[n0]]);
        const m1 = stepBySets(words, numbers, sets, n1, data[offsets[i + 1] + words[n1]]);
        const m2 = stepBySets(words, numbers, sets, n2, data[offsets[i + 2] + words[n2]]);
        const m3 = stepBySets(words, numbers, sets, n3, data[offsets[i + 3] + words[n3]]);
        moved = (m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3);
        [n0, n1, n2, n3] = [m0, m1, m2, m3];
      }
      const leaves = [n0 >> 2, n1 >> 2, n2 >> 2, n3 >> 2];
      for (let lane = 0; lane < ABREAST && i + lane < length; lane++) {
        const row = (i + lane) * outputs;
        const leaf = leaves[lane];
        if (sparse) addVector(sparse, left[leaf], sums, row);
        else sums[row + (tree % outputs)] += value[leaf];
      }
    }
  }
}

/** Vectors without their zeros, most of what leaves of few rows say of many classes: row i has `starts[i]` up to `starts[i + 1]`. */
interface SparseVectors {
  readonly starts: Int32Array;
  readonly places: Int32Array;
  readonly values: Float32Array;
}

function sparseVectors(vectors: Float32Array, outputs: number): SparseVectors {
  let count = 0;
  for (let i = 0; i < vectors.length; i++) count += Number(vectors[i] !== 0);
  const [places, values] = [new Int32Array(count), new Float32Array(count)];
  const starts = new Int32Array(vectors.length / outputs + 1);
  let at = 0;
  for (let row = 0, i = 0; row + 1 < starts.length; row++) {
    for (let c = 0; c < outputs; c++, i++) {
      if (vectors[i] === 0) continue;
      places[at] = c;
      values[at++] = vectors[i];
    }
    starts[row + 1] = at;
  }
  return { starts, places, values };
}

/** Adds a row of vectors to the sums from `at` on: the bits are as if zeros were added, too. */
function addVector({ starts, places, values }: SparseVectors, row: number, sums: Float32Array, at: number): void {
  for (let i = starts[row], end = starts[row + 1]; i < end; i++) sums[at + places[i]] += values[i];
}

/** The child that x goes to; without a branch, which would be guessed wrong half of the time. */
function step(words: Int32Array, numbers: Float32Array, node: number, x: number): number {
  const goesRight = +(x >= numbers[node + 1]) | (+(x !== x) & (words[node + 3] ^ 1));
  return words[node + 2] + (goesRight << 2);
}

/** The same where some splits are by categories: those in the set go left, everything else is above their threshold. */
function stepBySets(words: Int32Array, numbers: Float32Array, sets: Uint8Array, node: number, x: number): number {
  const last = words[node + 3];
  const isAbove = +(x >= numbers[node + 1]) | (+(x !== x) & (~last & 1));
  const bit = x & (SET_SIZE - 1);
  const isIn = +(bit === x) & (sets[(last >> 1) * SET_BYTES + (bit >> 3)] >> (bit & 7));
  return words[node + 2] + ((isAbove & ~isIn & 1) << 2);
}

function withEmptySet(sets: Uint8Array): Uint8Array {
  const all = new Uint8Array(SET_BYTES + sets.length);
  all.set(sets, SET_BYTES);
  return all;
}
