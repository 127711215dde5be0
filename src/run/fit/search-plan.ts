/** @file What a search tries and at which pace: the families as groups of trials, and the clock's share for each. */

import type { StudyData, StudySettings } from '../../automl/index.js';
import { BlendWatch, metricOf, Pace } from '../../automl/index.js';
import type { TrainedFamily } from '../../core/index.js';
import type { FrameColumn } from '../../data/index.js';
import type { DataSize } from '../../models/index.js';
import { catalogEntry } from '../../models/index.js';
import type { Group, Storage } from '../../search/index.js';
import { groupsOf } from '../../search/index.js';
import { withWarmStart } from './warm-start.js';

/** Families that take next to no time, first those that take least: once there is a model, a deadline holds. */
const QUICK: readonly string[] = ['dummy', 'linear'];

/**
 * The families to search; those that take next to no time come first, so that there is something to hold others against.
 * A study goes on with the portfolios and spaces that it began with, whatever later versions would try.
 */
export function groupsFor(data: StudyData, settings: StudySettings, storage: Storage, byTheClock = false): Group[] {
  return groupsOf(storage) ?? newGroups(sizeOf(data), settings, byTheClock);
}

/** What portfolios and spaces look at. */
export function sizeOf({ frame, y, k, metric, folds }: StudyData): DataSize {
  const isSkewed = k === 1 && hasLongTail(y, folds[folds.length - 1].train);
  const hasCategories = frame.columns.some(isParted);
  return { n: y.length, d: frame.columns.length, k, hasCategories, isSkewed, metric };
}

/** The families of a study that begins. */
export function newGroups(
  size: DataSize,
  settings: Pick<StudySettings, 'families' | 'warmStart'>,
  byTheClock: boolean,
): Group[] {
  const families = settings.families.filter((family): family is TrainedFamily => family !== 'ensemble');
  const groups = families.map((name) => {
    const { portfolio, space: spaceOf, weight, dormant } = catalogEntry(name);
    const space = spaceOf?.(size);
    const fixed = withWarmStart(portfolio(size), settings.warmStart?.[name], space);
    return { name, portfolio: fixed, weight, dormant, ...(space ? { space } : {}) };
  });
  return [...groups].sort((a, b) => turnOf(a, byTheClock) - turnOf(b, byTheClock));
}

/** Skewness beyond which a tail is long. */
const LONG_TAIL = 1;

/** Whether numbers of 0 or more have a long tail to the right, which a logarithm makes half as long at least. By rows that train. */
export function hasLongTail(y: Float32Array, rows: Uint32Array): boolean {
  const values = Float64Array.from(rows, (row) => y[row]);
  if (values.length < 20 || values.some((value) => value < 0)) return false;
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const unit = mean > 100 || mean === 0 ? 1 : mean / 100;
  const own = skewness(values);
  return own > LONG_TAIL && Math.abs(skewness(values.map((value) => Math.log1p(value / unit)))) < own / 2;
}

function skewness(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const moment = (power: number): number =>
    values.reduce((sum, value) => sum + (value - mean) ** power / values.length, 0);
  const variance = moment(2);
  return variance > 0 ? moment(3) / variance ** 1.5 : 0;
}

/** More than two categories: two are a number to all models. */
function isParted(column: FrameColumn): boolean {
  return column.kind === 'categorical' && column.ranks === undefined && column.levels.length > 2;
}

/** Under a clock the others follow: what these leave of their time, later ones may use; the last is there beside a family that is like it. */
const EARLY: readonly string[] = [...QUICK, 'knn', 'extratrees', 'gbdt'];
const LATE = 'xgboost';

/** The place of a family among the first trials; without a clock all that take their time keep their order behind the quick ones. */
function turnOf({ name }: Group, byTheClock: boolean): number {
  const first = byTheClock ? EARLY : QUICK;
  if (byTheClock && name === LATE) return first.length + 1;
  return first.includes(name) ? first.indexOf(name) : first.length;
}

export interface PacedSearch {
  readonly storage: Storage;
  readonly settings: StudySettings;
  readonly data: StudyData;
  readonly workers: number;
}

/** The pace of a search that begins now and must end when `deadline` says. */
export function paceOf({ storage, settings, data, workers }: PacedSearch, deadline: () => number): Pace {
  const { folds, frame, k } = data;
  const names = groupsFor(data, settings, storage, true).map(({ name }) => name);
  return new Pace({
    storage,
    begin: Date.now(),
    deadline,
    workers,
    folds: folds.length,
    rows: Math.round(folds.reduce((sum, { train }) => sum + train.length, 0) / folds.length),
    columns: frame.columns.length,
    k,
    slow: names.filter((name) => !QUICK.includes(name)),
    quick: names.filter((name) => QUICK.includes(name)),
  });
}

/** What trials count in the blend while they are made; null where no clock asks, where nothing is blended, and where folds see samples. */
export function watchOf(storage: Storage, settings: StudySettings, pace: Pace | null): BlendWatch | null {
  const isWatched = pace?.isLarge === false && settings.families.includes('ensemble');
  return isWatched ? new BlendWatch(storage, metricOf(settings)) : null;
}
