/** @file Sessions of a study over a real Redis: what is refused, what is kept, and what an earlier one left. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { studyRecord } from '../../../src/automl/index.js';
import { ToolkitError } from '../../../src/core/index.js';
import type { FitOptions } from '../../../src/run/index.js';
import { fit, openForWriting, RunInterrupted } from '../../../src/run/index.js';
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
});
