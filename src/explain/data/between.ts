/** @file What the columns of a table say of each other, and which of them are empty together. */

import type { Frame, FrameColumn } from '../../data/index.js';
import { cellsOf } from '../frames.js';
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
  const cells = columns.map((column) => cellsOf(column, rowCount));
  return columns.flatMap((a, i) =>
    columns.slice(i + 1).map((b, next): ColumnPair => {
      const j = i + 1 + next;
      const rows = Array.from({ length: rowCount }, (_, row) => row).filter(
        (row) => !Number.isNaN(cells[i][row]) && !Number.isNaN(cells[j][row]),
      );
      const isEnough = rows.length >= LEAST_ROWS;
      const strength = isEnough
        ? Math.max(told(a, cells[i], b, cells[j], rows), told(b, cells[j], a, cells[i], rows))
        : 0;
      return { a: a.name, b: b.name, strength };
    }),
  );
}

const LEAST_ROWS = 20;
/** A category of a rarer kind is as good as none to its neighbour. */
const MOST_CLASSES = 30;

/** What groups of `a` tell of `b`. */
function told(
  a: FrameColumn,
  cellsA: Float64Array,
  b: FrameColumn,
  cellsB: Float64Array,
  rows: readonly number[],
): number {
  const own = pickRows(a, cellsA, rows);
  const groups = grouping(own, rows.length);
  if (b.kind !== 'categorical') {
    // Ranks: one very large number must not decide.
    const y = ranksOf(rows.map((row) => cellsB[row]));
    return Math.sqrt(relationOfGroups(groups, { y, k: 1 }).strength);
  }
  const codes = rows.map((row) => cellsB[row]);
  const known = [...new Set(codes)];
  if (known.length < 2 || known.length > MOST_CLASSES) return 0;
  const place = new Map(known.map((code, c) => [code, c]));
  return Math.sqrt(relationOfGroups(groups, { y: codes.map((code) => place.get(code)!), k: known.length }).strength);
}

function pickRows(column: FrameColumn, cells: Float64Array, rows: readonly number[]): FrameColumn {
  const own = Float64Array.from(rows, (row) => cells[row]);
  if (column.kind === 'categorical') return { ...column, codes: Int32Array.from(own) };
  return { kind: 'numeric', name: column.name, values: own };
}

/** Mid-ranks over n. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
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
