/** @file Inside a thread that predicts: models by key, one message at a time. */

import { constants, getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

import type { BatchMessage, FileMessage, OpenMessage, PredictRequest, ThreadMessage, ThreadReply } from './protocol.js';
import { failureOf, ServedModel } from './served-model.js';

const port = parentPort;
if (!port) throw new Error('this file runs in a worker thread only');

const models = new Map<string, ServedModel>();
/** Networks work on memory that they share between calls, so messages are worked on in turn. */
let last: Promise<void> = Promise.resolve();

port.on('message', (message: ThreadMessage) => {
  last = last.then(() => handle(message));
});

async function handle(message: ThreadMessage): Promise<void> {
  if (message.kind === 'open') return open(message);
  if (message.kind === 'batch') return answer(message);
  if (message.kind === 'file') return answerFile(message);
  models.get(message.key)?.dispose();
  models.delete(message.key);
}

async function open({ key, bytes, identity }: OpenMessage): Promise<void> {
  try {
    // What reads a model file takes no shared memory.
    const model = await ServedModel.open(Uint8Array.from(bytes), identity);
    models.set(key, model);
    reply({ kind: 'opened', key, opened: model.description });
  } catch (error) {
    reply({ kind: 'opened', key, opened: failureOf(error) });
  }
}

async function answer({ id, key, blocks, items, limits }: BatchMessage): Promise<void> {
  const model = models.get(key);
  if (!model) throw new Error(`no model ${key} was opened here`);
  const bytes = Buffer.concat(blocks);
  let start = 0;
  const requests = items.map(({ end, ...asked }): PredictRequest => {
    const body = bytes.subarray(start, end);
    start = end;
    return { body, ...asked };
  });
  const outcomes = await model.answer(requests, limits);
  const long = outcomes.flatMap((outcome) => (outcome.ok && typeof outcome.body !== 'string' ? [outcome.body] : []));
  reply(
    { kind: 'answers', id, outcomes },
    long.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

async function answerFile({ key, ...request }: FileMessage): Promise<void> {
  stepBack();
  const model = models.get(key);
  // Why it could not be opened was said.
  if (!model) return;
  const outcome = await model.answerFile(request, (rows, bytes) => reply({ kind: 'progress', rows, bytes }));
  reply({ kind: 'predicted', outcome });
}

/** Somebody waits for a request, nobody for a file. Only Linux gives a thread a priority of its own; nothing hangs on it. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  const { PRIORITY_BELOW_NORMAL: step, PRIORITY_LOW: lowest } = constants.priority;
  try {
    setPriority(Math.min(getPriority() + step, lowest));
  } catch {
    // A system that lets nobody change priorities.
  }
}

function reply(message: ThreadReply, handedOver: ArrayBuffer[] = []): void {
  port!.postMessage(message, handedOver);
}
