/** @file A gzip archive as the bytes that are packed in it. */

import { createGunzip } from 'node:zlib';

import type { ByteSource } from '../csv-source.js';
import { checkGrowth, refuseFile } from './refuse.js';

/** Throws, as it is read   data: an archive that is damaged or cut short; limit: one that grows without measure */
export function unpacked(source: ByteSource, name: string): ByteSource {
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
        checkGrowth(name, packed, size);
        yield chunk as Buffer;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
        refuseFile('a gzip archive must be whole', `${name} is damaged or cut short.`);
      }
      throw error;
    } finally {
      gunzip.destroy();
    }
  };
  return { chunks };
}
