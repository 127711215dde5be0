/**
 * @file Parzen estimators: what the values of some trials say about where more of them lie. Numbers get a mixture of
 * truncated normals, one on each value and a wide one for the prior; options get smoothed counts.
 */

import type { Rng } from '../core/index.js';
import type { Scale } from './distribution.js';
import { fromScale, toScale } from './distribution.js';
import { logDensity, logMass, logSum, truncatedQuantile } from './normal.js';

/** Draws values, and says how likely they are. */
export interface Estimator {
  draw(rng: Rng): number;
  /** Logarithm of the density, or of the probability where the value is one of many steps. */
  logLikelihood(value: number): number;
}

/** The latest so many trials count fully; those before fade linearly. */
const FULL_MEMORY = 25;
/** No component is narrower than the prior divided by this. */
const MAX_SHARPNESS = 100;
/** Components more deviations away are left out, unless all are: they add less than exp(-50). */
const NEAR = 10;
/** Weight of the prior, in trials. */
const PRIOR_WEIGHT = 1;

/**
 * Weights of n trials, oldest first: 1 for the last 25, from 1/n rising linearly before.
 *
 * Source   HyperOpt, linear forgetting
 */
export function forgetting(n: number): number[] {
  const faded = n - FULL_MEMORY;
  return Array.from({ length: n }, (_, i) => {
    if (i >= faded) return 1;
    return faded === 1 ? 1 / n : 1 / n + (i / (faded - 1)) * (1 - 1 / n);
  });
}

interface Component {
  readonly mu: number;
  readonly sigma: number;
  readonly logWeight: number;
  /** Logarithm of the share of the normal that lies inside the bounds. */
  readonly logInside: number;
}

/**
 * Estimator of a number from values on their natural scale, oldest first.
 *
 * Source   Bergstra et al. 2011, Algorithms for Hyper-Parameter Optimization: the width of a component is the larger
 *          distance to its neighbours, kept between the prior's width and that divided by min(100, 1 + n)
 */
export function numberEstimator(scale: Scale, values: readonly number[]): Estimator {
  const components = makeComponents(scale, values);
  return {
    draw: (rng) => fromScale(scale, drawInner(scale, components, rng)),
    logLikelihood(value) {
      if (scale.q === 0) return logMixture(components, toScale(scale, value), toScale(scale, value));
      const [from, to] = [value - scale.q / 2, value + scale.q / 2].map((edge) => edgeToScale(scale, edge));
      return logMixture(components, from, to);
    },
  };
}

function makeComponents(scale: Scale, values: readonly number[]): Component[] {
  const weights = forgetting(values.length);
  const total = weights.reduce((sum, weight) => sum + weight, PRIOR_WEIGHT);
  const points = values.map((value, i) => ({ mu: toScale(scale, value), weight: weights[i], isPrior: false }));
  points.push({ mu: scale.mu, weight: PRIOR_WEIGHT, isPrior: true });
  points.sort((one, other) => one.mu - other.mu);
  const narrowest = scale.sigma / Math.min(MAX_SHARPNESS, 1 + values.length);
  return points.map(({ mu, weight, isPrior }, i) => {
    const left = i > 0 ? mu - points[i - 1].mu : 0;
    const right = i + 1 < points.length ? points[i + 1].mu - mu : 0;
    const sigma = isPrior ? scale.sigma : Math.min(scale.sigma, Math.max(narrowest, left, right));
    const logInside = logMass((scale.low - mu) / sigma, (scale.high - mu) / sigma);
    return { mu, sigma, logWeight: Math.log(weight / total), logInside };
  });
}

function drawInner(scale: Scale, components: readonly Component[], rng: Rng): number {
  let left = rng.uniform();
  let i = 0;
  for (; i < components.length - 1; i++) {
    left -= Math.exp(components[i].logWeight);
    if (left < 0) break;
  }
  const { mu, sigma } = components[i];
  if (scale.low === -Infinity) return mu + sigma * rng.normal();
  return mu + sigma * truncatedQuantile(rng.uniform(), (scale.low - mu) / sigma, (scale.high - mu) / sigma);
}

/** Logarithm of the density at `from` when `to` is the same, else of the probability between them. */
function logMixture(components: readonly Component[], from: number, to: number): number {
  let sum = 0;
  for (const component of components) {
    const { mu, sigma } = component;
    if (Math.max(from - mu, mu - to) <= NEAR * sigma) sum += Math.exp(logTerm(component, from, to));
  }
  if (sum > 0) return Math.log(sum);
  return components.reduce((total, component) => logSum(total, logTerm(component, from, to)), -Infinity);
}

function logTerm({ mu, sigma, logWeight, logInside }: Component, from: number, to: number): number {
  const a = (from - mu) / sigma;
  const inner = from === to ? logDensity(a) - Math.log(sigma) : logMass(a, (to - mu) / sigma);
  return logWeight + inner - logInside;
}

/** An edge of a cell on the inner scale, cut at the bounds. */
function edgeToScale(scale: Scale, edge: number): number {
  const inner = scale.log ? Math.log(Math.max(0, edge)) : edge;
  return Math.min(scale.high, Math.max(scale.low, inner));
}

/**
 * Estimator of one of `upper` options from those taken, oldest first: weighted counts, one added to each option.
 *
 * Nothing of length `upper` is made, so that `randint(2 ** 32)` costs no more than two options.
 */
export function optionEstimator(upper: number, taken: readonly number[]): Estimator {
  const weights = forgetting(taken.length);
  const counts = new Map<number, number>();
  taken.forEach((option, i) => counts.set(option, (counts.get(option) ?? 0) + weights[i]));
  const total = weights.reduce((sum, weight) => sum + weight, upper * PRIOR_WEIGHT);
  return {
    draw(rng) {
      let left = rng.uniform() * total - upper * PRIOR_WEIGHT;
      if (left < 0) return rng.integer(upper);
      for (const [option, count] of counts) if ((left -= count) < 0) return option;
      return rng.integer(upper);
    },
    logLikelihood: (option) => Math.log(((counts.get(option) ?? 0) + PRIOR_WEIGHT) / total),
  };
}
