import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';

import { expect } from 'chai';

import { ToolkitError } from '../../../src/core/index.js';
import type { PooledRequest } from '../../../src/run/index.js';
import { loadModel, PredictPool, ThreadLost } from '../../../src/run/index.js';

const MODEL = resolve(import.meta.dirname, '../../export/fixtures/model-v2-binary.safetensors');
const IDENTITY = { name: 'm', version: 1, sha256: 'ab' };

const requestOf = (text: string): PooledRequest => ({
  body: [new TextEncoder().encode(text)],
  type: 'json',
  answer: 'json',
});
const agesOf = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, i) => ({ age: i })));
const predictionsIn = (body: string | Uint8Array): unknown[] =>
  (JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)) as { predictions: unknown[] })
    .predictions;

/** The thread of a place, as a crash would find it. */
const threadOf = (pool: PredictPool): Worker => (pool as unknown as { places: { worker: Worker }[] }).places[0].worker;

describe('PredictPool', () => {
  let pool: PredictPool;
  before(async () => {
    pool = new PredictPool(1);
    await pool.open('m', readFileSync(MODEL), IDENTITY);
  });
  after(() => pool.close());

  it('predicts small requests together and large ones alone, all as loadModel does, to the bit', async () => {
    const alone = await loadModel(MODEL);
    const expected = await alone.predict(JSON.parse(agesOf(6000)) as object[] as Record<string, unknown>[]);
    alone.dispose();
    const counts = [1, 1, 3, 6000, 1, 2, 5000, 1];
    const answers = await Promise.all(counts.map((count) => pool.predict('m', requestOf(agesOf(count)), {})));
    answers.forEach(({ body, rows }, i) => {
      expect(rows).to.equal(counts[i]);
      expect(predictionsIn(body)).to.deep.equal(expected.slice(0, counts[i]));
    });
  });

  it('passes on what is wrong with a request as an error of the same kind and sentence', async () => {
    const error = await pool.predict('m', requestOf(agesOf(4)), { maxRows: 3 }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ToolkitError).and.to.include({ kind: 'limit', status: 413 });
    expect((error as Error).message).to.equal('rows: the request must have at most 3 rows, got 4.');
  });

  it('refuses a file that is no model, and goes on with those it has', async () => {
    const bad = await pool.open('bad', new Uint8Array(100), IDENTITY).catch((reason: unknown) => reason);
    expect(bad).to.be.instanceOf(ToolkitError).and.to.include({ kind: 'data' });
    expect((await pool.predict('m', requestOf(agesOf(1)), {})).rows).to.equal(1);
  });

  it('fails the request of a thread that ends, and answers those that wait by a new thread', async () => {
    const lost = pool.predict('m', requestOf(agesOf(200_000)), {}).catch((reason: unknown) => reason);
    const waits = pool.predict('m', requestOf(agesOf(2)), {});
    // The first batch leaves with the next turn of the loop.
    await new Promise((done) => setImmediate(() => setImmediate(done)));
    await threadOf(pool).terminate();
    expect(await lost).to.be.instanceOf(ThreadLost);
    expect((await waits).rows).to.equal(2);
  });
});
