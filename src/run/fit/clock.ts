/** @file The time of one session: when its search must end, and what is kept for afterwards. */

import { BAGGED_NUMBERS } from '../../ensemble/index.js';

/** Share of a time budget, and milliseconds at most, that is kept for the ensemble, the hold-out and the export. */
const RESERVE_SHARE = 0.04;
const RESERVE_MS = 15_000;
/** Share of a budget that fits after the search may ask for, at most; and while families wait for their first model. */
const REFIT_SHARE = 0.3;
const EARLY_REFIT_SHARE = 0.15;

/**
 * Milliseconds that choosing, correcting and scoring take for each row that judges (of classes, which are calibrated) and each row held
 * out, for each predicted number of either, and the share of a budget that this may ask for. On one core (AMD EPYC, Node 20.20) 200,000
 * judging rows took 9.4 s and 40,000 held-out ones 4.7 s. Beside other work and under a profiler, and so less is kept: 39,000 of two classes
 * took 13 s, 3,000 of a thousand classes 16 s, and 3.7 s held out. What the usual metrics say of the best models is a fifth of what numbers take.
 */
const JUDGED_MS = 0.042;
const JUDGED_CLASS_MS = 0.14;
const HELD_MS = 0.12;
const JUDGED_NUMBER_MS = 0.006;
const HELD_NUMBER_MS = 0.0018;
const AFTER_SHARE = 0.3;

/** What it takes however few there are: code that has not run before, and draws that always look at as many numbers. */
const AFTER_MS = 2_500;

/** What the mean of blends takes beside that for each number, where there are so few that it is made: of 40 models with 4,000 each, 2.3 s. */
const BAGGED_MS = 0.6;

/** Rows that the end of a search looks at, how many numbers are predicted for each, and from how many columns. */
export interface Judging {
  readonly judged: number;
  readonly held: number;
  readonly k: number;
  readonly columns: number;
}

/** Best models of all folds are read and their tables prepared for the rows held out, column by column: 5,000 columns took 2.7 s. */
const COLUMN_MS = 0.55;
/** The same when the model is written: of two members and 5,000 columns 1.7 to 4.3 s. */
const WRITTEN_COLUMN_MS = 0.4;

/** What the end of a search may take. */
function afterSearchMs({ judged, held, k, columns }: Judging): number {
  const perRow = (k > 1 ? JUDGED_CLASS_MS : JUDGED_MS) * judged + HELD_MS * held;
  const bagging = k * judged <= BAGGED_NUMBERS ? BAGGED_MS * k * judged : 0;
  const perNumber = k * (JUDGED_NUMBER_MS * judged + HELD_NUMBER_MS * held);
  return AFTER_MS + perRow + perNumber + bagging + (held > 0 ? COLUMN_MS * columns : 0);
}

/** Share of the time from the begin of a search on a large table that a fit on all rows is to have; and while families wait for their first model. */
const ONCE_SHARE = 0.45;
const EARLY_ONCE_SHARE = 0.3;

/** Moments in milliseconds since 1970; null without a budget. */
export class Clock {
  constructor(
    readonly startedAt: number,
    private readonly budgetMs: number | null,
    /** What follows the search; nothing where left out. */
    private readonly judging: Judging | null = null,
  ) {}

  /** When the search must end, where fits of so many milliseconds follow it. */
  searchEnd(refitMs: number, isEarly: boolean): number | null {
    if (this.budgetMs === null) return null;
    const share = isEarly ? EARLY_REFIT_SHARE : REFIT_SHARE;
    return this.scoringBegin() - Math.min(refitMs, share * this.budgetMs);
  }

  /** When a search that began then must end, where a fit on all rows of a large table follows it. */
  searchEndBeforeOnce(begin: number, isEarly: boolean): number | null {
    if (this.budgetMs === null) return null;
    const share = isEarly ? EARLY_ONCE_SHARE : ONCE_SHARE;
    return this.scoringBegin() - share * Math.max(0, this.scoringBegin() - begin);
  }

  /** When nothing may be fitted any more: the model must still be written. */
  fitEnd(): number | null {
    if (this.budgetMs === null) return null;
    const writing = Math.min(WRITTEN_COLUMN_MS * (this.judging?.columns ?? 0), AFTER_SHARE * this.budgetMs);
    return this.startedAt + this.budgetMs - this.reserve() / 2 - writing;
  }

  /** When choosing and scoring must begin, where nothing is fitted afterwards. */
  private scoringBegin(): number {
    const after = Math.min(this.judging ? afterSearchMs(this.judging) : 0, AFTER_SHARE * this.budgetMs!);
    return this.startedAt + this.budgetMs! - this.reserve() - after;
  }

  private reserve(): number {
    return Math.min(RESERVE_MS, RESERVE_SHARE * this.budgetMs!);
  }
}

/** The longest that a timer of Node's waits; a longer wait is made of several. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `work` once, at a moment that may be moved until then. */
export class Alarm {
  private handle: NodeJS.Timeout | undefined;
  private hasRung = false;

  constructor(private readonly work: () => void) {}

  /** Null: never. */
  set(time: number | null): void {
    this.off();
    if (time === null || this.hasRung) return;
    const left = time - Date.now();
    const next = (): void => (left > MAX_TIMER_MS ? this.set(time) : this.ring());
    this.handle = setTimeout(next, Math.min(Math.max(0, left), MAX_TIMER_MS));
  }

  off(): void {
    clearTimeout(this.handle);
  }

  private ring(): void {
    this.hasRung = true;
    this.work();
  }
}
