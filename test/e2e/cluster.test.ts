/** @file A search by the built program, its workers and a Redis: the bits of a search on one machine, whatever dies on the way. */

import { mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudySummary } from '../../src/automl/index.js';
import { openStudy } from '../../src/run/index.js';
import { startProxy } from '../support/proxy.js';
import type { RedisServer } from '../support/redis.js';
import { eventually, needRedis, startRedis } from '../support/redis.js';
import type { Running, Workspace } from './support/lrnn.js';
import { expectRefusal, lrnn, makeWorkspace, start, summaryOf, timeless, words } from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

const TRIALS = 6;
const FIT = words(
  `fit fruit.csv --target grade --trials ${TRIALS} --seed 5 --folds 2 --models mlp,gbdt,linear,dummy,ensemble --json`,
);

describe('a search over many machines', function () {
  this.timeout(600_000);
  let redis: RedisServer;
  let space: Workspace;
  let alone: StudySummary;
  let bits = '';
  let workers: Running[] = [];

  before(async function () {
    needRedis(this);
    space = makeWorkspace();
    space.file('fruit.csv', fruitCsv(100));
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    alone = summaryOf(await lrnn([...FIT, '--deterministic', '--out', 'alone/study'], here()));
    bits = await predictions('alone/study');
  });
  after(async () => {
    await redis?.remove();
    space?.remove();
  });
  afterEach(async () => {
    for (const { child } of workers) child.kill('SIGKILL');
    await Promise.all(workers.map(({ done }) => done));
    workers = [];
    await redis.client.flushall();
  });

  const here = (): { cwd: string } => ({ cwd: space.path });
  const comparable = ({ machines: _, ...summary }: StudySummary) => ({ ...timeless(summary), model: null });
  const fitting = (out: string, ...more: string[]): string[] => [...FIT, '--redis', redis.url, '--out', out, ...more];

  async function predictions(folder: string): Promise<string> {
    const { stdout } = await lrnn(words(`predict ${folder} fruit.csv`), here());
    expect(stdout).to.include('\n');
    return stdout;
  }

  /** `shared` is a folder of tables, with a cache that has none yet. */
  async function startWorkers(count: number, { url = redis.url, shared = '' } = {}): Promise<void> {
    const line = words(`worker --redis ${url} --concurrency 1 --lock 1s --cache ${shared ? 'empty' : 'cache'}`);
    const started = Array.from({ length: count }, () =>
      start([...line, ...(shared ? ['--shared', shared] : [])], here()),
    );
    workers.push(...started);
    await Promise.all(started.map((worker) => worker.until(/^Waiting for folds at redis:/)));
  }

  /** Every fold that the study keeps was fitted by a worker, and the study says on which machine. */
  function expectAllOnMachines(folder: string, { machines = [] }: StudySummary): void {
    const reader = openStudy(space.join(folder));
    try {
      const { jobs } = reader.view();
      expect(machines.reduce((sum, { folds }) => sum + folds, 0)).to.equal(jobs.length);
      expect(machines.map(({ name }) => name)).to.deep.equal([hostname()]);
    } finally {
      reader.close();
    }
  }

  async function expectSame(folder: string, summary: StudySummary): Promise<void> {
    expect(comparable(summary)).to.deep.equal(comparable(alone));
    expect(await predictions(folder)).to.equal(bits);
  }

  it('gives the bits of the search on one machine, also twice at once, and leaves nothing in Redis', async () => {
    await startWorkers(3);
    const both = ['a/study', 'b/study'].map((out) => lrnn(fitting(out), here()));
    for (const [i, outcome] of (await Promise.all(both)).entries()) {
      await expectSame(['a/study', 'b/study'][i], summaryOf(outcome));
      expectAllOnMachines(['a/study', 'b/study'][i], summaryOf(outcome));
    }
    expect(alone).not.to.have.property('machines');
    const { stdout: shown } = await lrnn(words('show a/study'), here());
    expect(shown).to.match(/^Searched on a cluster of 1 machine:\n {2}\S+ \(\d+ cores?\): \d+ folds in /m);
    expect((await lrnn(words('show alone/study'), here())).stdout).not.to.include('cluster');
    expect(await redis.leftovers()).to.deep.equal([]);
    workers[0].child.kill('SIGTERM');
    const { code, stdout } = await workers[0].done;
    expect(code).to.equal(0);
    expect(stdout).to.match(/Stopping after \d+ folds/);
  });

  it('gives them with its table in a folder that all see: none of it comes through Redis, nothing stays', async () => {
    const shared = join(space.path, 'shared');
    mkdirSync(shared);
    const asked: string[] = [];
    const monitor = await redis.client.monitor();
    monitor.on('monitor', (_, words: string[]) => asked.push(words[1] ?? ''));
    await startWorkers(2, { shared });
    const run = await lrnn(fitting('s/study', '--shared', shared), here());
    monitor.disconnect();
    await expectSame('s/study', summaryOf(run));
    expect(asked.filter((key) => key.startsWith('lrnn:study:'))).to.not.be.empty;
    expect(asked.filter((key) => key.includes(':table:'))).to.deep.equal([]);
    expect(await redis.leftovers()).to.deep.equal([]);
    expect(readdirSync(shared)).to.deep.equal(['lrnn-shared.id']);
    const elsewhere = join(space.path, 'nowhere');
    const refused = await lrnn(fitting('t/study', '--shared', elsewhere), here());
    expectRefusal(refused, 4, /^shared: must be a folder that is there, got ".*nowhere"\.$/m);
  });

  it('gives them when a worker is killed again and again, and when Redis is', async () => {
    await startWorkers(3);
    const run = lrnn(fitting('c/study'), here());
    let isOver = false;
    void run.then(() => (isOver = true));
    let killed = 0;
    while (killed < 2 || (!isOver && killed < 4)) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      const [victim] = workers.splice(0, 1);
      victim.child.kill('SIGKILL');
      await victim.done;
      killed++;
      if (killed === 2) {
        await redis.kill();
        await redis.start();
      }
      await startWorkers(1);
    }
    await expectSame('c/study', summaryOf(await run));
    expect(await redis.leftovers()).to.deep.equal([]);
  });

  it('gives them when the way to Redis is cut again and again', async () => {
    const proxy = await startProxy(redis.port);
    const url = `redis://127.0.0.1:${proxy.port}`;
    await startWorkers(2, { url });
    const run = lrnn([...FIT, '--redis', url, '--out', 'e/study'], here());
    const cuts = setInterval(() => proxy.cut(), 600);
    let isOver = false;
    void run.then(() => (isOver = true));
    for (let cut = 0; cut < 6 && !isOver; cut++) await new Promise((resolve) => setTimeout(resolve, 600));
    clearInterval(cuts);
    await expectSame('e/study', summaryOf(await run));
    expect(await redis.leftovers()).to.deep.equal([]);
    await proxy.shut();
  });

  it('gives them when the coordinator is killed: what came in meanwhile is there when it goes on', async () => {
    await startWorkers(2);
    const run = start(
      fitting('d/study').filter((word) => word !== '--json'),
      here(),
    );
    await run.until(new RegExp(`^1/${TRIALS} `, 'm'));
    run.child.kill('SIGKILL');
    await run.done;
    const again = await lrnn(fitting('d/study', '--resume'), here());
    await expectSame('d/study', summaryOf(again));
    // Of both sessions.
    expectAllOnMachines('d/study', summaryOf(again));
    expect(await redis.leftovers()).to.deep.equal([]);
  });

  it('answers monitors: counts what it has done, and says when Redis is gone', async () => {
    const worker = start(words(`worker --redis ${redis.url} --concurrency 1 --cache cache --listen 0`), here());
    workers.push(worker);
    const [, url] = await worker.until(/^Answering \/metrics and \/healthz at (http:\S+)$/m);
    const ask = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
    const trained = lrnn(
      words(`fit fruit.csv --target grade --trials 1 --models dummy --redis ${redis.url} --out m/s`),
      here(),
    );
    expect((await trained).code).to.equal(0);
    expect(await ask('/healthz')).to.equal('ok\n');
    expect(await ask('/metrics')).to.match(/^lrnn_worker_folds_total\{end="done"\} 5$/m);
    await redis.kill();
    try {
      await eventually('the worker says that Redis is gone', async () => (await ask('/healthz')) !== 'ok\n');
      expect(await ask('/healthz')).to.match(/^redis:\/\/127\.0\.0\.1:\d+ is gone for \d+ s: /);
      expect(await ask('/metrics')).to.match(/^lrnn_redis_connected 0$/m);
    } finally {
      await redis.start();
    }
  });

  it('is refused in one sentence without a Redis, and doctor says who is there', async () => {
    const nobody = words('fit fruit.csv --target grade --trials 1 --redis redis://127.0.0.1:1 --out x/study');
    expectRefusal(
      await lrnn(nobody, here()),
      4,
      /^redis:\/\/127\.0\.0\.1:1: must be running: nothing listens there\.$/m,
    );
    expectRefusal(await lrnn(words('worker --redis 127.0.0.1'), here()), 2, /must be a URL such as redis:/);
    await startWorkers(1);
    const { stdout } = await lrnn(words(`doctor --redis ${redis.url}`), here());
    expect(stdout).to.match(/^ *redis +yes +redis:\/\/127\.0\.0\.1:\d+; version/m);
    expect(stdout).to.match(/^ *worker \S+ +yes +lrnn-automl/m);
  });
});
