/** @file A study's table on its way through Redis: in compressed parts that go by themselves when nobody looks after them. */

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

import type { Redis } from 'ioredis';

import { checkData } from '../core/index.js';
import { chunkKey, LIFETIME_SECONDS, offerKey, STUDIES_KEY } from './keys.js';
import type { StudyOffer } from './messages.js';
import { checkOffer } from './messages.js';
import { parsed } from './schema.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Bytes of a part before it is compressed. */
export const CHUNK_BYTES = 4 * 2 ** 20;
/** Fast, and half as good again as nothing at all. */
const LEVEL = 1;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function offerOf(build: string, bytes: Uint8Array): StudyOffer {
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  return { build, table: sha256(bytes), bytes: bytes.length, chunks };
}

/** The parts first: a study that is offered is whole. Throws when it is not wanted any more. */
export async function sendTable(
  redis: Redis,
  study: string,
  offer: StudyOffer,
  bytes: Uint8Array,
  isWanted: () => boolean = () => true,
): Promise<void> {
  const goOn = (): void => {
    if (!isWanted()) throw new Error('the study is over');
  };
  for (let i = 0; i < offer.chunks; i++) {
    goOn();
    const part = await deflate(bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES), { level: LEVEL });
    await redis.set(chunkKey(study, i), part, 'EX', LIFETIME_SECONDS);
  }
  goOn();
  await redis.hset(STUDIES_KEY, study, offer.build);
  await redis.expire(STUDIES_KEY, LIFETIME_SECONDS);
  await redis.set(offerKey(study), offerText(offer), 'EX', LIFETIME_SECONDS);
}

/** Says that the study still goes on; false where anything of its table is not there any more, or another is offered. */
export async function renewTable(redis: Redis, study: string, offer: StudyOffer): Promise<boolean> {
  const { build, chunks } = offer;
  const pipeline = redis.pipeline();
  for (const key of keysOf(study, chunks)) pipeline.expire(key, LIFETIME_SECONDS);
  pipeline.hset(STUDIES_KEY, study, build).expire(STUDIES_KEY, LIFETIME_SECONDS);
  pipeline.get(offerKey(study));
  const answers = (await pipeline.exec()) ?? [];
  if (answers.at(-1)?.[1] !== offerText(offer)) return false;
  return answers.slice(0, chunks + 1).every(([error, isThere]) => error === null && isThere === 1);
}

export async function removeTable(redis: Redis, study: string, { chunks }: StudyOffer): Promise<void> {
  await redis.unlink(...keysOf(study, chunks));
  await redis.hdel(STUDIES_KEY, study);
}

/** Null where the study is over. Throws data: what lies there is no offer. */
export async function readOffer(redis: Redis, study: string): Promise<StudyOffer | null> {
  const text = await redis.get(offerKey(study));
  return text === null ? null : parsed(text, checkOffer, 'offer');
}

/** Throws data: the parts are not those of the offer; an error where one is not there any more. */
export async function fetchTable(redis: Redis, study: string, offer: StudyOffer): Promise<Uint8Array> {
  const { bytes, chunks, table } = offer;
  checkData(chunks === Math.ceil(bytes / CHUNK_BYTES), 'table', 'must have as many parts as its bytes need', chunks);
  const all = new Uint8Array(bytes);
  for (let i = 0; i < chunks; i++) {
    const part = await redis.getBuffer(chunkKey(study, i));
    if (part === null) throw new Error('a part of the table is not in Redis any more');
    const wanted = Math.min(CHUNK_BYTES, bytes - i * CHUNK_BYTES);
    const found = await inflate(part, { maxOutputLength: wanted }).catch(() => new Uint8Array(0));
    checkData(found.length === wanted, 'table', 'every part must have its length', found.length);
    all.set(found, i * CHUNK_BYTES);
  }
  checkData(sha256(all) === table, 'table', 'must have the SHA-256 that the study gives for it', table);
  return all;
}

function offerText({ build, table, bytes, chunks }: StudyOffer): string {
  return JSON.stringify({ build, table, bytes, chunks });
}

function keysOf(study: string, chunks: number): string[] {
  return [offerKey(study), ...Array.from({ length: chunks }, (_, i) => chunkKey(study, i))];
}
