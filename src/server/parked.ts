/**
 * @file Searches that were asked for and have not begun: kept in the folders of their studies, beside their tables, so that the end of
 * a server loses none. The next server lists them, and starts none by itself.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { studyFile } from '../run/index.js';
import { isFileInUse, lockFile } from '../search/node.js';
import type { Fields } from './form.js';
import { isStudyName } from './studies.js';

/** What was asked for, as the form said it: a later version reads it as it reads its own form. */
export interface ParkedSearch {
  readonly name: string;
  readonly fields: Fields;
  /** The name of the table, which lies in the same folder. */
  readonly file: string;
  /** Why it could not begin; null where nobody tried. */
  readonly reason: string | null;
}

/** In the folder of the study. */
export const PARKED_FILE = 'waiting.json';
const VERSION = 1;

export class Parked {
  private readonly known = new Map<string, ParkedSearch>();
  private readonly locks = new Map<string, () => void>();

  /** Knows what servers that are no more have left in the folder. */
  constructor(private readonly reports: string) {
    for (const name of namesIn(reports)) {
      const found = isStudyName(name) ? this.read(name) : null;
      if (found) this.known.set(name, found);
    }
  }

  get(name: string): ParkedSearch | null {
    return this.known.get(name) ?? null;
  }

  /** By name. */
  all(): readonly ParkedSearch[] {
    return [...this.known.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** Kept from now on until it has begun or is taken out; no other server lists it while this one lives. Throws what the file system says. */
  keep(search: ParkedSearch): void {
    this.write(search);
    if (!this.locks.has(search.name)) this.locks.set(search.name, lockFile(this.fileOf(search.name)));
    this.known.set(search.name, search);
  }

  /** It could not begin: whoever looks at the list is told why. Nothing happens to one that is not kept. */
  fail(name: string, reason: string): void {
    const search = this.known.get(name);
    if (!search) return;
    const failed = { ...search, reason };
    this.known.set(name, failed);
    try {
      this.write(failed);
    } catch {
      // Its folder was taken away, or the disk is full: it is still said as long as this server lives.
    }
    this.release(name);
  }

  /** It has begun, or was taken out. */
  drop(name: string): void {
    if (!this.known.delete(name)) return;
    rmSync(this.fileOf(name), { force: true });
    this.release(name);
  }

  /** Another server may list them. */
  close(): void {
    for (const name of [...this.locks.keys()]) this.release(name);
  }

  private release(name: string): void {
    this.locks.get(name)?.();
    this.locks.delete(name);
  }

  private fileOf(name: string): string {
    return join(this.reports, name, PARKED_FILE);
  }

  private write({ name, fields, file, reason }: ParkedSearch): void {
    const json = { version: VERSION, fields: Object.entries(fields), file, reason };
    writeFileSync(this.fileOf(name), `${JSON.stringify(json, null, 2)}\n`);
  }

  /** Null: nothing waits there, another server keeps it, its study has begun, or nobody can read what it says. */
  private read(name: string): ParkedSearch | null {
    const path = this.fileOf(name);
    try {
      if (!existsSync(path) || existsSync(studyFile(join(this.reports, name))) || isFileInUse(path)) return null;
      const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      const { version, fields, file, reason } = json;
      const isRead =
        version === VERSION && Array.isArray(fields) && typeof file === 'string' && file === basename(file);
      if (!isRead || !existsSync(join(this.reports, name, file))) return null;
      // No prototype: a column may be called `__proto__`.
      const own = Object.create(null) as Record<string, string>;
      for (const [key, value] of fields as unknown[][]) own[String(key)] = String(value);
      return { name, fields: own, file, reason: typeof reason === 'string' ? reason : null };
    } catch {
      return null;
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((item) => (item.isDirectory() ? item.name : []));
  } catch {
    return [];
  }
}
