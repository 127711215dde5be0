/** @file What a plan's preparations are made of: numbers, texts, and neighbouring columns of a matrix; and its models. */

import type { NetworkSpec } from '../engine/index.js';

/** Where a number comes from: the column `place` of a feature, for dates a part of it (else milliseconds since 1970). */
export interface NumberSource {
  readonly feature: number;
  readonly place: number;
  readonly part: string | null;
  /** The table of terms whose score number `place` it is; left out for what is no text. */
  readonly text?: number;
}

/** What a text's terms say: TF-IDF times weights, less a shift, then its place along directions. See src/prepare/text. */
export interface PlannedText {
  readonly feature: number;
  /** The feature's column of terms. */
  readonly column: number;
  readonly terms: Int32Array;
  readonly idf: Float32Array;
  /** [terms x shifts] */
  readonly linear: Float32Array;
  readonly shifts: readonly number[];
  /** [some terms x topics], of the first ones. */
  readonly directions: Float32Array;
  readonly topics: number;
}

/** One or more neighbouring columns of a prepared matrix. */
export type Block =
  /** The number, shifted and scaled; for networks NaN is filled first and the result clipped smoothly, for trees NaN stays. */
  | {
      readonly type: 'value';
      readonly source: number;
      readonly fill: number;
      readonly centre: number;
      readonly scale: number;
    }
  /** 1 where the number is NaN, else 0. */
  | { readonly type: 'missing'; readonly source: number }
  /** Sine and cosine of the number's place on a cycle; 0, 0 for NaN. */
  | { readonly type: 'cycle'; readonly source: number; readonly length: number; readonly start: number }
  /** A row of the table per level of the schema, then one for a missing cell and one for an unseen level. */
  | { readonly type: 'levels'; readonly feature: number; readonly width: number; readonly table: Float32Array };

/** From raw outputs to numbers in the target's units; not used for classes. */
export interface OutputScaling {
  readonly mean: number;
  readonly scale: number;
  /** Null: no limit. */
  readonly low: number | null;
  readonly high: number | null;
  /** 'log': numbers are scale * exp(output) instead of mean + scale * output. */
  readonly link?: 'log';
}

/** A model by itself: what it is made of. */
export type PlannedForm =
  | { readonly kind: 'constant'; readonly answer: Float64Array }
  | {
      readonly kind: 'linear';
      readonly inputs: number;
      readonly W: Float64Array;
      readonly b: Float64Array;
      /** Null: outputs are numbers as they are, or logits. */
      readonly scaling: OutputScaling | null;
    }
  | {
      readonly kind: 'network';
      readonly spec: NetworkSpec;
      readonly tensors: Readonly<Record<string, Float32Array>>;
      readonly scaling: OutputScaling;
    }
  | {
      /** Compared with every row: see src/models/knn. */
      readonly kind: 'neighbours';
      readonly columns: number;
      readonly neighbours: number;
      readonly power: number;
      /** [n x columns] */
      readonly X: Float32Array;
      /** [n] the number, or the class. */
      readonly y: Float32Array;
      /** [n] what each row counts; null: all the same. */
      readonly weights: Float32Array | null;
      /** [k] shares of the classes among all rows; null for numbers. */
      readonly prior: Float64Array | null;
    }
  | {
      readonly kind: 'trees';
      readonly columns: number;
      readonly outputs: number;
      readonly base: number;
      readonly feature: Int32Array;
      readonly value: Float32Array;
      readonly left: Int32Array;
      readonly defaultLeft: Uint8Array;
      readonly roots: Int32Array;
      /** [leaves x outputs], where a leaf says a number for every output: its row is the leaf's `left`. */
      readonly vectors: Float32Array | null;
      /** [nodes] the row of `sets` of a split by categories, else -1; null, as `sets`, where there is none. See src/trees/forest.ts. */
      readonly set: Int32Array | null;
      /** [splits by categories x 32] bits. */
      readonly sets: Uint8Array | null;
      /** Of classes: whether the outputs are probabilities as they are (of two, that of the second), and not logits. */
      readonly isShare: boolean;
      readonly scaling: OutputScaling;
    }
  | {
      /** `back` of what the model of a changed target says, times `stretch`, held between `low` and `high`. */
      readonly kind: 'transformed';
      readonly model: PlannedForm;
      readonly back: PlannedBack;
      readonly stretch: number;
      readonly low: number;
      readonly high: number;
    }
  /** One for each level, and what they say in ascending order. */
  | { readonly kind: 'quantiles'; readonly models: readonly PlannedForm[] };

/** The way back from a changed target: unit * (exp(t) - 1), or the line through points, flat beyond its ends. */
export type PlannedBack =
  | { readonly kind: 'log1p'; readonly unit: number }
  | { readonly kind: 'line'; readonly x: readonly number[]; readonly y: readonly number[] };
