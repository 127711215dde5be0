/** @file What the columns of a table say of each other, and which of them are empty together. */

import type { Frame, FrameColumn } from '../../data/index.js';
import { cellsOf } from '../frames.js';
import type { Grouping, TargetValues } from './relation.js';
import { grouping, relationOfGroups } from './relation.js';

export interface ColumnPair {
  readonly a: string;
  readonly b: string;
  /** 0: the one says nothing of the other; 1: one of them follows from the other, or nearly. */
  readonly strength: number;
}

/** Rows in which the same columns are empty. */
export interface MissingPattern {
  /** None: whole rows. */
  readonly columns: readonly string[];
  readonly rows: number;
}

/**
 * How well groups of one column's values tell the other's, in the better direction: the root of the share of variance that they
 * explain, which of two numbers in a line is their correlation.
 *
 * Missing  rows where either cell is empty are left out; a pair with fewer than 20 others has strength 0
 */
export function relationsBetween(columns: readonly FrameColumn[], rowCount: number): ColumnPair[] {
  const all = columns.map((column) => asked(column, cellsOf(column, rowCount)));
  return all.flatMap((a, i) =>
    all.slice(i + 1).map((b): ColumnPair => ({ a: a.column.name, b: b.column.name, strength: strengthOf(a, b) })),
  );
}

const LEAST_ROWS = 20;
/** A category of a rarer kind is as good as none to its neighbour. */
const MOST_CLASSES = 30;

/** A column, and what is asked of it in every pair. */
interface Asked {
  readonly column: FrameColumn;
  readonly cells: Float64Array;
  readonly groups: Grouping;
  readonly target: TargetValues | null;
}

function asked(column: FrameColumn, cells: Float64Array): Asked {
  return { column, cells, groups: grouping(column, cells.length), target: targetOf(column, cells) };
}

function strengthOf(a: Asked, b: Asked): number {
  const rows: number[] = [];
  for (let row = 0; row < a.cells.length; row++) {
    if (!Number.isNaN(a.cells[row]) && !Number.isNaN(b.cells[row])) rows.push(row);
  }
  return rows.length < LEAST_ROWS ? 0 : Math.max(told(a, b, rows), told(b, a, rows));
}

/** What groups of `a` tell of `b`. */
function told({ groups }: Asked, { target }: Asked, rows: readonly number[]): number {
  if (target === null) return 0;
  const own = { labels: groups.labels, groupOf: Int32Array.from(rows, (row) => groups.groupOf[row]) };
  const y = Float64Array.from(rows, (row) => target.y[row]);
  return Math.sqrt(relationOfGroups(own, { y, k: target.k }).strength);
}

/** Null: a column that nothing can be told of. */
function targetOf(column: FrameColumn, cells: Float64Array): TargetValues | null {
  // Ranks: one very large number must not decide.
  if (column.kind !== 'categorical') return { y: ranksOf(cells), k: 1 };
  const place = new Map<number, number>();
  for (const code of cells) if (!Number.isNaN(code) && !place.has(code)) place.set(code, place.size);
  const isTold = place.size >= 2 && place.size <= MOST_CLASSES;
  return isTold ? { y: cells.map((code) => place.get(code) ?? NaN), k: place.size } : null;
}

/** Mid-ranks over n; of what is missing, nothing that counts. */
function ranksOf(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + end - 1) / 2 / values.length;
    start = end;
  }
  return ranks;
}

/** The most frequent first; texts count as there. */
export function missingPatterns({ columns, rowCount }: Frame): MissingPattern[] {
  const known = columns
    .filter(({ kind }) => kind !== 'text')
    .map((column) => ({ name: column.name, cells: cellsOf(column, rowCount) }));
  const counts = new Map<string, { columns: string[]; rows: number }>();
  for (let row = 0; row < rowCount; row++) {
    const empty = known.filter(({ cells }) => Number.isNaN(cells[row])).map(({ name }) => name);
    const key = JSON.stringify(empty);
    const found = counts.get(key);
    if (found) found.rows++;
    else counts.set(key, { columns: empty, rows: 1 });
  }
  return [...counts.values()].sort((a, b) => b.rows - a.rows);
}
