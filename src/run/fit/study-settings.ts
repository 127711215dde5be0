/** @file The settings of a study: written by its first session, held against by every later one. */

import type { StudyProgress, StudySettings } from '../../automl/index.js';
import { outOfFoldRows, storeOutOfFoldRows, studyRecord } from '../../automl/index.js';
import { drawSample, reportData, storeDataReport, storeSample } from '../../explain/index.js';
import type { Storage } from '../../search/index.js';
import { packageVersion } from '../package-info.js';
import { studyNameIn } from '../study/targets.js';
import { familiesFor } from './left-out.js';
import type { LoadedData } from './load-data.js';
import { duplicatesOf } from './load-data.js';
import type { CheckedOptions } from './options.js';
import { commandFor } from './options.js';
import { requireSame } from './same-study.js';
import type { WarmStart } from './warm-start.js';
import { findWarmStart, shapeOf } from './warm-start.js';

/** What a session begins with. */
export interface Session {
  readonly storage: Storage;
  readonly options: CheckedOptions;
  readonly loaded: LoadedData;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly budget: StudyProgress['budget'];
  /** In the words of the study. */
  readonly engine: string;
  readonly workers: number;
}

/** Throws usage: the study was begun with options that give other results. Changes nothing. */
export function requireSettings(session: Omit<Session, 'budget' | 'workers'>): void {
  const stored = studyRecord.settings(session.storage);
  if (stored) requireSame(stored, settingsOf({ ...session, workers: 0 }, stored));
}

/** Throws usage: the study was begun with options that give other results. */
export function openSettings(session: Session): StudySettings {
  const { storage, loaded, budget } = session;
  const { schema, data, warnings, findings, order } = loaded;
  const stored = studyRecord.settings(storage);
  const made = settingsOf(session, stored);
  if (stored) {
    requireSame(stored, made);
    return stored;
  }
  // Settings last: a study that has them has everything that a resume or a page needs.
  storeOutOfFoldRows(storage, outOfFoldRows(data));
  storeSample(storage, drawSample(data));
  storeDataReport(storage, reportData(data, schema, { warnings, findings, order }));
  studyRecord.setProgress(storage, { status: 'running', budget, seconds: 0, model: null });
  studyRecord.setSettings(storage, made);
  return made;
}

/** What this session would begin a study with; `stored` is what it was begun with. */
function settingsOf(session: Omit<Session, 'budget'>, stored: StudySettings | undefined): StudySettings {
  const { options, loaded, startedAt, engine, workers } = session;
  const { schema, csv, data, warnings, findings } = loaded;
  return {
    name: studyNameIn(options.out),
    createdAt: startedAt,
    command: commandFor(options, false),
    dataFile: csv.fileName,
    dataSha256: csv.sha256,
    rows: data.y.length,
    columns: schema.columns.length,
    schema,
    task: data.task,
    metric: data.metric,
    seed: options.seed,
    folds: options.folds,
    holdout: options.holdout,
    holdoutRows: data.holdout.length,
    ...(loaded.judged ? { judged: loaded.judged } : {}),
    families:
      options.anyModels && stored ? stored.families : familiesFor(options.models, data.y.length, schema.target.aim),
    group: options.group ?? null,
    time: options.time ?? null,
    ...(options.gap ? { gap: options.gap } : {}),
    ...(loaded.data.monotone ? { monotone: loaded.data.monotone } : {}),
    encodingsApart: true,
    weights: options.weights ?? null,
    classWeights: options.classWeights === 'balanced' ? 'balanced' : null,
    ...(data.costs ? { costs: data.costs } : {}),
    duplicates: duplicatesOf(options, stored),
    refit: options.refit ?? true,
    deterministic: options.engine === 'wasm-simd',
    ...parallelOf(options, stored),
    warnings,
    findings,
    ...(stored ? {} : warmStartFor(options, loaded)),
    environment: {
      version: packageVersion(),
      node: process.version,
      engine,
      workers,
    },
  };
}

/** Nobody said how many: a study that goes on keeps its own. */
function parallelOf(options: CheckedOptions, stored: StudySettings | undefined): Pick<StudySettings, 'parallel'> {
  const { parallel = stored?.parallel } = options;
  return parallel === undefined ? {} : { parallel };
}

/** What earlier studies say is looked up once: a resumed study goes on with what it began with. */
function warmStartFor(options: CheckedOptions, { schema, data }: LoadedData): { warmStart?: WarmStart } {
  const { out, warmStart } = options;
  if (warmStart === undefined) return {};
  const shape = shapeOf({ summary: { task: data.task, rows: data.y.length }, schema });
  return { warmStart: findWarmStart(warmStart, shape, studyNameIn(out), data.metric) };
}
