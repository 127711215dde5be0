/** @file What the edges (command line, server, library) may ask for: a whole run and what comes of it. */

import type {
  ClassWeights,
  Directions,
  DuplicatesMode,
  MachinesView,
  ModelView,
  RunEvent,
  StudySummary,
  StudyView,
} from '../automl/index.js';
import type { Family, TaskWord } from '../core/index.js';
import type { CostsOption, ReadingOptions, SaidKind } from '../data/index.js';
import type { TableInMemory } from '../data/node.js';
import type { DataReport, ExplainSample, PreparedColumn } from '../explain/index.js';

/** Options of a fit; the words are those of the command line. */
export interface FitOptions extends ReadingOptions {
  /**
   * Path of a file, `-` for the standard input, or a table in memory: objects, one per row; columns by name; an arquero table; the
   * bytes of a file, at once or as a stream.
   */
  readonly data: string | TableInMemory;
  readonly target: string;
  /**
   * Default: found out from the target. `count`: whole numbers of 0 or more, by their Poisson deviance; `ordinal`: classes in an order, where
   * a mistake is worse the farther it is off.
   */
  readonly task?: 'auto' | TaskWord | undefined;
  /** The classes of an ordinal target from the least to the most; makes it one. Default: by their numbers, or by words that all order alike. */
  readonly order?: readonly string[] | undefined;
  /**
   * A column of numbers above 0: how much of something each row's count was counted in (months, kilometres). Makes the task a count: models learn
   * counts per unit, rows weigh by it, and predictions are for the exposure of their row.
   */
  readonly exposure?: string | undefined;
  /**
   * Levels of the quantiles that are predicted, ascending, such as [0.1, 0.5, 0.9]; makes the task quantile. Models are ranked by `pinball`, the mean
   * loss of all levels, and no quantile crosses another.
   */
  readonly quantiles?: readonly number[] | undefined;
  /** Default: rmse, auc (binary), logloss (multiclass), poisson_deviance (count), quadratic_kappa (ordinal) or pinball (quantile). */
  readonly metric?: string | undefined;
  /** Trials over all families, baselines included; gives the same bits for the same seed. */
  readonly trials?: number | undefined;
  readonly timeBudgetMs?: number | undefined;
  readonly folds?: number | undefined;
  /** Share of rows held out, in [0, 0.5]; used only from 500 rows up. */
  readonly holdout?: number | undefined;
  /** Whether the held-out rows are given back to the best model once its hold-out score is known; default true. */
  readonly refit?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly models?: readonly Family[] | undefined;
  readonly group?: string | undefined;
  readonly time?: string | undefined;
  /** With `time`: rows left out between those that train and those that judge; default 0. */
  readonly gap?: number | undefined;
  /** 'together' (default): copies of a row stay on one side of every fold and of the hold-out; group and time go before. */
  readonly duplicates?: DuplicatesMode | undefined;
  /** Column that says what each row counts, in fits and in scores. */
  readonly weights?: string | undefined;
  /** 'balanced': in fits every class counts the same, however rare. */
  readonly classWeights?: ClassWeights | undefined;
  readonly ignore?: readonly string[] | undefined;
  /** Kinds by column; `ordinal(low<medium<high)` says the order of levels, too. */
  readonly types?: Readonly<Record<string, SaidKind>> | undefined;
  /**
   * Of two classes the one that precision, recall, F, average precision, curves, lift and thresholds are about; default: the rarer one, and
   * of two that are as frequent the second by text, or by value where both are numbers. Classes keep their order.
   */
  readonly positive?: string | undefined;
  /**
   * What decisions cost: a row per true class and a column per class that is called, in the order of the classes (by text, or by value), or by
   * names: `{ bad: { good: 5 }, good: { bad: 1 } }`, where a right call costs 0 unless it is said. The class of the least expected cost is
   * predicted, and the metric `cost` says the mean cost of a row; default: the most probable class, or the one that a threshold of the metric decides for.
   */
  readonly costs?: CostsOption | undefined;
  /**
   * Numeric columns with a direction: 1 where a greater value must not lower what is predicted (of two classes, the probability of the
   * second), -1 where it must not raise it. Only families that hold it are searched: gbdt and dummy, and ensembles of them.
   */
  readonly monotone?: Directions | undefined;
  /** Texts that stand for "no value", besides those that do anyway. */
  readonly missing?: readonly string[] | undefined;
  /** Folder of earlier studies: what was best on similar tables is tried early. */
  readonly warmStart?: string | undefined;
  /** Worker threads; default: the number of cores. */
  readonly workers?: number | undefined;
  readonly engine?: 'auto' | 'wasm' | 'webgpu' | 'cuda' | undefined;
  /** With trials, the same bits on every machine: WebAssembly without relaxed SIMD, no GPU. Somewhat slower; default false. */
  readonly deterministic?: boolean | undefined;
  /**
   * URL of a Redis: folds go to the workers there (`lrnn worker`) instead of threads of this process; implies `deterministic`. Needs the
   * packages bullmq and ioredis.
   */
  readonly redis?: string | undefined;
  /**
   * With `redis`, a folder that all machines see (`lrnn worker --shared`): the table goes through it, and not through Redis. It is not made,
   * and only workers that name it as well take part.
   */
  readonly shared?: string | undefined;
  /**
   * Searched trials that may run at once: each learns from those that began at least so many before it. The results of `trials` depend on
   * it, and not on how many workers there are; default 5, which keeps `5 * folds` of them busy.
   */
  readonly parallel?: number | undefined;
  /** A file of more columns is refused; default 100,000. */
  readonly maxColumns?: number | undefined;
  /** Study folder; default reports/<name of the CSV>. */
  readonly out?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** The same for several targets, of which none is a feature of another; a row that lacks one of them serves the others. */
export interface FitTargetsOptions extends Omit<FitOptions, 'target' | 'onEvent'> {
  /** Columns. `trials` and `timeBudgetMs` are for all of them together. What only some can take, such as `positive`, the others go without. */
  readonly target: readonly string[];
  /** Hears the events of each search in turn. */
  readonly onEvent?: ((event: RunEvent | TargetEvent) => void) | undefined;
}

/** The search of one of several targets begins: the `place`th of them. */
export interface TargetEvent {
  readonly type: 'target';
  readonly target: string;
  readonly place: number;
  readonly of: number;
}

/** What a fit of several targets found. */
export interface TargetsSummary {
  readonly study: string;
  readonly seed: number;
  /** Of all searches together. */
  readonly seconds: number;
  /** In the order in which they were given. */
  readonly targets: readonly TargetSummary[];
  /** Those whose search has not begun. */
  readonly waiting: readonly string[];
  /** The command line that goes on; null where nothing is missing, a process searches, or no target has begun. */
  readonly resume: string | null;
  /** Path of the file with the models of all targets; null before they have all finished. */
  readonly model: string | null;
}

export interface TargetSummary extends StudySummary {
  readonly target: string;
  /** Where its own study lies; null where it is the only target, whose study is the whole. */
  readonly folder: string | null;
}

/** Thrown by a fit whose signal fired: everything finished is kept. */
export interface InterruptedRun {
  readonly study: string;
  /** The command line that goes on. */
  readonly resume: string;
}

/** A row of the list of studies. */
export type StudyListEntry = ReadableStudy | DamagedStudy;

export interface ReadableStudy {
  /** Folder name below the reports folder. */
  readonly name: string;
  readonly folder: string;
  readonly status: StudyView['status'];
  readonly createdAt: number;
  readonly summary: StudySummary;
  /** Trials that ended. */
  readonly trials: number;
  /** Workers of a cluster have fitted some of it. */
  readonly isOverCluster?: boolean;
  /** Validation folds that its scores are means of. */
  readonly folds?: number;
  /** Words that a person gave to it; left out: none. */
  readonly tags?: readonly string[];
  /** Of one of several targets: the name of the study of all of them. */
  readonly whole?: string;
}

/** A study file that cannot be read; its time is that of the file. */
export interface DamagedStudy extends Pick<ReadableStudy, 'name' | 'folder' | 'createdAt' | 'tags' | 'whole'> {
  readonly status: 'damaged';
  readonly summary: null;
}

/** A study on disk, read while somebody may still write it. */
export interface StudyReader {
  view(): StudyView;
  /** Throws a usage error naming the known models when there is no such model. */
  model(name: string): ModelView;
  /** Events with an id greater than `after`, oldest first. */
  events(after: number): readonly { readonly id: number; readonly event: RunEvent }[];
  /** Number of the last event; 0 before the first. */
  lastEventId(): number;
  /** Of this very study as far as it is: another one in the same place has other words, and so has this one when it went on. */
  edition(): string;
  /** Who works for the search that runs; null where nobody else does. */
  machines(): MachinesView | null;
  /** What the table looks like; null in studies of versions that did not look. */
  data(): DataReport | null;
  /** Rows of the table for forms; null in studies that keep none. */
  sample(): ExplainSample | null;
  /** What a trial's first fold made of each column. */
  preparation(model: string): readonly PreparedColumn[];
  /** What to throw for an error that came of using what was read: the error, or that the study is damaged. */
  blame(error: unknown): unknown;
  close(): void;
}

export type ExportFormat = 'safetensors' | 'onnx' | 'js' | 'html' | 'card' | 'csv';
