/** @file Bytes to text: UTF-8 where most of the file is that, Latin-1 (as Windows writes it) otherwise, or by the name of an encoding. */

import { isUtf8 } from 'node:buffer';

import { check } from '../core/index.js';
import type { TextEncoding } from './csv-table.js';

/** Bytes 0x80 to 0x9f of Windows-1252, which is what files called Latin-1 hold in practice; the rest is Latin-1. */
const WINDOWS_1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

/** Anything but Latin-1 was brought to UTF-8 before it came here. Bytes that are not UTF-8 become U+FFFD. */
export function decodeBytes(bytes: Buffer, encoding: TextEncoding): string {
  if (encoding !== 'latin1') return bytes.toString('utf8');
  return bytes.toString('latin1').replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]);
}

/** The text of bytes that came as Latin-1, one character per byte: as they are where all are ASCII. */
export function decodeLatin1(bytes: string, encoding: TextEncoding): string {
  return /[\x80-\xff]/.test(bytes) ? decodeBytes(Buffer.from(bytes, 'latin1'), encoding) : bytes;
}

/**
 * The encoding that a name stands for: 'auto', 'utf-8', 'latin1', or what the platform's decoder calls it.
 *
 * Throws   usage: a name that the platform does not know
 */
export function encodingNamed(name: string): TextEncoding {
  if (name === 'auto') return name;
  const found = decoderFor(name)?.encoding;
  const hint = 'Known are auto, utf-8, latin1, utf-16le, windows-1251, gbk, big5, shift_jis, euc-kr and more.';
  check(found !== undefined, 'encoding', 'must be the name of an encoding', name, hint);
  return found === 'windows-1252' ? 'latin1' : found;
}

function decoderFor(name: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(
      name
        .trim()
        .toLowerCase()
        .replace(/^latin-1$/, 'latin1'),
    );
  } catch {
    return undefined;
  }
}

/** UTF-16 without a mark: in most texts every second byte is zero, and never the other one. */
export function utf16Without(mark: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < mark.length; i += 2) {
    if (mark[i] === 0) even++;
    if (mark[i + 1] === 0) odd++;
  }
  const pairs = mark.length >> 1;
  if (pairs < 2) return undefined;
  if (even === 0 && odd > 0.4 * pairs) return 'utf-16le';
  return odd === 0 && even > 0.4 * pairs ? 'utf-16be' : undefined;
}

/** Watches a stream of chunks: is everything so far valid UTF-8? Characters cut by a chunk border are put together again. */
export class Utf8Watch {
  valid = true;
  private rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (!this.valid) return;
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = bytes.length - unfinishedTail(bytes);
    this.valid = isUtf8(bytes.subarray(0, end));
    this.rest = Buffer.from(bytes.subarray(end));
  }

  /** A character that the end of the file cuts short is not valid. */
  end(): boolean {
    return this.valid && this.rest.length === 0;
  }
}

/** How many bytes at the end (0 to 3) begin a character whose continuation has not come yet. */
function unfinishedTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

const MAX_LINE_BYTES = 1 << 20;

/** What is UTF-8 in bytes that are not UTF-8 throughout. */
export interface Utf8Count {
  /** Lines without a fault that hold characters of several bytes. */
  readonly goodLines: number;
  readonly badLines: number;
  /** The first line (from 1) with a fault; 0 without one. */
  readonly firstBad: number;
}

/** Counts, line by line, what of the text is UTF-8. */
export async function countUtf8(chunks: AsyncIterable<Buffer>): Promise<Utf8Count> {
  let [goodLines, badLines, firstBad, line] = [0, 0, 0, 1];
  const judge = (bytes: Buffer): void => {
    if (!isUtf8(bytes)) {
      badLines++;
      firstBad ||= line;
    } else if (!isAscii(bytes)) goodLines++;
    line++;
  };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const own = chunk.subarray(start, end);
      judge(rest.length > 0 ? Buffer.concat([rest, own]) : own);
      rest = Buffer.alloc(0);
      start = end + 1;
    }
    if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
    // A line without an end must not be copied again with every chunk.
    if (rest.length > MAX_LINE_BYTES) {
      judge(rest);
      line--;
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) judge(rest);
  return { goodLines, badLines, firstBad };
}

function isAscii(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}

/** Chunks in another encoding as UTF-8 chunks; a byte order mark is left out. */
export async function* transcoded(chunks: AsyncIterable<Buffer>, encoding: TextEncoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
