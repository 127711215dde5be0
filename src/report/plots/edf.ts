/** @file How good the trials of each family are together: the empirical distribution of their scores. */

import type { TrialView } from '../../automl/index.js';
import { familyLook } from '../words/families.js';
import { formatPercent, isNumber, plural, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import { familyLegend, scoreLabel } from './common.js';
import { scoreRange } from './diagnostics.js';
import { linesPlot } from './lines.js';
import type { Figure } from './svg.js';

/** Of each family with two scored trials or more, the share of its trials that are at least as good; null where there is none. */
export function scoresTogetherPlot(trials: readonly TrialView[], info: ScoreInfo): Figure | null {
  const scored = trials.flatMap(({ family, cv }) => (isNumber(cv) ? [{ family, score: cv }] : []));
  const sign = info.direction === 'minimize' ? 1 : -1;
  const families = [...new Set(scored.map(({ family }) => family))]
    .map((family) => ({
      family,
      // Best first.
      scores: scored
        .filter((trial) => trial.family === family)
        .map(({ score }) => score)
        .sort((a, b) => sign * (a - b)),
    }))
    .filter(({ scores }) => scores.length > 1);
  if (families.length === 0) return null;
  const all = families.flatMap(({ scores }) => scores);
  const { range, isOutside } = scoreRange(all, info.direction);
  const format = scoreFormat(all);
  const end = info.direction === 'minimize' ? range[1] : range[0];
  return linesPlot({
    id: 'scores-together',
    title: 'How good trials are together',
    caption: `Share of a family's trials that are at least as good as the score below: a line that rises early is of a family that is good whatever its settings. ${plural(all.length, 'trial')}.`,
    description: families
      .map(
        ({ family, scores }) =>
          `${familyLook(family).label}: half of ${scores.length} at least ${format(scores[(scores.length - 1) >> 1])}`,
      )
      .join('; '),
    legend: familyLegend(families.map(({ family }) => family)),
    table: {
      columns: [
        'Family',
        'Trials',
        'Best',
        ...[0.25, 0.5, 0.75].map((share) => `${formatPercent(share)} are at least`),
      ],
      rows: families.map(({ family, scores }) => [
        familyLook(family).label,
        String(scores.length),
        format(scores[0]),
        ...[0.25, 0.5, 0.75].map((share) => format(scores[Math.ceil(share * scores.length) - 1])),
      ]),
    },
    lines: families.map(({ family, scores }) => ({
      colour: familyLook(family).colour,
      points: stairs(
        scores.filter((score) => !isOutside(score)),
        scores.length,
        end,
      ),
    })),
    xLabel: scoreLabel(info),
    yLabel: 'share of the trials',
    xRange: range,
    yRange: [0, 1],
  });
}

/** Steps up at every score, on to the end of the axis. */
function stairs(scores: readonly number[], count: number, end: number): { x: number; y: number }[] {
  const points = scores.flatMap((score, i) => [
    { x: score, y: i / count },
    { x: score, y: (i + 1) / count },
  ]);
  return points.length === 0 ? [] : [...points, { x: end, y: scores.length / count }];
}
