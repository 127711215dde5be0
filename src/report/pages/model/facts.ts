/** @file What stands at the head of a model's page: its score, what it is worth on other rows, and what it costs. */

import type { ModelView, StudyView } from '../../../automl/index.js';
import { taskFor } from '../../../core/index.js';
import { metricLabel } from '../../words/families.js';
import {
  formatLarge,
  formatPercent,
  formatPerRow,
  formatSeconds,
  isNumber,
  plural,
  studyFormat,
} from '../../words/format.js';
import type { Fact } from '../study-page.js';

export function modelFacts(study: StudyView, { entry, trial, rows }: ModelView): Fact[] {
  const format = studyFormat(study.summary, study.folds);
  const rank = entry.rank > 0 ? { label: 'Rank', value: `${entry.rank} of ${study.summary.leaderboard.length}` } : null;
  const holdout = isNumber(entry.holdout)
    ? { label: 'Hold-out', value: format(entry.holdout), note: heldNote(study) }
    : null;
  return [
    {
      label: metricLabel(study.summary.metric),
      value: format(entry.cv),
      ...(isNumber(entry.cvStd) && { spread: `± ${format(entry.cvStd)}` }),
      note: `mean of ${plural(study.folds, 'fold')}, ${plural(rows.length, 'row')}`,
    },
    ...(holdout ? [holdout] : []),
    ...(rank ? [rank] : []),
    ...coverageFact(study, entry.model),
    { label: 'Fit time', value: formatSeconds(entry.fitSeconds), note: 'all folds' },
    { label: 'Predict time', value: formatPerRow(entry.predictMsPerRow), note: 'per row' },
    { label: 'Parameters', value: formatLarge(entry.parameters), note: 'all folds' },
    ...(trial ? [{ label: 'Trial', value: String(trial.number), note: trial.origin }] : []),
  ];
}

/** What its intervals, or its sets of classes, are worth on rows that they were not learned from. */
function coverageFact({ summary }: StudyView, model: string): Fact[] {
  const { coverage, task } = summary;
  if (!coverage || coverage.model !== model) return [];
  const what = taskFor(task) === 'regression' ? 'intervals' : 'sets of classes';
  return [
    {
      label: `${Math.round(100 * coverage.level)} % ${what}`,
      value: `hold ${formatPercent(coverage.share)}`,
      note: `of ${plural(coverage.rows, 'row')} not learned from`,
    },
  ];
}

function heldNote({ holdoutRows, summary }: StudyView): string {
  const { refitted } = summary;
  const words = {
    all: ', by the latest fold',
    once: ', by the models of the search',
    returned: ', before they were given back',
  };
  const before = words[refitted?.on ?? 'returned'];
  return `${plural(summary.judged?.holdout ?? holdoutRows, 'row')}${refitted ? before : ''}`;
}
