/** @file What is said while a fit runs: one line that is drawn again on a terminal, a short line per trial when piped. */

import type { Progress, RunEvent, TrialView } from '../automl/index.js';
import type { TargetEvent } from '../run/index.js';
import type { Output } from './commands.js';
import { counted, formatLeft, scoreFormat } from './format.js';
import { describeStudy } from './summary.js';
import { cut, displayWidth, harmless, noteLine, paint } from './text.js';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Shows the events of a run. */
export interface ProgressView {
  show(event: RunEvent | TargetEvent): void;
  /** Draws again what changes with time alone; to be called a few times a second. */
  tick(): void;
  /** Takes the line away, so that something else can be printed. */
  clear(): void;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly json: boolean;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly now: () => number;
}

/**
 * The view for these streams: a line that is drawn again where the stream is a terminal, plain lines elsewhere, and
 * nothing when quiet. With `json` standard output stays untouched: only a terminal on standard error shows progress.
 * Warnings go to standard error always.
 */
export function createProgress({ quiet, json, stdout, stderr, now }: ProgressOptions): ProgressView {
  const out = json ? stderr : stdout;
  const silent = quiet || (json && !stderr.isTTY);
  const view = silent ? new Silence() : out.isTTY ? new LiveLine(out, now) : new PlainLines(out);
  return {
    show: (event) => {
      if (event.type === 'warning') {
        view.clear();
        stderr.write(`${paint(stderr).yellow(noteLine(event.message))}\n`);
      }
      view.show(event);
    },
    tick: () => view.tick(),
    clear: () => view.clear(),
  };
}

/** `Target price, 1 of 2` */
function targetLine({ target, place, of }: TargetEvent): string {
  return harmless(`Target ${target}, ${place} of ${of}`);
}

class Silence implements ProgressView {
  show(): void {}
  tick(): void {}
  clear(): void {}
}

/** `3/14 lrnn-2  rmse 1234 ± 56, best 1234 (lrnn-2), 42 s left`, one line per finished trial. */
class PlainLines implements ProgressView {
  private started: EventOf<'started'> | null = null;

  constructor(private readonly out: Output) {}

  show(event: RunEvent | TargetEvent): void {
    if (event.type === 'target') {
      this.out.write(`${targetLine(event)}\n`);
    } else if (event.type === 'started') {
      this.started = event;
      this.out.write(`${startedText(event)}\n`);
    } else if (event.type === 'trial' && this.started) {
      this.out.write(`${trialText(event, this.started)}\n`);
    } else if (event.type === 'refit' && (event.isWhole || event.error !== null)) {
      this.out.write(`${refitText(event)}\n`);
    } else if (event.type === 'finished') {
      this.out.write('\n');
    }
  }

  tick(): void {}
  clear(): void {}
}

/** Redrawing more often than this only flickers. */
const REDRAW_MS = 80;
const BAR_CELLS = 24;
const MIN_BAR_CELLS = 8;

const PHASES: Readonly<Record<EventOf<'phase'>['phase'], string>> = {
  reading: 'reading the file',
  preparing: 'preparing the data',
  searching: 'starting the search',
  ensembling: 'blending the models',
  holdout: 'scoring the finalists',
  refitting: 'fitting again with more rows',
  exporting: 'writing the model',
};

/** One line at the bottom of a terminal. */
class LiveLine implements ProgressView {
  private started: EventOf<'started'> | null = null;
  private phase = '';
  private progress: Progress | null = null;
  private progressAt = 0;
  private drawnAt = -Infinity;
  private drawn = '';
  private over = false;
  /** Finished folds of the trials that are not finished. */
  private readonly openFolds = new Map<number, number>();

  constructor(
    private readonly out: Output,
    private readonly now: () => number,
  ) {}

  show(event: RunEvent | TargetEvent): void {
    switch (event.type) {
      case 'target':
        // The search before it has ended.
        this.over = false;
        this.openFolds.clear();
        return this.print(targetLine(event));
      case 'phase':
        this.phase = PHASES[event.phase];
        if (event.phase !== 'searching') this.progress = null;
        return this.draw(true);
      case 'started':
        this.started = event;
        this.phase = PHASES.preparing;
        return this.print(startedText(event));
      case 'fold':
        this.openFolds.set(event.trial, (this.openFolds.get(event.trial) ?? 0) + 1);
        return this.update(event.progress);
      case 'trial':
        this.openFolds.delete(event.trial.number);
        if (event.trial.state === 'failed' && this.started) this.print(trialText(event, this.started));
        return this.update(event.progress);
      case 'refit':
        this.phase = `${PHASES.refitting}, ${event.done} of ${event.total}`;
        return this.draw(false);
      case 'finished':
      case 'failed':
      case 'interrupted':
        this.over = true;
        return this.clear();
      default:
    }
  }

  tick(): void {
    this.draw(false);
  }

  clear(): void {
    if (this.drawn !== '') this.out.write('\r\u001b[2K');
    this.drawn = '';
  }

  private update(progress: Progress): void {
    this.progress = progress;
    this.progressAt = this.now();
    this.draw(false);
  }

  private print(line: string): void {
    this.clear();
    this.out.write(`${line}\n`);
    this.draw(true);
  }

  private draw(atOnce: boolean): void {
    const now = this.now();
    if (this.over || this.phase === '' || (!atOnce && now - this.drawnAt < REDRAW_MS)) return;
    const line = this.line(now);
    this.drawnAt = now;
    if (line === this.drawn) return;
    this.out.write(`\r\u001b[2K${line}`);
    this.drawn = line;
  }

  /** The longest of the line's forms that fits. */
  private line(now: number): string {
    const width = Math.max(1, this.out.columns - 1);
    if (!this.progress || !this.started) return cut(`${this.phase} …`, width);
    const { finishedTrials, plannedTrials, best } = this.progress;
    const trials =
      plannedTrials === null ? counted(finishedTrials, 'trial') : `${finishedTrials}/${plannedTrials} trials`;
    const left = this.secondsLeft(now);
    const time = left === null ? '' : formatLeft(left);
    const score = best ? `best ${this.started.metric} ${scoreFormat([best.cv])(best.cv)}` : '';
    const named = best ? `${score} (${best.model})` : '';
    const machines = machinesText(this.progress);
    const forms = [
      [trials, named, machines, time],
      [trials, score, machines, time],
      [trials, score, time],
      [trials, time],
      [trials],
    ].map((parts) => parts.filter((part) => part !== '').join(' · '));
    const form = forms.find((text) => displayWidth(text) + 1 + MIN_BAR_CELLS <= width) ?? cut(trials, width);
    const room = Math.min(BAR_CELLS, width - displayWidth(form) - 1);
    return room < MIN_BAR_CELLS ? form : `${paint(this.out).green(bar(this.share(left), room))} ${form}`;
  }

  private secondsLeft(now: number): number | null {
    const { secondsLeft } = this.progress!;
    return secondsLeft === null ? null : Math.max(0, secondsLeft - (now - this.progressAt) / 1000);
  }

  /** What is done, of the trials where their number is known, of the time elsewhere. */
  private share(left: number | null): number {
    const { finishedTrials, plannedTrials, elapsedSeconds, secondsLeft } = this.progress!;
    if (plannedTrials !== null) {
      const open = [...this.openFolds.values()].reduce((total, folds) => total + folds, 0) / this.started!.folds;
      return Math.min(1, (finishedTrials + open) / plannedTrials);
    }
    const total = elapsedSeconds + (secondsLeft ?? 0);
    return total === 0 || left === null ? 0 : 1 - left / total;
  }
}

/** How many workers on other machines there are; nothing where this one does it all. */
function machinesText({ workers }: Progress): string {
  return workers?.machines === undefined ? '' : counted(workers.machines, 'worker');
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `cells` characters, filled to eighths of one. */
export function bar(share: number, cells: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * cells * 8);
  const full = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7];
  return full.padEnd(cells, '░');
}

function startedText(event: EventOf<'started'>): string {
  const verb = event.resumed ? ', going on' : '';
  return harmless(`${event.study}${verb}: ${describeStudy(event, event)}.`);
}

function trialText({ trial, progress }: EventOf<'trial'>, { metric }: EventOf<'started'>): string {
  const { finishedTrials, plannedTrials, best, secondsLeft } = progress;
  const number = plannedTrials === null ? String(finishedTrials) : `${finishedTrials}/${plannedTrials}`;
  const score = best ? scoreFormat([best.cv]) : null;
  const parts = [
    outcome(trial, metric),
    best && score ? `best ${score(best.cv)} (${best.model})` : '',
    machinesText(progress),
    secondsLeft === null ? '' : formatLeft(secondsLeft),
  ];
  return harmless(`${number} ${trial.model}: ${parts.filter((part) => part !== '').join(', ')}`);
}

function refitText({ model, done, total, error }: EventOf<'refit'>): string {
  const end = error === null ? 'fitted again with more rows' : `could not be fitted again (${error})`;
  return harmless(`${done}/${total} fits, ${model}: ${end}`);
}

function outcome({ state, cv, cvStd, error }: TrialView, metric: string): string {
  if (state === 'failed') return `failed (${error ?? 'no reason given'})`;
  if (cv === null) return state;
  const score = scoreFormat([cv]);
  const spread = cvStd === null || Number.isNaN(cvStd) ? '' : ` ± ${score(cvStd)}`;
  return `${metric} ${score(cv)}${spread}${state === 'pruned' ? ', pruned' : ''}`;
}
