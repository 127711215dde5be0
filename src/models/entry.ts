/** @file What the catalog knows of a family. */

import type { Aim, JsonObject, SavedState } from '../core/index.js';
import { check } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import type { Dormant, Space } from '../search/index.js';
import { hp } from '../search/index.js';
import type { Estimator, Model } from './estimator.js';
import type { NumberLoss } from './loss-params.js';
import { lossOfMetric } from './number-loss.js';
import type { TransformName } from './transform.js';
import { TRANSFORMS } from './transform.js';

/** What portfolios and spaces may look at. */
export interface DataSize {
  /** Rows. */
  readonly n: number;
  /** Feature columns before preparation. */
  readonly d: number;
  /** Classes; 1 for regression. */
  readonly k: number;
  /** Whether some column has more than two categories; left out: none has. */
  readonly hasCategories?: boolean;
  /** A target of numbers of 0 or more, with a long tail that a logarithm shortens; left out: it is not so. */
  readonly isSkewed?: boolean;
  /** What the study is judged by; left out: what its task is judged by where nobody asks for anything else. */
  readonly metric?: string;
}

/** The loss of the metric and its own number, where that is not the squared error. */
export function lossOf({ k, metric }: DataSize): { readonly loss?: NumberLoss; readonly shape?: number } {
  const own = k === 1 ? lossOfMetric(metric) : undefined;
  if (own === undefined || own.loss === 'squared') return {};
  return own.shape === null ? { loss: own.loss } : { loss: own.loss, shape: own.shape };
}

/** Squared errors, where they are an answer to the metric beside its own loss: of quantiles and of deviances they are none. */
export function squaredOf(size: DataSize): ReturnType<typeof lossOf> {
  const own = lossOf(size);
  return own.loss === 'absolute' || own.loss === 'mape' ? { loss: 'squared' } : own;
}

/** Either, where they differ. */
export function lossSpace(size: DataSize): Space {
  const [own, other] = [lossOf(size), squaredOf(size)];
  return own.loss === other.loss ? { ...own } : { loss: hp.choice([own.loss!, other.loss!]) };
}

/** Metrics of errors in the target's own units, or in its logarithm: others have losses through a logarithm of their own. */
const CHANGED_FOR: readonly string[] = ['rmse', 'r2', 'mae', 'medae', 'mape', 'rmsle'];

/** Whether a changed target is worth a try. */
export function isChanged({ k, isSkewed, metric = 'rmse' }: DataSize): boolean {
  return k === 1 && isSkewed === true && CHANGED_FOR.includes(metric);
}

/** The setting that names a change of the target, where one may help. */
export function changedBy(size: DataSize, targetTransform: TransformName | 'none'): JsonObject {
  return isChanged(size) ? { targetTransform } : {};
}

/**
 * Every portfolio with a changed target in one entry: that of squared errors where the others have the metric's own, else the third, or the
 * last where there are fewer (none of one alone by squared errors); in all where the metric is one of logarithms.
 */
export function withTransforms(size: DataSize, entries: readonly JsonObject[]): readonly JsonObject[] {
  if (!isChanged(size)) return entries;
  const isLogged = size.metric === 'rmsle';
  const squared = entries.findIndex(({ loss }) => loss === 'squared');
  const isOfMeans = size.metric === undefined || size.metric === 'rmse' || size.metric === 'r2';
  // A straight line of logarithms is often worse by squared errors: those of the largest numbers decide.
  const last = entries.length === 1 && isOfMeans ? -1 : Math.min(2, entries.length - 1);
  const place = squared >= 0 ? squared : last;
  return entries.map((entry, i) => ({ ...entry, ...changedBy(size, isLogged || i === place ? 'log1p' : 'none') }));
}

/** Any of them. */
export function transformSpace(size: DataSize): Space {
  return isChanged(size) ? { targetTransform: hp.choice([...TRANSFORMS]) } : {};
}

/** How trees see categories: as numbers that say something of them, or as codes that splits part by sets. */
export type CategoryForm = 'encoded' | 'native';

/** One of the settings, where there are categories to see. */
export function formOf({ hasCategories }: DataSize, categories: CategoryForm): { readonly categories?: CategoryForm } {
  return hasCategories ? { categories } : {};
}

/** Either, where there are categories to see. */
export function formSpace({ hasCategories }: DataSize): Space {
  return hasCategories ? { categories: hp.choice(['encoded', 'native']) } : {};
}

/** Refuses any other. */
export function requireCategoryForm(where: string, form: CategoryForm): void {
  check(['encoded', 'native'].includes(form), where, "categories must be 'encoded' or 'native'", form);
}

export interface CatalogEntry {
  /** What the table is made into: scaled and complete numbers, or raw ones with gaps. */
  readonly recipe: 'network' | 'tree';
  readonly estimator: (params: JsonObject) => Estimator;
  /** Tried first, in this order; same keys as the space, so that the search learns from them. */
  readonly portfolio: (size: DataSize) => readonly JsonObject[];
  /** Searched after the portfolio; null: there is nothing to search. */
  readonly space: ((size: DataSize) => Space) | null;
  /** Where parameters of the space change nothing. */
  readonly dormant?: readonly Dormant[];
  /** Share of the trials, relative to the other families. */
  readonly weight: number;
  /** Training rows at most; with more the family is left out of a study. */
  readonly maxRows?: number;
  /** Fits look at Sample.bins. */
  readonly isBinned?: boolean;
  /** Why it sits out tasks of some aim; left out: it does not. */
  readonly unfit?: Partial<Readonly<Record<Aim, string>>>;
  /** Predictions keep to FitContext.monotone. */
  readonly holdsDirections?: boolean;
  readonly restore: (state: SavedState, engine: Engine) => Model;
}

/** A round of boosting grows a tree per class: with more classes than this, fewer and larger steps are the better use of time. */
export const MANY_CLASSES = 10;
const MAX_TREES_OF_MANY = 6000;

/** Rounds at most: early stopping ends nearly all fits before, but for many classes, where a round costs a tree each. */
export function roundsFor(k: number): number {
  return k > MANY_CLASSES ? Math.ceil(MAX_TREES_OF_MANY / k) : 1000;
}
