/** @file The public API for Node. Everything else is private by location. */

import { fileURLToPath } from 'node:url';

import type { RunEvent, StudyStatus, StudySummary, TrialView } from './automl/index.js';
import type {
  ExportFormat,
  FitOptions,
  FitTargetsOptions,
  Inspection,
  TargetsSummary,
  Verification,
} from './run/index.js';

export type {
  LeaderboardEntry,
  Progress,
  RunEvent,
  StudyStatus,
  StudySummary,
  TrialView,
  WorkersView,
} from './automl/index.js';
export type { ErrorKind, ErrorParts, Family, Task, TaskWord } from './core/index.js';
export { ToolkitError } from './core/index.js';
export type { ColumnKind, EncodeSummary, Finding, ReadingOptions, Schema } from './data/index.js';
export type { TableInMemory } from './data/node.js';
export type {
  ExportFormat,
  FitOptions,
  FitTargetsOptions,
  Inspection,
  NewRowsOptions,
  TargetEvent,
  TargetsSummary,
  TargetSummary,
  Verification,
} from './run/index.js';
export type { DetailedPredictions, LoadedModel, LoadedTargets, LoadOptions, Prediction } from './run/node.js';
export { loadModel, loadTargets, predict, RunInterrupted } from './run/node.js';

/** Name of an event of a run: what `onEvent` hears and `OpenStudy.events` reads. */
export type RunEventType = RunEvent['type'];

/** Path of a CSV file that comes with the package: `datasetPath('penguins')`, whose target is `species`. */
export function datasetPath(name: 'car-prices' | 'credit' | 'penguins'): string {
  return fileURLToPath(new URL(`../datasets/${name}.csv`, import.meta.url));
}

/** All that a search needs is loaded with the first call that needs it: programs that only predict start at once. */
const run = () => import('./run/index.js');

/**
 * Searches for the best model of a table: reads it, runs the trials, chooses, writes the study and its model.
 *
 * Random   with `trials`, the same options and seed give the same leaderboard, bit for bit
 * Throws   usage: options that cannot be; data: a table that cannot be read; state: a study that exists, a folder that cannot be written;
 *          `RunInterrupted` when the signal fires
 * @example
 * const study = await fit({ data: 'houses.csv', target: 'price', timeBudgetMs: 60_000 });
 */
export async function fit(options: FitOptions): Promise<StudySummary>;
/**
 * The same for several targets: one study and one model file, a search for each, on the same folds. No target is a feature of another, and
 * a row that lacks one of them serves the others. Trials and time are shared.
 *
 * @example
 * const { targets } = await fit({ data: 'houses.csv', target: ['price', 'sold'], trials: 40 });
 */
export async function fit(options: FitTargetsOptions): Promise<TargetsSummary>;
export async function fit(options: FitOptions | FitTargetsOptions): Promise<StudySummary | TargetsSummary> {
  const { fit: fitOne, fitTargets } = await run();
  return isOfOne(options) ? fitOne(options) : fitTargets(options);
}

function isOfOne(options: FitOptions | FitTargetsOptions): options is FitOptions {
  return !Array.isArray(options.target);
}

/** What a fit would understand of a table, without fitting. Throws what `fit` would throw before its first trial. */
export async function inspect(options: FitOptions): Promise<Inspection>;
/** The same for several targets: of each in turn, in their order. */
export async function inspect(options: FitTargetsOptions): Promise<Inspection[]>;
export async function inspect(options: FitOptions | FitTargetsOptions): Promise<Inspection | Inspection[]> {
  const { inspect: inspectOne, inspectTargets } = await run();
  return isOfOne(options) ? inspectOne(options) : inspectTargets(options);
}

/** What a study of several targets found so far. Throws   usage: the folder holds none; data: its files are damaged */
export async function readTargets(folder: string): Promise<TargetsSummary> {
  return (await run()).targetsSummary(folder);
}

/** A study on disk, read while somebody may still write it. */
export interface OpenStudy {
  readonly folder: string;
  status(): StudyStatus;
  /** What `fit` resolves to and `lrnn show --json` prints, as far as it is. */
  summary(): StudySummary;
  /** In the order in which they began. */
  trials(): readonly TrialView[];
  /** Events with an id greater than `after`, oldest first; without it, all. */
  events(after?: number): readonly { readonly id: number; readonly event: RunEvent }[];
  close(): void;
}

/** Throws   usage: the folder holds no study; state: it was interrupted before it began; data: its file is damaged */
export async function openStudy(folder: string): Promise<OpenStudy> {
  const reader = (await run()).openStudy(folder);
  return {
    folder,
    status: () => reader.view().status,
    summary: () => reader.view().summary,
    trials: () => reader.view().trials,
    events: (after = 0) => reader.events(after),
    close: () => reader.close(),
  };
}

export interface ExportOptions {
  /** Default: safetensors. */
  readonly format?: ExportFormat | undefined;
  /** Default: the best on the leaderboard. */
  readonly model?: string | undefined;
  /** Default: a file in the study folder. */
  readonly out?: string | undefined;
  /** Hears a sentence where something could not be checked. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
}

/**
 * Writes a model of a study as a file of its own, and returns its path. It has passed its self-test before.
 *
 * Throws   usage: no study, no such model, no such format; state: nothing finished yet; data: a self-test that was not passed
 */
export async function exportModel(folder: string, options: ExportOptions = {}): Promise<string> {
  const { format = 'safetensors', model = null, out = null, onNotice } = options;
  return (await run()).exportModel(folder, model, format, out, onNotice);
}

/**
 * Replays the self-test of an artefact: is it whole, and does it say what it said when it was written? A JavaScript artefact is run for
 * that, with all that a program may do; other files are only read.
 *
 * Throws   data: not ours, damaged, or other predictions; state: of a newer version, or an ONNX file without an ONNX Runtime
 */
export async function verify(path: string): Promise<Verification> {
  return (await run()).verifyArtefact(path);
}
