/** @file The Express application: maps requests to handlers and replies to sockets. Never listens. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';

import { ToolkitError } from '../core/index.js';
import { MODEL_TABLES, STUDY_TABLES } from '../report/index.js';
import { ASSETS_FOLDER, renderPage, styleSheet } from '../report/node.js';
import type { Access } from './access.js';
import { safePath } from './access.js';
import { logRequest } from './access-log.js';
import { watchBody } from './body-watch.js';
import { guardRequest, SAFETY_HEADERS } from './guard.js';
import type { Handlers } from './handlers.js';
import type { Reply } from './http.js';
import { baseOf, describeError, htmlReply, HttpError, rebased, silentBody, withoutFolder } from './http.js';
import type { KeepingHandlers } from './keeping.js';
import { packed } from './packing.js';
import { PageMetrics } from './page-metrics.js';
import type { StreamOptions } from './streams.js';
import { Streams } from './streams.js';
import type { TakeAwayHandlers } from './take-away.js';
import type { TryHandlers } from './try.js';
import type { Visitors } from './visitors.js';

export interface AppOptions extends StreamOptions {
  readonly handlers: Handlers;
  readonly tryHandlers: TryHandlers;
  readonly takeAwayHandlers: TakeAwayHandlers;
  readonly keepingHandlers: KeepingHandlers;
  /** Names that Host may say besides localhost, addresses and those of `access`. */
  readonly hosts: readonly string[];
  readonly access: Access;
  readonly visitors: Visitors;
  /** Shows studies and predicts, and starts, stops and goes on with none. */
  readonly readOnly: boolean;
  /** A folder whose place on the server is nobody's business; null where visitors sit at this computer. */
  readonly hidden: string | null;
  /** Hears of every request that was answered. */
  readonly onRequest?: ((line: string) => void) | undefined;
  /** Hears of every error that is our own fault. */
  readonly onBug: (error: unknown) => void;
  /** A body of which nothing comes for so long is cut off, however long it takes in all. */
  readonly bodyPatienceMs: number;
}

export function makeApp(options: AppOptions): Express {
  const { handlers, tryHandlers, takeAwayHandlers, onBug, bodyPatienceMs, access, readOnly, visitors } = options;
  const guard = { hosts: [...options.hosts, ...access.hosts], origin: access.origin };
  const app = express();
  const metrics = new PageMetrics();
  const streams = new Streams(options);
  app.disable('x-powered-by');
  app.locals.hidden = options.hidden;
  app.set('query parser', 'simple');
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set(SAFETY_HEADERS);
    metrics.watch(response);
    logRequest(request, response, options.onRequest, visitors.addressOf(request));
    guardRequest(request, guard);
    watchBody(request, response, bodyPatienceMs, () => void fail(silentBody(), request, response));
    next();
  });
  app.get('/healthz', (_request, response) => void response.type('text').send('ok\n'));
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    await visitors.admit(request, response);
    next();
  });
  const assets = { index: false, redirect: false, dotfiles: 'deny', fallthrough: true, cacheControl: false } as const;
  app.get('/assets/style.css', (_request, response) => void response.type('css').send(styleSheet()));
  app.use('/assets', express.static(ASSETS_FOLDER, assets));
  addSigningIn(app, access);
  app.use((request: Request, response: Response, next: NextFunction) => {
    const isPage = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '');
    if (isPage && !access.knows(request)) {
      return void response.redirect(303, `${baseOf(request)}/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
    }
    access.require(request);
    if (readOnly && !mayRead(request))
      throw new HttpError(403, 'server: it only shows; searches are started elsewhere.');
    next();
  });
  app.get('/metrics', (_request, response) => {
    const gauges = { streams: streams.size, ...handlers.gauges() };
    response.type('text/plain; version=0.0.4').send(metrics.text(gauges));
  });
  app.get(
    '/',
    answer(({ query }) => handlers.home(words(query))),
  );
  app.get(
    '/new',
    answer(() => handlers.newSearch()),
  );
  app.post(
    '/studies',
    answer((request) => handlers.start(request, request.headers)),
  );
  app.get(
    '/studies/:name',
    answer(({ params, query }) => handlers.study(text(params.name), words(query))),
  );
  app.get(
    '/studies/:name/search',
    answer(({ params, query }) => handlers.part(text(params.name), 'search', words(query))),
  );
  app.get(
    '/studies/:name/data',
    answer(({ params }) => handlers.part(text(params.name), 'data')),
  );
  app.get(
    '/studies/:name/report.html',
    answer(({ params }) => handlers.report(text(params.name))),
  );
  app.post(
    '/studies/:name/resume',
    answer(({ params }) => handlers.resume(text(params.name))),
  );
  addTrying(app, tryHandlers);
  addTakingAway(app, takeAwayHandlers);
  addKeeping(app, options.keepingHandlers);
  addQueue(app, handlers);
  app.post(
    '/studies/:name/stop',
    answer(({ params }) => handlers.stop(text(params.name))),
  );
  app.get(
    '/studies/:name/models/:model',
    answer(({ params, query }) => handlers.model(text(params.name), text(params.model), words(query))),
  );
  app.get('/studies/:name/events', (request, response) => {
    const source = handlers.liveSource(text(request.params.name));
    return streams.follow(source, visitors.keyOf(request), request, response);
  });

  app.use(() => {
    throw new HttpError(404, 'server: there is no such page.');
  });
  const fail = async (error: unknown, request: Request, response: Response): Promise<void> => {
    const known = toHttpError(error);
    if (describeError(known).status === 500) onBug(error);
    if (response.headersSent) return void response.destroy();
    request.resume();
    if (describeError(known).status === 401) response.set('www-authenticate', 'Bearer');
    if (known instanceof HttpError && known.retryAfter !== null) response.set('retry-after', String(known.retryAfter));
    await send(response, await handlers.error(known));
  };
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    fail(error, request, response),
  );
  return app;
}

/** The page for people; programs send the token with every request. */
function addSigningIn(app: Express, access: Access): void {
  const page = async (response: Response, status: number, error: string | null, next: string): Promise<void> =>
    send(response, htmlReply(status, await renderPage({ view: 'sign-in', page: { error, next } })));
  const after = (request: Request, next: string | undefined): string => safePath(next, `${baseOf(request)}/`);
  app.get('/sign-in', (request, response) => page(response, 200, null, after(request, words(request.query).next)));
  app.post('/sign-in', express.urlencoded({ extended: false, limit: '4kb' }), (request, response) => {
    const { token = '', next } = words(request.body as object);
    const cookie = access.signIn(token);
    if (cookie === null) return page(response, 401, 'That is not the token of this server.', after(request, next));
    response.set('set-cookie', cookie).redirect(303, after(request, next));
  });
  app.post('/sign-out', (request, response) => {
    response.set('set-cookie', access.signOut()).redirect(303, `${baseOf(request)}/sign-in`);
  });
}

/** Whether a request changes no study: it reads, or asks a model. */
function mayRead({ method, path }: Request): boolean {
  if (method === 'GET' || method === 'HEAD') return path !== '/new';
  return /^\/studies\/[^/]+\/models\/[^/]+\/(try|predict-file)$/.test(path);
}

/** Asking a model: a form, the same as JSON for the script, and a file. */
function addTrying(app: Express, handlers: TryHandlers): void {
  const path = '/studies/:name/models/:model';
  const urlencoded = express.urlencoded({ extended: false, limit: '256kb', parameterLimit: 2000 });
  const names = ({ params }: Request): [string, string] => [text(params.name), text(params.model)];
  app.get(
    `${path}/try`,
    answer((request) => handlers.form(...names(request))),
  );
  app.post(
    `${path}/try`,
    urlencoded,
    answer((request) => handlers.answer(...names(request), words(request.body as object))),
  );
  app.post(
    `${path}/predict-file`,
    answer((request) => handlers.file(...names(request), request, request.headers)),
  );
}

/** Studies as wholes. */
function addKeeping(app: Express, handlers: KeepingHandlers): void {
  const urlencoded = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 });
  app.get(
    '/compare',
    answer(({ query }) => handlers.compare([query.study ?? []].flat().filter((name) => typeof name === 'string'))),
  );
  app.post(
    '/studies/:name/tags',
    urlencoded,
    answer(({ params, body }) => handlers.tag(text(params.name), words(body as object).tags ?? '')),
  );
  app.post(
    '/studies/:name/delete',
    answer(({ params }) => handlers.remove(text(params.name))),
  );
}

/** Searches that wait. */
function addQueue(app: Express, handlers: Handlers): void {
  app.post(
    '/studies/:name/queue/up',
    answer(({ params }) => handlers.moveUp(text(params.name))),
  );
  app.post(
    '/studies/:name/queue/start',
    answer(({ params }) => handlers.startAgain(text(params.name))),
  );
  app.post(
    '/studies/:name/queue/delete',
    answer(({ params }) => handlers.dequeue(text(params.name))),
  );
}

/** Models as files, tables and cards. */
function addTakingAway(app: Express, handlers: TakeAwayHandlers): void {
  const path = '/studies/:name/models/:model';
  for (const table of STUDY_TABLES) {
    app.get(
      `/studies/:name/${table}.csv`,
      answer(({ params }) => handlers.studyTable(text(params.name), table)),
    );
  }
  for (const table of MODEL_TABLES) {
    app.get(
      `${path}/${table}.csv`,
      answer(({ params }) => handlers.modelTable(text(params.name), text(params.model), table)),
    );
  }
  app.get(
    `${path}/card.md`,
    answer(({ params }) => handlers.card(text(params.name), text(params.model))),
  );
  app.get(
    `${path}/download`,
    answer(({ params, query }) => handlers.download(text(params.name), text(params.model), words(query).format)),
  );
}

/** The first of several values of a name. */
function words(values: object = {}): Record<string, string> {
  const pairs = Object.entries(values).map(([name, value]): [string, unknown] => [name, [value].flat()[0]]);
  return Object.fromEntries(pairs.filter(([, value]) => typeof value === 'string')) as Record<string, string>;
}

type Handler = (request: Request) => Promise<Reply>;

function answer(handler: Handler): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => send(response, await handler(request));
}

function text(param: string | readonly string[] | undefined): string {
  return typeof param === 'string' ? param : (param?.join('/') ?? '');
}

/** Express throws its own errors for addresses that cannot be decoded. */
function toHttpError(error: unknown): unknown {
  const { status } = error as { status?: unknown };
  const isOurs = error instanceof HttpError || error instanceof ToolkitError;
  const isTheirs = !isOurs && typeof status === 'number' && status >= 400 && status < 500;
  if (!isTheirs) return error;
  if (status === 413) return new HttpError(413, 'server: the form must be smaller.');
  return new HttpError(status === 404 ? 404 : 400, 'server: the address and the form must be readable.');
}

async function send(response: Response, { status, headers, body }: Reply): Promise<void> {
  // A visitor who was silent too long has had an answer.
  if (response.headersSent) return void (typeof body === 'string' || (await body.cleanUp()));
  const base = baseOf(response.req);
  response.status(status).set(headers);
  if (headers.location?.startsWith('/')) response.set('location', base + headers.location);
  if (typeof body === 'string') {
    const { hidden } = response.app.locals as { hidden: string | null };
    const type = headers['content-type'] ?? '';
    // Tables are the visitor's own cells.
    const shown = hidden === null || type.startsWith('text/csv') ? body : withoutFolder(body, hidden);
    const text = type.startsWith('text/html') ? rebased(shown, base) : shown;
    const { bytes, isPacked } = await packed(text, response.req.headers['accept-encoding']);
    // A visitor may have been silent for too long meanwhile.
    if (response.headersSent) return;
    response.vary('accept-encoding');
    if (isPacked) response.set('content-encoding', 'gzip');
    return void response.set('content-length', String(bytes.length)).end(bytes);
  }
  try {
    response.set('content-length', String((await stat(body.file)).size));
    await pipeline(createReadStream(body.file), response);
  } catch (error) {
    if (!response.headersSent) throw error;
    response.destroy();
  } finally {
    await body.cleanUp();
  }
}
