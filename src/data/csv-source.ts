/** @file Bytes that can be read more than once: what must be known of a whole file is found before its first row is read. */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

const CHUNK_BYTES = 1 << 18;

export interface ByteSource {
  /** All bytes, from the first, each time anew. */
  chunks(): AsyncIterable<Buffer>;
  /** The same for those who keep no chunk: each may lie where the one before was. */
  passing?(): AsyncIterable<Buffer>;
  /** Where the same bytes lie in a file: some formats are read from their end. */
  readonly path?: string;
}

/** What text may come from. */
export type TextSource = string | Uint8Array | AsyncIterable<Uint8Array | string>;

export function fileSource(path: string): ByteSource {
  const chunks = (): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return { path, chunks, passing: () => passingChunks(path) };
}

/** New memory for each chunk would cost more than what is read into it. */
async function* passingChunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** All bytes, for those who keep no chunk. */
export function passingOf(source: ByteSource): AsyncIterable<Buffer> {
  return source.passing?.() ?? source.chunks();
}

/** The same bytes, which end with the signal's reason once it has fired. */
export function heeding(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
  if (signal === undefined) return source;
  const heeded = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      yield chunk;
    }
  };
  return { ...source, chunks: () => heeded(source.chunks()), passing: () => heeded(passingOf(source)) };
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
