/** @file Files that were uploaded and not searched yet: kept while a person mends the form. */

import { randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

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

/** More than so many at once take up the disk for nobody: the oldest goes. */
export const MOST_KEPT = 8;

export class KeptUploads {
  private readonly known = new Map<string, KeptUpload>();

  constructor(
    private readonly temporaries: Temporaries,
    private readonly folder: string,
  ) {}

  get(id: string | undefined): KeptUpload | null {
    return (id !== undefined && this.known.get(id)) || null;
  }

  /** The caller's upload is the keeper's from now on. */
  async keep(upload: Omit<KeptUpload, 'id'>): Promise<KeptUpload> {
    const kept = { ...upload, id: randomUUID() };
    this.known.set(kept.id, kept);
    while (this.known.size > MOST_KEPT) await this.drop([...this.known.keys()][0]);
    return kept;
  }

  /** A file that lies elsewhere, moved here. */
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
    return kept;
  }

  private async drop(id: string): Promise<void> {
    await this.take(id)?.remove();
  }
}
