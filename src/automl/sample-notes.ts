/** @file What the numbers of a large table are based on, in sentences. */

import type { StudySettings } from './settings.js';
import type { LeaderboardEntry, OnceView } from './summary.js';

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

/** The same of a fit on all rows that came after the search: what the model that is taken away is made of, and how good both are. */
export function onceNotes(metric: string, once: OnceView): string[] {
  const { members, trainRows, leastRows, stopRows, judgeRows, before, score, isTaken } = once;
  const names = (isFitted: boolean): string[] =>
    members.filter((member) => member.isFitted === isFitted).map(({ model }) => model);
  const [fitted, kept] = [names(true), names(false)];
  const were = fitted.length === 1 ? 'was' : 'were';
  const it = fitted.length === 1 ? 'it' : 'them';
  const size = leastRows === undefined ? trainRows : `${leastRows} to ${trainRows}`;
  if (fitted.length === 0) {
    const own = `their ${metric} is ${before.toPrecision(4)} on ${judgeRows} other held-out rows`;
    return [`fits on ${size} rows have no weight beside the models of the search, which are taken away: ${own}`];
  }
  const made = `${fitted.join(', ')} ${were} fitted once more on ${size} rows, and ${stopRows} held-out rows stopped ${it}`;
  const rest =
    kept.length > 0 ? ` with ${kept.join(', ')} as the search fitted ${kept.length === 1 ? 'it' : 'them'}` : '';
  const scores = `${metric} is ${score.toPrecision(4)} on ${judgeRows} other held-out rows, which choose between the two, and ${before.toPrecision(4)} of the models of the search`;
  return [
    isTaken
      ? `${made}: what is taken away is this${rest}; its ${scores}, whose scores stand on the leaderboard`
      : `${made}: that is not taken away, as it is no better; its ${scores}`,
  ];
}
