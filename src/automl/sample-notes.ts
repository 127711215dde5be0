/** @file What the numbers of a large table are based on, in sentences. */

import type { StudySettings } from './settings.js';
import type { LeaderboardEntry } from './summary.js';

/** Sentences without a full stop; empty where every score and every model of the leaderboard is based on all rows. */
export function sampleNotes(
  { rows, holdoutRows, judged }: Pick<StudySettings, 'rows' | 'holdoutRows' | 'judged'>,
  leaderboard: readonly Pick<LeaderboardEntry, 'model' | 'trainRows'>[],
): string[] {
  const bySize = new Map<number, string[]>();
  for (const { model, trainRows } of leaderboard) {
    if (trainRows !== undefined) bySize.set(trainRows, [...(bySize.get(trainRows) ?? []), model]);
  }
  const held = judged && judged.holdout < holdoutRows ? `, hold-out scores of ${judged.holdout} of ${holdoutRows}` : '';
  return [
    ...(judged
      ? [`scores over the folds are of ${judged.rows} of ${judged.of} rows${held}: a sample, the same for every model`]
      : []),
    ...Array.from(
      bySize,
      ([size, models]) => `${models.join(', ')} trained on ${size} rows a fold, a sample of the ${rows} of the table`,
    ),
  ];
}
