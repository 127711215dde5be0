/** @file The values of a grown tree's leaves where the loss has better ones than Newton's. */

import type { Grower, LeafRows } from './grow.js';
import type { ReadyLoss } from './loss.js';
import { ratioStep } from './loss.js';
import type { GrownTree } from './tree.js';

/** Addresses of float32 by row of the table. */
export interface RowsAt {
  readonly scores: number;
  readonly y: number;
  readonly weights: number;
  readonly gradients: number;
  readonly hessians: number;
}

/**
 * Gives each leaf the value that makes the loss of its rows least, or a step towards it: the quantile of what is left over, Huber's
 * mean of it, or the log ratio. Nodes that are no leaves keep Newton's.
 */
export function renewLeaves(
  grower: Grower,
  at: RowsAt,
  loss: ReadyLoss & { readonly lambda: number },
  tree: GrownTree,
  leaves: readonly LeafRows[],
): void {
  if (loss.leaves === 'newton') return;
  for (const leaf of leaves) {
    tree.value[leaf.node] = loss.leaves === 'ratio' ? ratio(grower, at, loss, leaf) : centre(grower, at, loss, leaf);
  }
}

function ratio(
  grower: Grower,
  { gradients, hessians }: RowsAt,
  { shape, lambda }: ReadyLoss & { readonly lambda: number },
  { start, count }: LeafRows,
): number {
  const { kernels, buffer, order, found } = grower;
  kernels.sumRows(gradients, hessians, order + 4 * start, count, found);
  const [gradient, hessian] = new Float64Array(buffer, found, 2);
  return ratioStep(gradient, hessian, shape, lambda);
}

function centre(grower: Grower, at: RowsAt, loss: ReadyLoss, { start, count }: LeafRows): number {
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
