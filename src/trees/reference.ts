/** @file How a tree is grown, slowly and plainly: the oracle that the kernels are held against, to the bit. */

import type { BinnedTable } from './bins.js';
import { binCount, binOf, hasLevels } from './bins.js';
import type { Bounds, CategoryParams, GrownTree, GrowthParams, Quantised, Split } from './tree.js';
import {
  addNode,
  binGoesLeft,
  boundsOfParts,
  CATEGORY_DEFAULTS,
  emptyTree,
  leafValue,
  splitNode,
  UNBOUNDED,
  within,
} from './tree.js';

/** Whole numbers by row. */
export interface WholeGradients extends Quantised {
  readonly gradient: Int32Array;
  readonly hessian: Int32Array;
}

/** A split, and what is added to the hessians of its parts. */
interface Found extends Split {
  readonly lambda: number;
}

interface Leaf {
  readonly node: number;
  readonly rows: number[];
  readonly depth: number;
  readonly bounds: Bounds;
  readonly split: Found | null;
}

interface Sums {
  g: number;
  h: number;
  rows: number;
}

/** What a leaf's splits are looked for with. */
interface Search {
  readonly gradients: WholeGradients;
  readonly params: GrowthParams;
  readonly categories: CategoryParams;
  readonly bounds: Bounds;
  readonly whole: Sums;
  /** The score that the next split must be above, and the best so far. */
  score: number;
  best: (Omit<Found, 'gain'> & { readonly score: number }) | null;
}

/**
 * The tree of some rows: best leaf first, ties to the leaf that was made first.
 *
 * Shapes  gradients by row of the table; rows: those to grow on; columns: those that may be split, ascending
 */
export function growReference(
  table: BinnedTable,
  gradients: WholeGradients,
  rows: Uint32Array,
  columns: readonly number[],
  params: GrowthParams,
): GrownTree {
  const tree = emptyTree();
  const make = (members: number[], lambda: number, bounds: Bounds): number => {
    const { g, h } = sums(gradients, members);
    const value = leafValue(gradients.gradientUnit * g, gradients.hessianUnit * h, lambda);
    return addNode(tree, within(value, bounds), members.length);
  };
  const open = (node: number, members: number[], depth: number, bounds: Bounds): Leaf => {
    const split = depth < params.maxDepth ? bestSplit(table, gradients, members, columns, params, bounds) : null;
    return { node, rows: members, depth, bounds, split };
  };
  const leaves = [open(make([...rows], params.lambda, UNBOUNDED), [...rows], 0, UNBOUNDED)];
  while (leaves.length < params.leaves) {
    let best = -1;
    leaves.forEach(({ split }, i) => {
      if (split && (best < 0 || split.gain > leaves[best].split!.gain)) best = i;
    });
    if (best < 0) break;
    const { node, rows: members, depth, bounds, split } = leaves[best];
    const isLeft = (row: number) => binGoesLeft(split!, binOf(table, row, split!.column));
    const parts = [members.filter(isLeft), members.filter((row) => !isLeft(row))];
    const [left, right] = parts.map((part) => make(part, split!.lambda, bounds));
    const direction = params.monotone?.[split!.column] ?? 0;
    const both = boundsOfParts(bounds, direction, tree.value[left], tree.value[right]);
    splitNode(tree, node, split!, left);
    leaves.splice(best, 1);
    leaves.push(open(left, parts[0], depth + 1, both[0]), open(right, parts[1], depth + 1, both[1]));
  }
  return tree;
}

function sums({ gradient, hessian }: WholeGradients, rows: readonly number[]): Sums {
  let [g, h] = [0, 0];
  for (const row of rows) {
    g += gradient[row];
    h += hessian[row];
  }
  return { g, h, rows: rows.length };
}

/** Every column, every split; the first of equal gains. */
function bestSplit(
  table: BinnedTable,
  gradients: WholeGradients,
  rows: readonly number[],
  columns: readonly number[],
  params: GrowthParams,
  bounds: Bounds,
): Found | null {
  const whole = sums(gradients, rows);
  const categories = { ...CATEGORY_DEFAULTS, ...params.categories };
  const search: Search = { gradients, params, categories, bounds, whole, score: 0, best: null };
  const base = scoreOf(search, whole, params.lambda);
  search.score = base + params.minGain;
  for (const column of columns) {
    const slots = Array.from({ length: binCount(table, column) + 1 }, () => ({ g: 0, h: 0, rows: 0 }));
    for (const row of rows) {
      const slot = slots[binOf(table, row, column)];
      slot.g += gradients.gradient[row];
      slot.h += gradients.hessian[row];
      slot.rows++;
    }
    if (!hasLevels(table, column)) tryCuts(search, column, slots);
    else if (slots.length - 1 <= categories.maxOneHot) tryEachLevel(search, column, slots);
    else trySets(search, column, slots);
  }
  if (!search.best) return null;
  const { score, ...split } = search.best;
  return { ...split, gain: score - base };
}

/** What a part of sums g and h says, and how much that lowers the loss, doubled. */
function valueOf({ gradients, bounds }: Search, { g, h }: Sums, lambda: number): number {
  return within(-(gradients.gradientUnit * g) / (gradients.hessianUnit * h + lambda), bounds);
}

function scoreOf(search: Search, part: Sums, lambda: number): number {
  const [g, a] = [search.gradients.gradientUnit * part.g, search.gradients.hessianUnit * part.h + lambda];
  if (!search.params.monotone) return (g * g) / a;
  const value = valueOf(search, part, lambda);
  return -(2 * g * value + a * value * value);
}

/** Tries a split; true where it is the best so far. */
function tryOne(search: Search, left: Sums, lambda: number, direction: number): boolean {
  const { whole, params, gradients } = search;
  const { minRows, minHessian } = params;
  const right = { g: whole.g - left.g, h: whole.h - left.h, rows: whole.rows - left.rows };
  if (left.rows < minRows || right.rows < minRows) return false;
  const [hl, hr] = [gradients.hessianUnit * left.h, gradients.hessianUnit * right.h];
  if (hl < minHessian || hr < minHessian) return false;
  let score: number;
  if (params.monotone) {
    if (direction * (valueOf(search, right, lambda) - valueOf(search, left, lambda)) < 0) return false;
    score = scoreOf(search, left, lambda) + scoreOf(search, right, lambda);
  } else {
    const [gl, gr] = [gradients.gradientUnit * left.g, gradients.gradientUnit * right.g];
    const [a, b] = [hl + lambda, hr + lambda];
    score = (gl * gl * b + gr * gr * a) / (a * b);
  }
  if (!(score > search.score)) return false;
  search.score = score;
  return true;
}

/** "Bin at most b" for every b, missing cells right and then left. */
function tryCuts(search: Search, column: number, slots: readonly Sums[]): void {
  const { lambda, monotone } = search.params;
  const hasMissing = slots[0].g !== 0 || slots[0].h !== 0;
  for (const missingLeft of hasMissing ? [false, true] : [false]) {
    const left = missingLeft ? { ...slots[0] } : { g: 0, h: 0, rows: 0 };
    for (let bin = 1; bin < slots.length; bin++) {
      add(left, slots[bin]);
      if (slots[bin].g === 0 && slots[bin].h === 0) continue;
      if (!tryOne(search, left, lambda, monotone?.[column] ?? 0)) continue;
      const side = hasMissing ? missingLeft : left.h * 2 > search.whole.h;
      search.best = { column, bin, missingLeft: side, set: null, lambda, score: search.score };
    }
  }
}

/** Each level against all others and the missing cells. */
function tryEachLevel(search: Search, column: number, slots: readonly Sums[]): void {
  const { lambda } = search.params;
  for (let bin = 1; bin < slots.length; bin++) {
    if (slots[bin].g === 0 && slots[bin].h === 0) continue;
    if (!tryOne(search, slots[bin], lambda, 0)) continue;
    search.best = { column, bin: 0, missingLeft: false, set: [bin], lambda, score: search.score };
  }
}

/** The first levels in the order of their smoothed gradients, and then the last ones. */
function trySets(search: Search, column: number, slots: readonly Sums[]): void {
  const { gradients, whole, params, categories } = search;
  const { gradientUnit, hessianUnit } = gradients;
  const lambda = params.lambda + categories.l2;
  const keyOf = ({ g, h }: Sums) => (gradientUnit * g) / (hessianUnit * h + categories.smooth);
  const levels = slots
    .map((_, bin) => bin)
    .filter((bin) => {
      const { h } = slots[bin];
      return bin > 0 && h > 0 && h * whole.rows >= categories.smooth * whole.h;
    });
  levels.sort((a, b) => keyOf(slots[a]) - keyOf(slots[b]) || a - b);
  const most = Math.min(categories.maxSet, Math.floor((levels.length + 1) / 2));
  for (const order of [levels, [...levels].reverse()]) {
    const left = { g: 0, h: 0, rows: 0 };
    for (let i = 0; i < most; i++) {
      add(left, slots[order[i]]);
      if (!tryOne(search, left, lambda, 0)) continue;
      const set = order.slice(0, i + 1).sort((a, b) => a - b);
      search.best = { column, bin: 0, missingLeft: false, set, lambda, score: search.score };
    }
  }
}

function add(to: Sums, { g, h, rows }: Sums): void {
  to.g += g;
  to.h += h;
  to.rows += rows;
}
