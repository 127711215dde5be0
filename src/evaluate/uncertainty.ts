/**
 * @file How sure a prediction is: intervals for numbers and sets of classes that hold a new row's answer as often as was asked, whatever
 * the model is. Learned from what it said of rows that it had not seen; plain JSON, a part of the model file.
 */

import { check, checkData, ToolkitError } from '../core/index.js';
import type { Steps } from './conformal.js';
import { LEVELS, requireLevel, scoreAt } from './conformal.js';
import type { Line } from './line.js';
import { interpolate } from './line.js';

/** Of numbers: the interval is prediction -+ score * spread, cut at `low` and `high`, and always holds the prediction. */
export interface NumberUncertainty {
  readonly kind: 'interval';
  /** Rows, or groups of rows, that it was learned from. */
  readonly units: number;
  /** Of |error| / spread. */
  readonly steps: Steps;
  /** The size of an error that is expected at a prediction; null: 1 everywhere. */
  readonly spread: Line | null;
  /** 0 where no target was less; null: no limit. */
  readonly low: number | null;
  /** 0 where no target was greater. */
  readonly high: number | null;
}

/** Of classes: the set holds every class of a probability of at least 1 - score, and always the one that is predicted. */
export interface ClassUncertainty {
  readonly kind: 'set';
  readonly units: number;
  /** Of 1 - probability of the true class. */
  readonly steps: Steps;
}

export type Uncertainty = NumberUncertainty | ClassUncertainty;

/** Where a number is to be expected; low <= prediction <= high. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** The interval of a prediction, at a level that the model bears: see `bearing`. */
export function intervalsAt(uncertainty: NumberUncertainty, level: number): (prediction: number) => Bounds {
  const { steps, spread, low, high } = uncertainty;
  const score = scoreAt(steps, level);
  return (prediction) => {
    const reach = score * (spread ? interpolate(spread.x, spread.y, prediction) : 1);
    const lower = Math.max(prediction - reach, low ?? -Infinity);
    const upper = Math.min(prediction + reach, high ?? Infinity);
    return { lower: Math.min(lower, prediction), upper: Math.max(upper, prediction) };
  };
}

/** The classes to be expected, the most probable first (of equal ones the earlier); `decided`, which is predicted, is always among them. */
export function setsAt(
  { steps }: ClassUncertainty,
  level: number,
): (probabilities: ArrayLike<number>, decided: number) => number[] {
  const least = leastProbability({ steps }, level);
  return (probabilities, decided) => {
    const classes = Array.from({ length: probabilities.length }, (_, c) => c);
    return classes
      .filter((c) => probabilities[c] >= least || c === decided)
      .sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  };
}

/** What a class must be as probable as to be in a set. */
export function leastProbability({ steps }: Pick<ClassUncertainty, 'steps'>, level: number): number {
  return 1 - scoreAt(steps, level);
}

/** The highest level that there were rows enough for; 0 where there were too few for any. */
export function bearing({ steps: { levels } }: Uncertainty): number {
  return Math.min(LEVELS.most, levels.at(-1) ?? 0);
}

/**
 * What a model knows of how sure it is, where that is enough for the level.
 *
 * Throws   usage: no level, or one that there were too few rows for; state: a model of a version that learned nothing of it
 */
export function requireBorne(uncertainty: Uncertainty | undefined, level: number): Uncertainty {
  requireLevel(level);
  if (uncertainty === undefined) {
    const hint = 'It was written by an earlier version: export it again from its study, or fit it again.';
    throw new ToolkitError('state', { where: 'interval', rule: 'the model must say how sure it is', hint });
  }
  const most = Math.floor(1000 * bearing(uncertainty)) / 1000;
  const counted = `${uncertainty.units} row${uncertainty.units === 1 ? '' : 's'} or groups of rows`;
  const rule =
    most < LEVELS.least
      ? `cannot be given: the model was judged on ${counted} only`
      : `must be at most ${most} for a model that was judged on ${counted}`;
  check(level <= bearing(uncertainty) + 1e-9, 'interval', rule, level);
  return uncertainty;
}

/** Refuses what is no uncertainty of a model of so many classes (0: of numbers): a file may have been changed by hand. */
export function requireUncertainty(value: unknown, classes: number): asserts value is Uncertainty {
  const { kind, units, steps, spread = null, low = null, high = null } = (value ?? {}) as Partial<NumberUncertainty>;
  const refuse = (ok: boolean, rule: string, got: unknown): void => checkData(ok, 'model', rule, got ?? null);
  refuse(kind === (classes === 0 ? 'interval' : 'set'), 'must have intervals for numbers or sets for classes', kind);
  refuse(Number.isInteger(units), 'must say how many rows its intervals were learned from', units);
  const { levels = [], scores = [] } = steps ?? {};
  const isLong = steps instanceof Object && levels.length === scores.length;
  refuse(isLong && isGrowing(levels, 0) && isGrowing(scores, 0), 'levels and scores of intervals must grow', levels);
  if (spread !== null) {
    const { x, y } = spread;
    const isLine = isGrowing(x, Number.MIN_VALUE) && x.length > 0 && x.length === y?.length;
    refuse(isLine && y.every((size) => size > 0 && size < Infinity), 'spread of intervals must be a line', x);
  }
  refuse([null, 0].includes(low) && [null, 0].includes(high), 'limits of intervals must be 0', low ?? high);
}

function isGrowing(numbers: unknown, least: number): numbers is readonly number[] {
  const isList = Array.isArray(numbers) && numbers.every((number) => Number.isFinite(number));
  return isList && (numbers as number[]).every((number, i, all) => i === 0 || number - all[i - 1] >= least);
}
