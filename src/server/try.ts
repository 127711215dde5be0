/** @file Asking a model from the page: one row, or a file of them. */

import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';

import { ToolkitError } from '../core/index.js';
import { firstRow, firstRowValues, modelFileName, tryAnswer, tryPage, tryRow } from '../report/index.js';
import type { RowAnswer, StudyReader } from '../run/index.js';
import type { Handlers } from './handlers.js';
import { requireModel } from './handlers.js';
import type { Headers, Reply } from './http.js';
import { describeError, htmlReply } from './http.js';
import type { Studies } from './studies.js';
import { receiveUpload } from './upload.js';

export interface TryOptions {
  readonly handlers: Handlers;
  readonly studies: Studies;
  readonly maxUploadBytes: number;
}

/** Of folders in the system's folder for temporary files. */
export const PREDICT_PREFIX = 'lrnn-predict-';

type Words = Readonly<Record<string, string>>;

export class TryHandlers {
  constructor(private readonly options: TryOptions) {}

  /** The form with a typical row and what the model says of it. */
  async form(name: string, model: string): Promise<Reply> {
    return this.reply(name, model, null);
  }

  /** The same with the row that was asked about; the script of the page takes the answer out of it. */
  async answer(name: string, model: string, values: Words): Promise<Reply> {
    return this.reply(name, model, values);
  }

  private reply(name: string, model: string, values: Words | null): Promise<Reply> {
    const { studies, maxUploadBytes } = this.options;
    return this.with(name, model, async (reader) => {
      const view = reader.view();
      const parts = { name, model, sample: reader.sample(), values, maxUploadBytes };
      const empty = tryPage(view, parts);
      const asked = Object.fromEntries(empty.fields.map((field) => [field.name, field.value]));
      try {
        const predict = (row: Words): Promise<RowAnswer> =>
          studies.predictRow(name, model, reader.edition(), tryRow(view.schema, row));
        const raw = await predict(asked);
        const kept = firstRowValues(values ?? {});
        const first = kept && firstRow(view, empty.fields, kept, { first: await predict(kept), now: raw });
        const page = tryPage(view, { ...parts, values: asked, answer: tryAnswer(view, raw), first });
        return htmlReply(200, await this.options.handlers.render({ view: 'try', page }));
      } catch (error) {
        if (!(error instanceof ToolkitError)) throw error;
        const { status, message } = describeError(error);
        return htmlReply(
          status,
          await this.options.handlers.render({ view: 'try', page: { ...empty, error: message } }),
        );
      }
    });
  }

  /** A CSV in, a CSV of predictions out; nothing of either is kept. */
  async file(name: string, model: string, body: Readable, headers: Headers): Promise<Reply> {
    return this.with(name, model, async (reader) => {
      const { handlers, maxUploadBytes: maxBytes } = this.options;
      const place = { temporaries: handlers.temporaries, folder: tmpdir(), prefix: PREDICT_PREFIX };
      const upload = await receiveUpload(body, headers, { ...place, maxBytes });
      try {
        const { csv } = await this.options.studies.predictRows(name, model, reader.edition(), upload.file);
        const fileName = modelFileName(name, model).replace(/safetensors$/, 'predictions.csv');
        const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
        const type = { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition };
        return { status: 200, headers: { ...type, 'cache-control': 'no-store' }, body: csv };
      } finally {
        await upload.remove();
      }
    });
  }

  private with(name: string, model: string, work: (reader: StudyReader) => Promise<Reply>): Promise<Reply> {
    const { handlers } = this.options;
    const reader = handlers.require(name);
    return handlers.using(reader, () => {
      requireModel(reader.view(), name, model);
      return work(reader);
    });
  }
}
