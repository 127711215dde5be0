/** @file Ratios of what was measured side by side: the median of each case's repeats, and all cases as one. */

import { median } from '../timing.js';

/** What a repeat of a case came to, ours over theirs. */
export interface Ratio {
  readonly name: string;
  readonly error: number;
  readonly time: number;
  /** Beside XGBoost 0.7, where it ran. */
  readonly xgboost?: number;
}

export type Measure = 'error' | 'time' | 'xgboost';

/** Of each case the median of its repeats, in the order of their first ones. */
export function mediansOf(ratios: readonly Ratio[], measure: Measure): { name: string; ratio: number }[] {
  const cases = new Map<string, number[]>();
  for (const one of ratios) {
    const ratio = one[measure];
    if (ratio !== undefined) cases.set(one.name, [...(cases.get(one.name) ?? []), ratio]);
  }
  return [...cases].map(([name, repeats]) => ({ name, ratio: median(repeats) }));
}

export interface Mean {
  /** Geometric. */
  readonly mean: number;
  /** Its 95 % interval by the spread of the ratios. */
  readonly low: number;
  readonly high: number;
}

export function meanOf(ratios: readonly number[]): Mean {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const spread = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, logs.length - 1));
  const [low, high] = [-1.96, 1.96].map((z) => Math.exp(mean + (z * spread) / Math.sqrt(logs.length)));
  return { mean: Math.exp(mean), low, high };
}

/** One sentence on medians of cases: their geometric mean, its interval, the middle one, and how often ours is less. */
export function said(what: string, medians: readonly { readonly ratio: number }[]): string {
  const ratios = medians.map(({ ratio }) => ratio);
  const { mean, low, high } = meanOf(ratios);
  const below = ratios.filter((ratio) => ratio < 1).length;
  const [middle, ...range] = [median(ratios), low, high].map((value) => value.toFixed(3));
  return `${what}: ${mean.toFixed(3)} (${range.join(' to ')}), median ${middle}, below 1 on ${below} of ${ratios.length}`;
}

/** What a case came to, as soon as it is known. */
export function saidAtOnce(name: string, { error, time }: Pick<Ratio, 'error' | 'time'>): string {
  return `${name}: error / peer ${error.toPrecision(3)}, time / peer ${time.toPrecision(3)}`;
}
