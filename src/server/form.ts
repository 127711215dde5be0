/** @file The fields of the form of a new search -> options of a fit, checked in the words of the form. */

import type { ClassWeights, Directions } from '../automl/index.js';
import type { ClusterPlace } from '../cluster/index.js';
import type { Family, TaskWord } from '../core/index.js';
import { check, TASK_WORDS } from '../core/index.js';
import type { ColumnKind } from '../data/index.js';
import { parseCosts } from '../data/index.js';
import { KIND_FIELD, SAID_KINDS } from '../report/index.js';
import type { FitOptions } from '../run/index.js';
import { splitNames, studyNameFor } from '../run/index.js';

export type Fields = Readonly<Record<string, string>>;

const TASKS = ['auto', ...TASK_WORDS];

/** Everything but the file and the folder. `cluster` is where the server may hand searches to. */
export function readForm(fields: Fields, cluster: ClusterPlace | null = null): Omit<FitOptions, 'data'> {
  const {
    target = '',
    task = '',
    metric = '',
    positive = '',
    costs = '',
    budget = '',
    folds = '',
    seed = '',
    ignore = '',
  } = fields;
  check(target !== '', 'target', 'must name a column', target);
  check(task === '' || TASKS.includes(task), 'task', `must be one of ${TASKS.join(', ')}`, task);
  return {
    target,
    task: (task || 'auto') as 'auto' | TaskWord,
    metric: metric || undefined,
    positive: positive.trim() || undefined,
    costs: costs.trim() === '' ? undefined : parseCosts(costs),
    ...readBudget(budget, fields),
    folds: wholeNumber('folds', folds),
    seed: wholeNumber('seed', seed),
    ...readAims(fields),
    ...readKinds(fields, splitNames(ignore)),
    ...readSplits(fields),
    ...readFits(fields),
    monotone: readDirections(fields),
    ...readPlace(fields, cluster),
  };
}

/** What makes a number one of quantiles or a count, and classes ordinal. The order in time has the shorter name. */
function readAims({
  quantiles = '',
  exposure = '',
  levels = '',
}: Fields): Pick<FitOptions, 'quantiles' | 'exposure' | 'order'> {
  const numbers = quantiles.split(/[\s,;]+/).filter((text) => text !== '');
  return {
    quantiles: numbers.length === 0 ? undefined : numbers.map(Number),
    exposure: exposure.trim() || undefined,
    order: levels.trim() === '' ? undefined : splitNames(levels),
  };
}

/** Kinds that were said of single columns, and columns that are left out. */
function readKinds(fields: Fields, ignored: readonly string[]): Pick<FitOptions, 'types' | 'ignore'> {
  const said = Object.entries(fields)
    .filter(([name, kind]) => name.startsWith(KIND_FIELD) && kind !== '')
    .map(([name, kind]) => [name.slice(KIND_FIELD.length), kind] as const);
  for (const [column, kind] of said) {
    const isKnown = (SAID_KINDS as readonly string[]).includes(kind);
    check(isKnown, 'kind', `of ${JSON.stringify(column)} must be one of ${SAID_KINDS.join(', ')}`, kind);
  }
  const left = [...ignored, ...said.filter(([, kind]) => kind === 'ignored').map(([column]) => column)];
  const types = Object.create(null) as Record<string, ColumnKind>;
  for (const [column, kind] of said) if (kind !== 'ignored') types[column] = kind as ColumnKind;
  return {
    ignore: left.length === 0 ? undefined : [...new Set(left)],
    types: Object.keys(types).length === 0 ? undefined : types,
  };
}

/** On this machine, unless the form says that the cluster shall search. */
function readPlace({ place = '' }: Fields, cluster: ClusterPlace | null): Partial<ClusterPlace> {
  check(['', 'here', 'cluster'].includes(place), 'place', 'must be here or cluster', place);
  if (place !== 'cluster') return {};
  check(
    cluster !== null,
    'place',
    'must be here: this server has no cluster',
    place,
    'lrnn serve --redis URL gives it one.',
  );
  return cluster;
}

/** How rows are kept apart, and which cells are empty. The time of the budget has the shorter name. */
function readSplits({
  holdout = '',
  group = '',
  order = '',
  gap = '',
  duplicates = '',
  missing = '',
}: Fields): Pick<FitOptions, 'holdout' | 'group' | 'time' | 'gap' | 'duplicates' | 'missing'> {
  return {
    duplicates: duplicates === '' ? undefined : (duplicates as FitOptions['duplicates']),
    missing: missing.trim() === '' ? undefined : splitNames(missing),
    holdout: share('holdout', holdout),
    group: group.trim() || undefined,
    time: order.trim() || undefined,
    gap: wholeNumber('gap', gap),
  };
}

/** What is fitted, and how much rows count. */
function readFits({
  models = '',
  weights = '',
  classWeights = '',
}: Fields): Pick<FitOptions, 'models' | 'weights' | 'classWeights'> {
  return {
    models: models.trim() === '' ? undefined : (splitNames(models) as Family[]),
    weights: weights.trim() || undefined,
    classWeights: classWeights === '' ? undefined : (classWeights as ClassWeights),
  };
}

/** Columns that predictions rise with, and those that they fall with. No prototype: a column may be called `__proto__`. */
function readDirections({ rises = '', falls = '' }: Fields): Directions | undefined {
  const [up, down] = [splitNames(rises), splitNames(falls)];
  const both = up.find((column) => down.includes(column));
  check(both === undefined, 'directions', 'a column must have one direction, not both', both);
  const signs = Object.create(null) as Record<string, 1 | -1>;
  for (const column of up) signs[column] = 1;
  for (const column of down) signs[column] = -1;
  return up.length + down.length === 0 ? undefined : signs;
}

/** 0.2 or 20 %. */
function share(name: string, text: string): number | undefined {
  const trimmed = text.trim();
  const match = /^(\d*[.,]?\d+)\s*(%?)$/.exec(trimmed);
  check(trimmed === '' || match !== null, name, 'must be a share such as 0.2 or 20 %', text);
  return match === null ? undefined : Number(match[1].replace(',', '.')) / (match[2] === '' ? 1 : 100);
}

/** What the chosen kind of budget says; without a choice, whatever is filled in. */
function readBudget(budget: string, { trials = '', time = '' }: Fields): Pick<FitOptions, 'trials' | 'timeBudgetMs'> {
  const wantsTrials = budget === 'trials' || (budget === '' && trials.trim() !== '');
  const wantsTime = budget === 'time' || (budget === '' && time.trim() !== '');
  check(!wantsTrials || trials.trim() !== '', 'trials', 'must be a whole number of at least 1', trials);
  check(!wantsTime || time.trim() !== '', 'time', 'must be like 90s, 10m or 2h', time);
  return {
    trials: wantsTrials ? wholeNumber('trials', trials) : undefined,
    timeBudgetMs: wantsTime ? duration(time) : undefined,
  };
}

function wholeNumber(name: string, text: string): number | undefined {
  const trimmed = text.trim();
  check(/^\d*$/.test(trimmed) && trimmed.length <= 12, name, 'must be a whole number', text);
  return trimmed === '' ? undefined : Number(trimmed);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)(?:in|ec|r)?\.?$/i.exec(text.trim());
  check(match !== null, 'time', 'must be like 90s, 10m or 2h', text);
  return Math.round(Number(match[1]) * UNIT_MS[match[2].toLowerCase()]);
}

/** What file systems take as a name, with room for a number behind it. */
const MAX_NAME_BYTES = 200;

/** A file name without a path: letters, digits, dot, dash and underscore; never empty, never hidden, at most 80 letters. */
export function safeName(text: string, fallback: string): string {
  const name = studyNameFor(`${text.replaceAll('/', '-')}.csv`, fallback);
  const letters = Array.from(name).slice(0, 80);
  while (Buffer.byteLength(letters.join('')) > MAX_NAME_BYTES) letters.pop();
  return letters.join('');
}
