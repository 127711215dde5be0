/** @file Serving models: the port, and an orderly end. */

import { check } from '../core/index.js';
import type { AccessOptions } from './access.js';
import { Access } from './access.js';
import { endServer, listen, makeServer, urlOf } from './listen.js';
import type { CloseOptions, RunningServer } from './main.js';
import type { ModelsOptions } from './models.js';
import { openModels } from './models.js';

export interface ServeModelOptions extends Omit<AccessOptions, 'host'>, ModelsOptions {
  /** 0 takes any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
}

const MAX_CONNECTIONS = 4096;
/** The last requests must be answered by then when the server ends. */
const CLOSE_TIMEOUT_MS = 10_000;
/** For requests that are under way on open connections when a drain ends. */
const LAST_PATIENCE_MS = 1000;

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
  const { port = 3000, host = '127.0.0.1' } = options;
  check(Number.isInteger(port) && port >= 0 && port <= 65535, 'port', 'must be a whole number from 0 to 65535', port);
  const models = await openModels(options, new Access({ ...options, host }));
  try {
    const server = makeServer(models.listener);
    server.maxConnections = MAX_CONNECTIONS;
    const actual = await listen(server, port, host);
    const close = async ({ drainMs = 0 }: CloseOptions = {}): Promise<void> => {
      models.beginClosing();
      await new Promise((done) => setTimeout(done, drainMs));
      await models.stopBatches();
      await endServer(server, { patienceMs: Math.min(drainMs, LAST_PATIENCE_MS), timeoutMs: CLOSE_TIMEOUT_MS });
      await models.close();
    };
    return { url: urlOf(host, actual), port: actual, close, reload: () => models.reload() };
  } catch (error) {
    models.beginClosing();
    await models.stopBatches();
    await models.close();
    throw error;
  }
}
