/** @file What a server of models and its threads say to each other. Messages hold plain data: classes do not survive the way. */

import type { ErrorKind, Task } from '../../core/index.js';
import type { EncodeSummary, Schema } from '../../data/index.js';
import type { Uncertainty } from '../../evaluate/index.js';

export type RowFormat = 'json' | 'csv';

/** Which model answered. */
export interface ModelIdentity {
  readonly name: string;
  /** Times that the file was read since the server began. */
  readonly version: number;
  /** Of the whole file, in hexadecimal digits. */
  readonly sha256: string;
}

/** What a server says of the model of one target without having it. */
export interface TargetDescription {
  readonly task: Task;
  readonly schema: Schema;
  /** How sure it is; left out where the file does not say. */
  readonly uncertainty?: Uncertainty | undefined;
}

/** What a server says of a model file. */
export interface ModelDescription {
  /** One at least; answers are by target where there are more. */
  readonly targets: readonly TargetDescription[];
  /** Version of the program that wrote the file. */
  readonly writer: string;
}

/** More than these is refused before any work. */
export interface RequestLimits {
  readonly maxRows?: number | undefined;
  readonly maxColumns?: number | undefined;
  /** Refuses rows of which anything would have to be coerced. */
  readonly strict?: boolean | undefined;
}

/** Rows as they came: `[{...}]` or `{"rows": [{...}]}`, or a CSV with a header. */
export interface PredictRequest {
  readonly body: Uint8Array;
  readonly type: RowFormat;
  readonly answer: RowFormat;
  /** The level of the intervals or sets that are asked for; left out: none are. */
  readonly interval?: number | undefined;
}

/** The same on its way to a thread: the body lies in blocks, each of them on memory of its own, which is handed over. */
export interface PooledRequest extends Omit<PredictRequest, 'body'> {
  readonly body: readonly Uint8Array[];
}

/** Predictions, ready to be sent. */
export interface PredictAnswer {
  readonly ok: true;
  readonly rows: number;
  readonly summary: EncodeSummary;
  /** Columns missing or not used, and cells unseen or not readable. */
  readonly coerced: number;
  readonly outOfRange: number;
  /** Text, or its bytes where it is long. */
  readonly body: string | Uint8Array;
}

/** Why there is no answer; `kind` is null for a fault of ours. */
export interface PredictFailure {
  readonly ok: false;
  readonly kind: ErrorKind | null;
  readonly where: string;
  readonly message: string;
}

export type PredictOutcome = PredictAnswer | PredictFailure;

/** A file to be predicted, and where its predictions go. */
export interface FileRequest {
  readonly path: string;
  readonly out: string;
  readonly limits: RequestLimits;
  /** As of a request. */
  readonly interval?: number | undefined;
}

/** Predictions that lie in a file. */
export type FileAnswer = Omit<PredictAnswer, 'body'>;

/** A part of the bytes of a batch. */
export interface BatchItem extends Omit<PredictRequest, 'body'> {
  readonly end: number;
}

export interface OpenMessage {
  readonly kind: 'open';
  readonly key: string;
  /** The file, on shared memory. */
  readonly bytes: Uint8Array;
  readonly identity: ModelIdentity;
}

/** Bodies of several requests one after the other, in blocks that are handed over, not copied. */
export interface BatchMessage {
  readonly kind: 'batch';
  readonly id: number;
  readonly key: string;
  readonly blocks: readonly Uint8Array[];
  readonly items: readonly BatchItem[];
  readonly limits: RequestLimits;
}

export interface FileMessage extends FileRequest {
  readonly kind: 'file';
  readonly key: string;
}

export type ThreadMessage = OpenMessage | BatchMessage | FileMessage | { readonly kind: 'close'; readonly key: string };

export type ThreadReply =
  | { readonly kind: 'opened'; readonly key: string; readonly opened: ModelDescription | PredictFailure }
  | { readonly kind: 'progress'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'predicted'; readonly outcome: FileAnswer | PredictFailure }
  | { readonly kind: 'answers'; readonly id: number; readonly outcomes: readonly PredictOutcome[] };
