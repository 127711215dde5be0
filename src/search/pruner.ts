/** @file Giving up early: after some of its parts (folds), a trial that will hardly become the best of its group. */

import { check } from '../core/index.js';

export interface Pruner {
  /**
   * Whether to give up on a trial, given the losses of its first parts and those of all parts of earlier trials of its group.
   *
   * Shapes   own: 1 to n - 1 losses in the order of the parts; rivals: n losses each, in the order of the trials
   * Random   none: same losses, same answer
   */
  shouldPrune(own: readonly number[], rivals: readonly (readonly number[])[]): boolean;
}

export interface PairedPrunerOptions {
  /** Finished rivals without which nothing is pruned; default 1. */
  readonly minRivals?: number | undefined;
  /** Standard errors that the trial must be behind the best rival; default 1.5. */
  readonly threshold?: number | undefined;
}

/**
 * Compares with the best rival on the same parts, as the parts differ more than the trials do.
 *
 * The mean difference over j of n parts is off the final one by about sd * sqrt(1/j - 1/n), where sd is how much differences
 * to the best rival vary from part to part: over the other rivals, or, while there is only one, over the best one's own losses.
 */
export function pairedPruner({ minRivals = 1, threshold = 1.5 }: PairedPrunerOptions = {}): Pruner {
  check(minRivals >= 1, 'pairedPruner', 'minRivals must be at least 1', minRivals);
  check(threshold > 0, 'pairedPruner', 'threshold must be above 0', threshold);
  return {
    shouldPrune(own, rivals) {
      if (rivals.length < minRivals) return false;
      const best = rivals.reduce((least, rival) => (mean(rival) < mean(least) ? rival : least));
      const behind = mean(own.map((loss, part) => loss - best[part]));
      const rest = 1 / own.length - 1 / best.length;
      return behind > threshold * spread(best, rivals) * Math.sqrt(Math.max(0, rest));
    },
  };
}

/** Root mean square, over parts and rivals, of differences to the best around their mean. */
function spread(best: readonly number[], rivals: readonly (readonly number[])[]): number {
  const others = rivals.filter((rival) => rival !== best);
  const rows = others.length > 0 ? others.map((rival) => rival.map((loss, part) => loss - best[part])) : [best];
  const squares = rows.flatMap((row) => row.map((value) => (value - mean(row)) ** 2));
  const freedom = rows.length * (best.length - 1);
  return Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / Math.max(1, freedom));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
