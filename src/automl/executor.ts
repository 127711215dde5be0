/** @file The contract of whatever runs fold jobs: this thread, worker threads, or something further away. */

import type { JsonObject, Matrix, SavedState, TrainedFamily } from '../core/index.js';
import type { Steps, StopAt } from '../models/index.js';
import type { BinnedTable } from '../trees/index.js';

/** Fit one family's settings on one fold. JSON. */
export interface FoldJob {
  readonly trial: number;
  readonly fold: number;
  readonly family: TrainedFamily;
  readonly params: JsonObject;
  readonly seed: number;
  /** What the fit may take, in milliseconds; see FitContext. */
  readonly limitMs?: number;
  /** Training rows at most: where there are more, a sample of them; all where left out. */
  readonly rows?: number;
  /** Left out: the fold's training rows alone. */
  readonly refit?: Refit;
  /** Where a fit without a judge ends. */
  readonly stopAt?: StopAt;
}

/**
 * A fit after the hold-out was scored. 'returned': the rows held out are among the fold's training rows. 'all': every row is, and
 * nobody judges; `fold` numbers the seeds. 'once': one fit on all rows but some of those held out, which stop it; `fold` is 0.
 */
export type Refit = 'returned' | 'all' | 'once';

/** How one fold's table is prepared. */
export interface FoldRecipe {
  /** `<recipe kind>/<fold>`, `refit/<recipe kind>/<fold>`, `refit/<recipe kind>/all` or `refit/<recipe kind>/once`; `/<rows>` after it where a sample of the rows trains. */
  readonly key: string;
  readonly recipe: JsonObject;
}

/** The table as one fold's recipe sees it: made once, shared by every later job of the same fold and recipe kind. */
export interface PreparedFold extends FoldRecipe {
  /** Every row of the frame, or of the sample and the judging rows; on shared memory. */
  readonly X: Matrix;
  /** X is of every row of the frame, and says nothing but what its recipe says: other folds of the same recipe have the same. */
  readonly isPlain?: boolean | undefined;
  /** X as bins, on shared memory, once some fit looked at them. */
  readonly bins?: BinnedTable | undefined;
}

/** A machine of a cluster, as it calls itself. */
export interface FoldMachine {
  readonly name: string;
  readonly cores: number;
}

/** A failed fit is a result with an error in it, never an exception. */
export type FoldOutcome<Prepared extends FoldRecipe = PreparedFold> =
  | {
      readonly ok: true;
      readonly score: number;
      /** [validation rows x k], in the fold's order. */
      readonly predictions: Float32Array;
      /** What was said of the validation rows on the way; left out where nothing stopped the fit, or rows are many. */
      readonly steps?: Steps | undefined;
      readonly model: SavedState;
      readonly seconds: number;
      readonly prepared: Prepared;
      /** Left out where no worker of a cluster has fitted it. */
      readonly machine?: FoldMachine | undefined;
    }
  | {
      readonly ok: false;
      readonly error: string;
      readonly seconds: number;
      readonly machine?: FoldMachine | undefined;
      /** Whoever ran it died of it: it may go well elsewhere. */
      readonly lost?: true;
    };

/** What comes back of a job, from wherever it ran: prepared tables stay there. */
export type FoldResult = FoldOutcome<FoldRecipe>;

export interface Executor {
  /** Jobs that make sense to have under way at once. */
  readonly capacity: number;
  /** Rejects only when the executor is closed meanwhile. */
  run(job: FoldJob): Promise<FoldResult>;
  /** Ends everything under way; twice is harmless. */
  close(): Promise<void>;
}
