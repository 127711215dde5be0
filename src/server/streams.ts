/** @file Pages that follow searches: how many at once, in all and of one visitor, and what is sent to each. */

import { once } from 'node:events';

import type { Request, Response } from 'express';

import { HttpError } from './http.js';
import type { LiveSource } from './live.js';
import { liveChunks, startAfter } from './live.js';

export interface StreamOptions {
  /** Each holds a connection and is written to a few times a second. Default: 100, of which one visitor may have a fifth. */
  readonly maxStreams?: number | undefined;
  readonly pollMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
}

const MAX_STREAMS = 100;
const SHARE_OF_ONE = 5;
const RETRY_SECONDS = 5;

export class Streams {
  private readonly max: number;
  private readonly maxOfOne: number;
  private readonly byVisitor = new Map<string, number>();
  private open = 0;

  constructor(private readonly options: StreamOptions) {
    this.max = options.maxStreams ?? MAX_STREAMS;
    this.maxOfOne = Math.ceil(this.max / SHARE_OF_ONE);
  }

  get size(): number {
    return this.open;
  }

  /** Sends events until the last one, or until the visitor leaves. Rejects with 503 and 429 where too many are sent already. */
  async follow(source: LiveSource, visitor: string | null, request: Request, response: Response): Promise<void> {
    const leave = this.enter(visitor);
    const gone = new AbortController();
    const { socket } = request;
    const end = (): void => {
      socket.off('close', end);
      if (gone.signal.aborted) return;
      gone.abort();
      leave();
    };
    response.once('close', end);
    // An answer that waits behind another one of its connection hears of no close.
    socket.once('close', end);
    if (socket.destroyed) end();
    const { after: query } = request.query;
    const after = startAfter(request.get('last-event-id'), typeof query === 'string' ? query : undefined);
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    const { pollMs, heartbeatMs } = this.options;
    const timing = { ...(pollMs !== undefined && { pollMs }), ...(heartbeatMs !== undefined && { heartbeatMs }) };
    for await (const chunk of liveChunks(source, { after, signal: gone.signal, ...timing })) {
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
    }
    response.end();
  }

  /** Takes a place; returns what gives it back. `visitor` is null for this computer, which has no share of its own. */
  private enter(visitor: string | null): () => void {
    const mine = visitor === null ? 0 : (this.byVisitor.get(visitor) ?? 0);
    if (this.open >= this.max) {
      throw new HttpError(503, 'server: too many pages follow searches here. Reload in a moment.', RETRY_SECONDS);
    }
    if (mine >= this.maxOfOne) {
      throw new HttpError(429, 'server: too many pages of one address follow searches. Close some.', RETRY_SECONDS);
    }
    this.open++;
    if (visitor !== null) this.byVisitor.set(visitor, mine + 1);
    return () => {
      this.open--;
      if (visitor === null) return;
      const left = this.byVisitor.get(visitor)! - 1;
      if (left === 0) this.byVisitor.delete(visitor);
      else this.byVisitor.set(visitor, left);
    };
  }
}
