/** @file What earlier studies of similar data found best: settings that a new study tries early. */

import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

import type { StudySummary, StudyView } from '../../automl/index.js';
import type { JsonObject, JsonValue, Task, TrainedFamily } from '../../core/index.js';
import { checkData, taskFor } from '../../core/index.js';
import type { ColumnKind, Schema } from '../../data/index.js';
import type { Space } from '../../search/index.js';
import { openStudy } from '../study/study-folder.js';
import { listStudies } from '../study/study-list.js';

/** What makes two tables alike. */
export interface TableShape {
  readonly task: Task;
  readonly rows: number;
  /** Feature columns. */
  readonly columns: number;
  /** Share of the feature columns that are categories. */
  readonly categorical: number;
  /** Classes; 1 for regression. */
  readonly classes: number;
}

/** Settings of each family, best guess first. */
export type WarmStart = Readonly<Partial<Record<TrainedFamily, readonly JsonObject[]>>>;

/** Studies that are asked. */
const NEIGHBOURS = 3;
/** About a factor of 20 in rows or in columns, or all categories against none. */
const FARTHEST = 3;

/**
 * Settings of the best trial of each family in the nearest finished studies of a folder; nothing where none is near. A loss follows the
 * metric: that of a study with another one is left to this one's.
 *
 * Random   none; studies equally near go by name
 * Throws   data: no such folder
 */
export function findWarmStart(reportsFolder: string, shape: TableShape, except: string, metric: string): WarmStart {
  checkData(existsSync(reportsFolder), 'warm-start', 'must be a folder of studies', reportsFolder);
  const near = listStudies(reportsFolder)
    .filter(({ name, status, summary }) => status === 'complete' && name !== except && summary.task === shape.task)
    .map(({ folder }) => viewOf(folder))
    .map((view) => ({ view, distance: distanceOf(shape, shapeOf(view)) }))
    .filter(({ distance }) => distance <= FARTHEST)
    .sort((a, b) => a.distance - b.distance || (a.view.summary.study < b.view.summary.study ? -1 : 1));
  const found: Partial<Record<TrainedFamily, JsonObject[]>> = {};
  for (const { view } of near.slice(0, NEIGHBOURS)) {
    for (const { family, settings } of view.summary.leaderboard) {
      if (family === 'ensemble') continue;
      const others = Object.entries(settings).filter(([setting]) => setting !== 'loss' && setting !== 'shape');
      (found[family] ??= []).push(view.summary.metric === metric ? settings : Object.fromEntries(others));
    }
  }
  return found;
}

/**
 * The portfolio with settings from elsewhere after its first entry: the default is always tried.
 *
 * Settings of an earlier version lack what came later. What every entry of the portfolio says is added as most of them say it:
 * without it the same model would be tried twice, and its trial would be none of the space that is searched. For the same reason
 * settings that this study has not, such as a changed target where none may help, are left out, and those that its space holds at one
 * value have that.
 */
export function withWarmStart(
  portfolio: readonly JsonObject[],
  warm: readonly JsonObject[] = [],
  space: Space = {},
): JsonObject[] {
  const [first, ...rest] = portfolio;
  const common = Object.keys(first ?? {})
    .filter((name) => rest.every((entry) => Object.hasOwn(entry, name)))
    .map((name) => [name, usual(portfolio.map((entry) => entry[name]))] as const);
  const held = Object.entries(space).filter(([, value]) => value === null || typeof value !== 'object');
  const own = new Set([...portfolio, space].flatMap((entry) => Object.keys(entry)));
  const completed = warm.map((params) => ({
    ...Object.fromEntries(Object.entries(params).filter(([name]) => own.has(name))),
    ...Object.fromEntries(held),
    ...Object.fromEntries(common.filter(([name]) => !Object.hasOwn(params, name))),
  }));
  const seen = new Set<string>();
  return [first, ...completed, ...rest].filter((params) => {
    const key = JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
    return params !== undefined && !seen.has(key) && seen.add(key);
  });
}

/** The value that comes most often, the first of equals. */
function usual(values: readonly JsonValue[]): JsonValue {
  const counts = values.map((value) => values.filter((other) => isDeepStrictEqual(other, value)).length);
  return values[counts.indexOf(Math.max(...counts))];
}

/** Sum of differences: natural logarithms of sizes, and three times that of the share of categories. */
export function distanceOf(a: TableShape, b: TableShape): number {
  const ratio = (x: number, y: number) => Math.abs(Math.log(x / y));
  const categories = 3 * Math.abs(a.categorical - b.categorical);
  return ratio(a.rows, b.rows) + ratio(a.columns, b.columns) + ratio(a.classes, b.classes) + categories;
}

const UNUSED: ReadonlySet<ColumnKind> = new Set(['ignored', 'id', 'constant']);
const CATEGORIES: ReadonlySet<ColumnKind> = new Set(['categorical', 'high-cardinality', 'ordinal', 'boolean']);

/** What of a study's view tells the shape of its table. */
export interface ShapedStudy {
  readonly summary: Pick<StudySummary, 'task' | 'rows'>;
  readonly schema: Schema;
}

/** The shape of the table that a study was made from. */
export function shapeOf({ summary, schema }: ShapedStudy): TableShape {
  const features = schema.columns.filter(({ kind }) => !UNUSED.has(kind));
  return {
    task: taskFor(summary.task),
    rows: summary.rows,
    columns: Math.max(1, features.length),
    categorical: features.filter(({ kind }) => CATEGORIES.has(kind)).length / Math.max(1, features.length),
    classes: Math.max(1, schema.target.classes.length),
  };
}

function viewOf(folder: string): StudyView {
  const reader = openStudy(folder);
  try {
    return reader.view();
  } finally {
    reader.close();
  }
}
