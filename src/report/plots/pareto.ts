/** @file What a better score costs: models against their prediction time or size, with the front that nothing beats. */

import * as Plot from '@observablehq/plot';

import type { Family } from '../../core/index.js';
import { familyLook } from '../words/families.js';
import { formatLarge, formatPerRow, isNumber, plural, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import {
  AS_GIVEN,
  betterWords,
  familyLegend,
  isBetter,
  logTicks,
  QUIET_AXIS,
  scoreLabel,
  tickText,
  yAxis,
} from './common.js';
import { scoreRange } from './diagnostics.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface CostPoint {
  readonly model: string;
  readonly family: Family;
  readonly score: number | null;
  /** Milliseconds per row, or parameters of all folds. */
  readonly cost: number | null;
}

/** Points that no other is both cheaper than and better than, cheapest first. Equal costs: the better one only. */
export function paretoFront<T extends { readonly score: number; readonly cost: number }>(
  points: readonly T[],
  direction: 'minimize' | 'maximize',
): T[] {
  const order = [...points].sort((a, b) => a.cost - b.cost || (isBetter(direction, a.score, b.score) ? -1 : 1));
  const front: T[] = [];
  for (const point of order) {
    const last = front.at(-1);
    if (!last || isBetter(direction, point.score, last.score)) front.push(point);
  }
  return front;
}

type Known = CostPoint & { readonly score: number; readonly cost: number };

interface Pareto {
  readonly shown: readonly Known[];
  readonly front: readonly Known[];
  readonly xLabel: string;
  readonly yScale: Plot.ScaleOptions;
  readonly titleOf: (point: Known) => string;
}

export function paretoPlot(points: readonly CostPoint[], kind: 'time' | 'size', info: ScoreInfo): Figure {
  const known = points.filter(
    (point): point is Known => isNumber(point.score) && isNumber(point.cost) && point.cost > 0,
  );
  const { range, isOutside } = scoreRange(
    known.map(({ score }) => score),
    info.direction,
  );
  const shown = known.filter(({ score }) => !isOutside(score));
  const front = paretoFront(shown, info.direction);
  const onFront = new Set(front);
  const format = scoreFormat(known.map(({ score }) => score));
  const costText = kind === 'time' ? formatPerRow : formatLarge;
  const drawn: Pareto = {
    shown,
    front,
    xLabel: kind === 'time' ? 'milliseconds per row' : 'parameters',
    yScale: yAxis(range, scoreLabel(info)),
    titleOf: ({ model, score, cost }) => `${model}: ${format(score)}, ${costText(cost)}`,
  };
  const what = kind === 'time' ? 'time to predict one row' : 'parameters';
  return makeFigure({
    id: `pareto-${kind}`,
    title: kind === 'time' ? 'Score against prediction time' : 'Score against size',
    caption: `${plural(shown.length, 'model')} by ${what}; ${betterWords(info.direction)}. On the line, nothing is both better and cheaper.${known.length > shown.length ? ` ${known.length - shown.length} off the scale.` : ''}`,
    description: `On the front: ${front.map(({ model, score, cost }) => `${model} ${format(score)} at ${costText(cost)}`).join('; ')}.`,
    legend: [...familyLegend(shown.map(({ family }) => family)), { label: 'nothing better is cheaper', look: 'line' }],
    table: {
      columns: ['Model', info.metric, kind === 'time' ? 'Time per row' : 'Parameters', 'On the front'],
      rows: [...known]
        .sort((a, b) => a.cost - b.cost)
        .slice(0, 60)
        .map((point) => [point.model, format(point.score), costText(point.cost), onFront.has(point) ? 'yes' : 'no']),
    },
    draw: (canvas) => drawPareto(drawn, canvas),
  });
}

function drawPareto({ shown, front, xLabel, yScale, titleOf }: Pareto, { narrow }: Canvas): Plot.PlotOptions {
  const onFront = new Set(front);
  return {
    ...AS_GIVEN,
    height: narrow ? 240 : 280,
    marginLeft: 52,
    marginRight: 28,
    marginBottom: 40,
    x: {
      ...QUIET_AXIS,
      type: 'log',
      inset: 10,
      label: xLabel,
      ticks: logTicks(
        shown.map(({ cost }) => cost),
        narrow ? 3 : 6,
      ),
      tickFormat: tickText,
      grid: true,
    },
    y: { ...yScale, inset: 6 },
    marks: [
      Plot.line(front, { x: 'cost', y: 'score', curve: 'step-after', stroke: 'var(--muted)', strokeWidth: 1.5 }),
      Plot.dot(shown, {
        x: 'cost',
        y: 'score',
        symbol: ({ family }: Known) => familyLook(family).symbol,
        fill: ({ family }: Known) => familyLook(family).colour,
        fillOpacity: (point: Known) => (onFront.has(point) ? 1 : 0.45),
        r: (point: Known) => (onFront.has(point) ? 6 : 3.5),
        title: titleOf,
      }),
    ],
    r: { type: 'identity' },
    opacity: { type: 'identity' },
  };
}
