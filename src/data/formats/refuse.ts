/** @file How reading a format fails: what the file is to be, and what is to be done. */

import { ToolkitError } from '../../core/index.js';

/** Throws a data error of a file that is no CSV. */
export function refuseFile(rule: string, hint: string, cause?: unknown): never {
  throw new ToolkitError('data', { where: 'file', rule, hint }, cause === undefined ? undefined : { cause });
}

/** A table packs to a tenth of its size, a very even one to a fiftieth; what grows further was made to fill a memory. */
const MOST_GROWTH = 200;
const FREE_BYTES = 1 << 26;

/**
 * Refuses what unpacks to so many bytes from so few.
 *
 * Throws   limit: an archive that grows without measure
 */
export function checkGrowth(name: string, packed: number, bytes: number, growth = MOST_GROWTH): void {
  if (bytes <= FREE_BYTES + growth * packed) return;
  throw new ToolkitError('limit', { where: name, rule: `must not grow to more than ${growth} times its size` });
}

/** Runs what a damaged file may make fail in any way, and tells it as the file's fault. */
export async function asDamage<T>(rule: string, hint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw damage(rule, hint, error);
  }
}

/** The error as it is where it is of ours or the system's, and the file's damage otherwise. */
export function damage(rule: string, hint: string, error: unknown): unknown {
  const isOurs = error instanceof ToolkitError || (error as Error).name === 'AbortError';
  if (isOurs || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return new ToolkitError('data', { where: 'file', rule, hint }, { cause: error });
}
