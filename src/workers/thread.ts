/** @file Starting a thread, from the build or from the sources. */

import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

const FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * Starts a thread on an entry, which is named as it lies below `src`: this code stands in one of the folders there, or of dist.
 *
 * Where the sources themselves are run, by tests, the thread reads TypeScript by a loader that it does not inherit, file by file, which
 * takes a second of a core. LRNN_BUILT_THREADS says that dist is the build of these sources, and spares it.
 */
export function spawnThread(entry: string, options: WorkerOptions = {}): Worker {
  const place = (file: string): URL => new URL(`../${file}`, import.meta.url);
  if (!FROM_SOURCE) return new Worker(place(`${entry}.js`), options);
  if (process.env.LRNN_BUILT_THREADS) return new Worker(place(`../dist/${entry}.js`), options);
  const source = JSON.stringify(place(`${entry}.ts`).href);
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${source})));`;
  return new Worker(code, { ...options, eval: true });
}
