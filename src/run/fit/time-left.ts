/** @file How long a search with a number of trials will still take, by what its folds have taken so far. */

import type { Family } from '../../core/index.js';

/** Families whose fits take no time worth counting beside the others. */
const QUICK: ReadonlySet<Family> = new Set(['dummy', 'linear', 'ensemble']);

/** Seconds of folds by family: the quick families come first and say nothing of those that follow. */
export class FoldTimes {
  private readonly seconds = new Map<Family, number[]>();

  constructor(families: readonly Family[]) {
    const slow = families.filter((family) => !QUICK.has(family));
    for (const family of slow.length > 0 ? slow : families) if (family !== 'ensemble') this.seconds.set(family, []);
  }

  add(family: Family, seconds: number): void {
    this.seconds.get(family)?.push(seconds);
  }

  /** Seconds for so many folds, of each family as many; null until each has ended one. */
  left(folds: number, parallel: number): number | null {
    const means = [...this.seconds.values()].map((own) => own.reduce((sum, one) => sum + one, 0) / own.length);
    if (means.length === 0 || means.some((own) => Number.isNaN(own))) return null;
    const perFold = means.reduce((sum, own) => sum + own, 0) / means.length;
    return Math.max(0, (folds * perFold) / Math.max(1, parallel));
  }
}
