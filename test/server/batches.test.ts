import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { predictFile } from '../../src/run/index.js';
import type { RunningServer, ServeModelOptions } from '../../src/server/index.js';
import { serveModel } from '../../src/server/index.js';
import { BATCH_PREFIX } from '../../src/server/model-batches.js';
import { workbookOf } from '../support/xlsx.js';

const MODEL = resolve(import.meta.dirname, '../export/fixtures/model-v2-binary.safetensors');
const CITIES = ['Rome', 'Oslo', 'Atlantis', ''];
/** More than one block of them is read, where there are so many. */
const csvOf = (rows: number): string =>
  `age,city\n${Array.from({ length: rows }, (_, i) => `${i % 90},${CITIES[i % 4]}`).join('\n')}\n`;
/** A file that takes long: few bytes, many rows. */
const LONG = `age\n${'1\n'.repeat(1_500_000)}`;

interface View {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed';
  readonly rows: number;
  readonly model: { readonly name: string };
  readonly predictions?: string;
  readonly expires?: string;
  readonly summary?: { readonly unseenCategories: object };
  readonly error?: { readonly kind: string; readonly where?: string; readonly message: string };
}

describe('batches of a served model', function () {
  this.timeout(120_000);
  let folder = '';
  const before_ = process.env.TMPDIR;
  const running: RunningServer[] = [];
  const bugs: unknown[] = [];
  const notices: string[] = [];
  const leftovers = (): string[] => readdirSync(folder).filter((name) => name.startsWith(BATCH_PREFIX));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-batches-'));
    process.env.TMPDIR = folder;
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()));
    expect(leftovers(), 'nothing is left when the server ends').to.deep.equal([]);
    expect(bugs).to.deep.equal([]);
    rmSync(folder, { recursive: true });
    if (before_ === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before_;
  });

  const start = async (options: Partial<ServeModelOptions> = {}): Promise<RunningServer> => {
    const server = await serveModel({
      models: [{ name: null, path: MODEL }],
      workers: 1,
      port: 0,
      onBug: (error) => bugs.push(error),
      onNotice: (text) => notices.push(text),
      ...options,
    });
    running.push(server);
    return server;
  };
  const send = (server: RunningServer, body: string | Uint8Array, type = 'text/csv', more = {}): Promise<Response> =>
    fetch(`${server.url}/v1/batches`, {
      method: 'POST',
      body: body as string,
      headers: { 'content-type': type, ...more },
    });
  const taken = async (reply: Promise<Response>): Promise<View> => {
    expect((await reply).status).to.equal(202);
    return (await (await reply).json()) as View;
  };
  const look = async (server: RunningServer, id: string): Promise<View> =>
    (await (await fetch(`${server.url}/v1/batches/${id}`)).json()) as View;
  const until = async (server: RunningServer, id: string, statuses: readonly string[]): Promise<View> => {
    for (;;) {
      const view = await look(server, id);
      if (statuses.includes(view.status)) return view;
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  const ended = (server: RunningServer, id: string): Promise<View> => until(server, id, ['done', 'failed']);
  const statusOf = async (url: string, options: RequestInit = {}): Promise<number> =>
    (await fetch(url, options)).status;

  it('predict a file of any format to the same bytes as lrnn predict, and count what it coerces', async () => {
    const server = await start();
    const csv = csvOf(20_000);
    const file = join(folder, 'rows.csv');
    writeFileSync(file, csv);
    const wanted = await predictFile(MODEL, file, null);
    const reply = await send(server, csv);
    const { id } = await taken(Promise.resolve(reply.clone()));
    const where = `/v1/batches/${id}`;
    expect([id.length, reply.headers.get('location')]).to.deep.equal([32, where]);
    const view = await ended(server, id);
    expect([view.status, view.rows, view.predictions]).to.deep.equal(['done', 20_000, `${where}/predictions.csv`]);
    expect(view.summary!.unseenCategories).to.deep.equal({ ...wanted.summary.unseenCategories });
    const answer = await fetch(server.url + view.predictions);
    expect(answer.headers.get('content-type')).to.equal('text/csv; charset=utf-8');
    expect(answer.headers.get('lrnn-model')).to.equal('model-v2-binary');
    expect(Number(answer.headers.get('lrnn-coerced'))).to.be.above(5000);
    const text = await answer.text();
    expect(text === wanted.csv, 'the same bytes').to.equal(true);
    const head = await fetch(server.url + view.predictions, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).to.deep.equal([String(text.length), '']);
    expect(readdirSync(join(folder, leftovers()[0])), 'the file that was sent is not kept').to.not.include('rows');

    const small = await predictFile(MODEL, csvFile(csvOf(4)), null);
    const sheet = csvOf(4)
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    for (const [type, bytes, encoding] of [
      ['text/csv', gzipSync(csvOf(4)), 'gzip'],
      ['application/octet-stream', workbookOf({ Rows: sheet })],
    ] as const) {
      const sent = await taken(send(server, bytes, type, encoding && { 'content-encoding': encoding }));
      const { predictions } = await ended(server, sent.id);
      expect(await (await fetch(server.url + predictions)).text(), type).to.equal(small.csv);
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).to.include('\nlrnn_batches_total{model="model-v2-binary",end="done"} 3\n');
    expect(metrics).to.include('\nlrnn_predict_rows_total{model="model-v2-binary"} 20008\n');
    expect(metrics).to.include('\nlrnn_batches{status="done"} 3\n');
    expect(metrics).to.include(`\nlrnn_batch_bytes ${text.length + 2 * small.csv!.length}\n`);
  });

  function csvFile(text: string): string {
    const file = join(folder, 'small.csv');
    writeFileSync(file, text);
    return file;
  }

  it('fail with the sentence that says why, keep nothing of the file and have no predictions', async () => {
    const server = await start({ strict: true });
    const limited = await start({ batches: { maxBatchRows: 9000 } });
    for (const [one, body, kind, where] of [
      [server, 'age\n1\n', 'data', 'missing-columns'],
      [server, 'PAR1', 'data', 'file'],
      [limited, csvOf(9001), 'limit', 'rows'],
      [limited, `${Array.from({ length: 10_001 }, (_, i) => `c${i}`).join()}\n`, 'limit', 'columns'],
    ] as const) {
      const { id } = await taken(send(one, body));
      const view = await ended(one, id);
      expect([view.status, view.error?.kind, view.error?.where], body.slice(0, 10)).to.deep.equal([
        'failed',
        kind,
        where,
      ]);
      expect(view.error!.message)
        .to.match(/^[a-z-]+: .+\.$/)
        .and.not.include(folder);
      expect(await statusOf(`${one.url}/v1/batches/${id}/predictions.csv`)).to.equal(409);
    }
    expect(leftovers()).to.deep.equal([]);
  });

  it('are taken only as files, only by POST, and found only by their number', async () => {
    const server = await start({ token: 'a-token-of-sixteen-signs' });
    const headers = { authorization: 'Bearer a-token-of-sixteen-signs' };
    const file = { method: 'POST', body: csvOf(1), headers: { 'content-type': 'text/csv' } };
    expect(await statusOf(`${server.url}/v1/batches`, file)).to.equal(401);
    const reply = await fetch(`${server.url}/v1/batches`, { ...file, headers: { ...file.headers, ...headers } });
    const where = server.url + reply.headers.get('location')!;
    for (const [path, method, status] of [
      [`${server.url}/v1/batches`, 'GET', 405],
      [`${server.url}/v1/batches/${'0'.repeat(32)}`, 'GET', 404],
      [`${server.url}/v1/batches/${'0'.repeat(32)}`, 'DELETE', 404],
      [`${server.url}/v1/batches/${'0'.repeat(32)}/predictions.csv`, 'GET', 404],
      [`${server.url}/v1/batches/constructor`, 'GET', 404],
      [`${server.url}/v1/models/other/batches`, 'POST', 404],
      [where, 'PUT', 405],
      [where, 'GET', 200],
    ] as const) {
      expect(await statusOf(path, { method, headers }), `${method} ${path}`).to.equal(status);
    }
    for (const path of [where, `${where}/predictions.csv`]) expect(await statusOf(path), path).to.equal(401);
    expect(await statusOf(where, { method: 'DELETE' })).to.equal(401);
    const foreign = { ...headers, origin: 'http://evil.example' };
    expect(await statusOf(where, { method: 'DELETE', headers: foreign })).to.equal(403);
    const text = { ...headers, 'content-type': 'text/plain' };
    expect(await statusOf(`${server.url}/v1/batches`, { method: 'POST', body: 'a', headers: text })).to.equal(415);
  });

  it('leave nothing of an upload that breaks off, and answer one that is too long', async () => {
    const server = await start({ batches: { maxBatchBytes: 4096 }, bodyPatienceMs: 100 });
    const head = 'POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n';
    const cut = async (text: string, how: 'destroy' | 'resetAndDestroy' | 'end'): Promise<void> => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await new Promise<void>((done) => socket.write(text, () => done()));
      await fetch(`${server.url}/livez`);
      socket[how]();
      await new Promise((done) => socket.once('close', done));
    };
    for (const how of ['destroy', 'resetAndDestroy', 'end'] as const) {
      await cut(`${head}Content-Length: 1000\r\n\r\nage\n1\n`, how);
      await cut(`${head}Transfer-Encoding: chunked\r\n\r\n6\r\nage\n1\n\r\n`, how);
      await cut(`${head}Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n${'\x1f\x8b'}`, how);
    }
    const tooLong = await new Promise<number | undefined>((done, fail) => {
      const sent = request(`${server.url}/v1/batches`, { method: 'POST', headers: { 'content-type': 'text/csv' } });
      sent.on('error', fail).on('response', (response) => done(response.resume().statusCode));
      for (let i = 0; i < 20; i++) sent.write('x'.repeat(4000));
      sent.end();
    });
    expect(tooLong).to.equal(413);
    const bomb = gzipSync('x'.repeat(1_000_000));
    expect((await send(server, bomb, 'text/csv', { 'content-encoding': 'gzip' })).status).to.equal(413);
    expect((await send(server, 'no gzip', 'text/csv', { 'content-encoding': 'gzip' })).status).to.equal(400);
    expect((await send(server, 'x', 'text/csv', { 'content-encoding': 'new' })).status).to.equal(415);
    expect((await send(server, 'x'.repeat(5000))).status).to.equal(413);
    while (leftovers().length > 0) await new Promise((done) => setTimeout(done, 10));
    expect(await (await fetch(`${server.url}/metrics`)).text()).to.include('\nlrnn_batch_bytes 0\n');
  });

  it('run one after the other, leave the only thread to requests, and end when they are deleted', async () => {
    const server = await start();
    const first = await taken(send(server, LONG));
    const second = await taken(send(server, csvOf(3)));
    await until(server, first.id, ['running']);
    expect((await look(server, second.id)).status).to.equal('queued');
    expect(await statusOf(`${server.url}/v1/batches/${first.id}/predictions.csv`)).to.equal(409);
    const json = { method: 'POST', body: '[{"age":41}]', headers: { 'content-type': 'application/json' } };
    for (let i = 0; i < 3; i++) expect(await statusOf(`${server.url}/v1/predict`, json)).to.equal(200);
    let view = await look(server, first.id);
    while (view.rows === 0 && view.status === 'running') {
      await new Promise((done) => setTimeout(done, 20));
      view = await look(server, first.id);
    }
    expect([view.status, view.rows < 1_500_000]).to.deep.equal(['running', true]);
    expect(await statusOf(`${server.url}/v1/batches/${first.id}`, { method: 'DELETE' })).to.equal(204);
    expect(await statusOf(`${server.url}/v1/batches/${first.id}`)).to.equal(404);
    expect((await ended(server, second.id)).status).to.equal('done');
    expect(leftovers()).to.have.length(1);
    expect(await statusOf(`${server.url}/v1/batches/${second.id}`, { method: 'DELETE' })).to.equal(204);
    expect(leftovers()).to.deep.equal([]);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).to.include('end="deleted"} 1\n').and.include('end="done"} 1\n');
    expect(metrics).to.include('\nlrnn_batch_bytes 0\n');
  });

  it('are sent away where too many are kept, or too much', async () => {
    const one = await start({ batches: { maxBatches: 1 } });
    const { id } = await taken(send(one, csvOf(2)));
    expect((await send(one, csvOf(2))).status).to.equal(503);
    await fetch(`${one.url}/v1/batches/${id}`, { method: 'DELETE' });
    expect((await send(one, csvOf(2))).status).to.equal(202);
    const few = await start({ batches: { maxKeptBytes: 3000 } });
    expect((await send(few, 'x'.repeat(3001))).status).to.equal(503);
    const { error } = await ended(few, (await taken(send(few, csvOf(200)))).id);
    expect([error?.kind, error?.where]).to.deep.equal(['limit', 'batch']);
    expect((await ended(few, (await taken(send(few, csvOf(2)))).id)).status).to.equal('done');
  });

  it('give the place of the slowest upload to whoever comes next', async () => {
    const server = await start({ batches: { maxBatches: 2 } });
    const sockets = Array.from({ length: 5 }, () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n');
      socket.write('Content-Length: 1000\r\n\r\nage');
      return socket;
    });
    await fetch(`${server.url}/livez`);
    expect((await send(server, csvOf(1))).status).to.equal(202);
    sockets.forEach((socket) => socket.destroy());
  });

  it('are gone some time after they have ended', async () => {
    const server = await start({ batches: { keepMs: 300 } });
    const { id } = await taken(send(server, csvOf(2)));
    while ((await statusOf(`${server.url}/v1/batches/${id}`)) !== 404) {
      await new Promise((done) => setTimeout(done, 20));
    }
    while (leftovers().length > 0) await new Promise((done) => setTimeout(done, 10));
    expect(await (await fetch(`${server.url}/metrics`)).text()).to.include('lrnn_batches{status="done"} 0\n');
  });

  it('go on for the time of a drain, and are given up with a word when it is over', async () => {
    const server = await start();
    const long = await taken(send(server, LONG));
    const waiting = await taken(send(server, csvOf(1)));
    const closed = server.close({ drainMs: 400 });
    running.splice(0);
    const refused = await send(server, csvOf(1));
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect((await look(server, long.id)).status).to.be.oneOf(['queued', 'running']);
    expect((await look(server, waiting.id)).status).to.equal('queued');
    await closed;
    expect(notices.at(-1)).to.equal('Batches given up before they were done: 2.');
    const quick = await start();
    await ended(quick, (await taken(send(quick, csvOf(1)))).id);
    const before = notices.length;
    await quick.close();
    expect(notices).to.have.length(before);
  });

  it('of a server that was killed are swept by the next one', async () => {
    const left = join(folder, `${BATCH_PREFIX}abc123`);
    mkdirSync(left);
    writeFileSync(join(left, '.held-lock'), '');
    writeFileSync(join(left, 'rows'), 'age\n1\n');
    await start();
    expect(existsSync(left)).to.equal(false);
  });
});
