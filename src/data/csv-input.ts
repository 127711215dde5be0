/** @file What must be known of all bytes before the first row: their encoding, and whether backslashes stand before quotes. */

import { createHash } from 'node:crypto';

import { refuse } from './csv-refuse.js';
import type { ByteSource } from './csv-source.js';
import type { TextEncoding } from './csv-table.js';
import { transcodeUtf16, Utf8Watch } from './decode.js';

/** Bytes looked at before parsing begins: enough rows to sniff the delimiter. */
const HEAD_BYTES = 1 << 16;

/** What one pass over the bytes found. */
export interface Survey {
  readonly encoding: TextEncoding;
  /** Of the bytes as they were read, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** The beginning of the text, one character per byte. */
  readonly head: string;
  /** Whether the head is the whole text. */
  readonly whole: boolean;
  /** Whether `\"` stands somewhere. */
  readonly hasEscapedQuote: boolean;
  /** The text's bytes, without a byte order mark; UTF-16 comes as UTF-8. */
  chunks(): AsyncIterable<Buffer>;
}

/**
 * Reads all bytes once.
 *
 * Throws   data: NUL bytes; bytes that are not UTF-8 where that is wanted, by their line; a format that is no plain text
 */
export async function survey(source: ByteSource, name: string, wanted: string): Promise<Survey> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source.chunks()) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const first = await firstBytes(source);
  const mark = byteOrderMark(first);
  if (mark === undefined) refuseKnownFormats(first, name);
  const watch = new TextWatch(name, wanted);
  for await (const chunk of textChunks(counted(), mark)) watch.push(chunk);
  const { head, whole, hasEscapedQuote, isUtf8 } = watch.end();
  const isLatin1 = wanted === 'latin1' || (wanted === 'auto' && !isUtf8);
  const encoding = mark === 'utf-16le' || mark === 'utf-16be' ? mark : isLatin1 ? 'latin1' : 'utf-8';
  const sha256 = hash.digest('hex');
  const chunks = () => textChunks(unchanged(source, bytes, name), mark);
  return { encoding, sha256, bytes, head, whole, hasEscapedQuote, chunks };
}

/** Looks at the text's bytes as they pass. */
class TextWatch {
  private readonly utf8 = new Utf8Watch();
  private readonly head: Buffer[] = [];
  private headBytes = 0;
  private whole = true;
  private hasEscapedQuote = false;
  private lines = 1;
  private last = 0;

  constructor(
    private readonly name: string,
    private readonly wanted: string,
  ) {}

  push(chunk: Buffer): void {
    const { name, lines } = this;
    const newLines = newlinesIn(chunk);
    const nul = chunk.indexOf(0);
    if (nul >= 0) {
      const line = lines + newlinesIn(chunk.subarray(0, nul));
      refuse('a text file must hold no NUL bytes', `Line ${line} of ${name}; is this a binary file?`);
    }
    this.utf8.push(chunk);
    if (!this.utf8.valid && this.wanted === 'utf-8') {
      const place = `Between lines ${lines} and ${lines + newLines} of ${name}`;
      refuse('bytes must be valid UTF-8', `${place}; try the encoding latin1.`);
    }
    this.lines += newLines;
    this.takeHead(chunk);
    this.hasEscapedQuote ||= chunk.includes('\\"') || (this.last === BACKSLASH && chunk[0] === QUOTE);
    this.last = chunk[chunk.length - 1];
  }

  end() {
    const head = Buffer.concat(this.head).toString('latin1');
    return { head, whole: this.whole, hasEscapedQuote: this.hasEscapedQuote, isUtf8: this.utf8.end() };
  }

  private takeHead(chunk: Buffer): void {
    if (this.headBytes >= HEAD_BYTES) this.whole = false;
    else this.head.push(chunk);
    this.headBytes += chunk.length;
  }
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** The bytes once more; refused where they are not as many as before. */
async function* unchanged(source: ByteSource, bytes: number, name: string): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of source.chunks()) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== bytes) refuse('file must not change while it is read', `${name} had ${bytes} bytes, and now ${read}.`);
}

/** Bytes of text: without a byte order mark, and UTF-16 as UTF-8. */
async function* textChunks(chunks: AsyncIterable<Buffer>, mark: TextEncoding | undefined): AsyncGenerator<Buffer> {
  if (mark === 'utf-16le' || mark === 'utf-16be') {
    yield* transcodeUtf16(chunks, mark);
    return;
  }
  let skip = mark === 'utf-8' ? 3 : 0;
  for await (const chunk of chunks) {
    const text = chunk.subarray(skip);
    skip -= chunk.length - text.length;
    if (text.length > 0) yield text;
  }
}

function newlinesIn(chunk: Buffer): number {
  let count = 0;
  for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) count++;
  return count;
}

/** Enough bytes to know a format by. */
async function firstBytes(source: ByteSource): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.chunks()) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts);
}

function byteOrderMark(head: Buffer): TextEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
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
