/** @file Walking rows down trees, fast: nodes packed four words each, blocks of rows, trees outside. */

import type { Forest } from './trees.js';

/** Words of a node: column (-1: leaf), number (threshold or leaf, as float32 bits), left child, 1 where missing goes left. */
const WORDS = 4;
/** Rows that stay in the cache while the trees pass by. */
const BLOCK_ROWS = 512;

/** A forest packed for prediction. */
export class Walker {
  private readonly words: Int32Array;
  private readonly numbers: Float32Array;

  constructor(
    private readonly forest: Forest,
    readonly outputs: number,
  ) {
    const { feature, value, left, defaultLeft } = forest;
    this.words = new Int32Array(WORDS * feature.length);
    this.numbers = new Float32Array(this.words.buffer);
    for (let i = 0; i < feature.length; i++) {
      const at = WORDS * i;
      this.words[at] = feature[i];
      this.numbers[at + 1] = value[i];
      this.words[at + 2] = WORDS * left[i];
      this.words[at + 3] = defaultLeft[i];
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
    for (let start = 0; start < count; start += BLOCK_ROWS) {
      const end = Math.min(count, start + BLOCK_ROWS);
      for (let t = from; t < to; t++) this.addTree(data, cols, rows, sums, t, start, end);
    }
  }

  private addTree(
    data: Float32Array,
    cols: number,
    rows: Uint32Array | undefined,
    sums: Float32Array,
    tree: number,
    start: number,
    end: number,
  ): void {
    const { words, numbers, outputs } = this;
    const root = WORDS * this.forest.roots[tree];
    let at = start * outputs + (tree % outputs);
    for (let i = start; i < end; i++, at += outputs) {
      const row = (rows ? rows[i] : i) * cols;
      let node = root;
      for (let feature = words[node]; feature >= 0; feature = words[node]) {
        const x = data[row + feature];
        const goesLeft = x < numbers[node + 1] || (x !== x && words[node + 3] === 1);
        node = words[node + 2] + (goesLeft ? 0 : WORDS);
      }
      sums[at] += numbers[node + 1];
    }
  }
}
