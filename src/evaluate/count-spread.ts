/** @file How far counts may be off for exposures beyond those that were seen: where the line of expected errors ends, what is known of counts goes on. */

import type { Line } from './line.js';

/** Counts, what was said of them, and what each row counts. */
export interface CountErrors {
  /** [n] */
  readonly y: Float64Array;
  /** [n] expected counts, for the row's own exposure. */
  readonly expected: Float64Array;
  /** [n] */
  readonly weights: Float64Array;
}

/** Each point of the line lies so many times beyond the one before: between them a root is half a percent above the line. */
const STEP = 1.5;
/** So many times beyond the largest count that was expected the line ends: 35 points. */
const FARTHEST = 1e6;
/** Standard deviations that hold nine of ten where counts are many. */
const NORMAL = 1.645;

/**
 * A line of expected errors (null: 1 everywhere) with points beyond the largest count that was expected. There the expected error grows with the root of
 * the count, as chance alone makes it, and reaches as far as the variance of the rows asks for: a part of the count is chance, a part of
 * its square is what the rate of a row is wrong by.
 *
 * `score` is what 90 % of the rows have an error of, in units of the line; nothing is added where it is 0, or nothing was expected.
 *
 * Source   McCullagh & Nelder 1989, sections 6.2 and 9.2.2 (variance functions of counts); differs: fitted by weighted least squares
 */
export function continuedSpread(line: Line | null, score: number, rows: CountErrors): Line | null {
  const largest = rows.expected.reduce((most, own) => Math.max(most, own), 0);
  if (!(largest > 0) || !(score > 0)) return line;
  const { x, y } = line ?? { x: [], y: [1] };
  const end = Math.max(largest, x.at(-1) ?? 0);
  const height = y.at(-1)!;
  const variance = varianceOf(rows);
  const beyond: number[] = [];
  for (let times = STEP; times < FARTHEST * STEP; times *= STEP) beyond.push(end * times);
  const ends = x.length > 0 && x.at(-1) === end ? [] : [end];
  return {
    x: [...x, ...ends, ...beyond],
    y: [
      ...(x.length > 0 ? y : []),
      ...ends.map(() => height),
      ...beyond.map((at) => Math.max(height * Math.sqrt(at / end), (NORMAL * Math.sqrt(variance(at))) / score)),
    ],
  };
}

/**
 * a m + b m^2 for a count m that is expected, of least squares of (y - m)^2 / m, neither below 0.
 */
function varianceOf({ y, expected, weights }: CountErrors): (count: number) => number {
  let [n, sum, mean, square, product] = [0, 0, 0, 0, 0];
  expected.forEach((m, i) => {
    if (!(m > 0) || !(weights[i] > 0)) return;
    const part = (y[i] - m) ** 2 / m;
    n += weights[i];
    sum += weights[i] * part;
    mean += weights[i] * m;
    square += weights[i] * m * m;
    product += weights[i] * m * part;
  });
  if (n === 0) return () => 0;
  const spread = square - (mean * mean) / n;
  const b = spread > 0 ? Math.max(0, (product - (mean * sum) / n) / spread) : 0;
  const a = Math.max(0, (sum - b * mean) / n);
  return (count) => a * count + b * count * count;
}
