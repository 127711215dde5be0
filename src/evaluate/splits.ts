/** @file Who trains and who judges: hold-out and folds as row numbers, made once per study and shared by every model. */

import type { Task } from '../core/index.js';
import { allRows, check, checkData, Rng, ToolkitError } from '../core/index.js';
import { blocksByTime, dealByStrata, dealGroups, pickByStrata, rowsByGroup } from './deal.js';
import { dealUnits, pickUnits } from './deal-units.js';
import type { Strata } from './strata.js';
import { strataFor } from './strata.js';

/** Below this many rows every row is needed for the folds. */
export const HOLDOUT_MIN_ROWS = 500;
const MAX_HOLDOUT = 0.5;

/** Row numbers, ascending. */
export interface Fold {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

export interface Splits {
  /** No fit and no choice sees these; may be empty. */
  readonly holdout: Uint32Array;
  /** Every row that is not held out (of no group that is, with `time`). */
  readonly train: Uint32Array;
  /** Validation parts are disjoint; without `time` together they are `train`, with it some rows are in none. */
  readonly folds: readonly Fold[];
  /** Rows of some validation part, ascending: the rows that get an out-of-fold prediction. */
  readonly validated: Uint32Array;
  /** Sentences for the user: classes with very few rows. */
  readonly warnings: readonly string[];
}

export interface SplitRequest {
  readonly n: number;
  /** [n] the target in its units, or the class index. */
  readonly y: ArrayLike<number>;
  readonly task: Task;
  /** Classes; 1 for regression. */
  readonly k: number;
  readonly folds: number;
  /** Share of the rows that is held out, in [0, 0.5]; `holdoutShare` says when to. */
  readonly holdout: number;
  readonly seed: number;
  /** [n] rows of one number are never separated. */
  readonly groups?: ArrayLike<number> | undefined;
  /** [n] the first row that each is a copy of, itself where it is none: copies are never separated. Groups and time go before. */
  readonly copies?: ArrayLike<number> | undefined;
  /** [n] finite; models are always judged on rows later than those they saw. */
  readonly time?: ArrayLike<number> | undefined;
  /** With `time`: so many rows at least are left out between those that train and those that judge. */
  readonly gap?: number | undefined;
  /** Class names for messages. */
  readonly classes?: readonly string[] | undefined;
}

/** The share to hold out of n rows: `requested` from 500 rows up, else none. */
export function holdoutShare(n: number, requested = 0.2): number {
  return n >= HOLDOUT_MIN_ROWS ? requested : 0;
}

/**
 * The hold-out and the folds of a study.
 *
 * Rows are stratified: by class, or by ten quantile bins of a regression target. Groups stay whole, and copies of a row
 * together. With `time` the hold-out is the latest block and fold i trains on everything before block i + 1 and is judged on that block. With groups as
 * well a group belongs to the block that its latest row falls into, and is judged on what is later than all that trained.
 * A class with fewer rows than folds is spread over as many folds as it has rows and gets a warning, as long as two
 * other classes have enough; of two classes both must have enough, else a fold could not be judged.
 *
 * Random   draws from the seed only: same rows, same seed, same splits
 * Throws   usage: folds, holdout or gap out of range; data: too few rows, classes, groups or times
 */
export function makeSplits(request: SplitRequest): Splits {
  const { n, y, task, k, folds, holdout } = request;
  checkRequest(request);
  const strata = strataFor(y, task, k, folds);
  const warnings = task === 'regression' ? [] : checkClasses(strata, request);
  const rows = allRows(n);
  const taken = holdoutSplit(rows, strata, request);
  const train = without(rows, taken);
  const held = request.time ? laterThan(train, taken, request.time) : taken;
  checkData(
    train.length >= folds,
    'rows',
    `must be at least one per fold (${folds}) besides the hold-out`,
    train.length,
  );
  const made = request.time ? timeFolds(train, request.time, request) : kFold(train, strata, request);
  checkData(
    holdout === 0 || held.length > 0,
    'holdout',
    'must hold out at least one row',
    0,
    'Raise the share or use 0.',
  );
  return { holdout: held, train, folds: made, validated: validatedRows(made, n), warnings };
}

/** Rows to hold out, ascending: the latest, whole groups (or the latest of these), or a share of every stratum. */
export function holdoutSplit(rows: Uint32Array, strata: Strata, request: SplitRequest): Uint32Array {
  const { holdout, folds, seed, groups, time } = request;
  if (holdout === 0) return new Uint32Array(0);
  const shares = [1 - holdout, holdout];
  if (time) return membersOf(rows, blocksByTime(rows, endTimes(time, groups), shares), 1);
  const rng = new Rng(seed).split('holdout');
  if (groups) return membersOf(rows, dealGroups(rows, groups, strata, shares, rng), 1);
  if (request.copies) {
    const keep = request.task === 'regression' ? 0 : folds;
    const picked = pickUnits(rows, unitsOf(rows, strata, request), strata, { share: holdout, keep, rng });
    if (picked.length > 0) return picked;
  }
  return pickByStrata(rows, strata, holdout, folds, rng);
}

/** Folds that each judge one part and train on all others; stratified, and whole groups where there are groups. */
export function kFold(rows: Uint32Array, strata: Strata, request: SplitRequest): Fold[] {
  const { folds, seed, groups } = request;
  const rng = new Rng(seed).split('folds');
  const shares = new Array<number>(folds).fill(1 / folds);
  const partOf = groups
    ? dealGroups(rows, groups, strata, shares, rng)
    : request.copies
      ? dealUnits(rows, unitsOf(rows, strata, request), strata, { parts: folds, rng })
      : dealByStrata(rows, strata, folds, rng);
  const made = shares.map((_, part) => {
    const validation = membersOf(rows, partOf, part);
    return { train: without(rows, validation), validation };
  });
  const filled = made.filter((fold) => fold.validation.length > 0).length;
  checkData(filled === folds, 'groups', `must be at least one per fold (${folds})`, filled, 'Use fewer folds.');
  return made;
}

/**
 * Fold i trains on blocks 0 to i and is judged on block i + 1, of folds + 1 blocks in time order.
 *
 * Groups are in the block of their latest row: no group is on both sides, nothing trains that is later than what judges, and of
 * the groups that judge only the rows count that are later than all of the others. A gap is taken from the end of what trains:
 * so many rows, and those of the same time as the earliest of them.
 */
export function timeFolds(
  rows: Uint32Array,
  time: ArrayLike<number>,
  { folds, gap = 0, groups }: Pick<SplitRequest, 'folds' | 'gap' | 'groups'>,
): Fold[] {
  const shares = new Array<number>(folds + 1).fill(1 / (folds + 1));
  const blockOf = blocksByTime(rows, endTimes(time, groups), shares);
  return Array.from({ length: folds }, (_, fold) => {
    const before = rows.filter((_row, i) => blockOf[i] <= fold);
    const train = withGap(before, time, gap);
    const hint = 'Use a smaller gap, or fewer folds.';
    checkData(train.length > 0, 'gap', `must leave rows to train on in fold ${fold + 1}`, gap, hint);
    return { train, validation: laterThan(before, membersOf(rows, blockOf, fold + 1), time) };
  });
}

/** [n] the time of each row, or of the latest row of its group: in this order groups stay whole. */
export function endTimes<T extends ArrayLike<number>>(time: T, groups: SplitRequest['groups']): T | Float64Array {
  if (!groups) return time;
  const ends = new Map<number, number>();
  for (let row = 0; row < time.length; row++) {
    ends.set(groups[row], Math.max(ends.get(groups[row]) ?? -Infinity, time[row]));
  }
  return Float64Array.from({ length: time.length }, (_, row) => ends.get(groups[row])!);
}

/** Those of `rows` that are later than every one of the others. */
function laterThan(others: Uint32Array, rows: Uint32Array, time: ArrayLike<number>): Uint32Array {
  let last = -Infinity;
  for (const row of others) last = Math.max(last, time[row]);
  return rows.filter((row) => time[row] > last);
}

/** Without the latest `gap` rows, and those of the same time. */
function withGap(rows: Uint32Array, time: ArrayLike<number>, gap: number): Uint32Array {
  if (gap === 0) return rows;
  if (gap >= rows.length) return new Uint32Array(0);
  const times = Float64Array.from(rows, (row) => time[row]).sort();
  return rows.filter((row) => time[row] < times[times.length - gap]);
}

/** Copies are dealt as one; those of a class that has too few different rows for every fold are dealt one by one. */
function unitsOf(rows: Uint32Array, strata: Strata, { copies, task, folds }: SplitRequest): Uint32Array[] {
  const units = rowsByGroup(rows, copies!);
  const alone = (unit: Uint32Array): Uint32Array[] => Array.from(unit, (row) => Uint32Array.of(row));
  if (units.length < folds) return units.flatMap(alone);
  if (task === 'regression') return units;
  const counts = new Uint32Array(strata.count);
  for (const [first] of units) counts[strata.of[first]]++;
  const isEnough = ([first]: Uint32Array): boolean => counts[strata.of[first]] >= folds;
  return units.flatMap((unit) => (isEnough(unit) ? [unit] : alone(unit)));
}

function validatedRows(folds: readonly Fold[], n: number): Uint32Array {
  const isValidated = new Uint8Array(n);
  for (const { validation } of folds) for (const row of validation) isValidated[row] = 1;
  return allRows(n).filter((row) => isValidated[row] === 1);
}

function checkRequest({ n, folds, holdout, time, gap = 0 }: SplitRequest): void {
  check(Number.isInteger(folds) && folds >= 2, 'folds', 'must be a whole number of at least 2', folds);
  check(holdout >= 0 && holdout <= MAX_HOLDOUT, 'holdout', 'must be in [0, 0.5]', holdout);
  check(Number.isSafeInteger(gap) && gap >= 0, 'gap', 'must be a whole number of rows', gap);
  check(gap === 0 || time !== undefined, 'gap', 'needs --time: without it no row is before another', gap);
  const hint = n >= 2 ? `Use --folds ${n} or add rows.` : 'One row cannot both train and judge.';
  checkData(n >= folds, 'rows', `must be at least as many as folds (${folds})`, n, hint);
  if (!time) return;
  for (let i = 0; i < n; i++)
    checkData(Number.isFinite(time[i]), 'time', 'must be present in every row', `none in row ${i + 1}`);
}

/** Warnings about rare classes; throws where too few classes are left that every fold can judge. */
export function checkClasses(
  strata: Strata,
  { folds, k, classes }: Pick<SplitRequest, 'folds' | 'k' | 'classes'>,
): string[] {
  const counts = new Uint32Array(strata.count);
  for (const stratum of strata.of) counts[stratum]++;
  const present = Array.from(counts.keys()).filter((c) => counts[c] > 0);
  const rare = present.filter((c) => counts[c] < folds).sort((a, b) => counts[a] - counts[b]);
  const name = (c: number) => JSON.stringify(classes?.[c] ?? String(c));
  checkData(
    present.length >= 2,
    'target',
    'must have at least two classes',
    present.map((c) => classes?.[c] ?? c),
  );
  if (rare.length > 0 && present.length - rare.length < 2) {
    throw new ToolkitError('data', {
      where: 'target',
      rule: `class ${name(rare[0])} must have at least as many rows as folds (${folds})`,
      got: counts[rare[0]],
      hint: rareHint(counts[rare[0]], k),
    });
  }
  return rare.map((c) => rareWarning(name(c), counts[c], folds));
}

function rareHint(count: number, k: number): string {
  const other = k > 2 ? 'merge it with another class, or leave its rows out' : 'add rows of it';
  return count >= 2 ? `Use --folds ${count}, or ${other}.` : `${other[0].toUpperCase()}${other.slice(1)}.`;
}

function rareWarning(name: string, count: number, folds: number): string {
  if (count === 1) return `class ${name} has 1 row: the fold that is judged on it has never seen the class`;
  return `class ${name} has ${count} rows, fewer than the ${folds} folds: ${folds - count} of them are not judged on it`;
}

/** The rows dealt to one part. */
function membersOf(rows: Uint32Array, partOf: Int32Array, part: number): Uint32Array {
  return rows.filter((_, i) => partOf[i] === part);
}

/** Ascending rows but for some of them, also ascending. */
function without(rows: Uint32Array, taken: Uint32Array): Uint32Array {
  let next = 0;
  return rows.filter((row) => {
    if (next < taken.length && taken[next] === row) {
      next++;
      return false;
    }
    return true;
  });
}
