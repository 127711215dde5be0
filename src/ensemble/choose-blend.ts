/** @file The ensemble of a study: greedy weights, or one level of stacking where folds that it was not fitted on say so. */

import type { Matrix } from '../core/index.js';
import { allRows, selectRows } from '../core/index.js';
import type { Metric, RowWeights, Targets } from '../evaluate/index.js';
import { toLoss } from '../evaluate/index.js';
import type { BlendCandidate, BlendWeight } from './blend.js';
import { greedyBlend } from './blend.js';
import type { Combination } from './combine.js';
import { blendPredictions } from './combine.js';
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
  readonly seed?: number;
}

/** Weights, and what they make of the candidates. */
export interface ChosenBlend {
  /** Largest first. */
  readonly weights: readonly BlendWeight[];
  /** Undefined: the weights sum to 1, and the prediction is the weighted mean. */
  readonly combine: Combination | undefined;
  /** Of every row: the blend as it is, or a stack's each fold by what the others say. */
  readonly predictions: Matrix;
}

/** Below this many rows a stack may learn their noise. */
const STACK_MIN_ROWS = 500;
const MAX_CANDIDATES = 60;
/** Numbers of all candidates together that a stack is fitted on at most. */
const STACK_NUMBERS = 1_000_000;
/** The same for a stack that is there to be compared. */
const TRIAL_STACK_NUMBERS = 250_000;
/** Numbers per candidate that a blend looks at which is there to be compared, or to start a stack from. */
const TRIAL_NUMBERS = 10_000;

/**
 * The greedy blend; or, from 500 rows up, a stack drawn to the mean of the greedy blends that leave out one fold each.
 *
 * Every fold is predicted by the greedy blend and by the stack that know the other folds only (the earlier ones where folds
 * are ordered, and the first as the blend of all predicts it). The stack is taken where its mean loss over the folds is the
 * smaller one, and no larger than that of the best single candidate.
 *
 * Shapes   candidates: [n x 1], or [n x k] probabilities; y [n]
 * Random   only samples of rows, from the seed
 * Throws   as greedyBlend
 */
export function chooseBlend(
  candidates: readonly BlendCandidate[],
  y: Targets,
  metric: Metric,
  options: ChooseOptions,
): ChosenBlend {
  const { parts, rowWeights, judge = metric, seed = 0 } = options;
  const greedy = { rowWeights, seed, maxCandidates: MAX_CANDIDATES };
  const { weights } = greedyBlend(candidates, y, metric, { ...greedy, parts });
  const plain = { weights, combine: undefined, predictions: blended(candidates, weights) };
  const stackable = candidates.filter((candidate) => isStackable(candidate, options));
  if (y.length < STACK_MIN_ROWS || stackable.length < 2) return plain;

  const stackOn = (
    rows: Uint32Array,
    starts: readonly (readonly BlendWeight[])[],
    numbers = STACK_NUMBERS,
  ): Stacked => {
    const start = stackable.map(({ id }) => meanWeight(id, starts));
    const maxNumbers = numbers / stackable.length;
    const rest = { start, rowWeights: options.stackWeights ?? rowWeights, seed, maxNumbers };
    const matrices = stackable.map(({ predictions }) => predictions);
    const { weights: found, combine } = fitStack(matrices, y, { rows, ...rest });
    return { weights: named(stackable, found), combine };
  };
  const stacked = { ...plain.predictions, data: plain.predictions.data.slice() };
  const compared = { ...plain.predictions, data: plain.predictions.data.slice() };
  const starts: (readonly BlendWeight[])[] = [];
  for (const { judged, others, learned } of judgedFolds(options)) {
    const { weights: start } = greedyBlend(candidates, y, metric, {
      ...greedy,
      parts: learned,
      maxNumbers: TRIAL_NUMBERS,
    });
    starts.push(start);
    const stack = stackOn(others, [start], TRIAL_STACK_NUMBERS);
    if (stack.weights.length === 0) return plain;
    place(compared, judged, blended(candidates, start, undefined, judged));
    place(stacked, judged, blended(candidates, stack.weights, stack.combine, judged));
  }
  if (
    judge &&
    !isBetter(stacked, [compared, ...candidates.map(({ predictions }) => predictions)], { y, judge, options })
  ) {
    return plain;
  }
  const whole = stackOn(allRows(y.length), starts);
  return whole.weights.length === 0 ? plain : { ...whole, predictions: stacked };
}

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

function place(into: Matrix, rows: Uint32Array, { data, cols }: Matrix): void {
  rows.forEach((row, i) => into.data.set(data.subarray(i * cols, (i + 1) * cols), row * cols));
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
