/** @file Storage on one SQLite file: survives the death of the process at any instant; any SQLite tool can read it. */

import type { JsonObject, JsonValue } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { StorageOptions } from './memory.js';
import type { Assignment } from './space.js';
import {
  checkStructure,
  type Connection,
  createFile,
  guarded,
  hasChecksums,
  lockFile,
  openFile,
  settle,
  useWal,
} from './sqlite-file.js';
import {
  type Cell,
  Damaged,
  insertInto,
  jsonOf,
  type RawRow,
  readRow,
  type Row,
  selectFrom,
  TABLE_NAMES,
  type TableName,
  textOf,
  withChecksum,
} from './sqlite-rows.js';
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
 * A study file that exists. Any number of `readonly` readers may watch while one writer writes. A writer reads it all once: nobody
 * shall search for an hour on a file that turns out to be damaged at the end.
 *
 * Throws   data: no such file, not SQLite, not a study, damaged; state: a newer version, another process is writing it
 */
export function openSqliteStorage(
  file: string,
  options: StorageOptions & { readonly readonly?: boolean } = {},
): Storage {
  if (!options.readonly) {
    const storage = openLocked(file, () => openFile(file, false), options);
    try {
      storage.verify();
    } catch (error) {
      storage.close();
      throw error;
    }
    return storage;
  }
  return new SqliteStorage(file, openFile(file, true), null, options.now ?? Date.now);
}

/**
 * Why reading a study went wrong: the error itself where it is one sentence already or the file is sound, else that the file is
 * damaged. A file without checksums cannot show that it is sound.
 */
export function blameFile(file: string, error: unknown): unknown {
  if (error instanceof ToolkitError) return error;
  try {
    const storage = new SqliteStorage(file, openFile(file, true), null, Date.now);
    try {
      storage.verify();
      return storage.checksums ? error : unreadable(file, error);
    } finally {
      storage.close();
    }
  } catch (found) {
    return found;
  }
}

function unreadable(file: string, cause: unknown): ToolkitError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const hint = `It was written by an earlier version, and damaged since as it seems: ${said.split('\n')[0]}.`;
  return new ToolkitError('data', { where: 'study', rule: `${file} must be as it was written`, hint }, { cause });
}

function openLocked(file: string, open: () => Connection, { now = Date.now }: StorageOptions): SqliteStorage {
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

class SqliteStorage implements Storage {
  private closed = false;
  readonly checksums: boolean;

  constructor(
    private readonly file: string,
    private readonly db: Connection,
    /** Null for readers. */
    private readonly release: (() => void) | null,
    private readonly now: () => number,
  ) {
    this.checksums = guarded(file, () => hasChecksums(db));
  }

  get(key: string): JsonValue | undefined {
    const [row] = this.rows('study', 'WHERE key = ?', [key]);
    return row && this.json<JsonValue>(row.value);
  }

  set(key: string, value: JsonValue): void {
    this.insert('study', [key, toJson('storage.set', value)]);
  }

  begin(spec: TrialSpec): void {
    const where = 'storage.begin';
    if (checkBegin(spec, this.trial(spec.number))) return;
    const { number, group, origin, seed } = spec;
    const texts = [toJson(where, spec.params), toJson(where, spec.assignment)];
    this.insert('trial', [number, group, origin, ...texts, seed, 'running', null, '{}', null, this.now(), null]);
  }

  recordPart(report: PartReport, blobs: Readonly<Record<string, Uint8Array>> = {}): void {
    const where = 'storage.recordPart';
    const { trial, part, value, seconds, info = {}, error = null } = report;
    checkTrial(where, trial, this.trial(trial)?.state);
    checkValue(where, 'value', value);
    checkValue(where, 'seconds', seconds);
    const cells = [trial, part, value, seconds, toJson(where, info), error, this.now()];
    this.transaction(() => {
      this.insert('fold', cells);
      this.write('DELETE FROM blob WHERE trial = ? AND fold = ?', [trial, part]);
      for (const [name, bytes] of Object.entries(blobs)) this.insert('blob', [trial, part, name, bytes]);
    });
  }

  finish(trial: number, { state, value, info = {}, error = null }: TrialOutcome): void {
    const [row] = this.rows('trial', 'WHERE number = ?', [trial]);
    checkRunning(trial, row && this.checked(() => toTrial(row)).state);
    checkValue('storage.finish', 'value', value);
    const ended = { ...row, state, value, info: toJson('storage.finish', info), error, finished_at: this.now() };
    const cells = withChecksum(Object.values(ended), this.checksums);
    const names = ['state', 'value', 'info', 'error', 'finished_at'] as const;
    const set = [...names, ...(this.checksums ? ['checksum'] : [])].map((name) => `${name} = ?`).join(', ');
    const sum = this.checksums ? [cells.at(-1)!] : [];
    this.write(`UPDATE trial SET ${set} WHERE number = ?`, [...names.map((name) => ended[name]), ...sum, trial]);
  }

  trials(): TrialRecord[] {
    const rows = this.rows('trial', 'ORDER BY number', []);
    return this.checked(() => rows.map(toTrial));
  }

  parts(trial?: number, { without }: { readonly without?: string } = {}): PartRecord[] {
    const rest = trial === undefined ? 'ORDER BY trial, fold' : 'WHERE trial = ? ORDER BY fold';
    const cells = trial === undefined ? [] : [trial];
    if (without === undefined) {
      const rows = this.rows('fold', rest, cells);
      return this.checked(() => rows.map((row) => toPart(row, row.info)));
    }
    // The whole text is checked, what is left of it is parsed: curves are most of it.
    const brief = `, CAST(json_remove(info, ?) AS BLOB) AS brief`;
    const found = this.read(`${selectFrom('fold', this.checksums, brief)} ${rest}`, [`$.${without}`, ...cells]);
    return this.checked(() => found.map((raw) => toPart(readRow('fold', raw, this.checksums), textOf(raw.brief))));
  }

  blob(trial: number, part: number, name: string): Uint8Array | undefined {
    return this.rows('blob', 'WHERE trial = ? AND fold = ? AND name = ?', [trial, part, name])[0]?.bytes;
  }

  dropBlobs(trial: number, names?: readonly string[]): void {
    if (names === undefined) this.write('DELETE FROM blob WHERE trial = ?', [trial]);
    else this.transaction(() => names.forEach((name) => this.dropBlob(trial, name)));
  }

  putBlob(name: string, bytes: Uint8Array, settings: JsonObject = {}): void {
    const texts = Object.entries(settings).map(([key, value]) => [key, toJson('storage.putBlob', value)]);
    this.transaction(() => {
      this.insert('artefact', [name, bytes]);
      for (const cells of texts) this.insert('study', cells);
    });
  }

  getBlob(name: string): Uint8Array | undefined {
    return this.rows('artefact', 'WHERE name = ?', [name])[0]?.bytes;
  }

  appendEvent(event: JsonObject): number {
    // There is one writer.
    const id = this.lastEventId() + 1;
    this.insert('event', [id, this.now(), toJson('storage.appendEvent', event)]);
    return id;
  }

  events(after = 0, limit = Infinity): StoredEvent[] {
    const cells = [after, Number.isFinite(limit) ? limit : -1];
    const rows = this.rows('event', 'WHERE id > ? ORDER BY id LIMIT ?', cells);
    return rows.map(({ id, at, event }) => ({ id, at, event: this.json<JsonObject>(event) }));
  }

  lastEventId(): number {
    const [row] = this.read('SELECT CAST(COALESCE(MAX(id), 0) AS INTEGER) AS id FROM event', []);
    return row.id as number;
  }

  /** Throws `data` unless the whole file is as it was written, for all that can be told. */
  verify(): void {
    this.checked(() => checkStructure(this.db));
    for (const table of TABLE_NAMES) {
      const places = this.read(`SELECT rowid AS place FROM ${table} ORDER BY rowid`, []);
      for (const { place } of places) this.rows(table, 'WHERE rowid = ?', [place as number]);
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      if (this.release) this.checked(() => settle(this.db));
    } finally {
      this.db.close();
      this.release?.();
    }
  }

  private trial(number: number): TrialRecord | undefined {
    const [row] = this.rows('trial', 'WHERE number = ?', [number]);
    return row && this.checked(() => toTrial(row));
  }

  private insert(table: TableName, cells: readonly Cell[]): void {
    const sql = `INSERT OR REPLACE ${insertInto(table, this.checksums)}`;
    this.write(sql, withChecksum(cells, this.checksums));
  }

  /** Rows whose cells are what was once written. */
  private rows<T extends TableName>(table: T, rest: string, cells: readonly Cell[]): Row<T>[] {
    const found = this.read(`${selectFrom(table, this.checksums)} ${rest}`, cells);
    return this.checked(() => found.map((raw) => readRow(table, raw, this.checksums)));
  }

  private json<T extends JsonValue>(text: string): T {
    return this.checked(() => jsonOf<T>(text));
  }

  private checked<T>(work: () => T): T {
    return guarded(this.file, work);
  }

  private dropBlob(trial: number, name: string): void {
    this.write('DELETE FROM blob WHERE trial = ? AND name = ?', [trial, name]);
  }

  // A libsql statement keeps its connection open, and its log beside the file, until it is collected. Only `close` minds.
  private read(sql: string, cells: readonly Cell[]): RawRow[] {
    this.checkOpen();
    return guarded(this.file, () => this.db.prepare(sql).all([...cells]) as RawRow[]);
  }

  private write(sql: string, cells: readonly Cell[]): void {
    this.checkOpen();
    guarded(this.file, () => this.db.prepare(sql).run([...cells]));
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

const STATES: readonly string[] = ['running', 'complete', 'pruned', 'failed'];

function toTrial({ family: group, started_at, finished_at, ...row }: Row<'trial'>): TrialRecord {
  if (!STATES.includes(row.state)) throw new Damaged('the state of a trial');
  return {
    ...row,
    group,
    params: jsonOf<JsonObject>(row.params),
    assignment: jsonOf<JsonValue>(row.assignment) as Assignment | null,
    state: row.state as TrialState,
    info: jsonOf<JsonObject>(row.info),
    startedAt: started_at,
    finishedAt: finished_at,
  };
}

function toPart({ trial, fold, value, seconds, error, finished_at }: Row<'fold'>, info: string): PartRecord {
  return { trial, part: fold, value, seconds, info: jsonOf(info), error, finishedAt: finished_at };
}
