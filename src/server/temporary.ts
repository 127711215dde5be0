/**
 * @file Temporary folders that never outlive their use: removed when done, at the end of the server, and after a kill by the next
 * server. Each holds a lock that the system drops with its process, so no server takes away what another one still uses.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { ToolkitError } from '../core/index.js';
import { isFileInUse, lockFile } from '../search/node.js';

/** Beside the contents; no file of a visitor has a hidden name. */
const LOCK_STEM = '.held';
/** Folders without a lock were made by versions that held none, or at this very moment. */
const UNLOCKED_AGE_MS = 24 * 3_600_000;
const TRIES = 3;

export interface Temporary {
  readonly folder: string;
  /** Once is enough, twice is no fault. */
  readonly remove: () => Promise<void>;
}

/** The temporary folders of one server. */
export class Temporaries {
  private readonly held = new Set<Temporary>();

  /** A new folder whose name begins with the prefix. Throws what the file system says. */
  async make(parent: string, prefix: string): Promise<Temporary> {
    const { folder, release } = await locked(join(parent, prefix));
    let removal: Promise<void> | null = null;
    const temporary: Temporary = {
      folder,
      remove: () => (removal ??= this.discard(temporary, release)),
    };
    this.held.add(temporary);
    return temporary;
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.held].map((temporary) => temporary.remove()));
  }

  private async discard(temporary: Temporary, release: () => void): Promise<void> {
    this.held.delete(temporary);
    release();
    await rm(temporary.folder, { recursive: true, force: true });
  }
}

async function locked(start: string): Promise<{ folder: string; release: () => void }> {
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(start);
    try {
      return { folder, release: lockFile(join(folder, LOCK_STEM)) };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      // A server that is just starting looked whether somebody holds it.
      const isTaken = error instanceof ToolkitError || !existsSync(folder);
      if (!isTaken || attempt === TRIES) throw error;
    }
  }
}

/** Removes the folders that processes left behind which are no more. What cannot be looked at stays where it is. */
export async function sweepTemporaries(parent: string, prefix: string, now = Date.now()): Promise<void> {
  for (const name of namesIn(parent)) {
    if (!name.startsWith(prefix) || !/^[A-Za-z0-9]{6}$/.test(name.slice(prefix.length))) continue;
    const folder = join(parent, name);
    if (isAbandoned(folder, now)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function namesIn(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true }).flatMap((item) => (item.isDirectory() ? item.name : []));
  } catch {
    return [];
  }
}

function isAbandoned(folder: string, now: number): boolean {
  try {
    const stem = join(folder, LOCK_STEM);
    if (existsSync(`${stem}-lock`)) return !isFileInUse(stem);
    return now - statSync(folder).mtimeMs > UNLOCKED_AGE_MS;
  } catch {
    return false;
  }
}
