/** @file What the server asks of the rest of the program, and the real answer: studies as folders below the reports folder. */

import { existsSync, lstatSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';

import type { RunEvent } from '../automl/index.js';
import { ToolkitError } from '../core/index.js';
import type { ModelExplanation, StudyExplanation } from '../explain/index.js';
import type {
  ExportFormat,
  FitOptions,
  Inspection,
  RowAnswer,
  RowsAnswer,
  StudyBelongings,
  StudyListEntry,
  StudyReader,
  TargetEvent,
  UnfinishedTargets,
} from '../run/index.js';
import {
  boardFolder,
  boardName,
  Explanations,
  exportModel,
  fitNamed,
  inspectNamed,
  KeptViews,
  openStudy,
  optionsFromCommand,
  readTargets,
  removeStudy,
  removeTargets,
  renderReport,
  studyFile,
  StudyList,
  unfinishedTargets,
  wholeFolder,
  writeTags,
} from '../run/index.js';
import { MAX_REQUEST_COLUMNS } from './http.js';

/** A search that goes on in this process. */
export interface StartedRun {
  /** Rejects with what `fit` throws. */
  readonly done: Promise<unknown>;
  stop(): void;
}

/** Everything behind the pages; tests put their own here. */
export interface Studies {
  /** The very same list as before where nothing has changed. */
  list(): readonly StudyListEntry[];
  /** Null: there is no study of that name (yet). The caller closes the reader. */
  open(name: string): StudyReader | null;
  /** Of a study of several targets, or of one of them: what the studies of all targets are called. Null for any other. */
  boards?(name: string): readonly Board[] | null;
  /** Of one of several targets: the name of the study of all of them, as which they are searched. Of any other: its own. */
  wholeName?(name: string): string;
  /** Of a study of several targets, or of one of them, that no process searches: what is missing of it. Null: nothing. */
  unfinished?(name: string): UnfinishedTargets | null;
  /** What a search would understand of a file, without one: of each target that the form names. */
  inspect(options: FitOptions): Promise<readonly Inspection[]>;
  /** `out` is the folder of the study, which does not hold one yet. */
  start(options: FitOptions & { readonly out: string }): StartedRun;
  /** Writes a model file and returns its path. */
  exportModel(name: string, model: string, format: ExportFormat, file: string): Promise<string>;
  /** Options that go on with a study; its folder is `out`. */
  resumeOptions(name: string): FitOptions & { readonly out: string };
  /** `edition` is what the study's reader says. Null: the study keeps no rows to explain with. */
  explainModel(name: string, model: string, edition: string): Promise<ModelExplanation | null>;
  explainStudy(name: string, edition: string): Promise<StudyExplanation>;
  predictRow(name: string, model: string, edition: string, row: Readonly<Record<string, unknown>>): Promise<RowAnswer>;
  predictRows(name: string, model: string, edition: string, csv: string): Promise<RowsAnswer>;
  /** The report as one file of HTML. */
  report(name: string): Promise<string>;
  /** Words that the list shows beside it. */
  setTags(name: string, tags: readonly string[]): void;
  /**
   * Takes a study away for good, of all targets where it has several; also one that cannot be read. Returns the names of what is not the study's and stays in its folder.
   * Null: there is no study of that name.
   *
   * Throws   state: a process writes it, or it is that of one of several targets
   */
  remove(name: string): readonly string[] | null;
  close(): Promise<void>;
}

/** The study of one of several targets. */
export interface Board {
  readonly target: string;
  /** As in addresses. */
  readonly name: string;
}

/** So old the list of studies may be; hardly anybody comes back sooner, but many may come at once. */
const LIST_AGE_MS = 50;

/** A name of one folder: nothing that leads elsewhere, and nothing hidden. */
export function isStudyName(name: string): boolean {
  return (
    name !== '' && Buffer.byteLength(name) <= 255 && !name.startsWith('.') && !/[/\\\u0000-\u001f\u007f]/.test(name)
  );
}

/** The studies on disk. Links to folders and study files elsewhere are not followed. */
export function studiesIn(reportsFolder: string): Studies {
  const root = resolve(reportsFolder);
  const folderOf = (name: string): string | null => {
    if (!isStudyName(name)) return null;
    const folder = boardFolder(root, name);
    if (!isPlainFolder(root, folder)) return null;
    return lstatSync(studyFile(folder), { throwIfNoEntry: false })?.isSymbolicLink() ? null : folder;
  };
  const required = (name: string): string => {
    const folder = folderOf(name);
    if (folder === null) throw new Error(`studies: ${name} was not checked`);
    return folder;
  };
  const explanations = new Explanations();
  const kept = new KeptViews();
  const all = new StudyList(root, LIST_AGE_MS);
  return {
    list: () => all.list(),
    open: (name) => {
      const folder = folderOf(name);
      return folder === null ? null : openOrNull(folder, kept);
    },
    boards: (name) => {
      const folder = folderOf(name);
      if (folder === null) return null;
      const whole = wholeFolder(folder) ?? folder;
      return readTargets(whole)?.map((own) => ({ target: own.target, name: boardName(basename(whole), own) })) ?? null;
    },
    unfinished: (name) => {
      const folder = folderOf(name);
      return folder === null ? null : unfinishedTargets(wholeFolder(folder) ?? folder);
    },
    wholeName: (name) => {
      const whole = isStudyName(name) ? wholeFolder(boardFolder(root, name)) : null;
      return whole === null || whole === root ? name : basename(whole);
    },
    inspect: (options) => inspectNamed({ ...options, maxColumns: MAX_REQUEST_COLUMNS }),
    start: (options) => {
      const controller = new AbortController();
      const onEvent = (event: RunEvent | TargetEvent): void => {
        if (event.type !== 'target') options.onEvent?.(event);
      };
      const done = fitNamed({ ...options, onEvent, maxColumns: MAX_REQUEST_COLUMNS, signal: controller.signal });
      return { done, stop: () => controller.abort() };
    },
    exportModel: (name, model, format, file) => exportModel(required(name), model, format, file),
    resumeOptions: (name) => {
      const folder = required(name);
      const out = wholeFolder(folder) ?? folder;
      const reader = openStudy(folder);
      try {
        return { ...optionsFromCommand(reader.view().command), out, resume: true };
      } finally {
        reader.close();
      }
    },
    explainModel: (name, model, edition) => explanations.model({ folder: required(name), edition }, model),
    explainStudy: (name, edition) => explanations.study({ folder: required(name), edition }),
    predictRow: (name, model, edition, row) => explanations.row({ folder: required(name), edition }, model, row),
    predictRows: (name, model, edition, csv) =>
      explanations.rows({ folder: required(name), edition }, model, csv, MAX_REQUEST_COLUMNS),
    report: (name) => renderReport(required(name), explanations),
    setTags: (name, tags) => writeTags(required(name), tags),
    remove: (name) => {
      const folder = folderOf(name);
      if (folder === null) return null;
      if (readTargets(folder)) return removeTargets(folder, belongingsOf);
      if (!existsSync(studyFile(folder))) return null;
      const whole = wholeFolder(folder);
      if (whole !== null) throw onlyTogether(name, basename(whole));
      return removeStudy(folder, belongingsOf(folder));
    },
    close: () => explanations.close(),
  };
}

/** A folder below the root, all the way through folders: links are not followed, and nothing hidden is shown. */
function isPlainFolder(root: string, folder: string): boolean {
  let path = root;
  return relative(root, folder)
    .split(sep)
    .every((part) => {
      path = join(path, part);
      return isStudyName(part) && lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    });
}

/** A folder without a study, or with one that has not begun, is none yet. */
function openOrNull(folder: string, kept: KeptViews): StudyReader | null {
  try {
    return openStudy(folder, kept);
  } catch (error) {
    if (error instanceof ToolkitError && error.parts.where === 'study' && error.kind !== 'data') return null;
    throw error;
  }
}

/** Folds, held-out rows and the model file are of all targets: the others could neither go on nor predict without it. */
function onlyTogether(name: string, whole: string): ToolkitError {
  const hint = `Delete the whole study, ${whole}.`;
  return new ToolkitError('state', { where: 'delete', rule: 'targets of one study go together', got: name, hint });
}

/** The table that a study was made of, and its models; of one that cannot be read nobody knows them. */
function belongingsOf(folder: string): StudyBelongings {
  try {
    const reader = openStudy(folder);
    try {
      const { dataFile, trials } = reader.view();
      return { dataFile, models: ['ensemble', ...trials.map(({ model }) => model)] };
    } finally {
      reader.close();
    }
  } catch {
    return { dataFile: null, models: [] };
  }
}
