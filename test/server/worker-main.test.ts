import { createServer } from 'node:net';

import { expect } from 'chai';

import type { WorkerStatus } from '../../src/run/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serveWorker } from '../../src/server/index.js';
import { workerStatus } from '../cli/support/worker.js';

/** A sample as the text format allows it, with a number that is one. */
const SAMPLE = /^[a-z_]+(?:\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? (?:\+Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;

describe('what a worker answers to monitors', () => {
  let server: RunningServer;
  let status: WorkerStatus;

  beforeEach(async () => {
    status = workerStatus({ ends: { done: 5, failed: 1, lost: 2, returned: 0 }, seconds: 7.5 });
    const worker = { status: () => status };
    server = await serveWorker({ worker, version: '9.8.7', host: '127.0.0.1', port: 0 });
  });
  afterEach(() => server.close());

  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server.url}${path}`, init);

  it('is well while it reaches Redis, and says why it is not', async () => {
    const well = await ask('/healthz');
    expect([well.status, await well.text()]).to.deep.equal([200, 'ok\n']);
    status = workerStatus({ fault: 'redis://here:6379 is gone for 3 s: hangs up' });
    const ill = await ask('/healthz');
    expect([ill.status, await ill.text()]).to.deep.equal([503, 'redis://here:6379 is gone for 3 s: hangs up\n']);
    expect(ill.headers.get('retry-after')).to.equal('5');
    // It waits, and lives: nobody should end it for that.
    expect((await ask('/livez')).status).to.equal(200);
    expect((await ask('/healthz', { method: 'HEAD' })).status).to.equal(503);
  });

  it('counts in the text format of Prometheus, every name with its help and its type once', async () => {
    const answer = await ask('/metrics?x=1');
    expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    expect(text.endsWith('\n')).to.equal(true);
    const lines = text.trimEnd().split('\n');
    const samples = lines.filter((line) => !line.startsWith('#'));
    for (const line of samples) expect(line).to.match(SAMPLE);
    const declared = (word: string): string[] =>
      lines.filter((line) => line.startsWith(`# ${word} `)).map((line) => line.split(' ')[2]);
    expect(declared('HELP')).to.deep.equal(declared('TYPE'));
    expect(new Set(declared('TYPE')).size).to.equal(declared('TYPE').length);
    const families = samples.map((line) => /^[a-z_]+/.exec(line)![0].replace(/_(?:bucket|sum|count)$/, ''));
    expect([...new Set(families)].sort()).to.deep.equal(declared('TYPE').sort());
    for (const sample of [
      'lrnn_worker_folds_total{end="done"} 5',
      'lrnn_worker_folds_total{end="lost"} 2',
      'lrnn_worker_threads 2',
      'lrnn_fold_seconds_sum 7.5',
      'lrnn_fold_seconds_count 6',
      'lrnn_redis_connected 1',
      'lrnn_queue_folds_waiting 0',
    ]) {
      expect(samples).to.include(sample);
    }
    expect(text).to.include('lrnn_build_info{version="9.8.7",node="');
  });

  it('says nothing of a queue that it has not seen', async () => {
    status = workerStatus({ queue: null });
    expect(await (await ask('/metrics')).text()).to.not.include('lrnn_queue');
  });

  it('answers nothing else', async () => {
    expect((await ask('/')).status).to.equal(404);
    const posted = await ask('/metrics', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('is refused a port that is taken, in one sentence', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as { port: number };
    const worker = { status: () => status };
    const error = await serveWorker({ worker, version: '9.8.7', host: '127.0.0.1', port }).catch((e: Error) => e);
    expect((error as Error).message).to.include(
      `--listen: port must be free, got ${port}. Use --listen for another one.`,
    );
    await new Promise((done) => taken.close(done));
  });
});
