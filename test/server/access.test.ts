import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { Access, isLoopback, safePath } from '../../src/server/access.js';
import type { RunningServer, ServeOptions } from '../../src/server/index.js';
import { serve, serveModel } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeStudy } from '../support/studies.js';

const TOKEN = 'correct-horse-battery-staple';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const MODEL = resolve(import.meta.dirname, '../export/fixtures/model-v2-binary.safetensors');

describe('Access', () => {
  it('asks a token of servers that others can reach, unless told that none is wanted', () => {
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      expect(new Access({ host }).isOpen).to.equal(true);
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'my-computer', '127.evil.example']) {
      expect(() => new Access({ host }), host).to.throw('serve: a host other than this computer needs a token');
      expect(new Access({ host, noAuth: true }).isOpen).to.equal(true);
      expect(new Access({ host, token: TOKEN }).isOpen).to.equal(false);
    }
    expect(isLoopback('127.0.0.1.nip.io')).to.equal(false);
  });

  it('refuses a token that can be guessed or that no header can hold, and says none of it', () => {
    for (const token of ['', 'short', 'with a space in it somewhere', 'line\nbreak-line-break']) {
      expect(() => new Access({ host: '::1', token }), token)
        .to.throw('token: must have at least 16')
        .with.property('message')
        .not.include(token || 'nothing');
    }
  });

  it('knows the token in a header and its cookie, and no other', () => {
    const access = new Access({ host: '0.0.0.0', token: TOKEN });
    const knows = (headers: Record<string, string>): boolean => access.knows({ method: 'GET', headers });
    const cookie = access.signIn(TOKEN)!.split(';')[0];
    expect(cookie).not.to.include(TOKEN);
    expect([knows(BEARER), knows({ cookie }), knows({ cookie: `a=b; ${cookie}; c=d` })]).to.deep.equal([
      true,
      true,
      true,
    ]);
    const strange = [
      {},
      { authorization: TOKEN },
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: 'Bearer ' },
      { cookie: `lrnn_session=${TOKEN}` },
      { cookie: `x${cookie}` },
      { cookie: cookie.slice(0, -1) },
      { cookie: access.signOut().split(';')[0] },
    ] as Record<string, string>[];
    for (const headers of strange) expect(knows(headers), JSON.stringify(headers)).to.equal(false);
    expect(access.signIn('wrong')).to.equal(null);
    expect(access.signIn(TOKEN)).to.match(/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const secure = new Access({ host: '::1', token: TOKEN, publicUrl: 'https://automl.example/' });
    expect(secure.signIn(TOKEN)).to.match(/; Secure$/);
  });

  it('leads nowhere else after signing in', () => {
    expect(['/studies/a?b=c', '/'].map((path) => safePath(path))).to.deep.equal(['/studies/a?b=c', '/']);
    const elsewhere = [
      undefined,
      '',
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/a\r\nb',
      'javascript:1',
    ];
    expect(elsewhere.map((path) => safePath(path))).to.deep.equal(elsewhere.map(() => '/'));
  });
});

describe('serve with a token', () => {
  let root = '';
  const running: RunningServer[] = [];
  before(() => (root = mkdtempSync(join(tmpdir(), 'lrnn-access-'))));
  afterEach(async () => void (await Promise.all(running.splice(0).map((server) => server.close()))));
  after(() => rmSync(root, { recursive: true, force: true }));

  async function start(
    options: Partial<ServeOptions> = {},
  ): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
    const studies = new FakeStudies().add('done', makeStudy()).add('cut', makeStudy({ status: 'interrupted' }));
    const server = await serve({ reportsFolder: root, port: 0, studies, token: TOKEN, ...options });
    running.push(server);
    return (path, init) => fetch(server.url + path, { redirect: 'manual', ...init });
  }

  it('answers nothing but health, its style and the sign-in page to strangers', async () => {
    const ask = await start();
    const paths = [
      '/',
      '/new',
      '/studies/done',
      '/studies/done.json',
      '/studies/done/data',
      '/studies/done/report.html',
    ];
    paths.push('/studies/done/models/lrnn-2/download', '/studies/done/events', '/nothing');
    for (const path of paths) {
      const reply = await ask(path);
      expect([reply.status, reply.headers.get('www-authenticate')], path).to.deep.equal([401, 'Bearer']);
      expect(await reply.text(), path).not.to.include('Price');
      const page = await ask(path, { headers: { accept: 'text/html' } });
      expect([page.status, page.headers.get('location')], path).to.deep.equal([
        303,
        `/sign-in?next=${encodeURIComponent(path)}`,
      ]);
    }
    for (const path of ['/studies', '/studies/done/stop', '/studies/done/resume', '/studies/done/models/lrnn-2/try']) {
      expect((await ask(path, { method: 'POST' })).status, path).to.equal(401);
    }
    for (const path of ['/healthz', '/assets/style.css', '/sign-in'])
      expect((await ask(path)).status, path).to.equal(200);
    for (const path of paths.slice(0, 5)) expect((await ask(path, { headers: BEARER })).status, path).to.equal(200);
  });

  it('signs in on a page, goes where the visitor wanted, and signs out', async () => {
    const ask = await start();
    const signIn = (token: string): Promise<Response> =>
      ask('/sign-in', { method: 'POST', body: new URLSearchParams({ token, next: '/studies/done' }) });
    const wrong = await signIn('wrong');
    expect([wrong.status, wrong.headers.get('set-cookie')]).to.deep.equal([401, null]);
    expect(await wrong.text()).to.include('That is not the token of this server.');
    const right = await signIn(TOKEN);
    expect([right.status, right.headers.get('location')]).to.deep.equal([303, '/studies/done']);
    const cookie = right.headers.get('set-cookie')!.split(';')[0];
    expect((await ask('/studies/done', { headers: { cookie } })).status).to.equal(200);
    const out = await ask('/sign-out', { method: 'POST', headers: { cookie } });
    expect(out.headers.get('set-cookie')).to.match(/^lrnn_session=; .*Max-Age=0/);
  });

  it('only shows when it is read-only', async () => {
    const ask = await start({ token: undefined, readOnly: true });
    for (const path of ['/studies', '/studies/done/stop', '/studies/done/resume']) {
      expect((await ask(path, { method: 'POST' })).status, path).to.equal(403);
    }
    expect((await ask('/new')).status).to.equal(403);
    const forms = async (page: Promise<Response>): Promise<boolean> =>
      (await (await page).text()).includes('action="/studies/cut/resume"');
    expect(await forms(ask('/studies/cut')), 'what it would refuse is not offered').to.equal(false);
    expect(await forms((await start({ token: undefined }))('/studies/cut'))).to.equal(true);
    expect((await ask('/studies/done')).status).to.equal(200);
    const body = new URLSearchParams({ age: '3' });
    expect((await ask('/studies/done/models/lrnn-2/try', { method: 'POST', body })).status).to.equal(200);
  });

  it('tells others than this computer nothing of where its folder lies', async () => {
    const shared = await start({ publicUrl: 'https://automl.example' });
    expect(await (await shared('/', { headers: BEARER })).text()).not.to.include(root);
    const own = await start({ token: undefined });
    expect(await (await own('/')).text()).to.include(root);
  });

  it('takes forms of the pages that a proxy shows, and tells its keeper of every request', async () => {
    const lines: string[] = [];
    const ask = await start({ publicUrl: 'https://automl.example', onRequest: (line) => lines.push(line) });
    const post = (origin: string): Promise<Response> =>
      ask('/studies/done/stop', { method: 'POST', headers: { ...BEARER, origin } });
    expect((await post('https://automl.example')).status).to.equal(409);
    expect((await post('https://evil.example')).status).to.equal(403);
    expect(lines.map((line) => line.split(' ').slice(3, 6).join(' '))).to.deep.equal([
      'POST /studies/done/stop 409',
      'POST /studies/done/stop 403',
    ]);
    expect(lines.join()).not.to.include(TOKEN);
  });

  it('guards a served model in the same way', async () => {
    const server = await serveModel({ models: [{ name: null, path: MODEL }], port: 0, workers: 1, token: TOKEN });
    running.push(server);
    const predict = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${server.url}/v1/predict`, {
        method: 'POST',
        body: '[{"age":41}]',
        headers: { 'content-type': 'application/json', ...headers },
      });
    const refused = await predict({});
    expect([refused.status, refused.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer']);
    expect((await predict(BEARER)).status).to.equal(200);
    expect((await fetch(`${server.url}/healthz`)).status).to.equal(200);
    for (const path of ['/metrics', '/v1/schema', '/openapi.json']) {
      expect((await fetch(server.url + path)).status, path).to.equal(401);
    }
    const open = serveModel({ models: [{ name: null, path: MODEL }], port: 0, host: '0.0.0.0' });
    expect(await open.catch((error: Error) => error.message)).to.include('needs a token');
  });
});
