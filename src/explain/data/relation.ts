/** @file How one column goes with the target: groups of its values, what the target does in each, and how much that explains. */

import type { CategoricalColumn, FrameColumn } from '../../data/index.js';
import { quantile } from '../../data/index.js';
import { dateText, numberText } from '../columns.js';
import { cellsOf } from '../frames.js';

/** Rows whose cells are alike. */
export interface RelationGroup {
  readonly label: string;
  readonly count: number;
  /** Regression: mean target. Classes: share of each class. */
  readonly target: readonly number[];
}

export interface Relation {
  readonly groups: readonly RelationGroup[];
  /** Share of the target's variance that the groups explain, less what chance explains; in [0, 1]. */
  readonly strength: number;
}

export interface TargetValues {
  /** [n] in its units, or class indices. */
  readonly y: ArrayLike<number>;
  /** 1 for regression. */
  readonly k: number;
}

const MOST_GROUPS = 10;

/**
 * Deciles of numbers and dates, the most frequent categories (in their order, where they have one), "(others)" and "(missing)".
 *
 * For classes the variance is that of the indicators of the classes, summed: Goodman and Kruskal's tau.
 *
 * Source   Kelley 1935 (epsilon squared, the correction for chance); Goodman & Kruskal 1954
 */
export function relationOf(column: FrameColumn, target: TargetValues): Relation {
  return relationOfGroups(grouping(column, target.y.length), target);
}

/** The same of groups that were made before. */
export function relationOfGroups({ groupOf, labels }: Grouping, { y, k }: TargetValues): Relation {
  const outputs = Math.max(1, k);
  const counts = new Float64Array(labels.length);
  const sums = new Float64Array(labels.length * outputs);
  const totals = new Float64Array(outputs);
  let squares = 0;
  for (let i = 0; i < y.length; i++) {
    counts[groupOf[i]]++;
    const [c, value] = k === 1 ? [0, y[i]] : [y[i], 1];
    sums[groupOf[i] * outputs + c] += value;
    totals[c] += value;
    squares += value * value;
  }
  const n = y.length;
  const all = totals.reduce((sum, total) => sum + total ** 2 / n, 0);
  let between = -all;
  labels.forEach((_, g) => {
    for (let c = 0; c < outputs; c++) if (counts[g] > 0) between += sums[g * outputs + c] ** 2 / counts[g];
  });
  const used = counts.filter((count) => count > 0).length;
  const explained = squares - all > 0 ? between / (squares - all) : 0;
  const corrected = n > used ? 1 - ((1 - explained) * (n - 1)) / (n - used) : 0;
  const groups = labels.map((label, g) => ({
    label,
    count: counts[g],
    target: Array.from({ length: outputs }, (_, c) => (counts[g] > 0 ? sums[g * outputs + c] / counts[g] : 0)),
  }));
  return { groups: groups.filter(({ count }) => count > 0), strength: Math.min(1, Math.max(0, corrected)) };
}

/** A group per row, and the groups' names in order. */
export interface Grouping {
  readonly groupOf: Int32Array;
  readonly labels: readonly string[];
}

/** Groups of alike cells; what they are does not depend on the target, nor on anything else but the column. */
export function grouping(column: FrameColumn, n: number, most = MOST_GROUPS): Grouping {
  const cells = cellsOf(column, n);
  return column.kind === 'categorical'
    ? levelGroups(cells, column, most)
    : numberGroups(cells, column.kind === 'date', most);
}

function levelGroups(cells: Float64Array, { levels, ranks }: CategoricalColumn, most: number): Grouping {
  const counts = new Map<number, number>();
  for (const cell of cells) if (!Number.isNaN(cell)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const top = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most);
  if (ranks) top.sort((a, b) => a[0] - b[0]);
  const place = new Map(top.map(([code], g) => [code, g]));
  const labels = [...top.map(([code]) => levels[code] ?? '(other)'), '(others)', '(missing)'];
  const groupOf = Int32Array.from(cells, (cell) =>
    Number.isNaN(cell) ? labels.length - 1 : (place.get(cell) ?? labels.length - 2),
  );
  return { groupOf, labels };
}

function numberGroups(cells: Float64Array, isDate: boolean, most: number): Grouping {
  const sorted = cells.filter((cell) => !Number.isNaN(cell)).sort();
  const text = isDate ? dateText : numberText;
  const distinct = firstDistinct(sorted, most + 1);
  const few = distinct.length <= most;
  // Each group ends before the next one's first value.
  const { starts, isTie } = few ? { starts: distinct, isTie: () => true } : cuts(sorted, most);
  const top = sorted[sorted.length - 1];
  const labels = starts.map((start, g) =>
    isTie(start) ? text(start) : `${text(start)} … ${text(g + 1 < starts.length ? starts[g + 1] : top)}`,
  );
  const groupOf = Int32Array.from(cells, (cell) => (Number.isNaN(cell) ? labels.length : lastAtMost(starts, cell)));
  return { groupOf, labels: [...labels, '(missing)'] };
}

/** The least values of a sorted array that differ, `most` at most. */
function firstDistinct(sorted: Float64Array, most: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < sorted.length && found.length < most; i++) if (sorted[i] !== found.at(-1)) found.push(sorted[i]);
  return found;
}

/**
 * Where groups of ascending values start: values that one part of `most` of the rows or more share stand alone, all others are cut
 * at the quantiles of theirs, as many as are left of `most`.
 */
function cuts(sorted: Float64Array, most: number): { starts: number[]; isTie: (start: number) => boolean } {
  const ties = new Set<number>();
  const afterTies: number[] = [];
  const others: number[] = [];
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (to - from < sorted.length / most || to - from < 2) {
      for (let i = from; i < to; i++) others.push(sorted[i]);
      continue;
    }
    ties.add(sorted[from]);
    if (to < sorted.length) afterTies.push(sorted[to]);
  }
  const count = Math.max(1, most - ties.size);
  const rest = Float64Array.from(others);
  const quantiles = rest.length > 0 ? Array.from({ length: count }, (_, i) => quantile(rest, i / count)) : [];
  const starts = [...new Set([...ties, ...afterTies, ...quantiles])].sort((a, b) => a - b);
  return { starts, isTie: (start) => ties.has(start) };
}

function lastAtMost(starts: readonly number[], value: number): number {
  let g = 0;
  while (g + 1 < starts.length && starts[g + 1] <= value) g++;
  return g;
}
