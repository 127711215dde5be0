/** @file What a zip archive holds: the entries by name, and the bytes of each. */

import type { Readable } from 'node:stream';
import * as zlib from 'node:zlib';

import type { Entry, ZipFile } from 'yauzl';

import type { ByteSource } from '../csv-source.js';
import type { RandomBytes } from './random-bytes.js';
import { asDamage, checkGrowth, damage, refuseFile } from './refuse.js';

export interface Archive {
  /** Of files only, in the order of the archive. */
  readonly names: readonly string[];
  /** The bytes of an entry; undefined where there is none of this name. */
  entry(name: string): ByteSource | undefined;
}

/** More than these is no table, nor a workbook. */
const MAX_ENTRIES = 10_000;
const METHODS: Readonly<Record<number, string>> = { 1: 'shrink', 9: 'deflate64', 12: 'bzip2', 14: 'lzma', 93: 'zstd' };
const RULE = 'a zip archive must be whole';

/** Throws   data: an archive that is damaged or cut short, or holds more than ten thousand entries */
export async function openArchive(bytes: RandomBytes, name: string): Promise<Archive> {
  const whole = `${name} is damaged or cut short.`;
  return asDamage(RULE, whole, async () => {
    const zip = await opened(bytes);
    const entries = new Map<string, Entry>();
    if (zip.entryCount > MAX_ENTRIES) {
      refuseFile(`a zip archive must have at most ${MAX_ENTRIES} entries`, `${name} has ${zip.entryCount}.`);
    }
    for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
    return {
      names: [...entries.keys()],
      entry(key) {
        const entry = entries.get(key);
        return entry && { chunks: () => contentOf(zip, entry, name) };
      },
    };
  });
}

/** Loaded with the first archive: most tables are none. */
async function opened(bytes: RandomBytes): Promise<ZipFile> {
  const { default: yauzl } = await import('yauzl');
  class Reader extends yauzl.RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      return bytes.stream(start, end);
    }
    override read(into: Buffer, at: number, length: number, position: number, done: (error: Error | null) => void) {
      bytes.read(position, position + length).then((found) => {
        found.copy(into, at);
        done(found.length < length ? new Error('unexpected end') : null);
      }, done);
    }
    override close(done: (error: Error | null) => void): void {
      done(null);
    }
  }
  return yauzl.fromRandomAccessReaderPromise(new Reader(), bytes.size, { lazyEntries: true, autoClose: false });
}

async function* contentOf(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Buffer> {
  const { compressionMethod: method, fileName, compressedSize } = entry;
  if (entry.isEncrypted()) refuseFile('a zip archive must not be encrypted', `${fileName} of ${name} is.`);
  if (!entry.canDecodeFileData()) {
    const how = METHODS[method] ?? `method ${method}`;
    refuseFile('a zip archive must be packed by deflate', `${fileName} of ${name} is packed by ${how}.`);
  }
  const cut = `${fileName} of ${name} is damaged or cut short.`;
  let [size, crc] = [0, 0];
  let stream: Readable | undefined;
  try {
    stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) {
      size += (chunk as Buffer).length;
      checkGrowth(name, compressedSize, size);
      crc = crc32(chunk as Buffer, crc);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw damage(RULE, cut, error);
  } finally {
    stream?.destroy();
  }
  if (crc !== entry.crc32) refuseFile(RULE, cut);
}

let table: Uint32Array | undefined;

/** Node has it since 20.15; before that, by the table of the polynomial. */
function crc32(bytes: Buffer, before: number): number {
  const { crc32: native } = zlib as { crc32?: typeof zlib.crc32 };
  if (native !== undefined) return native(bytes, before);
  table ??= Uint32Array.from({ length: 256 }, (_, i) => {
    for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1;
    return i;
  });
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}
