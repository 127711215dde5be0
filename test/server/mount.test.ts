import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';
import express from 'express';

import { withoutFolder } from '../../src/server/http.js';
import type { Mounted } from '../../src/server/index.js';
import { predictions, studyPages } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeStudy } from '../support/studies.js';

const MODEL = resolve(import.meta.dirname, '../export/fixtures/model-v2-binary.safetensors');
const ROWS = '[{"age":41}]';
const JSON_TYPE = { 'content-type': 'application/json' };
/** Addresses of a page that lead into the server. */
const LOCAL = /(?:href|src|action|data-events)="(\/[^"]*)"/g;

const listening: Server[] = [];

/** An address at which the application answers. */
async function open(app: RequestListener): Promise<string> {
  const server = createServer(app);
  listening.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function shut(): void {
  for (const server of listening.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
}

/** What Connect does to a request for `path` and below: it strips the path, and keeps the address that was asked for. */
function below(path: string, mounted: Mounted): RequestListener {
  return (request, response) => {
    const asked = request.url!;
    if (!new RegExp(`^${path}(?:[/?]|$)`).test(asked)) return void response.writeHead(404).end();
    const left = asked.slice(path.length);
    mounted(Object.assign(request, { originalUrl: asked, url: left.startsWith('/') ? left : `/${left}` }), response);
  };
}

describe('withoutFolder', () => {
  it('shortens paths, and no address and no longer name', () => {
    for (const [folder, text, shown] of [
      [
        '/data',
        '<a href="/studies/cars/data">/data/cars</a> in <code>/data</code>.',
        '<a href="/studies/cars/data">cars</a> in <code>reports</code>.',
      ],
      [
        '/data',
        '<a href="/data"> --out /data/cars --data /database/x /my/data',
        '<a href="/data"> --out cars --data /database/x /my/data',
      ],
      ['/studies', '<a href="/studies/a">"/studies/a/model"', '<a href="/studies/a">"a/model"'],
      ['/a.b+c', '"/a.b+c" /aXb+c /a.b+c.old /a.b+c-2 In /a.b+c.', '"reports" /aXb+c /a.b+c.old /a.b+c-2 In reports.'],
      ['C:\\x', 'C:\\x\\cars C:\\xy', 'cars C:\\xy'],
      ['/', '/ <a href="/">', '/ <a href="/">'],
    ]) {
      expect(withoutFolder(text, folder), text).to.equal(shown);
    }
  });
});

describe('studyPages', () => {
  const TOKEN = 'sixteen-signs-and-more';
  let root = '';
  let url = '';
  let hidden = '';
  const opened: Mounted[] = [];
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url + path, { redirect: 'manual', headers: { accept: 'text/html', ...headers } });

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-mount-'));
    const studies = (): FakeStudies =>
      new FakeStudies().add('done', makeStudy()).add('busy', makeStudy({ status: 'running', trials: 3 }));
    const options = { pollMs: 5, allowHosts: ['my.example'] };
    opened.push(
      await studyPages(root, { ...options, studies: studies() }),
      await studyPages(root, { ...options, studies: studies(), readOnly: false }),
      await studyPages(root, { ...options, studies: studies(), token: TOKEN }),
    );
    const app = express();
    app.get('/', (_, response) => void response.send('mine'));
    app.use('/automl', opened[0]);
    app.use('/all', opened[1]);
    app.use('/closed', opened[2]);
    app.use((_, response) => void response.status(404).send('not mine'));
    url = await open(app);
    // In a plain server the pages are all there is.
    hidden = await open(opened[0]);
  });
  after(async () => {
    shut();
    for (const pages of opened) await pages.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('leads from page to page below its own path, styles and events included', async () => {
    const seen = new Set<string>();
    const kinds = new Set<string>();
    const left = ['/automl/'];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      // One page of each kind is enough.
      const kind = path.replace(/\?.*/, '').replace(/models\/[^/]+/, 'model');
      if (kinds.has(kind) || kind === '/automl/compare') continue;
      kinds.add(kind);
      seen.add(path);
      const reply = await get(path);
      expect(reply.status, path).to.equal(200);
      if (!/text\/html/.test(reply.headers.get('content-type') ?? '') || path.endsWith('report.html')) continue;
      const html = await reply.text();
      for (const [, found] of html.matchAll(LOCAL)) {
        expect(found, `on ${path}`).to.match(/^\/automl\//);
        const page = found.replaceAll('&amp;', '&').replace(/#.*$/, '');
        if (!/\/events\b|\/download|\/(stop|resume|predict-file|tags|delete)$/.test(page)) left.push(page);
      }
    }
    expect([...seen]).to.include.members(['/automl/studies/done', '/automl/studies/busy', '/automl/assets/app.js']);
    expect(seen.size).to.be.greaterThan(15);
  });

  it('leads below its own path in Connect, too', async () => {
    const at = await open(below('/automl', opened[0]));
    for (const path of ['/automl', '/automl/', '/automl?sort=name', '/automl/studies/done']) {
      const html = await (await fetch(at + path)).text();
      const found = [...html.matchAll(LOCAL)].map(([, address]) => address);
      expect(found, path).to.include('/automl/assets/app.js');
      for (const address of found) expect(address, path).to.match(/^\/automl\/(?!automl)/);
    }
    const closed = await open(below('/closed', opened[2]));
    const sent = await fetch(`${closed}/closed/studies/done`, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
    });
    expect(sent.headers.get('location')).to.match(/^\/closed\/sign-in\?next=%2Fclosed%2Fstudies%2Fdone$/);
  });

  it('follows a search below its own path', async () => {
    const html = await (await get('/automl/studies/busy')).text();
    const [, events] = /data-events="([^"]+)"/.exec(html)!;
    const stop = new AbortController();
    const reply = await fetch(url + events.replaceAll('&amp;', '&'), { signal: stop.signal });
    expect(reply.headers.get('content-type')).to.contain('text/event-stream');
    stop.abort();
  });

  it('leaves the rest of the application alone, and answers for all that is below it', async () => {
    expect(await (await get('/')).text()).to.equal('mine');
    expect((await get('/elsewhere')).status).to.equal(404);
    const lost = await get('/automl/elsewhere');
    expect([lost.status, await lost.text()]).to.satisfy(([status, text]: [number, string]) => {
      return status === 404 && text.includes('there is no such page');
    });
  });

  it('shows and starts nothing unless it is told to', async () => {
    const stop = (base: string): Promise<Response> =>
      fetch(`${url}${base}/studies/busy/stop`, { method: 'POST', redirect: 'manual' });
    expect((await stop('/automl')).status).to.equal(403);
    const reply = await stop('/all');
    expect(reply.status).to.not.equal(403);
    expect((await get('/all/new')).status).to.equal(200);
  });

  it('sends to its own sign-in page, and back', async () => {
    const first = await get('/closed/studies/done?sort=cv');
    expect(first.headers.get('location')).to.equal(
      `/closed/sign-in?next=${encodeURIComponent('/closed/studies/done?sort=cv')}`,
    );
    expect(await (await get('/closed/sign-in')).text())
      .to.contain('action="/closed/sign-in"')
      .and.contain('value="/closed/"');
    const body = new URLSearchParams({ token: TOKEN, next: '/closed/studies/done' });
    const signed = await fetch(`${url}/closed/sign-in`, { method: 'POST', body, redirect: 'manual' });
    expect(signed.headers.get('location')).to.equal('/closed/studies/done');
    expect((await get('/closed/studies/done', { authorization: `Bearer ${TOKEN}` })).status).to.equal(200);
    const out = await fetch(`${url}/closed/sign-out`, { method: 'POST', redirect: 'manual' });
    expect(out.headers.get('location')).to.equal('/closed/sign-in');
  });

  it('answers hosts that it knows only, and never says where its folder lies', async () => {
    const status = (host: string): Promise<number> =>
      new Promise((done) => {
        void import('node:http').then(({ request }) =>
          request(`${url}/automl/`, { headers: { host } }, (reply) => {
            reply.resume();
            done(reply.statusCode!);
          }).end(),
        );
      });
    expect([await status('my.example'), await status('evil.example')]).to.deep.equal([200, 403]);
    expect(await (await get('/automl/')).text()).not.to.contain(root);
    expect(await (await fetch(hidden)).text())
      .to.contain('href="/studies/done"')
      .and.not.to.contain(root);
  });

  it('refuses what is no folder, and a token that is too short', async () => {
    for (const [folder, options, sentence] of [
      ['', {}, /studyPages: needs a folder, got "/],
      [root, { token: 'short' }, /token: must have at least 16/],
    ] as const) {
      const error = await studyPages(folder, options).then(
        () => null,
        (reason: unknown) => reason as Error,
      );
      expect(error?.message).to.match(sentence);
    }
  });
});

describe('predictions', () => {
  let url = '';
  let mounted: Mounted;
  const post = (path: string, body = ROWS): Promise<Response> =>
    fetch(url + path, { method: 'POST', body, headers: JSON_TYPE });
  before(async () => {
    mounted = await predictions(MODEL, { workers: 1 });
    const app = express();
    app.use('/ml', mounted);
    app.use('/late', express.json(), mounted);
    url = await open(app);
  });
  after(async () => {
    shut();
    await mounted.close();
    await mounted.close();
  });

  it('predicts below its own path', async () => {
    const reply = await post('/ml/v1/predict');
    expect(reply.status).to.equal(200);
    const { predictions: found } = (await reply.json()) as { predictions: { prediction: string }[] };
    expect(found).to.have.length(1);
    expect(found[0].prediction).to.be.a('string');
  });

  it('says in its OpenAPI document where it is, and where a batch lies', async () => {
    const api = (await (await fetch(`${url}/ml/openapi.json`)).json()) as { servers: unknown };
    expect(api.servers).to.deep.equal([{ url: '/ml' }]);
    const inConnect = await open(below('/ml', mounted));
    expect(await (await fetch(`${inConnect}/ml/openapi.json`)).json()).to.deep.equal(api);
    const taken = await fetch(`${url}/ml/v1/batches`, {
      method: 'POST',
      body: 'age\n41\n',
      headers: { 'content-type': 'text/csv' },
    });
    const location = taken.headers.get('location')!;
    expect(location).to.match(/^\/ml\/v1\/batches\//);
    for (;;) {
      const { status, predictions: file } = (await (await fetch(url + location)).json()) as Record<string, string>;
      expect(status).to.not.equal('failed');
      if (status !== 'done') {
        await new Promise((wait) => setTimeout(wait, 50));
        continue;
      }
      expect((await fetch(url + file)).status).to.equal(200);
      break;
    }
  });

  it('says at once that something before it has read the body', async () => {
    const reply = await post('/late/v1/predict');
    expect([reply.status, await reply.text()].join(' ')).to.match(/^500 .*Mount this before express.json/);
    expect((await fetch(`${url}/late/v1/schema`)).status).to.equal(200);
  });

  it('takes several models by name, and refuses none', async () => {
    const two = await predictions({ a: MODEL, b: MODEL }, { workers: 1 });
    const at = await open(two);
    const ask = (name: string) =>
      fetch(`${at}/v1/models/${name}/predict`, { method: 'POST', body: ROWS, headers: JSON_TYPE });
    expect([(await ask('a')).status, (await ask('b')).status, (await ask('c')).status]).to.deep.equal([200, 200, 404]);
    await two.close();
    for (const none of [{}, '', { a: '' }, undefined as never]) {
      const error = await predictions(none).then(
        () => null,
        (reason: unknown) => reason as Error,
      );
      expect(error?.message).to.match(/^predictions: needs a model file or a study folder/);
    }
  });
});
