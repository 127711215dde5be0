/** @file Scores fold by fold: the folds are the same for every model, so lines compare. */

import * as Plot from '@observablehq/plot';

import type { Family } from '../../core/index.js';
import { familyLook } from '../words/families.js';
import { isNumber, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import { betterWords, familyLegend, QUIET_AXIS, scoreFrame, scoreLabel, wholeTicks, yAxis } from './common.js';
import { rangeOf, scoreRange } from './diagnostics.js';
import type { Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface FoldLine {
  readonly model: string;
  readonly family: Family;
  readonly scores: readonly (number | null)[];
}

interface Point {
  readonly model: string;
  readonly family: Family;
  readonly fold: number;
  readonly score: number;
}

function meanScore(points: readonly Point[]): number {
  return points.reduce((sum, { score }) => sum + score, 0) / points.length;
}

/** One line per model; families that are far worse than the others are named in the caption instead. */
export function foldsPlot(lines: readonly FoldLine[], info: ScoreInfo): Figure {
  const points = lines.flatMap(({ model, family, scores }) =>
    scores.flatMap((score, i): Point[] => (isNumber(score) ? [{ model, family, fold: i + 1, score }] : [])),
  );
  const means = lines.map(({ model }) => meanScore(points.filter((point) => point.model === model)));
  const { isOutside } = scoreRange(means, info.direction);
  const hidden = lines.filter((_, i) => isNumber(means[i]) && isOutside(means[i]));
  const shown = points.filter(({ model }) => !hidden.some((line) => line.model === model));
  const range = rangeOf(shown.map(({ score }) => score));
  const folds = Math.max(1, ...lines.map(({ scores }) => scores.length));
  const format = scoreFormat(points.map(({ score }) => score));
  const off = hidden.map(({ family }) => familyLook(family).label).join(', ');
  const look = (point: Point) => familyLook(point.family);
  return makeFigure({
    id: 'folds',
    title: lines.length === 1 ? 'Score by fold' : 'Score by fold, model by model',
    caption: `Validation score on each fold; ${betterWords(info.direction)}.${off === '' ? '' : ` Off the scale: ${off}.`}`,
    description: lines
      .map(({ model, scores }) => `${model}: ${scores.map((score) => format(score)).join(', ')}`)
      .join('; '),
    table: {
      columns: ['Model', ...Array.from({ length: folds }, (_, i) => `Fold ${i + 1}`)],
      rows: lines.map(({ model, scores }) => [model, ...scores.map((score) => format(score))]),
    },
    legend: lines.length === 1 ? [] : familyLegend(shown.map(({ family }) => family)),
    draw: ({ narrow }) => ({
      ...scoreFrame(narrow),
      x: {
        ...QUIET_AXIS,
        type: 'linear',
        domain: [0.7, folds + 0.3],
        label: 'fold',
        ticks: wholeTicks(folds, narrow ? 6 : 12),
        tickFormat: String,
      },
      y: { ...yAxis(range, scoreLabel(info)), inset: 8 },
      marks: [
        Plot.lineY(shown, {
          x: 'fold',
          y: 'score',
          z: 'model',
          stroke: (p: Point) => look(p).colour,
          strokeOpacity: 0.5,
        }),
        Plot.dot(shown, {
          x: 'fold',
          y: 'score',
          fill: (p: Point) => look(p).colour,
          symbol: (p: Point) => look(p).symbol,
          r: 4.5,
          title: ({ model, fold, score }: Point) => `${model}, fold ${fold}: ${format(score)}`,
        }),
      ],
    }),
  });
}
