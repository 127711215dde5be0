/** @file Many metrics of the same predictions: one sort per column, one count of the decisions. */

import type { Matrix } from '../core/index.js';
import type { Task, TaskWord } from '../core/index.js';
import { taskFor } from '../core/index.js';
import type { Costs } from './costs.js';
import { areRankCosts } from './costs.js';
import { tallier } from './decisions.js';
import type { ListedMetric, Metric, MetricAbout, RowWeights, TargetFacts, Targets } from './metric.js';
import { metricAbout, metricFor, metricNames, METRICS } from './metrics.js';
import { rankingsOf } from './ranking.js';

/** By the names of metrics, each in its own direction; what cannot be said of the rows is left out. */
export type ShownScores = Readonly<Record<string, number>>;

const USUAL: Readonly<Record<Task, readonly ListedMetric[]>> = {
  regression: ['rmse', 'mae', 'medae', 'r2', 'mape', 'rmsle'],
  binary: [
    'auc',
    'average_precision',
    'logloss',
    'brier',
    'ece',
    'accuracy',
    'balanced_accuracy',
    'precision',
    'recall',
    'f1',
    'mcc',
  ],
  multiclass: [
    'logloss',
    'accuracy',
    'balanced_accuracy',
    'f1_macro',
    'mcc',
    'auc_ovr',
    'average_precision_ovr',
    'top_3_accuracy',
    'ece',
  ],
};

const OF_ORDER: readonly ListedMetric[] = ['quadratic_kappa', 'mean_rank_error'];

/** What people look for first, in the order in which it is shown; first of all what decisions cost, where that was said. */
export function usualMetrics(word: TaskWord, costs?: Costs): readonly ListedMetric[] {
  if (word === 'quantile') return ['pinball'];
  const usual = [...(word === 'ordinal' ? OF_ORDER : []), ...USUAL[taskFor(word)]];
  return costs && !areRankCosts(costs) ? ['cost', ...usual] : usual;
}

/**
 * What is shown of any model: the metrics that say something of such targets, in the order of the registry; `also` stands first where
 * they have it not. Of numbers the usual ones: quantiles and deviances speak of models that were made for them. Costs are shown
 * where somebody said some.
 */
export function tellingMetrics(task: Task, facts: TargetFacts, also?: Metric, about: MetricAbout = {}): Metric[] {
  if (about.quantiles) return ofQuantiles(about.quantiles);
  const all = task === 'regression' ? USUAL.regression : metricNames(task);
  const listed = all
    .filter((name) => METRICS[name].needs?.(facts) == null && !(name === 'mape' && facts.hasZero))
    .filter((name) => name !== 'cost' || (about.costs && !areRankCosts(about.costs)))
    .map((name) => metricAbout(METRICS[name], about));
  return also === undefined || listed.some(({ name }) => name === also.name) ? listed : [also, ...listed];
}

/** The mean loss, and that of each level. */
function ofQuantiles(quantiles: readonly number[]): Metric[] {
  return ['pinball', ...quantiles.map((level) => `pinball_${level}`)].map((name) =>
    metricFor(name, 'regression', { quantiles }),
  );
}

/**
 * The scores of some metrics, each as `compute` gives it.
 *
 * Shapes   decided: what metrics of decisions look at, where it is not the most probable class; default: the predictions, by costs where
 *          there are some
 */
export function scoreTogether(
  metrics: readonly Metric[],
  predictions: Matrix,
  { decided = predictions, costs }: { readonly decided?: Matrix; readonly costs?: Costs | undefined } = {},
): (y: Targets, weights?: RowWeights) => number[] {
  const rankings = rankingsOf(predictions);
  const tally = metrics.some(({ ofTally }) => ofTally) ? tallier(decided, costs) : null;
  const scorers = metrics.map(({ ofTally, ofRankings, scorer }) => {
    if (ofTally) return null;
    return ofRankings ? ofRankings(rankings) : scorer(predictions);
  });
  return (y, weights) => {
    const counts = tally?.(y, weights);
    return metrics.map(({ ofTally }, m) => (ofTally ? (counts ? ofTally(counts) : NaN) : scorers[m]!(y, weights)));
  };
}
