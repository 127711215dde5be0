/** @file Numbers, times and settings in words. English, fixed locale: the same input gives the same text everywhere. */

import type { StudyStatus, StudySummary, TrialCounts } from '../../automl/index.js';
import type { JsonObject, JsonValue } from '../../core/index.js';
import { scoreDecimals } from '../../core/index.js';

export const NOT_THERE = '–';

/** Turns a score into text; every score of one table gets the same number of decimals. */
export type ScoreFormat = (value: number | null | undefined) => string;

/** How sure the first score of a table is. */
export interface Sureness {
  /** Standard deviation over the folds. */
  readonly spread: number | null | undefined;
  readonly folds: number;
}

/**
 * Two digits of the first (the best) score's standard error where it is known; else four significant digits for the smallest
 * score of a table, 0 to 6 decimals.
 */
export function scoreFormat(values: readonly (number | null)[], sureness?: Sureness): ScoreFormat {
  if (isNumber(sureness?.spread) && sureness.spread > 0) {
    const decimals = scoreDecimals(values, sureness.spread, sureness.folds);
    return (value) => formatNumber(value, decimals);
  }
  const sizes = values
    .filter(isNumber)
    .map(Math.abs)
    .filter((size) => size > 0);
  const smallest = sizes.length === 0 ? 0.1 : Math.min(...sizes);
  const decimals = clamp(3 - Math.floor(Math.log10(Math.min(smallest, 1e9))), 0, 6);
  return (value) => formatNumber(value, decimals);
}

/** How scores of a study are written wherever they stand: by the standard error of its best model. */
export function studyFormat({ leaderboard }: Pick<StudySummary, 'leaderboard'>, folds = 1): ScoreFormat {
  return scoreFormat(
    leaderboard.map(({ cv }) => cv),
    { spread: leaderboard[0]?.cvStd, folds },
  );
}

/** `1,234.50`, `−0.5`; exponents from a billion up; a dash for null, NaN and infinity. */
export function formatNumber(value: number | null | undefined, decimals: number): string {
  if (!isNumber(value)) return NOT_THERE;
  if (value < 0) return `−${formatNumber(-value, decimals)}`;
  if (value >= 1e9) return value.toExponential(3).replace('e+', 'e');
  if (value !== 0 && value < 10 ** -decimals / 2) return value.toExponential(1);
  return fixed(decimals).format(value);
}

const FIXED = new Map<number, Intl.NumberFormat>();

/** Formatters are dear to make and cheap to use. */
function fixed(decimals: number): Intl.NumberFormat {
  const known = FIXED.get(decimals);
  if (known) return known;
  const made = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  FIXED.set(decimals, made);
  return made;
}

/** `0.8421 ± 0.0123`; the spread is left out where there is none. */
export function formatSpread(format: ScoreFormat, value: number | null, spread: number | null): string {
  return isNumber(spread) && isNumber(value) ? `${format(value)} ± ${format(spread)}` : format(value);
}

export function formatCount(value: number): string {
  return fixed(0).format(value);
}

/** `1 row`, `2,000 rows`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `11 finished, 2 given up early, 1 failed`. */
export function trialWords({ finished, pruned, failed, open }: TrialCounts, status: StudyStatus): string {
  const rest: readonly (readonly [number, string])[] = [
    [pruned, 'given up early'],
    [failed, 'failed'],
    [open, status === 'running' ? 'under way' : 'cut off'],
  ];
  const named = rest.filter(([count]) => count > 0).map(([count, words]) => `${formatCount(count)} ${words}`);
  return [`${formatCount(finished)} finished`, ...named].join(', ');
}

/** `45 ms`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (!isNumber(seconds)) return NOT_THERE;
  if (seconds > 0 && seconds < 0.0995) return seconds < 0.001 ? '< 1 ms' : `${Math.round(1000 * seconds)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const restMinutes = Math.round(whole / 60) % 60;
  return `${formatCount(Math.floor(Math.round(whole / 60) / 60))} h ${String(restMinutes).padStart(2, '0')} min`;
}

/** Time per row with a unit that keeps it readable: `0.8 µs`, `12 µs`, `1.4 ms`. */
export function formatPerRow(milliseconds: number | null | undefined): string {
  if (!isNumber(milliseconds)) return NOT_THERE;
  if (milliseconds >= 1) return `${short(milliseconds)} ms`;
  return `${short(milliseconds * 1000)} µs`;
}

/** `812`, `12.4k`, `3.1M`. */
export function formatLarge(value: number): string {
  if (!isNumber(value)) return NOT_THERE;
  if (value < 10_000) return formatCount(value);
  if (value < 999_500) return `${short(value / 1000)}k`;
  return value < 999_500_000 ? `${short(value / 1e6)}M` : `${short(value / 1e9)}G`;
}

/** `3.4 %`; one decimal below ten. What is there is never said to be nothing, nor nearly all to be all. */
export function formatPercent(fraction: number | null): string {
  if (!isNumber(fraction)) return NOT_THERE;
  const percent = fraction * 100;
  const size = Math.abs(percent);
  if (size > 0 && size < 0.05) return `${percent < 0 ? '> −' : '< '}0.1 %`;
  if (percent < 100 && percent >= 99.5) return '> 99 %';
  return `${percent.toFixed(percent !== 0 && Math.abs(percent) < 9.95 ? 1 : 0)} %`;
}

/** What a member counts in an ensemble: a share, or in a stack a factor, `× 0.42`; factors need not sum to 1. */
export function formatWeight(weight: number, isStacked = false): string {
  return isStacked ? `× ${formatNumber(weight, 2)}` : formatPercent(weight);
}

/** `2026-11-24 02:35 UTC`. */
export function formatMoment(milliseconds: number): string {
  if (!isNumber(milliseconds) || Math.abs(milliseconds) > 8.64e15) return NOT_THERE;
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Settings as `key value` pairs, nested ones with a dot, numbers with four significant digits. */
export function settingsList(settings: JsonObject, prefix = ''): { key: string; value: string }[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    isObject(value)
      ? settingsList(value, `${prefix}${key}.`)
      : [{ key: prefix + key, value: (typeof value === 'string' && WORDS[key]?.[value]) || settingText(value) }],
  );
}

/** The same in the words of a sentence. */
export function spokenSettings(settings: JsonObject): { key: string; value: string }[] {
  return settingsList(settings).map(({ key, value }) => ({ key: settingName(key), value }));
}

/** Names that are more than their words. */
const SETTING_NAMES: Readonly<Record<string, string>> = {
  alpha: 'penalty',
  targetTransform: 'target',
  regLambda: 'penalty (squares)',
  regAlpha: 'penalty (absolute)',
  colsample: 'share of columns',
  subsample: 'share of rows',
  minLeaf: 'least rows of a leaf',
  minRows: 'least rows of a leaf',
  minChildWeight: 'least weight of a leaf',
  maxDepth: 'greatest depth',
  inputSkip: 'columns go straight to the output',
  sharing: 'functions shared by',
  hidden: 'units of a function',
};

/** `learningRate` -> `learning rate`, `first.rank` -> `first layer: rank`. */
export function settingName(key: string): string {
  const parts = key
    .split('.')
    .map((part, i, all) => (i < all.length - 1 && part === 'first' ? 'first layer' : wordsOf(part)));
  return parts.join(': ');
}

function wordsOf(name: string): string {
  return SETTING_NAMES[name] ?? name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Of settings whose values are names: what they stand for. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  loss: {
    squared: 'squared errors',
    absolute: 'absolute errors',
    mape: 'relative errors',
    poisson: 'the likelihood of counts',
  },
  targetTransform: { none: 'as it is', log1p: 'its logarithm', 'quantile-normal': 'its normal score' },
};

function settingText(value: JsonValue): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Cuts long names in the middle of nowhere, with an ellipsis; counts code points. */
export function cut(text: string, length: number): string {
  const points = Array.from(text);
  return points.length > length ? `${points.slice(0, length - 1).join('')}…` : text;
}

/** First letter large, but where a sentence begins with the name of a model: `gbdt-2` stays what it is called. */
export function capital(sentence: string): string {
  if (/^[a-z]+-\d+(?![\w-])/.test(sentence)) return sentence;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

export function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function short(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.95 ? value.toFixed(1) : value.toFixed(2);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
