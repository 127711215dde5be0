/** @file One grown tree, and what it was asked to be. */

/** How a tree is grown: the leaf with the most to gain is split first. */
export interface GrowthParams {
  /** Leaves at most, at least 1. */
  readonly leaves: number;
  /** Splits on the way to a leaf at most. */
  readonly maxDepth: number;
  /** No leaf has fewer rows. */
  readonly minRows: number;
  /** No leaf has a smaller sum of hessians. */
  readonly minHessian: number;
  /** Added to the sum of hessians: draws the values of leaves towards 0. */
  readonly lambda: number;
  /** A split must gain more than this. */
  readonly minGain: number;
  /** By column: 1 where a greater value must not lower what is said, -1 where it must not raise it, 0 where it may do either. */
  readonly monotone?: Int8Array | undefined;
  /** How columns of categories are split; what is left out is as CATEGORY_DEFAULTS has it. */
  readonly categories?: Partial<CategoryParams> | undefined;
}

/** How categories are parted in two sets. */
export interface CategoryParams {
  /** Up to so many levels of a column each is tried against all others. */
  readonly maxOneHot: number;
  /** Beyond, levels are put in order by gradient / (hessian + smooth); those of fewer rows (by their hessian) stay out of the set. */
  readonly smooth: number;
  /** Levels of a set at most. */
  readonly maxSet: number;
  /** Added to lambda where a set was chosen by that order. */
  readonly l2: number;
}

/** As LightGBM's cat_smooth, cat_l2, max_cat_threshold and max_cat_to_onehot. */
export const CATEGORY_DEFAULTS: CategoryParams = { maxOneHot: 4, smooth: 10, maxSet: 32, l2: 10 };

export const GROWTH_DEFAULTS: GrowthParams = {
  leaves: 31,
  maxDepth: 64,
  minRows: 20,
  minHessian: 1e-3,
  lambda: 0,
  minGain: 0,
};

/**
 * A split: rows whose bin is at most `bin` go left, missing cells (bin 0) where `missingLeft` says. A split by categories has a set:
 * rows whose bin is in it go left, all others, missing ones among them, right.
 */
export interface Split {
  readonly column: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly set: readonly number[] | null;
  readonly gain: number;
}

/** Nodes in the order in which they were made; node 0 is the root, siblings are neighbours, children come after their parent. */
export interface GrownTree {
  /** Column of the split, -1 in a leaf. */
  readonly column: number[];
  readonly bin: number[];
  readonly missingLeft: boolean[];
  /** Bins that go left where categories are split, ascending; else null. `levels` of the table says what they stand for. */
  readonly sets: (readonly number[] | null)[];
  /** The left child; 0 in a leaf. */
  readonly left: number[];
  /** -gradient / (hessian + lambda) of the node's rows. */
  readonly value: number[];
  /** Rows that the tree was grown on. */
  readonly rows: number[];
  /** What the split gained; 0 in a leaf. */
  readonly gain: number[];
}

/** Whole-number gradients and hessians of rows, and what a 1 is worth of each. */
export interface Quantised {
  readonly gradientUnit: number;
  readonly hessianUnit: number;
  /** All hessians are 1: they count rows. */
  readonly equal: boolean;
}

export function emptyTree(): GrownTree {
  return { column: [], bin: [], missingLeft: [], sets: [], left: [], value: [], rows: [], gain: [] };
}

/** A new leaf; returns its number. */
export function addNode(tree: GrownTree, value: number, rows: number): number {
  tree.column.push(-1);
  tree.bin.push(0);
  tree.missingLeft.push(false);
  tree.sets.push(null);
  tree.left.push(0);
  tree.value.push(value);
  tree.rows.push(rows);
  tree.gain.push(0);
  return tree.column.length - 1;
}

export function splitNode(tree: GrownTree, node: number, split: Split, left: number): void {
  tree.column[node] = split.column;
  tree.bin[node] = split.bin;
  tree.missingLeft[node] = split.missingLeft;
  tree.sets[node] = split.set;
  tree.gain[node] = split.gain;
  tree.left[node] = left;
}

/** Whether a row of that bin goes left at a split. */
export function binGoesLeft(
  { bin, missingLeft, set }: Pick<Split, 'bin' | 'missingLeft' | 'set'>,
  own: number,
): boolean {
  if (set) return set.includes(own);
  return own === 0 ? missingLeft : own <= bin;
}

/** The bins of a set of 256 bits, ascending. */
export function setOf(bits: Uint8Array): number[] {
  const set: number[] = [];
  for (let bin = 0; bin < 8 * bits.length; bin++) if ((bits[bin >> 3] >> (bin & 7)) & 1) set.push(bin);
  return set;
}

/** What a leaf may say at least and at most. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export const UNBOUNDED: Bounds = { low: -Infinity, high: Infinity };

/** A value within bounds. */
export function within(value: number, { low, high }: Bounds): number {
  return Math.min(Math.max(value, low), high);
}

/**
 * The bounds of both parts of a leaf: where its column has a direction, no part may go beyond half way to the other.
 *
 * Source   LightGBM's basic method of monotone constraints
 */
export function boundsOfParts(whole: Bounds, direction: number, left: number, right: number): [Bounds, Bounds] {
  if (direction === 0) return [whole, whole];
  const middle = (left + right) / 2;
  const lower = { low: whole.low, high: middle };
  const upper = { low: middle, high: whole.high };
  return direction > 0 ? [lower, upper] : [upper, lower];
}

/** The value of a node from the sums of its rows; 0 where there is nothing to divide by. */
export function leafValue(gradient: number, hessian: number, lambda: number): number {
  const weight = hessian + lambda;
  return weight > 0 ? -gradient / weight : 0;
}
