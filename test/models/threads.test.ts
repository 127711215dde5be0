/** The same seed makes the same bits, on either build, in this thread, in one other, or in two at once. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { expect } from 'chai';

import { createMatrix, Rng } from '../../src/core/index.js';
import type { WasmBuild } from '../../src/engine/index.js';
import type { SeededFit } from './support/seeded-fit.js';
import { seededFit } from './support/seeded-fit.js';

const FILE = new URL('./support/seeded-fit.ts', import.meta.url).href;
/** A thread does not inherit the loader that reads TypeScript. */
const ENTRY = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(FILE)})));`;

async function startThread(): Promise<Worker> {
  const thread = new Worker(ENTRY, { eval: true });
  await once(thread, 'message');
  return thread;
}

async function fitIn(thread: Worker, fit: SeededFit): Promise<unknown> {
  const reply = once(thread, 'message');
  thread.postMessage(fit);
  return (await reply)[0];
}

/** 150 rows on shared memory: y = x0 x1 with noise. */
function sharedData(): Pick<SeededFit, 'X' | 'y'> {
  const rng = new Rng(5);
  const X = createMatrix(150, 4, true);
  for (let i = 0; i < X.data.length; i++) X.data[i] = rng.normal();
  const y = new Float32Array(new SharedArrayBuffer(4 * X.rows));
  for (let i = 0; i < y.length; i++) y[i] = X.data[4 * i] * X.data[4 * i + 1] + 0.1 * rng.normal();
  return { X, y };
}

describe('fits in threads', () => {
  const data = sharedData();
  let threads: Worker[] = [];

  before(async () => {
    threads = await Promise.all([startThread(), startThread()]);
  });
  after(() => Promise.all(threads.map((thread) => thread.terminate())));

  for (const family of ['lrnn', 'mlp'] as const) {
    for (const build of ['simd', 'relaxed-simd'] as const satisfies readonly WasmBuild[]) {
      it(`end in the same bits for the same seed: ${family} on ${build}`, async () => {
        const fit = { family, build, seed: 7, ...data };
        const here = await seededFit(fit);
        const alone = await fitIn(threads[0], fit);
        const together = await Promise.all(threads.map((thread) => fitIn(thread, fit)));
        for (const weights of [alone, ...together]) expect(weights).to.deep.equal(here);
        expect(await fitIn(threads[1], { ...fit, seed: 8 })).to.not.deep.equal(here);
      });
    }
  }
});
