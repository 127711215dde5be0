/** @file How far the best model is ahead of the others, in paired folds: the numbers behind the sentences and the figure. */

import type { LeaderboardEntry, StudyView } from '../../automl/index.js';
import { isNumber } from './format.js';

export type FoldScores = Readonly<Record<string, readonly (number | null)[]>>;

/** Below this probability of equal models a difference is called one. */
const SIGNIFICANT = 0.05;

/** The best model against the best of another family. */
export interface Gap {
  readonly rival: LeaderboardEntry;
  /** In units of the metric, above 0 where the best model is the better one. */
  readonly lead: number;
  /** The 95 % interval of the lead and the probability of equal models; null without two folds to compare. */
  readonly test: { readonly low: number; readonly high: number; readonly p: number } | null;
  readonly verdict: 'better' | 'unclear' | 'untested';
}

/** Whether the ensemble took nothing but the best model: it has no row of its own then. */
export function isAlone({ summary, ensemble, isStacked }: StudyView): boolean {
  return !isStacked && ensemble.length === 1 && ensemble[0].model === summary.leaderboard[0]?.model;
}

/** Every other family's best model, in the order of the leaderboard; without the dummy. */
export function gapsOf({ summary }: StudyView): Gap[] {
  const { leaderboard, direction } = summary;
  const [best, ...others] = leaderboard.filter(({ cv }) => isNumber(cv));
  if (!best) return [];
  const sign = direction === 'maximize' ? 1 : -1;
  return others
    .filter((rival) => rival.family !== 'dummy')
    .map((rival): Gap => {
      const lead = sign * (best.cv - rival.cv);
      const test = rival.behind?.folds ?? null;
      if (!test) return { rival, lead, test, verdict: 'untested' };
      return { rival, lead, test, verdict: test.p < SIGNIFICANT && lead > 0 ? 'better' : 'unclear' };
    });
}
