/**
 * @file How wrong a model was on rows that it had not seen, sorted: which error bears which level for a new row. The heart of intervals
 * and of sets of classes.
 */

import { check } from '../core/index.js';
import { ascendingOrder } from './order.js';

/** Steps of a staircase: a new row's score is at most `scores[i]` with a probability of at least `levels[i]`. Both grow. */
export interface Steps {
  readonly levels: readonly number[];
  readonly scores: readonly number[];
}

/** What rows count, and of how many things that may be exchanged they speak. */
export interface Exchange {
  /** [n] what each row counts; all the same where left out. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Rows, or groups of rows, that may change places with a new one; as many as there are rows that count where left out. */
  readonly units?: number | undefined;
}

/** Levels that may be asked for: below, an interval says little; above, no table here is long enough to know. */
export const LEVELS = { least: 0.5, most: 0.999 } as const;
/** Levels are kept in steps of this, but for the last scores, which stand alone. */
const STEP = 0.002;
const LAST_ALONE = 50;
/** Levels are kept to nine decimals; what two ways to compute one may differ by is far less. */
const SAME = 1e-9;

/**
 * The steps of some scores, from the level of `LEVELS.least` up.
 *
 * Of n scores and a new one, which may stand at any place among them, the k-th smallest is not exceeded with a probability of k / (n + 1):
 * no score bears more than n / (n + 1). With weights a new row counts as much as the mean of the others. Of many scores those are kept that
 * come next above every step of 0.002: a level is never borne by less than it asks for.
 *
 * Source   Vovk, Gammerman & Shafer 2005; weights: Tibshirani et al. 2019 (https://arxiv.org/abs/1904.06019); groups, each with a weight
 *          of 1 over its rows: Lee, Barber & Willett 2023 (https://arxiv.org/abs/2306.06342)
 */
export function stepsOf(scores: ArrayLike<number>, { weights, units }: Exchange = {}): Steps {
  const order = ascendingOrder(Float32Array.from(scores));
  const weightOf = (i: number): number => (weights ? weights[i] : 1);
  const counted = order.filter((i) => weightOf(i) > 0);
  const total = counted.reduce((sum, i) => sum + weightOf(i), 0);
  const count = units ?? counted.length;
  const kept: { level: number; score: number }[] = [];
  let sum = 0;
  counted.forEach((i, place) => {
    sum += weightOf(i);
    const level = Number((((sum / total) * count) / (count + 1)).toFixed(9));
    const isAlone = place >= counted.length - LAST_ALONE;
    const last = kept.at(-1);
    // Sorted as float32, neighbours may have changed places.
    const score = Math.max(roundedUp(scores[i]), last?.score ?? -Infinity);
    // The level of equal scores is that of the last of them; of scores within a step the greatest bears it.
    const isSame = last && (last.score === score || (!isAlone && stepOf(last.level) === stepOf(level)));
    if (isSame) kept.pop();
    kept.push({ level, score });
  });
  const upper = kept.filter(({ level }) => level >= LEVELS.least - SAME);
  return { levels: upper.map(({ level }) => level), scores: upper.map(({ score }) => score) };
}

/** The smallest kept score that bears the level; Infinity where none does. */
export function scoreAt({ levels, scores }: Steps, level: number): number {
  const place = levels.findIndex((own) => own >= level - SAME);
  return place < 0 ? Infinity : scores[place];
}

/** Refuses a level that nobody may ask for. */
export function requireLevel(level: number): void {
  const { least, most } = LEVELS;
  const isLevel = typeof level === 'number' && level >= least && level <= most;
  check(isLevel, 'interval', `must be a level from ${least} to ${most}`, level, 'Of 100 new rows, 0.9 holds about 90.');
}

/** Within which step of levels a level lies; its upper end belongs to it. */
function stepOf(level: number): number {
  return Math.ceil(level / STEP - SAME / STEP);
}

/** Nine digits, never less than the number itself. */
function roundedUp(score: number): number {
  const short = Number(score.toPrecision(9));
  return short >= score ? short : Number((score + Math.abs(score) * 1e-8).toPrecision(9));
}
