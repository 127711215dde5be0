/** @file Opening a port, with a sentence for each way in which that fails. */

import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as PlainServer } from 'node:net';

import { ToolkitError } from '../core/index.js';

/** For the head of a request; how long a body takes is no matter as long as it comes (see body-watch.ts). */
const HEAD_TIMEOUT_MS = 20_000;
const LOOK_EVERY_MS = 5000;
/** Connections that the system keeps waiting at a port are fewer (Node asks for 511). */
const MOST_WAITING = 1024;

/** A server that has no limit on the time of a whole request. */
export function makeServer(app: unknown): Server {
  const timing = {
    requestTimeout: 0,
    headersTimeout: HEAD_TIMEOUT_MS,
    connectionsCheckingInterval: LOOK_EVERY_MS,
  };
  return createServer(timing, app as RequestListener);
}

/** How the command calls what was asked for. */
export interface ListenWords {
  readonly where: string;
  /** Options. */
  readonly port: string;
  readonly host: string;
}

const SERVE_WORDS: ListenWords = { where: 'serve', port: '--port', host: '--host' };

/**
 * Listens, and returns the port: the one asked for, or a free one for 0.
 *
 * Throws   usage: an address that cannot be; state: the port is taken or not allowed
 */
export async function listen(
  server: Server,
  port: number,
  host: string,
  words: ListenWords = SERVE_WORDS,
): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(listenError(error, port, host, words)));
    server.listen(port, host, done);
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Ends a server that has said for a while that it will end. Nobody new gets in. Connections that have been answered have
 * `patienceMs` to ask once more; those that have not asked yet, or wait for an answer, `timeoutMs`.
 *
 * `server.close` alone cuts connections whose next request is under way, and those that the system has taken and Node has
 * not: hence `takeIn`, and the plain close, which cuts nobody.
 */
export async function endServer(
  server: Server,
  { patienceMs, timeoutMs }: { readonly patienceMs: number; readonly timeoutMs: number },
): Promise<void> {
  const closed = new Promise<void>((done) => server.once('close', () => done()));
  await takeIn(server);
  PlainServer.prototype.close.call(server);
  if (patienceMs === 0) server.closeIdleConnections();
  const patience = setTimeout(() => server.closeIdleConnections(), patienceMs);
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(patience);
  clearTimeout(timer);
  // Ends what looks after slow heads; there is nothing left to close.
  server.close();
}

/** Takes the connections that wait at the port: Node takes one in a turn of its event loop. */
async function takeIn(server: Server): Promise<void> {
  let isNew = false;
  const note = (): void => void (isNew = true);
  server.on('connection', note);
  // The first turn ends the one that is under way, perhaps after it has looked; so two without anybody.
  for (let turn = 0, quiet = 0; turn < MOST_WAITING && quiet < 2; turn++) {
    isNew = false;
    await new Promise((done) => setImmediate(done));
    quiet = isNew ? 0 : quiet + 1;
  }
  server.off('connection', note);
}

/** Addresses of IPv6 stand in brackets. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string, words: ListenWords): Error {
  const said = (kind: 'state' | 'usage', rule: string, got: unknown, hint: string): ToolkitError =>
    new ToolkitError(kind, { where: words.where, rule, got, hint }, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return said('state', 'port must be free', port, `Use ${words.port} for another one.`);
    case 'EACCES':
      return said('state', 'port must be one that you may open', port, `Use ${words.port} 1024 or above.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return said(
        'usage',
        'host must be an address of this computer',
        host,
        `Use ${words.host} 127.0.0.1${words.host === words.port ? `:${port}` : ''}.`,
      );
    default:
      return error;
  }
}
