/** @file The typed columns that every fold shares: encoded once from the text, on SharedArrayBuffers, never copied per job. */

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
}

/** Milliseconds since 1970 UTC; NaN is missing. */
export interface DateColumn {
  readonly kind: 'date';
  readonly name: string;
  readonly epochMs: Float64Array;
}

export type FrameColumn = NumericColumn | CategoricalColumn | DateColumn;

/** An empty cell, or a missing token. */
export const MISSING_CODE = -1;
/** A level that the training table does not have. */
export const UNSEEN_CODE = -2;

/** Features only, in schema order; ids, constants and ignored columns are not in it. */
export interface Frame {
  readonly rowCount: number;
  readonly columns: readonly FrameColumn[];
}
