/** @file An uploaded form: the file streamed to disk, the fields in memory, both within limits. */

import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import busboy from 'busboy';

import { check, ToolkitError } from '../core/index.js';
import type { Fields } from './form.js';
import { safeName } from './form.js';
import type { Headers } from './http.js';

export interface Upload {
  readonly fields: Fields;
  /** Where the file lies, in a folder of its own. */
  readonly file: string;
  /** Its name without a path, as the visitor's computer said it. */
  readonly fileName: string;
  readonly folder: string;
}

export interface UploadOptions {
  /** The upload gets a hidden folder in here. */
  readonly folder: string;
  readonly maxBytes: number;
}

const MAX_FIELDS = 30;
const MAX_FIELD_BYTES = 16 * 1024;
const FILE_FIELD = 'file';

/**
 * Reads the whole body. The folder of the upload is the caller's to move or remove; after an error nothing is left.
 *
 * Throws   usage: not a form, or no file in it; limit: file or fields too large; state: the folder cannot be written
 */
export async function receiveUpload(body: Readable, headers: Headers, options: UploadOptions): Promise<Upload> {
  const type = String(headers['content-type'] ?? '');
  check(/^multipart\/form-data\s*;/i.test(type), 'upload', 'must be a multipart form', type);
  const folder = await makeFolder(options.folder);
  try {
    return await readParts(body, headers, { ...options, folder });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    body.resume();
  }
}

async function makeFolder(parent: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, '.upload-'));
  } catch (error) {
    const hint = `${(error as Error).message}.`;
    throw new ToolkitError('state', { where: 'upload', rule: 'reports folder must be writable', got: parent, hint });
  }
}

async function readParts(body: Readable, headers: Headers, { folder, maxBytes }: UploadOptions): Promise<Upload> {
  const fields: Record<string, string> = {};
  const writes: Promise<void>[] = [];
  let received: { file: string; fileName: string } | null = null;
  let fault: ToolkitError | null = null;
  const parser = openParser(headers, maxBytes);
  parser.on('field', (name, value, info) => {
    fields[name] = value;
    if (info.valueTruncated || info.nameTruncated) fault = tooLarge(`field ${name}`, MAX_FIELD_BYTES);
  });
  parser.on('file', (name, stream, { filename }) => {
    if (name !== FILE_FIELD || !filename) {
      stream.resume();
      return;
    }
    const fileName = basename(filename.replaceAll('\\', '/'));
    received = { file: join(folder, safeName(fileName, 'data.csv')), fileName };
    stream.on('limit', () => (fault = tooLarge('file', maxBytes)));
    writes.push(pipeline(stream, createWriteStream(received.file)));
  });
  for (const event of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const) {
    parser.on(event, () => (fault = new ToolkitError('limit', { where: 'upload', rule: 'too many parts' })));
  }
  await pumped(body, parser);
  await Promise.all(writes);
  if (fault !== null) throw fault as ToolkitError;
  check(received !== null, 'file', 'must be chosen', null);
  return { fields, folder, ...(received as { file: string; fileName: string }) };
}

function openParser(headers: Headers, maxBytes: number): busboy.Busboy {
  try {
    return busboy({
      headers: { ...headers, 'content-type': String(headers['content-type']) },
      defParamCharset: 'utf8',
      limits: { files: 1, fileSize: maxBytes, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, parts: MAX_FIELDS + 2 },
    });
  } catch (error) {
    throw malformed(error);
  }
}

async function pumped(body: Readable, parser: busboy.Busboy): Promise<void> {
  try {
    await pipeline(body, parser);
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(error: unknown): ToolkitError {
  const hint = `${(error as Error).message}.`;
  return new ToolkitError(
    'usage',
    { where: 'upload', rule: 'must be a complete multipart form', hint },
    { cause: error },
  );
}

function tooLarge(what: string, bytes: number): ToolkitError {
  const size = bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Math.round(bytes / 1024)} KiB`;
  const hint = 'For a larger file use the command line: lrnn fit.';
  return new ToolkitError('limit', { where: 'upload', rule: `${what} must be at most ${size}`, hint });
}

/**
 * Moves an upload into the folder of its study, which is made for it.
 *
 * A name that was asked for must be free; a name taken from the file gets a number behind it.
 *
 * Throws   state: the name that was asked for is taken
 */
export async function settleUpload(
  upload: Upload,
  reports: string,
): Promise<{ readonly name: string; readonly folder: string; readonly data: string }> {
  const asked = upload.fields.name?.trim() ?? '';
  const wanted = safeName(asked || upload.fileName.replace(/\.(csv|tsv|txt)$/i, ''), 'study');
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    const folder = join(reports, name);
    if (await madeFolder(folder)) {
      const data = join(folder, basename(upload.file));
      try {
        await rename(upload.file, data);
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
      await rm(upload.folder, { recursive: true, force: true });
      return { name, folder, data };
    }
    if (asked === '') continue;
    const hint = 'Choose another name, or leave it empty.';
    throw new ToolkitError('state', { where: 'name', rule: 'must not be taken', got: name, hint });
  }
}

/** False: there is something of that name. */
async function madeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
