/** @file One batch of a served model: where it stands, and what is told of it. */

import { join } from 'node:path';

import { ToolkitError } from '../core/index.js';
import type { FileAnswer, FileJob } from '../run/index.js';
import { ThreadLost } from '../run/index.js';
import { describeError } from './http.js';
import type { ServedModel } from './model-store.js';
import type { Temporary } from './temporary.js';

export const BATCH_STATUSES = ['queued', 'running', 'done', 'failed'] as const;

export interface Batch {
  readonly id: string;
  readonly model: ServedModel;
  /** Lets the reading of the model go: called once, when the batch ends. */
  readonly release: () => void;
  readonly temporary: Temporary;
  readonly createdAt: number;
  /** The level of the intervals that were asked for. */
  readonly interval?: number | undefined;
  status: (typeof BATCH_STATUSES)[number];
  /** Predicted so far. */
  rows: number;
  /** On disk. */
  bytes: number;
  job: FileJob | null;
  answer: FileAnswer | null;
  failure: BatchFailure | null;
  /** Null as long as it has not ended. */
  expiresAt: number | null;
}

export interface BatchFailure {
  readonly kind: string;
  readonly where?: string;
  readonly message: string;
}

/** The file as it came. */
export const rowsIn = ({ folder }: Temporary): string => join(folder, 'rows');
export const predictionsIn = ({ folder }: Temporary): string => join(folder, 'predictions.csv');
export const addressOf = ({ id }: Batch, base: string): string => `${base}/v1/batches/${id}`;

/** What its address says; `base` is where the server is mounted. */
export function batchView(batch: Batch, base: string): object {
  const { id, model, status, rows, createdAt, expiresAt, answer, failure } = batch;
  const created = new Date(createdAt).toISOString();
  return {
    id,
    status,
    rows,
    model: model.identity,
    created,
    ...(expiresAt !== null && { expires: new Date(expiresAt).toISOString() }),
    ...(answer && { predictions: `${addressOf(batch, base)}/predictions.csv`, summary: answer.summary }),
    ...(failure && { error: failure }),
  };
}

/** What may be known of an error; `onBug` hears of one that is ours. */
export function batchFailure(error: unknown, onBug: (error: unknown) => void): BatchFailure {
  if (error instanceof ToolkitError) return { kind: error.kind, where: error.parts.where, message: error.message };
  if (error instanceof ThreadLost) {
    return { kind: 'http', message: 'server: the thread that predicted has ended. Send the file again.' };
  }
  onBug(error);
  return { kind: 'bug', message: describeError(error).message };
}
