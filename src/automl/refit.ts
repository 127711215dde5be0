/**
 * @file Rows given back: the model that is taken away is fitted once more, with the rows held out among its training rows,
 * when their score is known; where rows follow each other in time, on all rows; where folds saw samples, once. Reasons: docs/decisions/giving-rows-back.md.
 */

import type { JsonObject } from '../core/index.js';
import { deriveSeed } from '../core/index.js';
import { mean, metricFor, standardDeviation, toLoss } from '../evaluate/index.js';
import type { FitReport } from '../models/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { Executor, FoldJob, FoldMachine, FoldResult, Refit } from './executor.js';
import { modelName } from './finalise.js';
import type { KeptFit } from './machine-shares.js';
import type { OncePlan } from './once.js';
import { oncePlanOf, onceRecord, onceTaken } from './once.js';
import { sampledRowsOf } from './pace.js';
import type { FoldModel } from './predictor.js';
import { foldJob } from './search.js';
import type { StudySettings } from './settings.js';
import { studyRecord } from './settings.js';
import { bytesToFloats, decodeState, encodeState, floatsToBytes } from './state-codec.js';
import type { OnceView, RefitView } from './summary.js';

/** A finished fit. Written after its model and its recipe: what has a record is whole. */
interface RefitRecord {
  readonly recipe: string;
  readonly seconds: number;
  /** Rows that it was fitted on, where those were a sample. */
  readonly rows?: number;
  /** Milliseconds that it might take, where it would have done with more. */
  readonly limitMs?: number;
  /** On the rows that stopped it, of a fit with a limit that had a fold's. */
  readonly score?: number;
  /** Left out where no worker of a cluster has fitted it. */
  readonly machine?: FoldMachine;
  /** The fit failed, and would again: the search's models are kept. */
  readonly error: string | null;
}

type FitPlace = Pick<FoldJob, 'trial' | 'fold' | 'refit'>;

const keyOf = ({ trial, fold, refit }: FitPlace): string => `refit/${trial}/${refit === 'once' ? refit : fold}`;

const saidKey = (place: FitPlace): string => `${keyOf(place)}/said`;

function readRecord(storage: Storage, place: FitPlace): RefitRecord | undefined {
  return (storage.get(keyOf(place)) ?? undefined) as unknown as RefitRecord | undefined;
}

/** How models of this study are fitted again; null: they are not. */
export function refitOf({ refit, time, holdoutRows }: StudySettings): Refit | null {
  if (refit !== true) return null;
  if (time !== null) return 'all';
  return holdoutRows > 0 ? 'returned' : null;
}

/** Models of one trial on all rows, averaged: as many draws of what is random in a fit. */
export const REFIT_SEEDS = 3;
/** Folds, the latest ones, whose best steps say how long a fit on all rows lasts. */
const LATEST_FOLDS = 2;

/** Fits that a trial of a family needs. */
export function fitsOf(settings: StudySettings, family: string): number {
  const refit = refitOf(settings);
  if (refit === null) return 0;
  const hasLuck = family !== 'dummy' && family !== 'linear';
  return refit === 'returned' ? settings.folds : hasLuck ? REFIT_SEEDS : 1;
}

/** The trials of a model, those with the largest weight first. */
function trialsOf(storage: Storage, model: string): TrialRecord[] {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const names = ensemble?.members.map((member) => member.model) ?? [model];
  const trials = storage.trials();
  return names.flatMap((name) => trials.find((trial) => modelName(trial) === name) ?? []);
}

/** The models of a trial that was fitted again; null where it was not, or not wholly. */
export function refittedModels(storage: Storage, trial: TrialRecord): readonly FoldModel[] | null {
  const { number } = trial;
  return (
    wholeRecords(storage, trial)?.map(({ recipe }, fold) => ({
      recipe,
      state: decodeState(storage.getBlob(keyOf({ trial: number, fold }))!),
    })) ?? null
  );
}

/**
 * What the models of a trial that was fitted again said of the rows of their folds, which none of them was fitted on, in the order of out-of-fold rows; null where it was not,
 * where nobody stays unseen, and in studies of earlier versions.
 */
export function refittedPredictions(storage: Storage, trial: TrialRecord): Float32Array | null {
  const records = refitOf(studyRecord.settings(storage)!) === 'returned' ? wholeRecords(storage, trial) : null;
  const said = records?.map((_, fold) => storage.getBlob(saidKey({ trial: trial.number, fold })));
  if (!said?.every((bytes) => bytes !== undefined)) return null;
  const folds = said.map(bytesToFloats);
  const all = new Float32Array(folds.reduce((sum, { length }) => sum + length, 0));
  folds.reduce((at, own) => (all.set(own, at), at + own.length), 0);
  return all;
}

/** The recipe of the first of them, or of the fit on all rows that a model of one trial is taken away as. */
export function refittedRecipe(storage: Storage, trial: TrialRecord): string | null {
  const plan = oncePlanOf(storage, modelName(trial));
  if (plan && onceTaken(storage, plan.model)) return onceFits(storage, plan).get(trial.number)?.recipe ?? null;
  return wholeRecords(storage, trial)?.[0].recipe ?? null;
}

function wholeRecords(storage: Storage, trial: TrialRecord): readonly RefitRecord[] | null {
  const all = recordsOf(storage, trial);
  const records = all.filter((record) => record !== undefined);
  const isWhole = records.length === all.length && records.every(({ error }) => error === null);
  return isWhole && records.length > 0 && !fellShort(storage, trial, records) ? records : null;
}

/**
 * Whether fits that had a limit are behind those of the search, on the rows that stopped both, by more than chance: with more rows they
 * are better, unless the machine had no time for them.
 */
function fellShort(storage: Storage, { number }: TrialRecord, records: readonly RefitRecord[]): boolean {
  const { metric, task } = studyRecord.settings(storage)!;
  const parts = storage.parts(number, { without: 'report.curve' });
  const gaps = records.flatMap(({ score }, fold) => {
    const before = parts.find(({ part }) => part === fold)?.value ?? null;
    const loss = (value: number): number => toLoss(metricFor(metric, task), value);
    return score === undefined || before === null ? [] : [loss(score) - loss(before)];
  });
  return gaps.length > 1 && mean(gaps) > standardDeviation(gaps) / Math.sqrt(gaps.length);
}

/** Of each fit that a trial needs; empty where the study refits nothing. */
function recordsOf(storage: Storage, { number, group }: TrialRecord): (RefitRecord | undefined)[] {
  const count = fitsOf(studyRecord.settings(storage)!, group);
  return Array.from({ length: count }, (_, fold) => readRecord(storage, { trial: number, fold }));
}

/** A finished fit on all rows, and how it went. */
export interface OnceFit extends RefitRecord {
  /** Rows that it was fitted on. */
  readonly rows: number;
}

/** The fits of a plan that went well, by trial. */
export function onceFits(storage: Storage, { trials, rows }: OncePlan): Map<number, OnceFit> {
  const fits = trials.flatMap((trial): [number, OnceFit][] => {
    const made = readRecord(storage, { trial, fold: 0, refit: 'once' });
    return made?.error === null ? [[trial, { ...made, rows: made.rows ?? rows.train }]] : [];
  });
  return new Map(fits);
}

/** The model of a trial that was fitted on all rows. */
export function onceModel(storage: Storage, trial: number, { recipe }: OnceFit): FoldModel {
  return { recipe, state: decodeState(storage.getBlob(keyOf({ trial, fold: 0, refit: 'once' }))!) };
}

/** The fits of a model that are there, those that failed included. */
export function madeAgain(storage: Storage, model: string): KeptFit[] {
  return refitTasks(storage, model).all.flatMap(({ job }) => readRecord(storage, job) ?? []);
}

/** What was given back to a model, and to which of its members; null where the study gives nothing back to it. */
export function refitView(storage: Storage, model: string): RefitView | null {
  const settings = studyRecord.settings(storage)!;
  const plan = oncePlanOf(storage, model);
  if (plan) return onceRefit(storage, plan);
  const on = refitOf(settings);
  const trials = trialsOf(storage, model);
  const isWhole = (trial: TrialRecord): boolean => wholeRecords(storage, trial) !== null;
  if (on === null || !trials.some(isWhole)) return null;
  const fits = trials.flatMap((trial) => recordsOf(storage, trial)).filter((record) => record !== undefined);
  return {
    model,
    on,
    rows: settings.holdoutRows,
    fits: fits.length,
    seconds: fits.reduce((sum, { seconds }) => sum + seconds, 0),
    kept: trials.filter((trial) => !isWhole(trial)).map(modelName),
  };
}

/** Null where the models of the search were no worse. */
function onceRefit(storage: Storage, plan: OncePlan): RefitView | null {
  const once = onceView(storage, plan.model);
  if (!once?.isTaken) return null;
  const fits = [...onceFits(storage, plan).values()];
  return {
    model: plan.model,
    on: 'once',
    rows: studyRecord.settings(storage)!.holdoutRows,
    fits: fits.length,
    seconds: fits.reduce((sum, { seconds }) => sum + seconds, 0),
    kept: once.members.flatMap(({ model, isFitted }) => (isFitted ? [] : [model])),
    once,
  };
}

/** What fits on all rows came to, taken or not; null where there are none. */
export function onceView(storage: Storage, model: string): OnceView | null {
  const plan = oncePlanOf(storage, model);
  const outcome = plan && onceRecord.outcome(storage);
  if (!outcome) return null;
  const fits = onceFits(storage, plan);
  const { members, before, score, isTaken } = outcome;
  const rowsOf = new Map(
    storage.trials().flatMap((trial): [string, number][] => {
      const fit = fits.get(trial.number);
      return fit ? [[modelName(trial), fit.rows]] : [];
    }),
  );
  const own = members.flatMap(({ model }) => rowsOf.get(model) ?? []);
  const used = own.length > 0 ? own : [...rowsOf.values()];
  const [trainRows, leastRows] = [Math.max(...used), Math.min(...used)];
  return {
    members: members.map((member) => ({ ...member, isFitted: rowsOf.has(member.model) })),
    trainRows,
    ...(leastRows < trainRows ? { leastRows } : {}),
    stopRows: plan.rows.stop,
    judgeRows: plan.rows.judge,
    before,
    score,
    isTaken,
  };
}

/** A fit that the model needs. */
export interface RefitTask {
  readonly model: string;
  readonly job: FoldJob;
}

/** Every fit that a model needs, member by member, the largest weight first; and those of them that are there already. */
export function refitTasks(storage: Storage, model: string): { all: RefitTask[]; left: RefitTask[] } {
  const settings = studyRecord.settings(storage)!;
  const plan = oncePlanOf(storage, model);
  if (plan) return withLeft(storage, onceTasks(storage, plan));
  const refit = refitOf(settings);
  // A model that left rows aside for want of time has no use for more of them; of later ones, in time, it has.
  const trials = trialsOf(storage, model).filter((trial) => refit === 'all' || sampledRowsOf(trial) === null);
  const all = trials.flatMap((trial) =>
    Array.from({ length: fitsOf(settings, trial.group) }, (_, fit) => {
      const rows = sampledRowsOf(trial);
      const job = refit === 'all' ? allRowsJob(storage, trial, fit) : { ...foldJob(trial, fit), refit: refit! };
      return { model: modelName(trial), job: rows === null ? job : { ...job, rows } };
    }),
  );
  return withLeft(storage, all);
}

/** A fit on all rows that is there, and would have done with more than the milliseconds that it had. */
export interface ShortFit {
  readonly task: RefitTask;
  readonly limitMs: number;
}

export function shortFits(storage: Storage, model: string): ShortFit[] {
  const plan = oncePlanOf(storage, model);
  return (plan ? onceTasks(storage, plan) : []).flatMap((task) => {
    const limitMs = readRecord(storage, task.job)?.limitMs;
    return limitMs === undefined ? [] : [{ task, limitMs }];
  });
}

function withLeft(storage: Storage, all: RefitTask[]): { all: RefitTask[]; left: RefitTask[] } {
  return { all, left: all.filter(({ job }) => readRecord(storage, job) === undefined) };
}

function onceTasks(storage: Storage, { trials }: OncePlan): RefitTask[] {
  return trials.map((number) => {
    const trial = storage.trials().find((one) => one.number === number)!;
    const seed = deriveSeed(trial.seed, 'refit', 'once');
    return { model: modelName(trial), job: { ...foldJob(trial, 0), seed, refit: 'once' as const } };
  });
}

/**
 * On all rows nobody judges: the fit ends where that of a latest fold was at its best, whichever lasted longer. A fold whose
 * level jumps between training and validation ends at once, and says nothing of how much there is to learn.
 */
function allRowsJob(storage: Storage, trial: TrialRecord, fit: number): FoldJob {
  const reports = storage
    .parts(trial.number, { without: 'report.curve' })
    .slice(-LATEST_FOLDS)
    .flatMap(({ info }) => (info as { report?: Partial<FitReport> }).report ?? []);
  const steps = reports.map(({ bestStep = 0 }) => bestStep);
  const shares = reports.map(({ bestStep = 0, plannedSteps = bestStep }) => bestStep / Math.max(1, plannedSteps));
  const stopAt = { rounds: Math.max(1, ...steps), share: Math.max(0, ...shares) };
  const job = { ...foldJob(trial, fit), seed: deriveSeed(trial.seed, 'refit', fit), refit: 'all' as const };
  return reports.length > 0 ? { ...job, stopAt } : job;
}

export interface RefitSetup {
  readonly storage: Storage;
  readonly executor: Executor;
  readonly tasks: readonly RefitTask[];
  /** What a fit may take that begins now, with so many that will have to wait for it; null: there is no time for it. Left out: as it is. */
  readonly limited?: (task: RefitTask, waiting: number) => RefitTask | null;
  /** Told of every fit that is stored; `error` is null where it went well. */
  readonly done: (task: RefitTask, seconds: number, error: string | null) => void;
  /** Stops; what is finished is kept, what is under way is given up. */
  readonly signal: AbortSignal;
}

/**
 * Runs until all tasks are done or the signal fires.
 *
 * Random   as the search's own fits, from the trial's seed and the fold: the order in which they end does not matter
 */
export async function runRefits({ storage, executor, tasks, limited, done, signal }: RefitSetup): Promise<void> {
  const queue = [...tasks];
  let isOver = signal.aborted;
  const lanes = Math.min(executor.capacity, queue.length);
  let free = lanes;
  const lane = async (): Promise<void> => {
    for (let task = queue.shift(); task && !isOver; task = queue.shift()) {
      // What a free lane takes at once does not wait.
      const begun = limited ? limited(task, Math.max(0, queue.length - (free - 1))) : task;
      if (!begun) continue;
      free--;
      const outcome = await executor.run(begun.job);
      free++;
      if (isOver) return;
      record(storage, begun.job, outcome);
      done(task, outcome.seconds, outcome.ok ? null : outcome.error);
    }
  };
  const work = Promise.all(Array.from({ length: lanes }, lane));
  const stop = aborted(signal);
  try {
    await Promise.race([work, stop.promise]);
  } finally {
    // Fits under way end when the executor is closed, and nobody hears of them.
    isOver = true;
    work.catch(() => undefined);
    stop.forget();
  }
}

function record(storage: Storage, job: FoldJob, outcome: FoldResult): void {
  const before = readRecord(storage, job);
  // A fit that is made once more stays where the new one fails.
  if (before?.error === null && !outcome.ok) return;
  const recipe = outcome.ok ? outcome.prepared.key : '';
  if (outcome.ok) {
    const name = `recipe/${recipe}`;
    const text = JSON.stringify(outcome.prepared.recipe);
    if (!storage.getBlob(name)) storage.putBlob(name, new TextEncoder().encode(text));
  }
  const { seconds, machine } = outcome;
  const by = machine ? { machine: { ...machine } } : {};
  const isHeld = job.refit === 'returned' && job.limitMs !== undefined && outcome.ok;
  const own = job.refit === 'once' ? onceTerms(job, seconds) : isHeld ? { score: outcome.score } : {};
  const made: RefitRecord = { recipe, seconds, ...own, ...by, error: outcome.ok ? null : outcome.error };
  const record = { [keyOf(job)]: made as unknown as JsonObject };
  if (!outcome.ok) storage.set(keyOf(job), record[keyOf(job)]);
  else {
    // All at once: no record stands beside the model of another fit, and no word on other fits beside this one.
    if (job.refit === 'returned') storage.putBlob(saidKey(job), floatsToBytes(outcome.predictions));
    const word = job.refit === 'once' && onceRecord.outcome(storage) ? onceRecord.withoutOutcome : {};
    storage.putBlob(keyOf(job), encodeState(outcome.model), { ...record, ...word });
  }
}

/** A fit that takes more than this share of its time would have done with more: it ends by its limit, or has hurried for it. */
const USED_SHARE = 0.75;

function onceTerms({ rows, limitMs }: FoldJob, seconds: number): Pick<RefitRecord, 'rows' | 'limitMs'> {
  const isShort = limitMs !== undefined && (rows !== undefined || 1000 * seconds > USED_SHARE * limitMs);
  return { ...(rows === undefined ? {} : { rows }), ...(isShort ? { limitMs } : {}) };
}

function aborted(signal: AbortSignal): { promise: Promise<void>; forget: () => void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    onAbort = () => resolve();
    signal.addEventListener('abort', onAbort);
  });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
