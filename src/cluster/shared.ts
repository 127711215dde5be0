/** @file A folder that coordinator and workers all see: what it is called, and a table in it. */

import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, rename, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { checkData, ToolkitError } from '../core/index.js';
import type { StudyOffer } from './messages.js';
import { CHUNK_BYTES, whole } from './parts.js';
import { openPlain, removePlain, writeAll } from './plain.js';

/** Holds what the folder is called: who reads the same there sees the same folder, wherever it is mounted. */
export const MARK = 'lrnn-shared.id';
const ID = /^[a-z0-9]{1,32}$/;
/** The first bytes of a table, and of the rules by which it is written. */
export const MAGIC = Buffer.from('LRNNTAB1');
/** Before each part: its bytes. */
const LENGTH_BYTES = 4;
/** What deflate makes of a part that cannot be made smaller. */
const MOST_OF_PART = CHUNK_BYTES + 64 * 1024;
/** A network file system may show a new file to others so much later. */
const PATIENCE_MS = 90_000;
const ASK_AGAIN_MS = 500;

export interface SharedFolder {
  /** Absolute. */
  readonly path: string;
  /** The same on every machine that sees it. */
  readonly id: string;
}

/** Throws state: it is not there, cannot be read, or has no name yet and cannot be written. */
export async function openShared(folder: string): Promise<SharedFolder> {
  const path = resolve(folder);
  try {
    // It is not made: where a disk is not mounted, everybody would get a folder of his own.
    const isFolder = (await stat(path)).isDirectory();
    if (!isFolder) throw new ToolkitError('state', { where: 'shared', rule: 'must be a folder', got: path });
    return { path, id: (await readMark(path)) ?? (await makeMark(path)) };
  } catch (error) {
    throw sharedFault(error, path);
  }
}

/** One sentence of what the system says. */
export function sharedFault(error: unknown, path: string): Error {
  if (error instanceof ToolkitError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'must be a folder that is there',
    ENOTDIR: 'must be a folder that is there',
    EACCES: 'must be a folder that this user may read and write',
    EPERM: 'must be a folder that this user may read and write',
    EROFS: 'must be a folder that can be written',
    ENOSPC: 'must have room for the table',
    EDQUOT: 'must have room for the table',
    EFBIG: 'must have room for the table: a file of its size is not allowed',
    EISDIR: 'must hold no folder called like a table',
    ESTALE: 'must be a folder that is there',
  };
  const rule = known[code] ?? `must work: ${message}`;
  return new ToolkitError('state', { where: 'shared', rule, got: path }, { cause: error });
}

async function readMark(path: string): Promise<string | null> {
  const handle = await openPlain(join(path, MARK));
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(100), 0, 100, 0);
    const id = buffer.toString('latin1', 0, bytesRead).trim();
    const rule = `must hold at most 32 small letters and digits in ${MARK}`;
    if (!ID.test(id)) throw new ToolkitError('state', { where: 'shared', rule, got: id });
    return id;
  } finally {
    await handle.close();
  }
}

/** The first one names it; of several at once, one. */
async function makeMark(path: string): Promise<string> {
  const name = randomBytes(4).toString('hex');
  const unfinished = join(path, `lrnn-${name}.part`);
  const mark = join(path, MARK);
  await writeFile(unfinished, `${name}\n`, { flag: 'wx' });
  try {
    await link(unfinished, mark).catch(async (error: NodeJS.ErrnoException) => {
      // A file system without links: two that begin in the same moment find out by their different names.
      if (error.code !== 'EEXIST') await rename(unfinished, mark);
    });
  } finally {
    await removePlain(unfinished);
  }
  return (await readMark(path))!;
}

export function tableName(study: string, table: string): string {
  return `lrnn-${study}-${table}.table`;
}

/** Returns its bytes. */
export async function writeParts(handle: FileHandle, parts: AsyncIterable<Buffer>): Promise<number> {
  await writeAll(handle, MAGIC);
  let bytes = MAGIC.length;
  for await (const part of parts) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(part.length);
    await writeAll(handle, length);
    await writeAll(handle, part);
    bytes += LENGTH_BYTES + part.length;
  }
  return bytes;
}

export interface Fetching {
  readonly folder: SharedFolder;
  readonly study: string;
  readonly offer: StudyOffer;
  /** Throws where nobody waits for it here any more. */
  readonly goOn: () => void | Promise<void>;
  readonly patienceMs?: number | undefined;
}

/** Waits for it for a while. Throws data: it is not that of the offer; state: it is not there. */
export async function fetchShared(fetching: Fetching): Promise<Uint8Array> {
  const { folder, study, offer, goOn, patienceMs = PATIENCE_MS } = fetching;
  const end = performance.now() + patienceMs;
  for (;;) {
    await goOn();
    const handle = await openPlain(join(folder.path, tableName(study, offer.table))).catch((error: unknown) => {
      throw sharedFault(error, folder.path);
    });
    if (handle !== null) return await readTable(handle, offer).finally(() => handle.close());
    if (performance.now() > end) throw missing(folder.path);
    await pause(ASK_AGAIN_MS);
  }
}

function missing(path: string): Error {
  const rule = 'must hold the table of the study: is it the folder of that name everywhere?';
  return new ToolkitError('state', { where: 'shared', rule, got: path });
}

async function readTable(handle: FileHandle, offer: StudyOffer): Promise<Uint8Array> {
  const exactly = async (bytes: number): Promise<Buffer> => {
    const buffer = Buffer.alloc(bytes);
    let filled = 0;
    while (filled < bytes) {
      const { bytesRead } = await handle.read(buffer, filled, bytes - filled);
      checkData(bytesRead > 0, 'shared', 'must hold the whole table of the study', filled);
      filled += bytesRead;
    }
    return buffer;
  };
  const magic = await exactly(MAGIC.length);
  checkData(magic.equals(MAGIC), 'shared', 'must hold a table as this version writes it', magic.toString('latin1'));
  return whole(offer, async () => {
    const length = (await exactly(LENGTH_BYTES)).readUInt32LE();
    checkData(length <= MOST_OF_PART, 'table', 'must have parts of at most their length', length);
    return exactly(length);
  });
}
