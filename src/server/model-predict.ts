/** @file POST .../predict: from the head of a request to the bytes of its answer. What is too much is refused at each step, before it costs anything. */

import type { IncomingMessage, ServerResponse } from 'node:http';

import { ToolkitError } from '../core/index.js';
import type { PooledRequest } from '../run/index.js';
import { ThreadLost } from '../run/index.js';
import { readBody } from './body.js';
import { HttpError, MAX_REQUEST_COLUMNS } from './http.js';
import type { ModelStore, ServedModel } from './model-store.js';
import { acceptedFormat, formatOf, TYPES } from './negotiate.js';
import { sendRaw } from './raw-reply.js';

export interface PredictLimits {
  readonly strict: boolean;
  readonly maxBodyBytes: number;
  readonly maxRows: number;
  /** Requests at work or waiting, their bodies there; more are sent away. */
  readonly maxWaiting: number;
  /** Bodies under way; where there are more, the one that has been longest is cut off. */
  readonly maxBodies: number;
  /** Of all bodies under way and waiting together; more are sent away. */
  readonly maxHeldBytes: number;
}

const BUSY = 'server: too many requests are waiting. Try again in a moment.';

export class Predictions {
  /** In the order they began: who sends nothing shuts nobody out, for a place is taken from whoever has had one longest. */
  private readonly arriving = new Set<IncomingMessage>();
  private waiting = 0;
  private heldBytes = 0;

  constructor(
    private readonly store: ModelStore,
    private readonly limits: PredictLimits,
  ) {}

  /** Requests whose bodies are there. */
  get waitingCount(): number {
    return this.waiting;
  }

  async answer(
    model: ServedModel,
    request: IncomingMessage,
    response: ServerResponse,
    interval?: number,
  ): Promise<void> {
    const start = performance.now();
    response.once('close', () => model.metrics.addRequest(response.statusCode, (performance.now() - start) / 1000));
    const type = formatOf(request.headers['content-type']);
    if (type === null) throw new HttpError(415, 'server: Content-Type must be application/json or text/csv.');
    const answer = acceptedFormat(request.headers.accept, type);
    if (answer === null) throw new HttpError(406, 'server: Accept must allow application/json or text/csv.');
    let held = 0;
    try {
      const body = await this.receive(request, (count) => {
        held += count;
        this.heldBytes += count;
        if (this.heldBytes > this.limits.maxHeldBytes) throw new HttpError(503, BUSY);
      });
      await this.predict(model, { body, type, answer, interval }, response);
    } finally {
      this.heldBytes -= held;
    }
  }

  private async receive(request: IncomingMessage, onBytes: (count: number) => void): Promise<Uint8Array[]> {
    const { arriving } = this;
    const [eldest] = arriving;
    if (arriving.size >= this.limits.maxBodies) {
      arriving.delete(eldest);
      eldest.destroy();
    }
    arriving.add(request);
    try {
      return await readBody(request, this.limits.maxBodyBytes, onBytes);
    } finally {
      arriving.delete(request);
    }
  }

  private async predict(model: ServedModel, asked: PooledRequest, response: ServerResponse): Promise<void> {
    const { strict, maxRows, maxWaiting } = this.limits;
    if (this.waiting >= maxWaiting) throw new HttpError(503, BUSY);
    this.waiting++;
    try {
      const limits = { strict, maxRows, maxColumns: MAX_REQUEST_COLUMNS };
      const { body, rows, summary, coerced, outOfRange } = await this.store.predict(model, asked, limits);
      model.metrics.addRows(rows, summary);
      // Whoever fell silent meanwhile has had an answer.
      if (response.headersSent) return;
      const { name, version, sha256 } = model.identity;
      const counts = ['lrnn-coerced', String(coerced), 'lrnn-out-of-range', String(outOfRange)];
      const who = ['lrnn-model', name, 'lrnn-model-version', String(version), 'lrnn-model-sha256', sha256];
      sendRaw(response, 200, TYPES[asked.answer], body, asked.answer === 'csv' ? [...counts, ...who] : who);
    } catch (error) {
      throw toHttpError(error);
    } finally {
      this.waiting--;
    }
  }
}

function toHttpError(error: unknown): unknown {
  if (error instanceof ThreadLost) {
    return new HttpError(503, 'server: the thread that predicted has ended. Try again in a moment.');
  }
  const isNoJson = error instanceof ToolkitError && error.parts.where === 'json';
  return isNoJson ? new HttpError(400, 'server: the body must be JSON.') : error;
}
