/** @file Where a study is kept: the contract, and a storage that forgets when the process ends. */

import type { JsonObject, JsonValue } from '../core/index.js';
import { check, ToolkitError } from '../core/index.js';
import type { Assignment } from './space.js';

export type TrialState = 'running' | 'complete' | 'pruned' | 'failed';

/** What is to be tried; fixed from the moment it is written. */
export interface TrialSpec {
  readonly number: number;
  /** Trials of one group share a space and learn from each other: a model family. */
  readonly group: string;
  /** 'portfolio', or the origin that the sampler gives: 'tpe', 'random'. */
  readonly origin: string;
  readonly params: JsonObject;
  /** Null when the parameters lie outside the group's space, or there is none. */
  readonly assignment: Assignment | null;
  readonly seed: number;
}

export interface TrialRecord extends TrialSpec {
  readonly state: TrialState;
  /** Loss, smaller is better; null while running and where there is none. */
  readonly value: number | null;
  readonly info: JsonObject;
  readonly error: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

export interface TrialOutcome {
  readonly state: Exclude<TrialState, 'running'>;
  readonly value: number | null;
  readonly info?: JsonObject;
  readonly error?: string | null;
}

/** One independent part of a trial: a fold. */
export interface PartReport {
  readonly trial: number;
  readonly part: number;
  readonly value: number | null;
  readonly seconds: number;
  readonly info?: JsonObject;
  readonly error?: string | null;
}

export interface PartRecord extends Required<PartReport> {
  /** Milliseconds since 1970. */
  readonly finishedAt: number;
}

export interface StoredEvent {
  /** 1, 2, 3, ... */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: JsonObject;
}

/**
 * The one source of truth of a study. Every call is done when it returns, wholly or not at all, and what was done survives
 * the death of the process (in storages that outlive it). Nothing handed in or out is shared: changing it changes nothing here.
 *
 * Throws   usage: a number that is not finite, a value that is not JSON;
 *          state: an unknown trial, a trial begun anew with another spec, finishing twice, use after close, another writer
 */
export interface Storage {
  /** Study settings. Setting `undefined` is refused; setting again replaces. */
  get(key: string): JsonValue | undefined;
  set(key: string, value: JsonValue): void;

  /** Idempotent for the same spec. */
  begin(spec: TrialSpec): void;
  /** Keeps the part together with its blobs; recording it again replaces both. */
  recordPart(part: PartReport, blobs?: Readonly<Record<string, Uint8Array>>): void;
  finish(trial: number, outcome: TrialOutcome): void;
  /** By number. */
  trials(): TrialRecord[];
  /** By trial, then part. `without`: a path in `info`, such as 'report.curve', that is left out unread. */
  parts(trial?: number, options?: { readonly without?: string }): PartRecord[];

  blob(trial: number, part: number, name: string): Uint8Array | undefined;
  /** Forgets the blobs of all parts of a trial, or those so named. */
  dropBlobs(trial: number, names?: readonly string[]): void;
  /** Artefacts of the study as a whole; kept together with settings where those are given. */
  putBlob(name: string, bytes: Uint8Array, settings?: JsonObject): void;
  getBlob(name: string): Uint8Array | undefined;

  /** Returns the event's id. */
  appendEvent(event: JsonObject): number;
  /** Events with an id above `after`, oldest first, at most `limit`. */
  events(after?: number, limit?: number): StoredEvent[];
  /** Id of the newest event; 0 before the first. */
  lastEventId(): number;

  /** May be called twice. */
  close(): void;
}

/** The same storage for who only reads, and asks for all trials several times: they are read once, as they are at the first time. */
export function readingOnce(storage: Storage): Storage {
  let trials: readonly TrialRecord[] | undefined;
  const own = { trials: () => [...(trials ??= storage.trials())] };
  return Object.assign(Object.create(storage) as Storage, own);
}

/** JSON text of a value, the same for the same content whatever the order of keys. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries);
  });
}

/** JSON text of a value. Throws `usage` for undefined, functions, NaN and infinities, which JSON would lose in silence. */
export function toJson(where: string, value: JsonValue): string {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    const ok = typeof inner !== 'number' || Number.isFinite(inner);
    check(ok, where, 'numbers must be finite', inner, key ? `At "${key}".` : undefined);
    return inner;
  }) as string | undefined;
  check(text !== undefined, where, 'the value must be JSON', typeof value);
  return text;
}

/** The guards of `begin`, shared by all storages: true when the trial is there already. */
export function checkBegin(spec: TrialSpec, existing: TrialSpec | undefined): boolean {
  const { number, seed } = spec;
  check(Number.isSafeInteger(number) && number >= 0, 'storage.begin', 'number must be a whole number', number);
  check(Number.isSafeInteger(seed), 'storage.begin', 'seed must be a whole number', seed);
  if (existing === undefined) return false;
  const same = specText(spec) === specText(existing);
  if (!same) throw new ToolkitError('state', { where: 'storage.begin', rule: `trial ${number} has begun otherwise` });
  return true;
}

function specText({ number, group, origin, params, assignment, seed }: TrialSpec): string {
  return canonicalJson([number, group, origin, params, assignment, seed]);
}

/** The guards of `recordPart` and `finish`, shared by all storages. */
export function checkTrial(where: string, number: number, state: TrialState | undefined): void {
  if (state !== undefined) return;
  throw new ToolkitError('state', { where, rule: 'the trial must have begun', got: number });
}

/** Throws `usage` unless the value is null or finite. */
export function checkValue(where: string, name: string, value: number | null): void {
  check(value === null || Number.isFinite(value), where, `${name} must be finite or null`, value);
}

/** Throws `state` unless a trial is running. */
export function checkRunning(number: number, state: TrialState | undefined): void {
  const where = 'storage.finish';
  checkTrial(where, number, state);
  if (state !== 'running') {
    throw new ToolkitError('state', { where, rule: `trial ${number} must be running`, got: state });
  }
}
