/** @file Tables on a worker's disk, by their SHA-256: what is there need not travel again. */

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sha256 } from './parts.js';

/** Bytes that the tables of a folder may take together. */
const CACHE_BYTES = 20e9;
const NAME = /^[0-9a-f]{64}$/;
/** What is being written, and how long that may take: an older one belongs to a worker that was killed. */
const PART = /^[0-9a-f]{64}\.[0-9a-f]{8}\.part$/;
const PART_MS = 60 * 60_000;

/** Several workers may share one folder: a file gets its name when it is whole. */
export class TableCache {
  constructor(
    private readonly folder: string,
    private readonly most = CACHE_BYTES,
  ) {}

  /** Null where it is not there, or is not what its name says. */
  async read(table: string): Promise<Uint8Array | null> {
    const path = join(this.folder, table);
    const bytes = await readFile(path).catch(() => null);
    if (bytes === null) return null;
    if (sha256(bytes) === table) {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return bytes;
    }
    await rm(path, { force: true });
    return null;
  }

  /** Throws what the system says where the folder cannot be written. */
  async write(table: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const unfinished = join(this.folder, `${table}.${randomBytes(4).toString('hex')}.part`);
    try {
      await writeFile(unfinished, bytes, { flag: 'wx', mode: 0o600 });
      await rename(unfinished, join(this.folder, table));
    } finally {
      await rm(unfinished, { force: true });
    }
    await this.sweep();
    await this.makeRoom(table);
  }

  /** Takes away what killed workers had not written to its end. */
  async sweep(): Promise<void> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => PART.test(name));
    for (const path of names.map((name) => join(this.folder, name))) {
      const found = await lstat(path).catch(() => null);
      if (found && Date.now() - found.mtimeMs > PART_MS) await rm(path, { force: true }).catch(() => undefined);
    }
  }

  /** Takes away the tables that were longest not used. */
  private async makeRoom(kept: string): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => NAME.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const found = await lstat(join(this.folder, name)).catch(() => null);
        return { name, size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
      }),
    );
    files.sort((a, b) => b.usedAt - a.usedAt);
    let bytes = 0;
    for (const { name, size } of files) {
      bytes += size;
      if (bytes > this.most && name !== kept) await rm(join(this.folder, name), { force: true });
    }
  }
}
