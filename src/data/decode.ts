/** @file Bytes to text: UTF-8 when the whole file is valid UTF-8, Latin-1 (as Windows writes it) otherwise, UTF-16 by its mark. */

import { isUtf8 } from 'node:buffer';

import type { TextEncoding } from './csv-table.js';

/** Bytes 0x80 to 0x9f of Windows-1252, which is what files called Latin-1 hold in practice; the rest is Latin-1. */
const WINDOWS_1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

/** UTF-16 was transcoded to UTF-8 before it came here, so anything but Latin-1 is read as UTF-8. */
export function decodeBytes(bytes: Buffer, encoding: TextEncoding): string {
  if (encoding !== 'latin1') return bytes.toString('utf8');
  return bytes.toString('latin1').replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]);
}

/** The text of bytes that came as Latin-1, one character per byte: as they are where all are ASCII. */
export function decodeLatin1(bytes: string, encoding: TextEncoding): string {
  return /[\x80-\xff]/.test(bytes) ? decodeBytes(Buffer.from(bytes, 'latin1'), encoding) : bytes;
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

/** UTF-16 chunks as UTF-8 chunks; the byte order mark is left out. */
export async function* transcodeUtf16(
  chunks: AsyncIterable<Buffer>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
