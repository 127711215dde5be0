/** @file Trees grown leaf by leaf on binned columns, by the kernels: the same trees as reference.ts, to the bit. */

import { check } from '../core/index.js';
import type { BinnedTable } from './bins.js';
import { binCount, hasLevels } from './bins.js';
import type { RowsAt } from './columns.js';
import { Columns, SET_BYTES } from './columns.js';
import type { Bounds, GrownTree, GrowthParams, Quantised, Split } from './tree.js';
import {
  addNode,
  boundsOfParts,
  CATEGORY_DEFAULTS,
  emptyTree,
  leafValue,
  setOf,
  splitNode,
  UNBOUNDED,
  within,
} from './tree.js';
import { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

/** Bytes that histograms of open leaves may take; beyond, a leaf's is made anew instead of from its parent's. */
const HISTOGRAM_BYTES = 2 ** 28;
const FOUND_BYTES = 72;

/** A split, and the whole-number sums of what goes left. */
interface Found extends Split {
  readonly gradient: number;
  readonly hessian: number;
  /** Added to the hessians of its parts. */
  readonly lambda: number;
}

interface Leaf {
  readonly node: number;
  /** Its rows are order[start .. start + count]. */
  readonly start: number;
  readonly count: number;
  readonly depth: number;
  readonly gradient: number;
  readonly hessian: number;
  /** They may depend on its sibling's value, which is known after its own. */
  bounds: Bounds;
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
  /** Whether hessians may differ from row to row, so that rows are counted beside them; true where left out. */
  readonly counted?: boolean;
}

/** One tree under way. */
interface Task {
  readonly tree: GrownTree;
  /** Address of its columns, and their number. */
  readonly list: number;
  readonly columns: number;
  readonly gradients: Quantised;
}

type Part = Pick<Leaf, 'start' | 'count' | 'depth' | 'gradient' | 'hessian'>;

/**
 * Grows one tree after the other on one table; owns the memory that the kernels work in.
 *
 * Memory   bins (8 bytes per row for each eight columns) where no others share them, 24 bytes per row, and a histogram of 8 bytes per bin for each open leaf, 16 where rows are counted;
 *          `more` plans what the caller needs besides
 */
export class Grower {
  readonly kernels: Kernels;
  readonly buffer: ArrayBuffer;
  /** Address of [rows] int64: what `grow` reads. */
  readonly packed: number;
  /** Address of [rows] uint32: the rows of the last tree, leaf by leaf. */
  readonly order: number;
  /** Address of 8 bytes a row, free between two trees. */
  readonly gathered: number;
  /** Address of 72 bytes, free between two trees. */
  readonly found: number;
  private readonly spare: number;
  private readonly columns: Columns;
  private readonly histograms: number[] = [];
  /** The histogram that is made next; never one that a leaf keeps. */
  private scratch: number;
  private free: number[] = [];
  private readonly foundView: DataView;
  private readonly isBounded: boolean;
  private readonly isCounted: boolean;
  private readonly done: () => void;

  constructor(
    private readonly table: BinnedTable,
    private readonly params: GrowthParams,
    { more, histogramBytes = HISTOGRAM_BYTES, counted = true }: GrowerOptions = {},
  ) {
    const { rows } = table;
    const plan = new Plan(table.memory);
    this.isBounded = checkDirections(table, params);
    this.isCounted = counted;
    this.columns = new Columns(table, params, plan, counted);
    const { bytes } = this.columns;
    this.packed = plan.room(rows * 8);
    this.order = plan.room(rows * 4);
    this.spare = plan.room(rows * 4);
    this.gathered = plan.room(rows * 8);
    this.found = plan.room(FOUND_BYTES);
    const kept = Math.max(2, Math.min(params.leaves + 1, Math.floor(histogramBytes / bytes)));
    for (let i = 0; i < kept; i++) this.histograms.push(plan.room(bytes));
    this.scratch = this.histograms[0];
    more?.(plan);
    ({ kernels: this.kernels, buffer: this.buffer, release: this.done } = plan.build());
    this.foundView = new DataView(this.buffer, this.found, FOUND_BYTES);
    this.columns.connect(this.kernels, this.buffer, this.found);
  }

  /** Gives back what it took of a memory that threads share; it grows nothing any more. */
  release(): void {
    this.done();
  }

  /**
   * One tree from the gradients at `packed`, for the rows at `order[0 .. count]`, which are parted leaf by leaf.
   *
   * Shapes  columns: those that may be split, ascending
   */
  grow(count: number, columns: Int32Array, gradients: Quantised): { tree: GrownTree; leaves: LeafRows[] } {
    const { kernels, params } = this;
    const task = { tree: emptyTree(), list: this.columns.choose(columns), columns: columns.length, gradients };
    this.scratch = this.histograms[0];
    this.free = this.histograms.slice(1);
    kernels.gather(this.packed, this.order, count, this.gathered);
    const sum = kernels.total(this.gathered, count);
    const sums = { gradient: Number(sum >> 32n), hessian: Number(sum & 0xffffffffn) };
    this.setGrowth();
    kernels.setUnits(gradients.gradientUnit, gradients.hessianUnit, gradients.equal);
    const root = this.nodeOf(task, { start: 0, count, depth: 0, ...sums }, params.lambda, UNBOUNDED);
    const open = [root];
    if (params.leaves > 1 && this.canSplit(open[0])) {
      this.fill(open[0]);
      open[0].split = this.scan(task, open[0], this.scratch);
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
    this.columns.walk(tree, { at: rows, count: n }, scores);
  }

  private setGrowth(): void {
    const { kernels, params } = this;
    const { maxOneHot, smooth, maxSet, l2 } = { ...CATEGORY_DEFAULTS, ...params.categories };
    kernels.setGrowth(params.minRows, params.minHessian, params.minGain, params.lambda, this.isBounded);
    kernels.setCategories(maxOneHot, smooth, maxSet, l2);
  }

  /** A new node of the tree, as a leaf that has the bounds of its parent. */
  private nodeOf({ tree, gradients }: Task, part: Part, lambda: number, bounds: Bounds): Leaf {
    const { start, count, depth, gradient, hessian } = part;
    const value = leafValue(gradients.gradientUnit * gradient, gradients.hessianUnit * hessian, lambda);
    const node = addNode(tree, within(value, bounds), count);
    // Name by name: spreading `part` takes longer than all else here.
    return { node, start, count, depth, gradient, hessian, bounds, histogram: 0, split: null };
  }

  /** Whether two parts of it could be leaves. */
  private canSplit({ count, depth }: Leaf): boolean {
    return count >= 2 * this.params.minRows && depth < this.params.maxDepth;
  }

  /** Parts a leaf in two; looks for their splits where the tree `goesOn`. */
  private split(task: Task, leaf: Leaf, goesOn: boolean): Leaf[] {
    const { column, gradient, hessian, lambda } = leaf.split!;
    const { start, bounds } = leaf;
    const count = this.columns.part(leaf.split!, this.rowsOf(leaf), this.spare);
    const depth = leaf.depth + 1;
    const left = this.nodeOf(task, { start, count, depth, gradient, hessian }, lambda, bounds);
    const rest = {
      start: start + count,
      count: leaf.count - count,
      depth,
      gradient: leaf.gradient - gradient,
      hessian: leaf.hessian - hessian,
    };
    const right = this.nodeOf(task, rest, lambda, bounds);
    splitNode(task.tree, leaf.node, leaf.split!, left.node);
    const { value } = task.tree;
    const direction = this.params.monotone?.[column] ?? 0;
    [left.bounds, right.bounds] = boundsOfParts(bounds, direction, value[left.node], value[right.node]);
    if (goesOn) this.lookAtBoth(task, leaf, left, right);
    return [left, right];
  }

  private rowsOf({ start, count }: Leaf): RowsAt {
    return { at: this.order + 4 * start, count };
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
      this.fill(small);
      this.kernels.subtract(whole, this.scratch, whole, this.columns.bytes / 8);
      large.split = this.scan(task, large, whole);
      large.histogram = whole;
    } else {
      this.fill(large);
      large.split = this.scan(task, large, this.scratch);
      this.keep(large);
    }
    if (!this.canSplit(small)) return;
    if (whole <= 0) this.fill(small);
    small.split = this.scan(task, small, this.scratch);
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
  private fill(leaf: Leaf): void {
    const rows = this.rowsOf(leaf);
    this.kernels.gather(this.packed, rows.at, rows.count, this.gathered);
    this.columns.fill(this.scratch, rows, this.gathered);
  }

  /** The best split of a leaf from its histogram; null where nothing is gained. */
  private scan({ list, columns }: Task, leaf: Leaf, histogram: number): Found | null {
    const { kernels, params, foundView: found } = this;
    const { gradient, hessian, count, bounds } = leaf;
    const { low, high } = bounds;
    const column = kernels.scanColumns(histogram, list, columns, gradient, hessian, count, this.isCounted, low, high);
    if (column < 0) return null;
    const leftHessian = found.getUint32(16, true);
    const set = found.getInt32(24, true) === 1 ? this.readSet() : null;
    const hasMissing = found.getInt32(28, true) === 1;
    const isSorted =
      set !== null && binCount(this.table, column) > (params.categories?.maxOneHot ?? CATEGORY_DEFAULTS.maxOneHot);
    return {
      column,
      bin: set ? 0 : found.getInt32(8, true),
      missingLeft: !set && (hasMissing ? found.getInt32(12, true) === 1 : leftHessian * 2 > hessian),
      set,
      gain: found.getFloat64(0, true) - found.getFloat64(64, true),
      gradient: found.getInt32(20, true),
      hessian: leftHessian,
      lambda: params.lambda + (isSorted ? (params.categories?.l2 ?? CATEGORY_DEFAULTS.l2) : 0),
    };
  }

  private readSet(): number[] {
    return setOf(new Uint8Array(this.buffer, this.found + 32, SET_BYTES));
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

/**
 * Whether a column has a direction.
 *
 * Throws   usage: not one direction for each column, or one for categories
 */
function checkDirections(table: BinnedTable, { monotone }: GrowthParams): boolean {
  if (!monotone) return false;
  check(monotone.length === table.cols, 'trees', `monotone must name ${table.cols} columns`, monotone.length);
  monotone.forEach((direction, column) => {
    check(direction >= -1 && direction <= 1, 'trees', 'directions must be -1, 0 or 1', direction);
    check(direction === 0 || !hasLevels(table, column), 'trees', 'categories must have direction 0', direction);
  });
  return true;
}
