/** @file The typed columns that every fold shares: encoded once from the text, on SharedArrayBuffers, never copied per job. */

import type { Documents } from './documents.js';

/** NaN is missing. Booleans are 0 and 1; a text column becomes several of these (its statistics). */
export interface NumericColumn {
  readonly kind: 'numeric';
  readonly name: string;
  readonly values: Float64Array;
}

/** A code indexes `levels`; MISSING_CODE and UNSEEN_CODE do not. */
export interface CategoricalColumn {
  readonly kind: 'categorical';
  readonly name: string;
  readonly codes: Int32Array;
  readonly levels: readonly string[];
  /** Of levels in an order, ascending: the rank of each. */
  readonly ranks?: readonly number[];
}

/** Milliseconds since 1970 UTC; NaN is missing. */
export interface DateColumn {
  readonly kind: 'date';
  readonly name: string;
  readonly epochMs: Float64Array;
}

/** A code is the number of a document; MISSING_CODE is none. Made of a text column beside the numbers that say how it is made up. */
export interface TextColumn {
  readonly kind: 'text';
  readonly name: string;
  readonly codes: Int32Array;
  readonly documents: Documents;
}

export type FrameColumn = NumericColumn | CategoricalColumn | DateColumn | TextColumn;

/** A column whose cells are values, each of which says something by itself. */
export type ValuedColumn = Exclude<FrameColumn, TextColumn>;

/** An empty cell, or a missing token. */
export const MISSING_CODE = -1;
/** A level that the training table does not have. */
export const UNSEEN_CODE = -2;

/** Features only, in schema order; ids, constants and ignored columns are not in it. */
export interface Frame {
  readonly rowCount: number;
  readonly columns: readonly FrameColumn[];
  /** [rows] what counts are predicted for; left out: one unit each, and always in training, where rates are learned. */
  readonly exposure?: Float64Array;
}

/** The columns that have values: what is said of columns one by one says nothing of texts. */
export function valued({ columns }: Frame): ValuedColumn[] {
  return columns.filter((column) => column.kind !== 'text');
}
