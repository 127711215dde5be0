/** @file The tables that a worker has in memory, each with what runs its folds; the one that was longest not used goes first. */

import type { Executor, StudyData } from '../automl/index.js';
import type { TableCache } from './cache.js';
import type { StudyOffer } from './messages.js';
import { decodeTable } from './table.js';

/** Tables in memory at once, beside those that are being used. */
const KEPT = 2;

export interface OpenTable {
  readonly executor: Executor;
  readonly folds: number;
}

interface Entry {
  /** Whose coordinator was asked for it. */
  readonly study: string;
  readonly opened: Promise<OpenTable>;
  users: number;
}

export class Tables {
  /** By SHA-256; the last one was used last. */
  private readonly entries = new Map<string, Entry>();
  private isClosed = false;

  constructor(
    private readonly cache: TableCache,
    /** Where the study's coordinator has put it. */
    private readonly fetchTable: (study: string, offer: StudyOffer) => Promise<Uint8Array>,
    private readonly makeExecutor: (data: StudyData) => Executor,
    private readonly notice: (sentence: string) => void,
  ) {}

  /** Rejects when the table cannot be had, and when all are closed meanwhile. */
  async use<T>(study: string, offer: StudyOffer, work: (table: OpenTable) => Promise<T>): Promise<T> {
    for (;;) {
      const entry = this.take(study, offer);
      try {
        const table = await this.opened(entry, study, offer);
        if (table !== null) return await work(table);
      } finally {
        entry.users--;
        await this.makeRoom();
      }
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const all = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(all.map(closed));
  }

  private take(study: string, offer: StudyOffer): Entry {
    if (this.isClosed) throw new Error('the worker is closed');
    const { table } = offer;
    const entry = this.entries.get(table) ?? { study, opened: this.open(study, offer), users: 0 };
    this.entries.delete(table);
    this.entries.set(table, entry);
    entry.users++;
    return entry;
  }

  /** Null where another study's coordinator was asked in vain, which says nothing of this one's. */
  private async opened(entry: Entry, study: string, { table }: StudyOffer): Promise<OpenTable | null> {
    try {
      return await entry.opened;
    } catch (error) {
      // What could not be had may be had the next time; somebody may be asking again already.
      if (this.entries.get(table) === entry) this.entries.delete(table);
      if (entry.study === study) throw error;
      return null;
    }
  }

  private async open(study: string, offer: StudyOffer): Promise<OpenTable> {
    const bytes = (await this.cache.read(offer.table)) ?? (await this.fetch(study, offer));
    const data = decodeTable(bytes);
    if (this.isClosed) throw new Error('the worker is closed');
    return { executor: this.makeExecutor(data), folds: data.folds.length };
  }

  private async fetch(study: string, offer: StudyOffer): Promise<Uint8Array> {
    const bytes = await this.fetchTable(study, offer);
    await this.cache.write(offer.table, bytes).catch((error: unknown) => {
      const { message } = error as Error;
      this.notice(`the table cannot be kept on disk, and is fetched again by the next worker here: ${message}`);
    });
    return bytes;
  }

  private async makeRoom(): Promise<void> {
    const idle = [...this.entries].filter(([, { users }]) => users === 0);
    for (const [table, entry] of idle.slice(0, Math.max(0, idle.length - KEPT))) {
      this.entries.delete(table);
      await closed(entry);
    }
  }
}

async function closed({ opened }: Entry): Promise<void> {
  const table = await opened.catch(() => null);
  await table?.executor.close();
}
