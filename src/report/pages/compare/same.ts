/** @file Whether scores of two studies may be set against each other fold by fold. */

import type { ModelView, StudyView } from '../../../automl/index.js';
import { METRICS } from '../../../evaluate/index.js';

/** A study to be compared. */
export interface ComparedStudy {
  /** Name of its folder. */
  readonly name: string;
  readonly view: StudyView;
  /** Its best model; null before it has one. */
  readonly best: ModelView | null;
  /** What was asked for, in the words of the command line; left out: what was not said. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Scores of the same metric, counted alike, on the same rows of the same folds can be paired. */
export type Pairing = { readonly isPaired: true } | { readonly isPaired: false; readonly why: string };

/** The reason is a part of a sentence: `the data are not the same`. */
export function pairingOf(one: ComparedStudy, other: ComparedStudy): Pairing {
  const no = (why: string): Pairing => ({ isPaired: false, why });
  const [a, b] = [one.view, other.view];
  if (a.dataSha256 !== b.dataSha256) return no('the data are not the same');
  if (a.schema.target.name !== b.schema.target.name) return no('the targets are not the same');
  if (a.summary.task !== b.summary.task) return no('the tasks are not the same');
  if (a.summary.metric !== b.summary.metric) return no('the metrics are not the same');
  for (const [what, of] of SCORED_BY) {
    if (of(one) !== of(other)) return no(`${what} are not the same`);
  }
  if (!one.best || !other.best) return no('one of them has no score yet');
  if (!haveSameFolds(one.best, other.best)) return no('the folds are not the same');
  return { isPaired: true };
}

/** What a score of the same name depends on besides rows; each as a text that is equal where they are. */
const SCORED_BY: readonly (readonly [what: string, of: (study: ComparedStudy) => string])[] = [
  ['the levels of the quantiles', ({ view }) => textOf(view.schema.target.quantiles)],
  ['the exposures', ({ view }) => textOf(view.schema.target.exposure)],
  ['the classes in their order', ({ view }) => textOf(view.schema.target.classes)],
  ['the row weights', ({ options }) => textOf(options.weights)],
  ['the costs', ({ view }) => textOf(view.summary.costs)],
  ['the positive classes', ({ view }) => textOf(positiveOf(view))],
];

function textOf(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/** Null where the metric is not about one of two classes. Earlier versions wrote none down: it was the second. */
function positiveOf({ schema, summary }: StudyView): string | null {
  const metrics: Readonly<Record<string, { readonly isOfPositive?: boolean }>> = METRICS;
  if (!Object.hasOwn(metrics, summary.metric) || !metrics[summary.metric].isOfPositive) return null;
  return schema.target.positive?.name ?? schema.target.classes[1] ?? null;
}

/** The same rows in the same order, cut at the same places: nothing is taken on trust from seeds and shares. */
function haveSameFolds(a: ModelView, b: ModelView): boolean {
  if (!a.starts || !b.starts || a.foldScores.length !== b.foldScores.length) return false;
  return areEqual(a.starts, b.starts) && areEqual(a.rows, b.rows) && areEqual(a.y, b.y);
}

function areEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length || a.length === 0) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
