/** @file What a run has found so far, on disk: a run that was killed goes on where it was, a run that has ended is read again. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Results by their settings, one file each. */
export class Store {
  /** Seconds that the results took when they were found, those of earlier runs included. */
  seconds = 0;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** The result of `work` for these settings: from disk, or found now and kept. Results are JSON. */
  async result<T>(settings: unknown, work: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(settings);
    const path = join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 24)}.json`);
    const found = read<T>(path, key);
    if (found) {
      this.seconds += found.seconds;
      return found.value;
    }
    const start = performance.now();
    const value = await work();
    const seconds = (performance.now() - start) / 1000;
    writeFileSync(`${path}.part`, JSON.stringify({ key, seconds, value }));
    renameSync(`${path}.part`, path);
    this.seconds += seconds;
    return value;
  }
}

function read<T>(path: string, key: string): { seconds: number; value: T } | null {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as { key: string; seconds: number; value: T };
    return found.key === key ? found : null;
  } catch {
    return null; // not there, or not whole
  }
}

/** Twelve letters that change with any line of the programs in these folders: results of other programs are not taken up. */
export function fingerprint(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    for (const name of files.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 12);
}
