/** @file What a study writes down before its first trial: everything that decides its results, and what pages show. */

import type { Family, JsonObject, Task } from '../core/index.js';
import type { Finding, Schema } from '../data/index.js';
import type { EngineName } from '../engine/index.js';
import type { Combination } from '../ensemble/index.js';
import type { Costs, Interval, ShownScores } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import type { HeldGap } from './comparisons.js';
import type { Directions, DuplicatesMode } from './study-data.js';
import type { MachinesView } from './summary.js';
import type { JudgedRows, StudyStatus } from './summary.js';

export interface StudySettings {
  readonly name: string;
  readonly createdAt: number;
  readonly command: string;
  readonly dataFile: string;
  readonly dataSha256: string;
  readonly rows: number;
  readonly columns: number;
  readonly schema: Schema;
  readonly task: Task;
  readonly metric: string;
  readonly seed: number;
  readonly folds: number;
  readonly holdout: number;
  readonly holdoutRows: number;
  /** Where samples judge: rows over all folds, of how many, and held-out rows that are scored. Left out where all do, and by earlier versions. */
  readonly judged?: JudgedRows;
  readonly families: readonly Family[];
  readonly group: string | null;
  readonly time: string | null;
  /** Rows between training and validation; left out: none. */
  readonly gap?: number;
  /** Columns with a direction; left out: none has. */
  readonly monotone?: Directions;
  /** Target encodings keep groups and times apart as the folds do; left out in studies that began before they did. */
  readonly encodingsApart?: boolean;
  /** Left out in studies that began before there was a choice: 'split'. */
  readonly duplicates?: DuplicatesMode;
  /** Left out in studies of versions that did not have them. */
  readonly weights?: string | null;
  readonly classWeights?: 'balanced' | null;
  /** What decisions cost; left out: nobody said. */
  readonly costs?: Costs;
  /** The model that is taken away is fitted again on rows that no choice needs any more; left out by versions that did not. */
  readonly refit?: boolean;
  /** The same bits on every machine; left out in studies of versions that had no choice. */
  readonly deterministic?: boolean;
  /** Searched trials that may run at once; left out: as many as ever. */
  readonly parallel?: number;
  readonly warnings: readonly string[];
  /** Left out in studies of versions that did not look for any. */
  readonly findings?: readonly Finding[];
  /** Settings from earlier studies, by family. */
  readonly warmStart?: Readonly<Record<string, readonly JsonObject[]>>;
  readonly environment: {
    readonly version: string;
    readonly node: string;
    readonly engine: string;
    readonly workers: number;
  };
}

/** Searched trials at once where nobody said how many. */
export const DEFAULT_PARALLEL = 5;

/** What may change from one session of a study to the next. */
export interface StudyProgress {
  readonly status: StudyStatus;
  readonly budget: { readonly trials: number | null; readonly timeBudgetMs: number | null };
  /** Seconds of all sessions so far. */
  readonly seconds: number;
  /** Path of the exported winner, relative to the study folder. */
  readonly model: string | null;
}

/** What is known of a finalist besides its trial: made at the end of a study. */
export interface FinalistRecord {
  readonly model: string;
  readonly family: Family;
  readonly holdout: number | null;
  /** 95 %, by the bootstrap; left out in studies of versions that did not draw it. */
  readonly holdoutInterval?: Interval | null;
  /** By how much the winner's loss on the held-out rows is smaller; of the winner, and in studies of versions that did not ask, left out. */
  readonly heldGap?: HeldGap | null;
  /** All metrics of the task on the held-out rows; left out without such rows, and by earlier versions. */
  readonly metrics?: ShownScores;
  readonly predictMsPerRow: number;
}

/** The ensemble as it was chosen on out-of-fold predictions. */
export interface EnsembleRecord {
  readonly members: readonly { readonly model: string; readonly family: Family; readonly weight: number }[];
  /** Each fold by weights that the others gave; of one member alone, its own. */
  readonly foldScores: readonly number[];
  /** The study keeps what it says of each fold when it knows the others only. Left out: by one member alone, and by earlier versions. */
  readonly crossFitted?: true;
  /** How members become one; left out: their weighted mean. */
  readonly combine?: Combination;
}

/** Which model is taken, what the choice does to scores, and whether any of it is more than chance. Made at the end of a study. */
export interface VerdictRecord {
  readonly winner: string;
  /** What is taken off the score of each model of the leaderboard for having been stopped and chosen, as a loss; 0 or more. */
  readonly optimism: Readonly<Record<string, number>>;
  /** Of the best of all models against shuffled targets; null where there is nothing but guesses. */
  readonly chance: { readonly p: number; readonly draws: number } | null;
}

/** What `--engine auto` chose on the first network, and by which times of an epoch. */
export interface EngineRecord {
  readonly name: EngineName;
  readonly gpuMs: number;
  readonly cpuMs: number;
}

const KEYS = {
  settings: 'settings',
  progress: 'progress',
  finalists: 'finalists',
  ensemble: 'ensemble',
  verdict: 'verdict',
  engine: 'engine',
  remarks: 'remarks',
  cluster: 'cluster',
  machines: 'machines',
} as const;

/** Typed access to the study's settings in a storage. */
export const studyRecord = {
  settings: (storage: Storage) => storage.get(KEYS.settings) as unknown as StudySettings | undefined,
  setSettings: (storage: Storage, value: StudySettings) => storage.set(KEYS.settings, value as unknown as JsonObject),
  progress: (storage: Storage) => storage.get(KEYS.progress) as unknown as StudyProgress,
  setProgress: (storage: Storage, value: StudyProgress) => storage.set(KEYS.progress, value as unknown as JsonObject),
  finalists: (storage: Storage) => (storage.get(KEYS.finalists) ?? []) as unknown as readonly FinalistRecord[],
  setFinalists: (storage: Storage, value: readonly FinalistRecord[]) =>
    storage.set(KEYS.finalists, value as unknown as JsonObject[]),
  ensemble: (storage: Storage) => (storage.get(KEYS.ensemble) ?? null) as unknown as EnsembleRecord | null,
  setEnsemble: (storage: Storage, value: EnsembleRecord | null) =>
    storage.set(KEYS.ensemble, value as unknown as JsonObject),
  /** What the finished study says of itself, beside the warnings it began with. */
  remarks: (storage: Storage) => (storage.get(KEYS.remarks) ?? []) as unknown as readonly string[],
  setRemarks: (storage: Storage, value: readonly string[]) => storage.set(KEYS.remarks, [...value]),
  /** Null before the end of a study, and in studies of versions that made none. */
  verdict: (storage: Storage) => (storage.get(KEYS.verdict) ?? null) as unknown as VerdictRecord | null,
  setVerdict: (storage: Storage, value: VerdictRecord) => storage.set(KEYS.verdict, value as unknown as JsonObject),
  engine: (storage: Storage) => (storage.get(KEYS.engine) ?? null) as unknown as EngineRecord | null,
  setEngine: (storage: Storage, value: EngineRecord) => storage.set(KEYS.engine, value as unknown as JsonObject),
  /** What the study is called among workers on other machines; null where it was never among them. */
  cluster: (storage: Storage) => (storage.get(KEYS.cluster) ?? null) as string | null,
  setCluster: (storage: Storage, value: string) => storage.set(KEYS.cluster, value),
  /** Who works for the search that runs now; null where nobody else does. */
  machines: (storage: Storage) => (storage.get(KEYS.machines) ?? null) as unknown as MachinesView | null,
  setMachines: (storage: Storage, value: MachinesView | null) =>
    storage.set(KEYS.machines, value as unknown as JsonObject),
};
