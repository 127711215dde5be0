/** @file One line per request, for the keeper of a server. */

import { randomUUID } from 'node:crypto';

import type { Request, Response } from 'express';

/** Tells, once a request was answered or broke off: when, its number, who, what, the status, and how long it took. */
export function logRequest(request: Request, response: Response, tell: ((line: string) => void) | undefined): void {
  if (!tell) return;
  const id = randomUUID().slice(0, 8);
  response.set('request-id', id);
  const { method, originalUrl } = request;
  const from = request.socket.remoteAddress ?? '-';
  const start = performance.now();
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : 'cut';
    const ms = Math.round(performance.now() - start);
    tell(
      `${new Date().toISOString()} ${id} ${from} ${method} ${encodeURI(originalUrl).slice(0, 500)} ${status} ${ms}ms`,
    );
  });
}
