/** @file A result on its way into Redis: while its study goes on, and when there is room for it. */

import { setTimeout as pause } from 'node:timers/promises';

import type { Redis } from 'ioredis';

import type { FoldResult } from '../automl/index.js';
import { isFull } from './faults.js';
import { KEYS_AT_ONCE, LIFETIME_SECONDS, offerKey, resultKey } from './keys.js';
import { MAX_RESULT_BYTES } from './messages.js';
import { encodeResult } from './result.js';

/** Keeps a result unless its study is over: what comes too late leaves nothing behind. */
const KEEP = `if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2]) end`;
/** Between two tries of a Redis that is full. */
const RETRY_MS = 1000;

export interface Keeping {
  readonly redis: Redis;
  readonly study: string;
  /** Of the job. */
  readonly name: string;
  readonly result: FoldResult;
  /** Asked before another try of a Redis that is full; throws where nobody waits for it here any more. */
  readonly onFull: (error: unknown) => void;
}

/** A fold took longer than Redis is full: it waits for room rather than to be fitted again. */
export async function keepResult({ redis, study, name, result, onFull }: Keeping): Promise<void> {
  const bytes = encodeResult(result);
  const error = `its model has ${bytes.length} bytes, more than the ${MAX_RESULT_BYTES} that can be sent`;
  const { seconds, machine } = result;
  const sent = bytes.length <= MAX_RESULT_BYTES ? bytes : encodeResult({ ok: false, error, seconds, machine });
  const value = Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength);
  for (;;) {
    try {
      await redis.eval(KEEP, 2, offerKey(study), resultKey(name), value, LIFETIME_SECONDS);
      return;
    } catch (fault) {
      if (!isFull(fault)) throw fault;
      onFull(fault);
    }
    await pause(RETRY_MS);
  }
}

/** Of all sessions of a study: also what was fitted for a killed one, and nobody has asked for since. */
export async function removeResults(redis: Redis, study: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: resultKey(`${study}-*`), count: KEYS_AT_ONCE })) {
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  }
}

/** Whether somebody has done it already: a worker that was taken for lost, or an earlier session's. */
export async function isKept(redis: Redis, name: string): Promise<boolean> {
  return (await redis.exists(resultKey(name))) === 1;
}
