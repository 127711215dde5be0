/** @file Names, kinds, target and task: the part of a table that a model remembers. */

import type { Aim, Task, TaskWord } from '../core/index.js';
import type { DateFormat } from './dates.js';
import type { ReadingOptions } from './reading.js';

/** What a column is taken for. `ignored` is what the user (or the target) took out. */
export const COLUMN_KINDS = [
  'numeric',
  'boolean',
  'categorical',
  'high-cardinality',
  'ordinal',
  'date',
  'text',
  'id',
  'constant',
  'ignored',
] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** The smallest and the largest number of a column. */
export type NumberRange = readonly [low: number, high: number];

/** One column as it was understood. Plain JSON. */
export interface ColumnSchema {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Why, in words with counts: "41 distinct strings in 1,000 rows". */
  readonly reason: string;
  readonly missingCount: number;
  readonly distinctCount: number;
  /** Categorical and high-cardinality: the levels of the whole training table, most frequent first, ties by text order. */
  readonly levels?: readonly string[];
  /** Ordinal: the rank of each of `levels`, which stand from the lowest to the highest; whole numbers from 0, levels that mean the same share one. */
  readonly ranks?: readonly number[];
  /** Boolean: the cell texts that stand for true and false (lower case). */
  readonly trueWords?: readonly string[];
  readonly falseWords?: readonly string[];
  /** Boolean: the commonest texts for false and for true, as the file writes them; left out by programs that did not remember them. */
  readonly truthTexts?: readonly [ifFalse: string, ifTrue: string];
  /** Date: the format that every present cell fits. */
  readonly dateFormat?: DateFormat;
  /** Numeric: what stands between whole and fraction, '.' unless every cell needs ','. */
  readonly decimal?: '.' | ',';
  /** Numeric: what stands between groups of three digits; nothing where left out. */
  readonly thousands?: ',' | '.' | ' ' | "'";
  /** Numeric: texts before or after the number that say what it counts, such as `$`, `%` or `kg`. */
  readonly units?: readonly string[];
  /** Numeric: negative numbers may be `(5)`, `5-` or have U+2212 for a minus, and a number may be Excel's `="5"`. */
  readonly signs?: true;
  /** Numeric: times of day and durations, as seconds. */
  readonly clock?: true;
  /** Numeric, boolean, date and ordinal: texts that stand for a missing cell in this column, besides the missing tokens. */
  readonly gaps?: readonly string[];
  /** Numeric: the smallest and the largest number of the training table; left out by programs that did not remember it. */
  readonly range?: NumberRange;
  /** Text: words (lower case) whose presence in a cell is a feature of its own, unless `mostWords` is there. */
  readonly words?: readonly string[];
  /** Text: words and their neighbours are features, of each cell the first so many; left out by programs that looked at `words` only. */
  readonly mostWords?: number;
}

/** The target as it was understood. */
export interface TargetSchema {
  readonly name: string;
  readonly task: Task;
  /** Numbers or classes that are looked at in a way of their own; left out: as they are. */
  readonly aim?: Aim;
  /** Of counts: the column that says in how much of something they were counted; left out: each in one unit. */
  readonly exposure?: string;
  /** Of quantiles: their levels, ascending. */
  readonly quantiles?: readonly number[];
  readonly reason: string;
  /** Classes in the order of the probability columns: sorted by text (numbers by value, ordinals by their order). Empty for regression. */
  readonly classes: readonly string[];
  /** Of two classes; left out for other tasks, and by earlier versions, whose positive class was the second. */
  readonly positive?: PositiveClass;
}

/** Of two classes the one that precision, recall, F, average precision, curves, lift and thresholds are about. */
export interface PositiveClass {
  readonly name: string;
  /** Why it is that one: "the rarer of the two, in 300 of 1,000 rows". */
  readonly reason: string;
}

/** Plain JSON; goes into every exported model. */
export interface Schema {
  readonly version: 1;
  /** Every column of the file, in file order, the target included (kind 'ignored', reason 'target'). */
  readonly columns: readonly ColumnSchema[];
  readonly target: TargetSchema;
  readonly missingTokens: readonly string[];
  /** What was said of how to read the file; left out where nothing was. New files are tried so first. */
  readonly reading?: ReadingOptions;
}

/** A truth value in the words of the file, everywhere. */
export function truthText({ truthTexts, trueWords, falseWords }: ColumnSchema, value: boolean): string {
  return truthTexts?.[value ? 1 : 0] ?? (value ? trueWords : falseWords)?.[0] ?? String(value);
}

/** The word that people have for the task. */
export function taskWord({ task, aim }: Pick<TargetSchema, 'task' | 'aim'>): TaskWord {
  return aim ?? task;
}

/** The place of the level nearest to 0.5: what stands for all quantiles where one number must. */
export function middleLevel(levels: readonly number[]): number {
  const off = levels.map((level) => Math.abs(level - 0.5));
  return off.indexOf(Math.min(...off));
}

/** Kinds that become features. */
export function isFeature(column: ColumnSchema): boolean {
  return column.kind !== 'ignored' && column.kind !== 'id' && column.kind !== 'constant';
}

/** Kinds whose cells are one of some levels. */
export function isLevels(kind: ColumnKind): boolean {
  return kind === 'categorical' || kind === 'high-cardinality' || kind === 'ordinal';
}

/** For each level the first of its rank, whose code stands for all of them: two spellings of a word are one level. Of levels without ranks each. */
export function firstOfRank({ levels = [], ranks }: Pick<ColumnSchema, 'levels' | 'ranks'>): readonly number[] {
  return levels.map((_, code) => (ranks === undefined ? code : ranks.indexOf(ranks[code])));
}
