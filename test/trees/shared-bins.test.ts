import { Worker } from 'node:worker_threads';

import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng, SharedMemory } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import { BOOST_DEFAULTS, Booster } from '../../src/trees/boost.js';
import { binValues, ExtraGrower } from '../../src/trees/extra.js';
import { shareBins } from '../../src/trees/shared-bins.js';

/** Numbers, gaps, one-hot columns that are stored together, and a column of categories. */
function mixedTable(seed: number, n: number): { X: Matrix; categories: boolean[]; y: Float32Array } {
  const rng = new Rng(seed);
  const cols = 9;
  const data = new Float32Array(n * cols);
  for (let row = 0; row < n; row++) {
    const at = row * cols;
    for (let c = 0; c < 4; c++) data[at + c] = rng.uniform() < 0.1 ? Number.NaN : rng.normal();
    data[at + 4 + rng.integer(4)] = 1;
    data[at + 8] = rng.integer(12);
  }
  const categories = Array.from({ length: cols }, (_, c) => c === 8);
  const y = Float32Array.from({ length: n }, (_, row) => data[row * cols + 5] + Number(data[row * cols + 8] % 3 === 0));
  return { X: { rows: n, cols, data }, categories, y };
}

/** Every third row judges. */
function trainRows(n: number): Uint32Array {
  return allRows(n).filter((row) => row % 3 > 0);
}

describe('shareBins', () => {
  it('bins all rows as a table of them alone does, in a memory of all threads or beside it', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 200 }), fc.constantFrom(0, Infinity), (seed, n, least) => {
        const { X, categories } = mixedTable(seed, n);
        const { memory, stored, ...shared } = shareBins(X, categories, least);
        const own = binTable(X, allRows(n), 255, categories);
        expect({ ...shared, bins: new Uint8Array(shared.bins) }).to.deep.equal(own);
        expect(memory !== undefined).to.equal(least === 0);
        expect(stored!.places).to.have.length(X.cols);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the same trees where they lie as in a memory of their own', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 30, max: 200 }), (seed, n) => {
        const { X, categories, y } = mixedTable(seed, n);
        const train = trainRows(n);
        const grown = [0, Infinity].map((least) => {
          const table = shareBins(X, categories, least);
          const task = { loss: 'squared', outputs: 1, y, train, seed, onlyTrained: true } as const;
          const params = { ...BOOST_DEFAULTS, leaves: 6, minRows: 3, subsample: 0.7 };
          const booster = new Booster(table, task, params);
          const extra = new ExtraGrower(table, { y, outputs: 1, train }, binValues(X, table, train), {
            columnsPerNode: 3,
            minLeaf: 1,
            minSplit: 2,
          });
          return { boosted: [...booster.round(), ...booster.round()], extra: extra.grow(seed) };
        });
        expect(grown[0]).to.deep.equal(grown[1]);
      }),
      { numRuns: 8 },
    );
  });

  it('takes back what fits took, also of one that refuses its targets', () => {
    const { X, categories, y } = mixedTable(3, 90);
    const table = shareBins(X, categories, 0);
    const rooms = new SharedMemory(table.memory!);
    const before = rooms.taken;
    const task = { loss: 'squared', outputs: 1, y, train: trainRows(90), seed: 1 } as const;
    const booster = new Booster(table, task, BOOST_DEFAULTS);
    expect(rooms.taken).to.be.above(before);
    booster.release();
    expect(rooms.taken).to.equal(before);
    expect(() => new Booster(table, { ...task, loss: 'gamma' }, BOOST_DEFAULTS)).to.throw('must be above 0');
    expect(rooms.taken).to.equal(before);
  });

  it('gives another thread the same trees at the same time, in the same memory', async function () {
    this.timeout(120_000);
    const { X, categories, y } = mixedTable(5, 400);
    const table = shareBins(X, categories, 0);
    const task = { loss: 'squared', outputs: 1, y, train: trainRows(400), seed: 2, onlyTrained: true } as const;
    const params = { ...BOOST_DEFAULTS, leaves: 8, subsample: 0.8 };
    const source = JSON.stringify(new URL('../../src/trees/boost.ts', import.meta.url).href);
    const code = `
      import('tsx/esm/api').then(async ({ register }) => {
        register();
        const { parentPort, workerData } = await import('node:worker_threads');
        const { Booster } = await import(${source});
        const { table, task, params } = workerData;
        const booster = new Booster(table, task, params);
        parentPort.postMessage(Array.from({ length: 20 }, () => booster.round()));
        booster.release();
      });`;
    const thread = new Worker(code, { eval: true, workerData: { table, task, params } });
    const there = new Promise((resolve, reject) => thread.on('message', resolve).on('error', reject));
    const booster = new Booster(table, task, params);
    const here = Array.from({ length: 20 }, () => booster.round());
    expect(await there).to.deep.equal(here);
    booster.release();
    expect(Buffer.from(table.bins)).to.deep.equal(Buffer.from(binTable(X, allRows(400), 255, categories).bins));
  });
});
