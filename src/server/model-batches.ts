/**
 * @file Predictions of whole files, asked for now and fetched later: a file lies on disk, waits for its turn, is predicted in a thread
 * of its own, and the answer is kept for a while. Nothing is known of a batch by anybody who has not been told its number.
 */

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';

import { ToolkitError } from '../core/index.js';
import type { FileAnswer } from '../run/index.js';
import type { Batch } from './batch.js';
import { addressOf, BATCH_STATUSES, batchFailure, batchView, predictionsIn, rowsIn } from './batch.js';
import { CutOff, saveBody } from './body.js';
import { baseOf, HttpError, MAX_REQUEST_COLUMNS } from './http.js';
import type { ModelStore, ServedModel } from './model-store.js';
import { formatOf, TYPES } from './negotiate.js';
import type { HeaderList } from './raw-reply.js';
import { sendFile, sendJson, sendNothing } from './raw-reply.js';
import { Temporaries } from './temporary.js';

export interface BatchLimits {
  readonly maxBatchRows: number;
  /** Of one file, as it is sent and as it is unpacked. */
  readonly maxBatchBytes: number;
  /** Coming, waiting, at work and kept together; more are sent away. */
  readonly maxBatches: number;
  /** Of all files and predictions on disk together. */
  readonly maxKeptBytes: number;
  /** How long an answer waits for whoever fetches it. */
  readonly keepMs: number;
}

export interface BatchesOptions extends BatchLimits {
  readonly strict: boolean;
  readonly isClosing: () => boolean;
  readonly onBug: (error: unknown) => void;
}

/** Of folders in the system's folder for temporary files. */
export const BATCH_PREFIX = 'lrnn-batch-';

const FULL = 'server: too many batches are kept. Delete those that are no longer needed, or try again later.';
const ENDING = 'server: it is about to end and takes no batch.';
const NO_ROOM = 'its predictions must have room beside those of the other batches';
const DELETE_SOME = 'Delete batches that are no longer needed.';
const SWEEP_EVERY_MS = 60_000;

export class Batches {
  private readonly batches = new Map<string, Batch>();
  /** In the order they began: a place is taken from whoever has been sending longest. */
  private readonly arriving = new Set<IncomingMessage>();
  private readonly temporaries = new Temporaries();
  private bytes = 0;
  private hasStopped = false;
  private readonly sweeping: NodeJS.Timeout;

  constructor(
    private readonly store: ModelStore,
    private readonly options: BatchesOptions,
  ) {
    this.sweeping = setInterval(() => this.sweep(), Math.min(SWEEP_EVERY_MS, options.keepMs));
    this.sweeping.unref();
  }

  /** For the metrics. */
  get gauges(): { readonly batches: Record<string, number>; readonly batchBytes: number } {
    const count = (status: string): number => [...this.batches.values()].filter((one) => one.status === status).length;
    return {
      batches: Object.fromEntries(BATCH_STATUSES.map((status) => [status, count(status)])),
      batchBytes: this.bytes,
    };
  }

  /** Takes a file: 202 says where its batch is asked for. */
  async take(model: ServedModel, request: IncomingMessage, response: ServerResponse, interval?: number): Promise<void> {
    if (this.options.isClosing()) throw new HttpError(503, ENDING);
    if (formatOf(request.headers['content-type']) === null) {
      throw new HttpError(415, 'server: Content-Type must be that of a file, such as text/csv.');
    }
    this.makePlace();
    this.arriving.add(request);
    const { release } = this.store.hold(model);
    let batch: Batch | null = null;
    try {
      batch = { ...(await this.receive(model, request, release)), interval };
    } finally {
      this.arriving.delete(request);
      if (!batch) release();
    }
    this.batches.set(batch.id, batch);
    // Whoever fell silent meanwhile has had an answer.
    if (this.hasStopped || response.headersSent) {
      await this.discard(batch);
      throw response.headersSent ? new CutOff('the body came too late') : new HttpError(503, ENDING);
    }
    const base = baseOf(request);
    sendJson(response, 202, batchView(batch, base), ['location', addressOf(batch, base)]);
    this.startNext();
  }

  /** Where a batch stands. */
  status(id: string, response: ServerResponse, base: string): void {
    sendJson(response, 200, batchView(this.require(id), base));
  }

  /** The predictions, once they are all there. */
  async predictions(id: string, response: ServerResponse): Promise<void> {
    const batch = this.require(id);
    const { status, answer, model, temporary } = batch;
    if (!answer) throw new ToolkitError('state', { where: 'batch', rule: 'must be done', got: status });
    const { name, version, sha256 } = model.identity;
    const headers: HeaderList = [
      ...['content-disposition', 'attachment; filename="predictions.csv"'],
      ...['lrnn-coerced', String(answer.coerced), 'lrnn-out-of-range', String(answer.outOfRange)],
      ...['lrnn-model', name, 'lrnn-model-version', String(version), 'lrnn-model-sha256', sha256],
    ];
    try {
      await sendFile(response, predictionsIn(temporary), TYPES.csv, headers);
    } catch (error) {
      throw response.headersSent ? new CutOff('the visitor went') : error;
    }
  }

  /** Ends a batch wherever it stands, with all that lies on disk. */
  async remove(id: string, response: ServerResponse): Promise<void> {
    await this.discard(this.require(id));
    sendNothing(response);
  }

  /** Ends what has not finished; says how many that were. */
  async stop(): Promise<number> {
    this.hasStopped = true;
    clearInterval(this.sweeping);
    const unfinished = [...this.batches.values()].filter(({ expiresAt }) => expiresAt === null);
    await Promise.all(unfinished.map((batch) => this.discard(batch)));
    return unfinished.length;
  }

  /** Takes away what is kept, once nobody is answered any more. */
  async close(): Promise<void> {
    await this.temporaries.removeAll();
  }

  private require(id: string): Batch {
    const batch = this.batches.get(id);
    if (batch) return batch;
    throw new HttpError(404, 'server: there is no such batch. Batches are kept for a while after they have ended.');
  }

  private makePlace(): void {
    const { arriving, batches } = this;
    if (batches.size + arriving.size < this.options.maxBatches) return;
    const [eldest] = arriving;
    if (!eldest) throw new HttpError(503, FULL);
    arriving.delete(eldest);
    eldest.destroy();
  }

  private async receive(model: ServedModel, request: IncomingMessage, release: () => void): Promise<Batch> {
    const temporary = await this.temporaries.make(tmpdir(), BATCH_PREFIX).catch((error: unknown) => {
      throw unwritten(error as NodeJS.ErrnoException);
    });
    let bytes = 0;
    try {
      await saveBody(request, rowsIn(temporary), this.options.maxBatchBytes, (count) => {
        bytes += count;
        this.bytes += count;
        if (this.bytes > this.options.maxKeptBytes) throw new HttpError(503, FULL);
      });
    } catch (error) {
      this.bytes -= bytes;
      await temporary.remove();
      const isDisk = !(error instanceof HttpError || error instanceof CutOff);
      throw isDisk ? unwritten(error as NodeJS.ErrnoException) : error;
    }
    const fresh = { rows: 0, answer: null, failure: null, expiresAt: null, job: null } as const;
    const id = randomBytes(16).toString('hex');
    return { id, model, temporary, createdAt: Date.now(), release, status: 'queued', bytes, ...fresh };
  }

  /** One after the other, in the order they came: however many there are, they take one core. */
  private startNext(): void {
    const all = [...this.batches.values()];
    if (all.some(({ status }) => status === 'running')) return;
    const next = all.find(({ status }) => status === 'queued');
    if (next) void this.run(next);
  }

  /** Never rejects. */
  private async run(batch: Batch): Promise<void> {
    batch.status = 'running';
    const sent = batch.bytes;
    try {
      const answer = await this.predict(batch);
      // Deleted meanwhile.
      if (!this.batches.has(batch.id)) return;
      batch.model.metrics.addRows(answer.rows, answer.summary);
      batch.rows = answer.rows;
      batch.answer = answer;
      this.resize(batch, batch.bytes - sent);
    } catch (error) {
      if (!this.batches.has(batch.id)) return;
      batch.failure = batchFailure(error, this.options.onBug);
      this.resize(batch, 0);
    } finally {
      await this.settle(batch);
      this.startNext();
    }
  }

  private async predict(batch: Batch): Promise<FileAnswer> {
    const { strict, maxBatchRows, maxKeptBytes } = this.options;
    const limits = { strict, maxRows: maxBatchRows, maxColumns: MAX_REQUEST_COLUMNS };
    const files = { path: rowsIn(batch.temporary), out: predictionsIn(batch.temporary) };
    const sent = batch.bytes;
    let isTooMuch = false;
    const job = this.store.predictFile(batch.model, { ...files, limits, interval: batch.interval }, (rows, bytes) => {
      if (!this.batches.has(batch.id)) return;
      batch.rows = rows;
      this.resize(batch, sent + bytes);
      if (this.bytes <= maxKeptBytes) return;
      isTooMuch = true;
      void job.stop();
    });
    batch.job = job;
    // It may have been done before it could be stopped.
    const answer = await job.done.catch((error: unknown) => {
      if (!isTooMuch) throw error;
    });
    if (answer && !isTooMuch) return answer;
    throw new ToolkitError('limit', { where: 'batch', rule: NO_ROOM, hint: DELETE_SOME });
  }

  /** Keeps of a batch that has ended what is worth it; nothing is left of one that was deleted. */
  private async settle(batch: Batch): Promise<void> {
    batch.job = null;
    if (!this.batches.has(batch.id)) return;
    // Whoever hears that it has ended finds nothing left of what is not kept.
    const { answer, temporary } = batch;
    await (answer ? rm(rowsIn(temporary), { force: true }) : temporary.remove()).catch(this.options.onBug);
    if (!this.batches.has(batch.id)) return;
    batch.release();
    batch.status = answer ? 'done' : 'failed';
    batch.expiresAt = Date.now() + this.options.keepMs;
    batch.model.metrics.addBatch(batch.status);
  }

  private async discard(batch: Batch): Promise<void> {
    if (!this.batches.delete(batch.id)) return;
    this.resize(batch, 0);
    if (batch.expiresAt === null) {
      batch.model.metrics.addBatch('deleted');
      batch.release();
    }
    await batch.job?.stop();
    await batch.temporary.remove();
    this.startNext();
  }

  private sweep(): void {
    const now = Date.now();
    for (const batch of this.batches.values()) {
      if (batch.expiresAt !== null && batch.expiresAt <= now) this.discard(batch).catch(this.options.onBug);
    }
  }

  private resize(batch: Batch, bytes: number): void {
    this.bytes += bytes - batch.bytes;
    batch.bytes = bytes;
  }
}

function unwritten(error: NodeJS.ErrnoException): ToolkitError {
  const hint = `The system says ${error.code ?? 'no'}; nothing was kept.`;
  const rule = 'the disk of the server must have room for the file';
  return new ToolkitError('limit', { where: 'batch', rule, hint }, { cause: error });
}
