/** @file A table in compressed parts, as it travels, and whole again. */

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

import { checkData } from '../core/index.js';
import type { StudyOffer } from './messages.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Bytes of a part before it is compressed. */
export const CHUNK_BYTES = 4 * 2 ** 20;
/** Fast, and half as good again as nothing at all. */
const LEVEL = 1;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function partsOf(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** Throws what `goOn` throws, which is asked before each part. */
export async function* compressed(bytes: Uint8Array, goOn: () => void): AsyncGenerator<Buffer, void> {
  for (let i = 0; i < partsOf(bytes.length); i++) {
    goOn();
    yield await deflate(bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES), { level: LEVEL });
  }
}

/** The table of its parts, which are asked for one after the other. Throws data: they are not those of the offer. */
export async function whole(
  { bytes, table }: StudyOffer,
  readPart: (part: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const all = new Uint8Array(bytes);
  for (let i = 0; i < partsOf(bytes); i++) {
    const part = await readPart(i);
    const wanted = Math.min(CHUNK_BYTES, bytes - i * CHUNK_BYTES);
    const found = await inflate(part, { maxOutputLength: wanted }).catch(() => new Uint8Array(0));
    checkData(found.length === wanted, 'table', 'every part must have its length', found.length);
    all.set(found, i * CHUNK_BYTES);
  }
  checkData(sha256(all) === table, 'table', 'must have the SHA-256 that the study gives for it', table);
  return all;
}
