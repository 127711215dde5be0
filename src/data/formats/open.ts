/** @file Files that are no CSV and yet a table: unpacked, and turned into one, so that all that follows is the same. */

import { createGunzip } from 'node:zlib';

import { ToolkitError } from '../../core/index.js';
import type { ReadingOptions } from '../csv-dialect.js';
import { refuse } from '../csv-refuse.js';
import type { ByteSource } from '../csv-source.js';
import { headOf } from '../csv-source.js';
import { jsonTable } from './json.js';
import { knownFormat } from './known.js';

export interface OpenedTable {
  readonly source: ByteSource;
  /** What is known of a CSV that was made here; empty for one that was found. */
  readonly reading: ReadingOptions;
  /** Where a row stands, in lines or elements of the file, where it is not the CSV that was found. */
  readonly lineOf?: (row: number) => number;
}

const HEAD_BYTES = 1 << 12;
/** A table packs to a tenth of its size, a very even one to a fiftieth; what grows further was made to fill a memory. */
const MOST_GROWTH = 200;
const FREE_BYTES = 1 << 26;

export const MADE_HERE: ReadingOptions = { delimiter: ',', encoding: 'utf-8', header: 1, comment: undefined };

/**
 * A source of CSV for a source of anything that is known: gzip is unpacked, JSON and JSON Lines become rows.
 *
 * Throws   data: an archive or a JSON text that is damaged or no table; limit: an archive that grows without measure
 */
export async function openTable(source: ByteSource, name: string): Promise<OpenedTable> {
  const head = await headOf(source, HEAD_BYTES);
  if (head[0] === 0x1f && head[1] === 0x8b) return openTable(unpacked(source, name), name);
  if (knownFormat(head) === 'JSON')
    return { source: await jsonTable(source, name), reading: MADE_HERE, lineOf: (row) => row + 1 };
  return { source, reading: {} };
}

function unpacked(source: ByteSource, name: string): ByteSource {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const gunzip = createGunzip();
    let [packed, size] = [0, 0];
    const feeding = (async () => {
      for await (const chunk of source.chunks()) {
        packed += chunk.length;
        if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve).once('close', resolve));
        if (gunzip.destroyed) return;
      }
      gunzip.end();
    })();
    feeding.catch((error: unknown) => gunzip.destroy(error as Error));
    try {
      for await (const chunk of gunzip) {
        size += (chunk as Buffer).length;
        if (size > FREE_BYTES + MOST_GROWTH * packed) {
          throw new ToolkitError('limit', {
            where: name,
            rule: `must not grow to more than ${MOST_GROWTH} times its size`,
          });
        }
        yield chunk as Buffer;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
        refuse('a gzip archive must be whole', `${name} is damaged or cut short.`);
      }
      throw error;
    } finally {
      gunzip.destroy();
    }
  };
  return { chunks };
}
