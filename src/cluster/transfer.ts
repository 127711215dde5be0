/** @file A study's table on its way through Redis: in compressed parts that go by themselves when nobody looks after them. */

import type { Redis } from 'ioredis';

import { checkData } from '../core/index.js';
import { isFull } from './faults.js';
import { chunkKey, LIFETIME_SECONDS, offerKey, STUDIES_KEY } from './keys.js';
import type { StudyOffer } from './messages.js';
import { checkOffer } from './messages.js';
import { compressed, partsOf, sha256, whole } from './parts.js';
import { parsed } from './schema.js';

/** `isShared`: the table goes through a folder that everybody sees, and no part of it through Redis. */
export function offerOf(build: string, bytes: Uint8Array, isShared = false): StudyOffer {
  return { build, table: sha256(bytes), bytes: bytes.length, chunks: isShared ? 0 : partsOf(bytes.length) };
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
  let sent = 0;
  if (offer.chunks > 0) {
    for await (const part of compressed(bytes, goOn)) {
      await redis.set(chunkKey(study, sent++), part, 'EX', LIFETIME_SECONDS);
    }
  }
  goOn();
  await redis.hset(STUDIES_KEY, study, offer.build);
  await redis.expire(STUDIES_KEY, LIFETIME_SECONDS);
  await redis.set(offerKey(study), offerText(offer), 'EX', LIFETIME_SECONDS);
}

/** Says that the study still goes on; false where anything of its table is not there any more, or another is offered. Throws where Redis is full. */
export async function renewTable(redis: Redis, study: string, offer: StudyOffer): Promise<boolean> {
  const { build, chunks } = offer;
  const pipeline = redis.pipeline();
  for (const key of keysOf(study, chunks)) pipeline.expire(key, LIFETIME_SECONDS);
  pipeline.hset(STUDIES_KEY, study, build).expire(STUDIES_KEY, LIFETIME_SECONDS);
  pipeline.get(offerKey(study));
  const answers = (await pipeline.exec()) ?? [];
  const full = answers.find(([error]) => isFull(error));
  if (full) throw full[0]!;
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
  const { bytes, chunks } = offer;
  checkData(chunks === partsOf(bytes), 'table', 'must have as many parts as its bytes need', chunks);
  return whole(offer, async (part) => {
    const found = await redis.getBuffer(chunkKey(study, part));
    if (found === null) throw new Error('a part of the table is not in Redis any more');
    return found;
  });
}

function offerText({ build, table, bytes, chunks }: StudyOffer): string {
  return JSON.stringify({ build, table, bytes, chunks });
}

function keysOf(study: string, chunks: number): string[] {
  return [offerKey(study), ...Array.from({ length: chunks }, (_, i) => chunkKey(study, i))];
}
