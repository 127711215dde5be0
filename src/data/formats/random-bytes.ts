/** @file Bytes that are read from any place, as formats want it whose table of contents stands at the end. */

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

import { ToolkitError } from '../../core/index.js';
import type { ByteSource } from '../csv-source.js';

export interface RandomBytes {
  readonly size: number;
  /** The bytes from `from` up to `to`; fewer where there are not so many. */
  read(from: number, to: number): Promise<Buffer>;
  /** The same, piece by piece. */
  stream(from: number, to: number): Readable;
}

/** What is no file of its own is gathered in memory. */
const MAX_GATHERED_BYTES = 1 << 30;

/** Throws   limit: more than 1 GiB where the bytes are no file of their own */
export async function randomBytes(source: ByteSource, name: string): Promise<RandomBytes> {
  return source.path === undefined ? inMemory(await gathered(source, name)) : inFile(source.path);
}

async function inFile(path: string): Promise<RandomBytes> {
  const { size } = await stat(path);
  const read = async (from: number, to: number): Promise<Buffer> => {
    const file = await open(path);
    try {
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(to, size) - from));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };
  const stream = (from: number, to: number): Readable =>
    to > from ? createReadStream(path, { start: from, end: to - 1 }) : Readable.from([]);
  return { size, read, stream };
}

function inMemory(bytes: Buffer): RandomBytes {
  return {
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, Math.max(from, to)),
    stream: (from, to) => Readable.from(to > from ? [bytes.subarray(from, to)] : []),
  };
}

async function gathered(source: ByteSource, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.chunks()) {
    parts.push(chunk);
    size += chunk.length;
    if (size <= MAX_GATHERED_BYTES) continue;
    const hint = 'Unpack it, or give its path.';
    throw new ToolkitError('limit', { where: name, rule: 'must have at most 1 GiB where it is no file', hint });
  }
  return Buffer.concat(parts);
}
