/** @file Output that is written whole or not at all, however large: it waits in a temporary file until the last line is there. */

import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, lstat, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { ToolkitError } from '../../core/index.js';

export interface Spool {
  write(text: string): Promise<void>;
  /** Puts all that was written into the file; a device, a pipe or a link is written through, not replaced. */
  moveTo(path: string): Promise<void>;
  /** Gives away all that was written, piece by piece. */
  pour(take: (text: string) => void): Promise<void>;
  /** Removes what is left; twice is harmless. */
  remove(): Promise<void>;
}

/**
 * Opens a spool beside the file that it will become, or in the system's folder for temporary files.
 *
 * Throws   state: the file cannot be written
 */
export async function openSpool(target: string | null): Promise<Spool> {
  if (target === null) {
    const folder = await mkdtemp(join(tmpdir(), 'lrnn-predict-'));
    return spoolIn(join(folder, 'predictions.csv'), folder);
  }
  return inWords(target, async () => {
    if (await isOrdinary(target)) return spoolIn(`${target}.${process.pid}.tmp`);
    await access(target, constants.W_OK);
    return openSpool(null);
  });
}

async function spoolIn(path: string, folder: string = path): Promise<Spool> {
  const file = await open(path, 'w');
  const closed = async (): Promise<void> => {
    await file.close();
  };
  return {
    write: async (text) => void (await file.writeFile(text)),
    moveTo: (target) =>
      inWords(target, async () => {
        await closed();
        if (folder === path) await rename(path, target);
        else await pipeline(createReadStream(path), createWriteStream(target));
      }),
    async pour(take) {
      await closed();
      for await (const text of createReadStream(path, { encoding: 'utf8' })) take(text as string);
    },
    async remove() {
      await closed();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a path is free, or a file that may be replaced. */
async function isOrdinary(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return true;
  if (found.isDirectory()) throw new Error('It is a folder');
  if (found.isFile()) await access(path, constants.W_OK);
  return found.isFile();
}

async function inWords<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ToolkitError) throw error;
    const hint = `${(error as Error).message}.`;
    const parts = { where: 'predict', rule: 'output must be writable', got: path, hint };
    throw new ToolkitError('state', parts, { cause: error });
  }
}
