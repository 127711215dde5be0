/** @file What a plan's preparations are made of: numbers, texts, and neighbouring columns of a matrix. */

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
