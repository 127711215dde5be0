/** @file The SQLite file of a study: making it, opening it, knowing it for ours, and keeping a second writer out. */

import { accessSync, constants, existsSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import Database from 'libsql';

import { type ErrorParts, ToolkitError } from '../core/index.js';
import { Damaged } from './sqlite-rows.js';

/** Written into the file (PRAGMA user_version); raised whenever the tables change. Version 2 has checksums. */
export const SCHEMA_VERSION = 2;
const CHECKSUMS_SINCE = 2;
/** PRAGMA application_id: 'LRNN' in ASCII. */
const APPLICATION_ID = 0x4c524e4e;
/** How long a reader or writer waits for another connection before it gives up. */
const BUSY_TIMEOUT_MS = 10_000;

const SCHEMA = `
  PRAGMA auto_vacuum = INCREMENTAL;
  BEGIN IMMEDIATE;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
  CREATE TABLE study (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, checksum BLOB NOT NULL);
  CREATE TABLE trial (
    number INTEGER PRIMARY KEY, family TEXT NOT NULL, origin TEXT NOT NULL, params TEXT NOT NULL, assignment TEXT NOT NULL,
    seed INTEGER NOT NULL, state TEXT NOT NULL, value REAL, info TEXT NOT NULL, error TEXT,
    started_at INTEGER NOT NULL, finished_at INTEGER, checksum BLOB NOT NULL
  );
  CREATE TABLE fold (
    trial INTEGER NOT NULL REFERENCES trial (number), fold INTEGER NOT NULL, value REAL, seconds REAL NOT NULL,
    info TEXT NOT NULL, error TEXT, finished_at INTEGER NOT NULL, checksum BLOB NOT NULL,
    PRIMARY KEY (trial, fold)
  );
  CREATE TABLE blob (
    trial INTEGER NOT NULL, fold INTEGER NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, checksum BLOB NOT NULL,
    PRIMARY KEY (trial, fold, name)
  );
  CREATE TABLE artefact (name TEXT PRIMARY KEY NOT NULL, bytes BLOB NOT NULL, checksum BLOB NOT NULL);
  CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, checksum BLOB NOT NULL);
  COMMIT;
`;

export type Connection = Database.Database;

/** Whether the rows of a file end with a checksum: those of later versions do. */
export function hasChecksums(db: Connection): boolean {
  return numberOf(db, 'PRAGMA user_version') >= CHECKSUMS_SINCE;
}

/**
 * Looks at every page, and whether each row is found where it is looked for: seconds for a study of gigabytes. Throws what `guarded` puts
 * into words.
 */
export function checkStructure(db: Connection): void {
  // What it says may have names of the file in it, which may be no text any more.
  const check = 'SELECT CAST(integrity_check AS BLOB) FROM pragma_integrity_check(1)';
  const [[found]] = db.prepare(check).raw().all([]) as [[ArrayBuffer]];
  const said = Buffer.from(found).toString();
  if (said !== 'ok') throw new Damaged(said);
}

/** Makes the tables in one transaction: a kill leaves an empty file, which counts as none, or a whole study. */
export function createFile(file: string): Connection {
  const db = connect(file, 'rwc');
  if (!isBlank(db)) {
    db.close();
    const hint = 'Open it to go on with it, or choose another file.';
    throw new ToolkitError('state', { where: 'study', rule: `${file} must not exist yet`, hint });
  }
  guarded(file, () => db.exec(SCHEMA));
  return db;
}

/** Opens a study and checks that it is one that this version can read. */
export function openFile(file: string, readonly: boolean): Connection {
  if (!existsSync(file)) throw new ToolkitError('data', { where: 'study', rule: `${file} must exist` });
  const db = connect(file, readonly ? 'ro' : 'rw');
  try {
    guarded(file, () => checkFile(db, file));
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Write-ahead logging: readers never wait for the writer, and a commit survives the death of the process. */
export function useWal(db: Connection): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
}

/**
 * Gives pages of dropped blobs back to the disk and folds the log into the file. Where nobody else has it open, the file
 * leaves WAL mode as well: closed studies are one file, readable from a read-only disk.
 */
export function settle(db: Connection): void {
  db.exec('PRAGMA incremental_vacuum');
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('busy_timeout = 0');
  try {
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_BUSY') throw error;
  }
}

function connect(file: string, mode: 'ro' | 'rw' | 'rwc', timeout = BUSY_TIMEOUT_MS): Connection {
  try {
    return new Database(`${pathToFileURL(resolve(file)).href}?mode=${mode}`, { timeout });
  } catch (error) {
    const rule = `${file} must be a file that can be ${mode === 'ro' ? 'read' : 'written'}`;
    throw new ToolkitError('state', { where: 'study', rule }, { cause: error });
  }
}

function isBlank(db: Connection): boolean {
  try {
    return numberOf(db, 'SELECT count(*) FROM sqlite_master') === 0;
  } catch (error) {
    if (codeOf(error) === 'SQLITE_NOTADB' || codeOf(error) === 'SQLITE_CORRUPT') return false;
    throw error;
  }
}

function checkFile(db: Connection, file: string): void {
  const where = 'study';
  if (numberOf(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new ToolkitError('data', { where, rule: `${file} must be a study written by lrnn-automl` });
  }
  const version = numberOf(db, 'PRAGMA user_version');
  if (version > SCHEMA_VERSION) {
    const hint = 'It was written by a newer lrnn-automl; upgrade to open it.';
    throw new ToolkitError('state', { where, rule: `schema version must be ${SCHEMA_VERSION}`, got: version, hint });
  }
  db.prepare('SELECT count(*) FROM study, trial, fold, artefact, event WHERE 0').raw().all([]);
}

function numberOf(db: Connection, sql: string): number {
  const [[value]] = db.prepare(sql).raw().all([]) as [[number]];
  return value;
}

/** Runs `work`; what SQLite says about a damaged, busy or full file becomes one clear sentence. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error);
    if (!code.startsWith('SQLITE_')) throw error;
    const known = Object.keys(FAULTS).find((prefix) => code.startsWith(prefix));
    const [kind, rule, hint] = known === undefined ? DAMAGED : FAULTS[known];
    const parts: ErrorParts = { where: 'study', rule: rule.replace('FILE', file), hint };
    throw new ToolkitError(kind, parts, { cause: error });
  }
}

type Fault = readonly ['data' | 'state' | 'limit', string, string?];

/** Also what SQLite calls an error of ours: the statements are fixed, so tables or texts in the file are not what they were. */
const DAMAGED: Fault = ['data', 'FILE must be a whole SQLite file', 'It is damaged or cut short.'];
const FAULTS: Readonly<Record<string, Fault>> = {
  SQLITE_NOTADB: ['data', 'FILE must be an SQLite file'],
  SQLITE_FULL: ['limit', 'the disk of FILE must have room left'],
  SQLITE_IOERR: ['limit', 'the disk of FILE must read and write without fault', 'It is full, or a limit stops it.'],
  SQLITE_READONLY: ['state', 'FILE must be open for writing'],
  SQLITE_BUSY: ['state', 'FILE must not be locked by another program'],
  SQLITE_LOCKED: ['state', 'FILE must not be locked by another program'],
  SQLITE_CANTOPEN: ['state', 'FILE and its folder must be accessible'],
};

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}

/**
 * Keeps every other writer out until released.
 *
 * The lock is SQLite's own (an fcntl lock) on an empty file beside the study, so a SIGKILL releases it, and readers of the
 * study never meet it. Nothing is written into that file, and a clean release removes it.
 *
 * Throws   state: another process, or another connection of this one, is writing the study; its folder cannot be written
 */
export function lockFile(file: string): () => void {
  const path = `${file}-lock`;
  refuseReadOnly(file, path);
  const connection = tryLock(path);
  // Between our open and our lock its last holder may have removed the file: then the name leads to another one now.
  const probe = connection && tryLock(path);
  if (connection === null || probe !== null) {
    probe?.close();
    connection?.close();
    const hint = 'Wait until it ends, or stop it.';
    throw new ToolkitError('state', {
      where: 'study',
      rule: `${file} is in use: another process is running this study`,
      hint,
    });
  }
  return () => {
    rmSync(path, { force: true });
    connection.close();
  };
}

/** A lock that cannot be written cannot be taken either; SQLite would say that it is busy. */
function refuseReadOnly(file: string, lock: string): void {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
    if (existsSync(lock)) accessSync(lock, constants.W_OK);
  } catch (error) {
    // Its holder may have removed it since.
    if (codeOf(error) === 'ENOENT') return;
    const hint = `${(error as Error).message.split('\n')[0]}.`;
    throw new ToolkitError('state', { where: 'study', rule: `${file} must be in a folder that can be written`, hint });
  }
}

function tryLock(path: string): Connection | null {
  const connection = connect(path, 'rwc', 0);
  try {
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if (codeOf(error) === 'SQLITE_BUSY') return null;
    throw error;
  }
}

/** True while some process is writing the study. A writer that was killed does not count. */
export function isFileInUse(file: string): boolean {
  if (!existsSync(`${file}-lock`)) return false;
  const connection = tryLock(`${file}-lock`);
  connection?.close();
  return connection === null;
}
