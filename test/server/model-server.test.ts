import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';

import { loadModel } from '../../src/run/index.js';
import type { RunningServer, ServeModelOptions } from '../../src/server/index.js';
import { serveModel } from '../../src/server/index.js';
import { workbookOf, zipOf } from '../support/xlsx.js';

const MODEL = resolve(import.meta.dirname, '../export/fixtures/model-v2-binary.safetensors');
const ROW = {
  age: 41,
  'größe, cm': 170,
  price: 12.5,
  'year ms': 3,
  member: true,
  city: 'Rome',
  zip: 'Z42',
  joined: '2020-03-04',
  note: 'hello',
};
const RANGES = resolve(import.meta.dirname, '../export/fixtures/model-v2-ranges-binary.safetensors');
const CSV = `${Object.keys(ROW)
  .map((name) => `"${name}"`)
  .join(',')}\n${Object.values(ROW).join(',')}\n`;

const LABEL = '[a-z0-9]+="(?:[^"\\\\\n]|\\\\["\\\\n])*"';
/** A line of Prometheus text that holds a number. */
const SAMPLE = new RegExp(`^[a-z_]+(\\{${LABEL}(,${LABEL})*\\})? [\\d.e+-]+$`);

interface Failure {
  readonly error: { readonly kind: string; readonly where?: string; readonly message: string };
}

describe('serveModel', () => {
  const running: RunningServer[] = [];
  const bugs: unknown[] = [];
  const start = async (options: Partial<ServeModelOptions> = {}): Promise<RunningServer> => {
    const server = await serveModel({
      models: [{ name: null, path: MODEL }],
      workers: 1,
      port: 0,
      onBug: (error) => bugs.push(error),
      ...options,
    });
    running.push(server);
    return server;
  };
  const post = (
    server: RunningServer,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${server.url}/v1/predict`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const failure = async (reply: Promise<Response>): Promise<[number, string, string | undefined]> => {
    const { status, ...response } = { status: (await reply).status, json: (await (await reply).json()) as Failure };
    return [status, response.json.error.kind, response.json.error.where];
  };
  let lenient: RunningServer;
  let strict: RunningServer;
  before(async () => {
    lenient = await start({ maxBodyBytes: 4096, maxRows: 3 });
    strict = await start({ strict: true });
  });
  after(async () => {
    await Promise.all(running.map((server) => server.close()));
    expect(bugs).to.deep.equal([]);
  });

  it('predicts JSON rows as loadModel does, to the bit', async () => {
    const model = await loadModel(MODEL);
    const expected = await model.predict([ROW, { age: 3 }]);
    model.dispose();
    const reply = await post(lenient, JSON.stringify({ rows: [ROW, { age: 3 }] }));
    expect(reply.status).to.equal(200);
    expect(((await reply.json()) as { predictions: unknown }).predictions).to.deep.equal(expected);
  });

  it('answers CSV with CSV, and either with the other when asked to', async () => {
    const csv = await post(lenient, CSV, { 'content-type': 'text/csv' });
    const text = await csv.text();
    expect(text).to.match(/^prediction,probability_no,probability_yes\n(no|yes),[\d.e-]+,[\d.e-]+\n$/);
    expect(csv.headers.get('lrnn-coerced')).to.equal('0');
    const json = await post(lenient, CSV, { 'content-type': 'text/csv', accept: 'application/json' });
    expect(((await json.json()) as { predictions: unknown[] }).predictions).to.have.length(1);
    expect(await (await post(lenient, JSON.stringify([ROW]), { accept: 'text/csv' })).text()).to.equal(text);
  });

  it('answers a file of any format as it answers the CSV', async () => {
    const text = await (await post(lenient, CSV, { 'content-type': 'text/csv' })).text();
    const sheet = [Object.keys(ROW), Object.values(ROW)];
    for (const [type, bytes] of [
      ['application/zip', zipOf([{ name: 'rows.csv', content: CSV }])],
      ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', workbookOf({ Rows: sheet })],
      ['application/octet-stream', gzipSync(CSV)],
      ['application/x-ndjson', Buffer.from(JSON.stringify(ROW))],
    ] as const) {
      const reply = await post(lenient, new Uint8Array(Buffer.from(bytes)), { 'content-type': type });
      expect([reply.status, await reply.text()]).to.deep.equal([200, text]);
    }
    expect(await failure(post(lenient, 'PAR1', { 'content-type': 'application/vnd.apache.parquet' }))).to.deep.equal([
      422,
      'data',
      'file',
    ]);
  });

  it('counts what it coerces, in the answer and in the metrics', async () => {
    const { note, ...rest } = ROW;
    const reply = await post(lenient, JSON.stringify([{ ...rest, city: 'Atlantis', age: 'old', [note]: 1 }]));
    expect(((await reply.json()) as { summary: unknown }).summary).to.deep.equal({
      missingColumns: ['note'],
      extraColumns: ['hello'],
      unseenCategories: { city: 1 },
      unparsable: { age: 1 },
      outOfRange: {},
      maybeRenamed: {},
    });
    const metrics = await (await fetch(`${lenient.url}/metrics`)).text();
    expect(metrics).to.include('\nlrnn_unseen_category_cells_total{model="model-v2-binary",column="city"} 1\n');
    expect(metrics).to.include('\nlrnn_unparsable_cells_total{model="model-v2-binary",column="age"} 1\n');
    expect(metrics).to.include('\nlrnn_extra_column_requests_total{model="model-v2-binary"} 1\n');
    expect(metrics).to.match(/\nlrnn_predict_requests_total\{model="model-v2-binary",status="200"\} \d+\n/);
  });

  it('counts numbers outside the range of the training, also when strict, and refuses none of them', async () => {
    const server = await start({ models: [{ name: null, path: RANGES }], strict: true });
    const rows = [{ ...ROW, age: 1e6 }, { ...ROW, age: -1, price: 1e9 }, ROW];
    const complete = rows.map((row) => ({ ...row, zip: 'Z4', 'year ms': 1_600_000_001_000, price: row.price * 1000 }));
    const reply = await post(server, JSON.stringify(complete));
    expect(reply.status).to.equal(200);
    const { summary } = (await reply.json()) as { summary: { outOfRange: unknown } };
    expect(summary.outOfRange).to.deep.equal({ age: 2, price: 1 });
    const csv = await post(server, JSON.stringify(complete), { accept: 'text/csv' });
    expect([csv.headers.get('lrnn-coerced'), csv.headers.get('lrnn-out-of-range')]).to.deep.equal(['0', '3']);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).to.include('\nlrnn_out_of_range_cells_total{model="model-v2-ranges-binary",column="age"} 4\n');
    expect(metrics).to.include('\nlrnn_out_of_range_cells_total{model="model-v2-ranges-binary",column="price"} 2\n');
  });

  it('refuses when strict what it would coerce, and says which', async () => {
    const lacking = Object.fromEntries(Object.entries(ROW).filter(([name]) => name !== 'note'));
    const faults: [object, string][] = [
      [lacking, 'missing-columns'],
      [{ ...ROW, more: 1 }, 'extra-columns'],
      [{ ...ROW, city: 'Atlantis' }, 'unseen-categories'],
      [{ ...ROW, age: 'old' }, 'unparsable-cells'],
    ];
    for (const [row, where] of faults) {
      expect(await failure(post(strict, JSON.stringify([row])))).to.deep.equal([422, 'data', where]);
    }
    expect((await post(strict, JSON.stringify([ROW]))).status).to.equal(200);
  });

  it('refuses what is no request for predictions', async () => {
    expect(await failure(post(lenient, '{'))).to.deep.equal([400, 'http', undefined]);
    expect(await failure(post(lenient, '[]'))).to.deep.equal([400, 'usage', 'rows']);
    expect(await failure(post(lenient, '[7]'))).to.deep.equal([400, 'usage', 'rows']);
    expect(await failure(post(lenient, '[{"nothing": 1}]'))).to.deep.equal([422, 'data', 'columns']);
    expect(await failure(post(lenient, JSON.stringify([ROW, ROW, ROW, ROW])))).to.deep.equal([413, 'limit', 'rows']);
    expect(await failure(post(lenient, `["${'x'.repeat(5000)}"]`))).to.deep.equal([413, 'http', undefined]);
    expect(await failure(post(lenient, 'age', { 'content-type': 'text/plain' }))).to.deep.equal([
      415,
      'http',
      undefined,
    ]);
    expect(await failure(post(lenient, 'a\n1\n', { 'content-type': 'text/csv' }))).to.deep.equal([
      422,
      'data',
      'columns',
    ]);
    expect(await failure(post(lenient, '[]', { origin: 'http://evil.example' }))).to.deep.equal([
      403,
      'http',
      undefined,
    ]);
  });

  it('refuses what is nested without end, and other methods, with a sentence of its own', async () => {
    const server = await start();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const body of [deep, `{"rows":${deep}}`, `[{"note":${deep}}]`]) {
      expect((await failure(post(server, body))).slice(0, 2)).to.deep.equal([400, 'usage']);
    }
    const reply = await fetch(`${server.url}/v1/predict`);
    expect([reply.status, reply.headers.get('allow')]).to.deep.equal([405, 'POST']);
  });

  it('answers while more clients than may wait send the beginning of a body and fall silent', async () => {
    const server = await start({ maxWaiting: 4, maxBodies: 6, bodyPatienceMs: 60_000 });
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
      socket.write('Content-Length: 1000000\r\n\r\n[{');
      return socket;
    });
    // One more request than there are places, so that the silent ones are all there.
    for (let i = 0; i < 7; i++) expect((await post(server, JSON.stringify([ROW]))).status).to.equal(200);
    sockets.forEach((socket) => socket.destroy());
  });

  it('cuts off with 408 a body that falls silent', async () => {
    const server = await start({ bodyPatienceMs: 50 });
    const answer = await new Promise<string>((done) => {
      let text = '';
      const socket = connect(server.port, '127.0.0.1');
      socket.on('data', (data) => (text += data.toString())).on('close', () => done(text));
      socket.write('POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
      socket.write('Content-Length: 1000\r\n\r\n[{');
    });
    expect(answer)
      .to.match(/^HTTP\/1\.1 408 /)
      .and.include('"kind":"http"');
  });

  it('describes itself', async () => {
    const get = async (path: string): Promise<Record<string, unknown>> =>
      (await (await fetch(lenient.url + path)).json()) as Record<string, unknown>;
    const schema = await get('/v1/schema');
    expect(schema).to.include({ task: 'binary', strict: false, maxRows: 3, maxBatchRows: 10_000_000 });
    expect((schema.columns as { name: string }[]).map(({ name }) => name)).to.deep.equal(Object.keys(ROW));
    const api = await get('/openapi.json');
    expect(api.openapi).to.equal('3.1.0');
    expect(api.paths).to.have.keys([
      '/v1/predict',
      '/v1/schema',
      '/v1/models',
      '/v1/models/model-v2-binary',
      '/v1/models/model-v2-binary/predict',
      '/v1/models/model-v2-binary/schema',
      '/v1/models/model-v2-binary/batches',
      '/v1/batches',
      '/v1/batches/{id}',
      '/v1/batches/{id}/predictions.csv',
      '/livez',
      '/readyz',
      '/healthz',
      '/metrics',
    ]);
    const { valid, errors } = await new Validator().validate(api);
    expect(valid, JSON.stringify(errors)).to.equal(true);
    expect(await (await fetch(`${lenient.url}/healthz`)).text()).to.equal('ok\n');
  });

  it('writes its counters as Prometheus reads them', async () => {
    await post(lenient, JSON.stringify([{ age: 'old\n"\\', city: 'Atlantis' }]));
    const reply = await fetch(`${lenient.url}/metrics`);
    expect(reply.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    const lines = (await reply.text()).split('\n');
    expect(lines.pop()).to.equal('');
    const types = new Map<string, string>();
    for (const line of lines) {
      const [, type] = /^# TYPE (\w+ (?:counter|gauge|histogram))$/.exec(line) ?? [];
      if (type) types.set(...(type.split(' ') as [string, string]));
      if (line.startsWith('#')) continue;
      expect(line).to.match(SAMPLE);
      expect(types.has(/^\w+/.exec(line)![0].replace(/_(bucket|sum|count)$/, '')), line).to.equal(true);
    }
    expect(types.get('lrnn_predict_seconds')).to.equal('histogram');
    expect(types.get('process_resident_memory_bytes')).to.equal('gauge');
  });

  it('names the model in every answer, and lists it', async () => {
    const sha256 = createHash('sha256').update(readFileSync(MODEL)).digest('hex');
    const identity = { name: 'model-v2-binary', version: 1, sha256 };
    const reply = await post(lenient, JSON.stringify([ROW]));
    expect(((await reply.json()) as { model: unknown }).model).to.deep.equal(identity);
    const csv = await post(lenient, CSV, { 'content-type': 'text/csv' });
    for (const { headers } of [reply, csv]) {
      expect(headers.get('lrnn-model')).to.equal('model-v2-binary');
      expect(headers.get('lrnn-model-version')).to.equal('1');
      expect(headers.get('lrnn-model-sha256')).to.equal(sha256);
    }
    const { models } = (await (await fetch(`${lenient.url}/v1/models`)).json()) as { models: object[] };
    expect(models).to.deep.equal([{ ...identity, task: 'binary', target: 'label', writer: '0.1.0' }]);
    expect(await (await fetch(`${lenient.url}/metrics`)).text()).to.include(
      `lrnn_model_info{model="model-v2-binary",version="1",sha256="${sha256}"} 1\n`,
    );
  });

  it('answers below the name of the model as it does without, and knows no other name', async () => {
    const body = JSON.stringify([ROW]);
    const options = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
    const named = await fetch(`${lenient.url}/v1/models/model-v2-binary/predict`, options);
    expect(await named.text()).to.equal(await (await post(lenient, body)).text());
    for (const path of ['/v1/models/other/predict', '/v1/models/constructor/predict', '/v1/models/../predict/x']) {
      expect((await fetch(lenient.url + path, options)).status, path).to.equal(404);
    }
  });

  it('refuses options that it does not know instead of passing over them', async () => {
    for (const query of ['?explain=true', '?interval=0.9&x=1', '?interval=0.9&interval=0.8', '?x']) {
      const reply = await fetch(`${lenient.url}/v1/predict${query}`, { method: 'POST', body: '[]' });
      expect(reply.status, query).to.equal(400);
      expect(((await reply.json()) as Failure).error.where).to.equal('query');
    }
  });

  it('says of a model of an earlier version that it has no intervals, and what is no level', async () => {
    const asked = async (level: string): Promise<unknown[]> => {
      const reply = await fetch(`${lenient.url}/v1/predict?interval=${level}`, {
        method: 'POST',
        body: JSON.stringify([ROW]),
        headers: { 'content-type': 'application/json' },
      });
      const { error } = (await reply.json()) as Failure;
      return [reply.status, error.kind, error.where];
    };
    expect(await asked('0.9')).to.deep.equal([409, 'state', 'interval']);
    for (const level of ['2', '', 'x', '0.3', '1', '0.9999', '-0.9', '0x1']) {
      expect(await asked(level), level).to.deep.equal([400, 'usage', 'interval']);
    }
  });

  it('sends away what would wait too long', async () => {
    const server = await start({ maxWaiting: 0 });
    expect(await failure(post(server, JSON.stringify([ROW])))).to.deep.equal([503, 'http', undefined]);
    expect((await post(server, JSON.stringify([ROW]))).headers.get('retry-after')).to.equal('1');
  });

  it('says that it will end and goes on for the time of a drain: no request of open connections is lost', async () => {
    const server = await serveModel({ models: [{ name: null, path: MODEL }], port: 0, workers: 1 });
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const body = JSON.stringify([ROW]);
    const ask = (): Promise<{ status: number | undefined; connection: string | undefined }> =>
      new Promise((done, fail) => {
        const headers = { 'content-type': 'application/json' };
        const sent = request(`${server.url}/v1/predict`, { method: 'POST', headers, agent }, (response) => {
          response
            .resume()
            .once('end', () => done({ status: response.statusCode, connection: response.headers.connection }));
        });
        sent.on('error', fail).end(body);
      });
    let isWanted = true;
    let afterTerm = 0;
    const client = async (): Promise<void> => {
      while (isWanted) {
        const { status, connection } = await ask();
        expect(status).to.equal(200);
        if (connection === 'close') afterTerm++;
      }
    };
    const clients = Promise.all(Array.from({ length: 16 }, client));
    await ask();
    const closed = server.close({ drainMs: 1500 });
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, ready.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
    // A balancer that asks every now and then; what it has sent before must still be answered.
    await new Promise((done) => setTimeout(done, 300));
    isWanted = false;
    await clients;
    agent.destroy();
    await closed;
    expect(afterTerm).to.be.at.least(16);
  });

  it('answers what is under way before it closes', async () => {
    const server = await serveModel({ models: [{ name: null, path: MODEL }], port: 0, workers: 1 });
    const body = JSON.stringify([ROW]);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(`${server.url}/v1/predict`, { method: 'POST', headers, agent: false });
    const status = new Promise<number | undefined>((done, fail) => {
      sent.on('error', fail).on('response', (response) => {
        response.resume();
        done(response.statusCode);
      });
    });
    sent.write(body.slice(0, 5));
    await fetch(`${server.url}/healthz`);
    const closed = server.close();
    sent.end(body.slice(5));
    expect(await status).to.equal(200);
    await closed;
  });
});
