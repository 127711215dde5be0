/** @file What may be asked about a study on disk, and what comes back: plain data that travels between threads. */

import type { EncodeSummary } from '../../data/index.js';
import type { ContributionUnit } from '../../ensemble/index.js';
import type { Costs } from '../../evaluate/index.js';
import type { ContributionMethod, RowContributions } from '../../explain/index.js';

/** Said instead of a question: the thread shall end. */
export const END = 'end';

/** `file` is the study file; `edition` is what its reader says. */
export type StudyQuestion =
  | { readonly kind: 'study'; readonly file: string }
  | { readonly kind: 'model'; readonly file: string; readonly model: string }
  | {
      readonly kind: 'row';
      readonly file: string;
      readonly model: string;
      readonly edition: string;
      readonly row: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'rows';
      readonly file: string;
      readonly model: string;
      readonly edition: string;
      readonly csv: string;
      readonly maxColumns: number | undefined;
    };

/** One row's prediction and what each column added to it. */
export interface RowAnswer {
  /** The number, or one probability per class. */
  readonly prediction: readonly number[];
  /** Two classes: the second is the answer where its probability is above; null: the most probable one is. */
  readonly threshold: number | null;
  /** What decisions cost; null: nobody said. */
  readonly costs: Costs | null;
  /** Where the contributions start: the mean over so many rows; null in studies without a sample. */
  readonly base: readonly number[] | null;
  readonly startRows: number;
  /** Where they end: the prediction in their unit. */
  readonly end: readonly number[];
  readonly columns: RowContributions['columns'];
  readonly unit: ContributionUnit;
  readonly method: ContributionMethod;
  /** Models that the prediction averages. */
  readonly models: number;
  readonly summary: EncodeSummary;
  /** Where the truth lies with a probability of `level`; left out by a model that does not know. */
  readonly sure?: SureRow;
}

/** The ends of an interval, or the classes of a set, the most probable first. */
export interface SureRow {
  readonly level: number;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  readonly set?: readonly string[] | undefined;
}

/** A CSV of predictions, formulas of spreadsheets made harmless. */
export interface RowsAnswer {
  readonly rows: number;
  readonly csv: string;
  readonly summary: EncodeSummary;
}

export type ThreadAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      /** Of a ToolkitError. */
      readonly kind: string | null;
      readonly parts: unknown;
    };
