/** @file After the hold-out of a large table: the best members are fitted once on all rows, in the time that is left. */

import type { OncePlan, RefitTask, ShortFit } from '../../automl/index.js';
import type { StudyData } from '../../automl/index.js';
import {
  chooseOnce,
  fittingRows,
  mayFitOnce,
  metricOf,
  onceFits,
  onceMembers,
  onceRecord,
  onceRows,
  refitTasks,
  runRefits,
  sampledRowsOf,
  shortFits,
  studyRecord,
} from '../../automl/index.js';
import type { Engine } from '../../engine/index.js';
import type { Storage } from '../../search/index.js';
import { Alarm } from './clock.js';
import { createExecutor } from './engines.js';
import type { RefitRun } from './refit.js';
import { giveRowsBack } from './refit.js';

export interface OnceRun extends RefitRun {
  readonly engine: Engine;
}

/** Rows that must be left to stop and to judge. */
const LEAST_APART = 1000;

/** The model of a study with more rows, in the time that is left: once on all of them where its folds saw samples. Scores the hold-out, too. */
export async function fitAgain(run: OnceRun, scoring: () => Promise<void>): Promise<void> {
  const { storage, data, model, workers } = run;
  // Folds that are fitted again are other models than those that are scored: the workers need not wait for that.
  if (!mayFitOnce(studyRecord.settings(storage)!)) return allEnded([giveRowsBack(run), scoring()]);
  await scoring();
  const plan = openPlan(storage, data, model, workers);
  await (plan ? fitOnce(run, plan) : giveRowsBack(run));
}

/** Waits for all, and then fails as the first that failed. */
async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((work) => work.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What is to be fitted once, kept in the study; null where the folds of the model saw all their rows, or the study holds too few rows out. */
export function openPlan(storage: Storage, data: StudyData, model: string, workers: number): OncePlan | null {
  const begun = onceRecord.plan(storage);
  const plan = newPlan(storage, data, model, workers);
  // A plan that has begun goes on, with however many workers, as long as it is of the best members.
  if (plan && begun?.model === model && begun.trials[0] === plan.trials[0]) return begun;
  if (plan || begun) {
    onceRecord.setOutcome(storage, null);
    onceRecord.setPlan(storage, plan);
  }
  return plan;
}

function newPlan(storage: Storage, data: StudyData, model: string, workers: number): OncePlan | null {
  if (!mayFitOnce(studyRecord.settings(storage)!)) return null;
  const trials = onceMembers(storage, model, workers).map(({ number }) => number);
  if (trials.length === 0) return null;
  const { train, stop, judge } = onceRows(data);
  if (Math.min(stop.length, judge.length) < LEAST_APART) return null;
  return { model, trials, rows: { train: train.length, stop: stop.length, judge: judge.length } };
}

/**
 * Fits what the plan asks for, decides whether that is better, and keeps both. What an earlier session fitted is kept; where its
 * time was short and this session has much more, it is fitted once more, and that is said.
 *
 * A fit for which no time was left, or that failed, is not there; a warning says so where that leaves nothing.
 */
export async function fitOnce(run: OnceRun, plan: OncePlan): Promise<void> {
  const { storage, data, reporter, engine, end, signal } = run;
  await runFits(run, plan, end);
  signal.throwIfAborted();
  const outcome = await chooseOnce({
    storage,
    data,
    plan,
    metric: metricOf(studyRecord.settings(storage)!),
    engine,
    signal,
  });
  onceRecord.setOutcome(storage, outcome);
  if (onceFits(storage, plan).size > 0) return;
  const message = `${plan.model} stays as the search fitted it, on samples of the rows: the fit on all rows failed, or there was no time for it`;
  reporter.emit({ type: 'warning', message });
}

async function runFits(run: OnceRun, plan: OncePlan, end: number | null): Promise<void> {
  const { storage, reporter, signal } = run;
  const until = end === null ? null : end - choiceMs(storage, plan);
  const { all, left } = refitTasks(storage, plan.model);
  const short = shortFits(storage, plan.model);
  const again = worthAgain(short, until, left.length);
  const tasks = all.filter(({ job }) => [...left, ...again].some((task) => task.job.trial === job.trial));
  if (tasks.length === 0) return;
  reporter.emit({ type: 'phase', phase: 'refitting' });
  const timer = new AbortController();
  const alarm = new Alarm(() => timer.abort());
  const executor = await createExecutor({ ...run, warn: (message) => reporter.emit({ type: 'warning', message }) });
  try {
    alarm.set(end);
    await runRefits({
      storage,
      executor,
      tasks,
      limited: (task, waiting) => {
        const had = short.find((fit) => fit.task.job.trial === task.job.trial);
        const begun = withTime(task, { storage, plan, until, waiting, hadMs: had?.limitMs });
        if (begun && had) reporter.emit({ type: 'warning', message: saidAgain(had) });
        return begun;
      },
      done: reporter.refits(all, tasks),
      signal: AbortSignal.any([signal, timer.signal]),
    });
  } finally {
    alarm.off();
    await executor.close();
  }
}

/** Times as long as it had that a fit must have to be worth making again. */
const WORTH = 1.5;

/** Fits of earlier sessions whose time was short, where there may be much more for them now. */
function worthAgain(short: readonly ShortFit[], until: number | null, waiting: number): RefitTask[] {
  const each = until === null ? Infinity : (MARGIN * (until - Date.now())) / Math.max(1, short.length + waiting);
  return short.filter(({ limitMs }) => each >= WORTH * limitMs).map(({ task }) => task);
}

function saidAgain({ task, limitMs }: ShortFit): string {
  const had = (limitMs / 1000).toPrecision(2);
  return `${task.model} is fitted on all rows once more: the ${had} s that it had in an earlier session were short, and there is more time now`;
}

/** Predicting the rows that stop and judge with the members of both models, and weighing them; measured, and as much again. */
function choiceMs(storage: Storage, { model, rows }: OncePlan): number {
  const perRow = studyRecord.finalists(storage).find((finalist) => finalist.model === model)?.predictMsPerRow ?? 0;
  const k = studyRecord.settings(storage)!.schema.target.classes.length || 1;
  return CHOICE_MS + CHOICE_NUMBER_MS * rows.stop * k + 2 * perRow * (rows.stop + rows.judge);
}
const CHOICE_MS = 500;
/** Calibrating and weighing, for each number that is predicted of the stopping rows. */
const CHOICE_NUMBER_MS = 0.002;

interface TimeLeft {
  readonly storage: Storage;
  readonly plan: OncePlan;
  /** When fits must have ended; null without a clock. */
  readonly until: number | null;
  /** Fits that wait for this one. */
  readonly waiting: number;
  /** What the fit had in an earlier session, where that was short. */
  readonly hadMs?: number | undefined;
}

/** A fit that has waited gets less than the first; a fit ends a little after its limit. */
const FIRST_SHARE = 0.65;
const MARGIN = 0.94;
/** Milliseconds that no fit on so many rows is worth beginning with. */
const LEAST_MS = 500;

/**
 * The fit with what it may take of the time left, on as many rows as fit into that; null where that is next to nothing, or not much more
 * than what an earlier one had that would give way to it.
 */
export function withTime(task: RefitTask, { storage, plan, until, waiting, hadMs = 0 }: TimeLeft): RefitTask | null {
  if (until === null) return task;
  const limitMs = MARGIN * (until - Date.now()) * (waiting > 0 ? FIRST_SHARE : 1);
  if (limitMs < LEAST_MS || limitMs < WORTH * hadMs) return null;
  const trial = storage.trials().find(({ number }) => number === task.job.trial)!;
  const parts = storage.parts(trial.number, { without: 'report.curve' });
  const ms = (1000 * parts.reduce((sum, { seconds }) => sum + seconds, 0)) / Math.max(1, parts.length);
  const rows = fittingRows({ rows: sampledRowsOf(trial) ?? plan.rows.train, ms: Math.max(1, ms) }, limitMs);
  return { ...task, job: { ...task.job, limitMs, ...(rows < plan.rows.train ? { rows } : {}) } };
}
