/** @file What a study says about itself, as plain data: the words of `--json`, of the web page and of the library. */

import type { Family, JsonObject, Matrix, TaskWord } from '../core/index.js';
import type { Finding, PositiveClass, Schema } from '../data/index.js';
import type { Calibration } from '../ensemble/index.js';
import type { Costs, Coverage, Interval, ShownScores } from '../evaluate/index.js';
import type { Behind, ModelComparison } from './comparisons.js';
import type { PlacedRows } from './held-view.js';

/** One row per family: its best model, and the ensemble where it is more than one of them. Scores are in the metric's own direction. */
export interface LeaderboardEntry {
  readonly rank: number;
  /** Name of the model: `<family>-<trial number>`, or `ensemble`. */
  readonly model: string;
  readonly family: Family;
  /** Mean over the folds' validation scores (for the ensemble: of the blended out-of-fold predictions, fold by fold). */
  readonly cv: number;
  /** Sample standard deviation (ddof 1) over the folds. */
  readonly cvStd: number;
  /**
   * `cv` without two kinds of luck, in the share in which its lead over guessing is luck: that each fold's rows chose where its
   * model was stopped, and that the model was chosen, the winner from all and others from their family. Null before the study
   * has ended; left out in studies of earlier versions.
   */
  readonly corrected?: number | null;
  /** Score on the hold-out rows, which no fit and no choice has seen; null where there is no hold-out. */
  readonly holdout: number | null;
  /** Where the hold-out score of other rows of the same kind would lie, 95 times of 100 (bootstrap); null or left out without one. */
  readonly holdoutInterval?: Interval | null;
  /**
   * Every metric that says something of the target: means over the folds, and on the hold-out (null without one). Decisions are by the
   * model's threshold, where it has one. Left out before the study has ended, and in studies of earlier versions.
   */
  readonly metrics?: { readonly folds: ShownScores; readonly holdout: ShownScores | null };
  /** How far it is behind the winner; null in the winner's own row, left out before the study has ended. */
  readonly behind?: Behind | null;
  /** Finished trials of the family. */
  readonly trials: number;
  /** Training rows of each fold, where they were a sample; left out where a fold's were all there are. */
  readonly trainRows?: number;
  /** Seconds of fitting, summed over the folds of this model. */
  readonly fitSeconds: number;
  /** Milliseconds to predict one row in a batch, preparation included; null before the model is finished. */
  readonly predictMsPerRow: number | null;
  /** Learned numbers over all folds. */
  readonly parameters: number;
  readonly settings: JsonObject;
}

/** Coverage of a model's intervals, as the study keeps it for its best one. */
export interface CoverageRecord extends Coverage {
  readonly model: string;
}

/** The rows that scores are scores of, where they are samples; the same ones for every model. */
export interface JudgedRows {
  /** Over all folds. */
  readonly rows: number;
  readonly of: number;
  /** Held-out rows. */
  readonly holdout: number;
}

/** The one object that `fit --json` and `show --json` print. */
export interface StudySummary {
  readonly study: string;
  readonly task: TaskWord;
  readonly metric: string;
  readonly direction: 'minimize' | 'maximize';
  /** Of two classes the one that metrics such as precision and recall are about, and why; left out of other tasks. */
  readonly positive?: PositiveClass;
  /** What decisions cost: a row per true class, a column per class that is called, in the order of the classes; left out: nobody said. */
  readonly costs?: Costs;
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  /** Searched trials that might run at once; left out where nobody said how many. */
  readonly parallel?: number;
  readonly seconds: number;
  /** Name of the best model on the leaderboard; null before the first trial has finished. */
  readonly best: string | null;
  readonly leaderboard: readonly LeaderboardEntry[];
  /** The LRNN against the MLP, the better of the two families of boosted trees, and extra trees, on the shared folds. */
  readonly comparisons?: readonly ModelComparison[];
  /** A sentence where a simpler model is as good as the best for all that the folds can tell; else null. */
  readonly notice?: string | null;
  /**
   * What the best model was given back after its hold-out score was known; null: nothing. The leaderboard's hold-out
   * scores are of the models before that (with `--time`: of those of the latest fold). Left out by earlier versions.
   */
  readonly refitted?: RefitView | null;
  /**
   * How often the best model's 90 % intervals (sets of classes) held rows of the folds that they were not learned from, and their mean
   * width (size). Null before the end, where rows are too few for the level, and in studies of earlier versions.
   */
  readonly coverage?: CoverageRecord | null;
  /** What was said before the first trial, whole sentences without a full stop. */
  readonly warnings?: readonly string[];
  /** What looking at the columns has found: possible leaks (among the warnings, too), columns that say the same. */
  readonly findings?: readonly Finding[];
  /** Where samples of the rows judge: how many there were; left out where all do. */
  readonly judged?: JudgedRows;
  /** What scores and models of a large table are based on: sentences without a full stop; left out where they are based on all rows. */
  readonly samples?: readonly string[];
  /**
   * The machines of a cluster that have fitted it, in all its sessions, the one of most folds first; left out where none has, and in
   * studies of versions that kept no word of them.
   */
  readonly machines?: readonly MachineShare[];
  /** Path of the exported winner; null before it is written. */
  readonly model: string | null;
}

/** What one machine of a cluster has fitted of a study. */
export interface MachineShare {
  /** As it calls itself; the workers of one machine are one. */
  readonly name: string;
  readonly cores: number;
  /** Fits that the study keeps, those that failed and those after the hold-out included. */
  readonly folds: number;
  /** Of fitting, summed. */
  readonly seconds: number;
}

/** A model that was fitted again. */
export interface RefitView {
  readonly model: string;
  /**
   * 'returned': on the training rows of each fold and those held out; 'all' (with `--time`): on all rows; 'once' (large tables):
   * once on all rows but some that were held out. Left out: the first.
   */
  readonly on?: 'returned' | 'all' | 'once';
  /** Rows that were held out. */
  readonly rows: number;
  readonly fits: number;
  /** Seconds of fitting, summed. */
  readonly seconds: number;
  /** Members that stay as the search fitted them: a fit failed, or no time was left. */
  readonly kept: readonly string[];
  /** With 'once': what it was made of, and how good it is. */
  readonly once?: OnceView;
}

/** A model of fits on all rows, and of members that stay as the search fitted them. */
export interface OnceView {
  /** Largest weight first. */
  readonly members: readonly {
    readonly model: string;
    readonly family: Family;
    readonly weight: number;
    readonly isFitted: boolean;
  }[];
  /** Rows that its fits trained on, at most; and at least, where one had time for fewer. */
  readonly trainRows: number;
  readonly leastRows?: number;
  /** Held-out rows that stopped them and chose the weights. */
  readonly stopRows: number;
  /** Held-out rows that had part in nothing: the two scores are of them. */
  readonly judgeRows: number;
  /** Of the search's models, and of this one. */
  readonly before: number;
  readonly score: number;
  /** It was better on the rows that stopped the fits. */
  readonly isTaken: boolean;
}

/** How trials ended. */
export interface TrialCounts {
  /** All that ended: the number of a study's trials, everywhere. */
  readonly ended: number;
  readonly finished: number;
  readonly pruned: number;
  readonly failed: number;
  /** Begun and not ended: under way, or cut off by the end of the search. */
  readonly open: number;
}

/** One trial as pages and tables show it. */
export interface TrialView {
  readonly number: number;
  /** `<family>-<number>`. */
  readonly model: string;
  readonly family: Family;
  readonly origin: string;
  readonly state: 'running' | 'complete' | 'pruned' | 'failed';
  readonly cv: number | null;
  readonly cvStd: number | null;
  /** Training rows of each fold, where they were a sample. */
  readonly trainRows?: number;
  /** In fold order; null where a fold is not done or failed. */
  readonly foldScores: readonly (number | null)[];
  readonly fitSeconds: number;
  readonly parameters: number;
  readonly settings: JsonObject;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly error: string | null;
}

/** What is left of the budget decides `secondsLeft`; null when nobody can know. */
export interface Progress {
  /** Of `best`; left out by runs of earlier versions. */
  readonly metric?: string;
  /** Trials that ended: finished, given up or failed. */
  readonly finishedTrials: number;
  readonly plannedTrials: number | null;
  readonly elapsedSeconds: number;
  readonly secondsLeft: number | null;
  readonly best: { readonly model: string; readonly family: Family; readonly cv: number } | null;
  /** Left out by runs of earlier versions. */
  readonly workers?: WorkersView;
}

/** What the workers are at. */
export interface WorkersView {
  readonly count: number;
  /** Fits under way, the longest first; more than workers where a GPU trains several side by side. */
  readonly fits: readonly RunningFit[];
  /** Machines that share them; left out where it is this one. */
  readonly machines?: number;
}

/** The workers of other machines, as a search that is theirs saw them last. */
export interface MachinesView {
  /** When it looked: milliseconds since 1970. */
  readonly at: number;
  /** Of all that are there, also of those that the list leaves out. */
  readonly workers: number;
  /** Folds that they run at once. */
  readonly slots: number;
  /** Those at work on this study first, those that are gone last. */
  readonly list: readonly MachineView[];
}

export interface MachineView {
  /** `<host>:<number of the process>`, as the worker says. */
  readonly name: string;
  readonly slots: number;
  /** Folds since it began, of whatever study. */
  readonly done: number;
  /** Of this study. */
  readonly fits: readonly RunningFit[];
  /** Folds of other studies under way. */
  readonly elsewhere: number;
  /** When it was missed first; null while it is there. */
  readonly goneAt: number | null;
}

export interface RunningFit {
  readonly model: string;
  readonly family: Family;
  readonly fold: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** Everything that happens in a run, in order; the same events feed the terminal and the page (SSE). */
export type RunEvent =
  | {
      readonly type: 'phase';
      readonly phase: 'reading' | 'preparing' | 'searching' | 'ensembling' | 'holdout' | 'refitting' | 'exporting';
    }
  | {
      readonly type: 'started';
      readonly study: string;
      readonly task: TaskWord;
      readonly metric: string;
      readonly direction: 'minimize' | 'maximize';
      readonly rows: number;
      readonly columns: number;
      readonly folds: number;
      readonly holdoutRows: number;
      readonly resumed: boolean;
    }
  | { readonly type: 'warning'; readonly message: string }
  | {
      readonly type: 'trial-started';
      readonly trial: number;
      readonly model: string;
      readonly family: Family;
      readonly settings: JsonObject;
    }
  | {
      readonly type: 'fold-started';
      readonly trial: number;
      readonly model: string;
      readonly fold: number;
      readonly folds: number;
      readonly progress: Progress;
    }
  | {
      readonly type: 'fold';
      readonly trial: number;
      readonly model: string;
      readonly fold: number;
      readonly folds: number;
      readonly score: number | null;
      readonly seconds: number;
      readonly progress: Progress;
    }
  | { readonly type: 'trial'; readonly trial: TrialView; readonly progress: Progress }
  | {
      readonly type: 'refit';
      readonly model: string;
      readonly seconds: number;
      /** Null where the fit went well. */
      readonly error: string | null;
      /** Fits that are done, this one included, and all of them. */
      readonly done: number;
      readonly total: number;
      /** It was the last one of its model. */
      readonly isWhole: boolean;
    }
  | { readonly type: 'finished'; readonly summary: StudySummary }
  | { readonly type: 'interrupted'; readonly resume: string }
  | { readonly type: 'failed'; readonly message: string; readonly kind: 'usage' | 'data' | 'state' | 'limit' | 'bug' };

/** One fold of one trial, as a worker fitted it. */
export interface JobView {
  readonly trial: number;
  readonly fold: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly ok: boolean;
}

export type StudyStatus = 'running' | 'interrupted' | 'complete' | 'failed';

/** Everything a study's page needs, but for predictions. */
export interface StudyView {
  readonly summary: StudySummary;
  readonly status: StudyStatus;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** A command line that repeats the run. */
  readonly command: string;
  /** Workers of a cluster have fitted some of it, in one of its sessions at least. */
  readonly isOverCluster: boolean;
  readonly dataFile: string;
  readonly dataSha256: string;
  readonly schema: Schema;
  readonly warnings: readonly string[];
  readonly folds: number;
  readonly holdoutRows: number;
  readonly budget: { readonly trials: number | null; readonly timeBudgetMs: number | null };
  readonly trials: readonly TrialView[];
  /** Members with weight > 0, largest first; empty before the ensemble is made. */
  readonly ensemble: readonly { readonly model: string; readonly family: Family; readonly weight: number }[];
  /** Its weights are those of a stack: they need not sum to 1. Left out: of a mean. */
  readonly isStacked?: boolean;
  /** The metric of the blend on each fold's out-of-fold predictions; empty before the ensemble is made. */
  readonly ensembleFoldScores: readonly number[];
  /** Every finished fold fit, in the order they ended: what the workers did when. */
  readonly jobs: readonly JobView[];
  readonly environment: {
    readonly version: string;
    readonly node: string;
    readonly engine: string;
    readonly workers: number;
  };
}

/** Learning curve of one fold. */
export interface FoldCurve {
  readonly fold: number;
  readonly bestStep: number;
  readonly points: readonly { readonly step: number; readonly train: number; readonly validation: number | null }[];
}

/** Everything a model's page needs. Predictions are out of fold: each row by the fold model that did not train on it. */
export interface ModelView extends PlacedRows {
  /** The leaderboard's row when it is its family's best, else one made alike (rank 0, holdout null). */
  readonly entry: LeaderboardEntry;
  readonly trial: TrialView | null;
  readonly members: StudyView['ensemble'];
  readonly isStacked?: boolean;
  readonly foldScores: readonly (number | null)[];
  readonly curves: readonly FoldCurve[];
  readonly notes: readonly string[];
  /** Row numbers in the data set (target rows only, 0-based) that `y` and `predictions` speak of. */
  readonly rows: Uint32Array;
  /** Target in its units, or class index into `classes`. */
  readonly y: Float32Array;
  /** [rows x 1] in the target's units, or [rows x k] probabilities. */
  readonly predictions: Matrix;
  /** [rows] what each row counts; null (or left out) where all count the same. */
  readonly weights?: Float32Array | null;
  /** What was done to the probabilities of each fold, as the others say; null: nothing. */
  readonly calibration?: Calibration | null;
  /** Two classes: the second is the answer where its probability is above it; null: the more probable one is. */
  readonly threshold?: number | null;
  readonly classes: readonly string[];
  /** Of two classes the one that curves and thresholds are about; left out: the second. */
  readonly positive?: 0 | 1;
  /** What decisions cost; null (or left out): nobody said. */
  readonly costs?: Costs | null;
}
