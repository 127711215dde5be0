/** @file Which members of a model are a weighted sum of trees, and in what: there, what each column adds can be said exactly. */

import type { Family, SavedState, Task } from '../core/index.js';
import type { Calibration } from './calibrate.js';
import type { Combination } from './combine.js';

/**
 * What contributions are counted in: what the model predicts (a number in the target's units, or a probability), or scores of
 * classes. Of two classes a score is the logarithm of the odds; of more, the logarithm of the probability less its mean over the classes.
 */
export type ContributionUnit = 'prediction' | 'log-odds';

/** The part of a model that says how its members become one. */
export interface Composition<M extends { readonly family: Family; readonly weight: number }> {
  readonly task: Task;
  readonly members: readonly M[];
  readonly combine?: Combination | undefined;
  readonly calibration?: Calibration | undefined;
}

interface Weighted {
  readonly family: Family;
  readonly weight: number;
  readonly folds?: readonly { readonly state: SavedState }[];
}

/** Their trees say logits of classes, and those of the others probabilities as they are. */
const BOOSTED: readonly Family[] = ['xgboost', 'gbdt'];
const AVERAGED: readonly Family[] = ['extratrees'];

/**
 * The members whose trees count as they are, and what their weights are multiplied by.
 *
 * Numbers are weighted sums of what the members predict, and so are probabilities that nothing calibrates: there, members whose trees
 * say numbers or probabilities are taken. Boosted trees of classes say logits: alone, they are a sum in those, also under a temperature,
 * which divides them. Blended with others, calibrated or stacked, nothing is. Trees that say the logarithm of a number are never taken.
 */
export function treesTaken<M extends Weighted>({ members, task, combine, calibration }: Composition<M>) {
  const isNumber = task === 'regression';
  const [alone] = members;
  const unit = (own: ContributionUnit): ContributionUnit => own;
  if (!isNumber && members.length === 1 && BOOSTED.includes(alone.family) && calibration?.method !== 'isotonic') {
    // A mean of one has no weight; a stack of one has.
    const share = (combine ? 1 : 1 / alone.weight) / (calibration?.temperature ?? 1);
    return { unit: unit('log-odds'), share, taken: members };
  }
  const isSum = isNumber || (combine === undefined && calibration === undefined);
  const families = isNumber ? [...BOOSTED, ...AVERAGED] : AVERAGED;
  return {
    unit: unit('prediction'),
    share: 1,
    taken: isSum ? members.filter((member) => families.includes(member.family) && !saysLogs(member)) : [],
  };
}

/** Kinds whose sums of trees are not what is predicted. */
const OTHERS: readonly string[] = ['quantiles', 'transformed'];

function saysLogs({ folds = [] }: Weighted): boolean {
  return folds.some(({ state }) => state.json['link'] === 'log' || OTHERS.includes(state.kind));
}

/** What the contributions of a model are counted in where all of it is a sum of trees; null where it is not. */
export function exactUnit<M extends Weighted>(model: Composition<M>): { unit: ContributionUnit; share: number } | null {
  const { unit, share, taken } = treesTaken(model);
  return taken.length === model.members.length ? { unit, share } : null;
}
