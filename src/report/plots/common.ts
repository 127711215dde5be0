/** @file What all plots share: quiet axes, ticks in words, marks at the edge. */

import type * as Plot from '@observablehq/plot';

import type { Family } from '../../core/index.js';
import type { Range } from '../diagnostics.js';
import { familyLook } from '../families.js';
import { formatLarge } from '../format.js';
import type { LegendItem } from '../svg.js';

/** Scales that take colours and symbols as they are. */
export const AS_GIVEN = { color: { type: 'identity' }, symbol: { type: 'identity' } } as const;

/** Which rows most plots of a model use. */
export const OUT_OF_FOLD = 'each row predicted by the fold model that did not train on it';

export const QUIET_AXIS = { tickSize: 0, labelArrow: 'none', labelAnchor: 'center' } as const;

export interface ScoreInfo {
  readonly metric: string;
  readonly direction: 'minimize' | 'maximize';
}

/** `AUC ↑`: the arrow points to where better scores lie. */
export function scoreLabel({ metric, direction }: ScoreInfo): string {
  return `${metric} ${direction === 'maximize' ? '↑' : '↓'}`;
}

export function betterWords(direction: 'minimize' | 'maximize'): string {
  return direction === 'maximize' ? 'higher is better' : 'lower is better';
}

export function isBetter(direction: 'minimize' | 'maximize', score: number, other: number): boolean {
  return direction === 'maximize' ? score > other : score < other;
}

/** Families in the order given, each once. */
export function familyLegend(families: readonly Family[]): LegendItem[] {
  return [...new Set(families)].map((family) => ({ label: familyLook(family).label, look: family }));
}

const PLAIN = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 5 });

/** Axis numbers that would be long: `22k`, `3.1M`, `1e-9`. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-4)) return value.toExponential(0).replace('e+', 'e');
  if (size >= 10_000)
    return `${value < 0 ? '-' : ''}${formatLarge(size)
      .replace(/\.0+(?=[kMG]$)/, '')
      .replace(/(\.\d*[1-9])0+(?=[kMG]$)/, '$1')}`;
  return PLAIN.format(value);
}

/** Size and margins of plots of scores over trials, time or folds. */
export function scoreFrame(narrow: boolean): Plot.PlotOptions {
  return { ...AS_GIVEN, height: narrow ? 240 : 280, marginLeft: 52, marginBottom: 40 };
}

/** A horizontal axis over a range: numbers of everyday size get equal decimals, the others short words. */
export function xAxis(range: Range, label: string, ticks: number): Plot.ScaleOptions {
  const size = Math.max(Math.abs(range[0]), Math.abs(range[1]));
  const isEveryday = size < 10_000 && range[1] - range[0] > 1e-3;
  return { ...QUIET_AXIS, domain: range, label, ticks, grid: true, ...(isEveryday ? {} : { tickFormat: tickText }) };
}

/** The same upright, with its label above it. */
export function yAxis(range: Range, label: string, ticks = 6): Plot.ScaleOptions {
  return { ...xAxis(range, label, ticks), labelAnchor: 'top' };
}

/** Whole numbers only, so that trials and folds never get half ticks. */
export function wholeTicks(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => 1 + i * step);
}
