/** @file The Express application of a served model. Never listens. */

import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';

import { check, ToolkitError } from '../core/index.js';
import type { EncodeSummary } from '../data/index.js';
import { isFeature } from '../data/index.js';
import type { ServedModel, ServedRows } from '../run/index.js';
import { packageVersion } from '../run/index.js';
import type { Access } from './access.js';
import { logRequest } from './access-log.js';
import { watchBody } from './body-watch.js';
import { guardRequest, SAFETY_HEADERS } from './guard.js';
import { describeError, HttpError, MAX_REQUEST_COLUMNS, silentBody } from './http.js';
import { ModelMetrics } from './model-metrics.js';
import { openApiOf } from './model-openapi.js';

export interface ModelAppOptions {
  readonly model: ServedModel;
  readonly strict: boolean;
  readonly maxBodyBytes: number;
  readonly maxRows: number;
  /** Requests for predictions at work or waiting, their bodies there; more are sent away. */
  readonly maxWaiting: number;
  /** Bodies under way; where there are more, the one that has been longest is cut off. */
  readonly maxBodies: number;
  /** Names that Host may say besides localhost, addresses and those of `access`. */
  readonly hosts: readonly string[];
  readonly access: Access;
  /** Hears of every request that was answered. */
  readonly onRequest?: ((line: string) => void) | undefined;
  readonly onBug: (error: unknown) => void;
  /** Whether the server takes no more requests. */
  readonly isClosing: () => boolean;
  /** A body of which nothing comes for so long is cut off. */
  readonly bodyPatienceMs: number;
}

export function makeModelApp(options: ModelAppOptions): Express {
  const { model, onBug, isClosing, bodyPatienceMs, access } = options;
  const guard = { hosts: [...options.hosts, ...access.hosts], origin: access.origin };
  const metrics = new ModelMetrics();
  const app = express();
  app.disable('x-powered-by');
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set({ ...SAFETY_HEADERS, 'cache-control': 'no-store' });
    logRequest(request, response, options.onRequest);
    guardRequest(request, guard);
    watchBody(request, response, bodyPatienceMs, () => fail(silentBody(), request, response));
    next();
  });
  app.get('/healthz', (_request, response) => {
    response
      .status(isClosing() ? 503 : 200)
      .type('text')
      .send(isClosing() ? 'closing\n' : 'ok\n');
  });
  app.use((request: Request, _response: Response, next: NextFunction) => {
    access.require(request);
    next();
  });
  app.get('/metrics', (_request, response) => void response.type('text/plain; version=0.0.4').send(metrics.text()));
  app.get('/openapi.json', (_request, response) => void response.json(openApiOf(model, packageVersion())));
  app.get('/v1/schema', (_request, response) => void response.json(schemaOf(options)));
  addPredict(app, options, metrics);
  app.use(() => {
    throw new HttpError(
      404,
      'server: there is no such address. Predict with POST /v1/predict; GET /openapi.json says how.',
    );
  });
  const fail = (error: unknown, request: Request, response: Response): void => {
    const { status, body } = failureOf(error);
    if (status === 500) onBug(error);
    if (response.headersSent) return void response.destroy();
    request.resume();
    if (status === 401) response.set('www-authenticate', 'Bearer');
    if (status === 503) response.set('retry-after', '1');
    response.status(status).json(body);
  };
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    fail(error, request, response);
  });
  return app;
}

function schemaOf({ model, strict, maxRows, maxBodyBytes }: ModelAppOptions): object {
  const { schema, task } = model;
  const columns = schema.columns.filter(isFeature).map(({ name, kind, levels, dateFormat, range }) => ({
    name,
    kind,
    ...(range && { range }),
    ...(levels && { levels }),
    ...(dateFormat && { dateFormat }),
  }));
  const { name: target, classes } = schema.target;
  return { task, target, classes, columns, missingTokens: schema.missingTokens, strict, maxRows, maxBodyBytes };
}

function addPredict(app: Express, options: ModelAppOptions, metrics: ModelMetrics): void {
  const { maxBodyBytes: limit, maxWaiting, maxBodies } = options;
  const measure = (_request: Request, response: Response, next: NextFunction): void => {
    const start = performance.now();
    response.once('close', () => metrics.addRequest(response.statusCode, (performance.now() - start) / 1000));
    next();
  };
  // In the order they began: who sends nothing shuts nobody out, for a place is taken from whoever has had one longest.
  const arriving = new Set<Request>();
  const receive = (request: Request, response: Response, next: NextFunction): void => {
    const [eldest] = arriving;
    if (arriving.size >= maxBodies) {
      arriving.delete(eldest);
      eldest.destroy();
    }
    arriving.add(request);
    response.once('close', () => arriving.delete(request));
    next();
  };
  let waiting = 0;
  const count = (request: Request, response: Response, next: NextFunction): void => {
    arriving.delete(request);
    if (waiting >= maxWaiting)
      throw new HttpError(503, 'server: too many requests are waiting. Try again in a moment.');
    waiting++;
    response.once('close', () => waiting--);
    next();
  };
  const bodies = [express.json({ limit }), express.raw({ type: TABLE_TYPES, limit })];
  const answer = (request: Request, response: Response): Promise<void> => predict(request, response, options, metrics);
  app.post('/v1/predict', measure, receive, ...bodies, count, answer);
  app.all('/v1/predict', (_request, response) => {
    response.set('allow', 'POST');
    throw new HttpError(405, 'server: predictions are asked for with POST.');
  });
}

async function predict(
  request: Request,
  response: Response,
  { model, strict, maxRows }: ModelAppOptions,
  metrics: ModelMetrics,
): Promise<void> {
  const rows = rowsOf(request);
  const types = rows instanceof Uint8Array ? ['text/csv', 'application/json'] : ['application/json', 'text/csv'];
  const type = request.accepts(types);
  if (type === false) throw new HttpError(406, 'server: Accept must allow application/json or text/csv.');
  const answer = await model.answer(rows, { strict, maxRows, maxColumns: MAX_REQUEST_COLUMNS });
  metrics.addRows(answer.rows, answer.summary);
  if (type !== 'text/csv') return void response.json({ predictions: answer.predictions(), summary: answer.summary });
  response
    .set('lrnn-coerced', String(coercedCount(answer.summary)))
    .set('lrnn-out-of-range', String(cellCount(answer.summary.outOfRange)))
    .type('text/csv')
    .send(answer.csv());
}

/** Columns missing or not used, and cells unseen or not readable. */
function coercedCount({ missingColumns, extraColumns, unseenCategories, unparsable }: EncodeSummary): number {
  return missingColumns.length + extraColumns.length + cellCount(unseenCategories) + cellCount(unparsable);
}

function cellCount(byColumn: Readonly<Record<string, number>>): number {
  return Object.values(byColumn).reduce((total, count) => total + count, 0);
}

/** Of bodies that are a file; which one it is, its first bytes say. */
const TABLE_TYPES = [
  'text/csv',
  'text/tab-separated-values',
  'application/x-ndjson',
  'application/jsonl',
  'application/gzip',
  'application/zip',
  'application/vnd.apache.parquet',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
];

function rowsOf(request: Request): ServedRows {
  if (typeof request.is(TABLE_TYPES) === 'string') {
    const bytes = request.body as unknown;
    return bytes instanceof Uint8Array ? bytes : new Uint8Array();
  }
  if (request.is('application/json') !== 'application/json') {
    throw new HttpError(415, 'server: Content-Type must be application/json or text/csv, and the body not empty.');
  }
  const body = request.body as { rows?: unknown } | unknown[];
  const rows = Array.isArray(body) ? body : body.rows;
  check(Array.isArray(rows) && rows.length > 0, 'rows', 'must be a list of at least one object', rows);
  return rows as Readonly<Record<string, unknown>>[];
}

/** Errors of the body reader carry a status of their own. */
function failureOf(error: unknown): { status: number; body: object } {
  const { status } = error as { status?: unknown };
  const isTheirs =
    !(error instanceof HttpError || error instanceof ToolkitError) &&
    typeof status === 'number' &&
    status >= 400 &&
    status < 500;
  const known = isTheirs ? new HttpError(status, THEIRS[status] ?? 'server: the request must be readable.') : error;
  const { status: code, message } = describeError(known);
  const kind = known instanceof ToolkitError ? known.kind : code === 500 ? 'bug' : 'http';
  const where = known instanceof ToolkitError ? { where: known.parts.where } : {};
  return { status: code, body: { error: { kind, ...where, message } } };
}

const THEIRS: Readonly<Record<number, string>> = {
  400: 'server: the body must be JSON.',
  413: 'server: the body must be smaller; /v1/schema says how small.',
  415: 'server: the encoding of the body must be known.',
};
