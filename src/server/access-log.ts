/** @file One line per request, for the keeper of a server. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Tells, once a request was answered or broke off: when, its number, who, what, the status, and how long it took. */
export function logRequest(
  request: IncomingMessage,
  response: ServerResponse,
  tell: ((line: string) => void) | undefined,
  from: string,
): void {
  if (!tell) return;
  const id = randomUUID().slice(0, 8);
  response.setHeader('request-id', id);
  const { method = '-', url = '-' } = request;
  const start = performance.now();
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : 'cut';
    const ms = Math.round(performance.now() - start);
    tell(`${new Date().toISOString()} ${id} ${from} ${method} ${encodeURI(url).slice(0, 500)} ${status} ${ms}ms`);
  });
}
