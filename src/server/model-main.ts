/** @file Serving one model: limits, the port, and an orderly end. */

import { hostname } from 'node:os';

import { check } from '../core/index.js';
import { openServedModel } from '../run/index.js';
import { Access } from './access.js';
import { listen, makeServer, urlOf } from './listen.js';
import type { RunningServer } from './main.js';
import { makeModelApp } from './model-app.js';

export interface ServeModelOptions {
  /** A model file, or a study folder. */
  readonly model: string;
  /** Refuses rows of which anything would have to be coerced. */
  readonly strict?: boolean | undefined;
  /** 0 takes any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly maxBodyBytes?: number | undefined;
  readonly maxRows?: number | undefined;
  readonly maxWaiting?: number | undefined;
  readonly maxBodies?: number | undefined;
  /** See `AccessOptions`. */
  readonly token?: string | undefined;
  readonly noAuth?: boolean | undefined;
  readonly publicUrl?: string | undefined;
  readonly allowHosts?: readonly string[] | undefined;
  readonly onRequest?: ((line: string) => void) | undefined;
  /** A body of which nothing comes for so long is cut off. */
  readonly bodyPatienceMs?: number | undefined;
  /** Hears of every error that is our own fault. */
  readonly onBug?: ((error: unknown) => void) | undefined;
}

const BODY_PATIENCE_MS = 10_000;
const MAX_BODIES = 512;
/** The last requests must be answered by then when the server ends. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Serves a model: predictions, its schema, counters and an OpenAPI document.
 *
 * Closing answers what is under way, for at most ten seconds, and takes nothing new.
 *
 * Throws   data: not a model file; usage: a port or an address that cannot be; state: the port is taken
 */
export async function serveModel(options: ServeModelOptions): Promise<RunningServer> {
  const { port = 3000, host = '127.0.0.1', maxBodyBytes = 16 * 2 ** 20, maxRows = 100_000, maxWaiting = 64 } = options;
  check(Number.isInteger(port) && port >= 0 && port <= 65535, 'port', 'must be a whole number from 0 to 65535', port);
  const access = new Access({ ...options, host });
  const model = await openServedModel(options.model);
  let closing = false;
  const app = makeModelApp({
    model,
    strict: options.strict ?? false,
    maxBodyBytes,
    maxRows,
    maxWaiting,
    maxBodies: options.maxBodies ?? MAX_BODIES,
    hosts: [hostname()],
    access,
    onRequest: options.onRequest,
    onBug: options.onBug ?? (() => undefined),
    isClosing: () => closing,
    bodyPatienceMs: options.bodyPatienceMs ?? BODY_PATIENCE_MS,
  });
  const server = makeServer(app);
  try {
    const actual = await listen(server, port, host);
    const close = async (): Promise<void> => {
      closing = true;
      const closed = new Promise((done) => server.close(done));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      await closed;
      clearTimeout(timer);
      model.dispose();
    };
    return { url: urlOf(host, actual), port: actual, close };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
