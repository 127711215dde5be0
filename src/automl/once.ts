/**
 * @file A model of a large table, fitted once on all rows: the plan, and what came of it.
 *
 * Folds of a large table train on samples of their rows for want of time. They say which settings are good; a model that has
 * seen all rows once is better. Reasons: docs/decisions/giving-rows-back.md.
 */

import type { JsonObject } from '../core/index.js';
import type { Combination } from '../ensemble/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { Adjustment } from './adjust.js';
import { modelName } from './finalise.js';
import { sampledRowsOf } from './pace.js';
import type { EnsembleRecord, StudySettings } from './settings.js';
import { studyRecord } from './settings.js';

/** What is fitted once, for which model. Written before the first fit. */
export interface OncePlan {
  /** The model that is taken away. */
  readonly model: string;
  /** Its members that are fitted, in their order. */
  readonly trials: readonly number[];
  /** Rows that may train, those that stop and those that judge. */
  readonly rows: { readonly train: number; readonly stop: number; readonly judge: number };
}

/** Written when all fits have ended: the model of them and of the members that stay. */
export interface OnceOutcome extends Adjustment {
  /** Better than the models of the search on the judging rows: it is taken away. */
  readonly isTaken: boolean;
  readonly members: EnsembleRecord['members'];
  readonly combine?: Combination;
  /** Scores of the judging rows: of the search's models, and of this one. */
  readonly before: number;
  readonly score: number;
}

const KEYS = { plan: 'once/plan', outcome: 'once/outcome' } as const;

export const onceRecord = {
  plan: (storage: Storage) => (storage.get(KEYS.plan) ?? null) as unknown as OncePlan | null,
  setPlan: (storage: Storage, value: OncePlan | null) => storage.set(KEYS.plan, value as unknown as JsonObject),
  outcome: (storage: Storage) => (storage.get(KEYS.outcome) ?? null) as unknown as OnceOutcome | null,
  setOutcome: (storage: Storage, value: OnceOutcome | null) =>
    storage.set(KEYS.outcome, value as unknown as JsonObject),
  /** Settings that say that there is no word on the fits yet, to be kept together with a fit. */
  withoutOutcome: { [KEYS.outcome]: null } as JsonObject,
};

/** The plan of a model, where it has one. */
export function oncePlanOf(storage: Storage, model: string): OncePlan | null {
  const plan = onceRecord.plan(storage);
  return plan?.model === model ? plan : null;
}

/** What a model was made of by fits on all rows, where that is what is taken away. */
export function onceTaken(storage: Storage, model: string): OnceOutcome | null {
  const outcome = oncePlanOf(storage, model) && onceRecord.outcome(storage);
  return outcome?.isTaken ? outcome : null;
}

/** Held-out rows from which they can stop and judge. */
const LEAST_HELD = 4000;

/** Whether the study fits large models once: not where rows follow each other in time, as those are fitted on all rows anyway. */
export function mayFitOnce({ refit, time, holdoutRows }: StudySettings): boolean {
  return refit === true && time === null && holdoutRows >= LEAST_HELD;
}

/** Losses within this share of the way from guessing to the best are near enough for a second fit. */
const NEAR = 0.15;

/**
 * Members of a model that are worth a fit on all rows: the best of each family whose folds saw samples, best first. As many
 * as there are workers; and a second one where it is nearly as good as the first.
 */
export function onceMembers(storage: Storage, model: string, workers: number): TrialRecord[] {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const names = ensemble?.members.map((member) => member.model) ?? [model];
  const complete = storage.trials().filter(({ state }) => state === 'complete');
  const guess = complete.find(({ group }) => group === 'dummy')?.value ?? Infinity;
  const ranked = complete
    .filter((trial) => names.includes(modelName(trial)) && trial.group !== 'dummy' && sampledRowsOf(trial) !== null)
    .sort((a, b) => a.value! - b.value! || a.number - b.number);
  const firsts = ranked.filter((trial, i) => ranked.findIndex(({ group }) => group === trial.group) === i);
  const best = firsts[0]?.value ?? 0;
  const isNear = ({ value }: TrialRecord): boolean => value! - best <= NEAR * (guess - best);
  return firsts.filter((trial, i) => i === 0 || (i < Math.max(2, workers) && isNear(trial)));
}
