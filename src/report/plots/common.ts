/** @file What all plots share: quiet axes, ticks in words, marks at the edge. */

import type * as Plot from '@observablehq/plot';

import type { Family } from '../../core/index.js';
import { familyLook } from '../words/families.js';
import { formatLarge } from '../words/format.js';
import type { Range } from './diagnostics.js';
import type { LegendItem } from './svg.js';

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
  if (value < 0) return `−${tickText(-value)}`;
  if (value !== 0 && (value >= 1e12 || value < 1e-4)) return value.toExponential(0).replace('e+', 'e');
  if (value >= 10_000)
    return formatLarge(value)
      .replace(/\.0+(?=[kMG]$)/, '')
      .replace(/(\.\d*[1-9])0+(?=[kMG]$)/, '$1');
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

/** Ticks and their words for a column of whole numbers: no half doors, and years without a comma. Nothing for other columns. */
export function wholeAxis(values: readonly number[], count: number): Pick<Plot.ScaleOptions, 'ticks' | 'tickFormat'> {
  if (values.length === 0 || !values.every(Number.isInteger)) return {};
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = Math.max(1, roundStep((high - low) / count));
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  const isYears = low >= 1000 && high < 3000;
  return { ticks, tickFormat: isYears ? String : tickText };
}

/** The next of 1, 2, 5, 10, 20, ... at or above. */
function roundStep(size: number): number {
  if (!(size > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(size));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= size * (1 - 1e-9))!;
}

/** At most so many ticks of a logarithmic axis, whose numbers do not run into each other: powers of ten, with 2 and 5 where few. */
export function logTicks(values: readonly number[], most: number): number[] {
  const sizes = values.filter((value) => value > 0 && Number.isFinite(value));
  if (sizes.length === 0) return [];
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const powers = Array.from(
    { length: Math.floor(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const within = (factors: readonly number[]): number[] =>
    powers
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  const found =
    [[1, 2, 5], [1, 3], [1]].map(within).find((ticks) => ticks.length <= most) ?? thinned(within([1]), most);
  return found.length > 1 ? found : [...new Set([low, high].map((value) => Number(value.toPrecision(2))))];
}

function thinned(ticks: readonly number[], most: number): number[] {
  const step = Math.ceil(ticks.length / most);
  return ticks.filter((_, i) => i % step === 0);
}

/** Whole numbers only, so that trials and folds never get half ticks. */
export function wholeTicks(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => 1 + i * step);
}

/** Room for the names of families at the left of a figure, in pixels. */
export function familyMargin(families: readonly Family[], least: number): number {
  return Math.max(least, ...families.map((family) => 16 + 5.9 * familyLook(family).label.length));
}
