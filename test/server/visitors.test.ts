import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { expect } from 'chai';

import type { RunningServer, ServeModelOptions, ServeOptions } from '../../src/server/index.js';
import { serve, serveModel } from '../../src/server/index.js';
import { Visitors } from '../../src/server/visitors.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy } from '../support/studies.js';

const MODEL = resolve(import.meta.dirname, '../export/fixtures/model-v2-binary.safetensors');
/** So long no test takes. */
const HOUR = 3_600_000;
/** Addresses of nobody. */
const [ANN, BOB] = ['203.0.113.7', '198.51.100.9'];

function from(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe('Visitors', () => {
  it('are told by the address that asks, whatever it says of another', () => {
    const visitors = new Visitors({});
    expect(visitors.addressOf(from(ANN, BOB))).to.equal(ANN);
    expect(visitors.addressOf(from('127.0.0.1', BOB))).to.equal('127.0.0.1');
    expect(visitors.addressOf(from(undefined))).to.equal('-');
  });

  it('are told by a proxy that is believed, which adds the last address itself', () => {
    const visitors = new Visitors({ trustProxies: ['loopback', '10.0.0.0/8'] });
    expect(visitors.addressOf(from('127.0.0.1', `${BOB}, ${ANN}`))).to.equal(ANN);
    expect(visitors.addressOf(from('127.0.0.1', `127.0.0.1, ${ANN}, 10.1.2.3`))).to.equal(ANN);
    expect(visitors.addressOf(from('::ffff:127.0.0.1', ANN))).to.equal(ANN);
    expect(visitors.addressOf(from(ANN, BOB))).to.equal(ANN);
    for (const nonsense of ['', 'unknown', `${ANN}:4711`, '"', 'x'.repeat(5000)])
      expect(visitors.addressOf(from('127.0.0.1', nonsense)), nonsense).to.equal('127.0.0.1');
  });

  it('are one for all addresses of an IPv6 network, and none at this computer', () => {
    const visitors = new Visitors({});
    expect(visitors.keyOf(from('2001:db8::1'))).to.equal(visitors.keyOf(from('2001:db8:0:ff:1:2:3:4')));
    expect(visitors.keyOf(from('2001:db8::1'))).not.to.equal(visitors.keyOf(from('2001:db8:1::1')));
    expect(visitors.keyOf(from(`::ffff:${ANN}`))).to.equal(ANN);
    for (const here of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
      expect(visitors.keyOf(from(here)), here).to.equal(null);
  });

  it('are not of this computer because a proxy names one of its addresses, which a visitor may have written', () => {
    const visitors = new Visitors({ trustProxies: ['loopback', 'uniquelocal'] });
    expect(visitors.keyOf(from('192.168.1.7', '127.0.0.1'))).to.equal('127.0.0.1');
    expect(visitors.keyOf(from('127.0.0.1', '127.0.0.1'))).to.equal('127.0.0.1');
    expect(visitors.keyOf(from('127.0.0.1'))).to.equal(null);
  });

  it('are sent away with the seconds to wait, and may ask again after them', async () => {
    const response = {} as Parameters<Visitors['admit']>[1];
    const admit = (visitors: Visitors): Promise<unknown> =>
      visitors.admit(from(ANN), response).then(
        () => null,
        (error: unknown) => error,
      );
    const slow = new Visitors({ rateLimit: 1 / 3600, rateWindowMs: HOUR });
    expect(await admit(slow)).to.equal(null);
    expect(await admit(slow)).to.include({ status: 429, retryAfter: 3600 });
    const quick = new Visitors({ rateLimit: 1, rateWindowMs: 40 });
    for (let i = 0; i < 3; i++) while ((await admit(quick)) !== null) await new Promise((done) => setTimeout(done, 5));
    for (const visitors of [slow, quick]) visitors.close();
  });

  it('refuse what is no address of a proxy, and no rate', () => {
    for (const proxy of ['proxy.example', '10.0.0.0/99', '*', ''])
      expect(() => new Visitors({ trustProxies: [proxy] }), proxy).to.throw('trust-proxy: must be addresses');
    expect(() => new Visitors({ rateLimit: -1 })).to.throw('rate-limit: must be a number of at least 0');
    expect(() => new Visitors({ rateLimit: NaN })).to.throw('rate-limit');
  });
});

interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly text: string;
}

describe('serve for many visitors', () => {
  const running: RunningServer[] = [];
  const lines: string[] = [];
  const common = { port: 0, onRequest: (line: string) => void lines.push(line) };
  const pages = async (options: Partial<ServeOptions> = {}): Promise<RunningServer> => {
    const view = makeStudy({ status: 'running', trials: 2 });
    const studies = new FakeStudies().add('s', view, makeEvents(view));
    const server = await serve({ reportsFolder: tmpdir(), studies, pollMs: 20, ...common, ...options });
    running.push(server);
    return server;
  };
  const models = async (options: Partial<ServeModelOptions> = {}): Promise<RunningServer> => {
    const server = await serveModel({ models: [{ name: null, path: MODEL }], workers: 1, ...common, ...options });
    running.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()));
  });

  const ask = ({ port }: RunningServer, path: string, visitor = ANN): Promise<Answer> =>
    new Promise((done, fail) => {
      const headers = { 'x-forwarded-for': visitor };
      const sent = request({ port, host: '127.0.0.1', path, headers, agent: false }, (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        const retryAfter = Number(reply.headers['retry-after']);
        reply.on('end', () => done({ status: reply.statusCode!, retryAfter, text }));
      });
      sent.on('error', fail).end();
    });
  const counts = async (answers: readonly Promise<Answer>[]): Promise<Record<number, number>> => {
    const all = await Promise.all(answers);
    return Object.fromEntries(
      [...new Set(all.map(({ status }) => status))].map((status) => {
        return [status, all.filter((answer) => answer.status === status).length];
      }),
    );
  };
  const times = (count: number, make: () => Promise<Answer>): Promise<Answer>[] => Array.from({ length: count }, make);

  for (const [what, start, path, probe] of [
    ['pages', pages, '/', '/healthz'],
    ['models', models, '/v1/models', '/livez'],
  ] as const) {
    it(`sends an address that asks for too many ${what} away for a while, and nobody else, nor a probe`, async () => {
      const server = await start({ trustProxies: ['loopback'], rateLimit: 2 / 60, rateWindowMs: HOUR });
      expect(await counts(times(130, () => ask(server, path)))).to.deep.equal({ 200: 120, 429: 10 });
      const refused = await ask(server, path);
      expect(refused.text).to.include('too many requests from one address. Wait a moment.');
      expect(refused.retryAfter).to.be.within(1, 3600);
      expect((await ask(server, path, BOB)).status).to.equal(200);
      expect((await ask(server, probe)).status).to.equal(200);
      expect(lines.at(-1)).to.match(new RegExp(` ${ANN} GET ${probe} 200 `));
    });
  }

  it('counts no requests of this computer, nor any where the limit is turned off', async () => {
    const [near, off] = [await pages({ rateLimit: 1 }), await pages({ trustProxies: ['loopback'], rateLimit: 0 })];
    expect(await counts(times(100, () => ask(near, '/healthz')))).to.deep.equal({ 200: 100 });
    expect(await counts(times(100, () => ask(near, '/new')))).to.deep.equal({ 200: 100 });
    expect(await counts(times(100, () => ask(off, '/new')))).to.deep.equal({ 200: 100 });
  });

  it('follows searches for a number of pages, for a fifth of them at one address, and gives places back', async () => {
    const server = await pages({ trustProxies: ['loopback'], maxStreams: 6 });
    const follow = (
      visitor: string | null,
    ): Promise<{ status: number; again: string | undefined; leave: () => Promise<void> }> =>
      new Promise((done, fail) => {
        const headers = visitor === null ? {} : { 'x-forwarded-for': visitor };
        const path = '/studies/s/events';
        const sent = request({ port: server.port, host: '127.0.0.1', path, headers, agent: false }, (reply) => {
          const leave = async (): Promise<void> => {
            const before = await openStreams();
            sent.destroy();
            while ((await openStreams()) === before) await new Promise((wait) => setTimeout(wait, 5));
          };
          done({ status: reply.resume().statusCode!, again: reply.headers['retry-after'], leave });
        });
        sent.on('error', fail).end();
      });
    const openStreams = async (): Promise<number> =>
      Number(/^lrnn_open_streams (\d+)$/m.exec((await ask(server, '/metrics')).text)![1]);

    const [first, second] = [await follow(ANN), await follow(ANN)];
    expect([first.status, second.status]).to.deep.equal([200, 200]);
    const third = await follow(ANN);
    expect([third.status, third.again]).to.deep.equal([429, '5']);
    expect((await follow(BOB)).status).to.equal(200);
    await second.leave();
    expect((await follow(ANN)).status).to.equal(200);
    // This computer has no share of its own, but a place it needs.
    const here = [await follow(null), await follow(null), await follow(null)];
    expect(here.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    const last = await follow('192.0.2.44');
    expect([last.status, last.again]).to.deep.equal([503, '5']);
    await here[0].leave();
    expect((await follow('192.0.2.44')).status).to.equal(200);
  });

  it('gives back the places of answers that wait behind another one when their connection ends', async () => {
    const server = await pages({ trustProxies: ['loopback'], maxStreams: 20 });
    const openStreams = async (): Promise<number> =>
      Number(/^lrnn_open_streams (\d+)$/m.exec((await ask(server, '/metrics')).text)![1]);
    const until = async (count: number): Promise<void> => {
      while ((await openStreams()) !== count) await new Promise((wait) => setTimeout(wait, 5));
    };
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`GET /studies/s/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`.repeat(4));
    await until(4);
    socket.destroy();
    await until(0);
  });
});
