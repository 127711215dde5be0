/** @file Settings of trials as coordinates: numbers on a plain or logarithmic axis, words as categories. */

import type { JsonObject, JsonValue } from '../../core/index.js';

/** One setting that varied. */
export interface SettingAxis {
  /** Nested settings with a dot: `first.rank`. */
  readonly key: string;
  readonly scale: 'linear' | 'log' | 'category';
  /** Categories in the order of their names; empty for numbers. */
  readonly words: readonly string[];
  /** Smallest and largest value seen; positions of the first and last word. */
  readonly low: number;
  readonly high: number;
}

/** A value on its axis: a number, the position of a word, or null where the trial has no such setting. */
export type Coordinate = number | null;

/** Largest ratio of a plain axis; above it an axis of positive numbers is logarithmic. */
const LOG_RATIO = 8;

/** Every setting that took at least two values over the trials, in the order of their first appearance. */
export function settingAxes(settings: readonly JsonObject[]): SettingAxis[] {
  const flat = settings.map(flatOf);
  const keys = [...new Set(flat.flatMap((one) => [...one.keys()]))];
  return keys.flatMap((key): SettingAxis[] => {
    const values = flat.flatMap((one) => (one.has(key) ? [one.get(key)!] : []));
    if (new Set(values.map((value) => JSON.stringify(value))).size < 2) return [];
    return [axisOf(key, values)];
  });
}

function axisOf(key: string, values: readonly JsonValue[]): SettingAxis {
  if (values.every((value) => typeof value === 'number')) {
    const low = Math.min(...values);
    const high = Math.max(...values);
    return { key, scale: low > 0 && high / low >= LOG_RATIO ? 'log' : 'linear', words: [], low, high };
  }
  const words = [...new Set(values.map(wordOf))].sort();
  return { key, scale: 'category', words, low: 0, high: words.length - 1 };
}

/** Where the settings lie on the axis. */
export function coordinate(axis: SettingAxis, settings: JsonObject): Coordinate {
  const value = flatOf(settings).get(axis.key);
  if (value === undefined) return null;
  if (axis.scale === 'category') return axis.words.indexOf(wordOf(value));
  return typeof value === 'number' ? value : null;
}

/** A trial's settings are asked for once per axis, table and plot. */
const FLAT = new WeakMap<JsonObject, ReadonlyMap<string, JsonValue>>();

function flatOf(settings: JsonObject): ReadonlyMap<string, JsonValue> {
  const known = FLAT.get(settings);
  if (known) return known;
  const flat = new Map(flatten(settings));
  FLAT.set(settings, flat);
  return flat;
}

/** A coordinate in [0, 1] along its axis; the middle where the axis has no length. */
export function unitPlace({ scale, low, high }: SettingAxis, value: number): number {
  if (high === low) return 0.5;
  return scale === 'log'
    ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
    : (value - low) / (high - low);
}

/** Settings as a flat list of keys and plain values. */
export function flatten(settings: JsonObject, prefix = ''): [string, JsonValue][] {
  return Object.entries(settings).flatMap(([key, value]): [string, JsonValue][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value as JsonObject, `${prefix}${key}.`)
      : [[prefix + key, value]],
  );
}

function wordOf(value: JsonValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
