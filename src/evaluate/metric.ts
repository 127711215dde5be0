/** @file What a metric is. */

import type { Matrix, Task } from '../core/index.js';
import type { Costs } from './costs.js';

export const METRIC_NAMES = [
  'rmse',
  'mae',
  'r2',
  'medae',
  'mape',
  'rmsle',
  'pinball',
  'pinball_0.1',
  'pinball_0.9',
  'poisson_deviance',
  'gamma_deviance',
  'tweedie_deviance',
  'auc',
  'logloss',
  'accuracy',
  'balanced_accuracy',
  'precision',
  'recall',
  'f1',
  'f0.5',
  'f2',
  'precision_macro',
  'recall_macro',
  'f1_macro',
  'f0.5_macro',
  'f2_macro',
  'mcc',
  'quadratic_kappa',
  'mean_rank_error',
  'cost',
  'brier',
  'ece',
  'average_precision',
  'auc_ovr',
  'average_precision_ovr',
  'top_3_accuracy',
  'top_5_accuracy',
] as const;
/** The metrics that have a line of their own in the registry. */
export type ListedMetric = (typeof METRIC_NAMES)[number];
/** The words of `--metric`; of quantiles, powers and numbers of guesses there are more than any list holds. */
export type MetricName = ListedMetric | `pinball_${number}` | `tweedie_deviance_${number}` | `top_${number}_accuracy`;

/** Targets in their own units, or class indices. */
export type Targets = Float32Array | Float64Array;
/** One weight per row; not negative, not all zero. */
export type RowWeights = Float32Array | Float64Array;

/**
 * Makes the score of some predictions under any targets and weights of their rows: what depends on the predictions alone, such as
 * their order or the decisions, is worked out once. A row of weight 0 counts as if it were not there.
 */
export type Scorer = (predictions: Matrix) => (y: Targets, weights?: RowWeights) => number;

/** Weights of rows by what is true and what was decided; `truth`, `called` and `hits` per class: of its rows, of those called so, of both. */
export interface Tally {
  readonly right: number;
  readonly total: number;
  /** Of every row times the squared number of places that its decision is off. */
  readonly off: number;
  /** Of every row times the number of places that its decision is off. */
  readonly away: number;
  /** Of every row times what its decision costs; without a matrix each mistake costs 1. */
  readonly cost: number;
  readonly truth: Float64Array;
  readonly called: Float64Array;
  readonly hits: Float64Array;
}

/** Rows in the rising order of their scores for a class. */
export interface Ranked {
  readonly scores: Float32Array;
  readonly c: number;
  readonly order: Uint32Array;
}

/** The orders of some predictions, each worked out once. */
export interface Rankings {
  readonly cols: number;
  /** By the scores of a column, for the class c; null for no rows and where a score is no number. */
  of(column: number, c: number): Ranked | null;
}

/** What a study knows that some metrics are about. */
export interface MetricAbout {
  /** Of two classes the one that metrics of one class are about; left out: the second. */
  readonly positive?: 0 | 1 | undefined;
  /** Classes are called by what that costs, and `cost` says how much; left out: the most probable class is called. */
  readonly costs?: Costs | undefined;
  /** Predictions have a column for each of these levels; left out: they have not. */
  readonly quantiles?: readonly number[] | undefined;
}

/** What some metrics need to know of the targets before they can be asked for. */
export interface TargetFacts {
  /** Smallest target of a regression; 0 of classes. */
  readonly least: number;
  readonly hasZero: boolean;
  /** Number of classes; 1 for regression. */
  readonly k: number;
  /** The classes are numbers, in their order. */
  readonly isOrdered: boolean;
}

/**
 * A score of predictions, in its own direction.
 *
 * Shapes   y [n]; predictions [n x 1] for regression, [n x k] probabilities else ([n x 1] is taken as P(class 1) of two)
 * Missing  NaN in a prediction gives NaN, as do zero rows; NaN in y is refused before, when the target is read
 */
export interface Metric {
  readonly name: MetricName;
  readonly tasks: readonly Task[];
  readonly direction: 'minimize' | 'maximize';
  /** Smallest and largest value it can take. */
  readonly bounds: readonly [number, number];
  /** It looks at the class that is decided for, not at the probability: a threshold matters. */
  readonly decides?: boolean;
  /** Of decisions, but its best threshold is a trivial one (all rows are called, or hardly any): none is looked for. */
  readonly isOneSided?: boolean;
  /** It is about one of two classes, the positive one. */
  readonly isOfPositive?: boolean;
  /** It says much beside others, but a search for it alone finds a guess. */
  readonly isShownOnly?: boolean;
  /** What targets must be like for it to mean anything; null: they are so. Left out: it takes any. */
  readonly needs?: (facts: TargetFacts) => string | null;
  compute(y: Targets, predictions: Matrix, weights?: RowWeights): number;
  /** The same score, for predictions that are judged many times. */
  readonly scorer: Scorer;
  /** The same score from decisions that are counted, or from rankings: what several metrics of the same predictions share. */
  readonly ofTally?: (tally: Tally) => number;
  readonly ofRankings?: (rankings: Rankings) => ReturnType<Scorer>;
}
