/** @file The models of a server by name: opened in its threads, counted apart, forgotten when nothing asks for them any more. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';

import type {
  FileJob,
  FileRequest,
  ModelDescription,
  ModelIdentity,
  PooledRequest,
  PredictAnswer,
  PredictPool,
  RequestLimits,
} from '../run/index.js';
import { modelFile } from '../run/index.js';
import { ModelMetrics } from './model-metrics.js';

/** Where a model comes from. */
export interface ModelSource {
  readonly name: string;
  /** A model file, or a study folder. */
  readonly path: string;
}

export interface StoreOptions {
  readonly pool: PredictPool;
  /** Hears one sentence when a file was read again, or could not be. */
  readonly onNotice: (sentence: string) => void;
}

/** One reading of a model file. */
export interface ServedModel {
  readonly identity: ModelIdentity;
  readonly description: ModelDescription;
  readonly metrics: ModelMetrics;
}

interface Entry {
  readonly source: ModelSource;
  readonly metrics: ModelMetrics;
  current: Reading;
  /** The state of the file that was tried last. */
  stamp: string;
}

interface Reading extends ServedModel {
  readonly key: string;
  /** Requests under way. */
  users: number;
  isReplaced: boolean;
}

export class ModelStore {
  private readonly entries = new Map<string, Entry>();

  /** Files are read again one after the other. */
  private last: Promise<void> = Promise.resolve();

  private constructor(private readonly options: StoreOptions) {}

  /** Throws   data: not a model file; state: a study without a model, or a newer file */
  static async open(sources: readonly ModelSource[], options: StoreOptions): Promise<ModelStore> {
    const store = new ModelStore(options);
    for (const source of sources) {
      const metrics = new ModelMetrics();
      const stamp = await stampOf(source);
      const bytes = await readFile(modelFile(source.path));
      store.entries.set(source.name, { source, metrics, stamp, current: await store.read(source, metrics, 1, bytes) });
    }
    return store;
  }

  /** Reads again every file that is not what it was; one that is no model leaves the old model in its place. Never rejects. */
  reload(): Promise<void> {
    return this.inTurn((entry) => this.renew(entry));
  }

  /** The same for files whose size, place or time has changed since they were last looked at. */
  reloadChanged(): Promise<void> {
    return this.inTurn(async (entry) => {
      const stamp = await stampOf(entry.source);
      if (stamp === entry.stamp) return;
      entry.stamp = stamp;
      await this.renew(entry);
    });
  }

  get names(): string[] {
    return [...this.entries.keys()];
  }

  get models(): ServedModel[] {
    return [...this.entries.values()].map(({ current }) => current);
  }

  get(name: string): ServedModel | null {
    return this.entries.get(name)?.current ?? null;
  }

  /** By the reading that was asked for, also where another one has taken its place meanwhile. */
  async predict(model: ServedModel, request: PooledRequest, limits: RequestLimits): Promise<PredictAnswer> {
    const { release } = this.hold(model);
    try {
      return await this.options.pool.predict((model as Reading).key, request, limits);
    } finally {
      release();
    }
  }

  /** Keeps a reading from being forgotten until `release` is called. */
  hold(model: ServedModel): { readonly release: () => void } {
    const reading = model as Reading;
    reading.users++;
    const release = (): void => {
      reading.users--;
      this.forgetUnused(reading);
    };
    return { release };
  }

  /** By the reading that was asked for, which must be held. */
  predictFile(model: ServedModel, request: FileRequest, onProgress: (rows: number, bytes: number) => void): FileJob {
    return this.options.pool.predictFile((model as Reading).key, request, onProgress);
  }

  private inTurn(work: (entry: Entry) => Promise<void>): Promise<void> {
    this.last = this.last.then(async () => {
      for (const entry of this.entries.values()) await work(entry);
    });
    return this.last;
  }

  private async renew(entry: Entry): Promise<void> {
    const { source, metrics, current: old } = entry;
    const { name } = source;
    try {
      const bytes = await readFile(modelFile(source.path));
      if (sha256Of(bytes) === old.identity.sha256) return;
      entry.current = await this.read(source, metrics, old.identity.version + 1, bytes);
      old.isReplaced = true;
      this.forgetUnused(old);
      const { version, sha256 } = entry.current.identity;
      this.options.onNotice(`Model ${name}: read again, version ${version}, SHA-256 ${sha256.slice(0, 12)}.`);
    } catch (error) {
      metrics.addReloadFailure();
      const why = error instanceof Error ? error.message : String(error);
      this.options.onNotice(`Model ${name}: the new file is not used, the old model goes on answering. ${why}`);
    }
  }

  private async read(source: ModelSource, metrics: ModelMetrics, version: number, bytes: Uint8Array): Promise<Reading> {
    const identity = { name: source.name, version, sha256: sha256Of(bytes) };
    const key = `${source.name} ${version}`;
    const description = await this.options.pool.open(key, bytes, identity);
    return { key, identity, description, metrics, users: 0, isReplaced: false };
  }

  private forgetUnused(reading: Reading): void {
    if (reading.isReplaced && reading.users === 0) this.options.pool.forget(reading.key);
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Changes when a file is written or another one takes its place; a file that is gone has a stamp of its own. */
async function stampOf({ path }: ModelSource): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(modelFile(path));
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'gone';
  }
}

/** What a model is called that was given no name: after its study folder, or its file. */
export function nameOfModel(path: string): string {
  const file = resolve(path);
  const stem = basename(file, extname(file));
  const name = stem === 'model' ? basename(dirname(file)) : stem;
  return (
    name
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 64) || 'model'
  );
}
