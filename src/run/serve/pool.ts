/**
 * @file Threads that predict, so that a server keeps answering meanwhile. Small requests that wait for the same model are predicted
 * together by the next thread that is free; a large one takes a thread for itself, and never the last one where there are several.
 */

import type { Worker } from 'node:worker_threads';

import type { FileJob } from './file-job.js';
import { startFileJob } from './file-job.js';
import type {
  FileRequest,
  ModelDescription,
  ModelIdentity,
  OpenMessage,
  PooledRequest,
  PredictAnswer,
  PredictOutcome,
  RequestLimits,
  ThreadMessage,
  ThreadReply,
} from './protocol.js';
import { errorOf, startThread, ThreadLost } from './thread.js';

/** A body up to here is small: some hundred rows. */
const SMALL_BYTES = 64 * 1024;
const MAX_BATCH = 64;

interface Waiting {
  readonly key: string;
  readonly request: PooledRequest;
  readonly size: number;
  readonly limits: RequestLimits;
  readonly resolve: (answer: PredictAnswer) => void;
  readonly reject: (error: Error) => void;
}

interface Opening {
  readonly resolve: (description: ModelDescription) => void;
  readonly reject: (error: Error) => void;
}

/** A place for a thread; it starts with the first message, and again after its thread has ended. */
interface Place {
  worker: Worker | null;
  batch: { readonly id: number; readonly items: readonly Waiting[]; readonly isLarge: boolean } | null;
  readonly opening: Map<string, Opening>;
}

export class PredictPool {
  private readonly places: Place[];
  private readonly models = new Map<string, OpenMessage>();
  private readonly queue: Waiting[] = [];
  private isPlanned = false;
  private next = 1;

  constructor(threads: number) {
    this.places = Array.from({ length: threads }, () => ({ worker: null, batch: null, opening: new Map() }));
  }

  /**
   * Opens a model in every thread, first in one of them.
   *
   * Throws   data: not a model file, truncated, damaged; state: written by a newer version
   */
  async open(key: string, bytes: Uint8Array, identity: ModelIdentity): Promise<ModelDescription> {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const message: OpenMessage = { kind: 'open', key, bytes: shared, identity };
    const [first, ...others] = this.places;
    const description = await this.openIn(first, message);
    const running = others.filter(({ worker }) => worker !== null);
    this.models.set(key, message);
    await Promise.all(running.map((place) => this.openIn(place, message)));
    for (const place of others) place.worker ??= this.spawn(place);
    return description;
  }

  /** Forgets a model: no request for it may be under way. */
  forget(key: string): void {
    this.models.delete(key);
    for (const { worker } of this.places) worker?.postMessage({ kind: 'close', key } satisfies ThreadMessage);
  }

  /** Rejects with a `ToolkitError` for what cannot be predicted, with `ThreadLost` where the thread ended meanwhile. */
  predict(key: string, request: PooledRequest, limits: RequestLimits): Promise<PredictAnswer> {
    return new Promise((resolve, reject) => {
      const size = request.body.reduce((sum, { length }) => sum + length, 0);
      this.queue.push({ key, request, size, limits, resolve, reject });
      this.plan();
    });
  }

  /** Predicts a file in a thread of its own, whatever the others do. Whoever asks stops it: closing the pool does not. */
  predictFile(key: string, request: FileRequest, onProgress: (rows: number, bytes: number) => void): FileJob {
    const model = this.models.get(key);
    if (!model) throw new Error(`no model ${key} was opened`);
    return startFileJob(model, request, onProgress);
  }

  /** Ends the threads, and with them what is under way. */
  async close(): Promise<void> {
    const workers = this.places.flatMap(({ worker }) => worker ?? []);
    for (const place of this.places) this.lose(place);
    for (const { reject } of this.queue.splice(0)) reject(new ThreadLost('the threads were closed'));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** After what else has arrived by now: it is predicted together. */
  private plan(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    setImmediate(() => {
      this.isPlanned = false;
      this.dispatch();
    });
  }

  private dispatch(): void {
    for (const place of this.places) {
      if (this.queue.length === 0) return;
      if (place.batch) continue;
      const items = this.takeNext();
      if (items.length > 0) this.start(place, items);
    }
  }

  /** The longest waiting request that may start, and the small ones for the same model. */
  private takeNext(): Waiting[] {
    const { length } = this.places;
    const busy = this.places.filter(({ batch }) => batch?.isLarge).length;
    const mayBeLarge = length === 1 || busy < length - 1;
    const first = this.queue.findIndex((one) => mayBeLarge || !isLarge(one));
    if (first < 0) return [];
    const [head] = this.queue.splice(first, 1);
    const items = [head];
    if (isLarge(head)) return items;
    for (let i = 0; i < this.queue.length && items.length < MAX_BATCH;) {
      const one = this.queue[i];
      if (one.key === head.key && !isLarge(one)) items.push(...this.queue.splice(i, 1));
      else i++;
    }
    return items;
  }

  private start(place: Place, items: readonly Waiting[]): void {
    const id = this.next++;
    const [{ key, limits, request }] = items;
    place.batch = { id, items, isLarge: isLarge(items[0]) };
    let end = 0;
    const parts = items.map(({ size, request: { body: _, ...asked } }) => ({ end: (end += size), ...asked }));
    // To hand over many small blocks costs more than to copy them; to copy large ones keeps everybody waiting.
    const blocks = isLarge(items[0]) ? request.body : [joined(items, end)];
    const memory = blocks.map(({ buffer }) => buffer as ArrayBuffer);
    this.post(place, { kind: 'batch', id, key, blocks, items: parts, limits }, memory);
  }

  private openIn(place: Place, message: OpenMessage): Promise<ModelDescription> {
    return new Promise((resolve, reject) => {
      place.opening.set(message.key, { resolve, reject });
      this.post(place, message);
    });
  }

  private post(place: Place, message: ThreadMessage, handedOver: ArrayBuffer[] = []): void {
    place.worker ??= this.spawn(place);
    place.worker.postMessage(message, handedOver);
  }

  private spawn(place: Place): Worker {
    const worker = startThread();
    worker.on('message', (reply: ThreadReply) => this.hear(place, reply));
    worker.on('error', (error) => this.lose(place, worker, error));
    worker.on('exit', (code) => this.lose(place, worker, new Error(`the thread ended with code ${code}`)));
    for (const message of this.models.values()) worker.postMessage(message);
    return worker;
  }

  private hear(place: Place, reply: ThreadReply): void {
    if (reply.kind === 'opened') {
      const opening = place.opening.get(reply.key);
      place.opening.delete(reply.key);
      if ('targets' in reply.opened) opening?.resolve(reply.opened);
      else opening?.reject(errorOf(reply.opened));
      return;
    }
    const { batch } = place;
    if (reply.kind !== 'answers' || batch?.id !== reply.id) return;
    place.batch = null;
    this.plan();
    batch.items.forEach(({ resolve, reject }, i) => {
      const outcome: PredictOutcome = reply.outcomes[i];
      if (outcome.ok) resolve(outcome);
      else reject(errorOf(outcome));
    });
  }

  /** A thread that ends takes with it what it was doing; the next message finds a new one. */
  private lose(place: Place, worker = place.worker, cause?: Error): void {
    if (place.worker !== worker) return;
    place.worker = null;
    const error = new ThreadLost('the thread that predicted has ended', { cause });
    const [items, openings] = [place.batch?.items ?? [], [...place.opening.values()]];
    place.batch = null;
    place.opening.clear();
    for (const { reject } of [...items, ...openings]) reject(error);
    this.plan();
  }
}

function isLarge({ size }: Waiting): boolean {
  return size > SMALL_BYTES;
}

function joined(items: readonly Waiting[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const block of items.flatMap(({ request }) => request.body)) {
    bytes.set(block, end);
    end += block.length;
  }
  return bytes;
}
