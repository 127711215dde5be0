/**
 * @file A model that answers many requests together: each is read, checked and counted by itself, then all their rows are predicted in
 * one go. A row gets the same bits whatever it is predicted with.
 */

import { open } from 'node:fs/promises';

import type { Predictor } from '../../automl/index.js';
import type { Matrix } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import type { Encoded, EncodeSummary, Schema } from '../../data/index.js';
import { encodeFrame, encodeRows, readColumns, rememberedBy, schemaFor, summaryOfAll } from '../../data/index.js';
import { readTable } from '../../data/node.js';
import { answering } from '../predict/answer.js';
import type { OpenedModel } from '../predict/bundle.js';
import { openModelBytes } from '../predict/bundle.js';
import { answersOf } from '../predict/load-model.js';
import { predictBlocks, predictionsCsv } from '../predict/predict.js';
import { requireUncoerced } from '../predict/strict.js';
import { joinFrames, rowsOf } from './join.js';
import type {
  FileAnswer,
  FileRequest,
  ModelDescription,
  ModelIdentity,
  PredictFailure,
  PredictOutcome,
  PredictRequest,
  RequestLimits,
} from './protocol.js';
import { parseRows } from './rows.js';

/** Extra columns that an answer names; of the others it says how many there are. */
const MAX_LISTED = 100;
/** From this length on, bytes are sent between threads rather than text. */
const LONG_TEXT = 64 * 1024;

const FULL_DISK = 'the disk of the server must have room for the predictions';

/** A request that was read, for the model of each target; its failure otherwise. */
type Read = { readonly encoded: readonly Encoded[]; readonly request: PredictRequest } | PredictFailure;

export class ServedModel {
  private readonly wanted: ReadonlySet<string>;

  private constructor(
    /** One for each target. */
    private readonly models: readonly OpenedModel[],
    private readonly identity: ModelIdentity,
  ) {
    this.wanted = new Set(this.schemas.flatMap((schema) => readColumns(schema).map(({ name }) => name)));
  }

  /**
   * Opens a model for requests.
   *
   * @param bytes     of a model file
   * @param identity  stands in every answer
   * Throws   data: not a model file, truncated, damaged; state: written by a newer version
   */
  static async open(bytes: Uint8Array, identity: ModelIdentity): Promise<ServedModel> {
    return new ServedModel(await openModelBytes(bytes), identity);
  }

  get description(): ModelDescription {
    const targets = this.predictors.map(({ parts: { task, schema, uncertainty } }) => ({ task, schema, uncertainty }));
    return { targets, writer: this.models[0].writer };
  }

  private get predictors(): Predictor[] {
    return this.models.map(({ predictor }) => predictor);
  }

  private get schemas(): Schema[] {
    return this.predictors.map(({ parts }) => parts.schema);
  }

  /** One outcome per request, in order. Never rejects. */
  async answer(requests: readonly PredictRequest[], limits: RequestLimits): Promise<PredictOutcome[]> {
    const read: Read[] = [];
    for (const request of requests) read.push(await this.read(request, limits));
    const sound = read.flatMap((one) => ('encoded' in one ? [one.encoded] : []));
    try {
      const all: Matrix[] = [];
      for (const [t, predictor] of this.predictors.entries()) {
        const frames = sound.map((encoded) => encoded[t].frame);
        if (frames.length > 0) all.push(await predictor.predict(joinFrames(frames)));
      }
      let row = 0;
      return read.map((one) => {
        if (!('encoded' in one)) return one;
        const start = row;
        row += one.encoded[0].frame.rowCount;
        const matrices = all.map((matrix) => rowsOf(matrix, start, row));
        return this.write(one.request, matrices, summaryOfAll(one.encoded.map(({ summary }) => summary)));
      });
    } catch (error) {
      return read.map((one) => ('encoded' in one ? failureOf(error) : one));
    }
  }

  /** Predicts a file block by block: memory does not grow with it. Never rejects. */
  async answerFile(
    { path, out, limits, interval }: FileRequest,
    onProgress: (rows: number, bytes: number) => void,
  ): Promise<FileAnswer | PredictFailure> {
    const { strict = false, maxRows, maxColumns } = limits;
    const reading = { maxRows, maxColumns, name: 'the file' };
    try {
      const file = await open(out, 'w');
      let [rows, bytes] = [0, 0];
      const write = async (text: string, count: number): Promise<void> => {
        const piece = Buffer.from(text);
        await file.writeFile(piece);
        onProgress((rows += count), (bytes += piece.length));
      };
      try {
        const done = await predictBlocks(this.predictors, { path, strict, interval, reading }, write);
        return { ok: true, rows: done.rows, ...countsOf(done.summary) };
      } finally {
        await file.close();
      }
    } catch (error) {
      return failureOf(isDiskFull(error) ? fullDisk(error) : error);
    }
  }

  dispose(): void {
    for (const predictor of this.predictors) predictor.dispose();
  }

  private async read(request: PredictRequest, limits: RequestLimits): Promise<Read> {
    try {
      // A level that cannot be given is refused before the rows are looked at.
      for (const { parts } of this.predictors) answering(parts, request.interval);
      const encoded = await this.encode(request, limits);
      if (limits.strict) for (const { summary } of encoded) requireUncoerced(summary);
      return { encoded, request };
    } catch (error) {
      return failureOf(error);
    }
  }

  private async encode({ body, type }: PredictRequest, limits: RequestLimits): Promise<Encoded[]> {
    const { schemas } = this;
    if (type === 'json') {
      const rows = parseRows(body, limits);
      return schemas.map((schema) => encodeRows(rows, schema));
    }
    const { maxRows, maxColumns } = limits;
    const [{ missingTokens }] = schemas;
    const options = { missingTokens, name: 'the request', wanted: this.wanted, maxRows, maxColumns };
    const csv = await readTable(body, { ...options, remembered: rememberedBy(schemas[0]) });
    return schemas.map((schema) => encodeFrame(csv, schemaFor(csv, schema)));
  }

  private write(
    { answer, interval }: PredictRequest,
    matrices: readonly Matrix[],
    found: EncodeSummary,
  ): PredictOutcome {
    const text =
      answer === 'csv' ? predictionsCsv(matrices, this.predictors, { interval }) : this.json(matrices, found, interval);
    const body = text.length > LONG_TEXT ? new TextEncoder().encode(text) : text;
    return { ok: true, rows: matrices[0].rows, ...countsOf(found), body };
  }

  private json(matrices: readonly Matrix[], found: EncodeSummary, interval?: number): string {
    const { extraColumns } = found;
    const more = extraColumns.length - MAX_LISTED;
    const listed = more > 0 && { extraColumns: extraColumns.slice(0, MAX_LISTED), moreExtraColumns: more };
    const all = this.predictors.map(({ parts }, t) => answersOf(matrices[t], answering(parts, interval)));
    const names = this.schemas.map(({ target }) => target.name);
    const byTarget = (row: number): object => Object.fromEntries(names.map((name, t) => [name, all[t][row]]));
    const predictions = all.length === 1 ? all[0] : all[0].map((_, row) => byTarget(row));
    return JSON.stringify({ predictions, summary: { ...found, ...listed }, model: this.identity });
  }
}

/** What can be told of an error to another thread. */
export function failureOf(error: unknown): PredictFailure {
  if (error instanceof ToolkitError) {
    return { ok: false, kind: error.kind, where: error.parts.where, message: error.message };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ok: false, kind: null, where: '', message };
}

/** What an answer says of the rows. */
function countsOf(found: EncodeSummary): Pick<FileAnswer, 'summary' | 'coerced' | 'outOfRange'> {
  const summary = { ...found, extraColumns: found.extraColumns.slice(0, MAX_LISTED) };
  return { summary, coerced: coercedCount(found), outOfRange: cellCount(found.outOfRange) };
}

function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function fullDisk(cause: unknown): ToolkitError {
  return new ToolkitError('limit', { where: 'batch', rule: FULL_DISK }, { cause });
}

function coercedCount({ missingColumns, extraColumns, unseenCategories, unparsable }: EncodeSummary): number {
  return missingColumns.length + extraColumns.length + cellCount(unseenCategories) + cellCount(unparsable);
}

function cellCount(byColumn: Readonly<Record<string, number>>): number {
  return Object.values(byColumn).reduce((total, count) => total + count, 0);
}
