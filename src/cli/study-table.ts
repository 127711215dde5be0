/** @file The studies of a folder, newest first: what `lrnn show` prints of a folder of studies. */

import type { StudyListEntry } from '../run/index.js';
import type { Output } from './commands.js';
import { counted, formatCount, scoreFormat } from './format.js';
import { lineWidth } from './summary.js';
import type { Column } from './table.js';
import { tableLines } from './table.js';
import { harmless, paint } from './text.js';

const COLUMNS: readonly Column[] = [
  { title: 'study', maxWidth: 40, shrinks: true },
  { title: 'status' },
  { title: 'task' },
  { title: 'rows', align: 'right' },
  { title: 'trials', align: 'right' },
  { title: 'best' },
  { title: 'metric' },
  { title: 'score', align: 'right' },
  { title: 'begun' },
];

export function studiesText(studies: readonly StudyListEntry[], folder: string, output: Output): string {
  const rows = studies.map((study) => cellsOf(study));
  const lines = [
    harmless(`${folder}: ${counted(studies.length, 'study', 'studies')}.`),
    '',
    ...tableLines(COLUMNS, rows, { width: lineWidth(output), paint: paint(output) }),
    '',
    harmless(`lrnn show ${studies[0].folder} says more of one, lrnn serve ${folder} shows all in the browser.`),
  ];
  return `${lines.join('\n')}\n`;
}

function cellsOf({ name, status, createdAt, summary, ...study }: StudyListEntry): string[] {
  const begun = new Date(createdAt).toISOString().slice(0, 16).replace('T', ' ');
  if (summary === null) return [name, status, '', '', '', '', '', '', begun];
  const { task, rows, metric, best, leaderboard } = summary;
  const trials = 'trials' in study ? formatCount(study.trials) : '';
  const score =
    leaderboard.length === 0
      ? ''
      : scoreFormat([leaderboard[0].cv], {
          spread: leaderboard[0].cvStd,
          folds: ('folds' in study && study.folds) || 1,
        })(leaderboard[0].cv);
  return [name, status, task, formatCount(rows), trials, best ?? '', metric, score, begun];
}

/** The same as plain data; scores are those of the leaderboard's first row. */
export function studiesJson(studies: readonly StudyListEntry[]): object {
  return studies.map(({ name, folder, status, createdAt, summary, ...study }) => ({
    study: name,
    folder,
    status,
    createdAt: new Date(createdAt).toISOString(),
    ...(summary && {
      task: summary.task,
      rows: summary.rows,
      trials: 'trials' in study ? study.trials : null,
      metric: summary.metric,
      best: summary.best,
      cv: summary.leaderboard[0]?.cv ?? null,
      holdout: summary.leaderboard[0]?.holdout ?? null,
    }),
  }));
}
