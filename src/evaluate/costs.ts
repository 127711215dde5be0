/** @file What decisions cost, and the decisions that cost least by the probabilities. */

import type { Matrix } from '../core/index.js';
import { checkData } from '../core/index.js';

/** [k x k] in the order of the classes: a row per true class, a column per class that is called. Finite, 0 or more. */
export type Costs = readonly (readonly number[])[];

/** By how many places a call of ordered classes is off, or by their square: the median of the probable places costs least, or the place nearest to their mean. */
export function rankCosts(k: number, power: 1 | 2): Costs {
  const places = Array.from({ length: k }, (_, c) => c);
  return places.map((truth) => places.map((called) => Math.abs(truth - called) ** power));
}

/** Whether costs of three classes or more say no more than their order. */
export function areRankCosts(costs: Costs): boolean {
  const isOf = (power: 1 | 2): boolean =>
    costs.every((row, truth) => row.every((cost, called) => cost === Math.abs(truth - called) ** power));
  return costs.length > 2 && (isOf(1) || isOf(2));
}

/** How one of the classes is called from a row's probabilities; where nothing is said, the most probable one. */
export interface DecisionRule {
  /** Two classes: the second is called where its probability is above this. */
  readonly threshold?: number | null | undefined;
  /** The class of the least expected cost is called. */
  readonly costs?: Costs | null | undefined;
}

/** Classes that a matrix may have: each decision looks at all of it. */
export const MOST_COSTED = 100;

/**
 * The class that is called, of equal ones the first.
 *
 * Shapes   row: a probability per class, in a matrix from `start` on
 */
export function decidedClass(
  row: ArrayLike<number>,
  { threshold, costs }: DecisionRule,
  k = row.length,
  start = 0,
): number {
  if (costs) return cheapestClass(row, costs, start);
  if (threshold != null) return row[start + 1] > threshold ? 1 : 0;
  let best = 0;
  for (let c = 1; c < k; c++) if (row[start + c] > row[start + best]) best = c;
  return best;
}

/** The same for every row. Shapes   predictions [n x k], k >= 2 */
export function decisionsBy({ rows, cols, data }: Matrix, rule: DecisionRule): Int32Array {
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) out[i] = decidedClass(data, rule, cols, i * cols);
  return out;
}

/** Of two classes: the second is cheaper where its probability is above this. Null where that never changes, or changes to the first. */
export function cheapestThreshold(costs: Costs): number | null {
  const [[keepFirst, wrongSecond], [wrongFirst, keepSecond]] = costs;
  const [falseAlarm, miss] = [wrongSecond - keepFirst, wrongFirst - keepSecond];
  return falseAlarm >= 0 && miss >= 0 && falseAlarm + miss > 0 ? falseAlarm / (falseAlarm + miss) : null;
}

/** A class that is not the cheapest for any probabilities, or only beside another one that costs the same. */
export interface Dominated {
  readonly called: number;
  /** The first class that never costs more, whichever is true. */
  readonly by: number;
}

/** The classes that are never called, as one other class never costs more. Of classes that always cost the same the first is called. */
export function dominatedClasses(costs: Costs): Dominated[] {
  const found: Dominated[] = [];
  for (let called = 0; called < costs.length; called++) {
    const by = costs.findIndex((_, other) => dominates(costs, other, called));
    if (by >= 0) found.push({ called, by });
  }
  return found;
}

function dominates(costs: Costs, other: number, called: number): boolean {
  if (other === called || costs.some((row) => row[other] > row[called])) return false;
  return other < called || costs.some((row) => row[other] < row[called]);
}

/** Of two classes the one that is always called; null where probabilities decide. */
export function alwaysCheapest(costs: Costs): 0 | 1 | null {
  const [dominated] = dominatedClasses(costs);
  return dominated === undefined ? null : dominated.by === 0 ? 0 : 1;
}

/** Refuses what a model file, or a study on its way, must not say. */
export function requireCosts(costs: unknown, k: number, where = 'model'): asserts costs is Costs {
  const isCost = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  const isRow = (row: unknown): boolean => Array.isArray(row) && row.length === k && row.every(isCost);
  const fits = Array.isArray(costs) && costs.length === k && costs.every(isRow);
  checkData(fits, where, `costs must be ${k} rows of ${k} numbers of 0 or more`, costs);
}

function cheapestClass(row: ArrayLike<number>, costs: Costs, start: number): number {
  let [best, least] = [0, Infinity];
  for (let called = 0; called < costs.length; called++) {
    let cost = 0;
    for (let c = 0; c < costs.length; c++) cost += row[start + c] * costs[c][called];
    if (cost < least) [best, least] = [called, cost];
  }
  return best;
}
