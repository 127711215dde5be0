/** @file The registry of metrics: every word of `--metric`, its tasks, direction and bounds. */

import type { Task } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import { accuracy, balancedAccuracy, f1, f1Macro, matthews } from './decisions.js';
import type { Metric, MetricName, Scorer } from './metric.js';
import { METRIC_NAMES } from './metric.js';
import { brier, logLoss } from './probabilities.js';
import { auc, aucOvr, averagePrecision } from './ranking.js';
import { mae, mape, medae, r2, rmse } from './residuals.js';

const REGRESSION: readonly Task[] = ['regression'];
const BINARY: readonly Task[] = ['binary'];
const CLASSES: readonly Task[] = ['binary', 'multiclass'];
const UNBOUNDED = [0, Infinity] as const;
const UNIT = [0, 1] as const;

type Scored = Pick<Metric, 'compute' | 'scorer'>;

/** A score of which nothing can be worked out before targets and weights are known. */
function plain(compute: Metric['compute']): Scored {
  return { compute, scorer: (predictions) => (y, weights) => compute(y, predictions, weights) };
}

function once(scorer: Scorer): Scored {
  return { compute: (y, predictions, weights) => scorer(predictions)(y, weights), scorer };
}

/** Every metric by name. */
export const METRICS: Readonly<Record<MetricName, Metric>> = {
  rmse: { name: 'rmse', tasks: REGRESSION, direction: 'minimize', bounds: UNBOUNDED, ...plain(rmse) },
  mae: { name: 'mae', tasks: REGRESSION, direction: 'minimize', bounds: UNBOUNDED, ...plain(mae) },
  r2: { name: 'r2', tasks: REGRESSION, direction: 'maximize', bounds: [-Infinity, 1], ...plain(r2) },
  medae: { name: 'medae', tasks: REGRESSION, direction: 'minimize', bounds: UNBOUNDED, ...plain(medae) },
  mape: { name: 'mape', tasks: REGRESSION, direction: 'minimize', bounds: UNBOUNDED, ...plain(mape) },
  auc: { name: 'auc', tasks: BINARY, direction: 'maximize', bounds: UNIT, ...once(auc) },
  logloss: { name: 'logloss', tasks: CLASSES, direction: 'minimize', bounds: UNBOUNDED, ...plain(logLoss) },
  accuracy: { name: 'accuracy', tasks: CLASSES, direction: 'maximize', bounds: UNIT, decides: true, ...once(accuracy) },
  balanced_accuracy: {
    name: 'balanced_accuracy',
    tasks: CLASSES,
    direction: 'maximize',
    bounds: UNIT,
    decides: true,
    ...once(balancedAccuracy),
  },
  f1: { name: 'f1', tasks: BINARY, direction: 'maximize', bounds: UNIT, decides: true, ...once(f1) },
  f1_macro: { name: 'f1_macro', tasks: CLASSES, direction: 'maximize', bounds: UNIT, decides: true, ...once(f1Macro) },
  mcc: { name: 'mcc', tasks: CLASSES, direction: 'maximize', bounds: [-1, 1], decides: true, ...once(matthews) },
  brier: { name: 'brier', tasks: BINARY, direction: 'minimize', bounds: UNIT, ...plain(brier) },
  average_precision: {
    name: 'average_precision',
    tasks: BINARY,
    direction: 'maximize',
    bounds: UNIT,
    ...once(averagePrecision),
  },
  auc_ovr: { name: 'auc_ovr', tasks: ['multiclass'], direction: 'maximize', bounds: UNIT, ...once(aucOvr) },
};

/** What is reported when nobody asks for anything else: rmse, auc, logloss. */
export function defaultMetric(task: Task): MetricName {
  return task === 'regression' ? 'rmse' : task === 'binary' ? 'auc' : 'logloss';
}

/** The names that make sense for a task, in the order of the registry. */
export function metricNames(task: Task): MetricName[] {
  return METRIC_NAMES.filter((name) => METRICS[name].tasks.includes(task));
}

/**
 * The metric of that name for that task.
 *
 * Throws   usage: no such metric, or not for this task; the sentence lists those there are
 */
export function metricFor(name: string, task: Task): Metric {
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name as MetricName] : undefined;
  if (metric?.tasks.includes(task)) return metric;
  const rule = `must be one of ${metricNames(task).join(', ')} for a ${task} target`;
  throw new ToolkitError('usage', { where: 'metric', rule, got: name });
}

/** The value turned so that smaller is better. */
export function toLoss(metric: Metric, value: number): number {
  return metric.direction === 'minimize' ? value : -value;
}
