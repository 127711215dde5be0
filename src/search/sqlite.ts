/** @file Storage on one SQLite file: survives the death of the process at any instant; any SQLite tool can read it. */

import type { JsonObject, JsonValue } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { StorageOptions } from './memory.js';
import type { Assignment } from './space.js';
import { type Connection, createFile, guarded, lockFile, openFile, settle, useWal } from './sqlite-file.js';
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
  type TrialState,
} from './storage.js';

/**
 * A new study file, open for writing.
 *
 * Throws   state: the file holds something already, another process is writing it, the folder cannot be written
 */
export function createSqliteStorage(file: string, options: StorageOptions = {}): Storage {
  return openLocked(file, () => createFile(file), options);
}

/**
 * A study file that exists. Any number of `readonly` readers may watch while one writer writes.
 *
 * Throws   data: no such file, not SQLite, not a study, damaged; state: a newer version, another process is writing it
 */
export function openSqliteStorage(
  file: string,
  options: StorageOptions & { readonly readonly?: boolean } = {},
): Storage {
  if (!options.readonly) return openLocked(file, () => openFile(file, false), options);
  return new SqliteStorage(file, openFile(file, true), null, options.now ?? Date.now);
}

function openLocked(file: string, open: () => Connection, { now = Date.now }: StorageOptions): Storage {
  const release = lockFile(file);
  try {
    const db = open();
    guarded(file, () => useWal(db));
    return new SqliteStorage(file, db, release, now);
  } catch (error) {
    release();
    throw error;
  }
}

type Row = Record<string, unknown>;
type Cell = null | number | string | Uint8Array;

class SqliteStorage implements Storage {
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly db: Connection,
    /** Null for readers. */
    private readonly release: (() => void) | null,
    private readonly now: () => number,
  ) {}

  get(key: string): JsonValue | undefined {
    const [row] = this.read('SELECT value FROM study WHERE key = ?', [key]);
    return row && parse<JsonValue>(row.value);
  }

  set(key: string, value: JsonValue): void {
    this.write('INSERT OR REPLACE INTO study VALUES (?, ?)', [key, toJson('storage.set', value)]);
  }

  begin(spec: TrialSpec): void {
    const where = 'storage.begin';
    if (checkBegin(spec, this.trial(spec.number))) return;
    const { number, group, origin, seed } = spec;
    const texts = [toJson(where, spec.params), toJson(where, spec.assignment)];
    this.write(`INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?, 'running', NULL, '{}', NULL, ?, NULL)`, [
      ...[number, group, origin, ...texts, seed],
      this.now(),
    ]);
  }

  recordPart(report: PartReport, blobs: Readonly<Record<string, Uint8Array>> = {}): void {
    const where = 'storage.recordPart';
    const { trial, part, value, seconds, info = {}, error = null } = report;
    checkTrial(where, trial, this.trial(trial)?.state);
    checkValue(where, 'value', value);
    checkValue(where, 'seconds', seconds);
    const cells = [trial, part, value, seconds, toJson(where, info), error, this.now()];
    this.transaction(() => {
      this.write('INSERT OR REPLACE INTO fold VALUES (?, ?, ?, ?, ?, ?, ?)', cells);
      this.write('DELETE FROM blob WHERE trial = ? AND fold = ?', [trial, part]);
      for (const [name, bytes] of Object.entries(blobs)) {
        this.write('INSERT INTO blob VALUES (?, ?, ?, ?)', [trial, part, name, bytes]);
      }
    });
  }

  finish(trial: number, { state, value, info = {}, error = null }: TrialOutcome): void {
    checkRunning(trial, this.trial(trial)?.state);
    checkValue('storage.finish', 'value', value);
    const cells = [state, value, toJson('storage.finish', info), error, this.now(), trial];
    this.write('UPDATE trial SET state = ?, value = ?, info = ?, error = ?, finished_at = ? WHERE number = ?', cells);
  }

  trials(): TrialRecord[] {
    return this.read('SELECT * FROM trial ORDER BY number', []).map(toTrial);
  }

  parts(trial?: number, { without }: { readonly without?: string } = {}): PartRecord[] {
    const info = without === undefined ? 'info' : 'json_remove(info, ?) AS info';
    const columns = `trial, fold, value, seconds, ${info}, error, finished_at`;
    const cells = without === undefined ? [] : [`$.${without}`];
    if (trial === undefined) return this.read(`SELECT ${columns} FROM fold ORDER BY trial, fold`, cells).map(toPart);
    return this.read(`SELECT ${columns} FROM fold WHERE trial = ? ORDER BY fold`, [...cells, trial]).map(toPart);
  }

  blob(trial: number, part: number, name: string): Uint8Array | undefined {
    return this.bytes('SELECT bytes FROM blob WHERE trial = ? AND fold = ? AND name = ?', [trial, part, name]);
  }

  dropBlobs(trial: number, names?: readonly string[]): void {
    if (names === undefined) this.write('DELETE FROM blob WHERE trial = ?', [trial]);
    else this.transaction(() => names.forEach((name) => this.dropBlob(trial, name)));
  }

  putBlob(name: string, bytes: Uint8Array): void {
    this.write('INSERT OR REPLACE INTO artefact VALUES (?, ?)', [name, bytes]);
  }

  getBlob(name: string): Uint8Array | undefined {
    return this.bytes('SELECT bytes FROM artefact WHERE name = ?', [name]);
  }

  appendEvent(event: JsonObject): number {
    const cells = [this.now(), toJson('storage.appendEvent', event)];
    return this.write('INSERT INTO event (at, event) VALUES (?, ?)', cells);
  }

  events(after = 0, limit = Infinity): StoredEvent[] {
    const cells = [after, Number.isFinite(limit) ? limit : -1];
    const rows = this.read('SELECT * FROM event WHERE id > ? ORDER BY id LIMIT ?', cells);
    return rows.map((row) => ({ id: row.id as number, at: row.at as number, event: parse<JsonObject>(row.event) }));
  }

  lastEventId(): number {
    const [row] = this.read('SELECT COALESCE(MAX(id), 0) AS id FROM event', []);
    return row.id as number;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      if (this.release) guarded(this.file, () => settle(this.db));
    } finally {
      this.db.close();
      this.release?.();
    }
  }

  private trial(number: number): TrialRecord | undefined {
    return this.read('SELECT * FROM trial WHERE number = ?', [number]).map(toTrial)[0];
  }

  private dropBlob(trial: number, name: string): void {
    this.write('DELETE FROM blob WHERE trial = ? AND name = ?', [trial, name]);
  }

  private bytes(sql: string, cells: readonly Cell[]): Uint8Array | undefined {
    const [row] = this.read(sql, cells);
    return row && new Uint8Array(row.bytes as ArrayBuffer);
  }

  // A libsql statement keeps its connection open, and its log beside the file, until it is collected. Only `close` minds.
  private read(sql: string, cells: readonly Cell[]): Row[] {
    this.checkOpen();
    return guarded(this.file, () => this.db.prepare(sql).all([...cells]) as Row[]);
  }

  /** Returns the row id of the last insert. */
  private write(sql: string, cells: readonly Cell[]): number {
    this.checkOpen();
    const { lastInsertRowid } = guarded(this.file, () => this.db.prepare(sql).run([...cells]));
    return Number(lastInsertRowid);
  }

  private transaction(work: () => void): void {
    this.checkOpen();
    guarded(this.file, () => this.transact(work));
  }

  /** Not libsql's own `transaction`: where SQLite has rolled back by itself (a full disk) that hides the error behind another. */
  private transact(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  private checkOpen(): void {
    if (this.closed) throw new ToolkitError('state', { where: 'storage', rule: 'the storage must be open' });
  }
}

function parse<T extends JsonValue>(text: unknown): T {
  return JSON.parse(text as string) as T;
}

function toTrial(row: Row): TrialRecord {
  return {
    number: row.number as number,
    group: row.family as string,
    origin: row.origin as string,
    params: parse<JsonObject>(row.params),
    assignment: parse<JsonValue>(row.assignment) as Assignment | null,
    seed: row.seed as number,
    state: row.state as TrialState,
    value: row.value as number | null,
    info: parse<JsonObject>(row.info),
    error: row.error as string | null,
    startedAt: row.started_at as number,
    finishedAt: row.finished_at as number | null,
  };
}

function toPart(row: Row): PartRecord {
  return {
    trial: row.trial as number,
    part: row.fold as number,
    value: row.value as number | null,
    seconds: row.seconds as number,
    info: parse<JsonObject>(row.info),
    error: row.error as string | null,
    finishedAt: row.finished_at as number,
  };
}
