/** @file A running search in words: the events of a run as lines of a log and as progress. */

import type { Progress, RunEvent, WorkersView } from '../../automl/index.js';
import type { FamilyChip } from './families.js';
import { chipOf, metricLabel } from './families.js';
import { formatSeconds, formatSpread, isNumber, NOT_THERE, plural, scoreFormat } from './format.js';

export interface ProgressWords {
  /** 0 to 100; null when nobody can know. */
  readonly percent: number | null;
  readonly done: string;
  readonly best: string;
  readonly elapsed: string;
  readonly left: string;
  /** `2 of 2 busy`. */
  readonly workers: string;
  /** What they are at: `lrnn-7, fold 3`. */
  readonly fits: readonly { readonly chip: FamilyChip; readonly text: string }[];
}

export type Tone = 'plain' | 'good' | 'warn' | 'bad';

/** What the page is told of one event. */
export interface LiveUpdate {
  readonly type: RunEvent['type'];
  readonly text: string;
  /** What stands over the progress now; null where the event does not say. */
  readonly phase: string | null;
  readonly tone: Tone;
  readonly progress: ProgressWords | null;
  /** It is worth a line of the log. */
  readonly isLogged: boolean;
  /** The page shows other numbers now than before this event. */
  readonly changesPage: boolean;
  /** Nothing comes after this one, unless somebody resumes the run. */
  readonly isLast: boolean;
}

export interface LogLine {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

const PHASES: Readonly<Record<string, string>> = {
  reading: 'Reading the file',
  preparing: 'Preparing the data',
  searching: 'Searching',
  ensembling: 'Combining the models',
  holdout: 'Scoring the hold-out rows',
  refitting: 'Fitting the best model again, with more rows',
  exporting: 'Writing the best model',
};

export function liveUpdate(event: RunEvent): LiveUpdate {
  return {
    type: event.type,
    text: eventText(event),
    phase: event.type === 'phase' || event.type === 'refit' ? phaseText(event) : null,
    tone: toneOf(event),
    progress: 'progress' in event ? progressWords(event.progress) : null,
    isLogged: isLogged(event),
    changesPage: ['started', 'trial', 'finished', 'interrupted', 'failed'].includes(event.type),
    isLast: isLastEvent(event),
  };
}

export function isLastEvent({ type }: RunEvent): boolean {
  return type === 'finished' || type === 'interrupted' || type === 'failed';
}

/** One line of a log. */
export function eventText(event: RunEvent): string {
  switch (event.type) {
    case 'phase':
      return PHASES[event.phase] ?? event.phase;
    case 'started': {
      const size = `${plural(event.rows, 'row')}, ${plural(event.columns, 'column')}, ${plural(event.folds, 'fold')}`;
      const held = event.holdoutRows > 0 ? `, ${plural(event.holdoutRows, 'row')} held out` : '';
      return `${event.resumed ? 'Resumed' : 'Started'}: ${size}${held}`;
    }
    case 'warning':
      return event.message;
    case 'trial-started':
      return `${event.model} started`;
    case 'fold-started':
      return `${event.model}, fold ${event.fold + 1} of ${event.folds} started`;
    case 'fold':
      return `${event.model}, fold ${event.fold + 1} of ${event.folds}: ${oneScore(event.score)}`;
    case 'trial':
      return trialText(event.trial);
    case 'refit': {
      const count = `${event.done} of ${plural(event.total, 'fit')}`;
      const end = event.error === null ? 'fitted again with more rows' : `could not be fitted again (${event.error})`;
      return `${event.model} ${end}, ${count}`;
    }
    case 'finished':
      return event.summary.best === null ? 'Finished' : `Finished; ${event.summary.best} is the best`;
    case 'interrupted':
      return `Interrupted; everything finished is kept. Go on with: ${event.resume}`;
    case 'failed':
      return event.message;
  }
}

function trialText({ model, state, cv, cvStd, error }: Extract<RunEvent, { type: 'trial' }>['trial']): string {
  if (state === 'failed') return `${model} failed: ${error ?? 'no reason given'}`;
  if (state === 'pruned') return `${model} was given up early`;
  return `${model} finished: ${formatSpread(scoreFormat([cv]), cv, cvStd)}`;
}

function oneScore(score: number | null): string {
  return isNumber(score) ? scoreFormat([score])(score) : 'failed';
}

function toneOf(event: RunEvent): Tone {
  if (event.type === 'failed') return 'bad';
  if (event.type === 'warning' || event.type === 'interrupted') return 'warn';
  if (event.type === 'trial') return event.trial.state === 'failed' ? 'bad' : 'good';
  if (event.type === 'refit') return event.error === null ? 'good' : 'warn';
  return event.type === 'finished' ? 'good' : 'plain';
}

/** Time left decides the bar where it is known: it moves with every fold. */
export function progressWords(progress: Progress): ProgressWords {
  const { metric, finishedTrials, plannedTrials, elapsedSeconds, secondsLeft, best } = progress;
  return {
    percent: percentOf(progress),
    done:
      plannedTrials === null
        ? plural(finishedTrials, 'trial')
        : `${finishedTrials} of ${plural(plannedTrials, 'trial')}`,
    best: best
      ? `${metric === undefined ? '' : `${metricLabel(metric)} `}${oneScore(best.cv)} (${best.model})`
      : NOT_THERE,
    elapsed: formatSeconds(elapsedSeconds),
    left: isNumber(secondsLeft) ? formatSeconds(secondsLeft) : NOT_THERE,
    ...workersWords(progress.workers),
  };
}

function workersWords(workers: WorkersView | undefined): Pick<ProgressWords, 'workers' | 'fits'> {
  if (!workers) return { workers: NOT_THERE, fits: [] };
  const { count, fits, machines } = workers;
  const isOnGpu = fits.length > count && machines === undefined;
  const busy = isOnGpu ? `${plural(fits.length, 'fit')} at once` : `${Math.min(fits.length, count)} of ${count} busy`;
  return {
    workers: machines === undefined ? busy : `${busy}, on ${plural(machines, 'worker')}`,
    fits: fits.map(({ model, family, fold }) => ({ chip: chipOf(family), text: `${model}, fold ${fold + 1}` })),
  };
}

function percentOf({ finishedTrials, plannedTrials, elapsedSeconds, secondsLeft }: Progress): number | null {
  const share = isNumber(secondsLeft)
    ? elapsedSeconds / Math.max(elapsedSeconds + secondsLeft, 1e-9)
    : plannedTrials === null
      ? null
      : finishedTrials / Math.max(1, plannedTrials);
  return share === null ? null : Math.round(1000 * Math.max(0, Math.min(1, share))) / 10;
}

/** That a fold has begun is seen at the workers, and its end says it again; a model is fitted again in many fits. */
function isLogged(event: RunEvent): boolean {
  if (event.type === 'refit') return event.isWhole || event.error !== null;
  return event.type !== 'fold-started';
}

/** The newest lines of a log, oldest first. */
export function logLines(events: readonly { readonly id: number; readonly event: RunEvent }[], most = 200): LogLine[] {
  const logged = events.filter(({ event }) => isLogged(event));
  return logged.slice(-most).map(({ id, event }) => ({ id, text: eventText(event), tone: toneOf(event) }));
}

/** Progress as the newest event that knows it tells it. */
export function latestProgress(events: readonly { readonly event: RunEvent }[]): ProgressWords | null {
  const last = events.findLast(({ event }) => 'progress' in event)?.event;
  if (!last || !('progress' in last)) return null;
  const words = progressWords(last.progress);
  const phase = events.findLast(({ event }) => event.type === 'phase')?.event;
  const isSearching = phase?.type !== 'phase' || phase.phase === 'searching';
  return isSearching ? words : { ...words, left: NOT_THERE, fits: [] };
}

/** The phase that the run said last, and how far it is where that is known. */
export function latestPhase(events: readonly RunEvent[]): string {
  const last = events.findLast(({ type }) => type === 'phase' || type === 'refit');
  return last ? phaseText(last) : 'Starting';
}

function phaseText(event: RunEvent): string {
  return event.type === 'refit' ? `${PHASES['refitting']}: ${event.done} of ${event.total}` : eventText(event);
}
