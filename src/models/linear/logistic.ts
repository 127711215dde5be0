/** @file Logistic regression, binary and multinomial, and Poisson regression, by L-BFGS with a curvature guess that knows the columns' correlations. */

import { affordableGram, choleskyFactor, choleskySolve } from './cholesky.js';
import type { Coefficients, Design, Pause } from './design.js';
import { dot } from './ridge.js';
import type { Labels } from './softmax.js';
import { logLoss, poissonLoss } from './softmax.js';

/** Stops when the next step promises less than this much of the loss per unit of weight, in nats. */
const PROMISE_PER_ROW = 1e-8;
const MAX_STEPS = 300;
/** Pairs of steps and gradient changes that L-BFGS remembers. */
const MEMORY = 40;
/** Numbers that the factors of all classes may take; above it, classes share one. */
const MAX_FACTOR_SIZE = 8e6;

export interface LogisticFit {
  readonly coefficients: Coefficients;
  readonly steps: number;
  readonly converged: boolean;
}

/** What is made smaller, where it starts, and how it curves there. */
interface Likelihood {
  readonly loss: typeof logLoss;
  /** Intercepts of the prior. */
  readonly start: Float64Array;
  /** Second derivative by each output, there. */
  readonly curvature: Float64Array;
}

/**
 * The same of Poisson regression: y is 0 or more, of mean 1, and exp(z V + b) is expected of it.
 *
 * Source   McCullagh & Nelder 1989, chapter 6; the penalty is that of the logistic regression
 */
export async function solvePoisson(design: Design, y: Float64Array, alpha: number, pause: Pause): Promise<LogisticFit> {
  const likelihood = { loss: poissonLoss, start: Float64Array.of(0), curvature: Float64Array.of(1) };
  return descend({ design, labels: { y, weights: design.weights }, alpha, pause }, likelihood);
}

/**
 * Minimises sum_i w_i loss(y_i, z_i V + b) + alpha / 2 |V|^2 over standardised coefficients V [d x m] and intercepts b [m].
 *
 * With m = 1 y is 0 or 1; with more, every class has its coefficients (the penalty makes them unique).
 *
 * Source   Nocedal & Wright 2006, algorithm 7.4 and 3.5; differs: the first inverse Hessian is that of the prior
 *          probabilities, and a line search costs no pass over X (logits are linear in the step)
 */
export async function solveLogistic(
  design: Design,
  y: Float64Array,
  m: number,
  alpha: number,
  pause: Pause,
): Promise<LogisticFit> {
  const labels = { y, weights: design.weights };
  const prior = priors(labels, m, design.totalWeight);
  const curvature = prior.map((p) => p * (1 - p));
  return descend({ design, labels, alpha, pause }, { loss: logLoss, start: interceptsOf(prior), curvature });
}

interface Task {
  readonly design: Design;
  readonly labels: Labels;
  readonly alpha: number;
  readonly pause: Pause;
}

async function descend(task: Task, likelihood: Likelihood): Promise<LogisticFit> {
  const { design, alpha, pause } = task;
  const problem = new Problem(task, likelihood);
  const guess = await curvatureGuess(design, likelihood.curvature, alpha);
  problem.x.b.set(likelihood.start);
  await problem.start();
  const history: Pair[] = [];
  const enough = PROMISE_PER_ROW * design.totalWeight;
  for (let step = 0; step < MAX_STEPS; step++) {
    await pause();
    const before = flat(problem.gradient);
    const direction = twoLoops(before, history, guess);
    const slope = dot(before, direction);
    if (!(slope < 0)) return { coefficients: problem.x, steps: step, converged: slope === 0 };
    if (-slope / 2 <= enough) return { coefficients: problem.x, steps: step, converged: true };
    const length = await problem.move(direction, slope);
    if (length === 0) return { coefficients: problem.x, steps: step, converged: false };
    if (design.msLeft < 0) return { coefficients: problem.x, steps: step + 1, converged: false };
    remember(history, direction, length, before, flat(problem.gradient));
  }
  return { coefficients: problem.x, steps: MAX_STEPS, converged: false };
}

/** The objective at the current coefficients, with logits and gradient kept up to date. */
class Problem {
  readonly x: Coefficients;
  readonly gradient: Coefficients;
  private readonly logits: Float64Array;
  private readonly change: Float64Array;
  private readonly residual: Float64Array;
  private readonly trial: Float64Array;
  private readonly design: Design;
  private readonly labels: Labels;
  private readonly alpha: number;
  private readonly m: number;
  private readonly lossOf: Likelihood['loss'];
  /** Loss at the current coefficients, without the penalty. */
  private loss = 0;

  constructor({ design, labels, alpha }: Task, { loss, start }: Likelihood) {
    const { n, d } = design;
    const m = start.length;
    [this.design, this.labels, this.alpha, this.m, this.lossOf] = [design, labels, alpha, m, loss];
    this.x = { W: new Float64Array(d * m), b: new Float64Array(m) };
    this.gradient = { W: new Float64Array(d * m), b: new Float64Array(m) };
    this.logits = new Float64Array(n * m);
    this.change = new Float64Array(n * m);
    this.residual = new Float64Array(n * m);
    this.trial = new Float64Array(n * m);
  }

  async start(): Promise<void> {
    await this.design.forward(this.x, this.logits);
    this.loss = this.lossOf(this.logits, this.m, this.labels, this.residual);
    await this.refreshGradient();
  }

  /** Goes along a flat direction as far as a line search says; returns the step length, 0 where nothing improves. */
  async move(direction: Float64Array, slope: number): Promise<number> {
    const { x, alpha, m } = this;
    const size = x.W.length;
    const step = { W: direction.subarray(0, size), b: direction.subarray(size) };
    await this.design.forward(step, this.change);
    const [linear, square] = [alpha * dot(x.W, step.W), alpha * dot(step.W, step.W)];
    let tried = 0;
    // Value and slope of the objective along the step, both less the penalty at its start.
    const along = (t: number): readonly [number, number] => {
      tried = t;
      const { trial, logits, change, residual } = this;
      for (let i = 0; i < trial.length; i++) trial[i] = logits[i] + t * change[i];
      this.loss = this.lossOf(trial, m, this.labels, residual);
      return [this.loss + t * linear + (t * t * square) / 2, dot(residual, change) + linear + t * square];
    };
    const length = searchLine(along, this.loss, slope);
    if (tried !== length) along(length);
    for (let j = 0; j < size; j++) x.W[j] += length * step.W[j];
    for (let c = 0; c < m; c++) x.b[c] += length * step.b[c];
    this.logits.set(this.trial);
    await this.refreshGradient();
    return length;
  }

  private async refreshGradient(): Promise<void> {
    await this.design.backward(this.residual, this.gradient);
    const { gradient, x, alpha } = this;
    for (let j = 0; j < x.W.length; j++) gradient.W[j] += alpha * x.W[j];
  }
}

/** A step length by the Wolfe conditions (1e-4, 0.5): doubles until the valley is bracketed, then halves it by secants. */
function searchLine(along: (t: number) => readonly [number, number], from: number, slope: number): number {
  let low = 0;
  let lowSlope = slope;
  let high = Infinity;
  let highSlope = 0;
  let t = 1;
  for (let trial = 0; trial < 30; trial++) {
    const [value, here] = along(t);
    const descends = value <= from + 1e-4 * t * slope + 1e-14 * Math.abs(from);
    if (descends && Math.abs(here) <= 0.5 * -slope) return t;
    if (descends && here < 0) [low, lowSlope] = [t, here];
    else [high, highSlope] = [t, here];
    if (high === Infinity) t = 2 * low;
    else if (highSlope > 0) t = secant(low, lowSlope, high, highSlope);
    else t = (low + high) / 2;
  }
  return low;
}

/** Where a straight line through two slopes crosses 0, kept off the ends. */
function secant(low: number, lowSlope: number, high: number, highSlope: number): number {
  const t = low - (lowSlope * (high - low)) / (highSlope - lowSlope);
  const margin = 0.05 * (high - low);
  return Math.min(Math.max(t, low + margin), high - margin);
}

/** Share of each output's class, kept away from 0 and 1. */
function priors({ y, weights }: Labels, m: number, total: number): Float64Array {
  const shares = new Float64Array(m);
  for (let i = 0; i < y.length; i++) {
    if (m === 1) shares[0] += (weights[i] * y[i]) / total;
    else shares[y[i]] += weights[i] / total;
  }
  const least = 0.5 / y.length;
  return shares.map((share) => Math.min(Math.max(share, least), 1 - least));
}

function interceptsOf(prior: Float64Array): Float64Array {
  if (prior.length === 1) return Float64Array.of(Math.log(prior[0] / (1 - prior[0])));
  const logs = prior.map(Math.log);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return logs.map((value) => value - mean);
}

/** Applies an inverse Hessian in place to a flat vector (V row-major, then b). */
type Guess = (v: Float64Array) => void;

/** The inverse of blocks scale (Z' diag(w) Z) + alpha I, one per output: the Hessian at the prior without its cross terms. */
async function curvatureGuess(design: Design, scales: Float64Array, alpha: number): Promise<Guess> {
  const { d, totalWeight } = design;
  const m = scales.length;
  const gram = await affordableGram(design);
  const shared = m * d * d > MAX_FACTOR_SIZE;
  const common = scales.reduce((sum, scale) => sum + scale, 0) / m;
  const factors = gram && Array.from(shared ? [common] : scales, (scale) => choleskyFactor(gram, d, scale, alpha));
  return (v) => {
    for (let c = 0; c < m; c++) {
      if (factors) choleskySolve(factors[shared ? 0 : c], d, v, c, m);
      const left = factors ? (shared ? common / scales[c] : 1) : 1 / (scales[c] * totalWeight + alpha);
      for (let j = c; j < d * m; j += m) v[j] *= left;
      v[d * m + c] /= scales[c] * totalWeight;
    }
  };
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverse: number;
}

/** The quasi-Newton direction: minus the inverse Hessian, as remembered, times the gradient. */
function twoLoops(gradient: Float64Array, history: readonly Pair[], guess: Guess): Float64Array {
  const q = gradient.slice();
  const shares: number[] = [];
  for (let h = history.length - 1; h >= 0; h--) {
    shares[h] = history[h].inverse * dot(history[h].step, q);
    addScaled(q, history[h].change, -shares[h]);
  }
  guess(q);
  const last = history.at(-1);
  if (last) {
    const image = last.change.slice();
    guess(image);
    const scale = 1 / (last.inverse * dot(last.change, image));
    for (let j = 0; j < q.length; j++) q[j] *= scale;
  }
  history.forEach((pair, h) => addScaled(q, pair.step, shares[h] - pair.inverse * dot(pair.change, q)));
  return q.map((value) => -value);
}

function remember(
  history: Pair[],
  direction: Float64Array,
  length: number,
  before: Float64Array,
  after: Float64Array,
): void {
  const step = direction.map((value) => value * length);
  const change = after.map((value, j) => value - before[j]);
  const curvature = dot(step, change);
  if (!(curvature > 1e-12 * Math.sqrt(dot(step, step) * dot(change, change)))) return;
  history.push({ step, change, inverse: 1 / curvature });
  if (history.length > MEMORY) history.shift();
}

function addScaled(to: Float64Array, from: Float64Array, scale: number): void {
  for (let j = 0; j < to.length; j++) to[j] += scale * from[j];
}

function flat({ W, b }: Coefficients): Float64Array {
  const out = new Float64Array(W.length + b.length);
  out.set(W);
  out.set(b, W.length);
  return out;
}
