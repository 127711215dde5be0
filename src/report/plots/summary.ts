/** @file The contributions of many rows: a dot per row and column, placed by what it adds and coloured by its value. */

import * as Plot from '@observablehq/plot';

import type { ContributionSummary, SummaryColumn } from '../../explain/index.js';
import { cut, plural } from '../words/format.js';
import { distinct } from './bars.js';
import { AS_GIVEN, QUIET_AXIS, tickText, xAxis } from './common.js';
import { rangeOf } from './diagnostics.js';
import type { DrawingDocument } from './drawing.js';
import type { Figure, LegendItem } from './svg.js';
import { makeFigure } from './svg.js';

export interface SummaryLook {
  readonly target: string;
  readonly classes: readonly string[];
}

const SVG = 'http://www.w3.org/2000/svg';
const SHOWN = 12;
const LANE = 30;
const DOT = 4.5;
const LEGEND: readonly LegendItem[] = [
  { label: 'low value', look: 'value-1' },
  { label: 'middle', look: 'value-3' },
  { label: 'high value', look: 'value-5' },
  { label: 'category, text or gap', look: 'value-none' },
];

const HOW: Readonly<Record<ContributionSummary['method'], string>> = {
  exact: 'Exact Shapley values',
  sampled: 'Sampled Shapley values',
  'partly exact': 'Shapley values, exact for trees and sampled for the other members',
};

/** Columns by the mean size of their contributions. */
export function summaryPlot(summary: ContributionSummary, look: SummaryLook): Figure {
  const shown = summary.columns.slice(0, SHOWN);
  const { what, unit, text } = wordsOf(summary, look);
  const scale = unit === 'percentage points' ? 100 : 1;
  const range = rangeOf([0], ...shown.map(({ values }) => values.map((value) => scale * value)));
  return makeFigure({
    id: 'contributions',
    title: 'What the columns add, row by row',
    caption: `${HOW[summary.method]} of ${plural(summary.rows, 'row')}, each by the fold model that did not train on it, from the mean over ${plural(summary.startRows, 'row')}: a dot to the right raises ${what}. Columns in the order of their mean size, colours in fifths of their values.`,
    description: shown.map(({ column, size }) => `${column} ${text(size)}`).join('; '),
    legend: shown.some(({ fifths }) => fifths.includes(null)) ? LEGEND : LEGEND.slice(0, 3),
    table: {
      columns: [
        'Column',
        `Mean size${unit === '' ? '' : ` (${unit})`}`,
        'Mean where low',
        'Mean where high',
        'Least',
        'Greatest',
      ],
      rows: summary.columns.map((column) => [
        column.column,
        text(column.size),
        meanIn(column, 0, text),
        meanIn(column, 4, text),
        text(Math.min(...column.values)),
        text(Math.max(...column.values)),
      ]),
    },
    draw: ({ narrow }) => {
      const names = distinct(
        shown.map(({ column }) => column),
        narrow ? 12 : 20,
      );
      const longest = Math.max(1, ...names.map((name) => Array.from(name).length));
      return {
        ...AS_GIVEN,
        height: 56 + LANE * Math.max(1, shown.length),
        marginLeft: 18 + 6.6 * longest,
        marginRight: 14,
        marginTop: 6,
        marginBottom: 44,
        x: xAxis(range, axisWords(what, unit, narrow), narrow ? 4 : 6),
        y: { ...QUIET_AXIS, type: 'band', domain: names, label: null, padding: 0 },
        marks: [
          Plot.ruleY(names, { stroke: 'var(--line)' }),
          Plot.ruleX([0], { stroke: 'var(--line-strong)' }),
          swarmOf(shown, names, scale),
        ],
      };
    },
  });
}

function wordsOf({ unit, output }: ContributionSummary, { target, classes }: SummaryLook) {
  if (classes.length === 0) {
    return { what: cut(target, 24), unit: '', text: (value: number) => tickText(Number(value.toPrecision(3))) };
  }
  const name = cut(classes[output], 20);
  if (unit === 'log-odds') {
    const kind = classes.length === 2 ? 'log-odds' : 'log-probability less the mean of all classes';
    return { what: `the score of ${name}`, unit: kind, text: (value: number) => value.toFixed(3) };
  }
  return { what: `P(${name})`, unit: 'percentage points', text: (value: number) => (100 * value).toFixed(2) };
}

function axisWords(what: string, unit: string, narrow: boolean): string {
  const whole = `adds to ${what}${unit === '' ? '' : `, ${unit}`}`;
  return narrow && whole.length > 40 ? `adds to ${what}` : whole;
}

function meanIn({ values, fifths }: SummaryColumn, fifth: number, text: (value: number) => string): string {
  const own = values.filter((_, row) => fifths[row] === fifth);
  return own.length === 0 ? '–' : text(own.reduce((sum, value) => sum + value, 0) / own.length);
}

/** All dots of a colour as one path of points: a fifth of the letters that as many circles would have. */
function swarmOf(columns: readonly SummaryColumn[], names: readonly string[], scale: number): Plot.Markish {
  return (_index, scales, _channels, _dimensions, context) => {
    const paths = new Map<string, string>();
    const lane = (name: string): number => (scales.y!(name) as number) + LANE / 2;
    columns.forEach(({ values, fifths }, i) => {
      const x = values.map((value) => scales.x!(scale * value) as number);
      stackedOf(x).forEach((offset, row) => {
        const look = fifths[row] === null ? 'none' : String(fifths[row] + 1);
        const point = `M${x[row].toFixed(1)} ${(lane(names[i]) + offset).toFixed(1)}h0`;
        paths.set(look, (paths.get(look) ?? '') + point);
      });
    });
    const document = context.document as unknown as DrawingDocument;
    const group = document.createElementNS(SVG, 'g');
    for (const [look, d] of [...paths].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const path = document.createElementNS(SVG, 'path');
      const given = { d, stroke: `var(--value-${look})`, 'stroke-width': DOT, 'stroke-linecap': 'round', fill: 'none' };
      for (const [name, value] of Object.entries(given)) path.setAttribute(name, value);
      group.appendChild(path);
    }
    return group as never;
  };
}

/** Heights of dots around the middle of their lane: those that would cover each other lie side by side, closer where they are many. */
function stackedOf(x: readonly number[]): number[] {
  const groups = new Map<number, number[]>();
  x.forEach((place, row) => {
    const group = Math.floor(place / DOT);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  });
  const offsets = x.map(() => 0);
  for (const rows of groups.values()) {
    const step = Math.min(DOT, (LANE - DOT - 2) / Math.max(1, rows.length - 1));
    rows.forEach((row, i) => (offsets[row] = (i - (rows.length - 1) / 2) * step));
  }
  return offsets;
}
