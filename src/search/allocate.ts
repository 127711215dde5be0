/** @file Whose turn it is: the group whose next trial promises most, or under a clock the one that counts most for its time. */

import { check } from '../core/index.js';
import { logCdf, logDensity } from './normal.js';

/** What is known of a group that can be searched. */
export interface GroupHistory {
  /** Its share of the trials, relative to the others. */
  readonly weight: number;
  /** Trials begun so far, whatever became of them. */
  readonly count: number;
  /** Losses of complete trials, smaller is better. */
  readonly losses: readonly number[];
  /** What a trial takes, in any unit that is the same for all groups. */
  readonly cost: number;
  /** What all its trials together bring beside the best of all, in units of loss; default 0. */
  readonly gain?: number | undefined;
}

/** Share of what its trials brought so far, on average, that another one of a group is expected to bring: what is new gets rarer. */
const NEXT_GAIN = 0.25;

/** What is known of a group whose trials are there for a blend. */
export interface GroupShare {
  readonly weight: number;
  /** Trials begun so far, at least one. */
  readonly count: number;
  /** What its complete trials count in a blend of all. */
  readonly share: number;
  /** What a trial takes, in any unit that is the same for all groups. */
  readonly cost: number;
}

/** A group without a share may have begun with the wrong settings: it counts as one with so little. */
const LEAST_SHARE = 0.05;

/**
 * The index of the group whose next trial is likely to bring most for its time, the first of equals: what it counts in the blend, over the
 * square of its trials, as each brings less than the one before.
 */
export function mostShared(groups: readonly GroupShare[]): number {
  return largest(
    groups.map(({ weight, count, share, cost }) => (weight * (share + LEAST_SHARE)) / (count ** 2 * cost)),
  );
}

/** The index of the group whose turn it is. Same histories, same answer. */
export type Allocator = (groups: readonly GroupHistory[]) => number;

/**
 * The group with the largest expected gain per cost: the improvement on the best loss of all, and a part of what its trials
 * brought on average beside that. But first any group that has had less
 * than `floor` of its share of the trials: none starves.
 *
 * The next loss of a group is taken to be normal, with mean and spread of the better half of its losses.
 *
 * Throws   usage: floor outside [0, 1]
 */
export function expectedImprovement({ floor = 0.6 }: { readonly floor?: number } = {}): Allocator {
  check(floor >= 0 && floor <= 1, 'expectedImprovement', 'floor must be within 0 and 1', floor);
  return (groups) => {
    const behind = mostBehind(groups, floor);
    if (behind >= 0) return behind;
    const best = Math.min(...groups.flatMap(({ losses }) => losses));
    return largest(groups.map((group) => expectedGain(group, best) / group.cost));
  };
}

/** The group that is furthest below its floor; -1 when none is. */
function mostBehind(groups: readonly GroupHistory[], floor: number): number {
  const weights = groups.reduce((sum, { weight }) => sum + weight, 0);
  const trials = groups.reduce((sum, { count }) => sum + count, 0) + 1;
  const filled = groups.map(({ weight, count, losses }) => {
    // Nothing can be expected of a group without two losses: it only gets its share.
    const due = ((losses.length < 2 ? 1 : floor) * trials * weight) / weights;
    return count / due;
  });
  const least = Math.min(...filled);
  return least < 1 ? filled.indexOf(least) : -1;
}

function expectedGain({ losses, gain = 0 }: GroupHistory, best: number): number {
  return improvement(losses, best) + (NEXT_GAIN * gain) / Math.max(1, losses.length);
}

/** E[max(0, best - X)] for a normal X. */
function improvement(losses: readonly number[], best: number): number {
  if (losses.length < 2) return 0;
  const better = [...losses].sort((a, b) => a - b).slice(0, Math.max(2, Math.ceil(losses.length / 2)));
  const mean = better.reduce((sum, loss) => sum + loss, 0) / better.length;
  const variance = better.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / (better.length - 1);
  const sd = Math.max(Math.sqrt(variance), Number.MIN_VALUE);
  const z = (best - mean) / sd;
  return (best - mean) * Math.exp(logCdf(z)) + sd * Math.exp(logDensity(z));
}

/** Index of the largest, the first of equals. */
function largest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
