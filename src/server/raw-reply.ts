/** @file Replies of programs to programs: headers in one piece, as Node sends them fastest. */

import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

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

export function sendNothing(response: ServerResponse): void {
  response.writeHead(204, [...ALWAYS]).end();
}

/** Sends a file as it lies there, no faster than it is taken; rejects where the visitor goes before its end. */
export async function sendFile(
  response: ServerResponse,
  file: string,
  type: string,
  more: HeaderList = [],
): Promise<void> {
  const source = await open(file);
  try {
    const length = String((await source.stat()).size);
    response.writeHead(200, [...ALWAYS, 'content-type', type, 'content-length', length, ...more]);
    if (response.req.method === 'HEAD') return void response.end();
    await pipeline(source.createReadStream({ autoClose: false }), response);
  } finally {
    await source.close();
  }
}
