/** @file Bytes that can be read more than once: what must be known of a whole file is found before its first row is read. */

import { createReadStream } from 'node:fs';

const CHUNK_BYTES = 1 << 18;

export interface ByteSource {
  /** All bytes, from the first, each time anew. */
  chunks(): AsyncIterable<Buffer>;
  /** Where the same bytes lie in a file: some formats are read from their end. */
  readonly path?: string;
}

/** What text may come from. */
export type TextSource = string | Uint8Array | AsyncIterable<Uint8Array | string>;

export function fileSource(path: string): ByteSource {
  return { path, chunks: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer> };
}

/** The same bytes, which end with the signal's reason once it has fired. */
export function heeding(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
  if (signal === undefined) return source;
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source.chunks()) {
      signal.throwIfAborted();
      yield chunk;
    }
  };
  return { ...source, chunks };
}

/** A stream is gathered in memory, as its rows would be; `look` sees each chunk as it comes and may throw. */
export async function sourceOf(
  source: TextSource,
  look: (chunk: Buffer) => void = () => undefined,
): Promise<ByteSource> {
  if (typeof source === 'string') return sourceOf(Buffer.from(source));
  if (source instanceof Uint8Array) return { chunks: () => piecesOf(asBuffer(source)) };
  const gathered: Buffer[] = [];
  for await (const part of source) {
    const chunk = typeof part === 'string' ? Buffer.from(part) : asBuffer(part);
    look(chunk);
    gathered.push(chunk);
  }
  const again = async function* (): AsyncGenerator<Buffer> {
    yield* gathered;
  };
  return { chunks: again };
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The first bytes, at least so many where there are: enough to know a format by. */
export async function headOf(source: ByteSource, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.chunks()) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= bytes) break;
  }
  return Buffer.concat(parts);
}
