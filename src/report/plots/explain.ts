/** @file What a model made of its columns: permutation importance, partial dependence, the inside of an LRNN. */

import * as Plot from '@observablehq/plot';

import type {
  ColumnFunctions,
  ColumnImportance,
  Dependence,
  FactorFunction,
  LrnnInside,
  ModelExplanation,
} from '../../explain/index.js';
import { dateText, numberText } from '../../explain/index.js';
import { cut, formatNumber, formatPercent, plural } from '../words/format.js';
import { barsPlot, distinct } from './bars.js';
import { AS_GIVEN, QUIET_AXIS, tickText, wholeAxis, xAxis, yAxis } from './common.js';
import { rangeOf } from './diagnostics.js';
import type { Canvas, Figure, LegendItem } from './svg.js';
import { makeFigure } from './svg.js';

const SHOWN = 16;

/** Rise of the loss when a column is shuffled, with its spread over the repeats. */
export function columnImportancePlot(explanation: ModelExplanation, metric: string, colour: string): Figure {
  const { importance, repeats, rows } = explanation;
  const shown = importance.columns.slice(0, SHOWN);
  const text = (value: number): string => tickText(Number(value.toPrecision(3)));
  return barsPlot({
    id: 'importance',
    title: 'Permutation importance',
    caption: `How much worse ${metric} gets when one column is shuffled: mean of ${repeats} shuffles, whiskers two standard errors of the shuffles and the rows. ${plural(rows, 'row')}, each by the fold model that did not train on it.${noiseWords(importance.columns)}`,
    description: shown.map(({ column, mean }) => `${column} ${text(mean)}`).join('; '),
    table: {
      columns: ['Column', `Rise of ${metric} loss`, 'Standard error', 'Told from zero'],
      rows: importance.columns.map(({ column, mean, error, isClear }) => [
        column,
        text(mean),
        text(error),
        isClear ? 'yes' : 'no',
      ]),
    },
    letters: 20,
    bars: shown.map(({ column, mean, error, isClear }) => ({
      label: column,
      value: mean,
      deviation: 2 * error,
      text: text(mean),
      colour: isClear ? colour : 'var(--muted)',
    })),
  });
}

const NAMED = 6;

/** Which columns cannot be told from zero, the first few by name; empty where all can. */
function noiseWords(columns: readonly ColumnImportance[]): string {
  const unclear = columns.filter(({ isClear }) => !isClear).map(({ column }) => cut(column, 24));
  if (unclear.length === 0) return '';
  const more = unclear.length > NAMED ? ` and ${unclear.length - NAMED} more` : '';
  return ` Grey, and not to be told from zero: ${unclear.slice(0, NAMED).join(', ')}${more}.`;
}

const MOST_CLASSES = 6;

/** What a column's curve is a curve of; of two classes the positive one. */
export interface DependenceLook {
  readonly target: string;
  readonly classes: readonly string[];
  readonly positive?: 0 | 1 | undefined;
  readonly rows: number;
}

interface DependenceLines {
  readonly found: Dependence;
  readonly lines: readonly { readonly values: readonly number[]; readonly colour: string }[];
  /** Single rows behind them. */
  readonly ice: readonly (readonly number[])[];
  readonly yScale: Plot.ScaleOptions;
}

/** Mean prediction over one column's values, single rows behind it. */
export function dependencePlot(found: Dependence, index: number, options: DependenceLook): Figure {
  const { column, values, labels, mean, ice } = found;
  const { target, classes, positive = 1, rows } = options;
  const outputs =
    classes.length === 0 ? [0] : classes.length === 2 ? [positive] : classes.map((_, c) => c).slice(0, MOST_CLASSES);
  const single = outputs.length === 1;
  const lines = outputs.map((o, i) => ({
    values: mean[o],
    colour: `var(--series-${i + 1})`,
    name: classes[o] ?? target,
  }));
  const range = rangeOf(...lines.map((line) => line.values), ...(single ? ice : []));
  const yLabel = classes.length === 0 ? cut(target, 24) : single ? `P(${cut(classes[positive], 20)})` : 'probability';
  const legend: LegendItem[] = single
    ? [
        { label: 'mean', look: 'series-line' },
        { label: `${ice.length} single rows`, look: 'line' },
      ]
    : lines.map(({ name }, i) => ({ label: cut(name, 20), look: `series-${i + 1}` }));
  return makeFigure({
    id: `dependence-${index}`,
    title: cut(column, 60),
    caption: `Prediction of the exported model when only this column changes; mean of ${plural(rows, 'row')}.`,
    description: lines
      .map(
        ({ name, values: line }) =>
          `${name}: from ${tickText(short(line[0]))} to ${tickText(short(line[line.length - 1]))}`,
      )
      .join('; '),
    legend,
    table: {
      columns: [column, ...lines.map(({ name }) => (classes.length === 0 ? 'Mean prediction' : name))],
      rows: values.map((_, v) => [labels[v], ...lines.map((line) => tickText(short(line.values[v])))]),
    },
    draw: (canvas) => drawDependence({ found, lines, ice: single ? ice : [], yScale: yAxis(range, yLabel, 5) }, canvas),
  });
}

/** Across a figure of one column: its categories. */
function namesAxis(names: readonly string[]): Plot.ScaleOptions {
  return { ...QUIET_AXIS, type: 'point', domain: names, label: null, tickRotate: turned(names), padding: 0.4 };
}

/** Across a figure of one column: its numbers, or months of its dates. */
function valuesAxis(scale: string, values: readonly number[], narrow: boolean): Plot.ScaleOptions {
  const ticks = narrow ? 4 : 6;
  const isDate = scale === 'date';
  return {
    ...xAxis([values[0], values[values.length - 1]], '', ticks),
    ...(isDate ? { tickFormat: (value: number) => dateText(value).slice(0, 7) } : wholeAxis(values, ticks)),
  };
}

function drawDependence({ found, lines, ice, yScale }: DependenceLines, { narrow }: Canvas): Plot.PlotOptions {
  const { scale, values, labels } = found;
  const isCategory = scale === 'category';
  const names = distinct(labels, narrow ? 8 : 12);
  const x = (_: unknown, v: number): number | string => (isCategory ? names[v] : values[v]);
  const points = (line: readonly number[]) => line.map((y, v) => ({ x: x(null, v), y }));
  return {
    ...AS_GIVEN,
    height: narrow ? 220 : 240,
    marginLeft: 52,
    marginRight: 20,
    marginBottom: isCategory ? 30 + 5 * Math.max(...names.map((name) => name.length)) : 40,
    x: isCategory ? namesAxis(names) : valuesAxis(scale, values, narrow),
    y: yScale,
    marks: [
      ...ice.map((line) =>
        Plot.line(points(line), { x: 'x', y: 'y', stroke: 'var(--muted)', strokeOpacity: 0.3, strokeWidth: 1 }),
      ),
      ...lines.flatMap(({ values: line, colour }) => [
        Plot.line(points(line), { x: 'x', y: 'y', stroke: colour, strokeWidth: 2.25 }),
        ...(isCategory ? [Plot.dot(points(line), { x: 'x', y: 'y', fill: colour, r: 4 })] : []),
      ]),
    ],
  };
}

/** Names of one or two letters stand upright. */
function turned(names: readonly string[]): number {
  return names.some((name) => name.length > 2) ? -35 : 0;
}

function short(value: number): number {
  return Number(value.toPrecision(4));
}

/** Total effects of columns inside an LRNN. */
export function relevancePlot({ relevance, folds, rows }: LrnnInside): Figure {
  const shown = relevance.slice(0, SHOWN);
  return barsPlot({
    id: 'relevance',
    title: 'Relevance of the columns',
    caption: `Share of the network's output variance that is lost without the column, alone and in its products (total effect). Mean and standard deviation over ${plural(folds, 'fold network')}, ${plural(rows, 'row')}.`,
    description: shown.map(({ column, total }) => `${column} ${formatPercent(total)}`).join('; '),
    table: {
      columns: ['Column', 'Total effect', 'Standard deviation', 'Learned front scale'],
      rows: relevance.map(({ column, total, deviation, frontScale }) => [
        column,
        formatPercent(total),
        formatPercent(deviation),
        formatNumber(frontScale, 2),
      ]),
    },
    letters: 20,
    bars: shown.map(({ column, total, deviation }) => ({
      label: column,
      value: total,
      deviation,
      text: formatPercent(total),
      colour: 'var(--lrnn)',
    })),
  });
}

/** Pairs of columns that the network multiplies. */
export function pairsPlot({ pairs }: LrnnInside): Figure {
  return barsPlot({
    id: 'pairs',
    title: 'Strongest products of two columns',
    caption:
      "Share of the output's variance that needs both columns at once (superset importance, first fold's network). Effects that only add up have none.",
    description: pairs.map(({ a, b, share }) => `${a} × ${b} ${formatPercent(share)}`).join('; '),
    table: {
      columns: ['Column', 'Column', 'Share'],
      rows: pairs.map(({ a, b, share }) => [a, b, formatPercent(share)]),
    },
    letters: 26,
    bars: pairs.map(({ a, b, share }) => ({
      label: `${cut(a, 12)} × ${cut(b, 12)}`,
      value: share,
      text: formatPercent(share),
      colour: 'var(--lrnn)',
    })),
  });
}

/** The factor that a column gives to the products of a few neurons: 1 leaves them as they are. */
export function functionsPlot(
  { column, scale, values, labels, curves }: ColumnFunctions,
  index: number,
  isSameNeurons = false,
): Figure {
  const range = rangeOf(...curves.map(({ factors }) => factors), [1]);
  return makeFigure({
    id: `function-${index}`,
    title: cut(column, 60),
    caption: isSameNeurons
      ? 'Learned factor by the value of the column, in the strongest neurons; in brackets what the network hears of the column through each.'
      : 'Learned factor by the value of the column, in the neurons where it counts most.',
    description: curves
      .map(
        ({ neuron, factors }) =>
          `neuron ${neuron}: ${formatNumber(Math.min(...factors), 2)} to ${formatNumber(Math.max(...factors), 2)}`,
      )
      .join('; '),
    legend: curves.map(({ neuron, share }, i) => ({
      label: `neuron ${neuron} (${formatPercent(share)})`,
      look: `series-${i + 1}`,
    })),
    table: {
      columns: [column, ...curves.map(({ neuron }) => `Neuron ${neuron}`)],
      rows: values.map((_, v) => [labels[v], ...curves.map(({ factors }) => formatNumber(factors[v], 3))]),
    },
    draw: ({ narrow }) => {
      const isCategory = scale === 'category';
      const names = distinct(labels, 10);
      const points = (line: readonly number[]) => line.map((y, v) => ({ x: isCategory ? names[v] : values[v], y }));
      return {
        ...AS_GIVEN,
        height: narrow ? 210 : 230,
        marginLeft: 44,
        marginRight: 20,
        marginBottom: isCategory ? 30 + 5 * Math.max(...names.map((name) => name.length)) : 36,
        x: isCategory ? namesAxis(names) : valuesAxis(scale, values, narrow),
        y: yAxis(range, 'factor', 5),
        marks: [
          Plot.ruleY([1], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
          ...curves.flatMap(({ factors }, i) => [
            Plot.line(points(factors), { x: 'x', y: 'y', stroke: `var(--series-${i + 1})`, strokeWidth: 2 }),
            ...(isCategory
              ? [Plot.dot(points(factors), { x: 'x', y: 'y', fill: `var(--series-${i + 1})`, r: 3.5 })]
              : []),
          ]),
        ],
      };
    },
  });
}

/** One factor of a neuron on a mixture of columns. */
export function factorPlot({ neuron, factor, share, z, factors, inputs }: FactorFunction, index: number): Figure {
  const mixture = inputs.map(
    ({ name, weight }) => `${weight < 0 ? '−' : '+'} ${formatNumber(Math.abs(weight), 2)} ${cut(name, 18)}`,
  );
  return makeFigure({
    id: `factor-${index}`,
    title: `Neuron ${neuron}, factor ${factor}`,
    caption: `Looks at ${mixture.join(' ').replace(/^\+ /, '')} …; ${formatPercent(share)} of what the network hears.`,
    description: `Factor from ${formatNumber(Math.min(...factors), 2)} to ${formatNumber(Math.max(...factors), 2)}.`,
    table: {
      columns: ['Mixture', 'Factor'],
      rows: z.filter((_, i) => i % 4 === 0).map((value, i) => [numberText(value), formatNumber(factors[4 * i], 3)]),
    },
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: narrow ? 200 : 220,
      marginLeft: 44,
      marginRight: 20,
      marginBottom: 40,
      x: xAxis([z[0], z[z.length - 1]], 'mixture', narrow ? 4 : 6),
      y: yAxis(rangeOf(factors, [1]), 'factor', 5),
      marks: [
        Plot.ruleY([1], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
        Plot.line(
          z.map((x, i) => ({ x, y: factors[i] })),
          { x: 'x', y: 'y', stroke: 'var(--lrnn)', strokeWidth: 2 },
        ),
      ],
    }),
  });
}
