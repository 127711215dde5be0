/** @file The registry of metrics: every word of `--metric`, its tasks, direction and bounds. */

import type { Task, TaskWord } from '../core/index.js';
import { check, ToolkitError } from '../core/index.js';
import { calibrationError } from './calibration-error.js';
import type { Costs } from './costs.js';
import {
  accuracy,
  balancedAccuracy,
  fBeta,
  fBetaMacro,
  judgedBy,
  matthews,
  meanCost,
  meanRankError,
  precision,
  precisionMacro,
  quadraticKappa,
  recall,
  recallMacro,
} from './decisions.js';
import {
  gammaDeviance,
  meanPinball,
  pinball,
  pinballOf,
  poissonDeviance,
  rmsle,
  tweedieDeviance,
} from './deviances.js';
import type { ListedMetric, Metric, MetricAbout, MetricName, Rankings, Scorer, Tally, TargetFacts } from './metric.js';
import { METRIC_NAMES } from './metric.js';
import { brier, logLoss } from './probabilities.js';
import { auc, aucOvr, averagePrecision, averagePrecisionOvr, rankingsOf } from './ranking.js';
import { mae, mape, medae, r2, rmse } from './residuals.js';
import { topAccuracy } from './top-k.js';

const REGRESSION: readonly Task[] = ['regression'];
const BINARY: readonly Task[] = ['binary'];
const CLASSES: readonly Task[] = ['binary', 'multiclass'];
const MULTICLASS: readonly Task[] = ['multiclass'];
const UNIT = [0, 1] as const;
const FROM_MINUS_ONE = [-1, 1] as const;

type Scored = Pick<Metric, 'compute' | 'scorer' | 'ofTally' | 'ofRankings'>;
type Traits = Pick<Metric, 'decides' | 'isOneSided' | 'isOfPositive' | 'isShownOnly' | 'needs'>;

/** A score of which nothing can be worked out before targets and weights are known. */
function plain(compute: Metric['compute']): Scored {
  return { compute, scorer: (predictions) => (y, weights) => compute(y, predictions, weights) };
}

function once(scorer: Scorer): Scored {
  return { compute: (y, predictions, weights) => scorer(predictions)(y, weights), scorer };
}

function tallied(ofTally: (tally: Tally) => number, costs?: Costs): Scored {
  return { ...once(judgedBy(ofTally, costs)), ofTally };
}

function ranking(ofRankings: (rankings: Rankings) => ReturnType<Scorer>): Scored {
  return { ...once((predictions) => ofRankings(rankingsOf(predictions))), ofRankings };
}

/** Of errors: 0 at best, without a limit. */
function error(name: MetricName, tasks: readonly Task[], scored: Scored, traits: Traits = {}): Metric {
  return { name, tasks, direction: 'minimize', bounds: [0, Infinity], ...traits, ...scored };
}

/** Of what is the better the more it is: 1 at best. */
function merit(
  name: MetricName,
  tasks: readonly Task[],
  scored: Scored,
  { bounds = UNIT, ...traits }: Traits & Partial<Pick<Metric, 'bounds'>> = {},
): Metric {
  return { name, tasks, direction: 'maximize', bounds, ...traits, ...scored };
}

const decides = { decides: true };
const notNegative = {
  needs: ({ least }: TargetFacts) => (least >= 0 ? null : `needs targets of 0 or more, and the smallest is ${least}`),
};
const positive = {
  needs: ({ least }: TargetFacts) => (least > 0 ? null : `needs targets above 0, and the smallest is ${least}`),
};
const ordered = {
  needs: ({ k, isOrdered }: TargetFacts) =>
    k === 2 || isOrdered ? null : 'needs classes in an order, which only classes that are numbers have',
};
const moreThan = (guesses: number) => ({
  needs: ({ k }: TargetFacts) =>
    k > guesses ? null : `needs more than ${guesses} classes, and there are ${k}: the class is always among them`,
});

/** Metrics of one of two classes. */
function ofPositive(positive: 0 | 1) {
  const decided: Traits = { decides: true, isOfPositive: true };
  const oneSided: Traits = { ...decided, isOneSided: true };
  return {
    precision: merit('precision', BINARY, tallied(precision(positive)), oneSided),
    recall: merit('recall', BINARY, tallied(recall(positive)), oneSided),
    f1: merit('f1', BINARY, tallied(fBeta(1, positive)), decided),
    'f0.5': merit('f0.5', BINARY, tallied(fBeta(0.5, positive)), decided),
    f2: merit('f2', BINARY, tallied(fBeta(2, positive)), decided),
    average_precision: merit('average_precision', BINARY, ranking(averagePrecision(positive)), { isOfPositive: true }),
  };
}

const OF_FIRST: Partial<Record<MetricName, Metric>> = ofPositive(0);
const OF_SECOND = ofPositive(1);

/** Every listed metric by name; those of one class are about the second of two. */
export const METRICS: Readonly<Record<ListedMetric, Metric>> = {
  rmse: error('rmse', REGRESSION, plain(rmse)),
  mae: error('mae', REGRESSION, plain(mae)),
  r2: merit('r2', REGRESSION, plain(r2), { bounds: [-Infinity, 1] }),
  medae: error('medae', REGRESSION, plain(medae)),
  mape: error('mape', REGRESSION, plain(mape)),
  rmsle: error('rmsle', REGRESSION, once(rmsle), notNegative),
  pinball: error('pinball', REGRESSION, once(pinball(0.5))),
  'pinball_0.1': error('pinball_0.1', REGRESSION, once(pinball(0.1))),
  'pinball_0.9': error('pinball_0.9', REGRESSION, once(pinball(0.9))),
  poisson_deviance: error('poisson_deviance', REGRESSION, once(poissonDeviance), notNegative),
  gamma_deviance: error('gamma_deviance', REGRESSION, once(gammaDeviance), positive),
  tweedie_deviance: error('tweedie_deviance', REGRESSION, once(tweedieDeviance(1.5)), notNegative),
  auc: merit('auc', BINARY, ranking(auc)),
  logloss: error('logloss', CLASSES, plain(logLoss)),
  accuracy: merit('accuracy', CLASSES, tallied(accuracy), decides),
  balanced_accuracy: merit('balanced_accuracy', CLASSES, tallied(balancedAccuracy), decides),
  precision: OF_SECOND.precision,
  recall: OF_SECOND.recall,
  f1: OF_SECOND.f1,
  'f0.5': OF_SECOND['f0.5'],
  f2: OF_SECOND.f2,
  precision_macro: merit('precision_macro', CLASSES, tallied(precisionMacro), decides),
  recall_macro: merit('recall_macro', CLASSES, tallied(recallMacro), decides),
  f1_macro: merit('f1_macro', CLASSES, tallied(fBetaMacro(1)), decides),
  'f0.5_macro': merit('f0.5_macro', CLASSES, tallied(fBetaMacro(0.5)), decides),
  f2_macro: merit('f2_macro', CLASSES, tallied(fBetaMacro(2)), decides),
  mcc: merit('mcc', CLASSES, tallied(matthews), { ...decides, bounds: FROM_MINUS_ONE }),
  quadratic_kappa: merit('quadratic_kappa', CLASSES, tallied(quadraticKappa), {
    ...decides,
    ...ordered,
    bounds: FROM_MINUS_ONE,
  }),
  mean_rank_error: error('mean_rank_error', MULTICLASS, tallied(meanRankError), { ...decides, ...ordered }),
  cost: error('cost', CLASSES, tallied(meanCost), decides),
  brier: { ...error('brier', BINARY, plain(brier)), bounds: UNIT },
  ece: { ...error('ece', CLASSES, once(calibrationError), { isShownOnly: true }), bounds: UNIT },
  average_precision: OF_SECOND.average_precision,
  auc_ovr: merit('auc_ovr', MULTICLASS, ranking(aucOvr)),
  average_precision_ovr: merit('average_precision_ovr', MULTICLASS, ranking(averagePrecisionOvr)),
  top_3_accuracy: merit('top_3_accuracy', MULTICLASS, once(topAccuracy(3)), moreThan(3)),
  top_5_accuracy: merit('top_5_accuracy', MULTICLASS, once(topAccuracy(5)), moreThan(5)),
};

const DEFAULTS: Readonly<Record<TaskWord, MetricName>> = {
  regression: 'rmse',
  binary: 'auc',
  multiclass: 'logloss',
  count: 'poisson_deviance',
  ordinal: 'quadratic_kappa',
  quantile: 'pinball',
};

/** What is reported when nobody asks for anything else. */
export function defaultMetric(task: TaskWord): MetricName {
  return DEFAULTS[task];
}

/** The names that make sense for a task, in the order of the registry; that of several quantiles is for nothing else. */
export function metricNames(task: Task): ListedMetric[] {
  return METRIC_NAMES.filter((name) => METRICS[name].tasks.includes(task) && name !== 'pinball');
}

/** The listed metrics that a search can rank by. */
export const SEARCHED_METRICS: readonly ListedMetric[] = METRIC_NAMES.filter((name) => !METRICS[name].isShownOnly);

/** Of metrics with a number in their names. */
const FREE_NUMBERS =
  'Any level, power or number of guesses will do: pinball_0.75, tweedie_deviance_1.2, top_10_accuracy.';

export function isMetricName(name: string): boolean {
  return metricNamed(name) !== undefined;
}

/**
 * Throws usage: no metric has that name, or a search cannot rank by it. Which of them a task takes is not known here.
 *
 * @example
 * requireMetricName('pinball_0.75');
 */
export function requireMetricName(name: string): void {
  const metric = metricNamed(name);
  const rule = `must be one of ${SEARCHED_METRICS.join(', ')}`;
  check(metric !== undefined, 'metric', rule, name, FREE_NUMBERS);
  const why =
    'is shown with every model, but is no aim of a search: a guess of the shares of the classes is best by it';
  check(!metric.isShownOnly, 'metric', `${name} ${why}`, name);
}

/**
 * The metric of that name for that task, about what the study knows.
 *
 * Throws   usage: no such metric, or not for this task; the sentence lists those there are
 */
export function metricFor(name: string, task: Task, about: MetricAbout = {}): Metric {
  const metric = metricNamed(name);
  if (metric?.tasks.includes(task)) return metricAbout(metric, about);
  const names = metricNames(task).filter((one) => !METRICS[one].isShownOnly);
  const rule = `must be one of ${names.join(', ')} for a ${task} target`;
  throw new ToolkitError('usage', { where: 'metric', rule, got: name });
}

/** The same metric about that one of two classes, of decisions by what they cost, of some levels. */
export function metricAbout(metric: Metric, { positive = 1, costs, quantiles }: MetricAbout): Metric {
  if (quantiles) return ofLevels(metric, quantiles);
  const own = metric.isOfPositive && positive === 0 ? OF_FIRST[metric.name]! : metric;
  return costs && own.ofTally ? { ...own, ...tallied(own.ofTally, costs) } : own;
}

/** Throws usage: a metric of one number, where several quantiles are predicted. */
function ofLevels(metric: Metric, levels: readonly number[]): Metric {
  if (metric.name === 'pinball') return { ...metric, ...once(meanPinball(levels)) };
  const level = Number(/^pinball_(.+)$/.exec(metric.name)?.[1]);
  const rule = 'must be pinball where quantiles are predicted, the mean loss of all of them';
  check(levels.includes(level), 'metric', rule, metric.name);
  return { ...metric, ...once(pinballOf(levels, level)) };
}

/** Throws data: the metric means nothing for such targets. */
export function requireTargets({ name, needs }: Metric, facts: TargetFacts): void {
  const why = needs?.(facts) ?? null;
  if (why !== null) throw new ToolkitError('data', { where: 'metric', rule: `${name} ${why}` });
}

/** The value turned so that smaller is better. */
export function toLoss(metric: Metric, value: number): number {
  return metric.direction === 'minimize' ? value : -value;
}

/** Metrics whose names hold a number, by it. */
const known = new Map<string, Metric | undefined>();

function metricNamed(name: string): Metric | undefined {
  if (Object.hasOwn(METRICS, name)) return METRICS[name as ListedMetric];
  if (!known.has(name)) {
    // Names come from outside: what was asked for once is not kept for ever.
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, numberedMetric(name));
  }
  return known.get(name);
}

const MOST_KNOWN = 100;

/** `pinball_0.75` and the like; undefined for any other name, and for numbers that mean nothing there. */
function numberedMetric(name: string): Metric | undefined {
  const [, family, digits, rest] =
    /^(pinball|tweedie_deviance|top)_(0\.\d{1,6}|1\.\d{1,6}|[1-9]\d{0,5})(_accuracy)?$/.exec(name) ?? [];
  const number = Number(digits);
  // One metric has one name.
  if (digits === undefined || String(number) !== digits || (family === 'top') !== (rest !== undefined))
    return undefined;
  if (family === 'pinball' && number > 0 && number < 1) {
    return error(name as MetricName, REGRESSION, once(pinball(number)));
  }
  if (family === 'tweedie_deviance' && number > 1 && number < 2) {
    return error(name as MetricName, REGRESSION, once(tweedieDeviance(number)), notNegative);
  }
  if (family === 'top' && Number.isInteger(number) && number > 1) {
    return merit(name as MetricName, MULTICLASS, once(topAccuracy(number)), moreThan(number));
  }
  return undefined;
}
