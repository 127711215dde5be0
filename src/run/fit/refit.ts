/** @file After the hold-out: the rows held out are given back to the model that is taken away, in the time that is left. */

import type { Allotment, RefitTask, StudySettings } from '../../automl/index.js';
import {
  bestOfFamilies,
  fitsOf,
  onceRecord,
  rankedTrials,
  refitOf,
  refitTasks,
  refitView,
  runRefits,
  sampledRowsOf,
  studyRecord,
} from '../../automl/index.js';
import type { Storage, TrialRecord } from '../../search/index.js';
import { Alarm } from './clock.js';
import type { ExecutorSetup } from './engines.js';
import { createExecutor } from './engines.js';
import type { RunReporter } from './reporter.js';

export interface RefitRun extends Omit<ExecutorSetup, 'warn'> {
  /** The model that is taken away. */
  readonly model: string;
  readonly reporter: RunReporter;
  /** When no fit may run any more; null without a clock. */
  readonly end: number | null;
  /** The user stops. */
  readonly signal: AbortSignal;
}

/**
 * Fits every fold of every member again, the rows held out among the training rows; or with `--time` every member on all rows,
 * once for each seed. What an earlier session did is kept.
 *
 * A member of which a fit failed, or for which no time was left, stays as the search fitted it, and a warning says so.
 */
export async function giveRowsBack(run: RefitRun): Promise<void> {
  const { storage, model, reporter, end, signal } = run;
  const { all, left } = refitTasks(storage, model);
  if (left.length > 0) {
    reporter.emit({ type: 'phase', phase: 'refitting' });
    const timer = new AbortController();
    const alarm = new Alarm(() => timer.abort());
    const executor = await createExecutor({ ...run, warn: (message) => reporter.emit({ type: 'warning', message }) });
    try {
      alarm.set(end);
      await runRefits({
        storage,
        executor,
        tasks: end === null ? left : bestForTheTime(left, run, (end - Date.now() - START_MS) * run.workers),
        limited: (task) => withLimit(task, storage),
        done: reporter.refits(all, left),
        signal: AbortSignal.any([signal, timer.signal]),
      });
    } finally {
      alarm.off();
      await executor.close();
    }
    signal.throwIfAborted();
  }
  warnOfKept(run, new Set(all.map((task) => task.model)));
}

/**
 * Members that count most for their time first, and those last that will not be through when the time is over: a member of which
 * some folds are missing stays as it was.
 */
export function bestForTheTime(
  tasks: readonly RefitTask[],
  { storage, model }: Pick<RefitRun, 'storage' | 'model'>,
  workerMs: number,
): RefitTask[] {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const weightOf = (name: string): number => ensemble?.members.find((member) => member.model === name)?.weight ?? 1;
  const members = [...new Set(tasks.map((task) => task.model))].map((name) => {
    const own = tasks.filter((task) => task.model === name);
    const seconds = secondsOf(storage, own[0].job.trial);
    const ms =
      (1000 * SLACK * growth(studyRecord.settings(storage)!) * seconds * own.length) / fitsOfTrial(storage, own[0]);
    return { own, worth: weightOf(name) / seconds, ms };
  });
  let left = workerMs;
  const ordered = byWorth(members, ({ worth }) => worth);
  const fitting = new Set(
    ordered.filter(({ ms }) => {
      if (ms > left) return false;
      left -= ms;
      return true;
    }),
  );
  const others = ordered.filter((member) => !fitting.has(member));
  return [...fitting, ...others].flatMap(({ own }) => own);
}

/** Folds that the search fitted of a trial. */
function fitsOfTrial(storage: Storage, { job }: RefitTask): number {
  return Math.max(1, storage.parts(job.trial, { without: 'report.curve' }).length);
}

/** What the fits of the trial might take in the search, for as many more rows; without a limit where they had none. */
function withLimit(task: RefitTask, storage: Storage): RefitTask {
  const trial = storage.trials().find(({ number }) => number === task.job.trial);
  const { limitMs } = (trial?.info ?? {}) as Allotment;
  if (limitMs === undefined) return task;
  return { ...task, job: { ...task.job, limitMs: limitMs * growth(studyRecord.settings(storage)!) } };
}

function warnOfKept({ storage, model, reporter }: RefitRun, members: ReadonlySet<string>): void {
  const kept = refitView(storage, model)?.kept ?? [...members];
  if (kept.length === 0) return;
  const those = `${kept.join(', ')} ${kept.length === 1 ? 'stays' : 'stay'} as the search fitted ${kept.length === 1 ? 'it' : 'them'}`;
  const what = missingRows(studyRecord.settings(storage)!);
  reporter.emit({
    type: 'warning',
    message: `${those}, without ${what}: a fit failed, or there was no time for more rows`,
  });
}

/** Training rows of a fit that gets rows back, over those of a fold: the latest one, where they follow each other in time. */
function growth(settings: StudySettings): number {
  const { rows, holdoutRows, folds } = settings;
  if (refitOf(settings) === 'all') return (rows * (folds + 1)) / ((rows - holdoutRows) * folds);
  const train = ((rows - holdoutRows) * (folds - 1)) / folds;
  return (train + holdoutRows) / train;
}

/** Starting threads and preparing the table again. */
const START_MS = 300;
/** Fits take this much longer than the mean of such fits, now and then. */
const SLACK = 1.1;

/**
 * Milliseconds that the fits after the search will take, as far as the trials that have finished can tell: of those that count in a blend,
 * where that is known.
 */
export function expectedRefitMs(
  storage: Storage,
  settings: StudySettings,
  workers: number,
  weights: ReadonlyMap<number, number> = new Map(),
): number {
  if (refitOf(settings) === null) return 0;
  const isOnAll = refitOf(settings) === 'all';
  const likely =
    weights.size > 0 ? storage.trials().filter(({ number }) => weights.has(number)) : likelyMembers(storage, settings);
  const members = likely.filter((trial) => isOnAll || sampledRowsOf(trial) === null);
  const seconds = members.flatMap(({ number, group }) => {
    const own = storage.parts(number, { without: 'report.curve' }).map((part) => part.seconds);
    return isOnAll ? new Array<number>(fitsOf(settings, group)).fill(own.at(-1) ?? 0) : own;
  });
  if (seconds.length === 0) return 0;
  const sum = seconds.reduce((total, value) => total + value, 0);
  const longest = Math.max(...seconds);
  return START_MS + 1000 * SLACK * growth(settings) * Math.max(sum / workers + longest / 2, longest);
}

/** The best trial; where models are combined, the best two of each family: most ensembles have no more. */
function likelyMembers(storage: Storage, { families }: StudySettings): TrialRecord[] {
  const ranked = rankedTrials(storage);
  if (!families.includes('ensemble')) return ranked.slice(0, 1);
  const firsts = bestOfFamilies(ranked);
  const seconds = bestOfFamilies(ranked.filter((trial) => !firsts.includes(trial)));
  return [...firsts, ...seconds].filter(({ group }) => group !== 'dummy');
}

/** Those of most worth first, the first of equals before the others. */
function byWorth<T>(items: readonly T[], worth: (item: T) => number): T[] {
  return [...items].sort((a, b) => worth(b) - worth(a));
}

/** What the search's fits of a trial took together. */
function secondsOf(storage: Storage, trial: number): number {
  const parts = storage.parts(trial, { without: 'report.curve' });
  return Math.max(
    1e-3,
    parts.reduce((sum, part) => sum + part.seconds, 0),
  );
}

/** The sentence for a model whose members have not seen the rows held out, in a study that gives them back; null for others. */
export function unseenRows(storage: Storage, model: string): string | null {
  const settings = studyRecord.settings(storage)!;
  if (refitOf(settings) === null) return null;
  const plan = onceRecord.plan(storage);
  if (plan && onceRecord.outcome(storage)?.isTaken) {
    return plan.model === model
      ? null
      : `${model} is as the search fitted it: fits on all rows are a part of ${plan.model} alone`;
  }
  if (plan?.model === model) {
    return `${model} is as the search fitted it, on samples of the rows: a fit on all of them was no better, or was not made`;
  }
  const view = refitView(storage, model);
  if (view?.kept.length === 0) return null;
  const who = view === null ? model : view.kept.join(', ');
  return `${who} was fitted without ${missingRows(settings)}: those are given back to the best model alone`;
}

/** What a model that was not fitted again has not seen. */
function missingRows(settings: StudySettings): string {
  return refitOf(settings) === 'all' ? 'the latest rows' : `the ${settings.holdoutRows} held-out rows`;
}
