import { copyFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';

import type { RunningServer } from '../../src/server/index.js';
import { serveModel } from '../../src/server/index.js';

const FIXTURES = resolve(import.meta.dirname, '../export/fixtures');
const fixture = (task: string): string => join(FIXTURES, `model-v2-${task}.safetensors`);

interface Answer {
  readonly predictions: readonly { readonly prediction: unknown }[];
  readonly model: { readonly name: string; readonly version: number; readonly sha256: string };
}

describe('serveModel with several models', () => {
  let folder: string;
  let server: RunningServer;
  const notices: string[] = [];
  const file = (name: string): string => join(folder, `${name}.safetensors`);
  const get = (path: string): Promise<Response> => fetch(server.url + path);
  const ask = async (name: string): Promise<Answer> => {
    const options = { method: 'POST', body: '[{"age":41}]', headers: { 'content-type': 'application/json' } };
    const reply = await fetch(`${server.url}/v1/models/${name}/predict`, options);
    expect(reply.status).to.equal(200);
    return (await reply.json()) as Answer;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lrnn-models-'));
    copyFileSync(fixture('binary'), file('a'));
    copyFileSync(fixture('regression'), file('b'));
    const models = ['a', 'b'].map((name) => ({ name, path: file(name) }));
    server = await serveModel({ models, workers: 1, port: 0, lookMs: 40, onNotice: (text) => notices.push(text) });
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('answers each below its name, and nothing without one', async () => {
    const [a, b] = [await ask('a'), await ask('b')];
    expect([a.model.name, b.model.name]).to.deep.equal(['a', 'b']);
    expect([typeof a.predictions[0].prediction, typeof b.predictions[0].prediction]).to.deep.equal([
      'string',
      'number',
    ]);
    const reply = await fetch(`${server.url}/v1/predict`, { method: 'POST', body: '[]' });
    expect(reply.status).to.equal(404);
    expect(await reply.text()).to.include('the models are a, b');
    const metrics = await (await get('/metrics')).text();
    for (const name of ['a', 'b']) expect(metrics).to.include(`lrnn_predict_rows_total{model="${name}"} 1\n`);
  });

  it('describes all of them in one valid document', async () => {
    const api = (await (await get('/openapi.json')).json()) as Record<string, object>;
    expect(api.paths).to.include.keys(['/v1/models/a/predict', '/v1/models/b/predict', '/v1/models/b/schema']);
    expect(api.paths).to.not.have.property('/v1/predict');
    const { valid, errors } = await new Validator().validate(api);
    expect(valid, JSON.stringify(errors)).to.equal(true);
  });

  it('reads a file that has changed, and answers every request meanwhile', async () => {
    const old = (await ask('a')).model;
    copyFileSync(fixture('multiclass'), file('new'));
    await rename(file('new'), file('a'));
    let seen = old;
    while (seen.version === 1) seen = (await ask('a')).model;
    expect(seen.version).to.equal(2);
    expect(seen.sha256).to.not.equal(old.sha256);
    expect((await ask('b')).model.version).to.equal(1);
    expect(notices.at(-1)).to.match(/^Model a: read again, version 2, SHA-256 [0-9a-f]{12}\.$/);
  });

  it('keeps the old model where the new file is none, says so, and counts it', async () => {
    const old = (await ask('b')).model;
    for (const content of ['no model', '']) {
      const before = notices.length;
      writeFileSync(file('b'), content);
      while (notices.length === before) await ask('b');
      expect(notices.at(-1)).to.match(
        /^Model b: the new file is not used, the old model goes on answering\. [a-z]+: .+\.$/,
      );
    }
    await rm(file('b'));
    await server.reload!();
    expect((await ask('b')).model).to.deep.equal(old);
    const [, failures] = /reload_failures_total\{model="b"\} (\d+)/.exec(await (await get('/metrics')).text())!;
    expect(Number(failures)).to.be.at.least(3);
  });

  it('reads nothing again at a reload that finds the same file', async () => {
    const before = notices.length;
    copyFileSync(fixture('regression'), file('b'));
    await server.reload!();
    await server.reload!();
    expect((await ask('b')).model.version).to.equal(1);
    expect(notices.slice(before).filter((text) => text.includes('read again'))).to.deep.equal([]);
  });

  it('predicts batches of each below its name, by the reading that was asked for, whatever has taken its place meanwhile', async () => {
    const options = { method: 'POST', body: 'age\n41\n', headers: { 'content-type': 'text/csv' } };
    expect((await fetch(`${server.url}/v1/batches`, options)).status).to.equal(404);
    const replies = ['a', 'b'].map((name) => fetch(`${server.url}/v1/models/${name}/batches`, options));
    const places = (await Promise.all(replies)).map(({ headers }) => headers.get('location')!);
    const { model } = await ask('b');
    copyFileSync(fixture('multiclass'), file('b'));
    await server.reload!();
    expect((await ask('b')).model.version).to.equal(model.version + 1);
    const answers: string[] = [];
    for (const place of places) {
      while (!(await (await get(place)).text()).includes('"status":"done"'));
      answers.push(await (await get(`${place}/predictions.csv`)).text());
    }
    expect(answers[0]).to.match(/^prediction,"?probability_/);
    expect(answers[1]).to.match(/^prediction\n[\d.e-]+\n$/);
    expect((await get(`${places[1]}/predictions.csv`)).headers.get('lrnn-model-sha256')).to.equal(model.sha256);
  });
});

describe('serveModel with a model of several targets', () => {
  let server: RunningServer;
  before(async () => {
    const path = join(FIXTURES, 'model-v16-targets.safetensors');
    server = await serveModel({ models: [{ name: 'both', path }], workers: 1, port: 0 });
  });
  after(() => server.close());

  const ask = async (body: string, type = 'application/json', query = '') => {
    const reply = await fetch(`${server.url}/v1/predict${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    return { status: reply.status, text: await reply.text() };
  };

  it('answers every row with a prediction of each target, and says what the rows had once', async () => {
    const { status, text } = await ask('[{"age":41,"city":"Atlantis","nothing":1},{"age":30}]');
    expect(status).to.equal(200);
    const { predictions, summary } = JSON.parse(text) as {
      predictions: Record<string, { prediction: unknown; probabilities?: object }>[];
      summary: { extraColumns: string[]; unseenCategories: object };
    };
    expect(predictions).to.have.length(2);
    const [first] = predictions;
    const names = Object.keys(first);
    expect(names).to.have.length(2);
    expect(first[names[0]].prediction).to.be.a('number');
    expect(first[names[1]].prediction).to.be.a('string');
    expect(Object.keys(first[names[1]].probabilities!)).to.have.length(2);
    expect(summary.extraColumns).to.deep.equal(['nothing']);
    expect(summary.unseenCategories).to.deep.equal({ city: 1 });
  });

  it('writes the columns of each target after its name', async () => {
    const { text } = await ask('age\n41\n30\n', 'text/csv');
    const [header, ...lines] = text.trimEnd().split('\n');
    const { targets } = JSON.parse(await (await fetch(`${server.url}/v1/schema`)).text()) as {
      targets: { target: string; classes: string[] }[];
    };
    expect(header).to.equal(
      targets
        .flatMap(({ target, classes }) => [
          `${target}_prediction`,
          ...classes.map((name) => `${target}_probability_${name}`),
        ])
        .join(','),
    );
    expect(lines).to.have.length(2);
    for (const line of lines) expect(line.split(',')).to.have.length(4);
  });

  it('describes all targets in its schema, its list of models and a valid document', async () => {
    const list = JSON.parse(await (await fetch(`${server.url}/v1/models`)).text()) as {
      models: { targets: object[] }[];
    };
    expect(list.models[0].targets.map((own) => Object.keys(own))).to.deep.equal([
      ['task', 'target'],
      ['task', 'target'],
    ]);
    const api = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      components: { schemas: Record<string, { properties: { predictions: { items: { required: string[] } } } }> };
    };
    expect(await new Validator().validate(api)).to.include({ valid: true });
    expect(api.components.schemas['Answer-both'].properties.predictions.items.required).to.have.length(2);
  });

  it('refuses an interval that one of the models cannot give', async () => {
    const { status, text } = await ask('[{"age":41}]', 'application/json', '?interval=0.9');
    expect(status).to.be.within(400, 409);
    expect(text).to.include('interval');
  });

  it('predicts a batch', async () => {
    const sent = await fetch(`${server.url}/v1/batches`, {
      method: 'POST',
      body: 'age\n41\n',
      headers: { 'content-type': 'text/csv' },
    });
    expect(sent.status).to.equal(202);
    const place = `${server.url}${sent.headers.get('location')}`;
    let status = '';
    while (!['done', 'failed'].includes(status)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ({ status } = (await (await fetch(place)).json()) as { status: string });
    }
    expect(status).to.equal('done');
    const csv = await (await fetch(`${place}/predictions.csv`)).text();
    expect(csv.split('\n')[0]).to.match(/_prediction,.*_prediction,/);
  });
});
