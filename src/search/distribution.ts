/** @file The distributions of a search space, and what every sampler needs to know of them: bounds, scale, steps. */

import type { JsonValue } from '../core/index.js';
import { check } from '../core/index.js';

/** `randint` is in [0, upper). The bounds of log distributions are logarithms, as in HyperOpt. */
export type Distribution =
  | { readonly name: 'uniform' | 'loguniform'; readonly low: number; readonly high: number }
  | { readonly name: 'quniform' | 'qloguniform'; readonly low: number; readonly high: number; readonly q: number }
  | { readonly name: 'normal' | 'lognormal'; readonly mu: number; readonly sigma: number }
  | { readonly name: 'qnormal' | 'qlognormal'; readonly mu: number; readonly sigma: number; readonly q: number }
  | { readonly name: 'randint'; readonly upper: number };

export type Choice = { readonly name: 'choice'; readonly options: readonly JsonValue[] };

/** A number on its own scale: the logarithm where `log`, else itself. Bounds may be infinite. */
export interface Scale {
  readonly log: boolean;
  /** Step between neighbours, on the natural scale; 0 when continuous. */
  readonly q: number;
  readonly low: number;
  readonly high: number;
  /** Centre and width of the prior; the middle and the whole width of a bounded range. */
  readonly mu: number;
  readonly sigma: number;
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  uniform: ['low', 'high'],
  loguniform: ['low', 'high'],
  quniform: ['low', 'high', 'q'],
  qloguniform: ['low', 'high', 'q'],
  normal: ['mu', 'sigma'],
  lognormal: ['mu', 'sigma'],
  qnormal: ['mu', 'sigma', 'q'],
  qlognormal: ['mu', 'sigma', 'q'],
  randint: ['upper'],
};

/** Largest logarithm whose exponential is finite in float64. */
const MAX_LOG = 709;

/** True for the name of a numeric distribution of hpjs. */
export function isDistributionName(name: unknown): boolean {
  return typeof name === 'string' && Object.hasOwn(KEYS, name);
}

/**
 * The expression as a distribution.
 *
 * Throws   usage: a parameter that is missing or not finite, low >= high, sigma <= 0, q <= 0, no multiple of q in range
 */
export function checkDistribution(
  expression: { readonly [key: string]: unknown; readonly name: string },
  label: string,
): Distribution {
  const { name } = expression;
  const where = `hp.${name}`;
  const hint = `At "${label}".`;
  for (const key of KEYS[name]) {
    check(Number.isFinite(expression[key]), where, `${key} must be a finite number`, expression[key], hint);
  }
  const distribution = expression as Distribution;
  if (distribution.name === 'randint') {
    const { upper } = distribution;
    check(Number.isInteger(upper) && upper >= 1 && upper <= 2 ** 32, where, 'upper must be in [1, 2^32]', upper, hint);
    return distribution;
  }
  const got = Object.fromEntries(KEYS[name].map((key) => [key, expression[key]]));
  if ('low' in distribution) check(distribution.low < distribution.high, where, 'low must be below high', got, hint);
  if ('sigma' in distribution) check(distribution.sigma > 0, where, 'sigma must be above 0', got, hint);
  if ('q' in distribution) check(distribution.q > 0, where, 'q must be above 0', got, hint);
  const scale = scaleOf(distribution);
  if (scale.log && 'high' in distribution) {
    const rule = 'bounds are logarithms and must be below 709';
    check(distribution.high <= MAX_LOG, where, rule, got, `${hint} Take hp.logRange for plain bounds.`);
  }
  const [first, last] = gridBounds(scale);
  check(first <= last, where, 'a multiple of q must lie between the bounds', got, hint);
  return distribution;
}

/** Bounds, scale and prior of every distribution but `randint`. */
export function scaleOf(distribution: Exclude<Distribution, { name: 'randint' }>): Scale {
  const log = distribution.name.includes('log');
  const q = 'q' in distribution ? distribution.q : 0;
  if ('low' in distribution) {
    const { low, high } = distribution;
    return { log, q, low, high, mu: (low + high) / 2, sigma: high - low };
  }
  const { mu, sigma } = distribution;
  return { log, q, low: -Infinity, high: Infinity, mu, sigma };
}

/** From a value to its scale; a value that rounding has pushed to or below 0 is taken as half a step. */
export function toScale(scale: Scale, value: number): number {
  const inner = scale.log ? Math.log(Math.max(value, scale.q / 2, Number.MIN_VALUE)) : value;
  return Math.min(scale.high, Math.max(scale.low, inner));
}

/** From the scale to a value: exponential, then the nearest multiple of q that lies inside the bounds. */
export function fromScale(scale: Scale, inner: number): number {
  return onGrid(scale, scale.log ? Math.exp(inner) : inner);
}

/** The nearest multiple of q inside the bounds; the value itself where there is no step. */
export function onGrid(scale: Scale, value: number): number {
  if (scale.q === 0) return value;
  const [first, last] = gridBounds(scale);
  const steps = Math.min(last, Math.max(first, Math.round(value / scale.q)));
  // Twelve digits: 3 * 0.1 becomes 0.3, and -0 becomes 0.
  return Number((steps * scale.q).toPrecision(12));
}

/** Whether a value lies within the bounds, a hair of rounding allowed. A value between two steps does. */
export function isInside(scale: Scale, value: number): boolean {
  if (!Number.isFinite(value) || (scale.log && value < 0) || (scale.log && value === 0 && scale.q === 0)) return false;
  if (scale.log && value === 0) return gridBounds(scale)[0] === 0;
  const inner = scale.log ? Math.log(value) : value;
  const slack = Number.isFinite(scale.low) ? 1e-9 * (scale.high - scale.low) : 0;
  return inner >= scale.low - slack && inner <= scale.high + slack;
}

/** First and last multiple of q inside the bounds, counted in steps. */
function gridBounds({ log, q, low, high }: Scale): [number, number] {
  if (q === 0) return [-Infinity, Infinity];
  const bottom = log ? Math.exp(low) : low;
  const top = log ? Math.exp(high) : high;
  const slack = 1e-9;
  return [Math.ceil(bottom / q - slack), Math.floor(top / q + slack)];
}
