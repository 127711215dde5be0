/** @file A study whose table goes through a folder that all see, over a real Redis: only those that see the same folder take part. */

import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { countWorkers, describeCluster } from '../../src/cluster/index.js';
import { MARK } from '../../src/cluster/shared.js';
import { ToolkitError } from '../../src/core/index.js';
import { eventually } from '../support/redis.js';
import { Around } from './around.js';
import { job, resultOf, TINY } from './tables.js';

describe('a study over a shared folder', function () {
  this.timeout(120_000);
  const around = new Around();
  let shared = '';
  beforeEach(() => (shared = mkdtempSync(join(tmpdir(), 'lrnn-shared-'))));
  afterEach(() => rmSync(shared, { recursive: true, force: true }));

  const files = (): string[] => readdirSync(shared).filter((name) => name !== MARK);

  /** Of 8 MB that no compression makes small. */
  function largeTable(): typeof TINY {
    const values = new Float64Array(1_000_000);
    randomFillSync(values);
    const y = new Float32Array(values.length);
    return { ...TINY, frame: { rowCount: values.length, columns: [{ kind: 'numeric', name: 'a', values }] }, y };
  }

  it('sends no byte of the table through Redis, and leaves the folder as it was', async () => {
    const { client } = around.redis;
    await client.config('RESETSTAT');
    await around.worker({ shared });
    const cluster = await around.coordinator({ shared, data: largeTable() });
    expect(await cluster.executor().run(job(3))).to.have.property('ok');
    expect(files()).to.have.length(1);
    expect((await client.keys('*')).filter((key) => key.includes(':table:'))).to.deep.equal([]);
    const info = await client.info('stats');
    expect(Number(/^total_net_input_bytes:(\d+)/m.exec(info)![1])).to.be.below(500_000);
    await cluster.close();
    expect(files()).to.deep.equal([]);
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('is of the workers that see the folder: others idle and are told, on both sides', async () => {
    const other = mkdtempSync(join(tmpdir(), 'lrnn-shared-'));
    writeFileSync(join(other, MARK), 'elsewhere');
    writeFileSync(join(shared, MARK), 'here');
    try {
      const done: string[] = [];
      const named = (name: string) => ({
        run: async (one: Parameters<typeof resultOf>[0]) => {
          done.push(name);
          return resultOf(one);
        },
      });
      await around.worker(named('without'));
      await around.worker({ ...named('elsewhere'), shared: other });
      const cluster = await around.coordinator({ shared });
      const executor = cluster.executor();
      const waiting = Promise.all([1, 2, 3].map((trial) => executor.run(job(trial))));
      const said = (pattern: RegExp) => () => around.notices.some((text) => pattern.test(text));
      const node = process.versions.node.split('.')[0];
      const own = `lrnn-automl 1\\.0\\.0 on Node ${node}`;
      for (const pattern of [
        `^no worker of ${own} with the shared folder here is there yet`,
        `^workers of ${own} have no part in this study, which is of ${own} with the shared folder here$`,
        `^workers of ${own} with the shared folder elsewhere have no part`,
        `^a study is of ${own} with the shared folder here: this worker is of ${own}, and idles for it$`,
        `: this worker is of ${own} with the shared folder elsewhere, and idles for it$`,
      ])
        await eventually(pattern, said(new RegExp(pattern)));
      await around.worker({ ...named('here'), shared });
      await waiting;
      expect(done).to.deep.equal(['here', 'here', 'here']);
      const { url } = around.redis;
      expect(await countWorkers({ redis: url, shared }, '1.0.0')).to.deep.equal({ workers: 1, slots: 2 });
      expect(await countWorkers({ redis: url }, '1.0.0')).to.deep.equal({ workers: 1, slots: 2 });
      const lines = (await describeCluster(url, '1.0.0')).filter(({ name }) => name.startsWith('worker '));
      expect(lines.map(({ available }) => available)).to.deep.equal([true, true, true]);
      expect(lines.filter(({ detail }) => detail.includes('with the shared folder here, '))).to.have.length(1);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  it('is refused in one sentence, as a worker is, where the folder is not there', async () => {
    const nowhere = join(shared, 'nowhere');
    for (const work of [
      () => around.coordinator({ shared: nowhere }),
      () => around.worker({ shared: nowhere }),
      () => countWorkers({ redis: around.redis.url, shared: nowhere }, '1.0.0'),
    ]) {
      const error = await work().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
      expect((error as Error).message).to.match(/^shared: must be a folder that is there, got ".*nowhere"\.$/);
    }
    expect(await around.redis.leftovers()).to.deep.equal([]);
  });

  it('gets its table again where Redis has forgotten the study, or somebody took the file away', async () => {
    const cluster = await around.coordinator({ shared });
    const [name] = files();
    rmSync(join(shared, name));
    await around.redis.client.flushall();
    const waiting = cluster.executor().run(job(5));
    await around.worker({ shared });
    expect(await waiting).to.have.property('score', 5);
    expect(files()).to.deep.equal([name]);
  });

  it('keeps no place of a worker, nor another study of the same table, waiting for a file after its end', async function () {
    // Less than the time for which a file is waited for.
    this.timeout(60_000);
    // No round of it brings the file back.
    const ending = await around.coordinator({ shared, heartbeatMs: 600_000 });
    rmSync(join(shared, files()[0]));
    const worker = await around.worker({ shared });
    const vain = ending
      .executor()
      .run(job(1))
      .catch((error: unknown) => String(error));
    await eventually('its job is begun', () => worker.running === 1);
    const other = await around.coordinator({ shared, study: 'b'.repeat(32) });
    const wanted = other.executor().run(job(2));
    await eventually('the job of the other study is begun', () => worker.running === 2);
    await ending.close();
    expect(await vain).to.match(/closed/);
    expect(await wanted).to.have.property('score', 2);
    await eventually('nothing is begun any more', () => worker.running === 0);
    expect(worker.status().ends).to.deep.equal({ done: 1, failed: 0, lost: 0, returned: 1 });
  });

  it('is refused of a table that was changed: a failed fold that says so', async () => {
    // No round of it writes the file again.
    const cluster = await around.coordinator({ shared, heartbeatMs: 600_000 });
    writeFileSync(join(shared, files()[0]), 'LRNNTAB1 and what somebody made up');
    await around.worker({ shared });
    const result = await cluster.executor().run(job(5));
    expect(result).to.have.property('ok', false);
    expect(!result.ok && result.error).to.match(/^table: must /);
  });
});
