/** @file What a fit of numbers makes smaller, and what its steps are judged by: losses of one score and one target. */

import { checkData } from '../core/index.js';
import type { Sample } from './estimator.js';
import type { NumberLoss } from './loss-params.js';

/** What scores are counted in: predictions are mean + scale * score, or scale * exp(score). */
export interface ScoreUnit {
  readonly mean: number;
  readonly scale: number;
  readonly link?: 'log';
}

/** A loss with its own number: the level of quantile, the distance of huber, the power of tweedie, the least size of mape. */
export interface ReadyNumberLoss {
  readonly name: NumberLoss;
  readonly shape: number;
}

/** What fits are judged by: a loss, or squared errors of log(1 + number), which no family descends on. */
export interface JudgeLoss {
  readonly name: NumberLoss | 'rmsle';
  readonly shape: number;
}

/** A loss and its own number as settings name them. */
export interface MetricLoss {
  readonly loss: NumberLoss;
  readonly shape: number | null;
}

const OF_METRIC: Readonly<Record<string, NumberLoss>> = {
  rmse: 'squared',
  r2: 'squared',
  mae: 'absolute',
  medae: 'absolute',
  mape: 'mape',
  poisson_deviance: 'poisson',
  gamma_deviance: 'gamma',
};
/** Power of a Tweedie deviance that names none. */
const USUAL_POWER = 1.5;

/** Of the middle size of a target: what is smaller counts as so large, where errors are taken as parts of it. */
const LEAST_SIZE = 1e-3;

/** The loss that a metric is the mean of, or that comes nearest; undefined where a metric has none. */
export function lossOfMetric(metric = ''): MetricLoss | undefined {
  if (Object.hasOwn(OF_METRIC, metric)) return { loss: OF_METRIC[metric], shape: null };
  const [, family, number] = /^(pinball|tweedie_deviance)(?:_(.+))?$/.exec(metric) ?? [];
  if (family === 'tweedie_deviance') return { loss: 'tweedie', shape: Number(number ?? USUAL_POWER) };
  return family === 'pinball' && number !== undefined ? { loss: 'quantile', shape: Number(number) } : undefined;
}

/** What judges a fit of numbers: the metric's own loss, so that it is stopped by that, whatever is trained on; `own` where it has none. */
export function judgeLoss(metric: string | undefined, train: Sample, own?: ReadyNumberLoss): JudgeLoss | undefined {
  if (metric === 'rmsle') return { name: metric, shape: 0 };
  const asked = lossOfMetric(metric);
  if (asked === undefined) return own;
  return { name: asked.loss, shape: asked.loss === 'mape' ? leastSize(train) : (asked.shape ?? 0) };
}

/** Refuses targets that have no logarithm, where a loss is one of logarithms. */
export function requireSizes(where: string, loss: NumberLoss, { y, rows }: Sample): void {
  if (!isOfLogs(loss)) return;
  const isGamma = loss === 'gamma';
  for (const row of rows) {
    const isIn = isGamma ? y[row] > 0 : y[row] >= 0;
    checkData(isIn, where, `y must be ${isGamma ? 'above 0' : '0 or more'} for ${loss} (at row ${row})`, y[row]);
  }
}

/** Whether what is predicted is exp(score). */
export function isOfLogs(loss: NumberLoss): boolean {
  return loss === 'poisson' || loss === 'gamma' || loss === 'tweedie';
}

/** A thousandth of the median size of the targets that are not 0, over the rows with a weight; 1 where all are 0. */
export function leastSize({ y, rows, weights }: Sample): number {
  const sizes = [...rows].filter((row) => weights?.[row] !== 0 && y[row] !== 0).map((row) => Math.abs(y[row]));
  return sizes.length === 0 ? 1 : LEAST_SIZE * sizes.sort((a, b) => a - b)[sizes.length >> 1];
}

/** What rows weigh where errors count as parts of the target, the same as before on average. */
export function shareWeights(own: Sample): Float32Array {
  const { y, rows, weights } = own;
  const least = leastSize(own);
  const shares = new Float64Array(y.length);
  let [wanted, total] = [0, 0];
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    shares[row] = weight / Math.max(Math.abs(y[row]), least);
    wanted += weight;
    total += shares[row];
  }
  return Float32Array.from(shares, (share) => (share * wanted) / total);
}

/**
 * The loss of a score whose target is y, in its unit.
 *
 * Shapes   score: of the standardised target, or its logarithm where the unit has that link; y: in its own units
 */
export function numberLoss({ name, shape }: JudgeLoss, score: number, y: number, unit: ScoreUnit): number {
  const target = (y - unit.mean) / unit.scale;
  const said = unit.link === 'log' ? Math.exp(score) : score;
  const off = Math.abs(said - target);
  switch (name) {
    case 'squared':
      return (said - target) ** 2;
    case 'absolute':
      return off;
    case 'mape':
      return (off * unit.scale) / Math.max(Math.abs(y), shape);
    case 'huber':
      return off <= shape ? (off * off) / 2 : shape * (off - shape / 2);
    case 'quantile':
      return (target >= said ? shape : 1 - shape) * off;
    case 'rmsle':
      return (Math.log1p(Math.max(0, numberOf(score, unit))) - Math.log1p(y)) ** 2;
    default:
      return unit.link === 'log'
        ? lossOfLog(name, shape, score, target)
        : lossOfLog(name, shape, logOf(score, unit), y);
  }
}

/** In the target's own units. */
function numberOf(score: number, { mean, scale, link }: ScoreUnit): number {
  return link === 'log' ? scale * Math.exp(score) : mean + scale * score;
}

/** What is predicted may be 0 or less, where no logarithm was learned: then it counts as the least that metrics know. */
function logOf(score: number, unit: ScoreUnit): number {
  const said = numberOf(score, unit);
  return Number.isNaN(said) ? said : Math.log(Math.max(said, Number.EPSILON));
}

function lossOfLog(name: 'poisson' | 'gamma' | 'tweedie', p: number, s: number, y: number): number {
  if (name === 'poisson') return Math.exp(s) - y * s;
  if (name === 'gamma') return s + y * Math.exp(-s);
  return Math.exp((2 - p) * s) / (2 - p) - (y * Math.exp((1 - p) * s)) / (1 - p);
}
