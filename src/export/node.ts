/** @file Node door of export: model files on disk. */

import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { ErrorKind } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { Bundle } from './bundle.js';
import { decodeBundle, encodeBundle } from './bundle.js';

/**
 * Writes a model file, whole or not at all.
 *
 * Throws   usage: the folder is missing or may not be written
 */
export async function writeBundle(path: string, bundle: Bundle): Promise<void> {
  await writeWhole(path, await encodeBundle(bundle));
}

/**
 * Writes a file whole or not at all: into a temporary file beside it, flushed, then renamed over the old one. Temporary files
 * that a killed process has left beside it are removed.
 *
 * Throws   usage: the folder is missing or may not be written
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await removeAbandoned(path);
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, 'usage', 'must be writable', path);
  }
}

/** `<name>.<process>.tmp` beside the file, where no such process lives. */
async function removeAbandoned(path: string): Promise<void> {
  const name = basename(path);
  for (const entry of await readdir(dirname(path))) {
    const pid = entry.startsWith(`${name}.`) ? /^\.(\d+)\.tmp$/.exec(entry.slice(name.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(path), entry), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The text of the module that `encodeStandalone` fills; the same from `src` and from `dist`. */
export async function readTemplate(): Promise<string> {
  return readFile(new URL('../../templates/model.mjs', import.meta.url), 'utf8');
}

/**
 * The bytes of a file.
 *
 * Throws   usage: no such file, or not readable
 */
export async function readArtefact(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw fileError(error, 'usage', 'must be a readable file', path);
  });
}

/**
 * Reads a model file.
 *
 * Throws   usage: no such file, or not readable; data: not a model file, cut short or changed; state: of a newer version
 */
export async function readBundle(path: string): Promise<Bundle> {
  return decodeBundle(await readArtefact(path));
}

/** One sentence for what the file system said; anything else is passed on. */
function fileError(error: unknown, kind: ErrorKind, rule: string, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Record<string, string> = {
    ENOENT: 'There is no such file or folder.',
    EACCES: 'Permission is denied.',
    EPERM: 'Permission is denied.',
    EISDIR: 'It is a folder.',
    EROFS: 'The file system is read-only.',
    ENOSPC: 'The disk is full.',
    ENOTDIR: 'A part of the path is not a folder.',
    ERR_FS_FILE_TOO_LARGE: 'It is over 2 GiB.',
  };
  const hint = reasons[code];
  return hint ? new ToolkitError(kind, { where: 'model', rule, got: path, hint }, { cause: error }) : error;
}
