/** @file The models of a server by name: opened in its threads, counted apart, forgotten when nothing asks for them any more. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';

import type {
  ModelDescription,
  ModelIdentity,
  PredictAnswer,
  PredictPool,
  PredictRequest,
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
}

interface Reading extends ServedModel {
  readonly key: string;
  /** Requests under way. */
  users: number;
  isReplaced: boolean;
}

export class ModelStore {
  private readonly entries = new Map<string, Entry>();

  private constructor(private readonly pool: PredictPool) {}

  /** Throws   data: not a model file; state: a study without a model, or a newer file */
  static async open(sources: readonly ModelSource[], pool: PredictPool): Promise<ModelStore> {
    const store = new ModelStore(pool);
    for (const source of sources) {
      const metrics = new ModelMetrics();
      store.entries.set(source.name, { source, metrics, current: await store.read(source, metrics, 1) });
    }
    return store;
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
  async predict(model: ServedModel, request: PredictRequest, limits: RequestLimits): Promise<PredictAnswer> {
    const reading = model as Reading;
    reading.users++;
    try {
      return await this.pool.predict(reading.key, request, limits);
    } finally {
      reading.users--;
      this.forgetUnused(reading);
    }
  }

  private async read(source: ModelSource, metrics: ModelMetrics, version: number): Promise<Reading> {
    const bytes = await readFile(modelFile(source.path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const identity = { name: source.name, version, sha256 };
    const key = `${source.name} ${version}`;
    const description = await this.pool.open(key, bytes, identity);
    return { key, identity, description, metrics, users: 0, isReplaced: false };
  }

  private forgetUnused(reading: Reading): void {
    if (reading.isReplaced && reading.users === 0) this.pool.forget(reading.key);
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
