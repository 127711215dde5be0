/** @file What every artefact says of itself, whatever its format, and the checksum over it. */

import type { JsonObject } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import type { SelfTest } from './self-test.js';

export const FORMAT = 'lrnn-automl';

/** Everything that an exported model carries beside its numbers. */
export interface ArtefactContent {
  /** Version of the lrnn-automl that wrote it. */
  readonly writer: string;
  readonly metric: string;
  /** Where it comes from: name, data, seed and command of the study. */
  readonly study: JsonObject;
  readonly selfTest: SelfTest;
}

/** SHA-256 in hexadecimal digits. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  // A copy where the memory is shared between threads, which the digest refuses.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
  const digest = await globalThis.crypto.subtle.digest('SHA-256', own);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Refuses a version that is not one of 1 to `newest`. */
export function checkVersion(version: unknown, newest: number): void {
  const number = Number(version);
  if (Number.isInteger(number) && number >= 1 && number <= newest) return;
  const rule = newest === 1 ? 'format version must be 1' : `format version must be from 1 to ${newest}`;
  if (number > newest) {
    const hint = 'It was written by a newer lrnn-automl; upgrade to open it.';
    throw new ToolkitError('state', { where: 'model', rule, got: number, hint });
  }
  throw new ToolkitError('data', { where: 'model', rule, got: version ?? null });
}

/** Refuses content whose checksum is not the one it was written with. */
export function checkSum(expected: string | undefined, found: string): void {
  if (expected === found) return;
  const hint = 'The file has changed since it was written; copy or export it again.';
  const rule = `checksum must be ${expected?.slice(0, 12) ?? 'there'}`;
  throw new ToolkitError('data', { where: 'model', rule, got: found.slice(0, 12), hint });
}

/** The error for a file that is none of ours. */
export function notAModel(cause?: unknown): ToolkitError {
  const hint = 'Models come from lrnn fit or lrnn export.';
  const rule = 'must be a file written by lrnn-automl';
  return new ToolkitError('data', { where: 'model', rule, got: 'another file', hint }, { cause });
}
