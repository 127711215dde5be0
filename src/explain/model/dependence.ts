/** @file Partial dependence and its rows: what a model says when one column takes each of its values. */

import type { Matrix } from '../../core/index.js';
import type { Frame, FrameColumn } from '../../data/index.js';
import { quantile, truthText } from '../../data/index.js';
import type { Feature } from '../columns.js';
import { dateText, numberText } from '../columns.js';
import { cellsOf, spread, sweep, takeRows } from '../frames.js';

export interface Dependence {
  readonly column: string;
  /** How the values are to be drawn. */
  readonly scale: 'number' | 'date' | 'category';
  /** Numbers, milliseconds since 1970 UTC, or positions of `labels`. */
  readonly values: readonly number[];
  readonly labels: readonly string[];
  /** [values] share of the sampled rows at or nearest to the value. */
  readonly shares: readonly number[];
  /** [outputs x values] mean prediction: one line, or one per class. */
  readonly mean: readonly (readonly number[])[];
  /** [rows x values] single rows, of the output that `iceOutput` names. */
  readonly ice: readonly (readonly number[])[];
  readonly iceOutput: number;
}

export interface DependenceInput {
  readonly frame: Frame;
  readonly feature: Feature;
  readonly predict: (frame: Frame) => Promise<Matrix>;
  /** Rows of the frame that the mean is over. */
  readonly rows: ArrayLike<number>;
  /** How many of them are drawn one by one. */
  readonly iceRows?: number;
  readonly iceOutput: number;
}

const MOST_VALUES = 20;
const MOST_LEVELS = 12;

/**
 * One column swept over its values, everything else as it is; null for texts and columns without a value.
 *
 * Numbers and dates are swept over their quantiles, so that no value is far from data; categories over the most frequent.
 * Rows of correlated columns are asked about combinations that do not occur: the curve is about the model, not the world.
 *
 * Source   Friedman 2001, section 8.2; Goldstein et al. 2015 (https://arxiv.org/abs/1309.6392)
 */
export async function partialDependence(input: DependenceInput): Promise<Dependence | null> {
  const { frame, feature, predict, rows, iceRows = 24, iceOutput } = input;
  const column = frame.columns.find(({ name }) => name === feature.name);
  if (!column) return null;
  const { values, labels, scale } = sweepValues(column, feature, frame.rowCount);
  if (values.length === 0) return null;
  const asked = takeRows(frame, rows);
  const { data, cols } = await predict(sweep(asked, feature.name, values));
  const at = (value: number, row: number, output: number): number =>
    data[(value * asked.rowCount + row) * cols + output];
  const meanOf = (value: number, output: number): number => {
    let sum = 0;
    for (let row = 0; row < asked.rowCount; row++) sum += at(value, row, output);
    return sum / asked.rowCount;
  };
  const drawn = spread(asked.rowCount, iceRows);
  return {
    column: feature.name,
    scale,
    values,
    labels,
    shares: sharesOf(cellsOf(column, frame.rowCount), values),
    mean: Array.from({ length: cols }, (_, output) => values.map((_value, v) => meanOf(v, output))),
    ice: drawn.map((row) => values.map((_value, v) => at(v, row, iceOutput))),
    iceOutput,
  };
}

interface Sweep {
  readonly values: number[];
  readonly labels: string[];
  readonly scale: Dependence['scale'];
}

function sweepValues(column: FrameColumn, { kind, schema }: Feature, rowCount: number): Sweep {
  const cells = cellsOf(column, rowCount).filter((cell) => !Number.isNaN(cell));
  if (column.kind === 'categorical') {
    const values = byFrequency(cells)
      .slice(0, MOST_LEVELS)
      .sort((a, b) => a - b);
    return { values, labels: values.map((code) => column.levels[code] ?? '(other)'), scale: 'category' };
  }
  if (kind === 'boolean') {
    const values = byFrequency(cells).sort((a, b) => a - b);
    return { values, labels: values.map((value) => truthText(schema, value > 0)), scale: 'category' };
  }
  const values = gridOf(cells);
  const isDate = column.kind === 'date';
  return { values, labels: values.map(isDate ? dateText : numberText), scale: isDate ? 'date' : 'number' };
}

/** Distinct quantiles from the smallest to the largest. */
export function gridOf(cells: Float64Array, most = MOST_VALUES): number[] {
  const sorted = cells.filter((cell) => !Number.isNaN(cell)).sort();
  if (sorted.length === 0) return [];
  const distinct = [...new Set(sorted)];
  if (distinct.length <= most) return distinct;
  return [...new Set(Array.from({ length: most }, (_, i) => quantile(sorted, i / (most - 1))))];
}

function byFrequency(cells: Float64Array): number[] {
  const counts = new Map<number, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([cell]) => cell);
}

/** Each present cell counts for its nearest value. */
function sharesOf(cells: Float64Array, values: readonly number[]): number[] {
  const counts = values.map(() => 0);
  let present = 0;
  for (const cell of cells) {
    if (Number.isNaN(cell)) continue;
    let best = 0;
    values.forEach((value, v) => {
      if (Math.abs(value - cell) < Math.abs(values[best] - cell)) best = v;
    });
    counts[best]++;
    present++;
  }
  return counts.map((count) => count / Math.max(1, present));
}
