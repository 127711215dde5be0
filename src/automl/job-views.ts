/** @file When each fold of each trial was fitted. */

import type { PartRecord } from '../search/index.js';
import type { JobView } from './summary.js';

/** A part tells when it ended and how long it took. */
export function jobViews(parts: readonly PartRecord[]): JobView[] {
  return parts
    .map(({ trial, part, seconds, error, finishedAt }) => ({
      trial,
      fold: part,
      startedAt: Math.round(finishedAt - 1000 * seconds),
      finishedAt,
      ok: error === null,
    }))
    .sort((a, b) => a.finishedAt - b.finishedAt || a.trial - b.trial || a.fold - b.fold);
}
