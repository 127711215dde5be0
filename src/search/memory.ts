/** @file The storage that forgets when the process ends: for tests and for searches nobody needs to resume. */

import type { JsonObject, JsonValue } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import {
  checkBegin,
  checkRunning,
  checkTrial,
  checkValue,
  type PartRecord,
  type PartReport,
  type Storage,
  type StoredEvent,
  toJson,
  type TrialOutcome,
  type TrialRecord,
  type TrialSpec,
} from './storage.js';

export interface StorageOptions {
  /** Milliseconds since 1970, for time stamps. */
  readonly now?: () => number;
}

export function createMemoryStorage(options: StorageOptions = {}): Storage {
  return new MemoryStorage(options.now ?? Date.now);
}

class MemoryStorage implements Storage {
  private readonly settings = new Map<string, JsonValue>();
  private readonly records = new Map<number, TrialRecord>();
  private readonly partRecords = new Map<string, PartRecord>();
  private readonly partBlobs = new Map<string, Map<string, Uint8Array>>();
  private readonly studyBlobs = new Map<string, Uint8Array>();
  private readonly log: StoredEvent[] = [];
  private closed = false;

  constructor(private readonly now: () => number) {}

  get(key: string): JsonValue | undefined {
    this.checkOpen();
    const value = this.settings.get(key);
    return value === undefined ? undefined : structuredClone(value);
  }

  set(key: string, value: JsonValue): void {
    this.checkOpen();
    this.settings.set(key, copy('storage.set', value));
  }

  begin(spec: TrialSpec): void {
    this.checkOpen();
    if (checkBegin(spec, this.records.get(spec.number))) return;
    const { number, group, origin, seed } = spec;
    const params = copy('storage.begin', spec.params);
    const assignment = copy('storage.begin', spec.assignment);
    const started = { state: 'running', value: null, info: {}, error: null, finishedAt: null } as const;
    this.records.set(number, { number, group, origin, params, assignment, seed, ...started, startedAt: this.now() });
  }

  recordPart(report: PartReport, blobs: Readonly<Record<string, Uint8Array>> = {}): void {
    this.checkOpen();
    const { trial, part, value, seconds, error = null } = report;
    checkTrial('storage.recordPart', trial, this.records.get(trial)?.state);
    checkValue('storage.recordPart', 'value', value);
    checkValue('storage.recordPart', 'seconds', seconds);
    const info = copy('storage.recordPart', report.info ?? {});
    this.partRecords.set(`${trial}/${part}`, { trial, part, value, seconds, info, error, finishedAt: this.now() });
    const copies = Object.entries(blobs).map(([name, bytes]) => [name, bytes.slice()] as const);
    this.partBlobs.set(`${trial}/${part}`, new Map(copies));
  }

  finish(trial: number, { state, value, info = {}, error = null }: TrialOutcome): void {
    this.checkOpen();
    const record = this.records.get(trial);
    checkRunning(trial, record?.state);
    checkValue('storage.finish', 'value', value);
    const outcome = { state, value, info: copy('storage.finish', info), error, finishedAt: this.now() };
    this.records.set(trial, { ...(record as TrialRecord), ...outcome });
  }

  trials(): TrialRecord[] {
    this.checkOpen();
    return structuredClone([...this.records.values()].sort((a, b) => a.number - b.number));
  }

  parts(trial?: number, { without }: { readonly without?: string } = {}): PartRecord[] {
    this.checkOpen();
    const wanted = [...this.partRecords.values()].filter((record) => trial === undefined || record.trial === trial);
    const found = structuredClone(wanted.sort((a, b) => a.trial - b.trial || a.part - b.part));
    if (without !== undefined) for (const { info } of found) remove(info, without.split('.'));
    return found;
  }

  blob(trial: number, part: number, name: string): Uint8Array | undefined {
    this.checkOpen();
    return this.partBlobs.get(`${trial}/${part}`)?.get(name)?.slice();
  }

  dropBlobs(trial: number, names?: readonly string[]): void {
    this.checkOpen();
    for (const [key, blobs] of this.partBlobs) {
      if (!key.startsWith(`${trial}/`)) continue;
      for (const name of names ?? [...blobs.keys()]) blobs.delete(name);
    }
  }

  putBlob(name: string, bytes: Uint8Array, settings: JsonObject = {}): void {
    this.checkOpen();
    const copies = Object.entries(settings).map(([key, value]) => [key, copy('storage.putBlob', value)] as const);
    this.studyBlobs.set(name, bytes.slice());
    for (const [key, value] of copies) this.settings.set(key, value);
  }

  getBlob(name: string): Uint8Array | undefined {
    this.checkOpen();
    return this.studyBlobs.get(name)?.slice();
  }

  appendEvent(event: JsonObject): number {
    this.checkOpen();
    const id = this.log.length + 1;
    this.log.push({ id, at: this.now(), event: copy('storage.appendEvent', event) });
    return id;
  }

  events(after = 0, limit = Infinity): StoredEvent[] {
    this.checkOpen();
    return structuredClone(this.log.slice(after, after + limit));
  }

  lastEventId(): number {
    this.checkOpen();
    return this.log.length;
  }

  close(): void {
    this.closed = true;
  }

  private checkOpen(): void {
    if (this.closed) throw new ToolkitError('state', { where: 'storage', rule: 'the storage must be open' });
  }
}

function copy<T extends JsonValue>(where: string, value: T): T {
  return JSON.parse(toJson(where, value)) as T;
}

function remove(object: JsonObject, [key, ...rest]: readonly string[]): void {
  const inner = object[key];
  if (rest.length === 0) delete (object as Record<string, unknown>)[key];
  else if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) remove(inner as JsonObject, rest);
}
