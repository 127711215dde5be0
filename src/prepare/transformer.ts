/** @file The contract of preparation: fitted on training rows only, by type. */

import type { JsonObject, Matrix } from '../core/index.js';
import type { Frame } from '../data/index.js';

/**
 * Networks want complete, scaled, bounded numbers; trees take them as they are, NaN included. Both see categories as numbers that say
 * something of them; `native` is for trees that part categories by sets, and sees them as codes.
 */
export type RecipeKind = 'network' | 'tree' | 'native';

/** What a column becomes that is no category. */
export type NumberKind = Exclude<RecipeKind, 'native'>;

/** What target encoders may look at: the target's numbers (class index for classes) and the number of classes. */
export interface EncodingTarget {
  readonly y: Float32Array;
  /** 1 for regression; 2 for binary; the number of classes else. */
  readonly k: number;
  /** Names of the classes, for the names of columns; numbered where left out. */
  readonly classes?: readonly string[];
}

/** A transformer writes `width` columns per row. Reads `frame` at `rows` only. */
export interface Transformer {
  fit(frame: Frame, target: EncodingTarget, rows: Uint32Array, seed: number): FittedTransformer;
}

export interface FittedTransformer {
  /** Output column names, e.g. "age", "age is missing", "city = Rome"; none when nothing varies over the training rows. */
  readonly names: readonly string[];
  /** The columns hold codes of categories, whole numbers from 0 to 254, and no quantities. */
  readonly hasCodes?: boolean;
  /** Writes columns [offset, offset + names.length) of every row of `out`; `frame` has out.rows rows. */
  transform(frame: Frame, out: Matrix, offset: number): void;
  /**
   * Writes the training rows again as models may see them while they train: encodings that no row's own target is in.
   * Only there after a fit (not after a restore), and only where it differs from `transform`.
   */
  transformTraining?(out: Matrix, offset: number): void;
  toJSON(): JsonObject;
}
