/** @file Columns beside columns: which say the same, and which are empty together. */

import * as Plot from '@observablehq/plot';

import type { ExplainSample } from '../../../explain/index.js';
import { missingPatterns, relationsBetween } from '../../../explain/index.js';
import { distinct } from '../../plots/bars.js';
import { AS_GIVEN, QUIET_AXIS } from '../../plots/common.js';
import type { Figure, FigureTable } from '../../plots/svg.js';
import { makeFigure } from '../../plots/svg.js';
import { cut, formatCount, formatNumber, formatPercent, plural } from '../../words/format.js';

export interface BetweenView {
  /** Null with one column. */
  readonly relations: Figure | null;
  /** Null where no cell of the sampled rows is empty. */
  readonly missing: FigureTable | null;
  readonly rows: string;
}

/** So many columns have room beside each other; those that say most of the target come first. */
const MOST_COLUMNS = 24;
const MOST_PATTERNS = 10;
const LISTED = 20;

/** `order` names columns, the most important first. */
export function betweenView(sample: ExplainSample | null, order: readonly string[]): BetweenView | null {
  if (!sample || sample.frame.rowCount === 0) return null;
  const { frame } = sample;
  const columns = order
    .flatMap((name) => frame.columns.filter((column) => column.name === name && column.kind !== 'text'))
    .slice(0, MOST_COLUMNS);
  const patterns = missingPatterns(frame);
  const hasMissing = patterns.some((pattern) => pattern.columns.length > 0);
  return {
    relations:
      columns.length > 1
        ? relationsFigure(
            columns.map(({ name }) => name),
            relationsBetween(columns, frame.rowCount),
            frame.rowCount,
          )
        : null,
    missing: hasMissing ? missingTable(patterns.slice(0, MOST_PATTERNS), frame.rowCount) : null,
    rows: plural(frame.rowCount, 'sampled row'),
  };
}

function missingTable(patterns: ReturnType<typeof missingPatterns>, rows: number): FigureTable {
  return {
    columns: ['Empty together', 'Rows', 'Share'],
    rows: patterns.map((pattern) => [
      pattern.columns.length === 0 ? 'nothing: whole rows' : pattern.columns.map((name) => cut(name, 30)).join(', '),
      formatCount(pattern.rows),
      formatPercent(pattern.rows / rows),
    ]),
  };
}

interface Cell {
  readonly x: string;
  readonly y: string;
  readonly value: number;
}

function relationsFigure(names: readonly string[], pairs: ReturnType<typeof relationsBetween>, rows: number): Figure {
  const strongest = [...pairs].sort((a, b) => b.strength - a.strength);
  const [first] = strongest;
  return makeFigure({
    id: 'between',
    title: 'Columns that say the same',
    caption: `How well the values of one column tell those of another, in the better direction: the root of the share of variance explained (of ranks, for numbers), so that 1 is all of it. ${plural(rows, 'sampled row')}${names.length === MOST_COLUMNS ? `, the ${MOST_COLUMNS} columns that say most of the target` : ''}.`,
    description: first ? `Strongest: ${first.a} and ${first.b}, ${formatNumber(first.strength, 2)}.` : '',
    table: {
      columns: ['Column', 'and', 'Strength'],
      rows: strongest.slice(0, LISTED).map(({ a, b, strength }) => [a, b, formatNumber(strength, 2)]),
    },
    draw: ({ narrow, width }) => {
      const labels = distinct(names, narrow ? 9 : 14);
      const label = (name: string): string => labels[names.indexOf(name)];
      const cells = pairs.flatMap(({ a, b, strength }): Cell[] => [
        { x: label(a), y: label(b), value: strength },
        { x: label(b), y: label(a), value: strength },
      ]);
      const left = 12 + 6.6 * Math.max(...labels.map((name) => name.length));
      const side = Math.min(22, (width - left - 8) / names.length);
      return {
        ...AS_GIVEN,
        width: left + 8 + side * names.length,
        height: 10 + side * names.length + left * 0.8,
        marginLeft: left,
        marginRight: 8,
        marginTop: 10,
        marginBottom: left * 0.8,
        x: { ...QUIET_AXIS, type: 'band', domain: labels, label: null, tickRotate: -50, padding: 0 },
        y: { ...QUIET_AXIS, type: 'band', domain: labels, label: null, padding: 0 },
        marks: [
          Plot.cell(cells, {
            x: 'x',
            y: 'y',
            inset: 0.5,
            rx: 2,
            fill: 'var(--accent)',
            fillOpacity: { value: ({ value }: Cell) => 0.03 + 0.9 * value ** 2, scale: null } as never,
            title: ({ x, y, value }: Cell) => `${x} and ${y}: ${formatNumber(value, 2)}`,
          }),
        ],
      };
    },
  });
}
