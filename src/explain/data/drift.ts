/** @file Do some rows look unlike the others? Folds against the rest, early against late. */

import type { FrameColumn } from '../../data/index.js';
import type { Grouping } from './relation.js';
import { grouping } from './relation.js';

export interface Drift {
  /** Population stability index: 0 alike; above 0.25 different, by custom. */
  readonly index: number;
  /** What chance alone gives for groups of this size. */
  readonly chance: number;
}

/** By custom a population has changed from here on. */
const CHANGED = 0.25;
/** And it must be so many times what chance gives. */
const BEYOND_CHANCE = 4;

/**
 * Population stability index of a column between the marked rows and the others, over its groups.
 *
 * Half a row is added to every group, so that an empty one costs much but not everything.
 *
 * Source   Yurdakul & Naranjo 2020, Statistical properties of the population stability index (its expected value)
 */
export function driftOf(column: FrameColumn, marked: Uint8Array): Drift {
  return driftOfGroups(grouping(column, marked.length), marked);
}

/** The same of groups that were made before: they do not depend on the marks. */
export function driftOfGroups({ groupOf, labels }: Grouping, marked: Uint8Array): Drift {
  const counts = [new Float64Array(labels.length).fill(0.5), new Float64Array(labels.length).fill(0.5)];
  let inside = 0;
  for (let i = 0; i < marked.length; i++) {
    counts[marked[i]][groupOf[i]]++;
    inside += marked[i];
  }
  const outside = marked.length - inside;
  if (inside === 0 || outside === 0) return { index: 0, chance: 0 };
  const totals = counts.map((own) => own.reduce((sum, count) => sum + count, 0));
  let index = 0;
  let used = 0;
  labels.forEach((_, g) => {
    if (counts[0][g] + counts[1][g] === 1) return;
    const [p, q] = [counts[1][g] / totals[1], counts[0][g] / totals[0]];
    index += (p - q) * Math.log(p / q);
    used++;
  });
  return { index, chance: Math.max(0, used - 1) * (1 / inside + 1 / outside) };
}

export function hasDrifted({ index, chance }: Drift): boolean {
  return index > CHANGED && index > BEYOND_CHANCE * chance;
}
