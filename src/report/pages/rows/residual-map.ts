/** @file Errors over two columns at once: where the model is too high, too low or wrong. */

import * as Plot from '@observablehq/plot';

import type { FrameColumn } from '../../../data/index.js';
import { mean } from '../../../evaluate/index.js';
import { grouping } from '../../../explain/index.js';
import { distinct } from '../../plots/bars.js';
import { AS_GIVEN, QUIET_AXIS, tickText } from '../../plots/common.js';
import type { Canvas, Figure } from '../../plots/svg.js';
import { makeFigure } from '../../plots/svg.js';
import { cut, formatCount, formatPercent, plural } from '../../words/format.js';
import type { JudgedSample } from './judged-rows.js';

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly rows: number;
  /** Mean of predicted less true, or the share of wrong classes. */
  readonly value: number;
}

const GROUPS = 6;
/** A cell of fewer rows shows their number only. */
const LEAST_ROWS = 5;

interface ErrorMap {
  readonly cells: readonly Cell[];
  readonly across: { readonly name: string; readonly labels: readonly string[] };
  readonly up: { readonly name: string; readonly labels: readonly string[] };
  readonly text: (value: number) => string;
}

export function residualMap(sample: JudgedSample, [across, up]: readonly [FrameColumn, FrameColumn]): Figure {
  const n = sample.y.length;
  const [gx, gy] = [grouping(across, n, GROUPS), grouping(up, n, GROUPS)];
  const isNumber = sample.decisions === null;
  const cells = cellsOf(sample, { gx: gx.groupOf, gy: gy.groupOf, width: gx.labels.length });
  const shown = cells.filter(({ rows }) => rows >= LEAST_ROWS);
  const text = (value: number): string => (isNumber ? signed(value) : formatPercent(value));
  const map: ErrorMap = {
    cells,
    across: { name: across.name, labels: gx.labels },
    up: { name: up.name, labels: gy.labels },
    text,
  };
  const worst = [...shown].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).at(0);
  const what = isNumber ? 'Mean of predicted less true' : 'Share of wrong classes';
  return makeFigure({
    id: 'residual-map',
    title: `Errors over ${cut(across.name, 24)} and ${cut(up.name, 24)}`,
    caption: `${what} in cells of ${LEAST_ROWS} rows or more; ${plural(n, 'sampled row')}, predicted out of fold. Among many cells one that stands alone may be chance.`,
    description: worst
      ? `Furthest from 0: ${text(worst.value)} where ${across.name} is ${gx.labels[worst.x]} and ${up.name} is ${gy.labels[worst.y]}.`
      : 'No cell has rows enough.',
    legend: isNumber
      ? [
          { label: 'predicted too high', look: 'series-2' },
          { label: 'predicted too low', look: 'series-1' },
        ]
      : [{ label: 'wrong', look: 'series-2' }],
    table: {
      columns: [across.name, up.name, 'Rows', what],
      rows: cells.map(({ x, y, rows, value }) => [gx.labels[x], gy.labels[y], formatCount(rows), text(value)]),
    },
    draw: (canvas) => drawMap(map, canvas),
  });
}

function drawMap({ cells, across, up, text }: ErrorMap, { narrow }: Canvas): Plot.PlotOptions {
  const [usedX, usedY] = [
    across.labels.map((_, i) => i).filter((i) => cells.some(({ x }) => x === i)),
    up.labels.map((_, i) => i).filter((i) => cells.some(({ y }) => y === i)),
  ];
  const [columns, rows] = [usedX.map((i) => across.labels[i]), usedY.map((i) => up.labels[i])].map((names) =>
    distinct(names, narrow ? 10 : 16),
  );
  const longest = Math.max(...columns.map((name) => name.length));
  const below = longest > 5 ? 4.6 * longest : 8;
  return {
    ...AS_GIVEN,
    height: 34 * rows.length + 68 + below,
    marginLeft: 26 + 6.4 * Math.max(...rows.map((name) => name.length)),
    marginRight: 12,
    marginBottom: 38 + below,
    x: {
      ...QUIET_AXIS,
      type: 'band',
      domain: columns,
      label: cut(across.name, 30),
      tickRotate: longest > 5 ? -40 : 0,
      padding: 0,
    },
    y: {
      ...QUIET_AXIS,
      labelAnchor: 'top',
      type: 'band',
      domain: [...rows].reverse(),
      label: cut(up.name, 30),
      padding: 0,
    },
    marks: mapMarks(cells, {
      xOf: ({ x }) => columns[usedX.indexOf(x)],
      yOf: ({ y }) => rows[usedY.indexOf(y)],
      text,
      narrow,
    }),
  };
}

interface MapLook {
  readonly xOf: (cell: Cell) => string;
  readonly yOf: (cell: Cell) => string;
  readonly text: (value: number) => string;
  readonly narrow: boolean;
}

function mapMarks(cells: readonly Cell[], { xOf, yOf, text, narrow }: MapLook): Plot.Markish[] {
  const shown = cells.filter(({ rows }) => rows >= LEAST_ROWS);
  const most = Math.max(1e-12, ...shown.map(({ value }) => Math.abs(value)));
  return [
    Plot.cell(shown, {
      x: xOf,
      y: yOf,
      fill: ({ value }: Cell) => (value < 0 ? 'var(--series-1)' : 'var(--series-2)'),
      fillOpacity: { value: ({ value }: Cell) => 0.06 + 0.6 * (Math.abs(value) / most), scale: null } as never,
      inset: 1,
      rx: 3,
      title: ({ value, rows: count }: Cell) => `${text(value)}, ${plural(count, 'row')}`,
    }),
    Plot.text(narrow ? [] : shown, {
      x: xOf,
      y: yOf,
      text: ({ value }: Cell) => text(value),
      fontSize: 11,
      fill: 'currentColor',
    }),
    Plot.text(
      cells.filter(({ rows: count }) => count < LEAST_ROWS),
      {
        x: xOf,
        y: yOf,
        text: () => '·',
        fill: 'var(--muted)',
      },
    ),
  ];
}

/** Three significant digits, `+1.2k`. */
function signed(value: number): string {
  const text = tickText(Number(Math.abs(value).toPrecision(3)));
  return value === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

function cellsOf(
  { y, predictions, errors, decisions }: JudgedSample,
  { gx, gy, width }: { readonly gx: Int32Array; readonly gy: Int32Array; readonly width: number },
): Cell[] {
  const members = new Map<number, number[]>();
  for (let i = 0; i < y.length; i++) {
    const key = gy[i] * width + gx[i];
    const value = decisions ? errors[i] : predictions.data[i] - y[i];
    const own = members.get(key);
    if (own) own.push(value);
    else members.set(key, [value]);
  }
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([key, own]) => ({ x: key % width, y: Math.floor(key / width), rows: own.length, value: mean(own) }));
}
