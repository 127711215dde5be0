/** @file From whatever was thrown to a sentence and an exit code. */

import type { ErrorKind } from '../core/index.js';
import { ToolkitError } from '../core/index.js';

export const EXIT = { done: 0, bug: 1, usage: 2, data: 3, state: 4, limit: 5, interrupted: 130 } as const;

/** What the system refuses, and who can mend it; anything else that escapes is our bug. */
const SYSTEM: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  EACCES: ['state', 'the system must allow it'],
  EPERM: ['state', 'the system must allow it'],
  EROFS: ['state', 'the file system must be writable'],
  EADDRINUSE: ['state', 'the port must be free'],
  ENOSPC: ['limit', 'the disk must have room'],
  EDQUOT: ['limit', 'the disk quota must have room'],
  EMFILE: ['limit', 'the process must be allowed more open files'],
};

export interface Failure {
  readonly code: number;
  /** Without a trailing line break. */
  readonly text: string;
}

/** One sentence for a failure that the user can mend; the stack trace and a request to report for all others. */
export function describeFailure(error: unknown, version: string): Failure {
  if (error instanceof ToolkitError) return { code: EXIT[error.kind], text: error.message };
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  const known = typeof code === 'string' ? SYSTEM[code] : undefined;
  if (known) {
    const [kind, rule] = known;
    return { code: EXIT[kind], text: `lrnn: ${rule}. ${message}.` };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const plea = `This is a bug in lrnn-automl ${version} (Node ${process.version}). Please report it with the lines above and the command.`;
  return { code: EXIT.bug, text: `${stack}\n\n${plea}` };
}
