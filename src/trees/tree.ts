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
}

export const GROWTH_DEFAULTS: GrowthParams = {
  leaves: 31,
  maxDepth: 64,
  minRows: 20,
  minHessian: 1e-3,
  lambda: 0,
  minGain: 0,
};

/** A split: rows whose bin is at most `bin` go left, missing cells (bin 0) where `missingLeft` says. */
export interface Split {
  readonly column: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
}

/** Nodes in the order in which they were made; node 0 is the root, siblings are neighbours, children come after their parent. */
export interface GrownTree {
  /** Column of the split, -1 in a leaf. */
  readonly column: number[];
  readonly bin: number[];
  readonly missingLeft: boolean[];
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
  return { column: [], bin: [], missingLeft: [], left: [], value: [], rows: [], gain: [] };
}

/** A new leaf; returns its number. */
export function addNode(tree: GrownTree, value: number, rows: number): number {
  tree.column.push(-1);
  tree.bin.push(0);
  tree.missingLeft.push(false);
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
  tree.gain[node] = split.gain;
  tree.left[node] = left;
}

/** The value of a node from the sums of its rows; 0 where there is nothing to divide by. */
export function leafValue(gradient: number, hessian: number, lambda: number): number {
  const weight = hessian + lambda;
  return weight > 0 ? -gradient / weight : 0;
}
