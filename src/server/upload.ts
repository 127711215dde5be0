/** @file An uploaded form: the file streamed to disk, the fields in memory, both within limits. */

import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import busboy from 'busboy';

import { check, ToolkitError } from '../core/index.js';
import { MOST_LOOKED } from '../report/index.js';
import { studyNameFor } from '../run/index.js';
import type { Fields } from './form.js';
import { safeName } from './form.js';
import type { Headers } from './http.js';
import type { Temporaries, Temporary } from './temporary.js';

export interface Upload {
  readonly fields: Fields;
  /** Where the file lies, in a folder of its own. */
  readonly file: string;
  /** Its name without a path, as the visitor's computer said it. */
  readonly fileName: string;
  readonly folder: string;
  /** Takes away whatever of it was not moved elsewhere. */
  readonly remove: () => Promise<void>;
}

export interface UploadOptions {
  readonly temporaries: Temporaries;
  /** The upload gets a folder of its own in here, whose name begins with `prefix`. */
  readonly folder: string;
  readonly prefix?: string;
  readonly maxBytes: number;
  /** False: a form without a file is one, too, whose `file` is empty. */
  readonly needsFile?: boolean;
}

/** Hidden, and below the reports folder: the move into the folder of the study is a rename. */
export const UPLOAD_PREFIX = '.upload-';

/** Those of the form, and a kind for each column that it shows. */
const MAX_FIELDS = 50 + MOST_LOOKED;
const MAX_FIELD_BYTES = 16 * 1024;
const FILE_FIELD = 'file';
/** Names that a study gives to files of its own, beside which the upload will lie. */
const OURS = /^(study\.sqlite|model\.safetensors|report\.html|explain$)/i;

/**
 * Reads the whole body. The folder of the upload is the caller's to move or remove; after an error nothing is left.
 *
 * Throws   usage: not a form, or no file in it; limit: file or fields too large; state: the folder cannot be written
 */
export async function receiveUpload(body: Readable, headers: Headers, options: UploadOptions): Promise<Upload> {
  const type = String(headers['content-type'] ?? '');
  check(/^multipart\/form-data\s*;/i.test(type), 'upload', 'must be a multipart form', type);
  const temporary = await makeFolder(options);
  try {
    return await readParts(body, headers, temporary, options);
  } catch (error) {
    await temporary.remove();
    throw error;
  } finally {
    body.resume();
  }
}

async function makeFolder({ temporaries, folder, prefix = UPLOAD_PREFIX }: UploadOptions): Promise<Temporary> {
  try {
    return await temporaries.make(folder, prefix);
  } catch (error) {
    const hint = `${(error as Error).message}.`;
    throw new ToolkitError('state', { where: 'upload', rule: 'reports folder must be writable', got: folder, hint });
  }
}

async function readParts(
  body: Readable,
  headers: Headers,
  { folder, remove }: Temporary,
  { maxBytes, needsFile = true }: UploadOptions,
): Promise<Upload> {
  // No prototype: a column may be called `__proto__`.
  const fields = Object.create(null) as Record<string, string>;
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
    const safe = safeName(fileName, 'data.csv');
    received = { file: join(folder, OURS.test(safe) ? `data-${safe}` : safe), fileName };
    stream.on('limit', () => (fault = tooLarge('file', maxBytes)));
    writes.push(written(stream, received.file, (error) => parser.destroy(error)));
  });
  for (const event of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const) {
    parser.on(event, () => (fault = new ToolkitError('limit', { where: 'upload', rule: 'too many parts' })));
  }
  try {
    await pumped(body, parser);
  } finally {
    await Promise.all(writes);
  }
  if (fault !== null) throw fault as ToolkitError;
  check(received !== null || !needsFile, 'file', 'must be chosen', null);
  if (received === null) return { fields, folder, remove, file: '', fileName: '' };
  return { fields, folder, remove, ...(received as { file: string; fileName: string }) };
}

/**
 * Resolves when the file is closed, whole or not, and never rejects: a body that breaks off fails by itself, and what the disk
 * refuses is told at once, for nobody would read on.
 */
async function written(stream: Readable, file: string, onFault: (error: Error) => void): Promise<void> {
  try {
    await pipeline(stream, createWriteStream(file));
  } catch (error) {
    if (isDiskFault(error)) onFault(error);
  }
}

function isDiskFault(error: unknown): error is NodeJS.ErrnoException {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'open' || syscall === 'write' || syscall === 'close';
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
    throw isDiskFault(error) ? unwritten(error) : malformed(error);
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

function unwritten(error: NodeJS.ErrnoException): ToolkitError {
  const hint = `The system says ${error.code ?? 'no'}; nothing was kept.`;
  return new ToolkitError(
    'limit',
    { where: 'upload', rule: 'the disk of the server must have room for the file', hint },
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
  const wanted = safeName(asked || studyNameFor(upload.fileName), 'study');
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
      await upload.remove();
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
