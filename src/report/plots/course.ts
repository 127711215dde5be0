/** @file Several searches over time: the best score of each so far. */

import * as Plot from '@observablehq/plot';

import type { TrialView } from '../../automl/index.js';
import { cut, formatSeconds, isNumber, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import { betterWords, isBetter, QUIET_AXIS, scoreFrame, scoreLabel, yAxis } from './common.js';
import { scoreRange } from './diagnostics.js';
import type { Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface SearchCourse {
  readonly name: string;
  readonly trials: readonly TrialView[];
}

interface Step {
  readonly study: number;
  /** Since the search began. */
  readonly seconds: number;
  readonly best: number;
}

/** One stair per study; null where none has a score. */
export function courseOfSearches(searches: readonly SearchCourse[], info: ScoreInfo): Figure | null {
  const steps = searches.flatMap(({ trials }, study) => stepsOf(trials, study, info.direction));
  if (steps.length === 0) return null;
  const end = Math.max(...steps.map(({ seconds }) => seconds));
  const unit = end >= 180 ? { name: 'minutes', seconds: 60 } : { name: 'seconds', seconds: 1 };
  const { range, isOutside } = scoreRange(
    steps.map(({ best }) => best),
    info.direction,
  );
  const shown = steps.filter(({ best }) => !isOutside(best));
  const format = scoreFormat(steps.map(({ best }) => best));
  const colour = ({ study }: Step): string => `var(--series-${study + 1})`;
  return makeFigure({
    id: 'compare-progress',
    title: 'Best score over time',
    caption: `When each search found its best score, counted from its own start; ${betterWords(info.direction)}.`,
    description: searches
      .map(({ name }, study) => `${name} ${format(steps.findLast((step) => step.study === study)?.best)}`)
      .join('; '),
    table: {
      columns: ['Study', 'After', `Best ${info.metric} so far`],
      rows: searches.flatMap(({ name }, study) =>
        steps
          .filter((step) => step.study === study)
          .filter(({ best }, i, own) => i === 0 || best !== own[i - 1].best)
          .map(({ seconds, best }) => [name, formatSeconds(seconds), format(best)]),
      ),
    },
    legend: searches.map(({ name }, study) => ({ label: cut(name, 40), look: `series-${study + 1}` })),
    draw: ({ narrow }) => ({
      ...scoreFrame(narrow),
      x: {
        ...QUIET_AXIS,
        domain: [0, Math.max(end / unit.seconds, 1e-3)],
        label: unit.name,
        ticks: narrow ? 4 : 8,
      },
      y: yAxis(range, scoreLabel(info)),
      marks: [
        Plot.lineY(shown, {
          x: ({ seconds }: Step) => seconds / unit.seconds,
          y: 'best',
          z: 'study',
          curve: 'step-after',
          stroke: colour,
          strokeWidth: 2,
        }),
        Plot.dot(shown, {
          x: ({ seconds }: Step) => seconds / unit.seconds,
          y: 'best',
          fill: colour,
          r: 3,
        }),
      ],
    }),
  });
}

function stepsOf(trials: readonly TrialView[], study: number, direction: ScoreInfo['direction']): Step[] {
  const start = Math.min(...trials.map(({ startedAt }) => startedAt));
  const done = trials
    .filter(({ cv, finishedAt }) => isNumber(cv) && isNumber(finishedAt))
    .sort((a, b) => a.finishedAt! - b.finishedAt!);
  const steps: Step[] = [];
  for (const { cv, finishedAt } of done) {
    const before = steps.at(-1)?.best;
    const best = before === undefined || isBetter(direction, cv!, before) ? cv! : before;
    steps.push({ study, seconds: (finishedAt! - start) / 1000, best });
  }
  return steps;
}
