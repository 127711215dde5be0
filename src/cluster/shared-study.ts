/** @file A study's table in a folder that all machines see: put there by its coordinator, looked after, and taken away. */

import { randomBytes } from 'node:crypto';
import { lstat, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { ToolkitError } from '../core/index.js';
import { LIFETIME_SECONDS } from './keys.js';
import type { StudyOffer } from './messages.js';
import { compressed } from './parts.js';
import { namesIn, openPlain, removePlain, settle } from './plain.js';
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
  /** Bytes of its file. */
  private size = 0;
  private round: Promise<void> | null = null;
  private writing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly setup: SharedStudySetup) {}

  /**
   * Gets its name when it is whole; then earlier tables of the study go. One after the other: a beat and a coordinator that offers again
   * may both find the file gone, and each takes away what the other has begun. Throws state: the folder cannot take it.
   */
  write(offer: StudyOffer, bytes: Uint8Array): Promise<void> {
    const turn = this.writing.then(() => this.writeNow(offer, bytes));
    this.writing = turn.catch(() => undefined);
    return turn;
  }

  private async writeNow(offer: StudyOffer, bytes: Uint8Array): Promise<void> {
    const { folder, study } = this.setup;
    const unfinished = join(folder.path, `lrnn-${study}-${randomBytes(4).toString('hex')}.part`);
    const goOn = (): void => {
      if (this.isClosed) throw new Error('the study is over');
    };
    let size = 0;
    try {
      const handle = await open(unfinished, 'wx');
      try {
        size = await writeParts(handle, compressed(bytes, goOn));
        await settle(handle, size);
        // By the clock of whoever keeps the folder: those of machines differ.
        await this.sweep((await handle.stat()).mtimeMs);
      } finally {
        await handle.close();
      }
      goOn();
      await rename(unfinished, this.pathOf(offer));
      [this.offer, this.size] = [offer, size];
      await this.removeOwn((name) => name !== tableName(study, offer.table));
    } catch (error) {
      throw this.isClosed ? error : sharedFault(error, folder.path);
    } finally {
      await removePlain(unfinished).catch(() => undefined);
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

  /** What is no whole table any more is written again: the name then belongs to a new file, and what was there is left as it is. */
  private async renew(): Promise<void> {
    const { offer } = this;
    if (offer !== null && !(await this.isMadeYoung(offer))) await this.write(offer, this.setup.again());
  }

  /**
   * Writes its first bytes over themselves: that makes it as young as the clock of the folder says. Whoever else can write
   * there may have put something in its place, so nothing is written that was not read there; false where it is not as it was.
   */
  private async isMadeYoung(offer: StudyOffer): Promise<boolean> {
    const handle = await openPlain(this.pathOf(offer), 'update').catch((error: unknown) => {
      if (error instanceof ToolkitError || isNotOurs(error)) return null;
      throw error;
    });
    if (handle === null) return false;
    try {
      const { nlink, size } = await handle.stat();
      if (nlink > 1 || size !== this.size) return false;
      const { buffer } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
      if (!buffer.equals(MAGIC)) return false;
      await handle.write(MAGIC, 0, MAGIC.length, 0);
      return true;
    } finally {
      await handle.close();
    }
  }

  /** Takes away what killed coordinators have left. */
  private async sweep(now: number): Promise<void> {
    const { path } = this.setup.folder;
    for (const name of await namesIn(path)) {
      if (!LEFT.test(name)) continue;
      const found = await lstat(join(path, name)).catch(() => null);
      const isLeft = found !== null && now - found.mtimeMs > 1000 * LIFETIME_SECONDS;
      if (isLeft) await removePlain(join(path, name)).catch(() => undefined);
    }
  }

  private async removeOwn(isMeant: (name: string) => boolean = () => true): Promise<void> {
    const { folder, study } = this.setup;
    const own = (await namesIn(folder.path)).filter((name) => LEFT.exec(name)?.[1] === study && isMeant(name));
    for (const name of own) await removePlain(join(folder.path, name));
  }

  private pathOf({ table }: StudyOffer): string {
    return join(this.setup.folder.path, tableName(this.setup.study, table));
  }
}

function isNotOurs(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}
