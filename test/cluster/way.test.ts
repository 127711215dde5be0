/** @file A study whose way to Redis breaks: cut connections, a server that falls silent, one that is full, nobody left. */

import { randomFillSync } from 'node:crypto';

import { expect } from 'chai';

import type { StudyData } from '../../src/automl/index.js';
import { buildOf, offerKey, queueName, WORKERS_KEY } from '../../src/cluster/keys.js';
import { Rng, ToolkitError } from '../../src/core/index.js';
import type { Proxy } from '../support/proxy.js';
import { startProxy } from '../support/proxy.js';
import { eventually } from '../support/redis.js';
import { seeded } from '../support/seed.js';
import { Around, STUDY } from './around.js';
import { job, resultOf, TINY } from './tables.js';

/** Of many parts that no compression makes small. */
function largeTable(rows = 2_000_000): StudyData {
  const values = new Float64Array(rows);
  randomFillSync(values);
  return {
    ...TINY,
    frame: { rowCount: rows, columns: [{ kind: 'numeric', name: 'a', values }] },
    y: new Float32Array(rows),
  };
}

describe('the way to Redis', function () {
  this.timeout(180_000);
  const around = new Around();
  let proxies: Proxy[] = [];
  afterEach(async () => {
    await Promise.all(proxies.map((proxy) => proxy.shut()));
    proxies = [];
  });

  async function through(shutAfter?: number): Promise<{ proxy: Proxy; url: string }> {
    const proxy = await startProxy(around.redis.port, shutAfter);
    proxies.push(proxy);
    return { proxy, url: `redis://127.0.0.1:${proxy.port}` };
  }

  const isGone = (): boolean => around.notices.some((text) => text.endsWith('is gone: waiting until it is back'));

  it('may break again and again: every fold is fitted, and nothing is left', async () => {
    const rng = new Rng(seeded().seed);
    const { proxy, url } = await through();
    // A lock that a slow machine keeps, and no more cuts than the same fold may be lost by: a fourth loss is its end.
    await around.worker({ url, lockMs: 10_000 });
    await around.worker({ url, lockMs: 10_000 });
    const cluster = await around.coordinator({ url });
    const executor = cluster.executor();
    const jobs = 30;
    let isOver = false;
    const cutting = (async () => {
      for (let cuts = 0; cuts < 9 && !isOver; cuts++) {
        await new Promise((resolve) => setTimeout(resolve, 1 + rng.integer(300)));
        proxy.cut(() => rng.integer(2) === 0);
      }
    })();
    const trials = Array.from({ length: jobs }, (_, trial) => trial);
    const scores: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (let trial = trials.shift(); trial !== undefined; trial = trials.shift()) {
        const result = await executor.run(job(trial));
        scores[trial] = result.ok ? result.score : result.error;
        await new Promise((resolve) => setTimeout(resolve, rng.integer(100)));
      }
    };
    try {
      await Promise.all(Array.from({ length: 4 }, lane));
    } finally {
      isOver = true;
      await cutting;
    }
    expect(scores).to.deep.equal(Array.from({ length: jobs }, (_, trial) => trial));
    await cluster.close();
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('ends the study in one sentence when it breaks for good while the table is sent', async () => {
    const { url } = await through(5_000_000);
    const error = await around
      .coordinator({ url, data: largeTable(), giveUpMs: 500, heartbeatMs: 100 })
      .catch((reason: unknown) => reason);
    expect(isGone()).to.equal(true);
    expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
    expect((error as Error).message).to.match(/for \d+ s now\. The study is kept: go on with --resume/);
  });

  it('may be waited for no longer by whoever stops, also while the table is sent', async () => {
    const { url } = await through(5_000_000);
    const controller = new AbortController();
    const stopped = new Error('stopped');
    const opening = around.coordinator({ url, data: largeTable(), signal: controller.signal }).catch((e: unknown) => e);
    await eventually('it is missed', isGone);
    controller.abort(stopped);
    expect(await opening).to.equal(stopped);
  });

  it('is cleared of a table that was stopped half-way', async () => {
    const controller = new AbortController();
    const { proxy, url } = await through();
    const opening = around.coordinator({ url, data: largeTable(), signal: controller.signal }).catch(() => null);
    await eventually('a part is there', () => proxy.sent > 4_500_000);
    controller.abort();
    expect(await opening).to.equal(null);
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('is lost where nothing comes back any more, as when a machine was switched off', async () => {
    const { proxy, url } = await through();
    const cluster = await around.coordinator({ url, giveUpMs: 500, heartbeatMs: 100, silentMs: 500 });
    const waiting = cluster
      .executor()
      .run(job(1))
      .catch((reason: unknown) => reason);
    proxy.hold();
    expect(await waiting)
      .to.be.instanceOf(ToolkitError)
      .with.property('kind', 'state');
    expect(isGone()).to.equal(true);
  });

  it('may end at a Redis that is full when a fold ends: the result waits for room', async () => {
    const { client } = around.redis;
    const finish: (() => void)[] = [];
    await around.worker({ run: (one) => new Promise((resolve) => finish.push(() => resolve(resultOf(one)))) });
    const executor = (await around.coordinator()).executor();
    const all = Promise.all([1, 2, 3].map((trial) => executor.run(job(trial))));
    await eventually('two folds are under way', () => finish.length === 2);
    await client.config('SET', 'maxmemory', '1mb');
    for (const end of finish.splice(0)) end();
    await eventually('it is said', () => around.notices.some((text) => /is full\. .* Waiting for room\./.test(text)));
    // Longer than a lock lasts: others take the folds for lost.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await client.config('SET', 'maxmemory', '0');
    const ending = setInterval(() => {
      for (const end of finish.splice(0)) end();
    }, 20);
    const results = await all;
    clearInterval(ending);
    expect(results.map((one) => one.ok && one.score)).to.deep.equal([1, 2, 3]);
    expect(new Set(around.notices.filter((text) => text.includes('is full')))).to.have.length(1);
  });

  it('may end at a Redis that is full for long: nobody is taken for gone, and both sides say once that they wait', async () => {
    const { client } = around.redis;
    const [search, worker]: [string[], string[]] = [[], []];
    await around.worker({ heartbeatMs: 50, notice: (sentence) => void worker.push(sentence) });
    const cluster = await around.coordinator({ heartbeatMs: 50, notice: (sentence) => void search.push(sentence) });
    await client.config('SET', 'maxmemory', '1mb');
    try {
      await eventually('both say so', () => search.length > 0 && worker.length > 0);
      // As after a long silence: what the worker has said last counts no more.
      await client.del(WORKERS_KEY);
      for (let round = 0; round < 5; round++) {
        await client.persist(offerKey(STUDY));
        await eventually('a round is made', async () => (await client.ttl(offerKey(STUDY))) > 0);
      }
      for (const said of [search, worker]) {
        expect(said).to.have.length(1);
        expect(said[0]).to.match(/is full\. .* Waiting for room\.$/);
      }
      expect(cluster.workers).to.equal(1);
    } finally {
      await client.config('SET', 'maxmemory', '0');
    }
    await eventually('the worker says that it is there', async () => (await client.hlen(WORKERS_KEY)) === 1);
    expect(await cluster.executor().run(job(1))).to.have.property('score', 1);
  });

  it('is given up for a fold that takes every worker with it: three go after the first, and others go on', async () => {
    let taken = 0;
    const doomed = async (): Promise<void> => {
      const { proxy, url } = await through();
      await around.worker({
        url,
        concurrency: 1,
        run: (one) => {
          if (one.trial !== 1) return Promise.resolve(resultOf(one));
          taken++;
          proxy.hold();
          return new Promise(() => undefined);
        },
      });
    };
    for (let i = 0; i < 5; i++) await doomed();
    const executor = (await around.coordinator()).executor();
    const poisoned = await executor.run(job(1));
    expect(poisoned).to.have.property('ok', false);
    expect(!poisoned.ok && poisoned.error).to.match(/^the workers that had this fold were lost one after the other: /);
    expect(taken).to.equal(4);
    expect(await executor.run(job(2))).to.have.property('score', 2);
  });

  it('is no way for a fold that is kept in no list any more: it is sent again', async () => {
    const executor = (await around.coordinator()).executor();
    const waiting = executor.run(job(4));
    const queue = `lrnn:${queueName(buildOf('1.0.0'))}`;
    await eventually('it waits', async () => (await around.redis.client.llen(`${queue}:wait`)) > 0);
    // As a script leaves it that a full Redis has broken off.
    await around.redis.client.del(`${queue}:wait`);
    await around.worker();
    expect(await waiting).to.have.property('score', 4);
  });

  it('leads to nothing that would stay for ever when everybody is killed', async () => {
    await around.worker({ run: () => new Promise(() => undefined) });
    const cluster = await around.coordinator();
    for (const trial of [1, 2, 3, 4, 5]) {
      cluster
        .executor()
        .run(job(trial))
        .catch(() => undefined);
    }
    const lasting = async (): Promise<string[]> => {
      const keys = await around.redis.client.keys('*');
      const left = await Promise.all(keys.map((key) => around.redis.client.ttl(key)));
      return keys.filter((_, i) => left[i] === -1);
    };
    await eventually('folds wait and are under way', async () => {
      const keys = (await around.redis.client.keys('*')).join(' ');
      return [':active', ':wait', ':meta', `${STUDY}-fold-5`].every((word) => keys.includes(word));
    });
    await eventually('all of it has an end', async () => (await lasting()).length === 0);
  });
});
