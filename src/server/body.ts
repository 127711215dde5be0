/** @file The body of a request, unpacked, in memory or into a file, and never more of it than is allowed. */

import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { Blocks } from './blocks.js';
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
 * Reads a body to its end, into blocks one after the other.
 *
 * @param onBytes  hears of every piece that is kept
 * Throws   413, 415 or 400 for one that is too long, packed in an unknown way, or cannot be unpacked; `CutOff`
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  onBytes: (count: number) => void = () => undefined,
): Promise<Uint8Array[]> {
  const unpacker = unpackerFor(request, limit);
  return new Promise((resolve, reject) => {
    const blocks = new Blocks(unpacker ? 0 : Number(request.headers['content-length'] ?? 0));
    let length = 0;
    const source: Readable = unpacker ?? request;
    const end = (error: Error): void => {
      source.removeAllListeners('data');
      if (unpacker) request.unpipe(unpacker);
      unpacker?.destroy();
      reject(error);
    };
    source.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > limit) return end(tooLong());
      onBytes(piece.length);
      blocks.add(piece);
    });
    source.once('end', () => resolve(blocks.take()));
    unpacker?.once('error', () => end(wrongPacking()));
    request.once('error', () => end(brokenOff()));
    request.once('close', () => {
      if (!request.complete) end(brokenOff());
    });
    if (unpacker) request.pipe(unpacker);
  });
}

/**
 * Writes a body into a new file, no faster than the disk takes it. What lies there after an error is the caller's to remove.
 *
 * Throws   as `readBody`, and what the disk says
 */
export async function saveBody(
  request: IncomingMessage,
  file: string,
  limit: number,
  onBytes: (count: number) => void,
): Promise<void> {
  const unpacker = unpackerFor(request, limit);
  // A body may break off before somebody reads it, and what would tell of that has been said.
  if (isBroken(request)) throw brokenOff();
  const source: Readable = unpacker ? request.pipe(unpacker) : request;
  for (const stream of [request, source]) stream.on('error', () => unpacker?.destroy(brokenOff()));
  request.once('close', () => request.complete || unpacker?.destroy(brokenOff()));
  const out = await open(file, 'wx');
  let length = 0;
  try {
    // The request stays open behind an error: whoever sends it shall read the answer.
    for await (const piece of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > limit) throw tooLong();
      onBytes(piece.length);
      await out.writeFile(piece);
    }
  } catch (error) {
    if (error instanceof HttpError || isOfDisk(error)) throw error;
    throw unpacker && !isBroken(request) ? wrongPacking() : brokenOff();
  } finally {
    if (unpacker) request.unpipe(unpacker);
    unpacker?.destroy();
    await out.close();
  }
}

/** Null for a body as it is. */
function unpackerFor({ headers }: IncomingMessage, limit: number): Transform | null {
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLong();
  const packing = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (packing === 'identity') return null;
  if (Object.hasOwn(UNPACKERS, packing)) return UNPACKERS[packing]();
  throw new HttpError(415, 'server: the encoding of the body must be known.');
}

function isBroken({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

function isOfDisk(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'open' || syscall === 'write' || syscall === 'close';
}

const tooLong = (): Error => new HttpError(413, 'server: the body must be smaller; /v1/schema says how small.');
const wrongPacking = (): Error => new HttpError(400, 'server: the body must be packed as its header says.');
const brokenOff = (): Error => new CutOff('the body broke off');
