/** @file One row's predicted numbers as an answer: the number or the class, its probabilities, and how sure it is where that was asked for. */

import type { PredictorParts } from '../../automl/index.js';
import { check, shortFloat } from '../../core/index.js';
import { middleLevel } from '../../data/index.js';
import { decidedClass, intervalsAt, requireBorne, setsAt } from '../../evaluate/index.js';

/** One prediction as a program wants it. */
export interface Prediction {
  /** A number, or a class: the most probable one, unless a threshold was chosen for the metric, or costs decide. */
  readonly prediction: number | string;
  /** Classes only: probability of each class, in the order of `classes`. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** Of a model of quantiles: each by its level, ascending; `prediction` is the one nearest to the median. */
  readonly quantiles?: Readonly<Record<string, number>>;
  /** Numbers only, with `interval`: where the truth lies with that probability; lower <= prediction <= upper. */
  readonly lower?: number;
  readonly upper?: number;
  /** Classes only, with `interval`: the truth is among them with that probability. The most probable first; holds the prediction. */
  readonly set?: readonly string[];
}

/**
 * How a row's numbers are answered; with a level, how sure they are as well.
 *
 * Throws   usage: no level, or one that the model saw too few rows for; state: a model that does not know how sure it is
 */
export function answering(parts: PredictorParts, level?: number): (row: Float32Array) => Prediction {
  const { quantiles } = parts.schema.target;
  if (quantiles) return quantileAnswer(quantiles, level);
  const uncertainty = level === undefined ? null : requireBorne(parts.uncertainty, level);
  const intervals = uncertainty?.kind === 'interval' ? intervalsAt(uncertainty, level!) : null;
  const sets = uncertainty?.kind === 'set' ? setsAt(uncertainty, level!) : null;
  const { classes } = parts.schema.target;
  if (parts.task === 'regression') {
    return ([value]) => {
      if (!intervals) return { prediction: shortFloat(value) };
      const { lower, upper } = intervals(value);
      return { prediction: shortFloat(value), lower: shortEnd(lower, value), upper: shortEnd(upper, value) };
    };
  }
  return (row) => {
    const probabilities = Object.fromEntries(classes.map((name, j) => [name, shortFloat(row[j])]));
    const decided = decidedClass(row, parts);
    const answer = { prediction: classes[decided], probabilities };
    return sets ? { ...answer, set: sets(row, decided).map((c) => classes[c]) } : answer;
  };
}

function quantileAnswer(levels: readonly number[], interval?: number): (row: Float32Array) => Prediction {
  const rule = `has no meaning for a model of quantiles, which says where the truth lies at ${levels.join(', ')}`;
  check(interval === undefined, 'interval', rule, interval);
  const middle = middleLevel(levels);
  return (row) => {
    const said = Array.from(row, shortFloat);
    return { prediction: said[middle], quantiles: Object.fromEntries(levels.map((own, j) => [own, said[j]])) };
  };
}

/** An end of an interval without digits that say nothing; where it is the prediction itself, with the same ones. */
function shortEnd(end: number, value: number): number {
  return shortFloat(Math.fround(end === value ? value : end));
}
