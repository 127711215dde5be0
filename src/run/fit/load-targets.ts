/** @file One table for several targets: read once, understood for each of them, its rows dealt once for all. */

import type { StudySettings } from '../../automl/index.js';
import type { Task } from '../../core/index.js';
import { check, FAMILIES, ToolkitError } from '../../core/index.js';
import type { CsvTable } from '../../data/index.js';
import { readGroups, readTimes, tidy } from '../../data/index.js';
import { holdoutShare, makeSharedSplits } from '../../evaluate/index.js';
import type { LoadedData, PreparedTable } from './load-data.js';
import { prepareTable, splitTable } from './load-data.js';
import type { CheckedOptions } from './options.js';

/** A target that is to be searched, and what its study began with. */
export interface TargetRequest {
  readonly options: CheckedOptions;
  readonly begun: StudySettings | undefined;
}

/** With the options that are meant for this target. */
export interface LoadedTarget {
  readonly options: CheckedOptions;
  readonly loaded: LoadedData;
}

/** What is said of one target, and may have no meaning for another; by the word that errors name. */
const SAID_OF_TARGETS = {
  metric: 'metric',
  positive: 'positive',
  costs: 'costs',
  order: 'order',
  quantiles: 'quantiles',
  exposure: 'exposure',
  monotone: 'monotone',
  'class-weights': 'classWeights',
} as const satisfies Readonly<Record<string, keyof CheckedOptions>>;
type SaidWord = keyof typeof SAID_OF_TARGETS;

const isClasses = (task: Task): boolean => task !== 'regression';

/** Tasks that an option can be said of at all. */
const HAS_MEANING: Readonly<Record<SaidWord, (task: Task) => boolean>> = {
  metric: () => true,
  positive: (task) => task === 'binary',
  costs: isClasses,
  order: (task) => task === 'multiclass',
  quantiles: (task) => task === 'regression',
  exposure: (task) => task === 'regression',
  monotone: (task) => task !== 'multiclass',
  'class-weights': isClasses,
};

/**
 * The data of each target, in their order.
 *
 * An option that has a meaning for some of the targets only, as `positive` has, is left out for the others, which is said; one that no target
 * can take is refused.
 *
 * Throws   as `loadData`; usage: a column that is a target and something else
 */
export async function loadTargets(requests: readonly TargetRequest[], csv: CsvTable): Promise<LoadedTarget[]> {
  requireFree(
    requests.map(({ options }) => options),
    csv,
  );
  const fitted: Fitted[] = [];
  for (const request of requests) fitted.push(await fitting(request, csv));
  requireTaken(fitted.map(({ refused, prepared: { options, task } }) => ({ refused, task, target: options.target })));
  const splits = dealFor(
    fitted.map(({ prepared }) => prepared),
    csv,
  );
  const out: LoadedTarget[] = [];
  for (const [t, { prepared, refused }] of fitted.entries()) {
    const loaded = await splitTable(prepared, splits[t]);
    const notes = notesOf(refused, prepared.options.target);
    out.push({ options: prepared.options, loaded: { ...loaded, warnings: [...notes, ...loaded.warnings] } });
  }
  return out;
}

/** Throws usage: a target that is to be something else as well. */
export function requireFree(all: readonly CheckedOptions[], { names }: CsvTable): void {
  const targets = all.map(({ target }) => tidy(target));
  const [options] = all;
  const { group, time, weights, exposure, ignore = [], types = {}, monotone = {} } = options;
  const single = { group, time, weights, exposure };
  const uses = [
    ...Object.entries(single).flatMap(([word, name]) => (name === undefined ? [] : [[word, name] as const])),
    ...ignore.map((name) => ['ignore', name] as const),
    ...Object.keys(types).map((name) => ['types', name] as const),
    ...Object.keys(monotone).map((name) => ['monotone', name] as const),
  ];
  for (const [word, name] of uses) {
    check(!targets.includes(tidy(name)), word, 'must not name a target', name);
  }
  check(new Set(targets).size === targets.length, 'target', 'must name each column once', targets);
  const others = names.filter((name) => !targets.includes(name));
  check(others.length > 0, 'target', 'must leave columns to predict from', targets);
}

interface Fitted {
  readonly prepared: PreparedTable;
  readonly refused: Refused;
}

/** Options that the target went without, and why. */
export type Refused = ReadonlyMap<SaidWord, ToolkitError>;

async function fitting({ options, begun }: TargetRequest, csv: CsvTable): Promise<Fitted> {
  const { result, refused } = await withMeant(options, (own) => prepareTable(own, begun, csv));
  return { prepared: result, refused };
}

/**
 * Does the work with the options that have a meaning for the target.
 *
 * Throws   what the work throws for other reasons; faults of the target's values stay such
 */
export async function withMeant<T>(
  options: CheckedOptions,
  work: (own: CheckedOptions) => Promise<T>,
): Promise<{ readonly result: T; readonly refused: Refused }> {
  const refused = new Map<SaidWord, ToolkitError>();
  let own = options;
  for (;;) {
    try {
      return { result: await work(own), refused };
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      const word = wordOf(error, own);
      if (word === undefined) throw ofTarget(error, own.target);
      refused.set(word, error);
      own = { ...own, [SAID_OF_TARGETS[word]]: undefined };
      // Without directions no family is kept from it by them.
      if (word === 'monotone' && own.anyModels) own = { ...own, models: FAMILIES };
    }
  }
}

/** What a target went without, in sentences. */
export function notesOf(refused: Refused, target: string): string[] {
  return [...refused.keys()].map((word) => `--${word} has no meaning for "${target}", which goes without`);
}

/** Words that say what a target is. */
const AIMS: readonly SaidWord[] = ['order', 'exposure', 'quantiles'];

/** What is wrong with the values of a target is told with its name. */
function ofTarget(error: ToolkitError, target: string): ToolkitError {
  const { where, rule, got } = error.parts;
  const isKnown = where.includes('"') || rule.includes(`"${target}"`) || got === target;
  if (isKnown || !(where === 'target' || Object.hasOwn(SAID_OF_TARGETS, where))) return error;
  const named = where === 'target' ? `target "${target}"` : `${where} of "${target}"`;
  return new ToolkitError(error.kind, { ...error.parts, where: named }, { cause: error });
}

/** The option that the task of a target cannot take, of those that may be left out. */
function wordOf({ parts, kind }: ToolkitError, options: CheckedOptions): SaidWord | undefined {
  const given = (Object.keys(SAID_OF_TARGETS) as SaidWord[]).filter(
    (word) => options[SAID_OF_TARGETS[word]] !== undefined,
  );
  const isTarget = parts.where === 'target' || parts.where.startsWith('target "');
  return given.find((word) => (kind === 'usage' && parts.where === word) || (isTarget && AIMS.includes(word)));
}

/** A target with what it went without. */
export interface Refusing {
  readonly target: string;
  readonly task: Task;
  readonly refused: Refused;
}

/** Throws what is wrong with an option that none of them can take: for the first target of a task that has a use for it, else for the first. */
export function requireTaken(all: readonly Refusing[]): void {
  for (const [word, error] of all[0].refused) {
    if (!all.every(({ refused }) => refused.has(word))) continue;
    const said = all.map(({ refused }) => refused.get(word)!);
    if (said.every(({ message }) => message === error.message)) throw error;
    const t = all.findIndex(({ task }) => HAS_MEANING[word](task));
    throw t < 0 ? error : ofTarget(said[t], all[t].target);
  }
}

/** Hold-out and folds of each, in places among its own rows. */
function dealFor(prepared: readonly PreparedTable[], csv: CsvTable): ReturnType<typeof makeSharedSplits> {
  const [{ options }] = prepared;
  const { group, time, folds, holdout, seed, gap } = options;
  const isThere = new Uint8Array(csv.rowCount);
  for (const { rows } of prepared) for (const row of rows) isThere[row] = 1;
  const rows = Uint32Array.from(isThere.keys()).filter((row) => isThere[row] === 1);
  const placeOf = new Uint32Array(csv.rowCount);
  rows.forEach((row, place) => (placeOf[row] = place));
  const targets = prepared.map(({ options: { target }, y, task, k, classes, ...own }) => ({
    name: target,
    rows: own.rows.map((row) => placeOf[row]),
    y,
    task,
    k,
    classes,
  }));
  return makeSharedSplits({
    n: rows.length,
    targets,
    folds,
    holdout: holdoutShare(rows.length, holdout),
    seed,
    groups: group === undefined ? undefined : readGroups(csv, group, rows),
    copies: copiesOfAll(
      prepared.map(({ copies }) => copies),
      targets.map((target) => target.rows),
      rows.length,
    ),
    time: time === undefined ? undefined : readTimes(csv, time, rows),
    gap,
  });
}

/** [n] the first of the rows that are copies for some target, whose columns may be read otherwise than those of another. */
function copiesOfAll(
  copies: readonly (Int32Array | undefined)[],
  places: readonly Uint32Array[],
  n: number,
): Int32Array | undefined {
  if (copies.some((own) => own === undefined)) return undefined;
  const above = Int32Array.from({ length: n }, (_, row) => row);
  const firstOf = (row: number): number => {
    let top = row;
    while (above[top] !== top) top = above[top] = above[above[top]];
    return top;
  };
  copies.forEach((own, t) => {
    own!.forEach((first, i) => {
      const [a, b] = [firstOf(places[t][first]), firstOf(places[t][i])];
      above[Math.max(a, b)] = Math.min(a, b);
    });
  });
  return above.map((_, row) => firstOf(row));
}
