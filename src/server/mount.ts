/** @file Pages and predictions as parts of somebody else's application: Express, Connect, or a plain server of HTTP. */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { check } from '../core/index.js';
import type { AccessOptions } from './access.js';
import { Access } from './access.js';
import type { ModelsOptions } from './models.js';
import { openModels } from './models.js';
import type { PagesOptions } from './pages.js';
import { openPages } from './pages.js';
import { sendJson } from './raw-reply.js';

/**
 * Answers every request that it is given, so it belongs below a path of its own: `app.use('/automl', router)`. It does not call `next`.
 * Mount it before anything that reads bodies, such as `express.json()`.
 */
export interface Mounted {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Lets go of files and threads; searches that run are stopped, and everything finished is kept. */
  close(): Promise<void>;
}

/**
 * Who may ask. Requests must name a known host (localhost, an address, or one of `allowHosts`), for that is what keeps pages of
 * other sites out; whether a visitor may see studies is for the application to decide before, or for `token`.
 */
export type MountAccess = Pick<AccessOptions, 'token' | 'publicUrl' | 'allowHosts'>;

export interface StudyPagesOptions extends MountAccess, Omit<PagesOptions, 'reportsFolder' | 'readOnly'> {
  /** Shows and predicts, and starts, stops and goes on with no search. Default: true. */
  readonly readOnly?: boolean | undefined;
}

export interface PredictionsOptions extends MountAccess, Omit<ModelsOptions, 'models'> {}

/**
 * The pages of a reports folder: leaderboards, searches, data, models and reports.
 *
 * Throws   usage: a token that is too short; state: the folder cannot be made
 * @example
 * app.use('/automl', await studyPages('reports'));
 */
export async function studyPages(reportsFolder: string, options: StudyPagesOptions = {}): Promise<Mounted> {
  check(typeof reportsFolder === 'string' && reportsFolder !== '', 'studyPages', 'needs a folder', reportsFolder);
  const pages = await openPages({ readOnly: true, ...options, reportsFolder }, accessOf(options), true);
  return mounted(
    // Not the application itself: one of another version would take it for its own, and give it its own insides.
    (request, response) => {
      pages.app(request, response);
    },
    async () => {
      await pages.stop();
      await pages.close();
    },
  );
}

/**
 * What one model predicts, or several by name: `POST .../v1/predict`, schemas, batches, counters and an OpenAPI document.
 *
 * @param models  a model file or a study folder; or several, by the names in their addresses
 * Throws   data: not a model file; usage: no model, a token that is too short
 * @example
 * app.use('/iris', await predictions('reports/iris'));
 */
export async function predictions(
  models: string | Readonly<Record<string, string>>,
  options: PredictionsOptions = {},
): Promise<Mounted> {
  const named = typeof models === 'string' ? [{ name: null, path: models }] : Object.entries(models ?? {}).map(asNamed);
  const isNamed = named.length > 0 && named.every(({ path }) => typeof path === 'string' && path !== '');
  check(isNamed, 'predictions', 'needs a model file or a study folder', models);
  const served = await openModels({ ...options, models: named }, accessOf(options));
  return mounted(served.listener, async () => {
    served.beginClosing();
    await served.stopBatches();
    await served.close();
  });
}

function asNamed([name, path]: [string, string]): { readonly name: string; readonly path: string } {
  return { name, path };
}

/** Who can reach the application is for its author to know: no address needs a token here. */
function accessOf({ token, publicUrl, allowHosts }: MountAccess): Access {
  return new Access({ token, publicUrl, allowHosts, host: 'localhost', noAuth: true });
}

function mounted(listener: RequestListener, end: () => Promise<void>): Mounted {
  let closing: Promise<void> | null = null;
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    if (hasLostBody(request))
      return sendJson(response, 500, { error: { kind: 'state', where: 'mount', message: LOST } });
    listener(request, response);
  };
  return Object.assign(handler, { close: () => (closing ??= end()) });
}

const LOST = 'mount: the body must not have been read yet. Mount this before express.json() and the like.';

/** Somebody before has read the body: waiting for it would never end. */
function hasLostBody(request: IncomingMessage): boolean {
  const has = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  return has && request.readableDidRead;
}
