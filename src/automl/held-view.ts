/** @file Rows held out, and what a model says of them. */

import type { Matrix } from '../core/index.js';

/** The rows that hold-out scores speak of. */
export interface HeldRows {
  /** Row numbers in the data set (target rows only, 0-based). */
  readonly rows: Uint32Array;
  /** Target in its units, or class index. */
  readonly y: Float32Array;
  /** What each row counts; all the same where left out. */
  readonly weights?: Float32Array | undefined;
}

/** A model's predictions of them, made before any of them was given back: [rows x 1], or [rows x k] probabilities. */
export interface HeldView extends HeldRows {
  readonly predictions: Matrix;
}

/** Where rows that a model is judged on lie. */
export interface PlacedRows {
  /** Row positions of each fold: fold f has [starts[f], starts[f + 1]); left out: nobody knows. */
  readonly starts?: readonly number[];
  /** What it says of the rows held out; null or left out: it was not scored there, or by an earlier version. */
  readonly held?: HeldView | null;
}
