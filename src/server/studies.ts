/** @file What the server asks of the rest of the program, and the real answer: studies as folders below the reports folder. */

import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { StudySummary } from '../automl/index.js';
import { ToolkitError } from '../core/index.js';
import type { FitOptions, StudyListEntry, StudyReader } from '../run/index.js';
import { exportModel, fit, listStudies, openStudy } from '../run/index.js';

/** A search that goes on in this process. */
export interface StartedRun {
  /** Rejects with what `fit` throws. */
  readonly done: Promise<StudySummary>;
  stop(): void;
}

/** Everything behind the pages; tests put their own here. */
export interface Studies {
  list(): readonly StudyListEntry[];
  /** Null: there is no study of that name (yet). The caller closes the reader. */
  open(name: string): StudyReader | null;
  /** `out` is the folder of the study, which does not hold one yet. */
  start(options: FitOptions & { readonly out: string }): StartedRun;
  /** Writes a model file and returns its path. */
  exportModel(name: string, model: string, file: string): Promise<string>;
}

/** A name of one folder: nothing that leads elsewhere, and nothing hidden. */
export function isStudyName(name: string): boolean {
  return name !== '' && name.length <= 200 && !name.startsWith('.') && !/[/\\\u0000-\u001f\u007f]/.test(name);
}

/** The studies on disk. Links to folders elsewhere are not followed. */
export function studiesIn(reportsFolder: string): Studies {
  const root = resolve(reportsFolder);
  const folderOf = (name: string): string | null => {
    const folder = join(root, name);
    return isStudyName(name) && lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : null;
  };
  return {
    list: () => listStudies(root),
    open: (name) => {
      const folder = folderOf(name);
      return folder === null ? null : openOrNull(folder);
    },
    start: (options) => {
      const controller = new AbortController();
      const done = fit({ ...options, signal: controller.signal });
      return { done, stop: () => controller.abort() };
    },
    exportModel: (name, model, file) => {
      const folder = folderOf(name);
      if (folder === null) throw new Error(`exportModel: ${name} was not checked`);
      return exportModel(folder, model, 'safetensors', file);
    },
  };
}

/** A folder without a study, or with one that has not begun, is none yet. */
function openOrNull(folder: string): StudyReader | null {
  try {
    return openStudy(folder);
  } catch (error) {
    if (error instanceof ToolkitError && error.parts.where === 'study') return null;
    throw error;
  }
}
