/** @file The ensemble of a study: greedy weights, of few rows the mean of many, or one level of stacking where folds that it was not fitted on say so. */

import type { Matrix } from '../core/index.js';
import { allRows, createMatrix, selectRows } from '../core/index.js';
import type { Metric, RowWeights, Targets } from '../evaluate/index.js';
import { toLoss } from '../evaluate/index.js';
import type { BlendCandidate, BlendOptions, BlendWeight } from './blend.js';
import { greedyBlend } from './blend.js';
import { fitTemperature } from './calibrate.js';
import type { Combination } from './combine.js';
import { blendPredictions } from './combine.js';
import type { JudgedFold } from './cross-fit.js';
import { judgedFolds } from './cross-fit.js';
import { fitStack } from './stack.js';

export interface ChooseOptions {
  /** Row positions of each fold. */
  readonly parts: readonly Uint32Array[];
  /** [n] what each row counts for the metric. */
  readonly rowWeights?: RowWeights | undefined;
  /** [n] what each row counts where a stack is fitted; default: the same. */
  readonly stackWeights?: RowWeights | undefined;
  /** Folds follow each other in time: nothing is judged by what later ones say. */
  readonly ordered?: boolean | undefined;
  /** Candidates that say the same of every row: no stack looks at them. */
  readonly constant?: ReadonlySet<string> | undefined;
  /** By which the choice is made; default: the metric of the greedy blend; null: a stack whatever the folds say. */
  readonly judge?: Metric | null | undefined;
  /** Nothing but weighted means; default: stacks as well. */
  readonly isPlain?: boolean;
  readonly seed?: number;
  /** Blends on drawn rows that a blend of few numbers is the mean of; 0: one, on the rows as they are. */
  readonly bags?: number | undefined;
  /** Other predictions of the same candidates, in their order, that the weights of each fold are laid on too. */
  readonly also?: readonly Matrix[] | undefined;
}

/** Weights, and what they make of the candidates. */
export interface ChosenBlend {
  /** Largest first. */
  readonly weights: readonly BlendWeight[];
  /** Undefined: the weights sum to 1, and the prediction is the weighted mean. */
  readonly combine: Combination | undefined;
  /** Of every row, each fold by weights that were found on the others. */
  readonly predictions: Matrix;
  /** The same of the other predictions of the candidates; of these themselves where there are none. */
  readonly also: Matrix;
}

/** Below this many rows a stack may learn their noise. */
const STACK_MIN_ROWS = 500;
const MAX_CANDIDATES = 60;
/** What drawing a stack to its start costs: of few rows so much, of more than so many less, as these know more. */
const RIDGE = 0.1;
const RIDGE_ROWS = 1000;
/** Numbers of all candidates together that a stack is fitted on at most. */
const STACK_NUMBERS = 1_000_000;
/** The same for a stack that is there to be compared. */
const TRIAL_STACK_NUMBERS = 250_000;
/** Numbers per candidate that a blend looks at which is there to be compared, or to start a stack from. */
const TRIAL_NUMBERS = 10_000;
/** Up to so many numbers per candidate a blend is the mean of several that are chosen on drawn rows: few rows know too little for one. */
export const BAGGED_NUMBERS = 4_000;
const BAGS = 20;
/** Of a blend that is there to be compared, or to start a stack from. */
const TRIAL_BAGS = 6;
/** Draws of each: a mean of many needs no fine weights. */
const BAG = { rounds: 10, patience: 3 };

/**
 * The greedy blend, of few rows the mean of those on rows drawn again and again; or, from 500 rows up, a stack drawn to the mean
 * of the greedy blends that leave out one fold each.
 *
 * Every fold is predicted by the greedy blend and by the stack that know the other folds only (the earlier ones where folds
 * are ordered; the first of those has none, and is predicted by what all others say). The stack is taken where its mean loss
 * over the folds is the smaller one, and no larger than that of the best single candidate.
 *
 * Shapes   candidates: [n x 1], or [n x k] probabilities; y [n]
 * Random   only samples and draws of rows, from the seed
 * Throws   as greedyBlend
 */
export function chooseBlend(
  candidates: readonly BlendCandidate[],
  y: Targets,
  metric: Metric,
  options: ChooseOptions,
): ChosenBlend {
  const { parts, rowWeights, judge = metric, seed = 0 } = options;
  const { bags = BAGS } = options;
  const bagged = bags > 0 && candidates[0]?.predictions.data.length <= BAGGED_NUMBERS ? { ...BAG, bags } : {};
  const greedy: BlendOptions = { rowWeights, seed, maxCandidates: MAX_CANDIDATES, ...bagged };
  const { weights } = greedyBlend(candidates, y, metric, { ...greedy, parts });
  const trial = { ...greedy, maxNumbers: TRIAL_NUMBERS, bags: Math.min(greedy.bags ?? 0, TRIAL_BAGS) };
  const folds = everyFold(options);
  const starts = folds.map(({ learned }) => {
    return greedyBlend(candidates, y, metric, { ...trial, parts: learned }).weights;
  });
  const others = candidates.map(({ id, predictions }, c) => ({ id, predictions: options.also?.[c] ?? predictions }));
  const crossFitted = (found: readonly Pick<ChosenBlend, 'weights' | 'combine'>[]) => {
    const [predictions, also] = [candidates, others].map((from) =>
      gathered(candidates[0].predictions, folds, (fold) =>
        blended(from, found[fold].weights, found[fold].combine, folds[fold].judged),
      ),
    );
    return { predictions, also };
  };
  const compared = crossFitted(starts.map((blend) => ({ weights: blend, combine: undefined })));
  const plain = { weights, combine: undefined, ...compared };
  const stackable = candidates.filter((candidate) => isStackable(candidate, options));
  if (options.isPlain || y.length < STACK_MIN_ROWS || stackable.length < 2) return plain;

  const counts = options.stackWeights ?? rowWeights;
  const stackOn = (
    rows: Uint32Array,
    blends: readonly (readonly BlendWeight[])[],
    numbers = STACK_NUMBERS,
  ): Stacked => {
    const start = stackable.map(({ id }) => meanWeight(id, blends));
    const maxNumbers = numbers / stackable.length;
    const ridge = RIDGE * Math.min(1, RIDGE_ROWS / rows.length);
    const scales = powersOf(stackable, y, rows, counts);
    const rest = { start, ridge, scales, rowWeights: counts, seed, maxNumbers };
    const matrices = stackable.map(({ predictions }) => predictions);
    const { weights: found, combine } = fitStack(matrices, y, { rows, ...rest });
    return { weights: named(stackable, found), combine };
  };
  const stacks = folds.map(({ others }, fold) => stackOn(others, [starts[fold]], TRIAL_STACK_NUMBERS));
  if (stacks.some((stack) => stack.weights.length === 0)) return plain;
  const stacked = crossFitted(stacks);
  if (
    judge &&
    !isBetter(stacked.predictions, [compared.predictions, ...candidates.map(({ predictions }) => predictions)], {
      y,
      judge,
      options,
    })
  ) {
    return plain;
  }
  const whole = stackOn(allRows(y.length), starts);
  return whole.weights.length === 0 ? plain : { ...whole, ...stacked };
}

/** Every fold with what may be learned from; of ordered ones the first has no earlier, and learns from all others. */
function everyFold(options: ChooseOptions): JudgedFold[] {
  const folds = judgedFolds(options);
  if (folds.length === options.parts.length) return folds;
  return [...judgedFolds({ parts: options.parts }).slice(0, 1), ...folds];
}

/** The folds' predictions in one matrix; rows of no fold are 0. */
function gathered({ rows, cols }: Matrix, folds: readonly JudgedFold[], predict: (fold: number) => Matrix): Matrix {
  const into = createMatrix(rows, cols);
  folds.forEach(({ judged }, fold) => {
    const { data } = predict(fold);
    judged.forEach((row, i) => into.data.set(data.subarray(i * cols, (i + 1) * cols), row * cols));
  });
  return into;
}

/**
 * What makes each candidate's probabilities come true: a forest of pure leaves says too little of what it knows, and as a member as it is
 * it would need a weight that its start is far from.
 */
function powersOf(
  candidates: readonly BlendCandidate[],
  y: Targets,
  rows: Uint32Array,
  weights: RowWeights | undefined,
): number[] {
  return candidates.map(({ predictions }) => {
    if (predictions.cols === 1) return 1;
    const most = Math.max(POWER_NUMBERS / predictions.cols, POWER_ROWS);
    const stride = Math.ceil(rows.length / most);
    const used = stride <= 1 ? rows : rows.filter((_, i) => i % stride === 0);
    const found = fitTemperature(predictions, y, used, weights);
    return found.method === 'temperature' ? 1 / found.temperature : 1;
  });
}

/** Numbers that a power is found on, of many classes rows: it is one number, and found for every candidate and every fold. */
const POWER_NUMBERS = 20_000;
const POWER_ROWS = 500;

type Stacked = Pick<ChosenBlend, 'weights'> & { readonly combine: Combination };

function isStackable({ id, predictions }: BlendCandidate, { constant }: ChooseOptions): boolean {
  return !constant?.has(id) && predictions.data.every(Number.isFinite);
}

function meanWeight(id: string, blends: readonly (readonly BlendWeight[])[]): number {
  const own = blends.map((blend) => blend.find((weight) => weight.id === id)?.weight ?? 0);
  return own.reduce((sum, weight) => sum + weight, 0) / own.length;
}

/** Those above 0, largest first; equal ones in the order of the candidates. */
function named(candidates: readonly BlendCandidate[], weights: Float64Array): BlendWeight[] {
  return candidates
    .map(({ id }, m) => ({ id, weight: weights[m] }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
}

/** Predictions of the weighted candidates on some rows (default: all). */
function blended(
  candidates: readonly BlendCandidate[],
  weights: readonly BlendWeight[],
  combine?: Combination,
  rows?: Uint32Array,
): Matrix {
  const of = (id: string) => candidates.find((candidate) => candidate.id === id)!.predictions;
  return blendPredictions(
    weights.map(({ weight }) => weight),
    weights.map(({ id }) => (rows ? selectRows(of(id), rows) : of(id))),
    combine,
  );
}

/** Whether the stack is better than the first of the others, the blend, and as good as every other. */
function isBetter(
  stacked: Matrix,
  [blend, ...others]: readonly Matrix[],
  { y, judge, options }: { readonly y: Targets; readonly judge: Metric; readonly options: ChooseOptions },
): boolean {
  const loss = (predictions: Matrix) => foldLoss(predictions, y, judge, options);
  const found = loss(stacked);
  return found < loss(blend) && others.every((other) => !(loss(other) < found));
}

/** Mean over the folds, smaller is better. */
function foldLoss(predictions: Matrix, y: Targets, metric: Metric, { parts, rowWeights }: ChooseOptions): number {
  const pick = (values: Targets, rows: Uint32Array) => Float64Array.from(rows, (row) => values[row]);
  const losses = parts.map((rows) =>
    toLoss(metric, metric.compute(pick(y, rows), selectRows(predictions, rows), rowWeights && pick(rowWeights, rows))),
  );
  return losses.reduce((sum, value) => sum + value, 0) / losses.length;
}
