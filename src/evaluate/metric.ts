/** @file What a metric is. */

import type { Matrix, Task } from '../core/index.js';

export const METRIC_NAMES = [
  'rmse',
  'mae',
  'r2',
  'medae',
  'mape',
  'auc',
  'logloss',
  'accuracy',
  'balanced_accuracy',
  'f1',
  'f1_macro',
  'mcc',
  'brier',
  'average_precision',
  'auc_ovr',
] as const;
/** The words of `--metric`. */
export type MetricName = (typeof METRIC_NAMES)[number];

/** Targets in their own units, or class indices. */
export type Targets = Float32Array | Float64Array;
/** One weight per row; not negative, not all zero. */
export type RowWeights = Float32Array | Float64Array;

/**
 * Makes the score of some predictions under any targets and weights of their rows: what depends on the predictions alone, such as
 * their order or the decisions, is worked out once. A row of weight 0 counts as if it were not there.
 */
export type Scorer = (predictions: Matrix) => (y: Targets, weights?: RowWeights) => number;

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
  compute(y: Targets, predictions: Matrix, weights?: RowWeights): number;
  /** The same score, for predictions that are judged many times. */
  readonly scorer: Scorer;
}
