/** @file Starting searches from the form: a file that comes with it or was kept from before, a look at it first, and the queue. */

import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';

import type { ClusterPlace } from '../cluster/index.js';
import { ToolkitError } from '../core/index.js';
import type { SearchLook } from '../report/index.js';
import { links, searchLook } from '../report/index.js';
import type { Fields } from './form.js';
import { readForm } from './form.js';
import type { Headers, Reply } from './http.js';
import { describeError, redirect } from './http.js';
import type { KeptUpload } from './kept-uploads.js';
import { KeptUploads } from './kept-uploads.js';
import type { Parked } from './parked.js';
import type { Runs, Told } from './runs.js';
import type { Studies } from './studies.js';
import type { Temporaries } from './temporary.js';
import { receiveUpload, settleUpload } from './upload.js';

export interface StartsOptions {
  readonly studies: Studies;
  readonly runs: Runs;
  readonly parked: Parked;
  readonly temporaries: Temporaries;
  readonly reportsFolder: string;
  readonly maxUploadBytes: number;
  readonly patienceMs: number;
  readonly place: ClusterPlace | null;
  /** Draws the form again. */
  readonly form: (status: number, shown: FormShown) => Promise<Reply>;
}

/** What the form shows besides its fields. */
export interface FormShown {
  readonly values: Fields;
  readonly error: string | null;
  /** The file that need not be sent again. */
  readonly kept: { readonly id: string; readonly fileName: string } | null;
  readonly look: SearchLook | null;
}

export class Starts {
  private readonly kept: KeptUploads;

  constructor(private readonly options: StartsOptions) {
    this.kept = new KeptUploads(options.temporaries, options.reportsFolder);
  }

  /**
   * Starts a search, or puts it into the queue, and leads to its page; or, where the form asks for it, shows what would be understood.
   * What is wrong is said above the form as it was filled in, and the file stays.
   */
  async submit(body: Readable, headers: Headers): Promise<Reply> {
    let fields: Fields = {};
    const held: { upload: KeptUpload | null } = { upload: null };
    try {
      const { temporaries, reportsFolder: folder, maxUploadBytes: maxBytes } = this.options;
      const sent = await receiveUpload(body, headers, { temporaries, folder, maxBytes, needsFile: false });
      ({ fields } = sent);
      const upload = await this.fileOf(sent);
      held.upload = upload;
      if (fields.step === 'look') return await this.look(fields, upload);
      return redirect(links.study(await this.start(fields, held)));
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      const { status, message } = describeError(error);
      const kept = this.kept.get(held.upload?.id ?? fields.upload);
      return this.options.form(status, { values: fields, error: message, kept, look: null });
    } finally {
      if (held.upload) await this.kept.release(held.upload.id);
    }
  }

  /** The file that was sent, else the one that the form names. */
  private async fileOf(sent: Awaited<ReturnType<typeof receiveUpload>>): Promise<KeptUpload> {
    if (sent.file === '') {
      await sent.remove();
      const before = this.kept.use(sent.fields.upload);
      if (before) return before;
      throw new ToolkitError('usage', { where: 'file', rule: 'must be chosen', got: null });
    }
    if (sent.fields.upload) await this.kept.drop(sent.fields.upload);
    const { file, fileName, folder, remove } = sent;
    return this.kept.keep({ file, fileName, folder, remove });
  }

  private async look(fields: Fields, upload: KeptUpload): Promise<Reply> {
    const options = readForm(fields, this.options.place);
    const found = await this.options.studies.inspect({ ...options, data: upload.file });
    return this.options.form(200, { values: fields, error: null, kept: upload, look: searchLook(found, fields) });
  }

  private async start(fields: Fields, held: { upload: KeptUpload | null }): Promise<string> {
    const upload = held.upload!;
    const { studies, runs, parked, reportsFolder, place, patienceMs } = this.options;
    const options = readForm(fields, place);
    const { name, folder, data } = await settleUpload({ ...upload, fields }, reportsFolder);
    this.kept.take(upload.id);
    const search = { ...options, data, out: folder };
    try {
      parked.keep({ name, fields, file: basename(data), reason: null });
      if (runs.isBusy) {
        runs.requireRoom();
        // What cannot be searched is said now, and not when nobody looks any more.
        await studies.inspect({ ...options, data });
      }
      if (runs.isBusy) runs.enqueue(name, search, this.told(name));
      else await runs.start(name, search, patienceMs, this.told(name));
    } catch (error) {
      // The person mends the form and need not send the file again.
      held.upload = await this.kept.keepFile(data, upload.fileName).catch(() => null);
      this.takeAway(name, basename(data));
      throw error;
    }
    return name;
  }

  /** Never throws: a folder in which somebody else has begun a study is theirs. */
  private takeAway(name: string, table: string): void {
    try {
      this.options.parked.remove(name, table);
    } catch {
      this.options.parked.release(name);
    }
  }

  private told(name: string): Told {
    const { parked } = this.options;
    return {
      begun: () => parked.drop(name),
      failed: (error) => parked.fail(name, describeError(error).message),
    };
  }

  /**
   * Starts a search that did not begin before, or puts it into the queue.
   *
   * Throws   what starting one from the form throws; it stays where it is, with the reason
   */
  async again(name: string): Promise<void> {
    const { runs, parked, reportsFolder, place, patienceMs } = this.options;
    const folder = join(reportsFolder, name);
    const { fields, file } = parked.claim(name);
    let search;
    try {
      search = { ...readForm(fields, place), data: join(folder, file), out: folder };
      if (runs.isBusy) runs.requireRoom();
      parked.keep({ name, fields, file, reason: null });
    } catch (error) {
      parked.release(name);
      throw error;
    }
    if (runs.isBusy) runs.enqueue(name, search, this.told(name));
    else await runs.start(name, search, patienceMs, this.told(name));
  }
}
