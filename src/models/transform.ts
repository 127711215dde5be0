/** @file Changes of a target that make it less skewed, with their ways back. */

import type { JsonObject } from '../core/index.js';
import { check, checkData } from '../core/index.js';
import { weightedQuantile } from '../trees/index.js';
import type { Sample } from './estimator.js';

export const TRANSFORMS = ['none', 'log1p', 'quantile-normal'] as const;
export type TransformName = Exclude<(typeof TRANSFORMS)[number], 'none'>;

/** A fitted change. */
export interface Transform {
  readonly there: (y: Float32Array) => Float32Array;
  readonly back: (t: number) => number;
  /** Everything `transformFrom` needs. */
  readonly json: JsonObject;
}

/** Points of the line that a quantile transform is, at most. */
const KNOTS = 201;
/** Normal scores of the ends: what lies beyond is not there. */
const END = 1 / 400;

export function requireTransform(name: string): asserts name is TransformName {
  const isOne = name !== 'none' && (TRANSFORMS as readonly string[]).includes(name);
  check(isOne, 'targetTransform', `must be one of ${TRANSFORMS.join(', ')}`, name);
}

/**
 * Fitted on the rows of a sample with a weight.
 *
 * `log1p` is log(1 + y / unit), where the unit is a hundredth of the mean size of targets, but 1 where these are larger than 100: numbers of
 * any size are changed alike. `quantile-normal` gives each quantile of the target the score that it has in a normal distribution.
 */
export function fitTransform(name: TransformName, { y, rows, weights }: Sample): Transform {
  const used = Array.from(rows).filter((row) => weights?.[row] !== 0);
  const values = used.map((row) => y[row]);
  if (name === 'log1p') {
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    checkData(least >= 0, 'targetTransform', 'log1p needs targets of 0 or more', least);
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    return logarithm(mean > 100 || mean === 0 ? 1 : mean / 100);
  }
  const counts = used.map((row) => weights?.[row] ?? 1);
  const count = Math.min(KNOTS, Math.max(2, values.length));
  const levels = Array.from({ length: count }, (_, i) => END + ((1 - 2 * END) * i) / (count - 1));
  const points = levels.map((level) => [normalScore(level), weightedQuantile(values, counts, level)] as const);
  // Of equal quantiles the one in their middle: the line must have a way back.
  const kept = [...new Set(points.map(([, value]) => value))].map((value) => {
    const own = points.filter((point) => point[1] === value);
    return own[own.length >> 1];
  });
  return line(kept.length > 1 ? kept : [[0, kept[0][1]] as const, [1, kept[0][1] + 1] as const]);
}

/** From what `json` says; a file may say anything. */
export function transformFrom(json: JsonObject): Transform {
  const { kind, unit, x, y } = json as { kind?: unknown; unit?: unknown; x?: unknown; y?: unknown };
  const where = 'transformed.restore';
  if (kind === 'log1p') {
    checkData(typeof unit === 'number' && unit > 0 && unit < Infinity, where, 'unit must be above 0', unit);
    return logarithm(unit);
  }
  checkData(kind === 'line', where, 'transform must be log1p or line', kind);
  const rises = (list: unknown): boolean =>
    Array.isArray(list) &&
    list.length > 1 &&
    list.every((value, i) => Number.isFinite(value) && (i === 0 || value > list[i - 1]));
  const isLine = rises(x) && rises(y) && (x as []).length === (y as []).length;
  checkData(isLine, where, 'a line must rise from point to point', x);
  return line((x as number[]).map((own, i) => [own, (y as number[])[i]] as const));
}

/** By how much the way back moves where the target is y, for each unit of the changed one. */
export function slopeAt({ there, back }: Transform, y: number): number {
  const [t] = there(Float32Array.of(y));
  return Math.max(0, (back(t + 0.05) - back(t - 0.05)) / 0.1);
}

function logarithm(unit: number): Transform {
  return {
    there: (y) => y.map((value) => Math.log1p(Math.max(0, value) / unit)),
    back: (t) => unit * Math.expm1(t),
    json: { kind: 'log1p', unit },
  };
}

/** Rising points [score, value]; flat beyond its ends on the way back. */
function line(points: readonly (readonly [number, number])[]): Transform {
  const [x, y] = [points.map(([score]) => score), points.map(([, value]) => value)];
  return {
    there: (values) => values.map((value) => along(y, x, value)),
    back: (t) => along(x, y, t),
    json: { kind: 'line', x, y },
  };
}

/** The height of the line through (from, to) at a place. */
function along(from: readonly number[], to: readonly number[], at: number): number {
  if (!(at > from[0])) return to[0];
  let [low, high] = [0, from.length - 1];
  if (at >= from[high]) return to[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= at) low = middle;
    else high = middle;
  }
  return to[low] + ((to[high] - to[low]) * (at - from[low])) / (from[high] - from[low]);
}

/** The normal distribution's quantile. Source   Acklam 2003, to 1.2e-9 of itself */
function normalScore(p: number): number {
  if (p > 0.5) return -normalScore(1 - p);
  const poly = (c: readonly number[], z: number): number => c.reduce((sum, own) => sum * z + own, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(TAIL, q) / poly(TAIL_BELOW, q);
  }
  const q = p - 0.5;
  return (q * poly(CENTRE, q * q)) / poly(CENTRE_BELOW, q * q);
}

const TAIL = [
  -7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BELOW = [7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
const CENTRE = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const CENTRE_BELOW = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
