/** @file The families at a glance: score, spread over folds, each fold, hold-out. */

import * as Plot from '@observablehq/plot';

import type { LeaderboardEntry } from '../../automl/index.js';
import type { Family } from '../../core/index.js';
import { familyLook } from '../words/families.js';
import type { ScoreFormat } from '../words/format.js';
import { formatSpread, isNumber, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import { AS_GIVEN, betterWords, familyMargin, QUIET_AXIS, scoreLabel, xAxis } from './common.js';
import type { Range } from './diagnostics.js';
import { scoreRange } from './diagnostics.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface ComparisonInput extends ScoreInfo {
  readonly leaderboard: readonly LeaderboardEntry[];
  readonly folds: number;
  /** By model name. */
  readonly foldScores: Readonly<Record<string, readonly (number | null)[]>>;
}

interface Comparison {
  readonly rows: readonly LeaderboardEntry[];
  readonly inside: readonly LeaderboardEntry[];
  /** Worse than the axis shows. */
  readonly outside: readonly LeaderboardEntry[];
  /** Single folds, and the held-out rows. */
  readonly dots: readonly FamilyScore[];
  readonly holdouts: readonly FamilyScore[];
  readonly range: Range;
  readonly format: ScoreFormat;
  readonly info: ScoreInfo;
}

interface FamilyScore {
  readonly family: Family;
  readonly score: number;
}

const nameOf = ({ family }: { readonly family: Family }): string => familyLook(family).label;
const colourOf = ({ family }: { readonly family: Family }): string => familyLook(family).colour;

export function comparisonPlot({ leaderboard, folds, foldScores, ...info }: ComparisonInput): Figure {
  const { direction } = info;
  const rows = leaderboard.filter(({ cv }) => isNumber(cv));
  const format = scoreFormat(rows.map(({ cv }) => cv));
  const ends = rows.flatMap(({ cv, cvStd }) => (isNumber(cvStd) ? [cv - cvStd, cv + cvStd] : [cv]));
  const singles = rows.flatMap(({ model, holdout }) => [...(foldScores[model] ?? []), holdout]);
  const { range, isOutside } = scoreRange(
    rows.map(({ cv }) => cv),
    direction,
    [...ends, ...singles],
  );
  const inside = rows.filter(({ cv }) => !isOutside(cv));
  const clamp = (score: number): number => Math.max(range[0], Math.min(range[1], score));
  const dots = inside.flatMap(({ model, family }) =>
    (foldScores[model] ?? []).filter(isNumber).map((score) => ({ family, score: clamp(score) })),
  );
  const holdouts = inside.flatMap(({ family, holdout }) =>
    isNumber(holdout) ? [{ family, score: clamp(holdout) }] : [],
  );
  const outside = rows.filter(({ cv }) => isOutside(cv));
  const drawn: Comparison = { rows, inside, outside, dots, holdouts, range, format, info };
  return makeFigure({
    id: 'comparison',
    title: 'Families at a glance',
    caption: `Best model per family, mean and spread (± one standard deviation) over ${folds} validation folds; ${betterWords(direction)}.`,
    description: rows.map((row) => `${nameOf(row)} ${formatSpread(format, row.cv, row.cvStd)}`).join('; '),
    table: {
      columns: ['Model', 'Mean', 'Spread', 'Hold-out'],
      rows: rows.map(({ model, cv, cvStd, holdout }) => [model, format(cv), format(cvStd), format(holdout)]),
    },
    legend: [
      { label: 'mean ± spread', look: 'interval' },
      { label: 'one fold', look: 'faint' },
      ...(holdouts.length > 0 ? [{ label: 'hold-out', look: 'hollow' }] : []),
    ],
    draw: (canvas) => drawComparison(drawn, canvas),
  });
}

function drawComparison(drawn: Comparison, { narrow }: Canvas): Plot.PlotOptions {
  const { rows, range, info } = drawn;
  return {
    ...AS_GIVEN,
    height: 64 + 40 * Math.max(1, rows.length),
    marginLeft: familyMargin(
      rows.map(({ family }) => family),
      narrow ? 70 : 84,
    ),
    marginRight: narrow ? 24 : 132,
    marginBottom: 40,
    x: xAxis(range, scoreLabel(info), narrow ? 3 : 5),
    y: { ...QUIET_AXIS, type: 'band', domain: rows.map(nameOf), label: null },
    marks: [...scoreMarks(drawn), ...textMarks(drawn, narrow)],
  };
}

function scoreMarks({ inside, dots, holdouts, range, format }: Comparison): Plot.Markish[] {
  const clamp = (score: number): number => Math.max(range[0], Math.min(range[1], score));
  return [
    Plot.ruleY(inside, {
      x1: ({ cv, cvStd }: LeaderboardEntry) => clamp(cv - (isNumber(cvStd) ? cvStd : 0)),
      x2: ({ cv, cvStd }: LeaderboardEntry) => clamp(cv + (isNumber(cvStd) ? cvStd : 0)),
      y: nameOf,
      stroke: colourOf,
      strokeWidth: 6,
      strokeOpacity: 0.28,
      strokeLinecap: 'round',
    }),
    Plot.dot(dots, {
      x: 'score',
      y: nameOf,
      fill: colourOf,
      fillOpacity: 0.55,
      r: 2.5,
    }),
    Plot.dot(holdouts, {
      x: 'score',
      y: nameOf,
      stroke: colourOf,
      fill: 'var(--surface)',
      strokeWidth: 1.5,
      symbol: 'diamond',
      r: 5,
    }),
    Plot.dot(inside, {
      x: 'cv',
      y: nameOf,
      fill: colourOf,
      symbol: ({ family }: LeaderboardEntry) => familyLook(family).symbol,
      r: 6.5,
      title: ({ model, cv, cvStd }: LeaderboardEntry) => `${model}: ${formatSpread(format, cv, cvStd)}`,
    }),
  ];
}

/** Scores in words where there is room, and those off the scale at its worse edge. */
function textMarks({ inside, outside, range, format, info }: Comparison, narrow: boolean): Plot.Markish[] {
  const isLess = info.direction === 'minimize';
  return [
    Plot.text(narrow ? [] : inside, {
      x: range[1],
      y: nameOf,
      text: ({ cv, cvStd }: LeaderboardEntry) => formatSpread(format, cv, cvStd),
      textAnchor: 'start',
      dx: 10,
      fill: 'currentColor',
      fontVariant: 'tabular-nums',
    }),
    Plot.text(outside, {
      x: isLess ? range[1] : range[0],
      y: nameOf,
      text: ({ cv }: LeaderboardEntry) => (isLess ? `${format(cv)} →` : `← ${format(cv)}`),
      textAnchor: isLess ? 'end' : 'start',
      fill: 'var(--muted)',
    }),
  ];
}
