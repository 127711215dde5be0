/** @file How much faster are two worker threads than one, on fits that have nothing to do with each other? */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Executor } from '../src/automl/index.js';
import { wasmBuild } from '../src/engine/index.js';
import { createPool } from '../src/workers/index.js';
import type { Part } from './part.js';
import { fitJob, madeUpStudy } from './study.js';
import { table } from './table.js';
import { median } from './timing.js';

const ROWS = 8000;
const COLUMNS = 16;
/** Even, so that two threads can end together. */
const FITS = 6;
const SPINS = 6;
const MAX_ROUNDS = 5;

export const threads: Part = {
  name: 'threads',
  question: `Seconds for ${FITS} fits of an LRNN (${ROWS.toLocaleString('en-US')} rows, ${COLUMNS} columns) on worker threads`,
  async run(print, effort) {
    const rounds = Math.min(effort.rounds, MAX_ROUNDS);
    const fits = await measureFits(rounds);
    const spins = await measureSpins(rounds);
    const row = (name: string, [one, two]: Seconds): (string | number)[] => {
      return [name, median(one), median(two), median(one.map((seconds, i) => seconds / two[i]))];
    };
    print(
      table(['', '1 thread', '2 threads', 'speed-up'], [row(`fits (${wasmBuild()})`, fits), row('plain loops', spins)]),
    );
    print([
      'The speed-up is the median over pairs. Plain loops share nothing: more than they get, this machine did not give.',
    ]);
  },
};

/** Of each round, with one thread and with two. */
type Seconds = readonly [one: number[], two: number[]];

async function measureFits(rounds: number): Promise<Seconds> {
  const study = madeUpStudy(ROWS, COLUMNS);
  const [one, two] = [1, 2].map((workers) => createPool(study, { workers, engine: 'wasm' }));
  try {
    // One fit per thread starts it, compiles its kernels and prepares the table.
    await fitAll(one, 1);
    await fitAll(two, 2);
    return await alternate([() => fitAll(one, FITS), () => fitAll(two, FITS)], rounds);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

async function fitAll(pool: Executor, fits: number): Promise<void> {
  const jobs = Array.from({ length: fits }, (_, trial) => pool.run(fitJob(trial, { epochs: 5, patience: 5 })));
  for (const outcome of await Promise.all(jobs)) if (!outcome.ok) throw new Error(outcome.error);
}

/** A thread that counts, about a third of a second per message. */
const SPINNER = `const { parentPort } = require('node:worker_threads');
parentPort.on('message', () => {
  let x = 0;
  for (let i = 0; i < 1.5e8; i++) x = (Math.imul(x, 31) + i) | 0;
  parentPort.postMessage(x);
});`;

async function measureSpins(rounds: number): Promise<Seconds> {
  const spinners = [new Worker(SPINNER, { eval: true }), new Worker(SPINNER, { eval: true })];
  const spin = async (spinner: Worker, times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const done = once(spinner, 'message');
      spinner.postMessage(null);
      await done;
    }
  };
  const both = (times: number) => async (): Promise<void> => {
    await Promise.all(spinners.map((spinner) => spin(spinner, times)));
  };
  try {
    await both(2)();
    return await alternate([() => spin(spinners[0], SPINS), both(SPINS / 2)], rounds);
  } finally {
    await Promise.all(spinners.map((spinner) => spinner.terminate()));
  }
}

/** Seconds of either way in each round, the order changing from round to round. */
async function alternate(ways: readonly [() => Promise<void>, () => Promise<void>], rounds: number): Promise<Seconds> {
  const seconds: Seconds = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const way of round % 2 ? [1, 0] : [0, 1]) {
      const start = performance.now();
      await ways[way]();
      seconds[way].push((performance.now() - start) / 1000);
    }
  }
  return seconds;
}
