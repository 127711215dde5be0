/** @file Listening: the reports folder, the port, and an orderly end. */

import { existsSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { check, ToolkitError } from '../core/index.js';
import { ClusterWatch, makeFolder, pathHint } from '../run/index.js';
import type { AccessOptions } from './access.js';
import { Access } from './access.js';
import { makeApp } from './app.js';
import { DOWNLOAD_PREFIX, Handlers } from './handlers.js';
import { KeepingHandlers } from './keeping.js';
import { listen, makeServer, urlOf } from './listen.js';
import type { Studies } from './studies.js';
import { studiesIn } from './studies.js';
import { TakeAwayHandlers } from './take-away.js';
import { sweepTemporaries } from './temporary.js';
import { PREDICT_PREFIX, TryHandlers } from './try.js';
import { UPLOAD_PREFIX } from './upload.js';
import type { VisitorOptions } from './visitors.js';
import { Visitors } from './visitors.js';

export interface ServeOptions extends Omit<AccessOptions, 'host'>, VisitorOptions {
  /** Made when it does not exist. */
  readonly reportsFolder: string;
  /** 0 takes any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly maxUploadBytes?: number | undefined;
  /** Where studies come from and searches go; the folder itself unless a test says otherwise. */
  readonly studies?: Studies | undefined;
  /** Hears one sentence when the folder had to be made, or when the cluster cannot be used. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Hears of every error that is our own fault. */
  readonly onBug?: ((error: unknown) => void) | undefined;
  /** Milliseconds between looks at a running study. */
  readonly pollMs?: number | undefined;
  /** Pages that follow searches at once. Default: 100, of which one visitor may have a fifth. */
  readonly maxStreams?: number | undefined;
  readonly readOnly?: boolean | undefined;
  /** URL of the Redis to whose workers searches may be handed. */
  readonly redis?: string | undefined;
  /** With `redis`, a folder that its workers see, too. */
  readonly shared?: string | undefined;
  readonly onRequest?: ((line: string) => void) | undefined;
  /** A body of which nothing comes for so long is cut off. */
  readonly bodyPatienceMs?: number | undefined;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Stops searches (everything finished is kept) and connections. */
  close(options?: CloseOptions): Promise<void>;
  /** Reads its models again; a server of pages has none. */
  reload?(): Promise<void>;
}

export interface CloseOptions {
  /** Goes on for so long after saying that it will end. Default: 0. */
  readonly drainMs?: number;
}

export const DEFAULT_PORT = 3000;
export const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_MAX_UPLOAD = 256 * 2 ** 20;
const BODY_PATIENCE_MS = 60_000;
const MAX_CONNECTIONS = 1024;
/** A page with its style and scripts is some six requests; one that follows a search asks twice a second. */
const RATE_LIMIT = 100;

function clusterOf({ redis, shared, onNotice }: ServeOptions): ClusterWatch | null {
  check(shared === undefined || redis !== undefined, '--shared', 'has no meaning without --redis', shared);
  return redis === undefined ? null : new ClusterWatch({ redis, shared }, { onNotice });
}

/**
 * Serves the pages of a reports folder.
 *
 * Throws   usage: a port or an address that cannot be; state: the port is taken, or the folder cannot be made
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { port = DEFAULT_PORT, host = DEFAULT_HOST, maxUploadBytes = DEFAULT_MAX_UPLOAD, pollMs } = options;
  check(Number.isInteger(port) && port >= 0 && port <= 65535, 'port', 'must be a whole number from 0 to 65535', port);
  const access = new Access({ ...options, host });
  const visitors = new Visitors({ ...options, rateLimit: options.rateLimit ?? RATE_LIMIT });
  const cluster = clusterOf(options);
  const reportsFolder = resolve(options.reportsFolder);
  const news = newFolder(options.reportsFolder);
  requireFolder(reportsFolder);
  await sweepTemporaries(reportsFolder, UPLOAD_PREFIX);
  for (const prefix of [PREDICT_PREFIX, DOWNLOAD_PREFIX]) await sweepTemporaries(tmpdir(), prefix);
  const studies = options.studies ?? studiesIn(reportsFolder);
  const hidden = access.isShared ? reportsFolder : null;
  const handlers = new Handlers({
    studies,
    reportsFolder,
    maxUploadBytes,
    readOnly: options.readOnly ?? false,
    cluster,
    ...(pollMs !== undefined && { lookMs: pollMs / 2 }),
  });
  const tryHandlers = new TryHandlers({ handlers, studies, maxUploadBytes });
  const app = makeApp({
    handlers,
    tryHandlers,
    takeAwayHandlers: new TakeAwayHandlers(handlers, studies),
    keepingHandlers: new KeepingHandlers(handlers, studies),
    hosts: [hostname()],
    access,
    visitors,
    hidden,
    readOnly: options.readOnly ?? false,
    onRequest: options.onRequest,
    onBug: options.onBug ?? (() => undefined),
    bodyPatienceMs: options.bodyPatienceMs ?? BODY_PATIENCE_MS,
    pollMs,
    maxStreams: options.maxStreams,
  });
  const server = makeServer(app);
  server.maxConnections = MAX_CONNECTIONS;
  const actual = await listen(server, port, host);
  if (news !== null) options.onNotice?.(news);
  return {
    url: urlOf(host, actual),
    port: actual,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      await handlers.runs.close();
      await studies.close();
      server.closeAllConnections();
      await closed;
      await handlers.temporaries.removeAll();
      visitors.close();
    },
  };
}

/** What to say of a folder that is not there; null where it is. Whoever mistyped it would see no studies, and wonder. */
function newFolder(folder: string): string | null {
  if (existsSync(folder)) return null;
  const hint = pathHint(folder);
  return `There was no folder ${folder}: it is made, and holds no studies yet.${hint === undefined ? '' : ` ${hint}`}`;
}

function requireFolder(folder: string): void {
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw new Error('it is a file');
  } catch (error) {
    const hint = `${(error as Error).message}.`;
    const parts = { where: 'serve', rule: 'reports folder must be a folder that can be made', got: folder, hint };
    throw new ToolkitError('state', parts, { cause: error });
  }
}
