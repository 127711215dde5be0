/** @file Predicted against true, and what is left over. Many rows are shown as a density. */

import * as Plot from '@observablehq/plot';

import { quantile } from '../../data/index.js';
import { formatCount, plural } from '../words/format.js';
import { AS_GIVEN, tickText, xAxis, yAxis } from './common.js';
import type { Range } from './diagnostics.js';
import { density, groupsByValue, rangeOf } from './diagnostics.js';
import type { Canvas, Figure, FigureTable } from './svg.js';
import { makeFigure } from './svg.js';

/** Above this many rows dots would hide each other, and the page would grow. */
const MAX_DOTS = 2000;

export interface RegressionInput {
  readonly target: string;
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** CSS colour of the marks. */
  readonly colour: string;
}

/** Rows where both numbers are finite. */
function finiteRows({ truth, predicted }: RegressionInput): { truth: number[]; predicted: number[] } {
  const rows: { truth: number[]; predicted: number[] } = { truth: [], predicted: [] };
  for (let i = 0; i < truth.length; i++) {
    if (!Number.isFinite(truth[i]) || !Number.isFinite(predicted[i])) continue;
    rows.truth.push(truth[i]);
    rows.predicted.push(predicted[i]);
  }
  return rows;
}

export function predictedPlot(input: RegressionInput): Figure {
  const { truth, predicted } = finiteRows(input);
  const range = rangeOf(truth, predicted);
  const near = truth.filter((value, i) => Math.abs(predicted[i] - value) <= 0.1 * Math.abs(value)).length;
  return makeFigure({
    id: 'predicted',
    title: 'Predicted vs true',
    caption: `${plural(truth.length, 'row')}, each predicted by the fold model that did not train on it. On the line, a prediction is exact.`,
    description: `${plural(near, 'prediction')} of ${truth.length} within 10 % of the truth.`,
    table: cloudTable(truth, predicted, 'True', 'Predicted'),
    draw: (canvas) => ({
      ...squareAxes(canvas),
      x: xAxis(range, 'true', 5),
      y: yAxis(range, 'predicted', 5),
      marks: [
        ...cloud(truth, predicted, range, range, input.colour, canvas),
        Plot.line(
          [range[0], range[1]].map((value) => [value, value]),
          { stroke: 'currentColor', strokeDasharray: '4 3' },
        ),
      ],
    }),
  });
}

export function residualPlot(input: RegressionInput): Figure {
  const { truth, predicted } = finiteRows(input);
  const residuals = truth.map((value, i) => value - predicted[i]);
  const widest = Math.max(...rangeOf(residuals, [0]).map(Math.abs));
  const yRange: Range = [-widest, widest];
  const xRange = rangeOf(predicted);
  const bias = residuals.reduce((sum, value) => sum + value, 0) / Math.max(1, residuals.length);
  return makeFigure({
    id: 'residuals',
    title: 'Residuals',
    caption:
      'True minus predicted, on the same out-of-fold rows. A cloud without shape around zero leaves nothing to learn.',
    description: `Mean residual ${tickText(bias)}, largest ${tickText(widest)}.`,
    table: cloudTable(predicted, residuals, 'Predicted', 'True − predicted'),
    draw: (canvas) => ({
      ...squareAxes(canvas),
      x: xAxis(xRange, 'predicted', 5),
      y: yAxis(yRange, 'true − predicted', 5),
      marks: [
        ...cloud(predicted, residuals, xRange, yRange, input.colour, canvas),
        Plot.ruleY([0], { stroke: 'currentColor', strokeDasharray: '4 3' }),
      ],
    }),
  });
}

const GROUPS = 20;

/** A cloud in groups of like x of one size: where the middle and the ends of y are. */
function cloudTable(x: readonly number[], y: readonly number[], xName: string, yName: string): FigureTable {
  const groups = groupsByValue(x, Math.min(GROUPS, x.length));
  const text = (value: number): string => tickText(Number(value.toPrecision(4)));
  return {
    columns: [`${xName} from`, 'to', 'Rows', `${yName}: 5 %`, 'median', '95 %'],
    rows: groups.map((rows) => {
      const [sorted, own] = [y, x].map((values) => Float64Array.from(rows, (i) => values[i]).sort());
      const ends = [own[0], own[own.length - 1]];
      return [...ends.map(text), formatCount(rows.length), ...[0.05, 0.5, 0.95].map((q) => text(quantile(sorted, q)))];
    }),
  };
}

function squareAxes({ narrow }: Canvas): Plot.PlotOptions {
  return { ...AS_GIVEN, height: narrow ? 300 : 380, marginLeft: 52, marginBottom: 40, marginRight: 24 };
}

function cloud(
  x: number[],
  y: number[],
  xRange: Range,
  yRange: Range,
  colour: string,
  { narrow }: Canvas,
): Plot.Markish[] {
  if (x.length <= MAX_DOTS) {
    const dots = x.map((value, i) => ({ x: value, y: y[i] }));
    return [Plot.dot(dots, { x: 'x', y: 'y', r: 2.5, fill: colour, fillOpacity: x.length > 500 ? 0.4 : 0.6 })];
  }
  const cells = density(x, y, xRange, yRange, narrow ? 24 : 40);
  const most = Math.max(...cells.map(({ count }) => count));
  const levels = cells.map((cell) => ({ ...cell, opacity: 0.12 + 0.88 * Math.sqrt(cell.count / most) }));
  return [
    Plot.rect(levels, {
      x1: 'x1',
      x2: 'x2',
      y1: 'y1',
      y2: 'y2',
      fill: colour,
      fillOpacity: { value: 'opacity', scale: null } as never,
      inset: 0.25,
      title: ({ count }: { count: number }) => plural(count, 'row'),
    }),
  ];
}
