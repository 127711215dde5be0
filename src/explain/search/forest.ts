/** @file A small random forest over the unit cube: what scores look like between the trials. Deterministic by its seed. */

import { Rng } from '../../core/index.js';

/** A box of the cube in which a tree says one value: [low, high) per dimension. */
export interface Leaf {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly value: number;
}

export type Tree = readonly Leaf[];

export interface ForestOptions {
  readonly trees?: number;
  readonly minLeaf?: number;
  readonly seed?: number;
}

/**
 * Regression trees on bootstrap samples, each split on the best of a third of the dimensions.
 *
 * Shapes   points [n][d] in [0, 1]; values [n]
 * Random   samples and candidate dimensions, from the seed
 * Source   Breiman 2001, Random forests
 */
export function growForest(
  points: readonly (readonly number[])[],
  values: readonly number[],
  { trees = 24, minLeaf = 2, seed = 0 }: ForestOptions = {},
): Tree[] {
  const d = points[0]?.length ?? 0;
  return Array.from({ length: trees }, (_, t) => {
    const rng = new Rng(seed).split('tree', t);
    const rows = Array.from({ length: points.length }, () => rng.integer(points.length));
    const leaves: Leaf[] = [];
    const box = { low: new Float64Array(d), high: new Float64Array(d).fill(1) };
    grow({ points, values, minLeaf, rng, leaves }, rows, box);
    return leaves;
  });
}

interface Growing {
  readonly points: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly minLeaf: number;
  readonly rng: Rng;
  readonly leaves: Leaf[];
}

interface Box {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

function grow(growing: Growing, rows: readonly number[], box: Box): void {
  const split = bestSplit(growing, rows);
  if (!split) {
    const value = rows.reduce((sum, row) => sum + growing.values[row], 0) / Math.max(1, rows.length);
    growing.leaves.push({ ...box, value });
    return;
  }
  const { dimension, at } = split;
  const left = { low: box.low, high: Float64Array.from(box.high) };
  const right = { low: Float64Array.from(box.low), high: box.high };
  left.high[dimension] = at;
  right.low[dimension] = at;
  const side = (row: number): boolean => growing.points[row][dimension] < at;
  grow(growing, rows.filter(side), left);
  grow(
    growing,
    rows.filter((row) => !side(row)),
    right,
  );
}

/** The split that lowers the squared error most, among a random third of the dimensions (two at least). */
function bestSplit(growing: Growing, rows: readonly number[]): { dimension: number; at: number } | null {
  const { points, rng, minLeaf } = growing;
  const d = points[0].length;
  if (rows.length < 2 * minLeaf) return null;
  const candidates = rng.shuffle(Array.from({ length: d }, (_, j) => j)).slice(0, Math.max(2, Math.ceil(d / 3)));
  let best: { dimension: number; at: number; gain: number } | null = null;
  for (const dimension of candidates) {
    const found = bestCut(growing, rows, dimension);
    if (found && (!best || found.gain > best.gain)) best = { dimension, ...found };
  }
  return best;
}

function bestCut({ points, values, minLeaf }: Growing, rows: readonly number[], dimension: number) {
  const places = rows.map((row) => points[row][dimension]);
  const first = places[0];
  if (places.every((place) => place === first)) return null;
  const order = [...rows].sort((a, b) => points[a][dimension] - points[b][dimension]);
  const total = order.reduce((sum, row) => sum + values[row], 0);
  const n = order.length;
  let left = 0;
  let best: { at: number; gain: number } | null = null;
  for (let i = 1; i < n; i++) {
    left += values[order[i - 1]];
    const [below, above] = [points[order[i - 1]][dimension], points[order[i]][dimension]];
    if (below === above || i < minLeaf || n - i < minLeaf) continue;
    // The fall of the squared error, up to a constant of the node.
    const gain = left ** 2 / i + (total - left) ** 2 / (n - i) - total ** 2 / n;
    if (gain > 1e-12 && (!best || gain > best.gain)) best = { at: (below + above) / 2, gain };
  }
  return best;
}

/**
 * Mean of a forest over the cube with the coordinates of some dimensions held fixed, all others spread evenly; once per point.
 *
 * Shapes   points [n][dimensions.length]; returns [n]
 */
export function marginals(
  forest: readonly Tree[],
  dimensions: readonly number[],
  points: readonly (readonly number[])[],
): Float64Array {
  const sums = new Float64Array(points.length);
  for (const { low, high, value } of forest.flat()) {
    let share = value;
    for (let j = 0; j < low.length; j++) if (!dimensions.includes(j)) share *= high[j] - low[j];
    for (let i = 0; i < points.length; i++) {
      let inside = true;
      for (let k = 0; k < dimensions.length && inside; k++) {
        inside = isInside(points[i][k], low[dimensions[k]], high[dimensions[k]]);
      }
      if (inside) sums[i] += share;
    }
  }
  return sums.map((sum) => sum / forest.length);
}

/** Boxes are open above, but at the end of the cube. */
function isInside(place: number, low: number, high: number): boolean {
  return place >= low && (place < high || (place === 1 && high === 1));
}

/** The same for one point, dimension by dimension. */
export function marginal(forest: readonly Tree[], fixed: ReadonlyMap<number, number>): number {
  return marginals(forest, [...fixed.keys()], [[...fixed.values()]])[0];
}
