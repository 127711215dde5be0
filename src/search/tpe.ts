/** @file The tree-structured Parzen estimator: tries what good trials have more often than bad ones. */

import type { Rng } from '../core/index.js';
import { check } from '../core/index.js';
import { scaleOf } from './distribution.js';
import { type Estimator, numberEstimator, optionEstimator } from './parzen.js';
import { type Observation, randomSampler, type Sampler } from './sampler.js';
import { type Assignment, compileSpace, resolve, type SpaceNode } from './space.js';

export interface TpeOptions {
  /** Random draws until so many trials have a finite loss; default 3. */
  readonly startupTrials?: number | undefined;
  /** Draws of which the most promising is taken, for every parameter; default 24. */
  readonly candidates?: number | undefined;
  /** How many of n trials count as good; default min(ceil(sqrt n), 25), between HyperOpt's and Optuna's for few trials. */
  readonly goodCount?: ((n: number) => number) | undefined;
}

/**
 * HyperOpt's algorithm. Trials are parted into good and bad; for each parameter both parts get a Parzen estimator, candidates
 * are drawn from that of the good, and the one with the largest ratio of likelihoods, good to bad, is taken. Choices come first;
 * then the parameters inside the option taken, learning from the trials that took it.
 *
 * Random   draws from `rng` only: same space, history and rng, same suggestion
 * Throws   usage: senseless options
 * Source   Bergstra et al. 2011, Algorithms for Hyper-Parameter Optimization
 */
export function tpeSampler(options: TpeOptions = {}): Sampler {
  const { startupTrials = 3, candidates = 24, goodCount = defaultGoodCount } = options;
  check(Number.isInteger(candidates) && candidates >= 1, 'tpeSampler', 'candidates must be at least 1', candidates);
  check(startupTrials >= 0, 'tpeSampler', 'startupTrials must not be negative', startupTrials);
  return {
    suggest(space, history, rng) {
      const finite = history.filter(({ loss }) => Number.isFinite(loss)).length;
      if (finite < startupTrials) return randomSampler.suggest(space, history, rng);
      const assignment: Record<string, number> = {};
      const parts = split(history, Math.max(1, goodCount(finite)));
      choose(compileSpace(space), { ...parts, candidates, rng }, assignment);
      return { params: resolve(space, assignment), assignment, origin: 'tpe' };
    },
  };
}

function defaultGoodCount(n: number): number {
  return Math.min(Math.ceil(Math.sqrt(n)), 25);
}

interface Parts {
  readonly good: readonly Assignment[];
  readonly bad: readonly Assignment[];
}

/** Both parts keep the order of the trials; equal losses go by age. What is not a finite loss is bad. */
function split(history: readonly Observation[], goodCount: number): Parts {
  const byLoss = history.filter(({ loss }) => Number.isFinite(loss)).sort((one, other) => one.loss - other.loss);
  const best = new Set(byLoss.slice(0, goodCount));
  return {
    good: history.filter((observation) => best.has(observation)).map(({ assignment }) => assignment),
    bad: history.filter((observation) => !best.has(observation)).map(({ assignment }) => assignment),
  };
}

interface Context extends Parts {
  readonly candidates: number;
  readonly rng: Rng;
}

function choose(node: SpaceNode, context: Context, out: Record<string, number>): void {
  if (node.type === 'object' || node.type === 'array') node.items.forEach((item) => choose(item, context, out));
  if (node.type !== 'number' && node.type !== 'choice') return;
  const { good, bad, candidates, rng } = context;
  const likely = estimate(node, good);
  const unlikely = estimate(node, bad);
  const seen = new Set<number>();
  let best = -Infinity;
  for (let i = 0; i < candidates; i++) {
    const value = likely.draw(rng);
    if (seen.has(value)) continue;
    seen.add(value);
    const score = likely.logLikelihood(value) - unlikely.logLikelihood(value);
    if (i > 0 && !(score > best)) continue;
    out[node.label] = value;
    best = score;
  }
  if (node.type === 'choice') choose(node.options[out[node.label]], context, out);
}

function estimate(node: SpaceNode & { type: 'number' | 'choice' }, trials: readonly Assignment[]): Estimator {
  const values = trials.filter((trial) => Object.hasOwn(trial, node.label)).map((trial) => trial[node.label]);
  if (node.type === 'choice') return optionEstimator(node.options.length, values);
  const { distribution } = node;
  if (distribution.name === 'randint') return optionEstimator(distribution.upper, values);
  return numberEstimator(scaleOf(distribution), values);
}
