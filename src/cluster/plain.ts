/** @file Files in a folder where others may write, too: no link is followed, and nothing but a file is opened. */

import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open, readdir, unlink } from 'node:fs/promises';
import { basename } from 'node:path';

import { ToolkitError } from '../core/index.js';

// Windows has neither.
const { O_RDONLY, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** What systems say of a link that is not to be followed. */
const IS_LINK: readonly (string | undefined)[] = ['ELOOP', 'EMLINK', 'EFTYPE'];

/** Null where nothing is there. Throws state: what is there is no file; else what the system says. */
export async function openPlain(path: string, access: 'read' | 'update' = 'read'): Promise<FileHandle | null> {
  const there = await lstat(path).catch(absent);
  if (there === null) return null;
  // Before it is opened, for that alone may do something; and after, for it may be another by then.
  checkPlain(there, path);
  // Without waiting: a pipe would do so until somebody writes into it.
  const flags = (access === 'read' ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK;
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (IS_LINK.includes(error.code)) throw notPlain(path);
    return absent(error);
  });
  if (handle === null) return null;
  try {
    checkPlain(await handle.stat(), path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All of it: a disk that fills up takes a part, and says so with the next one only. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    if (bytesWritten === 0) throw noRoom();
    done += bytesWritten;
  }
}

/** On the disk, and as many bytes as were written. */
export async function settle(handle: FileHandle, bytes: number): Promise<void> {
  await handle.sync().catch((error: NodeJS.ErrnoException) => {
    // A file system that knows no such thing.
    if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP') throw error;
  });
  if ((await handle.stat()).size !== bytes) throw noRoom();
}

/** Names of what is no folder: files, and links and the like that stand in for them. */
export async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/** Takes away a file, or the link itself; harmless where nothing is there. */
export async function removePlain(path: string): Promise<void> {
  await unlink(path).catch(absent);
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function checkPlain(found: Stats, path: string): void {
  if (!found.isFile()) throw notPlain(path);
}

function notPlain(path: string): ToolkitError {
  const rule = 'must hold a file of this name, and no link, pipe, device or folder';
  return new ToolkitError('state', { where: 'shared', rule, got: basename(path) });
}

function noRoom(): Error {
  return Object.assign(new Error('no room'), { code: 'ENOSPC' });
}
