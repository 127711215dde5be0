/** @file Which trial does what: a fixed sequence made of portfolios and searches, known before anything has run. */

import type { JsonObject } from '../core/index.js';
import { check } from '../core/index.js';
import { labels, type Space } from './space.js';

/** Trials that share a space and learn from each other: a model family. */
export interface Group {
  readonly name: string;
  /** Fixed parameters, tried first and in this order. */
  readonly portfolio: readonly JsonObject[];
  /** Searched when the portfolio is through; a group without one ends there. */
  readonly space?: Space | undefined;
  /** Where labels of the space say nothing: no sampler learns from them there. */
  readonly dormant?: readonly Dormant[] | undefined;
  /** Share of the trials; default 1. */
  readonly weight?: number | undefined;
  readonly maxTrials?: number | undefined;
}

/** Labels that change nothing where all the named labels have the named values. Plain data, as the space is. */
export interface Dormant {
  readonly when: Readonly<Record<string, number>>;
  readonly labels: readonly string[];
}

export type PlanStep =
  | { readonly kind: 'fixed'; readonly group: string; readonly params: JsonObject }
  | { readonly kind: 'search'; readonly group: string; readonly space: Space };

export interface Plan {
  readonly groups: readonly Group[];
  /** What trial t does; null when the plan has fewer trials. The same t gives the same step for ever. */
  step(t: number): PlanStep | null;
}

/**
 * First every group's first trial, in the order given; then always the group that has had the fewest trials for its weight
 * (the first of equals).
 *
 * Throws   usage: no group, two of one name, neither portfolio nor space, a space with nothing to choose, weight <= 0
 */
export function planTrials({ groups }: { readonly groups: readonly Group[] }): Plan {
  checkGroups(groups);
  const steps: PlanStep[] = [];
  const counts = groups.map(() => 0);
  const grow = (): boolean => {
    const index = nextGroup(groups, counts);
    if (index < 0) return false;
    steps.push(stepOf(groups[index], counts[index]));
    counts[index]++;
    return true;
  };
  const step = (t: number): PlanStep | null => {
    while (steps.length <= t) if (!grow()) return null;
    return steps[t];
  };
  return { groups, step };
}

function checkGroups(groups: readonly Group[]): void {
  const where = 'planTrials';
  check(groups.length > 0, where, 'groups must not be empty', groups);
  const names = groups.map((group) => group.name);
  check(new Set(names).size === names.length, where, 'names of groups must differ', names);
  for (const { name, portfolio, space, weight = 1, maxTrials = Infinity } of groups) {
    const hint = `In group "${name}".`;
    check(portfolio.length > 0 || space !== undefined, where, 'a group needs a portfolio or a space', portfolio, hint);
    check(
      space === undefined || labels(space).length > 0,
      where,
      'a space must leave something to choose',
      space,
      hint,
    );
    check(weight > 0 && Number.isFinite(weight), where, 'weight must be above 0', weight, hint);
    check(maxTrials >= 1, where, 'maxTrials must be at least 1', maxTrials, hint);
  }
}

/** Index of the group whose turn it is; -1 when all have ended. */
function nextGroup(groups: readonly Group[], counts: readonly number[]): number {
  const first = counts.indexOf(0);
  if (first >= 0) return first;
  let best = -1;
  let least = Infinity;
  groups.forEach((group, i) => {
    const used = (counts[i] + 1) / (group.weight ?? 1);
    if (counts[i] >= lengthOf(group) || used >= least) return;
    best = i;
    least = used;
  });
  return best;
}

function lengthOf({ portfolio, space, maxTrials = Infinity }: Group): number {
  return Math.min(maxTrials, space === undefined ? portfolio.length : Infinity);
}

function stepOf({ name, portfolio, space }: Group, index: number): PlanStep {
  if (index < portfolio.length) return { kind: 'fixed', group: name, params: portfolio[index] };
  return { kind: 'search', group: name, space: space as Space };
}
