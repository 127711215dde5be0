/** @file A study's table in a folder that all machines see: put there by its coordinator, looked after, and taken away. */

import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { LIFETIME_SECONDS } from './keys.js';
import type { StudyOffer } from './messages.js';
import { compressed } from './parts.js';
import type { SharedFolder } from './shared.js';
import { MAGIC, sharedFault, tableName, writeParts } from './shared.js';

/** What studies leave in a folder: tables, and what was being written. */
const LEFT = /^lrnn-(?:([0-9a-f]{32})-(?:[0-9a-f]{64}\.table|[0-9a-f]{8}\.part)|[0-9a-f]{8}\.part)$/;

export interface SharedStudySetup {
  readonly folder: SharedFolder;
  readonly study: string;
  /** The table once more, where it has gone. */
  readonly again: () => Uint8Array;
  readonly notice: (sentence: string) => void;
}

export class SharedStudy {
  private offer: StudyOffer | null = null;
  private round: Promise<void> | null = null;
  private isClosed = false;

  constructor(private readonly setup: SharedStudySetup) {}

  /** Gets its name when it is whole; then earlier tables of the study go. Throws state: the folder cannot take it. */
  async write(offer: StudyOffer, bytes: Uint8Array): Promise<void> {
    const { folder, study } = this.setup;
    const unfinished = join(folder.path, `lrnn-${study}-${randomBytes(4).toString('hex')}.part`);
    const goOn = (): void => {
      if (this.isClosed) throw new Error('the study is over');
    };
    try {
      const handle = await open(unfinished, 'wx');
      try {
        await writeParts(handle, compressed(bytes, goOn));
        // By the clock of whoever keeps the folder: those of machines differ.
        await this.sweep((await handle.stat()).mtimeMs);
      } finally {
        await handle.close();
      }
      goOn();
      await rename(unfinished, this.pathOf(offer));
      this.offer = offer;
      await this.removeOwn((name) => name !== tableName(study, offer.table));
    } catch (error) {
      throw this.isClosed ? error : sharedFault(error, folder.path);
    } finally {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
    if (this.isClosed) await this.removeOwn();
  }

  /** Says that the study goes on; does not wait: a folder that hangs must hold up nothing else. */
  beat(): void {
    if (this.isClosed || this.round) return;
    this.round = this.renew()
      .catch((error: unknown) => {
        if (!this.isClosed) this.setup.notice(`${sharedFault(error, this.setup.folder.path).message} Trying again.`);
      })
      .finally(() => (this.round = null));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.removeOwn();
  }

  /** Its first bytes are written over themselves: that makes it as young as the clock of the folder says. */
  private async renew(): Promise<void> {
    const { offer } = this;
    if (offer === null) return;
    const handle = await open(this.pathOf(offer), 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (handle === null) return this.write(offer, this.setup.again());
    await handle.write(MAGIC, 0, MAGIC.length, 0).finally(() => handle.close());
  }

  /** Takes away what killed coordinators have left. */
  private async sweep(now: number): Promise<void> {
    const { path } = this.setup.folder;
    for (const name of await readdir(path)) {
      if (!LEFT.test(name)) continue;
      const found = await stat(join(path, name)).catch(() => null);
      const isLeft = found !== null && now - found.mtimeMs > 1000 * LIFETIME_SECONDS;
      if (isLeft) await rm(join(path, name), { force: true }).catch(() => undefined);
    }
  }

  private async removeOwn(isMeant: (name: string) => boolean = () => true): Promise<void> {
    const { folder, study } = this.setup;
    const own = (await readdir(folder.path)).filter((name) => LEFT.exec(name)?.[1] === study && isMeant(name));
    for (const name of own) await rm(join(folder.path, name), { force: true });
  }

  private pathOf({ table }: StudyOffer): string {
    return join(this.setup.folder.path, tableName(this.setup.study, table));
  }
}
