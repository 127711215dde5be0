/** @file Greedy weights on out-of-fold predictions: the ensemble on the leaderboard. */

import type { Matrix } from '../core/index.js';
import { allRows, check, checkData, createMatrix, Rng, selectRows } from '../core/index.js';
import type { Metric, RowWeights, Targets } from '../evaluate/index.js';
import { toLoss } from '../evaluate/index.js';
import { blendPredictions } from './combine.js';

/** A model by its out-of-fold predictions; row i of every candidate speaks of the same row. */
export interface BlendCandidate {
  readonly id: string;
  readonly predictions: Matrix;
}

export interface BlendOptions {
  /** Draws at most; each adds one model, and a model may be drawn again. */
  readonly rounds?: number;
  /** Draws without a new best loss after which it stops. */
  readonly patience?: number;
  /** Only this many candidates, the best by themselves, are drawn from. */
  readonly maxCandidates?: number;
  /** Row positions of each fold: the loss is then the mean over the folds, as on the leaderboard. Default: all rows at once. */
  readonly parts?: readonly Uint32Array[];
  /**
   * Blends that are averaged, each chosen on rows drawn with replacement from those of its part; 0 (default): one, chosen on the
   * rows as they are.
   */
  readonly bags?: number;
  /** With more numbers per candidate than this, the draws judge a sample of the rows; the last word is had on all. */
  readonly maxNumbers?: number;
  readonly seed?: number;
  /** [n] what each row counts in the loss. */
  readonly rowWeights?: RowWeights | undefined;
}

export interface BlendWeight {
  readonly id: string;
  /** In (0, 1]. */
  readonly weight: number;
}

export interface Blend {
  /** Sum 1; largest first, equal ones in the order of the candidates. */
  readonly weights: readonly BlendWeight[];
  /** Of the blend on all rows, smaller is better. */
  readonly loss: number;
  /** Every draw with the loss that the blend then had (on the sample, where one was taken); none of bags. */
  readonly history: readonly { readonly round: number; readonly id: string; readonly loss: number }[];
}

/** y and predictions of the rows of one fold. */
interface Part {
  readonly y: Targets;
  readonly weights: RowWeights | undefined;
  readonly predictions: readonly Matrix[];
}

/**
 * Weights of a blend: starting from the best model, draws again and again the model that helps the mean of all drawn most.
 *
 * The result is the best blend on the way; by its loss on all rows it is never worse than the best single candidate. With bags
 * it is the mean of such blends, each on other rows: what one of them owes to the luck of a few rows, the others do not follow. It
 * may then be worse than a single candidate on the rows that it was chosen on. Members of a tiny share of it are left out.
 * Among equals the earlier candidate is drawn. Candidates whose loss is not finite are left out.
 *
 * Shapes   candidates: [n x 1], or [n x k] probabilities; y [n]
 * Random   only samples and draws of rows, from the seed
 * Throws   usage: no candidate, or shapes that differ; data: no candidate with a finite loss
 * Source   Caruana et al. 2004, Ensemble selection from libraries of models
 */
export function greedyBlend(
  candidates: readonly BlendCandidate[],
  y: Targets,
  metric: Metric,
  options: BlendOptions = {},
): Blend {
  const { rounds = 40, patience = 10, maxCandidates = 30, maxNumbers = 200_000, seed = 0, bags = 0 } = options;
  checkShapes(candidates, y);
  const parts = options.parts ?? [allRows(y.length)];
  const full = parts.map((rows) => partOf(candidates, y, options.rowWeights, rows));
  const singles = candidates.map((_, c) => meanLoss(full, metric, ({ predictions }) => predictions[c]));
  const usable = Array.from(candidates.keys()).filter((c) => Number.isFinite(singles[c]));
  checkData(usable.length > 0, 'ensemble', 'some model must have a finite loss', singles);
  const order = usable.sort((a, b) => singles[a] - singles[b] || a - b);
  const ranked = order.slice(0, maxCandidates);
  const drawn = [...ranked].sort((a, b) => a - b);
  const judged = sampleParts(full.map(countingRows), maxNumbers, seed);
  const lossOf = (weights: readonly Share[]): number =>
    meanLoss(full, metric, ({ predictions }) => blendPredictions(...unzip(weights, predictions)));
  const named = (weights: readonly Share[]): BlendWeight[] =>
    weights.map(({ candidate, weight }) => ({ id: candidates[candidate].id, weight }));
  if (bags > 0) {
    const bagged = averageOfBags(judged, metric, { drawn, ranked, rounds, patience, bags, seed });
    return { weights: named(bagged), loss: lossOf(bagged), history: [] };
  }
  const draws = drawGreedily(judged, metric, { drawn, first: order[0], rounds, patience });
  const weights = weightsOf(drawnUntilBest(draws));
  const blended = lossOf(weights);
  // On a sample of the rows the blend can look better than it is.
  const kept = blended <= singles[order[0]] ? weights : [{ candidate: order[0], weight: 1 }];
  return {
    weights: named(kept),
    loss: Math.min(blended, singles[order[0]]),
    history: draws.map(({ candidate, loss }, i) => ({ round: i + 1, id: candidates[candidate].id, loss })),
  };
}

interface Draw {
  readonly candidate: number;
  readonly loss: number;
}

interface Share {
  readonly candidate: number;
  readonly weight: number;
}

interface DrawPlan {
  readonly drawn: readonly number[];
  readonly first: number;
  readonly rounds: number;
  readonly patience: number;
}

function drawGreedily(parts: readonly Part[], metric: Metric, { drawn, first, rounds, patience }: DrawPlan): Draw[] {
  const mixes = parts.map(({ predictions }) => new Mix(predictions[first]));
  const draws: Draw[] = [{ candidate: first, loss: meanLoss(parts, metric, ({ predictions }) => predictions[first]) }];
  while (draws.length < rounds && draws.length - bestLength(draws) < patience) {
    let best: Draw = { candidate: -1, loss: Infinity };
    for (const candidate of drawn) {
      const loss = meanLoss(parts, metric, ({ predictions }, p) => mixes[p].with(predictions[candidate]));
      if (loss < best.loss) best = { candidate, loss };
    }
    if (best.candidate < 0) break;
    mixes.forEach((mix, p) => mix.add(parts[p].predictions[best.candidate]));
    draws.push(best);
  }
  return draws;
}

/** Members of a bagged blend with less than this of it are left out, but never the largest: each costs as much as any other when it predicts. */
const LEAST_SHARE = 0.02;

interface BagPlan extends Omit<DrawPlan, 'first'> {
  /** The candidates that are drawn, the best on all rows first. */
  readonly ranked: readonly number[];
  readonly bags: number;
  readonly seed: number;
}

/**
 * The mean of blends that each are chosen on rows drawn from the parts, starting from the best on those. Rows that cannot tell candidates
 * apart, or say nothing of any of them, leave the word to all rows.
 */
function averageOfBags(parts: readonly Part[], metric: Metric, { ranked, bags, seed, ...plan }: BagPlan): Share[] {
  const sums = new Map<number, number>();
  for (let bag = 0; bag < bags; bag++) {
    const rng = new Rng(seed).split('bag', bag);
    const rows = parts.map((part) => drawnRows(part, rng));
    const losses = ranked.map((c) => meanLoss(rows, metric, ({ predictions }) => predictions[c]));
    const first = ranked[Math.max(0, losses.indexOf(Math.min(...losses.filter(Number.isFinite))))];
    const draws = drawGreedily(rows, metric, { ...plan, first });
    for (const { candidate, weight } of weightsOf(drawnUntilBest(draws))) {
      sums.set(candidate, (sums.get(candidate) ?? 0) + weight / bags);
    }
  }
  const least = Math.min(LEAST_SHARE, Math.max(...sums.values()));
  const shares = Array.from(sums, ([candidate, weight]) => ({ candidate, weight })).filter(
    ({ weight }) => weight >= least,
  );
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  return shares
    .map(({ candidate, weight }) => ({ candidate, weight: weight / total }))
    .sort((a, b) => b.weight - a.weight || a.candidate - b.candidate);
}

/** As many rows as the part has, drawn with replacement. */
function drawnRows(part: Part, rng: Rng): Part {
  const { length } = part.y;
  return selectPart(part, Uint32Array.from({ length }, () => rng.integer(length)).sort());
}

/** The mean of what was drawn so far, kept as a sum so that trying one more model is one pass. */
class Mix {
  private count = 1;
  private readonly sums: Float64Array;
  private readonly tried: Matrix;

  constructor(first: Matrix) {
    this.sums = Float64Array.from(first.data);
    this.tried = createMatrix(first.rows, first.cols);
  }

  /** The mean if `next` were drawn too; overwritten by the next call. */
  with({ data }: Matrix): Matrix {
    const { sums, tried } = this;
    const share = 1 / (this.count + 1);
    for (let i = 0; i < sums.length; i++) tried.data[i] = (sums[i] + data[i]) * share;
    return tried;
  }

  add({ data }: Matrix): void {
    for (let i = 0; i < this.sums.length; i++) this.sums[i] += data[i];
    this.count++;
  }
}

function drawnUntilBest(draws: readonly Draw[]): number[] {
  return draws.slice(0, bestLength(draws)).map(({ candidate }) => candidate);
}

/** How many draws the best blend took; the shortest of equals. */
function bestLength(draws: readonly Draw[]): number {
  let best = 0;
  draws.forEach(({ loss }, i) => {
    if (loss < draws[best].loss) best = i;
  });
  return best + 1;
}

function weightsOf(drawn: readonly number[]): Share[] {
  const counts = new Map<number, number>();
  for (const candidate of drawn) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
  return Array.from(counts, ([candidate, count]) => ({ candidate, weight: count / drawn.length })).sort(
    (a, b) => b.weight - a.weight || a.candidate - b.candidate,
  );
}

function unzip(weights: readonly Share[], all: readonly Matrix[]): [number[], Matrix[]] {
  return [weights.map(({ weight }) => weight), weights.map(({ candidate }) => all[candidate])];
}

function meanLoss(parts: readonly Part[], metric: Metric, predict: (part: Part, index: number) => Matrix): number {
  const losses = parts.map((part, p) => toLoss(metric, metric.compute(part.y, predict(part, p), part.weights)));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function partOf(
  candidates: readonly BlendCandidate[],
  y: Targets,
  weights: RowWeights | undefined,
  rows: Uint32Array,
): Part {
  return {
    y: pick(y, rows),
    weights: weights && pick(weights, rows),
    predictions: candidates.map(({ predictions }) => selectRows(predictions, rows)),
  };
}

/** A part without its rows of weight 0, of which a draw or a sample could be made alone; as it is where it has no others. */
function countingRows(part: Part): Part {
  const { y, weights } = part;
  const rows = allRows(y.length).filter((row) => !weights || weights[row] > 0);
  return rows.length === 0 || rows.length === y.length ? part : selectPart(part, rows);
}

function selectPart({ y, weights, predictions }: Part, rows: Uint32Array): Part {
  return {
    y: pick(y, rows),
    weights: weights && pick(weights, rows),
    predictions: predictions.map((matrix) => selectRows(matrix, rows)),
  };
}

/** The same share of the rows of every part, at least one each, so that a candidate has at most `maxNumbers` numbers. */
function sampleParts(parts: readonly Part[], maxNumbers: number, seed: number): readonly Part[] {
  const numbers = parts.reduce((sum, { predictions }) => sum + predictions[0].data.length, 0);
  if (numbers <= maxNumbers) return parts;
  return parts.map((part, p) => {
    const { length } = part.y;
    const size = Math.max(1, Math.round((length * maxNumbers) / numbers));
    return selectPart(part, new Rng(seed).split('blend', p).shuffle(allRows(length)).subarray(0, size).sort());
  });
}

function pick(values: Targets, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row]);
}

function checkShapes(candidates: readonly BlendCandidate[], y: Targets): void {
  check(candidates.length > 0, 'ensemble', 'must have at least one model', 0);
  const { cols } = candidates[0].predictions;
  for (const { predictions } of candidates) {
    const isAligned = predictions.rows === y.length && predictions.cols === cols;
    check(isAligned, 'ensemble', `predictions must be ${y.length} x ${cols}`, [predictions.rows, predictions.cols]);
  }
}
