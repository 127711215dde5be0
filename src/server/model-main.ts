/** @file Serving models: limits, the port, and an orderly end. */

import { availableParallelism, hostname, tmpdir } from 'node:os';

import { check } from '../core/index.js';
import { PredictPool } from '../run/index.js';
import type { AccessOptions } from './access.js';
import { Access } from './access.js';
import { endServer, listen, makeServer, urlOf } from './listen.js';
import type { CloseOptions, RunningServer } from './main.js';
import { makeModelApp } from './model-app.js';
import type { BatchLimits } from './model-batches.js';
import { BATCH_PREFIX, Batches } from './model-batches.js';
import { ModelStore, nameOfModel } from './model-store.js';
import { sweepTemporaries } from './temporary.js';
import type { VisitorOptions } from './visitors.js';
import { Visitors } from './visitors.js';

export interface ServeModelOptions extends Omit<AccessOptions, 'host'>, VisitorOptions {
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
  /** 0 takes any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
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

const BODY_PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 2000;
const MAX_BODIES = 512;
const MAX_HELD_BYTES = 512 * 2 ** 20;
const MAX_CONNECTIONS = 4096;
/** A visitor is often one program that asks for many. */
const RATE_LIMIT = 5000;
const BATCH_LIMITS: BatchLimits = {
  maxBatchRows: 10_000_000,
  maxBatchBytes: 256 * 2 ** 20,
  maxBatches: 64,
  maxKeptBytes: 4 * 2 ** 30,
  keepMs: 3_600_000,
};
/** The last requests must be answered by then when the server ends. */
const CLOSE_TIMEOUT_MS = 10_000;
/** For requests that are under way on open connections when a drain ends. */
const LAST_PATIENCE_MS = 1000;
/** Each holds a copy of every model. */
const MOST_WORKERS = 8;

/**
 * Serves models: predictions, their schemas, counters and an OpenAPI document. A file that changes is read again; one that is no model
 * leaves the old one in its place.
 *
 * Closing with a drain goes on answering for that long, tells every visitor to come back by a new connection and probes that no more
 * are wanted. Then nothing new is taken, batches that have not finished are given up, and what is under way is answered, for at most ten
 * seconds.
 *
 * Throws   data: not a model file; usage: a port or an address that cannot be; state: the port is taken
 */
export async function serveModel(options: ServeModelOptions): Promise<RunningServer> {
  const { port = 3000, host = '127.0.0.1', workers = defaultWorkers() } = options;
  check(Number.isInteger(port) && port >= 0 && port <= 65535, 'port', 'must be a whole number from 0 to 65535', port);
  const access = new Access({ ...options, host });
  const visitors = new Visitors({ ...options, rateLimit: options.rateLimit ?? RATE_LIMIT });
  const { onBug = () => undefined, onNotice = () => undefined } = options;
  const pool = new PredictPool(workers);
  try {
    const sources = options.models.map(({ name, path }) => ({ name: name ?? nameOfModel(path), path }));
    const store = await ModelStore.open(sources, { pool, onNotice });
    let closing = false;
    const isClosing = (): boolean => closing;
    await sweepTemporaries(tmpdir(), BATCH_PREFIX);
    const batchLimits = { ...BATCH_LIMITS, ...options.batches };
    const strict = options.strict ?? false;
    const batches = new Batches(store, { ...batchLimits, strict, isClosing, onBug });
    const app = makeModelApp({
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
    const server = makeServer(app);
    server.maxConnections = MAX_CONNECTIONS;
    const actual = await listen(server, port, host);
    const looking = setInterval(() => void store.reloadChanged(), options.lookMs ?? LOOK_EVERY_MS);
    const close = async ({ drainMs = 0 }: CloseOptions = {}): Promise<void> => {
      closing = true;
      clearInterval(looking);
      await new Promise((done) => setTimeout(done, drainMs));
      const given = await batches.stop();
      if (given > 0) onNotice(`Batches given up before they were done: ${given}.`);
      await endServer(server, { patienceMs: Math.min(drainMs, LAST_PATIENCE_MS), timeoutMs: CLOSE_TIMEOUT_MS });
      await pool.close();
      await batches.close();
      visitors.close();
    };
    return { url: urlOf(host, actual), port: actual, close, reload: () => store.reload() };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** A core for the server itself; two threads at least, so that a large request leaves one for the small. */
function defaultWorkers(): number {
  return Math.max(2, Math.min(MOST_WORKERS, availableParallelism() - 1));
}
