/** @file Files that were uploaded and not searched yet: kept while a person mends the form. */

import { randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { ToolkitError } from '../core/index.js';
import type { Temporaries } from './temporary.js';
import { UPLOAD_PREFIX } from './upload.js';

export interface KeptUpload {
  /** What the form says instead of the file: nobody can guess it. */
  readonly id: string;
  readonly file: string;
  /** As the visitor's computer called it. */
  readonly fileName: string;
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** More than so many at once take up the disk for nobody: the oldest that is not in use goes. */
export const MOST_KEPT = 8;
/** So long after its last use nobody comes back to a form. */
const MAX_AGE_MS = 3_600_000;

export class KeptUploads {
  private readonly known = new Map<string, KeptUpload>();
  /** Each has one user at most, and is not dropped while it has one. */
  private readonly used = new Set<string>();
  private readonly ends = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly temporaries: Temporaries,
    private readonly folder: string,
    private readonly maxAgeMs = MAX_AGE_MS,
  ) {}

  get(id: string | undefined): KeptUpload | null {
    return (id !== undefined && this.known.get(id)) || null;
  }

  /** The caller's upload is the keeper's from now on, and in use until `release`. */
  async keep(upload: Omit<KeptUpload, 'id'>): Promise<KeptUpload> {
    const kept = { ...upload, id: randomUUID() };
    this.known.set(kept.id, kept);
    this.used.add(kept.id);
    await this.trim();
    return kept;
  }

  /**
   * In use until `release`; null where there is none of that name.
   *
   * Throws   state: another request uses it
   */
  use(id: string | undefined): KeptUpload | null {
    const kept = this.get(id);
    if (!kept) return null;
    if (this.used.has(kept.id)) {
      const hint = 'Wait for the answer to the form that was sent before.';
      throw new ToolkitError('state', { where: 'file', rule: 'must not be in use by another request', hint });
    }
    this.used.add(kept.id);
    clearTimeout(this.ends.get(kept.id));
    return kept;
  }

  /** Its age counts from now. Nothing happens to one that was taken. */
  async release(id: string): Promise<void> {
    if (!this.used.delete(id) || !this.known.has(id)) return;
    clearTimeout(this.ends.get(id));
    // What cannot be taken away now is taken away by the next server.
    const end = setTimeout(() => void this.drop(id).catch(() => undefined), this.maxAgeMs);
    this.ends.set(id, end.unref());
    await this.trim();
  }

  /** A file that lies elsewhere, moved here; in use until `release`. */
  async keepFile(file: string, fileName: string): Promise<KeptUpload> {
    const { folder, remove } = await this.temporaries.make(this.folder, UPLOAD_PREFIX);
    const own = join(folder, basename(file));
    await rename(file, own);
    return this.keep({ file: own, fileName, folder, remove });
  }

  /** It is the caller's again, and nobody finds it here any more. */
  take(id: string): KeptUpload | null {
    const kept = this.get(id);
    this.known.delete(id);
    this.used.delete(id);
    clearTimeout(this.ends.get(id));
    this.ends.delete(id);
    return kept;
  }

  private async trim(): Promise<void> {
    while (this.known.size > MOST_KEPT) {
      const idle = [...this.known.keys()].find((id) => !this.used.has(id));
      if (idle === undefined) return;
      await this.drop(idle);
    }
  }

  /** Nothing happens to one that is in use. */
  async drop(id: string): Promise<void> {
    if (!this.used.has(id)) await this.take(id)?.remove();
  }
}
