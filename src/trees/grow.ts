/** @file Trees grown leaf by leaf on binned columns, by the kernels: the same trees as reference.ts, to the bit. */

import type { BinnedTable } from './bins.js';
import { blockBytes, LANES, MAX_BINS, slotCount } from './bins.js';
import type { GrownTree, GrowthParams, Quantised, Split } from './tree.js';
import { addNode, emptyTree, leafValue, splitNode } from './tree.js';
import { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

/** Bytes that histograms of open leaves may take; beyond, a leaf's is made anew instead of from its parent's. */
const HISTOGRAM_BYTES = 2 ** 28;
const SLOT_BYTES = 8;
const FOUND_BYTES = 24;
const NODE_WORDS = 4;

/** A split, and the whole-number sums of what goes left. */
interface Found extends Split {
  readonly gradient: number;
  readonly hessian: number;
}

interface Leaf {
  readonly node: number;
  /** Its rows are order[start .. start + count]. */
  readonly start: number;
  readonly count: number;
  readonly depth: number;
  readonly gradient: number;
  readonly hessian: number;
  /** Address of the histogram that it keeps, 0 for none. */
  histogram: number;
  split: Found | null;
}

/** A leaf of a grown tree: `order[start .. start + count]` are its rows. */
export interface LeafRows {
  readonly node: number;
  readonly start: number;
  readonly count: number;
}

export interface GrowerOptions {
  /** Plans what the caller needs in the same memory. */
  readonly more?: (plan: Plan) => void;
  /** What histograms of open leaves may take together; two there are always. */
  readonly histogramBytes?: number;
}

/** One tree under way. */
interface Task {
  readonly tree: GrownTree;
  readonly columns: Int32Array;
  readonly gradients: Quantised;
}

/**
 * Grows one tree after the other on one table; owns the memory that the kernels work in.
 *
 * Memory   bins (8 bytes per row for each eight columns), 24 bytes per row, and a histogram of 8 bytes per bin for each open leaf;
 *          `more` plans what the caller needs besides
 */
export class Grower {
  readonly kernels: Kernels;
  readonly buffer: ArrayBuffer;
  /** Address of [rows] int64: what `grow` reads. */
  readonly packed: number;
  /** Address of [rows] uint32: the rows of the last tree, leaf by leaf. */
  readonly order: number;
  private readonly bins: number;
  /** Address of 8 bytes a row, free between two trees. */
  readonly gathered: number;
  /** Address of 24 bytes, free between two trees. */
  readonly found: number;
  private readonly spare: number;
  private readonly counts: number;
  private readonly nodes: number;
  /** Where columns that are not looked at leave their sums. */
  private readonly waste: number;
  /** Byte offset of each column in a histogram. */
  private readonly slotsOf: number[] = [];
  private readonly slots: number;
  private readonly histograms: number[] = [];
  /** The histogram that is made next; never one that a leaf keeps. */
  private scratch: number;
  private free: number[] = [];
  private readonly foundView: DataView;

  constructor(
    private readonly table: BinnedTable,
    private readonly params: GrowthParams,
    { more, histogramBytes = HISTOGRAM_BYTES }: GrowerOptions = {},
  ) {
    const { rows, cuts } = table;
    const plan = new Plan();
    this.slots = 0;
    for (const column of cuts) {
      this.slotsOf.push(this.slots * SLOT_BYTES);
      this.slots += slotCount(column);
    }
    const bytes = Math.max(1, this.slots) * SLOT_BYTES;
    this.bins = plan.room(table.bins.length);
    this.packed = plan.room(rows * 8);
    this.order = plan.room(rows * 4);
    this.spare = plan.room(rows * 4);
    this.gathered = plan.room(rows * 8);
    this.counts = plan.room((MAX_BINS + 1) * 4);
    this.found = plan.room(FOUND_BYTES);
    this.nodes = plan.room(2 * params.leaves * NODE_WORDS * 4);
    this.waste = plan.room((MAX_BINS + 1) * SLOT_BYTES);
    const kept = Math.max(2, Math.min(params.leaves + 1, Math.floor(histogramBytes / bytes)));
    for (let i = 0; i < kept; i++) this.histograms.push(plan.room(bytes));
    this.scratch = this.histograms[0];
    more?.(plan);
    ({ kernels: this.kernels, buffer: this.buffer } = plan.build());
    new Uint8Array(this.buffer).set(table.bins, this.bins);
    this.foundView = new DataView(this.buffer, this.found, FOUND_BYTES);
  }

  /**
   * One tree from the gradients at `packed`, for the rows at `order[0 .. count]`, which are parted leaf by leaf.
   *
   * Shapes  columns: those that may be split, ascending
   */
  grow(count: number, columns: Int32Array, gradients: Quantised): { tree: GrownTree; leaves: LeafRows[] } {
    const { kernels, params } = this;
    const task = { tree: emptyTree(), columns, gradients };
    this.scratch = this.histograms[0];
    this.free = this.histograms.slice(1);
    kernels.gather(this.packed, this.order, count, this.gathered);
    const sum = kernels.total(this.gathered, count);
    const sums = { gradient: Number(sum >> 32n), hessian: Number(sum & 0xffffffffn) };
    const open = [this.makeLeaf(task, { start: 0, count, depth: 0, ...sums })];
    if (params.leaves > 1 && this.canSplit(open[0])) {
      this.fill(task, open[0]);
      this.look(task, open[0], this.scratch);
      this.keep(open[0]);
    }
    while (open.length < params.leaves) {
      const best = bestOf(open);
      if (best < 0) break;
      const [leaf] = open.splice(best, 1);
      open.push(...this.split(task, leaf, open.length + 2 < params.leaves));
    }
    return { tree: task.tree, leaves: open.map(({ node, start, count: rows }) => ({ node, start, count: rows })) };
  }

  /** scores[row] += the tree's value for the `n` rows named at `rows`, by their bins. */
  walk(tree: GrownTree, rows: number, n: number, scores: number): void {
    const length = tree.column.length * NODE_WORDS;
    const words = new Uint32Array(this.buffer, this.nodes, length);
    const values = new Float32Array(this.buffer, this.nodes, length);
    for (let i = 0; i < tree.column.length; i++) {
      const at = i * NODE_WORDS;
      if (tree.left[i] > 0) {
        words[at] = this.columnAt(tree.column[i]);
        words[at + 1] = tree.bin[i] | (Number(tree.missingLeft[i]) << 8);
      }
      words[at + 2] = tree.left[i];
      values[at + 3] = tree.value[i];
    }
    this.kernels.walk(rows, n, this.nodes, scores);
  }

  private makeLeaf(task: Task, rows: Pick<Leaf, 'start' | 'count' | 'depth' | 'gradient' | 'hessian'>): Leaf {
    const { gradientUnit, hessianUnit } = task.gradients;
    const value = leafValue(gradientUnit * rows.gradient, hessianUnit * rows.hessian, this.params.lambda);
    return { ...rows, node: addNode(task.tree, value, rows.count), histogram: 0, split: null };
  }

  /** Whether two parts of it could be leaves. */
  private canSplit({ count, depth }: Leaf): boolean {
    return count >= 2 * this.params.minRows && depth < this.params.maxDepth;
  }

  /** Parts a leaf in two; looks for their splits where the tree `goesOn`. */
  private split(task: Task, leaf: Leaf, goesOn: boolean): Leaf[] {
    const { kernels } = this;
    const { column, bin, missingLeft, gradient, hessian } = leaf.split!;
    const { start, count: rows } = leaf;
    const at = this.order + 4 * start;
    const count = kernels.part(this.columnAt(column), at, rows, bin, Number(missingLeft), this.spare);
    const depth = leaf.depth + 1;
    const left = this.makeLeaf(task, { start, count, depth, gradient, hessian });
    const rest = { gradient: leaf.gradient - gradient, hessian: leaf.hessian - hessian };
    const right = this.makeLeaf(task, { start: start + count, count: rows - count, depth, ...rest });
    splitNode(task.tree, leaf.node, leaf.split!, left.node);
    if (goesOn) this.lookAtBoth(task, leaf, left, right);
    return [left, right];
  }

  /** The histogram of the smaller part is made, and the larger one's is what remains of the parent's. */
  private lookAtBoth(task: Task, parent: Leaf, left: Leaf, right: Leaf): void {
    const [small, large] = left.count <= right.count ? [left, right] : [right, left];
    const whole = parent.histogram;
    if (!this.canSplit(large)) {
      if (whole > 0) this.free.push(whole);
      return;
    }
    if (whole > 0) {
      this.fill(task, small);
      this.kernels.subtract(whole, this.scratch, whole, this.slots);
      this.look(task, large, whole);
      large.histogram = whole;
    } else {
      this.fill(task, large);
      this.look(task, large, this.scratch);
      this.keep(large);
    }
    if (!this.canSplit(small)) return;
    if (whole <= 0) this.fill(task, small);
    this.look(task, small, this.scratch);
    this.keep(small);
  }

  /** A leaf keeps the histogram just made, while there is another one to make the next in. */
  private keep(leaf: Leaf): void {
    const next = this.free.pop();
    if (next === undefined) return;
    leaf.histogram = this.scratch;
    this.scratch = next;
  }

  /** The histogram of a leaf, in the scratch one. */
  private fill({ columns }: Task, { start, count }: Leaf): void {
    const { kernels, scratch, waste, slotsOf } = this;
    const rows = this.order + 4 * start;
    new Uint8Array(this.buffer, scratch, this.slots * SLOT_BYTES).fill(0);
    kernels.gather(this.packed, rows, count, this.gathered);
    const at = new Array<number>(LANES);
    for (let i = 0; i < columns.length;) {
      const block = columns[i] >> 3;
      at.fill(waste);
      for (; i < columns.length && columns[i] >> 3 === block; i++) at[columns[i] & 7] = scratch + slotsOf[columns[i]];
      const bins = this.bins + block * blockBytes(this.table.rows);
      kernels.histogram8(bins, rows, this.gathered, count, at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]);
    }
  }

  /** The best split of a leaf from its histogram; none where nothing is gained. */
  private look(task: Task, leaf: Leaf, histogram: number): void {
    leaf.split = this.scan(task, leaf, histogram, false);
    if (leaf.split === null || task.gradients.equal) return;
    // Sums of hessians say nothing exact about numbers of rows: where a part turns out too small, all are counted.
    const { column, bin, missingLeft } = leaf.split;
    const counts = this.countRows(leaf, column);
    let left = missingLeft ? counts[0] : 0;
    for (let b = 1; b <= bin; b++) left += counts[b];
    const { minRows } = this.params;
    if (left < minRows || leaf.count - left < minRows) leaf.split = this.scan(task, leaf, histogram, true);
  }

  private scan(task: Task, leaf: Leaf, histogram: number, counted: boolean): Found | null {
    const { kernels, params, foundView, slotsOf, table } = this;
    const { gradientUnit, hessianUnit, equal } = task.gradients;
    const [g, h] = [gradientUnit * leaf.gradient, hessianUnit * leaf.hessian];
    const base = (g * g) / (h + params.lambda);
    const total = (BigInt(leaf.gradient) << 32n) + BigInt(leaf.hessian);
    // Equal hessians are numbers of rows.
    const minHessian = equal ? Math.max(params.minHessian, params.minRows * hessianUnit) : params.minHessian;
    foundView.setFloat64(0, base + params.minGain, true);
    let best = -1;
    for (const column of task.columns) {
      if (counted) this.countRows(leaf, column);
      const improved = kernels.scan(
        histogram + slotsOf[column],
        table.cuts[column].length + 1,
        total,
        counted ? this.counts : 0,
        leaf.count,
        params.minRows,
        gradientUnit,
        hessianUnit,
        params.lambda,
        minHessian,
        this.found,
      );
      if (improved) best = column;
    }
    if (best < 0) return null;
    const hessian = kernels.leftHalf(this.found, 0);
    const hasMissing = new BigInt64Array(this.buffer, histogram + slotsOf[best], 1)[0] !== 0n;
    const missingLeft = hasMissing ? foundView.getInt32(12, true) === 1 : hessian * 2 > leaf.hessian;
    return {
      column: best,
      bin: foundView.getInt32(8, true),
      missingLeft,
      gain: foundView.getFloat64(0, true) - base,
      gradient: kernels.leftHalf(this.found, 1),
      hessian,
    };
  }

  /** Rows of a leaf by bin of one column. */
  private countRows({ start, count }: Leaf, column: number): Int32Array {
    const counts = new Int32Array(this.buffer, this.counts, MAX_BINS + 1).fill(0);
    this.kernels.countRows(this.columnAt(column), this.order + 4 * start, count, this.counts);
    return counts;
  }

  /** Where the bins of a column begin; those of successive rows are eight bytes apart. */
  private columnAt(column: number): number {
    return this.bins + (column >> 3) * blockBytes(this.table.rows) + (column & 7);
  }
}

/** The open leaf with the most to gain, the first of equal ones; -1 where none can be split. */
function bestOf(open: readonly Leaf[]): number {
  let best = -1;
  open.forEach(({ split }, i) => {
    if (split && (best < 0 || split.gain > open[best].split!.gain)) best = i;
  });
  return best;
}
