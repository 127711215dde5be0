/** @file Turns what the search does into events: stored in the study, and told to whoever listens. */

import type {
  Progress,
  RefitSetup,
  RefitTask,
  RunEvent,
  RunningFit,
  SearchListener,
  StudySettings,
} from '../../automl/index.js';
import { metricOf, modelName, trialScore, trialView } from '../../automl/index.js';
import type { Family, JsonObject } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import { toLoss } from '../../evaluate/index.js';
import type { Storage, TrialSpec } from '../../search/index.js';
import { FoldTimes } from './time-left.js';

/** One session of a study. Moments in milliseconds since 1970. */
export interface SearchSession {
  readonly settings: StudySettings;
  /** Trials in all; null where time alone decides. */
  readonly planned: number | null;
  /** As far as it is known now; null without a clock. */
  readonly searchEnd: () => number | null;
  readonly startedAt: number;
  readonly workers: number;
  /** Where folds go to other machines: as many as are there now. */
  readonly cluster?: { readonly slots: number; readonly workers: number };
}

export class RunReporter implements SearchListener {
  private finished = 0;
  private folds = 0;
  /** Folds of trials that were given up. */
  private skipped = 0;
  private readonly finishedBefore: number;
  /** In the order in which they began. */
  private readonly underWay = new Map<string, RunningFit>();
  private best: Progress['best'] = null;
  private readonly times: FoldTimes;

  constructor(
    private readonly storage: Storage,
    private readonly session: SearchSession,
    private readonly listener: ((event: RunEvent) => void) | undefined,
  ) {
    this.times = new FoldTimes(session.settings.families);
    for (const trial of storage.trials()) {
      if (trial.state === 'running') continue;
      this.finished++;
      this.consider(modelName(trial), trial.group as Family, trialScore(trial).cv);
    }
    this.finishedBefore = this.finished;
  }

  /** Stores the event, then tells it. */
  emit(event: RunEvent): void {
    this.storage.appendEvent(event as unknown as JsonObject);
    this.listener?.(event);
  }

  trialStarted(spec: TrialSpec): void {
    const { number, group, params } = spec;
    const model = modelName(spec);
    this.emit({ type: 'trial-started', trial: number, model, family: group as Family, settings: params });
  }

  foldStarted(spec: TrialSpec, fold: number): void {
    const { number: trial, group } = spec;
    const model = modelName(spec);
    this.underWay.set(`${trial}/${fold}`, { model, family: group as Family, fold, startedAt: Date.now() });
    const { folds } = this.session.settings;
    this.emit({ type: 'fold-started', trial, model, fold, folds, progress: this.progress() });
  }

  foldEnded({ number }: TrialSpec, fold: number): void {
    this.underWay.delete(`${number}/${fold}`);
  }

  foldDone(spec: TrialSpec, fold: number, score: number | null, seconds: number): void {
    this.folds++;
    this.times.add(spec.group as Family, seconds);
    const { folds } = this.session.settings;
    const head = { type: 'fold', trial: spec.number, model: modelName(spec), fold, folds, score, seconds } as const;
    this.emit({ ...head, progress: this.progress() });
  }

  trialDone(spec: TrialSpec): void {
    this.finished++;
    const record = this.storage.trials().find(({ number }) => number === spec.number)!;
    this.consider(modelName(spec), spec.group as Family, trialScore(record).cv);
    if (record.state === 'pruned') this.skipped += this.session.settings.folds - this.storage.parts(spec.number).length;
    const trial = trialView(record, this.storage.parts(spec.number), this.session.settings.folds);
    this.emit({ type: 'trial', trial, progress: this.progress() });
  }

  /** Tells each of the fits that follow the search, of which some are done already. */
  refits(all: readonly RefitTask[], left: readonly RefitTask[]): RefitSetup['done'] {
    const open = new Set(left);
    return (task, seconds, error) => {
      open.delete(task);
      const { model } = task;
      const isWhole = ![...open].some((other) => other.model === model);
      const done = all.length - open.size;
      this.emit({ type: 'refit', model, seconds, error, done, total: all.length, isWhole });
    };
  }

  private consider(model: string, family: Family, cv: number | null): void {
    const metric = metricOf(this.session.settings);
    if (cv === null || (this.best && toLoss(metric, this.best.cv) <= toLoss(metric, cv))) return;
    this.best = { model, family, cv };
  }

  private progress(): Progress {
    const now = Date.now();
    return {
      metric: this.session.settings.metric,
      finishedTrials: this.finished,
      plannedTrials: this.session.planned,
      elapsedSeconds: (now - this.session.startedAt) / 1000,
      secondsLeft: this.secondsLeft(now),
      best: this.best,
      workers: { ...this.workers(), fits: [...this.underWay.values()] },
    };
  }

  private workers(): { count: number; machines?: number } {
    const { workers, cluster } = this.session;
    return cluster ? { count: cluster.slots, machines: cluster.workers } : { count: workers };
  }

  /** By the clock, or by what folds of this session took. */
  private secondsLeft(now: number): number | null {
    const end = this.session.searchEnd();
    if (end !== null) return Math.max(0, (end - now) / 1000);
    if (this.session.planned === null) return null;
    const left = (this.session.planned - this.finishedBefore) * this.session.settings.folds - this.folds - this.skipped;
    return this.times.left(left, Math.max(this.workers().count, this.underWay.size));
  }
}

/** The last event of a run that ends by an error. */
export function failure(error: unknown): RunEvent {
  if (error instanceof ToolkitError) return { type: 'failed', message: error.message, kind: error.kind };
  return { type: 'failed', message: error instanceof Error ? error.message : String(error), kind: 'bug' };
}
