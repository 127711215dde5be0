/** @file Columns as at most 255 bins, ordered or one for each category: what trees are grown on. */

import type { Matrix, WasmMemory } from '../core/index.js';

/** Bins of one column at most; bin 0 is for missing cells. */
export const MAX_BINS = 255;
/** Columns whose bins stand side by side for a row: a histogram pass takes them together. */
export const LANES = 8;

export interface BinnedTable {
  readonly rows: number;
  readonly cols: number;
  /** [blocks][rows][8]: block b holds columns 8b to 8b + 7 of every row, a byte each; columns beyond the last are bin 0. */
  readonly bins: Uint8Array;
  /** Thresholds of each column, ascending: a value x is in bin 1 + (number of cuts that are <= x); a missing one in bin 0. */
  readonly cuts: readonly Float32Array[];
  /** By column, the categories of bins 1, 2, ..., or null where the column has an order; left out where all have. */
  readonly levels?: readonly (Float32Array | null)[] | undefined;
  /** How bins are stored for histograms, where that is known. */
  readonly stored?: Stored | undefined;
  /** The memory in which bins lie, at the address that their view begins with, where threads work on them together. */
  readonly memory?: WasmMemory | undefined;
}

/** Columns as they are stored: each alone, or with others that never differ from their usual bins in the same row. */
export interface Stored {
  /** [blocks][rows][8] like `bins`, of the stored columns. */
  readonly bins: Uint8Array;
  /** Bins of each stored column, bin 0 not counted. */
  readonly counts: readonly number[];
  /** By column of the table. */
  readonly places: readonly Place[];
}

/** Where a column is stored. */
export interface Place {
  /** The stored column. */
  readonly stored: number;
  /** The stored bin of its first bin; 0 where it is stored alone, bin by bin. */
  readonly first: number;
  /** Its usual bin, which has no stored bin: bin 0 of the bundle is the usual one of every column. */
  readonly usual: number;
  /** Its lowest bin that counts: 1 where no cell is missing. Stored bins follow each other in the order of its bins from here on. */
  readonly lowest: number;
}

/** Bytes that the bins of a table take. */
export function binBytes({ rows, cols }: Pick<Matrix, 'rows' | 'cols'>): number {
  return Math.ceil(cols / LANES) * blockBytes(rows);
}

/** Bytes between the same row of two blocks. */
export function blockBytes(rows: number): number {
  return rows * LANES;
}

/** Bins of a column, that of missing cells not counted; at least 1. */
export function binCount({ cuts, levels }: BinnedTable, col: number): number {
  const own = levels?.[col];
  return own ? Math.max(1, own.length) : cuts[col].length + 1;
}

/** Whether a column has categories. */
export function hasLevels({ levels }: BinnedTable, col: number): boolean {
  return Boolean(levels?.[col]);
}

/** The bin of a row. */
export function binOf({ bins, rows }: BinnedTable, row: number, col: number): number {
  return bins[(col >> 3) * blockBytes(rows) + row * LANES + (col & 7)];
}
