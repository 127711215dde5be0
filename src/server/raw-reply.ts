/** @file Replies of programs to programs: headers in one piece, as Node sends them fastest. */

import type { ServerResponse } from 'node:http';

import { SAFETY_HEADERS } from './guard.js';

const ALWAYS = Object.entries({ ...SAFETY_HEADERS, 'cache-control': 'no-store' }).flat();

export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/** Names and values in turn. */
export type HeaderList = readonly string[];

export function sendRaw(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
  more: HeaderList = [],
): void {
  const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
  response.writeHead(status, [...ALWAYS, 'content-type', type, 'content-length', length, ...more]);
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, value: object, more: HeaderList = []): void {
  sendRaw(response, status, JSON_TYPE, JSON.stringify(value), more);
}
