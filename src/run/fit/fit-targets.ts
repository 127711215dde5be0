/** @file A run for several targets: one table, one deal of its rows, a search for each, one model file. */

import { join } from 'node:path';

import type { RunEvent, StudySummary } from '../../automl/index.js';
import { check, ToolkitError } from '../../core/index.js';
import type { CsvTable } from '../../data/index.js';
import { tidy } from '../../data/index.js';
import { checkNames, splitNames } from '../command-line.js';
import type { FitOptions, FitTargetsOptions, TargetEvent, TargetsSummary } from '../contract.js';
import { RunInterrupted } from '../interrupted.js';
import { saveTargets } from '../predict/bundle.js';
import { begunSettings, makeFolder, progressOf, refuseExisting, studyState } from '../study/study-folder.js';
import { MODEL_FILE } from '../study/study-paths.js';
import type { StudyTarget } from '../study/targets.js';
import { readTargets, targetFolder, targetsFor, writeTargets } from '../study/targets.js';
import { hasModelFile, targetsSummary } from '../study/targets-summary.js';
import { fit, fitChecked, inFolder, orStop } from './fit.js';
import type { Inspection } from './inspect.js';
import { inspectChecked } from './inspect.js';
import { readFor } from './load-data.js';
import type { LoadedTarget, Refusing } from './load-targets.js';
import { loadTargets, notesOf, requireFree, requireTaken, withMeant } from './load-targets.js';
import type { CheckedOptions } from './options.js';
import { checkOptions, commandFor, listed } from './options.js';

/** Less is no time for a search. */
const LEAST_MS = 1000;

/**
 * Searches for each target in turn and writes one model file of all. A list of one is a study of that target.
 *
 * Trials and time are for all of them: each target has an equal share, and time that one leaves goes to those after it.
 *
 * Random   as `fit`
 * Throws   as `fit`; usage: fewer trials than targets
 */
export async function fitTargets(options: FitTargetsOptions, read?: CsvTable): Promise<TargetsSummary> {
  const startedAt = Date.now();
  const columns = checkColumns(options.target);
  if (columns.length === 1) return ofOne(await fit({ ...options, target: columns[0] }, read), columns[0]);
  const first = { ...options, target: columns[0] };
  const checked = inFolder(checkOptions(first), first);
  const whole = { ...checked, target: columns.map(listed).join(',') };
  requireTrialEach(whole, columns);
  const targets = targetsFor(columns);
  requireSameTargets(whole, targets);
  whole.onEvent?.({ type: 'phase', phase: 'reading' });
  const requests = targets.map((own) => ({
    options: optionsFor(whole, own, columns),
    begun: begunSettings(targetFolder(whole.out, own)),
  }));
  const csv = read ?? (await orStop(whole, readFor(whole)));
  // A column may be called as all names between commas.
  if (csv.names.includes(whole.target))
    whole.target = columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
  const loaded = await orStop(whole, loadTargets(requests, csv));
  makeFolder(whole.out);
  writeTargets(whole.out, targets);
  await new TargetsRun(whole, targets, loaded, startedAt).go((event) => options.onEvent?.(event));
  whole.onEvent?.({ type: 'phase', phase: 'exporting' });
  await saveTargets(
    join(whole.out, MODEL_FILE),
    targets.map((own) => join(targetFolder(whole.out, own), MODEL_FILE)),
  );
  return targetsSummary(whole.out);
}

/**
 * A fit as command lines ask for it: `target` is the column of that very name, or else names between commas, in double quotes where they
 * hold a comma.
 */
export async function fitNamed(options: NamedOptions): Promise<StudySummary | TargetsSummary> {
  const { target } = options;
  if (!mayBeList(target)) return fit(options);
  const checked = checkOptions(options);
  if (!checked.resume && options.out !== undefined) refuseExisting(checked.out);
  const csv = await orStop(checked, readFor(checked));
  const columns = columnsOf(target, csv);
  if (columns.length === 1) return fit({ ...options, target: columns[0] }, csv);
  return fitTargets({ ...options, target: columns }, csv);
}

/** What a fit of each target would understand of the file; `target` as in `fitNamed`. */
export async function inspectNamed(options: FitOptions): Promise<Inspection[]> {
  const checked = checkOptions(options);
  const csv = await readFor(checked);
  const columns = mayBeList(options.target) ? columnsOf(options.target, csv) : [options.target];
  return inspectAll(checked, columns, csv);
}

/** What a fit of each target would understand of the table, in their order. Throws what `fitTargets` would throw before its first trial. */
export async function inspectTargets(options: FitTargetsOptions): Promise<Inspection[]> {
  const columns = checkColumns(options.target);
  const checked = checkOptions({ ...options, target: columns[0] });
  return inspectAll(checked, columns, await readFor(checked));
}

async function inspectAll(checked: CheckedOptions, columns: readonly string[], csv: CsvTable): Promise<Inspection[]> {
  if (columns.length === 1) return [await inspectChecked({ ...checked, target: columns[0] }, csv)];
  requireTrialEach(checked, columns);
  const all = columns.map((target) => ({
    ...checked,
    target,
    otherTargets: columns.filter((name) => name !== target),
  }));
  requireFree(all, csv);
  const out: Inspection[] = [];
  const refusing: Refusing[] = [];
  for (const own of all) {
    const { result, refused: without } = await withMeant(own, (meant) => inspectChecked(meant, csv));
    out.push({ ...result, warnings: [...notesOf(without, own.target), ...result.warnings] });
    refusing.push({ target: own.target, task: result.schema.target.task, refused: without });
  }
  requireTaken(refusing);
  return out;
}

function mayBeList(target: unknown): boolean {
  return typeof target === 'string' && /[,"]/.test(target);
}

function columnsOf(target: string, { names }: CsvTable): string[] {
  if (names.includes(tidy(target))) return [target];
  checkNames('target', target);
  return splitNames(target);
}

/** Options of a fit whose targets stand in one text. */
export type NamedOptions = FitOptions & Pick<FitTargetsOptions, 'onEvent'>;

function ofOne(summary: StudySummary, target: string): TargetsSummary {
  const { study, seed, seconds, model } = summary;
  return { study, seed, seconds, targets: [{ target, folder: null, ...summary }], waiting: [], resume: null, model };
}

/** Throws usage: no columns, or one of them twice. */
function checkColumns(target: readonly string[]): readonly string[] {
  const isList = Array.isArray(target) && target.length > 0;
  check(
    isList && target.every((name) => typeof name === 'string' && name !== ''),
    'fit',
    'needs target columns',
    target,
  );
  const columns = target.map(tidy);
  const twice = columns.find((name, t) => columns.indexOf(name) !== t);
  check(twice === undefined, 'target', 'must name each column once', twice);
  return columns;
}

/** Throws usage: fewer trials than targets. */
function requireTrialEach({ trials }: CheckedOptions, { length }: readonly string[]): void {
  const rule = `must be at least one for each of the ${length} targets`;
  check(trials === undefined || trials >= length, 'trials', rule, trials);
}

/** Throws state: the folder holds a study already; usage: the study that goes on has other targets. */
function requireSameTargets({ out, resume }: CheckedOptions, targets: readonly StudyTarget[]): void {
  if (!resume) return refuseExisting(out);
  if (studyState(out) !== 'begun') return;
  const before = readTargets(out);
  const names = targets.map(({ target }) => target);
  const isSame = JSON.stringify(before?.map(({ target }) => target)) === JSON.stringify(names);
  const hint = before ? `They are ${before.map(({ target }) => target).join(', ')}.` : 'It has one target.';
  check(isSame, 'resume', 'targets must be those of the study', names, hint);
}

/** What the study of one target is told. */
function optionsFor(whole: CheckedOptions, own: StudyTarget, columns: readonly string[]): CheckedOptions {
  return {
    ...whole,
    target: own.target,
    otherTargets: columns.filter((name) => name !== own.target),
    out: targetFolder(whole.out, own),
    commandOf: (resume) => commandFor(whole, resume),
  };
}

class TargetsRun {
  /** What was said of the table is said once. */
  private readonly said = new Set<string>();

  constructor(
    private readonly whole: CheckedOptions,
    private readonly targets: readonly StudyTarget[],
    private readonly loaded: readonly LoadedTarget[],
    private readonly startedAt: number,
  ) {}

  /** One search after the other. What has finished stays so until all have, and then goes on where there is more to be done. */
  async go(tell: (event: TargetEvent) => void): Promise<void> {
    const { whole, targets } = this;
    const isWhole = hasModelFile(whole.out) && targets.every((own) => hasModelFile(targetFolder(whole.out, own)));
    const waiting = [...targets.keys()].filter((t) => isWhole || !this.isDone(t));
    for (const [turn, t] of waiting.entries()) {
      const { target } = targets[t];
      tell({ type: 'target', target, place: t + 1, of: targets.length });
      await this.search(t, waiting.length - turn);
    }
  }

  /** Whether an earlier session did all that is asked for. */
  private isDone(t: number): boolean {
    const progress = progressOf(targetFolder(this.whole.out, this.targets[t]));
    if (progress?.status !== 'complete') return false;
    const share = this.trialsOf(t);
    return share === undefined || share <= (progress.budget.trials ?? 0);
  }

  private trialsOf(t: number): number | undefined {
    const { trials } = this.whole;
    const of = this.targets.length;
    return trials === undefined ? undefined : Math.floor(trials / of) + (t < trials % of ? 1 : 0);
  }

  /** @param left  targets that wait, this one among them */
  private async search(t: number, left: number): Promise<void> {
    const { whole } = this;
    const now = Date.now();
    const { timeBudgetMs } = whole;
    const rest = timeBudgetMs ? (this.startedAt + timeBudgetMs - now) / left : 0;
    const { options, loaded } = this.loaded[t];
    const own: CheckedOptions = {
      ...options,
      resume: studyState(options.out) === 'begun',
      trials: this.trialsOf(t),
      timeBudgetMs: timeBudgetMs ? Math.max(LEAST_MS, Math.floor(rest)) : undefined,
      onEvent: (event) => this.hear(event),
    };
    try {
      await fitChecked(own, { startedAt: now, load: () => Promise.resolve(loaded) });
    } catch (error) {
      throw error instanceof RunInterrupted ? new RunInterrupted(whole.out, error.resume) : this.named(error, t);
    }
  }

  private hear(event: RunEvent): void {
    if (event.type === 'warning') {
      if (this.said.has(event.message)) return;
      this.said.add(event.message);
    }
    this.whole.onEvent?.(event);
  }

  /** What went wrong in a search is told with its target. */
  private named(error: unknown, t: number): unknown {
    if (!(error instanceof ToolkitError) || error.parts.where.includes('"')) return error;
    const { parts, kind } = error;
    return new ToolkitError(
      kind,
      { ...parts, where: `${parts.where} of "${this.targets[t].target}"` },
      { cause: error },
    );
  }
}
