/** @file Coordinator and workers over a real Redis; folds are made up, and take no time. */

import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';

import { Queue } from 'bullmq';
import { expect } from 'chai';
import fc from 'fast-check';

import type { FoldJob, FoldResult, MachinesView } from '../../src/automl/index.js';
import type { Cluster, ClusterWorker } from '../../src/cluster/index.js';
import { describeCluster } from '../../src/cluster/index.js';
import { buildOf, offerKey, queueName, resultKey } from '../../src/cluster/keys.js';
import { jobName } from '../../src/cluster/messages.js';
import { sha256 } from '../../src/cluster/parts.js';
import { encodeResult } from '../../src/cluster/result.js';
import { encodeTable } from '../../src/cluster/table.js';
import { offerOf, sendTable } from '../../src/cluster/transfer.js';
import { ToolkitError } from '../../src/core/index.js';
import { eventually } from '../support/redis.js';
import { seeded } from '../support/seed.js';
import type { Run } from './around.js';
import { Around, STUDY } from './around.js';
import { job, resultOf, TINY } from './tables.js';

/** As the coordinators of these tests call a job on the table of two rows. */
const nameOf = (one: FoldJob): string => jobName({ study: STUDY, job: one }, sha256(encodeTable(TINY)));

/** As long as the other, and of other values. */
const OTHER = { ...TINY, y: Float32Array.of(5, 6) };

describe('a study among workers', function () {
  this.timeout(60_000);
  const around = new Around();
  const coordinator = (study = STUDY, version = '1.0.0', giveUpMs = 60_000, heartbeatMs = 300): Promise<Cluster> =>
    around.coordinator({ study, version, giveUpMs, heartbeatMs });
  const worker = (run?: Run, version?: string): Promise<ClusterWorker> =>
    around.worker({ ...(run ? { run } : {}), ...(version ? { version } : {}) });

  it('gets every result to the bit, and leaves nothing in Redis', async () => {
    await worker();
    const cluster = await coordinator();
    expect(cluster.slots).to.equal(2);
    const executor = cluster.executor();
    const jobs = Array.from({ length: 20 }, (_, trial) => job(trial));
    const results = await Promise.all(jobs.map((one) => executor.run(one)));
    expect(results.map((one) => one.ok && one.score)).to.deep.equal(jobs.map(({ trial }) => trial));
    for (const one of results) {
      expect(one.machine).to.deep.equal({ name: hostname(), cores: availableParallelism() });
    }
    expect(results.map((one) => sha256(encodeResult({ ...one, machine: undefined })))).to.deep.equal(
      jobs.map((one) => sha256(encodeResult(resultOf(one)))),
    );
    await cluster.close();
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('sees what each worker is at, and who is gone', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const fitting = await worker(async (one) => (await held, resultOf(one)));
    let seen: MachinesView | null = null;
    const cluster = await around.coordinator({ heartbeatMs: 100, onMachines: (machines) => (seen = machines) });
    const now = (): MachinesView => seen!;
    expect([cluster.workers, cluster.slots, now().workers, now().slots]).to.deep.equal([1, 2, 1, 2]);
    const result = cluster.executor().run(job(3));
    await eventually('the fold is seen', () => now().list[0].fits.length === 1);
    expect(now().list[0]).to.include({ slots: 2, done: 0, goneAt: null });
    expect(now().list[0].fits[0]).to.include({ model: 'dummy-3', fold: 0 });
    expect(fitting.status().underWay).to.have.length(1);
    finish();
    await result;
    await eventually('its end is seen', () => now().list[0].done === 1);
    await fitting.close();
    await eventually('the worker is missed', () => now().list[0].goneAt !== null);
    expect([now().workers, now().slots, cluster.workers]).to.deep.equal([0, 0, 0]);
  });

  it('waits for workers, says so once, and may be closed meanwhile', async () => {
    const cluster = await coordinator();
    const executor = cluster.executor();
    const waiting = executor.run(job(1)).catch((error: Error) => error.message);
    expect(around.notices.filter((text) => text.startsWith('no worker of lrnn-automl 1.0.0'))).to.have.length(1);
    await executor.close();
    expect(await waiting).to.equal('the executor is closed');
    const again = cluster.executor().run(job(2));
    await worker();
    expect(await again).to.have.property('score', 2);
    await cluster.close();
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('takes what a lost session had fitted, without fitting it again', async () => {
    const first = await coordinator();
    await around.redis.client.set(resultKey(nameOf(job(5))), Buffer.from(encodeResult(resultOf(job(5)))));
    const found = await first.executor().run(job(5));
    expect(found).to.have.property('score', 5);
  });

  it('has no worker fit on its table what a killed session had asked of another', async () => {
    const fitted: number[] = [];
    const { client, port } = around.redis;
    const queue = new Queue(queueName(buildOf('1.0.0')), { connection: { port }, prefix: 'lrnn' });
    around.open.push(queue);
    const left = await queue.add('fold', { study: STUDY, job: job(1) }, { jobId: nameOf(job(1)) });
    const cluster = await around.coordinator({ data: OTHER });
    await worker(async (one) => (fitted.push(one.trial), resultOf(one)));
    expect(await cluster.executor().run(job(2))).to.have.property('score', 2);
    await eventually('it is dropped', () => left.isCompleted());
    expect(fitted).to.deep.equal([2]);
    expect(await client.exists(resultKey(nameOf(job(1))))).to.equal(0);
    await left.remove();
  });

  it('offers its table again where another is offered in its place', async () => {
    const cluster = await coordinator();
    const table = encodeTable(OTHER);
    await sendTable(around.redis.client, STUDY, offerOf(buildOf('1.0.0'), table), table);
    await worker();
    expect(await cluster.executor().run(job(1))).to.have.property('score', 1);
  });

  it('leaves nothing of what a killed session had fitted and nobody asks for any more', async () => {
    const { client } = around.redis;
    const other = resultKey(nameOf(job(1)).replace(STUDY, 'b'.repeat(32)));
    for (let trial = 0; trial < 2500; trial++) void client.set(resultKey(nameOf(job(trial))), 'x');
    await client.set(other, 'x');
    await (await coordinator()).close();
    expect(await around.redis.leftovers()).to.deep.equal([other]);
  });

  it('ends with what its listener throws, at its begin and later, and does not blame Redis', async () => {
    const full = new Error('database or disk is full');
    const begun = await around
      .coordinator({
        onMachines: () => {
          throw full;
        },
      })
      .catch((error: unknown) => error);
    expect(begun).to.equal(full);
    let isFull = false;
    const onMachines = (): void => {
      if (isFull) throw full;
    };
    const executor = (await around.coordinator({ onMachines, heartbeatMs: 50 })).executor();
    const waiting = executor.run(job(1)).catch((error: unknown) => error);
    isFull = true;
    expect(await waiting).to.equal(full);
    expect(await executor.run(job(2)).catch((error: unknown) => error)).to.equal(full);
  });

  it('calls a job the same however its fields are ordered, and otherwise on every other table', () => {
    const table = sha256(encodeTable(TINY));
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.shuffledSubarray(Object.keys(job(1)), { minLength: 5 }),
        (trial, fold, keys) => {
          const one = job(trial, fold);
          const turned = Object.fromEntries(keys.map((key) => [key, one[key as keyof FoldJob]])) as unknown as FoldJob;
          expect(jobName({ study: STUDY, job: turned }, table)).to.equal(nameOf(one));
          expect(jobName({ study: STUDY, job: one }, sha256(Uint8Array.of(trial)))).to.not.equal(nameOf(one));
          expect(nameOf({ ...one, rows: 7 })).to.not.equal(nameOf(one));
        },
      ),
      seeded(),
    );
  });

  it('takes nothing for a result that is none of its jobs', async () => {
    const { client } = around.redis;
    const name = (trial: number): string => resultKey(nameOf(job(trial)));
    await client.set(
      name(5),
      Buffer.from(encodeResult({ ...resultOf(job(5)), predictions: new Float32Array(2) } as FoldResult)),
    );
    await client.set(name(6), 'nothing that was encoded');
    const executor = (await coordinator()).executor();
    expect(await executor.run(job(5))).to.deep.equal({
      ok: false,
      error: 'result: must predict 1 rows of 1 numbers, got 2.',
      seconds: 0,
    });
    expect(await executor.run(job(6))).to.have.property('ok', false);
  });

  it('is shared by two studies, of which neither waits for the end of the other', async () => {
    const done: number[] = [];
    await worker(async (one) => (done.push(one.trial), resultOf(one)));
    const studies = [await coordinator(), await coordinator('b'.repeat(32))];
    const jobs = 40;
    const runs = studies.map(async (cluster, s) => {
      const executor = cluster.executor();
      const queue = Array.from({ length: jobs }, (_, n) => 100 * s + n);
      const lane = async (): Promise<void> => {
        for (let trial = queue.shift(); trial !== undefined; trial = queue.shift()) {
          expect(await executor.run(job(trial))).to.have.property('score', trial);
        }
      };
      await Promise.all(Array.from({ length: 4 }, lane));
      return done.filter((trial) => trial >= 100 !== (s === 1)).length;
    });
    // When one has ended, the other is not far behind: none was served first.
    const others = await Promise.all(runs);
    expect(Math.min(...others)).to.be.greaterThan(jobs / 4);
  });

  it('tries a fold again whose thread was lost, and then says why it failed', async () => {
    let tries = 0;
    await worker(async (one) => {
      tries++;
      if (one.trial === 1 && tries > 1) return resultOf(one);
      return { ok: false, error: 'out of memory', seconds: 0, lost: true };
    });
    const executor = (await coordinator()).executor();
    expect(await executor.run(job(1))).to.have.property('ok', true);
    tries = 0;
    expect(await executor.run(job(2))).to.deep.equal({ ok: false, error: 'out of memory', seconds: 0 });
    expect(tries).to.equal(3);
  });

  it('keeps the failure of a fit as it is: it would fail again', async () => {
    let tries = 0;
    await worker(async () => (tries++, { ok: false, error: 'no luck', seconds: 1 }));
    const failed = await (await coordinator()).executor().run(job(1));
    expect({ ...failed, machine: null }).to.deep.equal({ ok: false, error: 'no luck', seconds: 1, machine: null });
    expect(tries).to.equal(1);
  });

  it('has the folds of a worker that stops done by another', async () => {
    let begun = 0;
    const stuck = await worker(() => (begun++, new Promise(() => undefined)));
    const executor = (await coordinator()).executor();
    const all = [1, 2, 3].map((trial) => executor.run(job(trial)));
    await eventually('two folds are under way', () => begun === 2);
    await stuck.close();
    await worker();
    expect((await Promise.all(all)).map((one) => one.ok && one.score)).to.deep.equal([1, 2, 3]);
  });

  it('does not give work to workers of another version, and both say so', async () => {
    const other = await worker(undefined, '2.0.0');
    const cluster = await coordinator();
    expect(cluster.slots).to.equal(0);
    expect(around.notices.join('\n')).to.match(/workers of lrnn-automl 2\.0\.0 on Node \d+ have no part in this study/);
    await eventually('the worker says so', () =>
      around.notices.some((text) => /this worker is of .*idles for it/.test(text)),
    );
    expect(other.done).to.equal(0);
    const lines = await describeCluster(around.redis.url, '1.0.0');
    expect(lines.map(({ available }) => available)).to.deep.equal([true, false]);
    expect(lines[1].detail).to.match(/^lrnn-automl 2\.0\.0 on Node \d+, 0 of 2 folds at once/);
  });

  it('does nothing with messages that are none', async () => {
    const fitted: FoldJob[] = [];
    await worker(async (one) => (fitted.push(one), resultOf(one)));
    const cluster = await coordinator();
    const queue = new Queue(queueName(buildOf('1.0.0')), { connection: { port: around.redis.port }, prefix: 'lrnn' });
    around.open.push(queue);
    const poison = [
      {},
      { study: '../../etc', job: job(1) },
      { study: STUDY, job: { ...job(1), family: '__proto__' } },
      { study: STUDY, job: { ...job(1), code: 'process.exit()' } },
    ];
    const jobs = await Promise.all([
      ...poison.map((data) => queue.add('fold', data)),
      queue.add('fold', { study: STUDY, job: job(1, 7) }, { jobId: nameOf(job(1, 7)) }),
    ]);
    await eventually('all are refused', async () =>
      (await Promise.all(jobs.map((one) => one.isFailed()))).every((isFailed) => isFailed),
    );
    expect(await cluster.executor().run(job(3))).to.have.property('ok', true);
    expect(fitted).to.deep.equal([job(3)]);
  });

  it('leaves nothing of a fold that ends after its study', async () => {
    let finish: (() => void) | null = null;
    await worker((one) => new Promise((resolve) => (finish = () => resolve(resultOf(one)))));
    const cluster = await coordinator();
    const lost = cluster
      .executor()
      .run(job(1))
      .catch(() => null);
    const name = nameOf(job(1));
    const isActive = async () =>
      (await around.redis.client.lrange(`lrnn:${queueName(buildOf('1.0.0'))}:active`, 0, -1)).includes(name);
    await eventually('it is under way', () => finish !== null);
    await cluster.close();
    await lost;
    finish!();
    await eventually('it has ended', async () => !(await isActive()));
    await eventually('nothing is left', async () => (await around.redis.leftovers()).length === 0);
  });

  it('leaves nothing when it ends while its table is offered again', async () => {
    for (let i = 0; i < 20; i++) {
      const cluster = await coordinator(STUDY, '1.0.0', 60_000, 1);
      await around.redis.client.unlink(offerKey(STUDY));
      for (let turn = 0; turn < i % 5; turn++) await around.redis.client.ping();
      await cluster.close();
      expect(await around.redis.leftovers(), `ending ${i}`).to.deep.equal([]);
    }
  });

  it('leaves nothing when it ends while Redis is away for a moment', async () => {
    const cluster = await coordinator();
    await around.redis.kill();
    await eventually('it is missed', () => around.notices.some((text) => text.includes('is gone')));
    const ending = cluster.close();
    await around.redis.start();
    await ending;
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('is not misled by a table on disk or in Redis that is not its own', async () => {
    const cluster = await coordinator();
    const { table } = JSON.parse((await around.redis.client.get(offerKey(STUDY)))!) as { table: string };
    writeFileSync(join(around.folder, table), 'something else');
    await worker();
    expect(await cluster.executor().run(job(1))).to.have.property('ok', true);
    await around.redis.client.set(`${offerKey(STUDY)}:table:0`, 'nothing that was compressed');
    rmSync(around.folder, { recursive: true });
    await around.open.pop()!.close();
    await worker();
    expect(await cluster.executor().run(job(2)))
      .to.have.property('error')
      .that.matches(/every part must have its length/);
  });

  it('goes on when Redis was gone, with its file and without', async () => {
    await worker();
    const cluster = await coordinator();
    const executor = cluster.executor();
    await executor.run(job(1));
    for (const isKept of [true, false]) {
      await around.redis.kill();
      const meanwhile = executor.run(job(isKept ? 2 : 3));
      await around.redis.start();
      if (!isKept) await around.redis.client.flushall();
      expect(await meanwhile).to.have.property('ok', true);
    }
    expect(around.notices.filter((text) => text.endsWith('is gone: waiting until it is back')).length).to.be.within(
      2,
      4,
    );
    expect(around.notices.some((text) => / is back after \d+ s$/.test(text))).to.equal(true);
  });

  it('is given up in one sentence when Redis stays away', async () => {
    const cluster = await coordinator(STUDY, '1.0.0', 1000);
    const waiting = cluster.executor().run(job(1));
    await around.redis.kill();
    const error = await waiting.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
    expect((error as Error).message).to.match(/for \d+ s now\. The study is kept: go on with --resume/);
    await cluster.close();
    await around.redis.start();
  });

  it('is refused in one sentence by a Redis that is full, and one with a password', async () => {
    const { client } = around.redis;
    await client.config('SET', 'maxmemory', '1mb');
    const full = await coordinator().catch((error: Error) => error.message);
    expect(full).to.match(/^redis:\/\/127\.0\.0\.1:\d+: is full\./);
    await client.config('SET', 'maxmemory', '0');
    await client.config('SET', 'requirepass', 'sesame');
    const shut = await coordinator().catch((error: Error) => error.message);
    await client.config('SET', 'requirepass', '');
    expect(shut).to.match(/asks for a password\. Give it in the environment/);
  });
});
