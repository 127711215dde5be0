/** @file A Redis server of a test's own: on a free loopback port, in a folder of its own, gone with the test. */

import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';
const WAIT_MS = 20_000;

/** Skips the tests of a suite where no redis-server is installed; in CI they fail instead. */
export function needRedis(context: Mocha.Context): void {
  if (spawnSync('redis-server', ['--version']).error === undefined) return;
  if (isCi) throw new Error('redis-server is missing (sh scripts/install-test-packages.sh installs it)');
  context.skip();
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** For looking at it. */
  readonly client: Redis;
  /** Ends it as a machine does that fails; what it wrote to its append-only file stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Everything that a study may leave: names of keys but for the queue's own few. */
  leftovers(): Promise<string[]>;
  remove(): Promise<void>;
}

/** What belongs to the queue and to the workers that wait at it, not to any study. */
const LASTING = /^lrnn:(?:workers|folds-[^:]*:(?:meta|events|id|marker|stalled-check))$/;

export async function startRedis(extra: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...extra];
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    if (child === null) return;
    const ended = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    child = null;
  };
  const start = async (): Promise<void> => {
    child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    await said(child, /Ready to accept connections/);
  };
  await start();
  await client.connect();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client,
    kill,
    start,
    leftovers: async () => (await client.keys('*')).filter((key) => !LASTING.test(key)).sort(),
    remove: async () => {
      client.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`redis-server did not start: ${text}`)), WAIT_MS);
    child.stdout!.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (!pattern.test(text)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', () => reject(new Error(`redis-server ended: ${text}`)));
  });
}

/** One that nobody listens at now, of this computer. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Waits until it is so; what takes longer than a slow machine needs is a failure. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
