/** @file What choosing the best of many does to its score, and whether the best of many is more than chance. */

import type { Matrix } from '../core/index.js';
import { allRows, Rng, selectRows } from '../core/index.js';
import type { Bonds } from './bonds.js';
import { drawCounts, drawUnits, shuffledRows } from './bonds.js';
import type { Metric, RowWeights, Scorer, Targets } from './metric.js';
import { toLoss } from './metrics.js';
import { mean, standardDeviation } from './statistics.js';

/** Models on the folds they share. */
export interface Choice {
  /** Out-of-fold predictions that the choice goes by, [n x outputs] each, in one order of rows. */
  readonly models: readonly Matrix[];
  /** Those of the same models that are judged, where a choice goes by flattering ones; default: the same. */
  readonly judged?: readonly Matrix[] | undefined;
  readonly y: Targets;
  /** [n] what each row counts; all 1 where left out. */
  readonly weights?: RowWeights | undefined;
  /** Row positions of each fold. */
  readonly parts: readonly Uint32Array[];
  readonly metric: Metric;
  /** y are numbers, whatever the columns; default: where there is one column. */
  readonly numbers?: boolean;
  readonly bonds?: Bonds | undefined;
  readonly seed: number;
}

/** The losses of some models, each fold by fold: which of them (an index) is taken. */
export type Chooser = (losses: readonly (readonly number[])[]) => number;

/** The model of least mean loss, the first of equals. */
export const leastMean: Chooser = (losses) => {
  const means = losses.map((own) => mean(own.filter(Number.isFinite)));
  return means.reduce((best, value, i) => (value < means[best] ? i : best), 0);
};

/** Standard errors, over the folds, by which single models must be better than a blend to be taken instead. */
const CLEAR_ERRORS = 2;

/** The blend, which is the last, unless single models are clearly better. */
export const blendUnlessBehind: Chooser = (losses) => {
  const singles = losses.slice(0, -1);
  const best = leastMean(singles);
  const blend = losses[losses.length - 1];
  return isBehind(blend, singles[best], luckOfChoice(singles)) ? best : losses.length - 1;
};

/**
 * Whether a blend is behind single models by more than chance: by two standard errors of the differences over the folds.
 *
 * Its weights are of other folds than those that they are judged on; the best single model's loss is the least of many on the
 * very folds that it was chosen by, which a fair comparison must not take for its merit: single models are judged as they would
 * have been chosen for each fold on the other folds, worse by their luck. Where neither is clearly better, the mean of many errs
 * less on new rows: docs/decisions/statistics.md.
 */
export function isBehind(blend: readonly number[], single: readonly number[], luck: number): boolean {
  const gaps = blend.map((loss, fold) => loss - single[fold]).filter(Number.isFinite);
  // Of one fold nothing is known of chance.
  const error = gaps.length > 1 ? standardDeviation(gaps) / Math.sqrt(gaps.length) : 0;
  return mean(gaps) - luck > CLEAR_ERRORS * error;
}

/** By how much the least mean loss is below the loss of models that are chosen for each fold on the other folds; 0 or more. */
export function luckOfChoice(losses: readonly (readonly number[])[]): number {
  const best = losses[leastMean(losses)];
  const gaps = best.map((loss, fold) => {
    const others = losses.map((own) => own.filter((_, other) => other !== fold));
    return losses[leastMean(others)][fold] - loss;
  });
  const known = gaps.filter(Number.isFinite);
  return known.length > 0 ? Math.max(0, mean(known)) : 0;
}

/** Models that one choice is made from. */
export interface Scope {
  /** Indices into the models. */
  readonly among: readonly number[];
  /** The one that was taken on all rows. */
  readonly taken: number;
  readonly choose: Chooser;
}

/** Predicted numbers that all draws of a test look at together: one or two seconds. */
const NUMBERS = 3e7;
/** Drawing a row costs as much as so many predicted numbers. */
const DRAWING = 8;
const MOST_DRAWS = 200;
const FEWEST_DRAWS = 60;

/**
 * By how much the loss of each choice is too small for having been chosen; 0 or more.
 *
 * Rows are drawn with replacement from each fold, the choice is made again on what was drawn, and both the choice and the
 * model that was taken are judged on the rows that were not. Where the folds say clearly who is best, the choice falls on it
 * every time and nothing is taken off; on noise it falls on anyone, and all of the luck is. Nothing is fitted.
 *
 * Random   from the seed
 * Cost     at most 3e7 predicted numbers: 60 to 200 draws, on large tables of a sample of the rows
 * Source   Tsamardinos, Greasidou & Borboudakis 2018, Bootstrapping the out-of-sample predictions for efficient and accurate
 *          cross-validation. There the score is the mean over draws; here its distance from the taken model's on the same rows,
 *          which takes the luck of the draws out
 */
export function choiceOptimism(choice: Choice, scopes: readonly Scope[]): number[] {
  if (scopes.every(({ among }) => among.length < 2)) return scopes.map(() => 0);
  const { judge, chooser, draws, rng } = planned(choice, 'choice');
  const classes = choice.models[0].cols > 1 && !choice.numbers ? choice.y : undefined;
  const units = judge.parts.map((rows) => drawUnits(rows, choice.bonds ?? {}, classes));
  const sums = scopes.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const counts = new Float64Array(choice.y.length);
    const stream = rng.split(draw);
    for (const strata of units) drawCounts(strata, stream, counts);
    chooser.weigh((row) => counts[row]);
    const inside = choice.models.map((_, m) => chooser.losses(m));
    judge.weigh((row) => (counts[row] > 0 ? 0 : 1));
    scopes.forEach(({ among, taken, choose }, s) => {
      const again = among[choose(among.map((m) => inside[m]))];
      if (again !== taken) sums[s] += meanGap(judge.losses(again), judge.losses(taken));
    });
  }
  return sums.map((sum) => Math.max(0, sum / draws));
}

/** How sure it is that the best of the models knows anything of the target. */
export interface ChanceTest {
  /** The chance of a best score at least as good if predictions had nothing to do with the target. */
  readonly p: number;
  readonly draws: number;
}

/**
 * Whether the best of some models is more than luck, by the predictions that are judged.
 *
 * Targets change places within each fold, for all models in the same way, and the best loss is looked for again: as the best
 * of as many models it is held against the true one, so trying more of them makes nothing significant.
 *
 * Random   from the seed
 * Cost     as choiceOptimism
 * Source   Westfall & Young 1993, Resampling-based multiple testing
 */
export function chanceTest(choice: Choice): ChanceTest {
  const { judge, draws, rng } = planned(choice, 'chance');
  const best = (): number => Math.min(...choice.models.map((_, m) => mean(judge.losses(m))));
  const found = best();
  let asGood = 0;
  for (let draw = 0; draw < draws; draw++) {
    const stream = rng.split(draw);
    judge.exchange((rows) => shuffledRows(rows, choice.bonds ?? {}, stream));
    // The same numbers in another order may differ in their last bits.
    if (best() <= found + 1e-12 * Math.abs(found)) asGood++;
  }
  return { p: (1 + asGood) / (1 + draws), draws };
}

/** Folds on which every model can be judged again and again. */
class Judge {
  /** Of each model, fold by fold. */
  private readonly scorers: readonly (readonly ReturnType<Scorer>[])[];
  /** Of each fold, in its rows' order. */
  private targets: readonly Float64Array[];
  private counts: readonly (Float64Array | undefined)[];

  constructor(
    private readonly choice: Choice,
    models: readonly Matrix[],
    readonly parts: readonly Uint32Array[],
  ) {
    const { y, weights, metric } = choice;
    this.scorers = models.map((model) => parts.map((rows) => metric.scorer(selectRows(model, rows))));
    this.targets = parts.map((rows) => picked(y, rows));
    this.counts = parts.map((rows) => weights && picked(weights, rows));
  }

  /** From now on every row counts so many times. */
  weigh(times: (row: number) => number): void {
    const { weights } = this.choice;
    this.counts = this.parts.map((rows) => Float64Array.from(rows, (row) => times(row) * (weights ? weights[row] : 1)));
  }

  /** From now on each row has the target, and the weight, of another. */
  exchange(shuffle: (rows: Uint32Array) => Uint32Array): void {
    const { y, weights } = this.choice;
    const sources = this.parts.map(shuffle);
    this.targets = sources.map((rows) => picked(y, rows));
    this.counts = sources.map((rows) => weights && picked(weights, rows));
  }

  /** Fold by fold; NaN where no row counts. */
  losses(m: number): number[] {
    const { metric } = this.choice;
    return this.targets.map((y, fold) => {
      const counts = this.counts[fold];
      if (counts?.every((count) => count === 0)) return NaN;
      return toLoss(metric, this.scorers[m][fold](y, counts));
    });
  }
}

function picked(values: Targets, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]];
  return out;
}

function planned(choice: Choice, purpose: string): { judge: Judge; chooser: Judge; draws: number; rng: Rng } {
  const rng = new Rng(choice.seed).split(purpose);
  const perRow = choice.models.length * choice.models[0].cols + DRAWING;
  const rows = choice.parts.reduce((sum, part) => sum + part.length, 0);
  const draws = Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, Math.floor(NUMBERS / (perRow * rows))));
  const share = Math.min(1, NUMBERS / (perRow * rows * draws));
  const parts = choice.parts.map((part, fold) => sampled(part, share, rng.split('rows', fold)));
  const judge = new Judge(choice, choice.judged ?? choice.models, parts);
  const chooser = new Judge(choice, choice.models, parts);
  return { judge, chooser, draws, rng };
}

function sampled(rows: Uint32Array, share: number, rng: Rng): Uint32Array {
  if (share >= 1) return rows;
  const size = Math.max(1, Math.round(share * rows.length));
  return rng
    .shuffle(allRows(rows.length))
    .subarray(0, size)
    .sort()
    .map((at) => rows[at]);
}

/** Mean of a - b over the folds where both are numbers; 0 where none is. */
function meanGap(a: readonly number[], b: readonly number[]): number {
  const gaps = a.map((value, fold) => value - b[fold]).filter(Number.isFinite);
  return gaps.length === 0 ? 0 : mean(gaps);
}
