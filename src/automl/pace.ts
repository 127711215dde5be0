/**
 * @file How a search under a clock spends its time: what each fit may take, and on a large table how many rows it learns from.
 *
 * A large table goes in rungs: every family once on a sample of the rows, then the best of them again on as many as fit into the
 * time that is left. Everything is decided from what is stored, so that a search that goes on decides alike.
 */

import type { Storage, TrialRecord, TrialSpec } from '../search/index.js';
import { AGAIN } from '../search/index.js';

export interface PaceSetup {
  readonly storage: Storage;
  /** When the search began, and when it must end as far as is known now: milliseconds since 1970. */
  readonly begin: number;
  readonly deadline: () => number;
  readonly workers: number;
  readonly folds: number;
  /** Training rows of a fold. */
  readonly rows: number;
  /** Columns of the table, and classes (1 for regression). */
  readonly columns: number;
  readonly k: number;
  /** Names of the groups that take their time, and of those that hardly do. */
  readonly slow: readonly string[];
  readonly quick: readonly string[];
  readonly now?: (() => number) | undefined;
}

/** What the fits of a trial may take. */
export interface Allotment {
  /** Milliseconds of each fold's fit. */
  readonly limitMs?: number;
  /** Training rows of each fold, at most; all where left out. */
  readonly rows?: number;
}

/** Rows of a fold from which a table may be large, and rows or cells that make it so. */
const MANY_ROWS = 20_000;
const LARGE_ROWS = 40_000;
const LARGE_CELLS = 5_000_000;
/** The first rung: rows, cells, and predicted numbers at most. */
const FIRST_ROWS = 20_000;
const FIRST_CELLS = 20_000_000;
const FIRST_NUMBERS = 3_000_000;
const LEAST_ROWS = 1000;
/** Share of the time for the first rung of all slow families together, and of one quick one. */
const FIRST_SHARE = 0.35;
const QUICK_SHARE = 0.04;
/** Share of the time left that the first family takes that is tried again on more rows; the others share the rest in the same way. */
const AGAIN_SHARE = 0.65;
/** Share of the time left that a later trial of a table that is not large may take. */
const LATER_SHARE = 0.25;
/** Times as long as before that a fit must have to be worth making again. */
const WORTH = 2;
/** A fit that has time for s times its rows at the same pace takes so many of them, and sees each more often. */
const ROWS_PER_TIME = 0.6;
/** Less time than this share of all is not worth a beginning. */
const LEAST_SHARE = 0.02;
/** What is left is never planned to the last moment. */
const MARGIN = 0.92;

/** Spends a budget; `isLarge` tells whether in rungs. */
export class Pace {
  readonly isLarge: boolean;

  constructor(private readonly setup: PaceSetup) {
    const { rows, columns, k } = setup;
    this.isLarge = rows > MANY_ROWS && (rows > LARGE_ROWS || rows * (columns + k) > LARGE_CELLS);
  }

  /** What a trial of a group may take that begins now. */
  allot({ group, origin }: Pick<TrialSpec, 'group' | 'origin'>): Allotment {
    const isAgain = origin === AGAIN;
    const { slow, quick } = this.setup;
    const perFold = this.all / this.setup.folds;
    const share = this.isLarge ? FIRST_SHARE : 1 / 2;
    const first = quick.includes(group) ? QUICK_SHARE * perFold : (share * perFold) / Math.max(1, slow.length);
    const left = (MARGIN * this.left) / this.setup.folds;
    if (!this.isLarge) return { limitMs: Math.min(this.roomFor(group, first, left), Math.max(left, first / 4)) };
    const before = this.largest(group);
    if (!before) return this.sampled(Math.min(first, Math.max(left, first / 4)), this.firstRows);
    const limitMs = Math.max(1, isAgain ? left * this.againShare(group) : Math.min(first, left));
    return this.sampled(limitMs, Math.max(this.firstRows, fittingRows(before, limitMs)));
  }

  /**
   * Of a table that is not large: what is left of the first round for the families that have not begun, in equal parts; of later trials,
   * as much as several more may have.
   */
  private roomFor(group: string, equal: number, left: number): number {
    const { storage, slow, folds } = this.setup;
    if (!slow.includes(group)) return equal;
    const begun = new Set(storage.trials().map((trial) => trial.group));
    const trials = storage.trials().filter((trial) => trial.group === group).length;
    if (trials > 1) return Math.max(equal, LATER_SHARE * left);
    const waiting = slow.filter((name) => name === group || !begun.has(name)).length;
    const spent = this.all - this.left;
    return Math.max(equal, (this.all / 2 - spent) / (folds * waiting));
  }

  /** The trial that is to be made again on more rows: the best of the family whose turn it is; null where none is due. */
  again(): TrialRecord | 'wait' | null {
    if (!this.isLarge || this.isOver) return null;
    const trials = this.setup.storage.trials();
    const { slow, quick } = this.setup;
    const hasBegun = (name: string): boolean => trials.some(({ group }) => group === name);
    if (![...slow, ...quick].every(hasBegun)) return null;
    const isFirst = ({ state, origin }: TrialRecord): boolean => state === 'running' && origin !== AGAIN;
    if (trials.some(isFirst)) return 'wait';
    const left = (MARGIN * this.left) / this.setup.folds;
    return this.due().find(({ group }) => left > WORTH * this.largest(group)!.ms) ?? null;
  }

  /** There is no time for another trial; never before there is a model, however long reading took. */
  get isOver(): boolean {
    return this.left < LEAST_SHARE * this.all && this.setup.storage.trials().some(({ state }) => state === 'complete');
  }

  /** The best trial of each family that has neither seen all rows nor been made again, best first. */
  private due(): TrialRecord[] {
    const trials = this.setup.storage.trials();
    const tried = new Set(trials.filter(({ origin }) => origin === AGAIN).map(({ group }) => group));
    const best = trials
      .filter((trial) => trial.state === 'complete' && sampledRowsOf(trial) !== null)
      .filter(({ group }) => group !== 'dummy' && !tried.has(group))
      .sort((a, b) => a.value! - b.value! || a.number - b.number);
    return best.filter((trial, i) => best.findIndex(({ group }) => group === trial.group) === i);
  }

  /** All of the time left where it would not be enough for another family after this one. */
  private againShare(group: string): number {
    const left = ((1 - AGAIN_SHARE) * MARGIN * this.left) / this.setup.folds;
    const hasNext = this.due().some((trial) => trial.group !== group && left > WORTH * this.largest(trial.group)!.ms);
    return hasNext ? AGAIN_SHARE : 1;
  }

  /** Rows and milliseconds a fold of the complete trial of a group that saw most rows. */
  private largest(group: string): { rows: number; ms: number } | null {
    const { storage, rows } = this.setup;
    const complete = storage.trials().filter((trial) => trial.group === group && trial.state === 'complete');
    const most = complete.reduce<TrialRecord | null>((best, trial) => {
      return best === null || (sampledRowsOf(trial) ?? rows) > (sampledRowsOf(best) ?? rows) ? trial : best;
    }, null);
    if (!most) return null;
    const parts = storage.parts(most.number, { without: 'report.curve' });
    const seconds = parts.reduce((sum, part) => sum + part.seconds, 0) / Math.max(1, parts.length);
    return { rows: sampledRowsOf(most) ?? rows, ms: Math.max(1, 1000 * seconds) };
  }

  private get firstRows(): number {
    const { columns, k } = this.setup;
    const most = Math.min(FIRST_ROWS, FIRST_CELLS / columns, FIRST_NUMBERS / k);
    return Math.max(LEAST_ROWS, Math.floor(most));
  }

  private sampled(limitMs: number, rows: number): Allotment {
    return rows < this.setup.rows ? { limitMs, rows } : { limitMs };
  }

  /** Milliseconds of all workers together: at the begin, and now. */
  private get all(): number {
    const { begin, deadline, workers } = this.setup;
    return Math.max(1, deadline() - begin) * workers;
  }

  private get left(): number {
    const { deadline, workers, now = Date.now } = this.setup;
    return Math.max(0, deadline() - now()) * workers;
  }
}

/** How many rows a fit that has so much time should see, by what another of its family took for some. */
export function fittingRows(before: { readonly rows: number; readonly ms: number }, limitMs: number): number {
  return Math.floor((before.rows * ROWS_PER_TIME * limitMs) / before.ms);
}

/** Training rows of each fold where a trial saw a sample; null where it saw all. */
export function sampledRowsOf({ info }: Pick<TrialRecord, 'info'>): number | null {
  return (info as { rows?: number }).rows ?? null;
}
