/** @file Extra trees: a forest of extremely randomised trees, averaged. */

import { check, deriveSeed } from '../core/index.js';
import type { BinnedTable } from './bins.js';
import { binOf, blockBytes, hasLevels } from './bins.js';
import { binGoesLeft, setOf } from './tree.js';
import { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

export interface ExtraParams {
  /** Columns that a node looks at, constant ones not counted. */
  readonly columnsPerNode: number;
  /** No leaf has fewer rows. */
  readonly minLeaf: number;
  /** A node of fewer rows is a leaf. */
  readonly minSplit: number;
}

export interface ForestTask {
  /** [table rows] a number, or the class index. */
  readonly y: Float32Array;
  /** Classes, or 1 for numbers. */
  readonly outputs: number;
  readonly weights?: Float32Array | undefined;
  /** Rows to learn from, ascending. */
  readonly train: Uint32Array;
  /** [table rows] of numbers: what rows weigh, above 0, in the medians that leaves say; left out: leaves say means. */
  readonly medians?: Float32Array | undefined;
}

/** Nodes in the order in which they were made: root first, siblings neighbours, children after their parent. */
export interface ExtraTree {
  /** -1 in a leaf. */
  readonly column: Int32Array;
  readonly bin: Uint8Array;
  readonly missingLeft: readonly boolean[];
  /** Bins that go left where categories are split, ascending; else null. */
  readonly sets: readonly (readonly number[] | null)[];
  /** 0 in a leaf. */
  readonly left: Int32Array;
  readonly rows: Int32Array;
  /** [nodes x outputs] the mean number, or the shares of the classes; of leaves the median, where that was asked for. */
  readonly means: Float32Array;
}

const NODE_WORDS = 4;
const FRAME_BYTES = 12;
const VALUES_PER_COLUMN = 256;
const SET_BYTES = 32;
/** From this number on, the second word of a node is the number of its set. */
const FIRST_SET = 512;
/** What outputs are, by name as the kernel knows it: of some there is less to read and to add. */
const FORMS = { weighed: 0, even: 1, bits: 2, counts: 3 } as const;

/**
 * Grows trees one after the other on one table.
 *
 * Random   each tree from its seed: same table and seed, same tree, on every machine
 * Memory   the bins where no others share them, 29 bytes a row; 44 and 8 per class for every leaf that there may be, 32 more where a column
 *          has categories
 * Source   Geurts, Ernst & Wehenkel 2006 (https://doi.org/10.1007/s10994-006-6226-1)
 */
export class ExtraGrower {
  /** Gives back what it took of a memory that threads share; it grows nothing any more. */
  readonly release: () => void;
  private readonly kernels: Kernels;
  private readonly buffer: ArrayBuffer;
  private readonly at;

  constructor(
    table: BinnedTable,
    private readonly task: ForestTask,
    values: Float32Array,
    params: ExtraParams,
  ) {
    const { columnsPerNode, minLeaf, minSplit } = params;
    check(
      Number.isInteger(columnsPerNode) && columnsPerNode >= 1,
      'trees',
      'columnsPerNode must be at least 1',
      columnsPerNode,
    );
    check(Number.isInteger(minLeaf) && minLeaf >= 1, 'trees', 'minLeaf must be at least 1', minLeaf);
    check(task.train.length > 0, 'trees', 'there must be rows to learn from', 0);
    check(!task.medians || task.outputs === 1, 'trees', 'medians are of numbers', task.outputs);
    const { rows, cols, bins } = table;
    const { outputs, train, y, weights } = task;
    const leaves = Math.max(1, Math.floor(train.length / minLeaf));
    const nodes = 2 * leaves;
    const plan = new Plan(table.memory);
    const binsAt = table.memory ? bins.byteOffset : plan.room(bins.length);
    const yAt = plan.room(4 * rows);
    const weightsAt = plan.room(4 * rows);
    const valuesAt = plan.room(4 * VALUES_PER_COLUMN * cols);
    const columnsAt = plan.room(4 * cols);
    const sumsAt = plan.room(8 * 3 * outputs);
    const ownBinsAt = plan.room(train.length);
    const ownOutputsAt = plan.room(8 * train.length);
    const ownWeightsAt = plan.room(4 * train.length);
    const kindsAt = table.levels ? plan.room(cols) : 0;
    this.at = {
      order: plan.room(4 * train.length),
      spare: plan.room(4 * train.length),
      stack: plan.room(FRAME_BYTES * (leaves + 2)),
      nodes: plan.room(4 * NODE_WORDS * nodes),
      leaves: plan.room(4 * nodes * outputs),
      sets: table.levels ? plan.room(SET_BYTES * (leaves + 2)) : 0,
      y: yAt,
      // Free between two trees.
      values: ownOutputsAt,
      weights: ownWeightsAt,
    };
    ({ kernels: this.kernels, buffer: this.buffer, release: this.release } = plan.build());
    if (!table.memory) new Uint8Array(this.buffer).set(bins, binsAt);
    new Float32Array(this.buffer, yAt, rows).set(y.subarray(0, rows));
    const weight = new Float32Array(this.buffer, weightsAt, rows).fill(1);
    if (weights) weight.set(weights.subarray(0, rows));
    new Float32Array(this.buffer, valuesAt, values.length).set(values);
    if (kindsAt > 0)
      new Uint8Array(this.buffer, kindsAt, cols).set(table.cuts.map((_, c) => Number(hasLevels(table, c))));
    this.kernels.describe(
      binsAt,
      blockBytes(rows),
      cols,
      yAt,
      weightsAt,
      outputs,
      valuesAt,
      columnsAt,
      sumsAt,
      columnsPerNode,
      minLeaf,
      minSplit,
      kindsAt,
      this.at.sets,
      ownBinsAt,
      ownOutputsAt,
      ownWeightsAt,
      FORMS[formOf(task, weight)],
    );
  }

  grow(seed: number): ExtraTree {
    const { kernels, buffer, at } = this;
    const { train } = this.task;
    new Uint32Array(buffer, at.order, train.length).set(train);
    kernels.seedRandom(seed);
    const count = kernels.growExtra(at.order, train.length, at.spare, at.stack, at.nodes, at.leaves);
    const tree = this.read(count);
    if (this.task.medians) this.takeMedians(this.task.medians, tree);
    return tree;
  }

  private read(count: number): ExtraTree {
    const words = new Int32Array(this.buffer, this.at.nodes, count * NODE_WORDS);
    const tree = {
      column: new Int32Array(count),
      bin: new Uint8Array(count),
      missingLeft: new Array<boolean>(count).fill(false),
      sets: new Array<number[] | null>(count).fill(null),
      left: new Int32Array(count),
      rows: new Int32Array(count),
      means: new Float32Array(this.buffer, this.at.leaves, count * this.task.outputs).slice(),
    };
    for (let node = 0; node < count; node++) {
      const at = node * NODE_WORDS;
      const split = words[at + 1];
      tree.column[node] = words[at];
      tree.left[node] = words[at + 2];
      tree.rows[node] = words[at + 3];
      if (split < FIRST_SET) {
        tree.bin[node] = split & 255;
        tree.missingLeft[node] = split >> 8 === 1;
      } else tree.sets[node] = this.readSet(split - FIRST_SET);
    }
    return tree;
  }

  /** Leaves say the median of their rows, which lie leaf by leaf: those of a left part before those of its right one. */
  private takeMedians(medians: Float32Array, { left, rows, means }: Pick<ExtraTree, 'left' | 'rows' | 'means'>): void {
    const { kernels, buffer, at } = this;
    const order = new Uint32Array(buffer, at.order, this.task.train.length);
    const y = new Float32Array(buffer, at.y);
    const values = new Float32Array(buffer, at.values, order.length);
    const weights = new Float32Array(buffer, at.weights, order.length);
    const starts = new Array<number>(left.length).fill(0);
    left.forEach((child, node) => {
      if (child > 0) {
        starts[child] = starts[node];
        starts[child + 1] = starts[node] + rows[child];
        return;
      }
      for (let i = 0; i < rows[node]; i++) {
        const row = order[starts[node] + i];
        values[i] = y[row];
        weights[i] = medians[row];
      }
      means[node] = Math.fround(kernels.weightedQuantile(at.values, at.weights, rows[node], 0.5));
    });
  }

  private readSet(number: number): number[] {
    const bits = new Uint8Array(this.buffer, this.at.sets + SET_BYTES * (number + 2), SET_BYTES);
    return setOf(bits);
  }

  /** The seeds of a forest's trees. */
  static seedOf(seed: number, tree: number): number {
    return deriveSeed(seed, 'tree', tree);
  }
}

/** Of classes that weigh alike whole numbers are counted; so are ones among zeros. */
function formOf({ y, outputs, train }: ForestTask, weight: Float32Array): keyof typeof FORMS {
  if (!train.every((row) => weight[row] === 1)) return 'weighed';
  if (outputs > 1) return 'counts';
  return train.every((row) => y[row] === 0 || y[row] === 1) ? 'bits' : 'even';
}

/**
 * What stands for each bin of each column when cuts are drawn: the mean of its training values.
 *
 * Shapes  returns [cols][256]; a bin without values has its lower cut, bin 0 has 0
 */
export function binValues(
  X: { readonly data: Float32Array; readonly cols: number },
  table: BinnedTable,
  rows: Uint32Array,
): Float32Array {
  const values = new Float32Array(VALUES_PER_COLUMN * table.cols);
  const counts = new Float64Array(VALUES_PER_COLUMN);
  const sums = new Float64Array(VALUES_PER_COLUMN);
  for (let col = 0; col < table.cols; col++) {
    counts.fill(0);
    sums.fill(0);
    const at = (col >> 3) * blockBytes(table.rows) + (col & 7);
    for (const row of rows) {
      const bin = table.bins[at + 8 * row];
      if (bin === 0) continue;
      counts[bin]++;
      sums[bin] += X.data[row * X.cols + col];
    }
    for (let bin = 1; bin <= table.cuts[col].length + 1; bin++) {
      const lower = table.cuts[col][Math.max(0, bin - 2)] ?? 0;
      values[VALUES_PER_COLUMN * col + bin] = counts[bin] > 0 ? sums[bin] / counts[bin] : lower;
    }
  }
  return values;
}

/** The mean over trees of what their leaves say of a row of the table. */
export function meansOf(trees: readonly ExtraTree[], table: BinnedTable, row: number, outputs: number): number[] {
  const sums = new Array<number>(outputs).fill(0);
  for (const { column, bin, missingLeft, sets, left, means } of trees) {
    let node = 0;
    while (left[node] > 0) {
      const split = { bin: bin[node], missingLeft: missingLeft[node], set: sets[node] };
      node = binGoesLeft(split, binOf(table, row, column[node])) ? left[node] : left[node] + 1;
    }
    for (let c = 0; c < outputs; c++) sums[c] += means[node * outputs + c];
  }
  return sums.map((sum) => sum / trees.length);
}
