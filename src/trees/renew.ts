/** @file The values of a grown tree's leaves where the loss has better ones than Newton's. */

import type { Grower, LeafRows } from './grow.js';
import type { ReadyLoss } from './loss.js';
import { ratioStep } from './loss.js';
import type { Bounds, GrownTree } from './tree.js';
import { boundsOfParts, UNBOUNDED, within } from './tree.js';

/** Addresses of float32 by row of the table. */
export interface RowsAt {
  readonly scores: number;
  readonly y: number;
  readonly weights: number;
  readonly gradients: number;
  readonly hessians: number;
}

/** A loss, and what was asked of the tree. */
export interface Renewal extends ReadyLoss {
  readonly lambda: number;
  readonly monotone?: Int8Array | undefined;
}

/**
 * Gives each leaf the value that makes the loss of its rows least, or a step towards it: the quantile of what is left over, Huber's
 * mean of it, or the log ratio. Nodes that are no leaves keep Newton's.
 */
export function renewLeaves(
  grower: Grower,
  at: RowsAt,
  loss: Renewal,
  tree: GrownTree,
  leaves: readonly LeafRows[],
): void {
  if (loss.leaves === 'newton') return;
  const valueOf = (rows: Pick<LeafRows, 'start' | 'count'>) =>
    loss.leaves === 'ratio' ? ratio(grower, at, loss, rows) : centre(grower, at, loss, rows);
  for (const leaf of leaves) tree.value[leaf.node] = valueOf(leaf);
  if (loss.monotone) holdDirections(tree, leaves, loss.monotone, valueOf);
}

/**
 * Newton's values were within bounds, the new ones need not be: bounds are found anew, half way between what both parts of a split say
 * as wholes.
 */
function holdDirections(
  tree: GrownTree,
  leaves: readonly LeafRows[],
  monotone: Int8Array,
  valueOf: (rows: Pick<LeafRows, 'start' | 'count'>) => number,
): void {
  const ranges = new Map<number, Pick<LeafRows, 'start' | 'count'>>(leaves.map((leaf) => [leaf.node, leaf]));
  // Children come after their parent, and their rows lie side by side.
  for (let node = tree.left.length - 1; node >= 0; node--) {
    if (tree.left[node] === 0) continue;
    const [left, right] = [ranges.get(tree.left[node])!, ranges.get(tree.left[node] + 1)!];
    ranges.set(node, { start: left.start, count: left.count + right.count });
  }
  const hold = (node: number, bounds: Bounds): void => {
    const left = tree.left[node];
    if (left === 0) {
      tree.value[node] = within(tree.value[node], bounds);
      return;
    }
    const direction = monotone[tree.column[node]];
    const values =
      direction === 0 ? [0, 0] : [left, left + 1].map((part) => within(valueOf(ranges.get(part)!), bounds));
    boundsOfParts(bounds, direction, values[0], values[1]).forEach((own, i) => hold(left + i, own));
  };
  hold(0, UNBOUNDED);
}

function ratio(
  grower: Grower,
  { gradients, hessians }: RowsAt,
  { shape, lambda }: Renewal,
  { start, count }: Pick<LeafRows, 'start' | 'count'>,
): number {
  const { kernels, buffer, order, found } = grower;
  kernels.sumRows(gradients, hessians, order + 4 * start, count, found);
  const [gradient, hessian] = new Float64Array(buffer, found, 2);
  return ratioStep(gradient, hessian, shape, lambda);
}

function centre(
  grower: Grower,
  at: RowsAt,
  loss: ReadyLoss,
  { start, count }: Pick<LeafRows, 'start' | 'count'>,
): number {
  const { kernels, order, gathered: rest } = grower;
  const own = rest + 4 * count;
  const take = () => kernels.leftOver(at.scores, at.y, at.weights, order + 4 * start, count, rest, own);
  const n = take();
  const isHuber = loss.leaves === 'huber';
  const value = kernels.weightedQuantile(rest, own, n, isHuber ? 0.5 : loss.shape);
  if (!isHuber) return value;
  // Finding the median changed the order of the rows, and with it that of the sum.
  take();
  return kernels.huberMean(rest, own, n, value, loss.shape);
}
