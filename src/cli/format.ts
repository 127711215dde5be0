/** @file Numbers and times as a reader wants them. */

import { scoreDecimals } from '../core/index.js';

/** Significant digits of scores with an exponent. */
const SCORE_DIGITS = 4;

/** Whole numbers with separators: 12,345. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `1 row`, `12,345 rows`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `0.8 s`, `42 s`, `3m 05s`, `2h 07m`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

/** What is left of a run, never as "0 s": it takes a moment more. */
export function formatLeft(seconds: number): string {
  return `${formatSeconds(Math.max(1, Math.ceil(seconds))).replace('.0 ', ' ')} left`;
}

/** Writes scores that stand below each other. */
export type ScoreFormat = (value: number | null) => string;

/** How sure the first score of a table is. */
export interface Sureness {
  /** Standard deviation over the folds. */
  readonly spread: number | null | undefined;
  readonly folds: number;
}

/**
 * One format for all scores of a table, so that columns align: as many decimals as show two digits of the first (the best)
 * score's standard error, or four of itself where that is not known. Very large and very small scores get an exponent.
 */
export function scoreFormat(values: readonly (number | null)[], sureness?: Sureness): ScoreFormat {
  const first = values.find((value) => value !== null && value !== 0 && Number.isFinite(value)) ?? 1;
  const exponent = Math.floor(Math.log10(Math.abs(first)));
  const decimals = scoreDecimals(values, sureness?.spread, sureness?.folds);
  const scientific = exponent < -4 || exponent > 8;
  return (value) => {
    if (value === null || Number.isNaN(value)) return '–';
    if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
    if (scientific || Math.abs(value) >= 1e9) return value === 0 ? '0' : value.toExponential(SCORE_DIGITS - 1);
    return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  };
}
