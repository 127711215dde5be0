/** @file Listening: the reports folder, the port, and an orderly end. */

import { existsSync } from 'node:fs';

import { check } from '../core/index.js';
import { pathHint } from '../run/index.js';
import type { AccessOptions } from './access.js';
import { Access } from './access.js';
import { listen, makeServer, urlOf } from './listen.js';
import type { PagesOptions } from './pages.js';
import { openPages } from './pages.js';

export interface ServeOptions extends Omit<AccessOptions, 'host'>, PagesOptions {
  /** 0 takes any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Refuses a folder that is not there, instead of making it. */
  readonly mustExist?: boolean | undefined;
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
const MAX_CONNECTIONS = 1024;

/**
 * Serves the pages of a reports folder.
 *
 * Throws   usage: a port or an address that cannot be; state: the port is taken, or the folder cannot be made
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { port = DEFAULT_PORT, host = DEFAULT_HOST } = options;
  check(Number.isInteger(port) && port >= 0 && port <= 65535, 'port', 'must be a whole number from 0 to 65535', port);
  const access = new Access({ ...options, host });
  const { reportsFolder, mustExist = false } = options;
  const isThere = !mustExist || existsSync(reportsFolder);
  check(isThere, 'serve', 'reports folder must exist', reportsFolder, pathHint(reportsFolder) ?? 'lrnn fit makes one.');
  const news = newFolder(reportsFolder);
  const pages = await openPages(options, access, access.isShared);
  const server = makeServer(pages.app);
  server.maxConnections = MAX_CONNECTIONS;
  const actual = await listen(server, port, host);
  if (news !== null) options.onNotice?.(news);
  return {
    url: urlOf(host, actual),
    port: actual,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      await pages.stop();
      server.closeAllConnections();
      await closed;
      await pages.close();
    },
  };
}

/** What to say of a folder that is not there; null where it is. Whoever mistyped it would see no studies, and wonder. */
function newFolder(folder: string): string | null {
  if (existsSync(folder)) return null;
  const hint = pathHint(folder);
  return `There was no folder ${folder}: it is made, and holds no studies yet.${hint === undefined ? '' : ` ${hint}`}`;
}
