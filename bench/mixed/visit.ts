/** @file What a visitor of either server does: ask, send half of something and leave, follow a stream for a while. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { Rng } from '../../src/core/index.js';

/** Rejects where the answer is not what it must be. */
export type Visit = (url: string, rng: Rng) => Promise<void>;

export interface Asked {
  readonly method?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array | FormData;
  /** What the answer must say; 200 where nothing is said. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A connection that is kept may be closed by the server at the very moment it is used again, which says nothing of the server. */
export const CLOSE = { connection: 'close' };

/** The whole answer as text. */
export async function ask(url: string, asked: Asked = {}): Promise<string> {
  const { body, status = 200, type } = asked;
  const method = asked.method ?? (body === undefined ? 'GET' : 'POST');
  const headers = { ...(type !== undefined && { 'content-type': type }), ...CLOSE, ...asked.headers };
  const sent = { method, headers, body: body as NonNullable<RequestInit['body']>, redirect: 'manual' } as const;
  const reply = await fetch(url, sent).catch((error: unknown) => {
    throw new Error(`${method} ${url}: no answer`, { cause: (error as Error).cause });
  });
  const text = await reply.text();
  if (reply.status !== status) throw new Error(`${method} ${url}: ${reply.status} ${text.slice(0, 300)}`);
  return text;
}

/** Sends the beginning of a body and leaves, politely or not. */
export async function breakOff(url: string, type: string, body: string, rng: Rng): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head + body.slice(0, rng.integer(body.length)));
  await wait(rng.integer(30));
  if (rng.integer(2) === 0) socket.destroy();
  else socket.resetAndDestroy();
}

/** Reads a stream of events for so long, or to its end. Says what it read. */
export async function follow(url: string, ms: number): Promise<string> {
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), ms);
  let read = '';
  try {
    const reply = await fetch(url, { signal: leaving.signal, headers: CLOSE });
    if (reply.status !== 200) throw new Error(`GET ${url}: ${reply.status} ${await reply.text()}`);
    for await (const chunk of reply.body!) read += Buffer.from(chunk as Uint8Array).toString();
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return read;
}

/** Every visit is drawn as often as its weight says. */
export function anyOf(weighted: readonly (readonly [weight: number, visit: Visit])[]): Visit {
  const total = weighted.reduce((sum, [weight]) => sum + weight, 0);
  return (url, rng) => {
    let left = rng.integer(total);
    const [, visit] = weighted.find(([weight]) => (left -= weight) < 0)!;
    return visit(url, rng);
  };
}
