/**
 * @file Searches that were asked for and have not begun: kept in the folders of their studies, beside their tables, so that the end of
 * a server loses none. Every server of the folder lists them, and starts none by itself.
 */

import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { ToolkitError } from '../core/index.js';
import { STUDY_FILE, studyFile, studyState } from '../run/index.js';
import { isFileInUse, lockFile } from '../search/node.js';
import type { ParkedRequest } from './parked-file.js';
import { PARKED_FILE, readParked, statsOf, writeParked } from './parked-file.js';
import { isStudyName } from './studies.js';

export interface ParkedSearch extends ParkedRequest {
  readonly name: string;
}

/** What a list says of it. */
export interface ListedSearch {
  readonly name: string;
  /** Why it did not begin; null where nobody tried. */
  readonly reason: string | null;
  /** False: nobody can read what was asked for, or its table is gone. */
  readonly canStart: boolean;
}

/** The disk says what there is, at every look: other servers and the command line write below the same folder. */
export class Parked {
  /** What this server runs or will run: no other lists it. */
  private readonly own = new Map<string, { readonly search: ParkedSearch; readonly release: () => void }>();
  /** Reasons that could not be written, as on a full disk. */
  private readonly unwritten = new Map<string, string>();

  constructor(private readonly reports: string) {}

  /** Null: nothing waits there, a server keeps it, or its study has begun. */
  get(name: string): ListedSearch | null {
    return isStudyName(name) && !this.own.has(name) ? this.look(name) : null;
  }

  /** What no server keeps, by name. */
  all(): readonly ListedSearch[] {
    return namesIn(this.reports)
      .flatMap((name) => this.get(name) ?? [])
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** Kept from now on until it has begun or is taken out; no other server lists it while this one lives. Throws what the file system says. */
  keep(search: ParkedSearch): void {
    const { name } = search;
    const release = this.own.get(name)?.release ?? lockFile(this.fileOf(name));
    try {
      writeParked(this.folderOf(name), search);
    } catch (error) {
      this.own.delete(name);
      release();
      throw error;
    }
    this.own.set(name, { search, release });
    this.unwritten.delete(name);
  }

  /**
   * One that no server keeps is this server's from now on.
   *
   * Throws   state: another server was faster, its study has begun, or nobody can read what was asked for
   */
  claim(name: string): ParkedSearch {
    const release = lockFile(this.fileOf(name));
    try {
      this.requireNoStudy(name);
      const found = readParked(this.folderOf(name));
      const rule = 'must still be there and readable';
      const hint = found ?? 'Another server has deleted it.';
      if (typeof hint === 'string') throw new ToolkitError('state', { where: 'search', rule, got: name, hint });
      const search = { name, ...hint };
      this.own.set(name, { search, release });
      return search;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** It could not begin: whoever looks at the list is told why. Nothing happens to one that this server does not keep. */
  fail(name: string, reason: string): void {
    const own = this.own.get(name);
    if (!own) return;
    try {
      if (studyIn(this.folderOf(name)) === null) writeParked(this.folderOf(name), { ...own.search, reason });
    } catch {
      this.unwritten.set(name, reason);
    }
    this.release(name);
  }

  /** It has begun. */
  drop(name: string): void {
    if (!this.own.has(name)) return;
    rmSync(this.fileOf(name), { force: true });
    this.release(name);
  }

  /**
   * Takes it away with its table, and its folder where nothing else is in it.
   *
   * @param table  of one that could not even be kept; null: as it says itself
   * Throws   state: its study has begun, or another process keeps it
   */
  remove(name: string, table: string | null = null): void {
    const folder = this.folderOf(name);
    if (!statsOf(folder)?.isDirectory()) return this.release(name);
    const own = this.own.get(name);
    const release = own?.release ?? lockFile(this.fileOf(name));
    this.own.delete(name);
    try {
      const found = own?.search ?? readParked(folder);
      const file = found === null || typeof found === 'string' ? table : found.file;
      if (found !== null || file !== null) this.removeFiles(name, file);
    } finally {
      release();
    }
    this.unwritten.delete(name);
    removeEmpty(folder);
  }

  /** Another server may list it. */
  release(name: string): void {
    this.own.get(name)?.release();
    this.own.delete(name);
  }

  /** Another server may list all of them. */
  close(): void {
    for (const name of [...this.own.keys()]) this.release(name);
  }

  private folderOf(name: string): string {
    return join(this.reports, name);
  }

  private fileOf(name: string): string {
    return join(this.reports, name, PARKED_FILE);
  }

  private look(name: string): ListedSearch | null {
    const folder = this.folderOf(name);
    const path = this.fileOf(name);
    if (!statsOf(folder)?.isDirectory() || statsOf(path) === null) return null;
    const study = studyIn(folder);
    if (study === 'begun') this.sweep(name);
    if (study !== null) return null;
    try {
      if (isFileInUse(path) || isFileInUse(studyFile(folder))) return null;
    } catch {
      // A lock that nobody can take is nobody's; whoever starts or deletes the search is told what is wrong with it.
    }
    const found = readParked(folder);
    if (found === null) return null;
    if (typeof found === 'string') return { name, reason: found, canStart: false };
    return { name, reason: this.unwritten.get(name) ?? found.reason, canStart: true };
  }

  /** A kill came between the beginning of a study and the end of its waiting. Never throws. */
  private sweep(name: string): void {
    try {
      const release = lockFile(this.fileOf(name));
      try {
        if (studyIn(this.folderOf(name)) === 'begun') rmSync(this.fileOf(name), { force: true });
      } finally {
        release();
      }
    } catch {
      // Its server lives and does it, or the folder cannot be written.
    }
  }

  /** The search itself goes last: what is left of one that could not be taken away whole can be taken away again. */
  private removeFiles(name: string, table: string | null): void {
    const folder = this.folderOf(name);
    const release = lockFile(studyFile(folder));
    try {
      this.requireNoStudy(name);
      const blank = ['', '-wal', '-shm', '-journal'].map((ending) => STUDY_FILE + ending);
      const files = [...blank, ...(table === null ? [] : [table]), PARKED_FILE];
      for (const file of files) rmSync(join(folder, file), { force: true });
    } finally {
      release();
    }
  }

  /** Throws a state error where there is a study: it is another's, or began since the list was shown. */
  private requireNoStudy(name: string): void {
    const study = studyIn(this.folderOf(name));
    if (study === null) return;
    if (study === 'begun') rmSync(this.fileOf(name), { force: true });
    const hint = 'Its folder holds a study, which stays; look at the list of studies.';
    throw new ToolkitError('state', { where: 'search', rule: 'must not have begun', got: name, hint });
  }
}

/** What a folder holds besides a search that waits; null: at most a file that was made for a study and holds none. */
function studyIn(folder: string): 'begun' | 'unreadable' | null {
  try {
    return studyState(folder) === 'begun' ? 'begun' : null;
  } catch {
    return 'unreadable';
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds something of somebody else's, or another server has taken it away.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((item) => (item.isDirectory() ? item.name : []));
  } catch {
    return [];
  }
}
