/** @file Turns what the search does into events: stored in the study, and told to whoever listens. */

import type { Progress, RunEvent, SearchListener, StudySettings } from '../automl/index.js';
import { modelName, trialScore, trialView } from '../automl/index.js';
import type { Family, JsonObject } from '../core/index.js';
import { metricFor, toLoss } from '../evaluate/index.js';
import type { Storage, TrialSpec } from '../search/index.js';

export class RunReporter implements SearchListener {
  private finished = 0;
  private folds = 0;
  /** Folds of trials that were given up. */
  private skipped = 0;
  private readonly finishedBefore: number;
  private best: Progress['best'] = null;
  private readonly searchStart = Date.now();

  constructor(
    private readonly storage: Storage,
    private readonly settings: StudySettings,
    private readonly planned: number | null,
    private readonly deadline: number | null,
    private readonly startedAt: number,
    private readonly listener: ((event: RunEvent) => void) | undefined,
  ) {
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

  foldDone(spec: TrialSpec, fold: number, score: number | null, seconds: number): void {
    this.folds++;
    const { folds } = this.settings;
    const head = { type: 'fold', trial: spec.number, model: modelName(spec), fold, folds, score, seconds } as const;
    this.emit({ ...head, progress: this.progress() });
  }

  trialDone(spec: TrialSpec): void {
    this.finished++;
    const record = this.storage.trials().find(({ number }) => number === spec.number)!;
    this.consider(modelName(spec), spec.group as Family, trialScore(record).cv);
    if (record.state === 'pruned') this.skipped += this.settings.folds - this.storage.parts(spec.number).length;
    const trial = trialView(record, this.storage.parts(spec.number), this.settings.folds);
    this.emit({ type: 'trial', trial, progress: this.progress() });
  }

  private consider(model: string, family: Family, cv: number | null): void {
    const metric = metricFor(this.settings.metric, this.settings.task);
    if (cv === null || (this.best && toLoss(metric, this.best.cv) <= toLoss(metric, cv))) return;
    this.best = { model, family, cv };
  }

  private progress(): Progress {
    const now = Date.now();
    return {
      finishedTrials: this.finished,
      plannedTrials: this.planned,
      elapsedSeconds: (now - this.startedAt) / 1000,
      secondsLeft: this.secondsLeft(now),
      best: this.best,
    };
  }

  /** By the clock, or by the folds of this session so far. */
  private secondsLeft(now: number): number | null {
    if (this.deadline !== null) return Math.max(0, (this.deadline - now) / 1000);
    if (this.planned === null || this.folds === 0) return null;
    const perFold = (now - this.searchStart) / 1000 / this.folds;
    const left = (this.planned - this.finishedBefore) * this.settings.folds - this.folds - this.skipped;
    return Math.max(0, left * perFold);
  }
}
