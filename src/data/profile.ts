/** @file What each column looks like, as plain JSON for reports: range, histogram, most frequent values, what is missing. */

import type { Frame, ValuedColumn } from './frame.js';
import { MISSING_CODE, valued } from './frame.js';
import { textNames } from './frame-names.js';
import type { ColumnKind, Schema } from './schema.js';

const HISTOGRAM_BINS = 20;
const TOP_LEVELS = 12;
/** Quartiles of longer columns are those of so many evenly spread cells; range, mean and histogram are of all. */
const SORTED_CELLS = 200_000;

export interface Histogram {
  /** [bins + 1] ascending; bin i is [edges[i], edges[i + 1]), the last one closed. Dates: milliseconds since 1970 UTC. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface NumericProfile {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
  readonly mean: number;
  /** Sample standard deviation (ddof 1); 0 of one value. Left out by earlier versions, and so are `zeros`. */
  readonly deviation?: number;
  /** Cells that are 0. */
  readonly zeros?: number;
  readonly histogram: Histogram;
}

export interface LevelCount {
  readonly level: string;
  readonly count: number;
}

export interface ColumnProfile {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly reason: string;
  /** Of the rows the schema was made from, in [0, 1]. */
  readonly missingShare: number;
  readonly distinctCount: number;
  /** Numbers, truth values (0 and 1), dates (milliseconds since 1970 UTC), and the length of texts; absent when all are missing. */
  readonly numeric?: NumericProfile;
  /** Categories: the most frequent first. */
  readonly top?: readonly LevelCount[];
  /** Cells whose category is not among `top`. */
  readonly otherCount?: number;
}

/**
 * One profile per column of the schema, in its order; the target has the kind 'ignored' and is profiled by `profileTarget`.
 *
 * @param frame  the encoded rows; ids, constants and ignored columns are not in it and get counts only
 */
export function profile(frame: Frame, schema: Schema): ColumnProfile[] {
  const encoded = new Map(valued(frame).map((column) => [column.name, column]));
  const texts = textNames(schema);
  const rowCount = Math.max(1, frame.rowCount);
  return schema.columns.map(({ name, kind, reason, missingCount, distinctCount }) => {
    const column = encoded.get(texts.get(name)?.numbers[0] ?? name);
    const counts = { name, kind, reason, missingShare: Math.min(1, missingCount / rowCount), distinctCount };
    return column === undefined ? counts : { ...counts, ...contents(column) };
  });
}

/** The target's numbers as a profile: the values of a regression, or rows per class in the order of the classes. */
export function profileTarget(values: ArrayLike<number>, schema: Schema): Pick<ColumnProfile, 'numeric' | 'top'> {
  const { task, classes } = schema.target;
  if (task === 'regression') return numericPart(Float64Array.from(values));
  const counts = classes.map(() => 0);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  return { top: classes.map((level, k) => ({ level, count: counts[k] })) };
}

function contents(column: ValuedColumn): Pick<ColumnProfile, 'numeric' | 'top' | 'otherCount'> {
  if (column.kind === 'categorical') return levelPart(column.codes, column.levels);
  return numericPart(column.kind === 'date' ? column.epochMs : column.values);
}

function levelPart(codes: Int32Array, levels: readonly string[]): Pick<ColumnProfile, 'top' | 'otherCount'> {
  const counts = new Float64Array(levels.length);
  let otherCount = 0;
  for (const code of codes) {
    if (code >= 0) counts[code]++;
    else if (code !== MISSING_CODE) otherCount++;
  }
  const order = levels.map((level, code) => ({ level, count: counts[code] })).sort((a, b) => b.count - a.count);
  for (const { count } of order.slice(TOP_LEVELS)) otherCount += count;
  return { top: order.slice(0, TOP_LEVELS), otherCount };
}

function numericPart(values: Float64Array): Pick<ColumnProfile, 'numeric'> {
  const present = values.filter((value) => !Number.isNaN(value));
  if (present.length === 0) return {};
  let [min, max, mean] = [Infinity, -Infinity, 0];
  for (const value of present) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    mean += value / present.length;
  }
  let [squares, zeros] = [0, 0];
  for (const value of present) {
    squares += (value - mean) ** 2;
    if (value === 0) zeros++;
  }
  const deviation = present.length > 1 ? Math.sqrt(squares / (present.length - 1)) : 0;
  const sorted = spreadCells(present).sort();
  const quartiles = { q1: quantile(sorted, 0.25), median: quantile(sorted, 0.5), q3: quantile(sorted, 0.75) };
  return { numeric: { min, ...quartiles, max, mean, deviation, zeros, histogram: histogram(present, min, max) } };
}

/** The cells, or evenly spread ones of them. */
function spreadCells(cells: Float64Array): Float64Array {
  if (cells.length <= SORTED_CELLS) return cells.slice();
  return Float64Array.from(
    { length: SORTED_CELLS },
    (_, i) => cells[Math.floor(((i + 0.5) * cells.length) / SORTED_CELLS)],
  );
}

/** Linear between order statistics (Hyndman and Fan's type 7, the default of R and NumPy). */
export function quantile(sorted: Float64Array, fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/** Equal bins from the least to the greatest; whole numbers of a small range get a bin each, centred on them. */
function histogram(cells: Float64Array, min: number, max: number): Histogram {
  const perNumber = max - min < HISTOGRAM_BINS && cells.every((value) => Number.isInteger(value));
  const bins = perNumber ? max - min + 1 : HISTOGRAM_BINS;
  const [start, width] = perNumber ? [min - 0.5, 1] : [min, (max - min) / bins];
  const counts = new Array<number>(bins).fill(0);
  for (const value of cells) {
    counts[width > 0 ? Math.min(bins - 1, Math.floor((value - start) / width)) : 0]++;
  }
  return {
    edges: Array.from({ length: bins + 1 }, (_, i) => (i === bins && !perNumber ? max : start + i * width)),
    counts,
  };
}
