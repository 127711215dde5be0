import type { IncomingHttpHeaders } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';

import { expect } from 'chai';

import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy } from '../support/studies.js';

const TOKEN = 'a-token-of-some-length';
const NAME = 'automl.example';
const running = makeStudy({ status: 'running', trials: 2 });

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a proxy does: the name that browsers see as Host, words of its own, and every piece as it comes. */
async function startProxy(target: () => RunningServer): Promise<{ port: number; close: () => Promise<unknown> }> {
  const proxy = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    const headers = { ...incoming.headers, host: NAME, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
    const passed = request({ port: target().port, host: '127.0.0.1', method, path: url, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode!, reply.headers);
      reply.on('data', (piece) => outgoing.write(piece)).on('end', () => outgoing.end());
    });
    outgoing.on('close', () => passed.destroy());
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const { port } = proxy.address() as AddressInfo;
  return {
    port,
    close: () => {
      proxy.closeAllConnections();
      return new Promise((done) => proxy.close(done));
    },
  };
}

describe('serve behind a proxy', () => {
  let server: RunningServer;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  const studies = new FakeStudies().add('s', running, makeEvents(running));
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> =>
    new Promise((done, fail) => {
      const sent = request({ port: proxy.port, host: '127.0.0.1', method, path, headers }, (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        reply.on('end', () => done({ status: reply.statusCode!, headers: reply.headers, text }));
      });
      sent.on('error', fail).end(body);
    });
  const bearer = { authorization: `Bearer ${TOKEN}` };
  before(async () => {
    proxy = await startProxy(() => server);
    server = await serve({
      reportsFolder: tmpdir(),
      studies,
      port: 0,
      pollMs: 20,
      token: TOKEN,
      publicUrl: `https://${NAME}`,
    });
  });
  after(async () => {
    await proxy.close();
    await server.close();
  });

  it('shows pages under the public name, and asks strangers to sign in', async () => {
    expect((await ask('GET', '/', { accept: 'text/html' })).headers.location).to.equal('/sign-in?next=%2F');
    const page = await ask('GET', '/', bearer);
    expect(page.status).to.equal(200);
    expect(page.text).to.include('href="/studies/s"').and.not.include(tmpdir());
  });

  it('takes forms of the public origin, and of no other, whatever the proxy is told to forward', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `token=${TOKEN}&next=%2F`;
    const own = await ask('POST', '/sign-in', { ...form, origin: `https://${NAME}` }, body);
    expect(own.status).to.equal(303);
    expect(String(own.headers['set-cookie'])).to.include('; Secure').and.include('HttpOnly');
    for (const origin of ['https://evil.example', 'http://127.0.0.1', 'null']) {
      const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '127.0.0.1' };
      const reply = await ask('POST', '/sign-in', { ...form, ...forwarded, origin }, body);
      expect(reply.status, origin).to.equal(403);
    }
  });

  it('sends events as they are written, through a proxy that waits for nothing', async () => {
    const first = await new Promise<{ headers: IncomingHttpHeaders; piece: string }>((done, fail) => {
      const path = '/studies/s/events';
      const sent = request({ port: proxy.port, host: '127.0.0.1', path, headers: bearer }, (reply) => {
        reply.setEncoding('utf8').once('data', (piece: string) => {
          done({ headers: reply.headers, piece });
          sent.destroy();
        });
      });
      sent.on('error', fail).end();
    });
    expect(first.piece).to.match(/^retry: \d+/);
    expect(first.headers['x-accel-buffering']).to.equal('no');
    expect(first.headers['content-length']).to.equal(undefined);
  });

  it('counts what it does, for those who may know', async () => {
    expect((await ask('GET', '/metrics')).status).to.equal(401);
    const { text, headers } = await ask('GET', '/metrics', bearer);
    expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
    expect(text).to.match(/^lrnn_page_requests_total\{status="200"\} [1-9]/m);
    expect(text).to.match(/^lrnn_page_seconds_bucket\{le="\+Inf"\} (\d+)\n.*\nlrnn_page_seconds_count \1$/m);
    expect(text).to.match(/^lrnn_running_searches 0$/m);
  });
});
