/** @file Node door of export: model files on disk. */

import { open, readFile, rename, rm } from 'node:fs/promises';

import type { ErrorKind } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { Bundle } from './bundle.js';
import { decodeBundle, encodeBundle } from './bundle.js';

/**
 * Writes a model file, whole or not at all: into a temporary file beside it, flushed, then renamed over the old one.
 *
 * Throws   usage: the folder is missing or may not be written
 */
export async function writeBundle(path: string, bundle: Bundle): Promise<void> {
  const bytes = await encodeBundle(bundle);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
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

/**
 * Reads a model file.
 *
 * Throws   usage: no such file, or not readable; data: not a model file, cut short, changed, or of a newer version
 */
export async function readBundle(path: string): Promise<Bundle> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(error, 'usage', 'must be a readable file', path);
  });
  return decodeBundle(bytes);
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
