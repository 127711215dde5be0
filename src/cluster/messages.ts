/** @file What coordinator and workers say to each other, beside tables and results: short JSON, checked by whoever reads it. */

import { createHash } from 'node:crypto';

import type { FoldJob, Refit } from '../automl/index.js';
import type { JsonObject, TrainedFamily } from '../core/index.js';
import { FAMILIES } from '../core/index.js';
import type { Check } from './schema.js';
import { between, json, listOf, object, oneOf, optional, text, whole } from './schema.js';

/** Bytes of a table, as workers hold it: Node hashes and reads at most 2 GiB at once. */
export const MAX_TABLE_BYTES = 2_000_000_000;
/** Bytes of a result: what one value of Redis takes is 512 MB. */
export const MAX_RESULT_BYTES = 500_000_000;
const MAX_PARAMS = 100_000;
const MAX_COUNT = 1e9;

/** A study that wants work done: what workers need to know before its first job. */
export interface StudyOffer {
  /** Version of this package and of Node: other workers would give other bits. */
  readonly build: string;
  /** SHA-256 of the table, its bytes, and the parts in which it lies in Redis: none where it lies in a folder that all see. */
  readonly table: string;
  readonly bytes: number;
  readonly chunks: number;
}

export const checkOffer: Check<StudyOffer> = object({
  build: text(100),
  table: text(64, /^[0-9a-f]{64}$/),
  bytes: whole(1, MAX_TABLE_BYTES),
  chunks: whole(0, 10_000),
});

/** A job as it lies in the queue. */
export interface JobMessage {
  readonly study: string;
  readonly job: FoldJob;
}

const trained = FAMILIES.filter((family): family is TrainedFamily => family !== 'ensemble');

export const checkStudyId = text(32, /^[0-9a-f]{32}$/);

const REFITS: Readonly<Record<Refit, true>> = { returned: true, all: true, once: true };

const JOB_FIELDS = {
  trial: whole(0, MAX_COUNT),
  fold: whole(0, MAX_COUNT),
  family: oneOf(...trained),
  params: json(MAX_PARAMS),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  limitMs: optional(between(0, 1e12)),
  rows: optional(whole(1, MAX_COUNT)),
  refit: optional(oneOf(...(Object.keys(REFITS) as Refit[]))),
  stopAt: optional(object({ rounds: between(0, MAX_COUNT), share: between(0, MAX_COUNT) })),
} satisfies Readonly<Record<keyof FoldJob, Check<unknown>>>;

const JOB_NAMES = Object.keys(JOB_FIELDS) as (keyof FoldJob)[];

const checkJob = object(JOB_FIELDS) as Check<FoldJob>;

export const checkMessage: Check<JobMessage> = object({ study: checkStudyId, job: checkJob });

/** A fold under way, as its worker tells of it. */
export interface WorkerFold {
  readonly study: string;
  readonly family: TrainedFamily;
  readonly trial: number;
  readonly fold: number;
  /** For how long now. */
  readonly seconds: number;
}

/** A worker as it tells of itself. */
export interface WorkerEntry {
  readonly build: string;
  readonly host: string;
  readonly pid: number;
  readonly cores: number;
  /** Folds that it runs at once, and those that it runs now. */
  readonly slots: number;
  readonly running: number;
  /** Folds done since it began. */
  readonly done: number;
  /** What it runs now, the first few; workers of earlier versions do not tell. */
  readonly doing?: readonly WorkerFold[];
  /** Seconds since 1970, by the clock of Redis. */
  readonly seen: number;
}

/** Folds of one worker that are told of. */
export const MAX_DOING = 64;

const checkFold: Check<WorkerFold> = object({
  study: checkStudyId,
  family: oneOf(...trained),
  trial: whole(0, MAX_COUNT),
  fold: whole(0, MAX_COUNT),
  seconds: between(0, 1e9),
});

export const checkWorker: Check<WorkerEntry> = object({
  build: text(100),
  host: text(300),
  pid: whole(0, MAX_COUNT),
  cores: whole(1, 100_000),
  slots: whole(1, 100_000),
  running: whole(0, 100_000),
  done: whole(0, Number.MAX_SAFE_INTEGER),
  doing: optional(listOf(checkFold, MAX_DOING)),
  seen: whole(0, Number.MAX_SAFE_INTEGER),
}) as Check<WorkerEntry>;

/**
 * The same job on the same table (its SHA-256) has the same name in every session of its study: what a lost session had done is found
 * again, and what was fitted on another table never is.
 */
export function jobName({ study, job }: JobMessage, table: string): string {
  const { trial, fold, refit = 'fold' } = job;
  // In one order of fields: what was read from a message has another than what was sent.
  const fields = JOB_NAMES.map((name) => job[name] ?? null);
  const hash = createHash('sha256')
    .update(JSON.stringify([table, ...fields]))
    .digest('hex')
    .slice(0, 16);
  return `${study}-${refit}-${trial}-${fold}-${hash}`;
}

/** Only what JSON keeps. */
export function messageJson(message: JobMessage): JsonObject {
  return JSON.parse(JSON.stringify(message)) as JsonObject;
}
