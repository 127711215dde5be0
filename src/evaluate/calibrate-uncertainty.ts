/** @file Learning how sure predictions are, from predictions of rows that the models had not seen. */

import type { Matrix } from '../core/index.js';
import type { Steps } from './conformal.js';
import { scoreAt, stepsOf } from './conformal.js';
import { continuedSpread } from './count-spread.js';
import type { Line } from './line.js';
import { interpolate } from './line.js';
import type { RowWeights, Targets } from './metric.js';
import { ascendingOrder } from './order.js';
import type { ClassUncertainty, NumberUncertainty, Uncertainty } from './uncertainty.js';
import { bearing, intervalsAt, setsAt } from './uncertainty.js';

/** Predictions of rows, fold by fold, none by a model that was fitted on the row. */
export interface Unseen {
  /** [n] the target, or the class index. */
  readonly y: Targets;
  /** [n x 1], or [n x k] probabilities. */
  readonly predictions: Matrix;
  /** Positions of the rows of each fold; ordered by time where that is `ordered`. */
  readonly parts: readonly Uint32Array[];
  readonly weights?: RowWeights | undefined;
  /** [n] rows of equal numbers belong together: a new row will be of a new group. Each group counts the same. */
  readonly groups?: ArrayLike<number> | undefined;
  /** Folds follow each other in time: the latest ones say what will come. */
  readonly ordered?: boolean | undefined;
  /** y are counts for an exposure of each row's own: those of new rows may be far beyond these. */
  readonly isExposed?: boolean | undefined;
}

/** How an uncertainty does on rows that it was not learned from. */
export interface Coverage {
  readonly level: number;
  /** Share of the rows whose answer was inside, each fold by what the others say. */
  readonly share: number;
  /** Mean width of the intervals, or mean size of the sets. */
  readonly size: number;
  readonly rows: number;
}

/** Of more rows than these every second, third, ... is taken: they say a level to a quarter of a percent. */
const MOST_ROWS = 20_000;
/** Folds, the latest ones, that speak for what comes, and the fewest rows that they must have together. */
const LATEST = { folds: 2, rows: 100 } as const;

/** What rows that the models had not seen say of new ones. */
export function learnUncertainty(unseen: Unseen): Uncertainty {
  const thin = thinned(unseen);
  return learned(thin, speaking(thin, thin.parts.length));
}

/**
 * Every fold by what the others say, with `ordered` by the earlier ones; null where they are too few for the level.
 */
export function judgeUncertainty(unseen: Unseen, level: number): Coverage | null {
  const thin = thinned(unseen);
  let [inside, size, total, rows] = [0, 0, 0, 0];
  for (const [fold, part] of thin.parts.entries()) {
    const others = thin.ordered ? speaking(thin, fold) : thin.parts.filter((_, other) => other !== fold);
    if (others.length === 0) continue;
    const own = learned(thin, others);
    if (bearing(own) < level) return null;
    const measure = measureAt(own, level, thin);
    for (const i of part) {
      const weight = thin.weights ? thin.weights[i] : 1;
      const { isInside, width } = measure(i);
      if (isInside) inside += weight;
      size += weight * width;
      total += weight;
    }
    rows += part.length;
  }
  return total > 0 ? { level, share: inside / total, size: size / total, rows } : null;
}

function measureAt(own: Uncertainty, level: number, { y, predictions: { data, cols } }: Unseen) {
  if (own.kind === 'interval') {
    const intervals = intervalsAt(own, level);
    return (i: number) => {
      const { lower, upper } = intervals(data[i]);
      return { isInside: y[i] >= lower && y[i] <= upper, width: upper - lower };
    };
  }
  const sets = setsAt(own, level);
  return (i: number) => {
    const row = data.subarray(i * cols, (i + 1) * cols);
    const set = sets(row, row.indexOf(Math.max(...row)));
    return { isInside: set.includes(y[i]), width: set.length };
  };
}

/** The folds before `end` whose rows are nearest to what comes after them; all of them where time says nothing. */
function speaking({ parts, ordered }: Unseen, end: number): readonly Uint32Array[] {
  if (!ordered) return parts.slice(0, end);
  let start = end;
  for (let rows = 0; start > 0 && (end - start < LATEST.folds || rows < LATEST.rows); start--) {
    rows += parts[start - 1].length;
  }
  return parts.slice(start, end);
}

function learned(unseen: Unseen, parts: readonly Uint32Array[]): Uncertainty {
  return unseen.predictions.cols === 1 ? ofNumbers(unseen, parts) : ofClasses(unseen, parts);
}

/** Level at which a spread is held against none. */
const JUDGING_LEVEL = 0.9;

/**
 * Errors are measured by what the other folds expect of them: a spread must not know the rows that it is the measure of. It is used where
 * its intervals are the better ones: narrower, and not missed by more.
 */
function ofNumbers(unseen: Unseen, parts: readonly Uint32Array[]): NumberUncertainty {
  const { y, predictions } = unseen;
  const rows = joined(parts);
  const exchange = exchangeOf(unseen, rows);
  const errorOf = (i: number): number => Math.abs(y[i] - predictions.data[i]);
  const errors = Float64Array.from(rows, errorOf);
  const sizes = crossFittedSizes(unseen, parts, errorOf);
  const plain = stepsOf(errors, exchange);
  const scaled = stepsOf(
    errors.map((error, place) => error / sizes[place]),
    exchange,
  );
  const { weights } = exchange;
  const even = new Float64Array(errors.length).fill(1);
  const isUneven =
    missedWidth({ errors, sizes, weights }, scaled) < missedWidth({ errors, sizes: even, weights }, plain);
  const steps = isUneven ? scaled : plain;
  const spread = isUneven ? spreadOf(unseen, parts, errorOf) : null;
  const counts = { y: picked(rows, y), expected: picked(rows, predictions.data), weights };
  return {
    kind: 'interval',
    units: exchange.units,
    steps,
    spread: unseen.isExposed ? continuedSpread(spread, scoreAt(steps, JUDGING_LEVEL), counts) : spread,
    low: rows.every((i) => y[i] >= 0) ? 0 : null,
    high: rows.every((i) => y[i] <= 0) ? 0 : null,
  };
}

function picked(rows: Uint32Array, values: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => values[row]);
}

/** The error that is expected of each row, by what the other folds say; in the order of the folds. */
function crossFittedSizes(unseen: Unseen, parts: readonly Uint32Array[], errorOf: (i: number) => number): Float64Array {
  const sizes: number[] = [];
  for (const part of parts) {
    const others = parts.filter((other) => other !== part);
    const line = spreadOf(unseen, others.length > 0 ? others : parts, errorOf);
    for (const i of part) sizes.push(line ? interpolate(line.x, line.y, unseen.predictions.data[i]) : 1);
  }
  return Float64Array.from(sizes);
}

/**
 * Mean width of the intervals, and of what lies outside so many times that honest intervals of the level have the least of both.
 *
 * Source   Winkler 1972; Gneiting & Raftery 2007, section 6.2
 */
function missedWidth({ errors, sizes, weights }: Record<'errors' | 'sizes' | 'weights', Float64Array>, steps: Steps) {
  const score = scoreAt(steps, JUDGING_LEVEL);
  const dearness = 2 / (1 - JUDGING_LEVEL);
  const sum = errors.reduce((total, error, place) => {
    const reach = score * sizes[place];
    return total + weights[place] * (2 * reach + dearness * Math.max(0, error - reach));
  }, 0);
  return sum / weights.reduce((total, weight) => total + weight, 0);
}

function ofClasses(unseen: Unseen, parts: readonly Uint32Array[]): ClassUncertainty {
  const { y, predictions } = unseen;
  const rows = joined(parts);
  const scores = Array.from(rows, (i) => 1 - predictions.data[i * predictions.cols + y[i]]);
  const exchange = exchangeOf(unseen, rows);
  return { kind: 'set', units: exchange.units, steps: stepsOf(scores, exchange) };
}

/** Rows of a bin: enough for its mean, and as many bins as a line may have points. */
const BIN_ROWS = 40;
const MOST_BINS = 20;
/** Rows of the mean of all that each bin is mixed with: what few rows say is uncertain. */
const MIXED_ROWS = 10;
/** No expected error is less than this share of the mean: a prediction is never so sure that its interval has no width. */
const LEAST_SHARE = 0.05;

/** Mean errors over neighbouring predictions; null where there are too few rows to tell, or no errors at all. */
function spreadOf(
  { predictions: { data }, weights }: Unseen,
  parts: readonly Uint32Array[],
  errorOf: (i: number) => number,
): Line | null {
  const all = joined(parts);
  const rows = ascendingOrder(Float32Array.from(all, (i) => data[i])).map((place) => all[place]);
  const bins = Math.min(MOST_BINS, Math.floor(rows.length / BIN_ROWS));
  const weightOf = (i: number): number => (weights ? weights[i] : 1);
  const sumOf = (own: Uint32Array, value: (i: number) => number): number =>
    own.reduce((sum, i) => sum + weightOf(i) * value(i), 0);
  const count = (own: Uint32Array): number => sumOf(own, () => 1);
  const mean = sumOf(rows, errorOf) / count(rows);
  if (bins < 2 || !(mean > 0)) return null;
  const [x, y]: [number[], number[]] = [[], []];
  for (let bin = 0; bin < bins; bin++) {
    const own = rows.subarray(Math.floor((bin * rows.length) / bins), Math.floor(((bin + 1) * rows.length) / bins));
    const centre = own.reduce((sum, i) => sum + data[i], 0) / own.length;
    if (x.length > 0 && !(centre > x[x.length - 1])) continue;
    x.push(centre);
    y.push(Math.max(LEAST_SHARE * mean, (sumOf(own, errorOf) + MIXED_ROWS * mean) / (count(own) + MIXED_ROWS)));
  }
  return { x, y };
}

/** Each group has its weight, the mean of those of its rows, shared among them. */
function exchangeOf({ weights, groups }: Unseen, rows: Uint32Array) {
  const weightOf = (i: number): number => (weights ? weights[i] : 1);
  const own = Float64Array.from(rows, weightOf);
  if (!groups) return { weights: own, units: own.reduce((count, weight) => count + Number(weight > 0), 0) };
  const sizes = new Map<number, number>();
  rows.forEach((i) => sizes.set(groups[i], (sizes.get(groups[i]) ?? 0) + 1));
  // Groups whose rows all weigh 0 say nothing: they bear no level.
  const counting = new Set(
    Array.from(
      rows.filter((_, place) => own[place] > 0),
      (i) => groups[i],
    ),
  );
  return { weights: own.map((weight, place) => weight / sizes.get(groups[rows[place]])!), units: counting.size };
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

function thinned(unseen: Unseen): Unseen {
  const rows = unseen.parts.reduce((sum, { length }) => sum + length, 0);
  const step = Math.ceil(rows / MOST_ROWS);
  return step === 1 ? unseen : { ...unseen, parts: unseen.parts.map((part) => part.filter((_, i) => i % step === 0)) };
}
