/** @file What a worker has done and is at: counted for terminals, for monitors and for the studies' pages. */

import type { FoldResult } from '../automl/index.js';
import type { TrainedFamily } from '../core/index.js';
import type { JobMessage } from './messages.js';

/** Upper bounds in seconds. */
export const FOLD_BUCKETS = [0.1, 0.5, 2, 10, 60, 300, 1800] as const;

/**
 * How a fold ended: with a model; without one, and with the reason instead; not at all, so that it is tried again here or elsewhere;
 * given back, because the worker ends or its study is over.
 */
export const FOLD_ENDS = ['done', 'failed', 'lost', 'returned'] as const;
export type FoldEnd = (typeof FOLD_ENDS)[number];

export interface FoldUnderWay {
  readonly study: string;
  readonly family: TrainedFamily;
  readonly trial: number;
  readonly fold: number;
  readonly seconds: number;
}

export interface FoldCounts {
  readonly ends: Readonly<Record<FoldEnd, number>>;
  /** Of the fits that ended with a model or a reason: how many took as long as each of the bounds at most, and all of them together. */
  readonly buckets: readonly number[];
  readonly seconds: number;
  readonly underWay: readonly FoldUnderWay[];
}

interface Begun {
  readonly message: JobMessage;
  readonly at: number;
}

export class Tally {
  private readonly ends: Record<FoldEnd, number> = { done: 0, failed: 0, lost: 0, returned: 0 };
  private readonly buckets: number[] = FOLD_BUCKETS.map(() => 0);
  private readonly begun = new Set<Begun>();
  private seconds = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Folds with a result. */
  get done(): number {
    return this.ends.done + this.ends.failed;
  }

  get running(): number {
    return this.begun.size;
  }

  /** The function that is returned says how it ended; the first word counts. */
  begin(message: JobMessage): (end: FoldEnd) => void {
    const own = { message, at: this.now() };
    this.begun.add(own);
    return (end) => {
      if (!this.begun.delete(own)) return;
      this.ends[end]++;
      if (end === 'done' || end === 'failed') this.addTime((this.now() - own.at) / 1000);
    };
  }

  counts(): FoldCounts {
    const { ends, buckets, seconds } = this;
    const underWay = [...this.begun].map(({ message: { study, job }, at }) => ({
      study,
      family: job.family,
      trial: job.trial,
      fold: job.fold,
      seconds: Math.max(0, (this.now() - at) / 1000),
    }));
    return { ends: { ...ends }, buckets: [...buckets], seconds, underWay };
  }

  private addTime(seconds: number): void {
    this.seconds += seconds;
    FOLD_BUCKETS.forEach((bound, i) => (this.buckets[i] += seconds <= bound ? 1 : 0));
  }
}

export function endOf(result: FoldResult): FoldEnd {
  return result.ok ? 'done' : 'failed';
}
