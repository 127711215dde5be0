/** @file The list of all studies below a folder. What nobody is writing to is read once. */

import type { Dirent } from 'node:fs';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { countTrials } from '../../automl/index.js';
import { ToolkitError } from '../../core/index.js';
import type { StudyListEntry } from '../contract.js';
import { readTags, TAGS_FILE } from './keep-study.js';
import { openStudy } from './study-folder.js';
import { studyFile } from './study-paths.js';
import type { StudyTarget } from './targets.js';
import { boardFolder, boardName, readTargets, targetFolder } from './targets.js';

interface Known {
  readonly stamp: string;
  readonly entry: StudyListEntry | null;
}

/** The list for somebody who asks again and again. */
export class StudyList {
  private readonly root: string;
  private known = new Map<string, Known>();
  private last: readonly StudyListEntry[] = [];
  private lookedAt = -Infinity;

  /** @param maxAgeMs  for so long one look at the folder is enough: looking costs some calls to the system per study */
  constructor(
    reportsFolder: string,
    private readonly maxAgeMs = 0,
  ) {
    this.root = resolve(reportsFolder);
  }

  /**
   * Every study, newest first: one that is damaged is said to be, one that has not begun is none yet. The very same list as before
   * where nothing has changed.
   */
  list(): readonly StudyListEntry[] {
    if (performance.now() - this.lookedAt >= this.maxAgeMs) {
      this.look();
      this.lookedAt = performance.now();
    }
    return this.last;
  }

  private look(): void {
    const known = new Map<string, Known>();
    const found: StudyListEntry[] = [];
    for (const { name, folder, whole } of foldersIn(this.root).flatMap((item) => boardsIn(this.root, item.name))) {
      const stamp = stampOf(folder);
      if (stamp === null) continue;
      const before = this.known.get(name);
      const isSame = stamp !== '' && before?.stamp === stamp;
      const entry = isSame ? before.entry : listEntry(name, folder, whole);
      if (stamp !== '') known.set(name, { stamp, entry });
      if (entry) found.push(entry);
    }
    this.known = known;
    found.sort((a, b) => b.createdAt - a.createdAt);
    const isSame = found.length === this.last.length && found.every((entry, i) => entry === this.last[i]);
    if (!isSame) this.last = found;
  }
}

/** Every study below the reports folder, newest first. */
export function listStudies(reportsFolder: string): readonly StudyListEntry[] {
  return new StudyList(reportsFolder).list();
}

/** The studies of a folder of studies; null where it is a study itself, or holds none. */
export function studiesOf(folder: string): readonly StudyListEntry[] | null {
  if (existsSync(studyFile(folder))) return null;
  const studies = existsSync(folder) ? listStudies(folder) : [];
  return studies.length === 0 ? null : studies.map((study) => ({ ...study, folder: boardFolder(folder, study.name) }));
}

/** The study in a folder, or those of its targets. */
function boardsIn(
  root: string,
  study: string,
): readonly { readonly name: string; readonly folder: string; readonly whole?: string }[] {
  const folder = join(root, study);
  const targets = readTargetsOrNone(folder);
  if (!targets) return [{ name: study, folder }];
  return targets.map((own) => ({ name: boardName(study, own), folder: targetFolder(folder, own), whole: study }));
}

/** A list that cannot be read is none: its studies are then looked for in vain, and the others are shown. */
function readTargetsOrNone(folder: string): readonly StudyTarget[] | null {
  try {
    return readTargets(folder);
  } catch (error) {
    if (error instanceof ToolkitError) return null;
    throw error;
  }
}

function foldersIn(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true }).filter((item) => item.isDirectory());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Changes whenever a study is written, to its file or to the log beside it, which stays where somebody read the study to its end;
 * empty where a process holds the study or was killed while it did, for then what is true of it does not stand in its files alone.
 * Null: there is no study.
 */
function stampOf(folder: string): string | null {
  const file = studyFile(folder);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) return null;
  if (existsSync(`${file}-lock`)) return '';
  const beside = [`${file}-wal`, join(folder, TAGS_FILE)].map((path) => statSync(path, { throwIfNoEntry: false }));
  return [stat, ...beside.filter((own) => own !== undefined)]
    .map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`)
    .join(' ');
}

/** What the list says of one folder; null where no study has begun, or it was taken away since the folder was seen. */
export function listEntry(name: string, folder: string, whole?: string): StudyListEntry | null {
  try {
    const reader = openStudy(folder);
    try {
      const { status, createdAt, summary, trials, isOverCluster, folds } = reader.view();
      const counted = {
        trials: countTrials(trials).ended,
        isOverCluster,
        folds,
        tags: readTags(folder),
        ...(whole !== undefined && { whole }),
      };
      return { name, folder, status, createdAt, summary, ...counted };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    const stat = statSync(studyFile(folder), { throwIfNoEntry: false });
    if (!stat || error.kind !== 'data') return null;
    const kept = { tags: readTags(folder), ...(whole !== undefined && { whole }) };
    return { name, folder, status: 'damaged', createdAt: stat.mtimeMs, summary: null, ...kept };
  }
}
