/** @file A study's folder: where its files lie, opening and creating it. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { RunEvent, StudyProgress, StudySettings, StudyView } from '../../automl/index.js';
import { modelView, studyRecord, studyView } from '../../automl/index.js';
import { ToolkitError } from '../../core/index.js';
import { loadDataReport, loadSample, preparationOf } from '../../explain/index.js';
import { readingOnce, type Storage } from '../../search/index.js';
import { blameFile, createSqliteStorage, isFileInUse, openSqliteStorage } from '../../search/node.js';
import type { StudyReader } from '../contract.js';
import { RunInterrupted } from '../interrupted.js';
import type { KeptViews } from './kept-views.js';
import { pathHint, studiesHint } from './near-paths.js';
import { STUDY_FILE, studyFile } from './study-paths.js';
import { readTargets, TARGETS_FILE } from './targets.js';

/**
 * How far a folder's study is; one of several targets has begun once they are listed. 'blank': its file was made and nothing more, before a kill; 'begun': its settings stand,
 * which is written last, so everything that a resume needs stands too.
 *
 * Throws   data: the file is no study
 */
export function studyState(folder: string): 'none' | 'blank' | 'begun' {
  if (existsSync(join(folder, TARGETS_FILE))) return 'begun';
  if (sizeOf(studyFile(folder)) === 0) return 'none';
  return begunSettings(folder) ? 'begun' : 'blank';
}

/** 0 where there is no file, or it goes away this very moment. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** What a study began with; undefined where none has begun. */
export function begunSettings(folder: string): StudySettings | undefined {
  const file = studyFile(folder);
  if (sizeOf(file) === 0) return undefined;
  const storage = openSqliteStorage(file, { readonly: true });
  try {
    return studyRecord.settings(storage);
  } finally {
    storage.close();
  }
}

/** How far a study was when its last session ended; undefined where none has begun. */
export function progressOf(folder: string): StudyProgress | undefined {
  const file = studyFile(folder);
  if (sizeOf(file) === 0) return undefined;
  const storage = openSqliteStorage(file, { readonly: true });
  try {
    return studyRecord.settings(storage) && studyRecord.progress(storage);
  } finally {
    storage.close();
  }
}

/** Throws `state` when the folder holds a study of several targets: no search of its own goes on there. */
export function requireOneTarget(folder: string): void {
  const targets = readTargets(folder)?.map(({ target }) => target);
  const hint = `Name all of them, ${targets?.join(', ')}, or use --out for another folder.`;
  if (targets) throw new ToolkitError('state', { where: 'study', rule: 'must be of one target', got: folder, hint });
}

/** Throws `state` when the folder holds a study that has begun: it is never overwritten. */
export function refuseExisting(folder: string): void {
  if (studyState(folder) === 'begun') {
    const hint = 'Use --resume to go on with it, or --out for another folder.';
    throw new ToolkitError('state', { where: 'study', rule: 'folder must not hold a study yet', got: folder, hint });
  }
}

/** The first of `name`, `name-2`, `name-3`, ... without a study that has begun; `isLast`: the last one with it. */
export function numberedFolder(name: string, isLast: boolean): string {
  const of = (number: number): string => (number === 1 ? name : `${name}-${number}`);
  let next = 1;
  while (studyState(of(next)) === 'begun') next++;
  return of(isLast ? Math.max(1, next - 1) : next);
}

/** Opens a folder's study for writing, making the folder and the file where they are missing. */
export function openForWriting(folder: string): Storage {
  try {
    makeFolder(folder);
    return studyState(folder) === 'none'
      ? createSqliteStorage(studyFile(folder))
      : openSqliteStorage(studyFile(folder));
  } catch (error) {
    if (error instanceof ToolkitError) throw error;
    const hint = `${(error as Error).message.split('\n')[0]}.`;
    throw new ToolkitError(
      'state',
      { where: 'study', rule: 'folder must be writable', got: folder, hint },
      { cause: error },
    );
  }
}

/**
 * Makes a folder and those above it, one at a time: Node's own recursive way never ends where a system folder refuses
 * new entries with "no such file" (as /proc does).
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(resolve(folder));
  if (parent !== resolve(folder)) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it since.
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw error;
  }
}

/** Opens a study for reading; somebody may still be writing it. `kept` has views of studies that ended, and gets this one's. */
export function openStudy(folder: string, kept: KeptViews | null = null): StudyReader {
  const file = studyFile(folder);
  // Between its making and its first table a file is empty.
  if (sizeOf(file) === 0) {
    const hint = (existsSync(folder) ? studiesHint(folder) : pathHint(folder)) ?? 'lrnn fit writes one.';
    throw new ToolkitError('usage', { where: 'study', rule: `folder must hold a ${STUDY_FILE}`, got: folder, hint });
  }
  const storage = openSqliteStorage(file, { readonly: true });
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw blameFile(file, error);
    }
  };
  const settings = settingsOf(storage);
  if (!settings) {
    const hint = 'It was interrupted before it began: fit again.';
    throw new ToolkitError('state', { where: 'study', rule: 'must have been started', got: folder, hint });
  }
  const edition = (): string => `${storage.lastEventId()}-${birthOf(settings)}`;
  const read = (): StudyView => {
    const view = studyView(storage);
    return { ...view, summary: { ...view.summary, model: modelPath(folder, view.summary.model) } };
  };
  const view = (): StudyView => {
    const now = kept === null || !hasEnded(storage) ? read() : kept.of(`${edition()} ${folder}`, read);
    const isAbandoned = now.status === 'running' && !isFileInUse(file);
    return isAbandoned ? { ...now, status: 'interrupted' } : now;
  };
  return {
    view: () => told(view),
    model: (name) => told(() => modelView(storage, name, view())),
    events: (after) => storage.events(after).map(({ id, event }) => ({ id, event: event as unknown as RunEvent })),
    lastEventId: () => storage.lastEventId(),
    edition,
    machines: () => told(() => studyRecord.machines(storage)),
    data: () => told(() => loadDataReport(storage)),
    sample: () => told(() => loadSample(storage)),
    preparation: (name) => told(() => preparationOf(readingOnce(storage), name)),
    blame: (error) => blameFile(file, error),
    close: () => storage.close(),
  };
}

/** Nothing is written to it any more, unless somebody goes on with it. */
function hasEnded(storage: Storage): boolean {
  const [last] = storage.events(storage.lastEventId() - 1);
  return last !== undefined && ['finished', 'interrupted', 'failed'].includes((last.event as unknown as RunEvent).type);
}

/** Of a study among those that had its place: signs for the name of a file, whatever stands in the study. */
function birthOf({ createdAt, dataSha256 }: StudySettings): string {
  return createHash('sha256')
    .update(JSON.stringify([createdAt, dataSha256]))
    .digest('hex')
    .slice(0, 16);
}

/** What was settled before the first trial; undefined where the study has not begun. Closes the storage unless it is there. */
function settingsOf(storage: Storage): StudySettings | undefined {
  let settings: StudySettings | undefined;
  try {
    return (settings = studyRecord.settings(storage));
  } finally {
    if (!settings) storage.close();
  }
}

/** Whatever work on a study throws is one sentence where its file is at fault. */
export async function readingStudy<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw blameFile(file, error);
  }
}

/** What to throw where a study could not be gone on with: the error, or that the study is damaged. */
export function blameStudy(folder: string, error: unknown): unknown {
  return error instanceof RunInterrupted ? error : blameFile(studyFile(folder), error);
}

/** Where the winner lies, as the user would type it. */
export function modelPath(folder: string, model: string | null): string | null {
  return model === null ? null : join(folder, model);
}
