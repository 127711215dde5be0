/**
 * @file Predicting a whole file beside everything else: in a thread that is made for it, so that it takes none from the requests, and
 * that is ended to stop it.
 */

import { ToolkitError } from '../../core/index.js';
import type { FileAnswer, FileRequest, OpenMessage, ThreadReply } from './protocol.js';
import { errorOf, startThread, ThreadLost } from './thread.js';

/** A JSON list is taken apart in one piece: one that is too large ends its thread, not the server. */
const MAX_HEAP_BYTES = 1 << 30;

export interface FileJob {
  /** Rejects with a `ToolkitError` for what cannot be predicted, with `ThreadLost` where the thread was stopped or ended. */
  readonly done: Promise<FileAnswer>;
  /** Ends it where it stands; what it has written stays. Resolves when nothing more is written. */
  stop(): Promise<void>;
}

/** `onProgress` hears of the rows predicted so far, and of the bytes written for them. */
export function startFileJob(
  model: OpenMessage,
  request: FileRequest,
  onProgress: (rows: number, bytes: number) => void,
): FileJob {
  const worker = startThread(MAX_HEAP_BYTES);
  const done = new Promise<FileAnswer>((resolve, reject) => {
    worker.on('message', (reply: ThreadReply) => {
      if (reply.kind === 'progress') onProgress(reply.rows, reply.bytes);
      else if (reply.kind === 'opened' && 'ok' in reply.opened) reject(errorOf(reply.opened));
      else if (reply.kind === 'predicted' && reply.outcome.ok) resolve(reply.outcome);
      else if (reply.kind === 'predicted' && !reply.outcome.ok) reject(errorOf(reply.outcome));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch(error) : error);
    });
    worker.on('exit', () => reject(new ThreadLost('the thread that predicted has ended')));
  });
  const stop = async (): Promise<void> => void (await worker.terminate());
  done.then(stop, stop);
  worker.postMessage(model);
  worker.postMessage({ kind: 'file', key: model.key, ...request });
  return { done, stop };
}

function tooMuch(cause: Error): ToolkitError {
  const rule = 'the file must need less memory';
  return new ToolkitError('limit', { where: 'batch', rule, hint: 'Send it as CSV, or in parts.' }, { cause });
}
