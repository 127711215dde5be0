/** @file Which settings mattered: functional ANOVA of a random forest over the trials of one family. */

import type { TrialView } from '../../automl/index.js';
import { mean } from '../../evaluate/index.js';
import type { SettingAxis } from './axes.js';
import { coordinate, settingAxes, unitPlace } from './axes.js';
import type { Tree } from './forest.js';
import { growForest, marginals } from './forest.js';

/** A forest of fewer trials than this says nothing about settings. */
export const MIN_TRIALS = 8;
/** So many can be drawn. */
export const DRAWN_TRIALS = 3;

/** Trials of one family as points. */
export interface SearchPoints {
  readonly axes: readonly SettingAxis[];
  /** [trials][axes] in [0, 1]; the middle where a trial has no such setting. */
  readonly points: readonly (readonly number[])[];
  /** [trials] the ranks of the scores, 0 best to 1 worst: one very bad trial must not decide what mattered. */
  readonly ranks: readonly number[];
  /** [trials] the mean over the folds; of a trial that was given up, what its folds so far promise. */
  readonly scores: readonly number[];
  readonly trials: readonly TrialView[];
  /** How many of the trials were given up. */
  readonly givenUp: number;
}

export interface SettingImportance {
  readonly key: string;
  /** Share of the forest's variance that this setting explains alone, averaged over the trees, in [0, 1]. */
  readonly share: number;
}

/**
 * Trials of one family, those that were given up included; null when there are too few, or nothing varied.
 *
 * Without the ones given up the search would tell of good settings only, and could not say what made the others bad.
 */
export function searchPoints(
  trials: readonly TrialView[],
  direction: 'minimize' | 'maximize',
  least = MIN_TRIALS,
): SearchPoints | null {
  const complete = trials.filter(({ cv, state }) => state === 'complete' && isScore(cv));
  const known = trials.flatMap((trial): { readonly trial: TrialView; readonly score: number }[] => {
    const score = trial.state === 'pruned' ? promised(trial, complete) : complete.includes(trial) ? trial.cv : null;
    return isScore(score) ? [{ trial, score }] : [];
  });
  if (known.length < least) return null;
  const scored = known.map(({ trial }) => trial);
  const scores = known.map(({ score }) => score);
  const axes = settingAxes(scored.map(({ settings }) => settings));
  if (axes.length === 0) return null;
  const points = scored.map(({ settings }) =>
    axes.map((axis) => {
      const value = coordinate(axis, settings);
      return value === null ? 0.5 : unitPlace(axis, value);
    }),
  );
  const sign = direction === 'minimize' ? 1 : -1;
  const ranks = rankShares(scores.map((score) => sign * score));
  return { axes, points, ranks, scores, trials: scored, givenUp: scored.length - complete.length };
}

/** A trial's lead on the folds it had, over the mean of the complete trials there, on top of their mean; null without any. */
function promised({ foldScores }: TrialView, complete: readonly TrialView[]): number | null {
  const leads = foldScores.flatMap((score, fold) => {
    const others = complete.map((trial) => trial.foldScores[fold]).filter(isScore);
    return isScore(score) && others.length > 0 ? [score - mean(others)] : [];
  });
  return leads.length === 0 ? null : mean(leads) + mean(complete.map(({ cv }) => cv!));
}

function isScore(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Positions among the sorted values over n - 1; equal values share their mean. */
export function rankShares(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => {
    const first = sorted.indexOf(value);
    const last = sorted.lastIndexOf(value);
    return (first + last) / 2 / Math.max(1, values.length - 1);
  });
}

/**
 * Share of variance that each setting explains on its own, most important first.
 *
 * Shares do not add up to 1: the rest is in combinations of settings.
 *
 * Source   Hutter, Hoos & Leyton-Brown 2014, An efficient approach for assessing hyperparameter importance
 */
export function settingImportance(search: SearchPoints, seed = 0): SettingImportance[] {
  const { axes } = search;
  const forest = forestOf(search, seed);
  const shares = axes.map((_, j) => forest.map((tree) => explained(tree, j)));
  const usable = forest.map((tree) => variance(tree) > 0);
  const count = usable.filter(Boolean).length;
  const meanShare = (own: readonly number[]): number =>
    count === 0 ? 0 : own.reduce((sum, share, t) => sum + (usable[t] ? share : 0), 0) / count;
  return axes.map(({ key }, j) => ({ key, share: meanShare(shares[j]) })).sort((a, b) => b.share - a.share);
}

/** One forest per search and seed, however many questions are asked about it. */
const FORESTS = new WeakMap<SearchPoints, Map<number, Tree[]>>();

/** More trials than this tell a forest nothing new; the latest are taken. */
const MOST_TRIALS = 120;

function forestOf(search: SearchPoints, seed: number): Tree[] {
  const known = FORESTS.get(search) ?? new Map<number, Tree[]>();
  FORESTS.set(search, known);
  let forest = known.get(seed);
  if (!forest) {
    const { points, ranks } = search;
    forest = growForest(points.slice(-MOST_TRIALS), ranks.slice(-MOST_TRIALS), { seed });
    known.set(seed, forest);
  }
  return forest;
}

/** Variance of one tree over the cube. */
function variance(tree: Tree): number {
  let mean = 0;
  let square = 0;
  for (const leaf of tree) {
    const size = volume(leaf.low, leaf.high);
    mean += size * leaf.value;
    square += size * leaf.value ** 2;
  }
  return Math.max(0, square - mean ** 2);
}

function volume(low: Float64Array, high: Float64Array): number {
  let size = 1;
  for (let j = 0; j < low.length; j++) size *= high[j] - low[j];
  return size;
}

/** Variance of the tree's mean over dimension j, divided by its whole variance. */
function explained(tree: Tree, j: number): number {
  const total = variance(tree);
  if (total === 0) return 0;
  const cuts = [...new Set(tree.flatMap(({ low, high }) => [low[j], high[j]]))].sort((a, b) => a - b);
  const place = new Map(cuts.map((cut, i) => [cut, i]));
  // What a leaf adds to the mean over all other dimensions, from its lower cut to its upper one.
  const sums = new Float64Array(cuts.length);
  for (const { low, high, value } of tree) {
    const weight = (value * volume(low, high)) / (high[j] - low[j]);
    sums[place.get(low[j])!] += weight;
    sums[place.get(high[j])!] -= weight;
  }
  let value = 0;
  let mean = 0;
  let square = 0;
  for (let i = 0; i + 1 < cuts.length; i++) {
    const width = cuts[i + 1] - cuts[i];
    value += sums[i];
    mean += width * value;
    square += width * value ** 2;
  }
  return Math.max(0, square - mean ** 2) / total;
}

export interface SurfaceCell {
  /** Place of the cell's middle on the two axes, in [0, 1]. */
  readonly x: number;
  readonly y: number;
  /** Mean rank the forest expects there, 0 best to 1 worst. */
  readonly rank: number;
}

/** What the forest expects over two settings, with others held where `fixed` says. */
export function surface(
  search: SearchPoints,
  [xKey, yKey]: readonly [string, string],
  fixed: ReadonlyMap<string, number> = new Map(),
  { cells = 10, seed = 0 }: { readonly cells?: number; readonly seed?: number } = {},
): SurfaceCell[] {
  const { axes } = search;
  const place = (key: string): number => axes.findIndex((axis) => axis.key === key);
  const forest = forestOf(search, seed);
  const held = [...fixed].flatMap(([key, value]): [number, number][] => (place(key) < 0 ? [] : [[place(key), value]]));
  const grid = Array.from({ length: cells * cells }, (_, i) => ({
    x: ((i % cells) + 0.5) / cells,
    y: (Math.floor(i / cells) + 0.5) / cells,
  }));
  const free = [...held.map(([dimension]) => dimension), place(xKey), place(yKey)];
  const asked = grid.map(({ x, y }) => [...held.map(([, value]) => value), x, y]);
  const ranks = marginals(forest, free, asked);
  return grid.map(({ x, y }, i) => ({ x, y, rank: ranks[i] }));
}
