/** @file One column of the table: how its values are spread, and what the target does with them. */

import * as Plot from '@observablehq/plot';

import type { ColumnProfile } from '../../data/index.js';
import type { Relation } from '../../explain/index.js';
import { dateText } from '../../explain/index.js';
import { cut, formatCount, formatPercent, plural } from '../format.js';
import type { Figure } from '../svg.js';
import { makeFigure } from '../svg.js';
import { barsPlot, distinct } from './bars.js';
import { AS_GIVEN, QUIET_AXIS, tickText, wholeAxis, yAxis } from './common.js';

/** Histogram of numbers and dates, bars of the most frequent categories; null where there is neither. */
export function distributionOf(
  { numeric, top, otherCount = 0 }: Pick<ColumnProfile, 'numeric' | 'top' | 'otherCount'>,
  { id, title, isDate = false }: { readonly id: string; readonly title: string; readonly isDate?: boolean },
): Figure | null {
  if (top) {
    const all = top.reduce((sum, { count }) => sum + count, otherCount);
    const bars = [...top, ...(otherCount > 0 ? [{ level: '(others)', count: otherCount }] : [])].filter(
      ({ count }) => count > 0,
    );
    return barsPlot({
      id,
      title,
      caption: 'Rows per value.',
      description: bars.map(({ level, count }) => `${level} ${count}`).join('; '),
      table: {
        columns: ['Value', 'Rows', 'Share'],
        rows: bars.map(({ level, count }) => [level, formatCount(count), formatPercent(count / Math.max(1, all))]),
      },
      letters: 14,
      bars: bars.map(({ level, count }) => ({ label: level, value: count, text: formatCount(count) })),
    });
  }
  if (!numeric) return null;
  const { histogram, min, q1, median, q3, max, mean } = numeric;
  const isYears = !isDate && [min, q1, median, q3, max].every(Number.isInteger) && min >= 1000 && max < 3000;
  const text = isDate ? dateText : isYears ? (value: number) => String(Math.round(value)) : plainText;
  const bins = histogram.counts.map((count, i) => ({ x1: histogram.edges[i], x2: histogram.edges[i + 1], count }));
  return makeFigure({
    id,
    title,
    caption: `Median ${text(median)}, half of the rows from ${text(q1)} to ${text(q3)}.`,
    description: `From ${text(min)} to ${text(max)}, mean ${text(mean)}.`,
    table: {
      columns: ['From', 'To', 'Rows'],
      rows: bins.map(({ x1, x2, count }) => [text(x1), text(x2), formatCount(count)]),
    },
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: 170,
      marginLeft: 44,
      marginRight: 16,
      marginBottom: 26,
      x: {
        ...QUIET_AXIS,
        type: 'linear',
        domain: [bins[0].x1, bins[bins.length - 1].x2],
        label: null,
        ticks: narrow ? 4 : 5,
        tickFormat: isDate ? (value: number) => dateText(value).slice(0, 7) : tickText,
        ...(isDate ? {} : wholeAxis([min, q1, median, q3, max], narrow ? 4 : 5)),
      },
      y: { ...yAxis([0, Math.max(...bins.map(({ count }) => count))], 'rows', 3) },
      marks: [
        Plot.rect(bins, {
          x1: 'x1',
          x2: 'x2',
          y1: 0,
          y2: 'count',
          fill: 'var(--series-1)',
          fillOpacity: 0.75,
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
      ],
    }),
  });
}

/** Six significant digits, grouped. */
function plainText(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}

const MOST_CLASSES = 6;

/** Mean target, or shares of the classes, in each group of a column's values. */
export function relationPlot(
  relation: Relation,
  {
    id,
    column,
    target,
    classes,
    positive = 1,
  }: {
    readonly id: string;
    readonly column: string;
    readonly target: string;
    readonly classes: readonly string[];
    /** Of two classes the one whose share is shown. */
    readonly positive?: 0 | 1 | undefined;
  },
): Figure {
  const { groups, strength } = relation;
  const outputs =
    classes.length === 0 ? [0] : classes.length === 2 ? [positive] : classes.map((_, c) => c).slice(0, MOST_CLASSES);
  const isNumber = classes.length === 0;
  const text = (value: number): string => (isNumber ? tickText(Number(value.toPrecision(4))) : formatPercent(value));
  const yLabel = isNumber
    ? `mean ${cut(target, 20)}`
    : classes.length === 2
      ? `share of ${cut(classes[positive], 16)}`
      : 'share of the class';
  const highest = Math.max(...groups.flatMap((group) => outputs.map((o) => group.target[o])));
  const lowest = Math.min(0, ...groups.flatMap((group) => outputs.map((o) => group.target[o])));
  return makeFigure({
    id,
    title: `${cut(column, 30)} and ${cut(target, 24)}`,
    caption: `Groups of values explain ${formatPercent(strength)} of the target's variance.`,
    description: groups
      .map(({ label, target: own }) => `${label}: ${outputs.map((o) => text(own[o])).join(', ')}`)
      .join('; '),
    legend: outputs.length > 1 ? outputs.map((o, i) => ({ label: cut(classes[o], 18), look: `series-${i + 1}` })) : [],
    table: {
      columns: ['Values', 'Rows', ...(isNumber ? [`Mean ${target}`] : outputs.map((o) => classes[o]))],
      rows: groups.map(({ label, count, target: own }) => [
        label,
        plural(count, 'row'),
        ...outputs.map((o) => text(own[o])),
      ]),
    },
    draw: ({ narrow }) => {
      const names = distinct(
        groups.map(({ label }) => label),
        narrow ? 12 : 16,
      );
      const bars = groups.flatMap(({ target: own }, g) =>
        outputs.map((o, i) => ({ group: names[g], value: own[o], i })),
      );
      const longest = Math.max(...names.map((name) => name.length));
      const below = longest > 5 ? 4.6 * longest : 8;
      return {
        ...AS_GIVEN,
        height: 150 + below,
        marginLeft: 48,
        marginRight: 12,
        marginBottom: 16 + below,
        fx: { ...QUIET_AXIS, domain: names, label: null, tickRotate: longest > 5 ? -40 : 0, padding: 0.2 },
        x: { axis: null, type: 'band', domain: outputs.map((_, i) => i) },
        y: yAxis([lowest, highest || 1], yLabel, 3),
        marks: [
          Plot.barY(bars, {
            fx: 'group',
            x: 'i',
            y: 'value',
            fill: ({ i }: { i: number }) => `var(--series-${i + 1})`,
            fillOpacity: 0.8,
            rx: 1.5,
          }),
          Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
        ],
      };
    },
  });
}
