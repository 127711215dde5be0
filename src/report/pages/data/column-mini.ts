/** @file One column of the table in little: how its values are spread, and below what the target does with them. */

import * as Plot from '@observablehq/plot';

import type { FrameColumn, LevelCount } from '../../../data/index.js';
import type { ColumnReport, Relation } from '../../../explain/index.js';
import { cellsOf, dateText } from '../../../explain/index.js';
import { AS_GIVEN, tickText } from '../../plots/common.js';
import type { Figure, FigureTable } from '../../plots/svg.js';
import { makeSmallFigure } from '../../plots/svg.js';
import { cut, formatCount, formatPercent } from '../../words/format.js';

export interface MiniInput {
  readonly id: string;
  readonly column: Pick<ColumnReport, 'name' | 'kind' | 'numeric' | 'top' | 'otherCount'>;
  /** What the target does in its groups; null for the target itself. */
  readonly relation: Relation | null;
  readonly target: string;
  readonly classes: readonly string[];
  /** Of two classes the one whose share is shown. */
  readonly positive: 0 | 1;
  /** Its sampled cells, for an axis of powers where it needs one; null where nobody kept any. */
  readonly sampled: { readonly column: FrameColumn; readonly rows: number } | null;
}

interface Bar {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly fill: string;
}

/** Two panels: the spread lies in [1.25, 2.25], the target in [0, 1]. */
const UPPER = 1.25;
const MOST_CLASSES = 6;
const LOG_BINS = 16;
/** Times the median: beyond this, most rows of a plain axis share one bar. */
const SKEWED = 20;

export function columnMini(input: MiniInput): Figure {
  const { id, column, relation, target, classes, positive } = input;
  const spread = spreadOf(input);
  const groups = relation?.groups ?? [];
  const outputs =
    classes.length === 0 ? [0] : classes.length === 2 ? [positive] : classes.map((_, c) => c).slice(0, MOST_CLASSES);
  const text = (value: number): string =>
    classes.length === 0 ? tickText(Number(value.toPrecision(4))) : formatPercent(value);
  const said =
    classes.length === 0
      ? `mean ${target}`
      : classes.length === 2
        ? `share of ${classes[positive]}`
        : 'shares of the classes';
  return makeSmallFigure({
    id,
    title: cut(column.name, 40),
    caption: `${relation ? `${column.kind}, ${formatPercent(relation.strength)}` : 'the target'}${spread.isLog ? ', powers of ten' : ''}`,
    description: relation
      ? `Above, rows per value, ${spread.ends.join(' to ')}; below, ${said} in ${groups.length} groups of values.`
      : `Rows per value, ${spread.ends.join(' to ')}.`,
    table: !relation
      ? spread.table
      : {
          columns: ['Values', 'Rows', ...(classes.length === 0 ? [`Mean ${target}`] : outputs.map((o) => classes[o]))],
          rows: groups.map(({ label, count, target: own }) => [
            label,
            formatCount(count),
            ...outputs.map((o) => text(own[o])),
          ]),
        },
    draw: () =>
      drawMini({
        bars: [...spread.bars, ...targetBars(groups, outputs)],
        ends: spread.ends,
        hasTarget: relation !== null,
      }),
  });
}

function drawMini({
  bars,
  ends,
  hasTarget,
}: {
  readonly bars: readonly Bar[];
  readonly ends: readonly string[];
  readonly hasTarget: boolean;
}): Plot.PlotOptions {
  const bottom = hasTarget ? 0 : UPPER;
  return {
    ...AS_GIVEN,
    height: hasTarget ? 92 : 56,
    marginLeft: 2,
    marginRight: 2,
    marginTop: 6,
    marginBottom: 18,
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [bottom, UPPER + 1] },
    marks: [
      Plot.rect(bars, {
        x1: 'x1',
        x2: 'x2',
        y1: 'y1',
        y2: 'y2',
        fill: 'fill',
        fillOpacity: 0.8,
        insetLeft: 0.4,
        insetRight: 0.4,
      }),
      Plot.ruleY([bottom, UPPER], { stroke: 'var(--line-strong)' }),
      ...ends.map((end, i) =>
        Plot.text([end], {
          x: i,
          y: bottom,
          dy: 10,
          text: () => cut(end, 12),
          textAnchor: i === 0 ? 'start' : 'end',
          fontSize: 11,
          fill: 'var(--muted)',
        }),
      ),
    ],
  };
}

interface Spread {
  readonly bars: readonly Bar[];
  /** What stands at the left and at the right. */
  readonly ends: readonly string[];
  readonly isLog: boolean;
  /** The numbers behind it. */
  readonly table: FigureTable;
}

function spreadOf({ column, relation, sampled }: MiniInput): Spread {
  const { numeric, top, kind, otherCount = 0 } = column;
  if (kind === 'boolean' || (!numeric && !top)) {
    return named((relation?.groups ?? []).map(({ label, count }) => ({ level: label, count })));
  }
  if (top) {
    return named([...top, ...(otherCount > 0 ? [{ level: '(others)', count: otherCount }] : [])]);
  }
  const text = kind === 'date' ? (value: number) => dateText(value).slice(0, 10) : endText;
  const { min, median, max, histogram } = numeric!;
  const isSkewed = kind !== 'date' && min >= 0 && max > SKEWED * median && max > 0;
  const logged = isSkewed && sampled ? loggedCounts(cellsOf(sampled.column, sampled.rows)) : null;
  const table: FigureTable = {
    columns: ['From', 'To', 'Rows'],
    rows: histogram.counts.map((count, i) => [
      text(histogram.edges[i]),
      text(histogram.edges[i + 1]),
      formatCount(count),
    ]),
  };
  if (logged) return { ...plain(logged.counts, logged.ends.map(text)), isLog: true, table };
  return { ...plain(histogram.counts, [text(min), text(max)]), table };
}

/** Whole numbers as they are, years without a comma. */
function endText(value: number): string {
  const isYear = Number.isInteger(value) && value >= 1000 && value < 3000;
  return isYear ? String(value) : tickText(Number(value.toPrecision(4)));
}

/** The most frequent first. */
function named(levels: readonly LevelCount[]): Spread {
  const shown = levels.filter(({ count }) => count > 0);
  const counts = shown.map(({ count }) => count);
  const rows = shown.map(({ level, count }) => [level, formatCount(count)]);
  return {
    ...plain(counts, [shown[0]?.level ?? '', shown.at(-1)?.level ?? '']),
    table: { columns: ['Value', 'Rows'], rows },
  };
}

function plain(counts: readonly number[], ends: readonly string[]): Omit<Spread, 'table'> {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, i) => ({
    x1: i / counts.length,
    x2: (i + 1) / counts.length,
    y1: UPPER,
    y2: UPPER + count / most,
    fill: 'var(--muted)',
  }));
  return { bars, ends, isLog: false };
}

/** Of cells above 0, on an axis of powers; null without two that differ. */
function loggedCounts(
  cells: Float64Array,
): { readonly counts: number[]; readonly ends: readonly [number, number] } | null {
  const logs = cells.filter((cell) => cell > 0).map(Math.log10);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  if (!(high > low)) return null;
  const counts = new Array<number>(LOG_BINS).fill(0);
  for (const log of logs) counts[Math.min(LOG_BINS - 1, Math.floor(((log - low) / (high - low)) * LOG_BINS))]++;
  return { counts, ends: [10 ** low, 10 ** high] };
}

/** One output: bars from 0; several: shares on top of each other. */
function targetBars(groups: Relation['groups'], outputs: readonly number[]): Bar[] {
  const values = groups.flatMap(({ target }) => outputs.map((o) => target[o]));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const scale = (value: number): number => (high > low ? (value - low) / (high - low) : 0);
  return groups.flatMap(({ target }, g) => {
    const place = { x1: g / groups.length, x2: (g + 1) / groups.length };
    if (outputs.length === 1)
      return [{ ...place, y1: scale(0), y2: scale(target[outputs[0]]), fill: 'var(--series-1)' }];
    let below = 0;
    return outputs.map((o, i) => {
      const bar = { ...place, y1: below, y2: below + target[o], fill: `var(--series-${i + 1})` };
      below = bar.y2;
      return bar;
    });
  });
}
