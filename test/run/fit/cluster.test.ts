/** @file Sessions of a study over a real Redis: what is refused, what is kept, and what an earlier one left. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { RunEvent } from '../../../src/automl/index.js';
import { studyRecord, studyView } from '../../../src/automl/index.js';
import { ToolkitError } from '../../../src/core/index.js';
import { ClusterNotices, joinCluster } from '../../../src/run/fit/cluster.js';
import type { FitOptions } from '../../../src/run/index.js';
import { fit, openForWriting, RunInterrupted } from '../../../src/run/index.js';
import { createMemoryStorage } from '../../../src/search/index.js';
import { TINY } from '../../cluster/tables.js';
import type { RedisServer } from '../../support/redis.js';
import { eventually, needRedis, startRedis } from '../../support/redis.js';

function table(): string {
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 5) % 11},${i % 7 > 3 ? 'yes' : 'no'}`);
  return ['a,b,y', ...rows].join('\n');
}

describe('a session over a cluster', function () {
  this.timeout(120_000);
  let redis: RedisServer;
  let folder: string;
  before(async function () {
    needRedis(this);
    redis = await startRedis();
  });
  after(() => redis?.remove());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-session-'));
    writeFileSync(join(folder, 'table.csv'), table());
    await redis.client.flushall();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (more: FitOptions | Partial<FitOptions> = {}): FitOptions => ({
    ...{ data: join(folder, 'table.csv'), target: 'y', models: ['dummy'], trials: 1, folds: 2, seed: 1 },
    ...{ redis: redis.url, out: join(folder, 'study') },
    ...more,
  });

  /** A study that was stopped while its folds waited for workers; gives what it is called among them. */
  async function stopped(): Promise<string> {
    const controller = new AbortController();
    const running = fit(options({ signal: controller.signal })).catch((error: unknown) => error);
    await eventually('a fold waits', async () => (await redis.client.keys('lrnn:folds-*:wait')).length > 0);
    controller.abort();
    expect(await running).to.be.instanceOf(RunInterrupted);
    return inStudy((storage) => studyRecord.cluster(storage)!);
  }

  function inStudy<T>(work: (storage: ReturnType<typeof openForWriting>) => T): T {
    const storage = openForWriting(join(folder, 'study'));
    try {
      return work(storage);
    } finally {
      storage.close();
    }
  }

  it('that is refused sends nothing, and takes nothing away', async () => {
    const offer = `lrnn:study:${await stopped()}`;
    await redis.client.set(offer, 'that of the killed session');
    const refused = await fit(options({ resume: true, seed: 2 })).catch((error: unknown) => error);
    expect(refused)
      .to.be.instanceOf(ToolkitError)
      .with.property('message')
      .that.matches(/seed must be that of/);
    expect(await redis.client.get(offer)).to.equal('that of the killed session');
    expect(await redis.leftovers()).to.deep.equal([offer]);
  });

  it('that never reached one is no study of a cluster, nor is one that no worker has fitted anything of', async () => {
    const out = join(folder, 'alone');
    await fit(options({ redis: undefined, out, workers: 1 }));
    const away = options({ redis: 'redis://127.0.0.1:1', out, resume: true, trials: 2 });
    expect(await fit(away).catch((error: unknown) => error)).to.be.instanceOf(ToolkitError);
    const alone = openForWriting(out);
    const isCalled = studyRecord.cluster(alone) !== null;
    alone.close();
    expect(isCalled).to.equal(false);
    await stopped();
    expect(inStudy((storage) => studyView(storage).isOverCluster)).to.equal(false);
  });

  it('keeps for its pages what it says of the cluster, each sentence once', async () => {
    const told: RunEvent[] = [];
    const controller = new AbortController();
    const running = fit(options({ signal: controller.signal, onEvent: (event) => told.push(event) })).catch(() => null);
    await eventually('a fold waits', async () => (await redis.client.keys('lrnn:folds-*:wait')).length > 0);
    // Redis hangs up, and is back at once.
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const warnings = (events: readonly RunEvent[]): string[] =>
      events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    await eventually('it is back', () => warnings(told).some((text) => / is back after /.test(text)));
    controller.abort();
    await running;
    const kept = inStudy((storage) => storage.events().map(({ event }) => event as unknown as RunEvent));
    expect(warnings(told)).to.include.members(warnings(kept));
    for (const sentence of [/^no worker of /, / is gone: waiting/, / is back after /])
      expect(
        warnings(kept).filter((text) => sentence.test(text)),
        String(sentence),
      ).to.not.be.empty;
    expect(warnings(kept).filter((text) => text.startsWith('no worker of '))).to.have.length(1);
    expect(kept[0].type).to.equal('started');
    expect(kept.at(-1)!.type).to.equal('interrupted');
  });

  it('ends as it does where its study cannot be written any more', async () => {
    const heard: string[] = [];
    const storage = createMemoryStorage();
    const notices = new ClusterNotices(storage, (event) => heard.push(event.type));
    const cluster = await joinCluster({ redis: redis.url }, storage, TINY, (sentence) => notices.hear(sentence));
    expect(studyRecord.machines(storage)).to.have.property('workers', 0);
    notices.begin();
    expect(storage.events()).to.have.length(1);
    const full = (): never => {
      throw new Error('database or disk is full');
    };
    Object.assign(storage, { set: full, appendEvent: full });
    notices.hear('Redis is gone');
    expect(heard).to.deep.equal(['warning', 'warning']);
    await cluster.close();
    expect(await redis.leftovers()).to.deep.equal([]);
  });

  it('forgets the machines of a killed one, also on this machine alone', async () => {
    await stopped();
    inStudy((storage) => studyRecord.setMachines(storage, { at: 1, workers: 3, slots: 9, list: [] }));
    await fit(options({ resume: true, redis: undefined, deterministic: true, workers: 1 }));
    expect(inStudy((storage) => studyRecord.machines(storage))).to.equal(null);
  });
});
