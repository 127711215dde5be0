/** @file What a server of models answers to each address. Never listens. */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { ToolkitError } from '../core/index.js';
import { taskWord } from '../data/index.js';
import { bearing, requireBorne } from '../evaluate/index.js';
import type { TargetDescription } from '../run/index.js';
import { packageVersion } from '../run/index.js';
import type { Access } from './access.js';
import { logRequest } from './access-log.js';
import { CutOff } from './body.js';
import { watchBody } from './body-watch.js';
import { guardRequest } from './guard.js';
import { baseOf, describeError, HttpError, silentBody } from './http.js';
import type { Batches, BatchLimits } from './model-batches.js';
import { metricsText } from './model-metrics.js';
import { columnsOfAll, openApiOf } from './model-openapi.js';
import type { PredictLimits } from './model-predict.js';
import { Predictions } from './model-predict.js';
import type { ModelStore, ServedModel } from './model-store.js';
import { sendJson, sendRaw, TEXT_TYPE } from './raw-reply.js';
import type { Visitors } from './visitors.js';

export interface ModelAppOptions extends PredictLimits {
  readonly store: ModelStore;
  readonly batches: Batches;
  readonly batchLimits: BatchLimits;
  /** Name of the model that answers /v1/predict; null where every model has an address of its own only. */
  readonly main: string | null;
  /** Names that Host may say besides localhost, addresses and those of `access`. */
  readonly hosts: readonly string[];
  readonly access: Access;
  readonly visitors: Visitors;
  /** Hears of every request that was answered. */
  readonly onRequest?: ((line: string) => void) | undefined;
  readonly onBug: (error: unknown) => void;
  /** Whether the server is about to end: it still answers, but wants no more requests. */
  readonly isClosing: () => boolean;
  /** A body of which nothing comes for so long is cut off. */
  readonly bodyPatienceMs: number;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Words of the address after its `?`. */
  readonly query: string;
}

type Route = (exchange: Exchange) => void | Promise<void>;
/** By method; GET stands for HEAD as well. */
type Routes = Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', Route>>>;

/** Of one model, below its own address, and below /v1 for the main one. */
const MODEL_PATH = /^\/v1\/models\/([^/]+)(?:\/([a-z-]+))?$/;
const BATCH_PATH = /^\/v1\/batches\/([0-9a-f]{32})(\/predictions\.csv)?$/;

export function makeModelApp(options: ModelAppOptions): RequestListener {
  const { access, visitors, onBug, bodyPatienceMs, isClosing } = options;
  const guard = { hosts: [...options.hosts, ...access.hosts], origin: access.origin };
  const routesOf = makeRoutes(options);
  const fail = (error: unknown, request: IncomingMessage, response: ServerResponse): void => {
    if (error instanceof CutOff) return void response.destroy();
    const { status, body } = failureOf(error);
    if (status === 500) onBug(error);
    if (response.headersSent) return void response.destroy();
    // What is still coming is not wanted, but whoever sends it shall read the answer.
    request.resume();
    const extra: Readonly<Record<number, readonly string[]>> = {
      401: ['www-authenticate', 'Bearer'],
      503: ['retry-after', '1'],
    };
    const allow = error instanceof MethodError ? ['allow', error.allowed] : [];
    const wait = error instanceof HttpError && error.retryAfter !== null ? String(error.retryAfter) : null;
    const again = wait === null ? [] : ['retry-after', wait];
    sendJson(response, status, body, [...(extra[status] ?? []), ...allow, ...again]);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    if (isClosing()) response.shouldKeepAlive = false;
    logRequest(request, response, options.onRequest, visitors.addressOf(request));
    guardRequest({ method, headers: request.headers }, guard);
    watchBody(request, response, bodyPatienceMs, () => fail(silentBody(), request, response));
    const [path, query = ''] = url.split(/\?(.*)/s, 2);
    const { routes, isOpen } = routesOf(path);
    if (!isOpen) {
      await visitors.admit(request, response);
      access.require({ method, headers: request.headers });
    }
    const route = routes?.[method === 'HEAD' ? 'GET' : (method as keyof Routes)];
    if (!routes) throw new HttpError(404, NO_ADDRESS);
    if (!route) throw new MethodError(Object.keys(routes).join(', '));
    await route({ request, response, query });
  };
  return (request, response) => {
    respond(request, response).catch((error: unknown) => fail(error, request, response));
  };
}

const NO_ADDRESS = 'server: there is no such address. Predict with POST /v1/predict; GET /openapi.json says how.';

const METHOD_RULES: Readonly<Record<string, string>> = {
  POST: 'server: predictions are asked for with POST.',
  GET: 'server: this is read with GET.',
};

class MethodError extends HttpError {
  constructor(readonly allowed: string) {
    super(405, METHOD_RULES[allowed] ?? `server: this address takes ${allowed}.`);
  }
}

/** `isOpen` is what strangers may see: whether the server lives. */
function makeRoutes(options: ModelAppOptions): (path: string) => { routes: Routes | undefined; isOpen: boolean } {
  const { store, main, isClosing, batches } = options;
  const predictions = new Predictions(store, options);
  const ofModel = (of: () => ServedModel | null, part: string | undefined): Routes | undefined => {
    const needed = (): ServedModel => {
      const model = of();
      if (!model) throw new HttpError(404, `server: the models are ${store.names.join(', ')}.`);
      return model;
    };
    if (part === undefined) return { GET: ({ response }) => sendJson(response, 200, aboutModel(needed())) };
    if (part === 'schema') return { GET: ({ response }) => sendJson(response, 200, schemaOf(needed(), options)) };
    if (part !== 'predict' && part !== 'batches') return undefined;
    const work: Predictions['answer'] = (...exchange) =>
      part === 'predict' ? predictions.answer(...exchange) : batches.take(...exchange);
    return {
      POST: ({ request, response, query }) => {
        const model = needed();
        return work(model, request, response, askedInterval(model, query));
      },
    };
  };
  const ready: Routes = {
    GET: ({ response }) =>
      isClosing()
        ? sendRaw(response, 503, TEXT_TYPE, 'closing\n', ['retry-after', '1'])
        : sendRaw(response, 200, TEXT_TYPE, 'ok\n'),
  };
  const open: Readonly<Record<string, Routes>> = {
    '/healthz': ready,
    '/readyz': ready,
    '/livez': { GET: ({ response }) => sendRaw(response, 200, TEXT_TYPE, 'ok\n') },
  };
  const mine = (): ServedModel | null => (main === null ? null : store.get(main));
  const closed: Readonly<Record<string, Routes>> = {
    '/metrics': {
      GET: ({ response }) => {
        const text = metricsText(store.models, { waiting: predictions.waitingCount, ...batches.gauges });
        sendRaw(response, 200, 'text/plain; version=0.0.4; charset=utf-8', text);
      },
    },
    '/openapi.json': {
      GET: ({ request, response }) => {
        const api = openApiOf(store.models, main, packageVersion());
        const base = baseOf(request);
        sendJson(response, 200, base === '' ? api : { ...api, servers: [{ url: base }] });
      },
    },
    '/v1/models': {
      GET: ({ response }) => sendJson(response, 200, { models: store.models.map((model) => aboutModel(model)) }),
    },
    '/v1/schema': ofModel(mine, 'schema')!,
    '/v1/predict': ofModel(mine, 'predict')!,
    '/v1/batches': ofModel(mine, 'batches')!,
  };
  const ofBatch = (id: string, isAnswer: boolean): Routes => {
    if (isAnswer) return { GET: ({ response }) => batches.predictions(id, response) };
    return {
      GET: ({ request, response }) => batches.status(id, response, baseOf(request)),
      DELETE: ({ response }) => batches.remove(id, response),
    };
  };
  return (path) => {
    if (Object.hasOwn(open, path)) return { routes: open[path], isOpen: true };
    if (Object.hasOwn(closed, path)) return { routes: closed[path], isOpen: false };
    const [, id, answer] = BATCH_PATH.exec(path) ?? [];
    if (id !== undefined) return { routes: ofBatch(id, answer !== undefined), isOpen: false };
    const [, name, part] = MODEL_PATH.exec(path) ?? [];
    return { routes: name === undefined ? undefined : ofModel(() => store.get(name), part), isOpen: false };
  };
}

/** The level after `?interval=`. A word that is not understood changes what is asked for: it must not be passed over. */
function askedInterval({ description }: ServedModel, query: string): number | undefined {
  const words = [...new URLSearchParams(query)];
  const other = words.find(([name]) => name !== 'interval')?.[0] ?? words[1]?.[0];
  if (other !== undefined) {
    throw new ToolkitError('usage', {
      where: 'query',
      rule: 'the address takes interval, once, and no other options',
      got: other,
      hint: 'A served model gives predictions, probabilities and intervals; lrnn serve REPORTS explains them.',
    });
  }
  if (words.length === 0) return undefined;
  const level = /^0?\.\d+$/.test(words[0][1]) ? Number(words[0][1]) : words[0][1];
  for (const { uncertainty } of description.targets) requireBorne(uncertainty, level as number);
  return level as number;
}

function aboutModel({ identity, description }: ServedModel): object {
  const { targets, writer } = description;
  const all = targets.map(({ schema }) => ({ task: taskWord(schema.target), target: schema.target.name }));
  return { ...identity, ...(all.length === 1 ? all[0] : { targets: all }), writer };
}

function schemaOf({ identity, description }: ServedModel, limits: ModelAppOptions): object {
  const { strict, maxRows, maxBodyBytes } = limits;
  const { maxBatchRows, maxBatchBytes } = limits.batchLimits;
  const { targets } = description;
  const all = targets.map(aboutTarget);
  const [{ schema }] = targets;
  const columns = columnsOfAll(targets.map((own) => own.schema)).map(({ name, kind, levels, dateFormat, range }) => ({
    name,
    kind,
    ...(range && { range }),
    ...(levels && { levels }),
    ...(dateFormat && { dateFormat }),
  }));
  const { missingTokens } = schema;
  const { maxInterval, ...only } = all[0];
  return {
    model: identity,
    ...(all.length === 1 ? only : { targets: all }),
    columns,
    missingTokens,
    ...(all.length === 1 ? { maxInterval } : {}),
    strict,
    maxRows,
    maxBodyBytes,
    maxBatchRows,
    maxBatchBytes,
  };
}

function aboutTarget({ schema, uncertainty }: TargetDescription) {
  const { name: target, classes, exposure } = schema.target;
  return {
    task: taskWord(schema.target),
    target,
    ...(exposure === undefined ? {} : { exposure }),
    classes,
    maxInterval: uncertainty ? bearing(uncertainty) : null,
  };
}

function failureOf(error: unknown): { status: number; body: object } {
  const { status, message } = describeError(error);
  const isKnown = error instanceof ToolkitError;
  const known = isKnown ? { kind: error.kind, where: error.parts.where } : { kind: status === 500 ? 'bug' : 'http' };
  return { status, body: { error: { ...known, message } } };
}
