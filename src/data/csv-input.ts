/** @file What must be known of all bytes before the first row: their encoding, and whether backslashes stand before quotes. */

import { createHash } from 'node:crypto';

import { refuse } from './csv-refuse.js';
import type { ByteSource } from './csv-source.js';
import { headOf, passingOf } from './csv-source.js';
import type { TextEncoding } from './csv-table.js';
import { countUtf8, encodingNamed, transcoded, Utf8Watch, utf16Without } from './decode.js';
import { knownFormat } from './formats/known.js';

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
  /** What a user should know. */
  readonly notes: readonly string[];
  /** The text's bytes, without a byte order mark; UTF-16 comes as UTF-8. A chunk may lie where the one before was. */
  chunks(): AsyncIterable<Buffer>;
}

/**
 * Reads all bytes once.
 *
 * Throws   data: NUL bytes; bytes that are not UTF-8 where that is wanted, by their line; a format that is no plain text
 */
export async function survey(source: ByteSource, name: string, encoding: string): Promise<Survey> {
  const wanted = encodingNamed(encoding);
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of passingOf(source)) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const coding = codingOf(await headOf(source, HEAD_BYTES), wanted, name);
  const watch = new TextWatch(name, wanted);
  for await (const chunk of textChunks(counted(), coding)) watch.push(chunk);
  const { head, whole, hasEscapedQuote, isUtf8 } = watch.end();
  const chunks = () => textChunks(unchanged(source, bytes, name), coding);
  const read = coding.from ?? (wanted === 'auto' ? 'utf-8' : wanted);
  const isDoubtful = wanted === 'auto' && coding.from === undefined && !isUtf8;
  const judged = isDoubtful ? await mostlyUtf8(chunks(), name) : { encoding: read, notes: [] };
  return { ...judged, sha256: hash.digest('hex'), bytes, head, whole, hasEscapedQuote, chunks };
}

/** How the bytes of a file become text: a mark to skip, an encoding to bring to UTF-8. */
interface Coding {
  readonly skip: number;
  readonly from?: TextEncoding | undefined;
}

function codingOf(first: Buffer, wanted: TextEncoding, name: string): Coding {
  const mark = byteOrderMark(first);
  if (mark === 'utf-8') return { skip: 3 };
  if (mark !== undefined) return { skip: 0, from: mark };
  if (!['auto', 'utf-8', 'latin1'].includes(wanted)) return { skip: 0, from: wanted };
  const format = knownFormat(first);
  if (format !== undefined) refuse('file must be a table as plain text', `${name} is ${format}; save it as CSV first.`);
  return { skip: 0, from: wanted === 'auto' ? utf16Without(first) : undefined };
}

/** Few bytes that are not UTF-8 do not make another encoding of a file that is UTF-8 otherwise. */
async function mostlyUtf8(
  chunks: AsyncIterable<Buffer>,
  name: string,
): Promise<{ encoding: TextEncoding; notes: readonly string[] }> {
  const { goodLines, badLines, firstBad } = await countUtf8(chunks);
  if (goodLines < badLines) return { encoding: 'latin1', notes: [] };
  const lines = badLines === 1 ? `Line ${firstBad} of ${name} holds` : `${badLines} lines of ${name} hold`;
  const first = badLines === 1 ? '' : `, the first is line ${firstBad}`;
  return { encoding: 'utf-8', notes: [`${lines} bytes that are not UTF-8, and are read as "\ufffd"${first}`] };
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
    else this.head.push(Buffer.from(chunk));
    this.headBytes += chunk.length;
  }
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** The bytes once more; refused where they are not as many as before. */
async function* unchanged(source: ByteSource, bytes: number, name: string): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of passingOf(source)) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== bytes) refuse('file must not change while it is read', `${name} had ${bytes} bytes, and now ${read}.`);
}

/** Bytes of text: without a byte order mark, and other encodings as UTF-8. */
async function* textChunks(chunks: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer> {
  if (coding.from !== undefined) {
    yield* transcoded(chunks, coding.from);
    return;
  }
  let { skip } = coding;
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

function byteOrderMark(head: Buffer): TextEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}
