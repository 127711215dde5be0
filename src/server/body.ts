/** @file The body of a request in one piece, unpacked, and never more of it than is allowed. */

import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { HttpError } from './http.js';

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The visitor has gone: there is nobody to answer. */
export class CutOff extends Error {}

/**
 * Reads a body to its end.
 *
 * @param onBytes  hears of every piece that is kept
 * Throws   413, 415 or 400 for one that is too long, packed in an unknown way, or cannot be unpacked; `CutOff`
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  onBytes: (count: number) => void = () => undefined,
): Promise<Buffer> {
  const tooLong = new HttpError(413, 'server: the body must be smaller; /v1/schema says how small.');
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLong);
  const packing = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  const isPlain = packing === 'identity';
  if (!isPlain && !Object.hasOwn(UNPACKERS, packing)) {
    return Promise.reject(new HttpError(415, 'server: the encoding of the body must be known.'));
  }
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const unpacker = isPlain ? null : UNPACKERS[packing]();
    const source: Readable = unpacker ?? request;
    const end = (error: Error): void => {
      source.removeAllListeners('data');
      if (unpacker) request.unpipe(unpacker);
      unpacker?.destroy();
      reject(error);
    };
    source.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > limit) return end(tooLong);
      onBytes(piece.length);
      pieces.push(piece);
    });
    source.once('end', () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, length)));
    unpacker?.once('error', () => end(new HttpError(400, 'server: the body must be packed as its header says.')));
    request.once('error', () => end(new CutOff('the body broke off')));
    request.once('close', () => {
      if (!request.complete) end(new CutOff('the body broke off'));
    });
    if (unpacker) request.pipe(unpacker);
  });
}
