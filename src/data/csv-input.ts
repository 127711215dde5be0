/** @file The bytes of a CSV on their way to the parser: hashed, counted, checked, and brought to one byte order. */

import { createHash } from 'node:crypto';

import { refuse } from './csv-refuse.js';
import type { TextEncoding } from './csv-table.js';
import { transcodeUtf16, Utf8Watch } from './decode.js';

/** Bytes looked at before parsing begins: enough rows to sniff the delimiter. */
const HEAD_BYTES = 1 << 16;
const CHUNK_BYTES = 1 << 18;

export interface Input {
  readonly head: string;
  readonly whole: boolean;
  readonly chunks: AsyncIterable<Buffer>;
  finish(): { encoding: TextEncoding; bytes: number; sha256: string };
}

/** Reads the head, finds the byte order mark, and returns all bytes again with checks and a hash running over them. */
export async function openInput(source: AsyncIterable<Buffer>, name: string, wanted: string): Promise<Input> {
  const hash = createHash('sha256');
  let bytes = 0;
  const iterator = (async function* () {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  })();
  const raw = await takeHead(iterator);
  const mark = byteOrderMark(raw.head);
  if (mark === undefined) refuseKnownFormats(raw.head, name);
  const utf16 = mark === 'utf-16le' || mark === 'utf-16be' ? mark : undefined;
  let all = prepend(raw.head.subarray(mark === 'utf-8' ? 3 : 0), iterator);
  let head = raw.head.subarray(mark === 'utf-8' ? 3 : 0);
  if (utf16 !== undefined) {
    const decoded = transcodeUtf16(all, utf16);
    head = (await takeHead(decoded)).head;
    all = prepend(head, decoded);
  }
  const watch = new Utf8Watch();
  const finish = () => ({
    encoding: utf16
      ? utf16
      : wanted === 'latin1' || (wanted === 'auto' && !watch.end())
        ? ('latin1' as const)
        : ('utf-8' as const),
    bytes,
    sha256: hash.digest('hex'),
  });
  return { head: head.toString('latin1'), whole: raw.whole, chunks: watched(all, watch, name, wanted), finish };
}

/** Passes chunks on; refuses NUL bytes, and invalid UTF-8 when UTF-8 was asked for, naming the line. */
async function* watched(
  chunks: AsyncIterable<Buffer>,
  watch: Utf8Watch,
  name: string,
  wanted: string,
): AsyncGenerator<Buffer> {
  let lines = 1;
  for await (const chunk of chunks) {
    const nul = chunk.indexOf(0);
    const lineAt = (end: number): string => `Line ${lines + newlinesIn(chunk.subarray(0, end))} of ${name}`;
    if (nul >= 0) refuse('a text file must hold no NUL bytes', `${lineAt(nul)}; is this a binary file?`);
    watch.push(chunk);
    if (!watch.valid && wanted === 'utf-8') {
      refuse(
        'bytes must be valid UTF-8',
        `Between lines ${lines} and ${lines + newlinesIn(chunk)} of ${name}; try the encoding latin1.`,
      );
    }
    lines += newlinesIn(chunk);
    yield chunk;
  }
}

function newlinesIn(chunk: Buffer): number {
  let count = 0;
  for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) count++;
  return count;
}

async function takeHead(chunks: AsyncGenerator<Buffer>): Promise<{ head: Buffer; whole: boolean }> {
  const parts: Buffer[] = [];
  let size = 0;
  while (size < HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done === true) return { head: Buffer.concat(parts), whole: true };
    parts.push(next.value);
    size += next.value.length;
  }
  return { head: Buffer.concat(parts), whole: false };
}

async function* prepend(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

export async function* chunksOf(
  source: string | Uint8Array | AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Buffer> {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : asBuffer(chunk);
    return;
  }
  const bytes = typeof source === 'string' ? Buffer.from(source) : asBuffer(source);
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function byteOrderMark(head: Buffer): TextEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Whether bytes begin with the mark of UTF-16. */
export function isUtf16(head: Buffer): boolean {
  const mark = byteOrderMark(head);
  return mark === 'utf-16le' || mark === 'utf-16be';
}

/** Files that people name .csv by mistake, known by their first bytes. */
function refuseKnownFormats(head: Buffer, name: string): void {
  const start = head.toString('latin1', 0, 4);
  const format = start.startsWith('PK\x03\x04')
    ? 'a zip archive or an Excel workbook'
    : start.startsWith('\x1f\x8b')
      ? 'a gzip archive'
      : start === 'PAR1'
        ? 'a Parquet file'
        : undefined;
  if (format !== undefined) refuse('file must be plain text', `${name} is ${format}: save it as CSV first.`);
}
