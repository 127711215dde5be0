/** @file Which candidates to try first: chosen greedily on some sets, judged on others. */

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng, selectRows } from '../../src/core/index.js';
import { blendPredictions, greedyBlend } from '../../src/ensemble/index.js';
import { defaultMetric, metricFor, METRICS, toLoss } from '../../src/evaluate/index.js';
import { asError } from '../accuracy/scores.js';
import type { Draw } from './answers.js';

/** What an order is chosen and judged by: by how much a draw's error is larger after some candidates than after all, as a logarithm. */
export type Judge = (draw: string, tried: readonly string[]) => number;

/** What an order is chosen on. */
export interface Choosing {
  readonly name: string;
  readonly set: string;
  /** Draws of different parts have orders of their own. */
  readonly part: string;
  readonly candidates: readonly string[];
}

/** Twice the error is as bad as can be: a table that one candidate solves shall not choose for all others. */
const WORST = Math.log(2);
/** Errors below this are counted as this. */
const FLOOR = 1e-4;
/** Draws of a blend that is there to be compared. */
const TRIAL = { rounds: 10, patience: 3, maxNumbers: 2000 };

/** What a search leaves behind: the blend that the folds choose of what was tried, or what is best alone by them. */
export type By = 'blend' | 'best';

/** Judges what the folds choose of what was tried on the rows that none of it has seen. */
export function foldsJudge(draws: readonly Draw[], by: By = 'blend'): Judge {
  const errorOf = by === 'blend' ? blendError : bestError;
  const byName = new Map(draws.map((draw) => [draw.name, draw]));
  const known = new Map<string, number>();
  const of = (draw: Draw, tried: readonly string[]): number => {
    const names = [...tried].sort();
    const key = [draw.name, ...names].join('|');
    const found = known.get(key) ?? Math.log(Math.max(FLOOR, errorOf(draw, names)));
    known.set(key, found);
    return found;
  };
  return (name, tried) => {
    const draw = byName.get(name)!;
    const all = of(
      draw,
      draw.answers.map((answer) => answer.name),
    );
    return Math.max(-WORST, Math.min(WORST, of(draw, tried) - all));
  };
}

/** RMSE, 1 - AUC or log loss of a blend of those candidates that have an answer. */
export function blendError(draw: Draw, names: readonly string[]): number {
  const { task, y, judgedY } = draw;
  const chosen = draw.answers.filter(({ name }) => names.includes(name));
  if (chosen.length === 0) return Number.POSITIVE_INFINITY;
  const parts = partsOf(draw);
  const metric = task === 'regression' ? METRICS.rmse : METRICS.logloss;
  const candidates = chosen.map(({ name, oof }) => ({ id: name, predictions: oof }));
  const { weights } = greedyBlend(candidates, y, metric, { ...TRIAL, parts });
  const judged = blendPredictions(
    weights.map(({ weight }) => weight),
    weights.map(({ id }) => chosen.find(({ name }) => name === id)!.judged),
  );
  return asError(metricFor(defaultMetric(task), task).compute(judgedY, judged), task);
}

/** The same of the candidate that is best by the mean over the folds. */
export function bestError(draw: Draw, names: readonly string[]): number {
  const { task, y, judgedY } = draw;
  const metric = metricFor(defaultMetric(task), task);
  const lossOf = (oof: Matrix): number => {
    const losses = partsOf(draw).map((rows) => {
      const own = Float32Array.from(rows, (row) => y[row]);
      return toLoss(metric, metric.compute(own, selectRows(oof, rows)));
    });
    return losses.reduce((sum, loss) => sum + loss / losses.length, 0);
  };
  const tried = draw.answers.filter(({ name }) => names.includes(name));
  const [best] = tried.map((answer) => ({ answer, loss: lossOf(answer.oof) })).sort((a, b) => a.loss - b.loss);
  if (best === undefined) return Number.POSITIVE_INFINITY;
  return asError(metric.compute(judgedY, best.answer.judged), task);
}

function partsOf({ starts }: Draw): Uint32Array[] {
  return starts.slice(1).map((end, fold) => allRows(end).subarray(starts[fold]));
}

/** Mean of what the judge says, every set counting the same whatever the number of its draws. */
export function meanOf(draws: readonly Choosing[], valueOf: (draw: Choosing) => number): number {
  const sets = [...new Set(draws.map(({ set }) => set))];
  const means = sets.map((set) => {
    const own = draws.filter((draw) => draw.set === set);
    return own.reduce((sum, draw) => sum + valueOf(draw) / own.length, 0);
  });
  return means.reduce((sum, value) => sum + value / means.length, 0);
}

/** From the candidate that is best alone on, always the one that makes the mean least; the first of equals. */
export function chooseOrder(draws: readonly Choosing[], judge: Judge, length: number): string[] {
  const order: string[] = [];
  const all = [...new Set(draws.flatMap(({ candidates }) => candidates))];
  while (order.length < Math.min(length, all.length)) {
    let best = '';
    let least = Infinity;
    for (const name of all) {
      if (order.includes(name)) continue;
      const value = meanOf(draws, (draw) => judge(draw.name, [...order, name]));
      if (value < least) [best, least] = [name, value];
    }
    order.push(best);
  }
  return order;
}

/** Of every set, the order that the other sets choose in each part. */
export function leaveOneSetOut(
  draws: readonly Choosing[],
  judge: Judge,
  length: number,
): (draw: Choosing) => readonly string[] {
  const orders = new Map<string, readonly string[]>();
  for (const { set, part } of draws) {
    const key = `${set}|${part}`;
    if (orders.has(key)) continue;
    const others = draws.filter((draw) => draw.set !== set && draw.part === part);
    orders.set(key, chooseOrder(others, judge, length));
  }
  return ({ set, part }) => orders.get(`${set}|${part}`)!;
}

export interface Gain {
  /** Geometric mean over sets of error after the one order / error after the other. */
  readonly ratio: number;
  /** Of 95 % of draws of as many sets with replacement. */
  readonly interval: readonly [number, number];
  readonly better: number;
  readonly sets: number;
}

const RESAMPLES = 4000;

/** How much less error a set has, where `differences` has a logarithm of a ratio for each draw. */
export function gainOf(draws: readonly Choosing[], difference: (draw: Choosing) => number): Gain {
  const sets = [...new Set(draws.map(({ set }) => set))];
  const values = sets.map((set) =>
    meanOf(
      draws.filter((draw) => draw.set === set),
      difference,
    ),
  );
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value / list.length, 0);
  const rng = new Rng(1);
  const means = Float64Array.from({ length: RESAMPLES }, () =>
    mean(values.map(() => values[rng.integer(values.length)])),
  );
  means.sort();
  const at = (share: number) => Math.exp(means[Math.floor(share * (RESAMPLES - 1))]);
  return {
    ratio: Math.exp(mean(values)),
    interval: [at(0.025), at(0.975)],
    better: values.filter((value) => value < 0).length,
    sets: sets.length,
  };
}
