/** @file Which workers there are: each says so every few seconds, and is forgotten when it does not. */

import type { Redis } from 'ioredis';

import { requireDone } from './faults.js';
import { LIFETIME_SECONDS, queueKeys, WORKERS_KEY } from './keys.js';
import type { WorkerEntry } from './messages.js';
import { checkWorker } from './messages.js';
import { parsed } from './schema.js';

export const HEARTBEAT_MS = 5000;
/** Seconds of silence after which a worker does not count, and after which it is forgotten. */
const SILENT_SECONDS = 20;
const FORGOTTEN_SECONDS = 60;
/** Characters of what a worker tells of itself. */
const MAX_ENTRY = 20_000;

/** Throws what Redis refuses: a full one takes no word of anybody. */
export async function announce(redis: Redis, id: string, entry: Omit<WorkerEntry, 'seen'>): Promise<void> {
  const seen = await secondsOf(redis);
  const pipeline = redis.pipeline().hset(WORKERS_KEY, id, JSON.stringify({ ...entry, seen }));
  requireDone(await pipeline.expire(WORKERS_KEY, FORGOTTEN_SECONDS).exec());
}

export async function leave(redis: Redis, id: string): Promise<void> {
  await redis.hdel(WORKERS_KEY, id);
}

/** Those that are there, by their own number; entries that are none are passed over. */
export async function listWorkers(redis: Redis): Promise<Map<string, WorkerEntry>> {
  const now = await secondsOf(redis);
  const entries = Object.entries(await redis.hgetall(WORKERS_KEY)).map(([id, text]) => ({ id, worker: read(text) }));
  const isSilent = (seconds: number, worker: WorkerEntry | null): boolean => !worker || now - worker.seen > seconds;
  const gone = entries.filter(({ worker }) => isSilent(FORGOTTEN_SECONDS, worker));
  if (gone.length > 0) await redis.hdel(WORKERS_KEY, ...gone.map(({ id }) => id));
  const there = entries.flatMap(({ id, worker }): [string, WorkerEntry][] =>
    worker === null || isSilent(SILENT_SECONDS, worker) ? [] : [[id, worker]],
  );
  return new Map(there);
}

/** The queue's own keys, and those of the jobs named: they go when nobody has been there for long. */
export async function renewQueue(redis: Redis, build: string, jobs: readonly string[] = []): Promise<void> {
  const pipeline = redis.pipeline();
  for (const key of queueKeys(build, jobs)) pipeline.expire(key, LIFETIME_SECONDS);
  await pipeline.exec();
}

/** By the clock of Redis: those of machines differ. */
async function secondsOf(redis: Redis): Promise<number> {
  const [seconds] = await redis.time();
  return Number(seconds);
}

function read(text: string): WorkerEntry | null {
  if (text.length > MAX_ENTRY) return null;
  try {
    return parsed(text, checkWorker, 'worker');
  } catch {
    return null;
  }
}
