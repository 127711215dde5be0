/** @file What other metrics say of the models on the leaderboard: one line per metric, one column per model. */

import type { StudySummary } from '../automl/index.js';
import { METRICS, usualMetrics } from '../evaluate/index.js';
import type { Output } from './commands.js';
import { scoreFormat } from './format.js';
import { tableLines } from './table.js';
import { displayWidth, paint } from './text.js';

/** Nothing where the study does not know any; on a narrow terminal without the last models. */
export function metricLines(summary: StudySummary, output: Output, width: number): string[] {
  const { leaderboard, task, metric, costs } = summary;
  const known = leaderboard.filter(({ metrics }) => metrics);
  const names = usualMetrics(task, costs).filter(
    (name) => name !== metric && known.some(({ metrics }) => name in metrics!.folds),
  );
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const folds = known.map(({ metrics }) => metrics!.folds[name] ?? null);
    const format = scoreFormat(folds);
    return [`${name} ${METRICS[name].direction === 'minimize' ? '↓' : '↑'}`, ...folds.map(format)];
  });
  const columns = [
    { title: 'mean over the folds' },
    ...known.map(({ model }) => ({ title: model, align: 'right' as const })),
  ];
  for (let shown = columns.length; ; shown--) {
    const some = rows.map((row) => row.slice(0, shown));
    const lines = tableLines(columns.slice(0, shown), some, { width, paint: paint(output) });
    if (shown <= 2 || displayWidth(lines[0]) <= width) return lines;
  }
}
