/** @file The pages of a reports folder as an application, without a port: a server listens with it, and other programs mount it. */

import { statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { resolve } from 'node:path';

import type { Express } from 'express';

import { check, ToolkitError } from '../core/index.js';
import { ClusterWatch, makeFolder } from '../run/index.js';
import type { Access } from './access.js';
import { makeApp } from './app.js';
import { DOWNLOAD_PREFIX, Handlers } from './handlers.js';
import { KeepingHandlers } from './keeping.js';
import type { Studies } from './studies.js';
import { studiesIn } from './studies.js';
import { TakeAwayHandlers } from './take-away.js';
import { sweepTemporaries } from './temporary.js';
import { PREDICT_PREFIX, TryHandlers } from './try.js';
import { UPLOAD_PREFIX } from './upload.js';
import type { VisitorOptions } from './visitors.js';
import { Visitors } from './visitors.js';

/** What pages are told, whoever listens. */
export interface PagesOptions extends VisitorOptions {
  /** Made when it does not exist. */
  readonly reportsFolder: string;
  readonly maxUploadBytes?: number | undefined;
  /** @internal Where studies come from and searches go; the folder itself unless a test says otherwise. */
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

export interface Pages {
  readonly app: Express;
  /** Stops searches (everything finished is kept), and lets go of studies. */
  stop(): Promise<void>;
  /** Takes away what is left on disk, once nobody is answered any more. */
  close(): Promise<void>;
}

const DEFAULT_MAX_UPLOAD = 256 * 2 ** 20;
const BODY_PATIENCE_MS = 60_000;
/** A page with its style and scripts is some six requests; one that follows a search asks twice a second. */
const RATE_LIMIT = 100;

/**
 * The pages of a reports folder.
 *
 * @param hidesFolder  visitors are not told where the folder lies
 * Throws   usage: what is no address of a proxy; state: the folder cannot be made
 */
export async function openPages(options: PagesOptions, access: Access, hidesFolder: boolean): Promise<Pages> {
  const { maxUploadBytes = DEFAULT_MAX_UPLOAD, pollMs, readOnly = false } = options;
  const visitors = new Visitors({ ...options, rateLimit: options.rateLimit ?? RATE_LIMIT });
  const cluster = clusterOf(options);
  const reportsFolder = resolve(options.reportsFolder);
  requireFolder(reportsFolder);
  await sweepTemporaries(reportsFolder, UPLOAD_PREFIX);
  for (const prefix of [PREDICT_PREFIX, DOWNLOAD_PREFIX]) await sweepTemporaries(tmpdir(), prefix);
  const studies = options.studies ?? studiesIn(reportsFolder);
  const handlers = new Handlers({
    studies,
    reportsFolder,
    maxUploadBytes,
    readOnly,
    cluster,
    ...(pollMs !== undefined && { lookMs: pollMs / 2 }),
  });
  const app = makeApp({
    handlers,
    tryHandlers: new TryHandlers({ handlers, studies, maxUploadBytes }),
    takeAwayHandlers: new TakeAwayHandlers(handlers, studies),
    keepingHandlers: new KeepingHandlers(handlers, studies),
    hosts: [hostname()],
    access,
    visitors,
    hidden: hidesFolder ? reportsFolder : null,
    readOnly,
    onRequest: options.onRequest,
    onBug: options.onBug ?? (() => undefined),
    bodyPatienceMs: options.bodyPatienceMs ?? BODY_PATIENCE_MS,
    pollMs,
    maxStreams: options.maxStreams,
  });
  return {
    app,
    stop: async () => {
      const waiting = handlers.runs.queued();
      if (waiting.length > 0) options.onNotice?.(leftWords(waiting));
      await handlers.runs.close();
      handlers.parked.close();
      await studies.close();
    },
    close: async () => {
      await handlers.temporaries.removeAll();
      visitors.close();
    },
  };
}

function leftWords(names: readonly string[]): string {
  const count = names.length === 1 ? 'One search waits and is' : `${names.length} searches wait and are`;
  return `${count} not started: ${names.join(', ')}. Nothing of it is lost; the list of studies of the next server has a button that starts it.`;
}

function clusterOf({ redis, shared, onNotice }: PagesOptions): ClusterWatch | null {
  check(shared === undefined || redis !== undefined, '--shared', 'has no meaning without --redis', shared);
  return redis === undefined ? null : new ClusterWatch({ redis, shared }, { onNotice });
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
