/** @file What every fold job of a study reads: one frame, one target, one set of folds, shared by all models and threads. */

import type { Task } from '../core/index.js';
import type { Frame } from '../data/index.js';
import type { Costs } from '../evaluate/index.js';

export const CLASS_WEIGHTS = ['none', 'balanced'] as const;
/** Whether copies of a row stay on one side of every split, or are dealt like any rows. */
export const DUPLICATES = ['together', 'split'] as const;
export type DuplicatesMode = (typeof DUPLICATES)[number];

export type ClassWeights = (typeof CLASS_WEIGHTS)[number];

/** By column: 1 where a greater value must not lower what is predicted, -1 where it must not raise it. */
export type Directions = Readonly<Record<string, 1 | -1>>;

export interface FoldRows {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/** Plain data on shared memory: posting it to a worker copies no column. */
export interface StudyData {
  readonly frame: Frame;
  /** [rows] the target in its units, or the class index. */
  readonly y: Float32Array;
  /** [rows] of mean 1: how much each row counts in fits and scores; all 1 where left out. */
  readonly weights?: Float32Array | undefined;
  /** [rows] of counts that are learned per unit of something: how much of it; weights hold it as well. Left out: y is as it is. */
  readonly exposure?: Float32Array | undefined;
  /** 'balanced': in fits every class weighs the same. */
  readonly classWeights?: ClassWeights | undefined;
  readonly task: Task;
  /** Classes; 1 for regression. */
  readonly k: number;
  /** Names of the classes; empty for regression. */
  readonly classes: readonly string[];
  /** Of two classes the index of the positive one; left out: 1. */
  readonly positive?: 0 | 1 | undefined;
  /** Levels of the quantiles that are predicted, a column each; left out: a number is. */
  readonly quantiles?: readonly number[] | undefined;
  /** What decisions cost; left out: the most probable class is called. */
  readonly costs?: Costs | undefined;
  readonly folds: readonly FoldRows[];
  /** Rows that no fit and no choice sees; may be empty. */
  readonly holdout: Uint32Array;
  /** [rows] what the folds keep together, and their order in time: encodings of the target keep to it, too. */
  readonly groups?: Int32Array | undefined;
  readonly times?: Float64Array | undefined;
  /** [rows] the first row that each is a copy of, where folds keep copies together. */
  readonly copies?: Int32Array | undefined;
  /** Of numeric columns of the frame; none where left out. */
  readonly monotone?: Directions | undefined;
  readonly metric: string;
  readonly seed: number;
}

/** Columns of predictions. */
export function outputsOf({ task, k, quantiles }: Pick<StudyData, 'task' | 'k' | 'quantiles'>): number {
  return quantiles?.length ?? (task === 'regression' ? 1 : k);
}

/** The given rows of a y. */
export function selectTarget(y: Float32Array, rows: Uint32Array): Float32Array {
  const out = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = y[rows[i]];
  return out;
}
