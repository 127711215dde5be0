/**
 * @file Rows given back: the model that is taken away is fitted once more, with the rows held out among its training rows,
 * when their score is known. Figures and reasons: docs/decisions/giving-rows-back.md.
 */

import type { JsonObject } from '../core/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { Executor, FoldJob, FoldOutcome, Refit } from './executor.js';
import { modelName } from './finalise.js';
import type { FoldModel } from './predictor.js';
import { foldJob } from './search.js';
import type { StudySettings } from './settings.js';
import { studyRecord } from './settings.js';
import { decodeState, encodeState } from './state-codec.js';
import type { RefitView } from './summary.js';

/** A finished fit. Written after its model and its recipe: what has a record is whole. */
interface RefitRecord {
  readonly recipe: string;
  readonly seconds: number;
  /** The fit failed, and would again: the search's models are kept. */
  readonly error: string | null;
}

const keyOf = (trial: number, fold: number): string => `refit/${trial}/${fold}`;

function readRecord(storage: Storage, trial: number, fold: number): RefitRecord | undefined {
  return storage.get(keyOf(trial, fold)) as unknown as RefitRecord | undefined;
}

/** How models of this study are fitted again; null: they are not. */
export function refitOf({ refit, time, holdoutRows }: StudySettings): Refit | null {
  return refit === true && time === null && holdoutRows > 0 ? 'returned' : null;
}

/** The trials of a model, those with the largest weight first. */
function trialsOf(storage: Storage, model: string): TrialRecord[] {
  const ensemble = model === 'ensemble' ? studyRecord.ensemble(storage) : null;
  const names = ensemble?.members.map((member) => member.model) ?? [model];
  const trials = storage.trials();
  return names.flatMap((name) => trials.find((trial) => modelName(trial) === name) ?? []);
}

/** The models of a trial that was fitted again; null where it was not, or not wholly. */
export function refittedModels(storage: Storage, { number }: TrialRecord): readonly FoldModel[] | null {
  return (
    wholeRecords(storage, number)?.map(({ recipe }, fold) => ({
      recipe,
      state: decodeState(storage.getBlob(keyOf(number, fold))!),
    })) ?? null
  );
}

/** The recipe of the first of them. */
export function refittedRecipe(storage: Storage, { number }: TrialRecord): string | null {
  return wholeRecords(storage, number)?.[0].recipe ?? null;
}

function wholeRecords(storage: Storage, trial: number): readonly RefitRecord[] | null {
  const records = recordsOf(storage, trial).filter((record) => record !== undefined);
  const isWhole = records.length === fitsPerTrial(storage) && records.every(({ error }) => error === null);
  return isWhole && records.length > 0 ? records : null;
}

/** 0 where the study refits nothing. */
function fitsPerTrial(storage: Storage): number {
  const settings = studyRecord.settings(storage)!;
  return refitOf(settings) === null ? 0 : settings.folds;
}

/** Of each fit that a trial needs; empty where the study refits nothing. */
function recordsOf(storage: Storage, trial: number): (RefitRecord | undefined)[] {
  return Array.from({ length: fitsPerTrial(storage) }, (_, fold) => readRecord(storage, trial, fold));
}

/** What was given back to a model, and to which of its members; null where the study gives nothing back to it. */
export function refitView(storage: Storage, model: string): RefitView | null {
  const settings = studyRecord.settings(storage)!;
  if (refitOf(settings) === null) return null;
  const trials = trialsOf(storage, model);
  const isWhole = ({ number }: TrialRecord): boolean => wholeRecords(storage, number) !== null;
  if (!trials.some(isWhole)) return null;
  const fits = trials.flatMap(({ number }) => recordsOf(storage, number)).filter((record) => record !== undefined);
  return {
    model,
    rows: settings.holdoutRows,
    fits: fits.length,
    seconds: fits.reduce((sum, { seconds }) => sum + seconds, 0),
    kept: trials.filter((trial) => !isWhole(trial)).map(modelName),
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
  const refit = refitOf(settings);
  if (refit === null) return { all: [], left: [] };
  const all = trialsOf(storage, model).flatMap((trial) =>
    Array.from({ length: settings.folds }, (_, fold) => ({
      model: modelName(trial),
      job: { ...foldJob(trial, fold), refit },
    })),
  );
  return { all, left: all.filter(({ job }) => readRecord(storage, job.trial, job.fold) === undefined) };
}

export interface RefitSetup {
  readonly storage: Storage;
  readonly executor: Executor;
  readonly tasks: readonly RefitTask[];
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
export async function runRefits({ storage, executor, tasks, done, signal }: RefitSetup): Promise<void> {
  const queue = [...tasks];
  let isOver = signal.aborted;
  const lane = async (): Promise<void> => {
    for (let task = queue.shift(); task && !isOver; task = queue.shift()) {
      const outcome = await executor.run(task.job);
      if (isOver) return;
      record(storage, task.job, outcome);
      done(task, outcome.seconds, outcome.ok ? null : outcome.error);
    }
  };
  const work = Promise.all(Array.from({ length: Math.min(executor.capacity, queue.length) }, lane));
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

function record(storage: Storage, { trial, fold }: FoldJob, outcome: FoldOutcome): void {
  const recipe = outcome.ok ? outcome.prepared.key : '';
  if (outcome.ok) {
    const name = `recipe/${recipe}`;
    const text = JSON.stringify(outcome.prepared.recipe);
    if (!storage.getBlob(name)) storage.putBlob(name, new TextEncoder().encode(text));
    storage.putBlob(keyOf(trial, fold), encodeState(outcome.model));
  }
  const made: RefitRecord = { recipe, seconds: outcome.seconds, error: outcome.ok ? null : outcome.error };
  storage.set(keyOf(trial, fold), made as unknown as JsonObject);
}

function aborted(signal: AbortSignal): { promise: Promise<void>; forget: () => void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    onAbort = () => resolve();
    signal.addEventListener('abort', onAbort);
  });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
