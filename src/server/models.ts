/** @file Models as a listener of requests, without a port: a server listens with it, and other programs mount it. */

import type { RequestListener } from 'node:http';
import { availableParallelism, hostname, tmpdir } from 'node:os';

import { PredictPool } from '../run/index.js';
import type { Access } from './access.js';
import { makeModelApp } from './model-app.js';
import type { BatchLimits } from './model-batches.js';
import { BATCH_PREFIX, Batches } from './model-batches.js';
import { ModelStore, nameOfModel } from './model-store.js';
import { sweepTemporaries } from './temporary.js';
import type { VisitorOptions } from './visitors.js';
import { Visitors } from './visitors.js';

/** What models are told, whoever listens. */
export interface ModelsOptions extends VisitorOptions {
  /** Model files or study folders. One that has no name gets that of its study folder or file. */
  readonly models: readonly { readonly name: string | null; readonly path: string }[];
  /** Hears one sentence when a model was read again, or could not be. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Milliseconds between looks at the files. Default: 2000. */
  readonly lookMs?: number | undefined;
  /** Threads that predict. Default: one less than the cores, from 2 to 8. */
  readonly workers?: number | undefined;
  /** Refuses rows of which anything would have to be coerced. */
  readonly strict?: boolean | undefined;
  readonly maxBodyBytes?: number | undefined;
  readonly maxRows?: number | undefined;
  readonly maxWaiting?: number | undefined;
  readonly maxBodies?: number | undefined;
  readonly batches?: Partial<BatchLimits> | undefined;
  readonly onRequest?: ((line: string) => void) | undefined;
  /** A body of which nothing comes for so long is cut off. */
  readonly bodyPatienceMs?: number | undefined;
  /** Hears of every error that is our own fault. */
  readonly onBug?: ((error: unknown) => void) | undefined;
}

export interface Models {
  readonly listener: RequestListener;
  /** Reads the files again. */
  reload(): Promise<void>;
  /** From now on probes and visitors are told that no more requests are wanted; files are looked at no longer. */
  beginClosing(): void;
  /** Gives up batches that have not finished. */
  stopBatches(): Promise<void>;
  /** Ends the threads and takes away what is left on disk, once nobody is answered any more. */
  close(): Promise<void>;
}

const BODY_PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 2000;
const MAX_BODIES = 512;
const MAX_HELD_BYTES = 512 * 2 ** 20;
/** A visitor is often one program that asks for many. */
const RATE_LIMIT = 5000;
const BATCH_LIMITS: BatchLimits = {
  maxBatchRows: 10_000_000,
  maxBatchBytes: 256 * 2 ** 20,
  maxBatches: 64,
  maxKeptBytes: 4 * 2 ** 30,
  keepMs: 3_600_000,
};
/** Each holds a copy of every model. */
const MOST_WORKERS = 8;

/**
 * Models, their schemas, counters and an OpenAPI document. A file that changes is read again; one that is no model leaves the old one in
 * its place.
 *
 * Throws   data: not a model file; usage: what is no address of a proxy
 */
export async function openModels(options: ModelsOptions, access: Access): Promise<Models> {
  const { onBug = () => undefined, onNotice = () => undefined, strict = false } = options;
  const visitors = new Visitors({ ...options, rateLimit: options.rateLimit ?? RATE_LIMIT });
  const pool = new PredictPool(options.workers ?? defaultWorkers());
  try {
    const sources = options.models.map(({ name, path }) => ({ name: name ?? nameOfModel(path), path }));
    const store = await ModelStore.open(sources, { pool, onNotice });
    let closing = false;
    const isClosing = (): boolean => closing;
    await sweepTemporaries(tmpdir(), BATCH_PREFIX);
    const batchLimits = { ...BATCH_LIMITS, ...options.batches };
    const batches = new Batches(store, { ...batchLimits, strict, isClosing, onBug });
    const listener = makeModelApp({
      store,
      batches,
      batchLimits,
      main: sources.length === 1 ? sources[0].name : null,
      strict,
      maxBodyBytes: options.maxBodyBytes ?? 16 * 2 ** 20,
      maxRows: options.maxRows ?? 100_000,
      maxWaiting: options.maxWaiting ?? 256,
      maxBodies: options.maxBodies ?? MAX_BODIES,
      maxHeldBytes: MAX_HELD_BYTES,
      hosts: [hostname()],
      access,
      visitors,
      onRequest: options.onRequest,
      onBug,
      isClosing,
      bodyPatienceMs: options.bodyPatienceMs ?? BODY_PATIENCE_MS,
    });
    const looking = setInterval(() => void store.reloadChanged(), options.lookMs ?? LOOK_EVERY_MS);
    return {
      listener,
      reload: () => store.reload(),
      beginClosing: () => {
        closing = true;
        clearInterval(looking);
      },
      stopBatches: async () => {
        const given = await batches.stop();
        if (given > 0) onNotice(`Batches given up before they were done: ${given}.`);
      },
      close: async () => {
        await pool.close();
        await batches.close();
        visitors.close();
      },
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** A core for the server itself; two threads at least, so that a large request leaves one for the small. */
function defaultWorkers(): number {
  return Math.max(2, Math.min(MOST_WORKERS, availableParallelism() - 1));
}
