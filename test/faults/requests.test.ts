import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve, serveModel } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeStudy } from '../support/studies.js';

/** Requests to each server; `npm run test:faults` sets it to what takes minutes. */
const COUNT = 10 * Number(process.env.FAULTS ?? 30);
const SEED = Number(process.env.TEST_SEED ?? 1);
const MODEL = resolve(import.meta.dirname, '../export/fixtures/model-v2-binary.safetensors');
/** Of processor time, for one request. */
const MOST_MS = 1000;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

const NAMES = ['age', 'city', 'note', 'joined', '__proto__', 'constructor', 'größe, cm', '', '\u0000', 'x'.repeat(300)];

/** Below it, values hold nothing. */
const DEEPEST = 5;

function anyValue(rng: Rng, depth = 0): unknown {
  const plain: unknown[] = [null, true, 0, -1, 1e308, 41, '', 'Rome', '1e999', '2020-02-30', '\ud800', 'é'.repeat(50)];
  const kind = rng.integer(depth >= DEEPEST ? 2 : 4);
  if (kind < 2) return plain[rng.integer(plain.length)];
  const items = Array.from({ length: rng.integer(5) }, () => anyValue(rng, depth + 1));
  return kind === 2 ? items : Object.fromEntries(items.map((item) => [pick(rng, NAMES), item]));
}

function pick<T>(rng: Rng, list: readonly T[]): T {
  return list[rng.integer(list.length)];
}

/** Some bytes are others, missing, or there twice. */
function damaged(bytes: Buffer, rng: Rng): Buffer {
  const changed = Buffer.from(bytes);
  for (let i = rng.integer(4); i > 0 && changed.length > 0; i--)
    changed[rng.integer(changed.length)] = rng.integer(256);
  const [from, to] = [rng.integer(changed.length + 1), rng.integer(changed.length + 1)];
  if (rng.integer(3) === 0) return changed.subarray(0, from);
  return rng.integer(3) === 0 ? Buffer.concat([changed.subarray(0, from), changed.subarray(to)]) : changed;
}

function anyRows(rng: Rng): unknown {
  const rows = Array.from({ length: rng.integer(4) }, () =>
    Object.fromEntries(Array.from({ length: rng.integer(6) }, () => [pick(rng, NAMES), anyValue(rng, 3)])),
  );
  return rng.integer(4) === 0 ? anyValue(rng) : rng.integer(2) === 0 ? { rows } : rows;
}

/** Sound in all but its cells, so that the cells get as far as the model. */
function plainForModel(rng: Rng): Asked {
  const cell = (): unknown => anyValue(rng, DEEPEST);
  const body = JSON.stringify([{ age: cell(), city: cell(), note: cell() }]);
  return {
    method: 'POST',
    path: '/v1/predict',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body),
  };
}

function forModel(rng: Rng): Asked {
  if (rng.integer(3) === 0) return plainForModel(rng);
  const paths = [
    '/v1/predict',
    '/v1/models/model-v2-binary/predict',
    '/v1/models/%00/predict',
    '/v1//predict',
    '/v1/schema',
  ];
  const types = ['application/json', 'application/json; charset=utf-16', 'text/csv', 'text/plain', '', 'constructor'];
  const accepts = ['*/*', 'text/csv', 'application/json;q=0', ';;,', 'image/png'];
  const isCsv = rng.integer(4) === 0;
  const plain = isCsv ? 'age,city\n41,Rome\n"x"",1\n,\n' : JSON.stringify(anyRows(rng));
  const body = rng.integer(2) === 0 ? Buffer.from(plain) : damaged(Buffer.from(plain), rng);
  const packing = pick(rng, ['', '', '', '', 'gzip', 'br', 'deflate', 'no such thing']);
  const isPacked = packing === 'gzip' && rng.integer(2) === 0;
  return {
    method: pick(rng, ['POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'HEAD', 'OPTIONS']),
    path: rng.integer(4) > 0 ? '/v1/predict' : pick(rng, paths) + pick(rng, ['', '?', '?explain', '?%ff=%', '#x']),
    headers: {
      'content-type': rng.integer(4) > 0 ? (isCsv ? 'text/csv' : 'application/json') : pick(rng, types),
      accept: pick(rng, accepts),
      ...(packing !== '' && { 'content-encoding': packing }),
    },
    body: isPacked ? gzipSync(body) : body,
  };
}

function forPages(rng: Rng): Asked {
  const names = [
    'done',
    'done.json',
    'other',
    '%00',
    '%ff',
    '..%2f..',
    '%F0%9F%92%A9'.repeat(60),
    '__proto__',
    'a%2Fb',
  ];
  const ends = [
    '',
    '/search',
    '/data',
    '/events',
    '/models/lrnn-2',
    '/models/constructor',
    '/models/lrnn-2/try',
    '/models/x/try',
  ];
  const queries = [
    '',
    '?trials=all',
    '?trials[]=1',
    '?%ff',
    '?a=1&a=2',
    `?${'x=1&'.repeat(200)}`,
    '?after=1e9',
    '?__proto__=1',
  ];
  const path = `/studies/${rng.integer(2) === 0 ? 'done' : pick(rng, names)}${pick(rng, ends)}${pick(rng, queries)}`;
  const isPost = path.includes('/try') && rng.integer(3) > 0;
  const fields = new URLSearchParams(
    Array.from({ length: rng.integer(5) }, (): [string, string] => [pick(rng, NAMES), String(anyValue(rng, 9))]),
  );
  return {
    method: isPost ? 'POST' : pick(rng, ['GET', 'GET', 'GET', 'HEAD', 'DELETE']),
    path,
    headers: isPost ? { 'content-type': 'application/x-www-form-urlencoded' } : { accept: 'text/html' },
    body: isPost ? damaged(Buffer.from(fields.toString()), rng) : null,
  };
}

/** The status; 0 for a stream, which is left at once, and where the connection ended without one. */
function ask(server: RunningServer, { method, path, headers, body }: Asked): Promise<number> {
  return new Promise((done) => {
    const sent = request({ port: server.port, host: '127.0.0.1', method, path, headers }, (reply) => {
      if (reply.headers['content-type'] === 'text/event-stream') {
        sent.destroy();
        return done(0);
      }
      reply.resume().once('close', () => done(reply.statusCode!));
    });
    sent.once('error', () => done(0));
    sent.end(body ?? undefined);
  });
}

describe('requests that make no sense', function () {
  this.timeout(60_000 + COUNT * 200);
  const bugs: unknown[] = [];
  const onBug = (error: unknown): void => void bugs.push(error);
  const servers: Record<string, { start: () => Promise<RunningServer>; make: (rng: Rng) => Asked }> = {
    'a server of models': {
      start: () => serveModel({ models: [{ name: null, path: MODEL }], workers: 1, port: 0, onBug }),
      make: forModel,
    },
    'a server of pages': {
      start: () =>
        serve({ reportsFolder: tmpdir(), studies: new FakeStudies().add('done', makeStudy()), port: 0, onBug }),
      make: forPages,
    },
  };
  for (const [what, { start, make }] of Object.entries(servers)) {
    it(`are answered by ${what}, never with 500 and never at the cost of a second`, async () => {
      const rng = new Rng(SEED);
      const server = await start();
      const statuses = new Map<number, number>();
      try {
        for (let i = 0; i < COUNT; i++) {
          const asked = make(rng);
          const before = process.cpuUsage();
          const status = await ask(server, asked);
          const { user, system } = process.cpuUsage(before);
          const said = `${asked.method} ${asked.path} ${asked.body?.toString('base64') ?? ''} (seed ${SEED}, request ${i})`;
          expect(status, said).to.not.equal(500);
          expect((user + system) / 1000, said).to.be.below(MOST_MS);
          expect(bugs, said).to.deep.equal([]);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
        // Else the requests would not reach what they are to try.
        expect(statuses.get(200)).to.be.above(COUNT / 20);
        expect((await fetch(`${server.url}/healthz`)).status).to.equal(200);
      } finally {
        await server.close();
      }
    });
  }
});
