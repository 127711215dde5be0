import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng, ToolkitError } from '../../src/core/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { PREDICT_PREFIX } from '../../src/server/try.js';
import { FakeStudies } from '../support/fake-studies.js';
import { sendForm } from '../support/send-form.js';
import { makeStudy } from '../support/studies.js';

/** Uploads to each address in each way; `npm run test:faults` sets it to hundreds. */
const COUNT = process.env.FAULTS ? Math.ceil(Number(process.env.FAULTS) / 7) : 8;
const SEED = Number(process.env.TEST_SEED ?? 1);
const AT_ONCE = 8;
const PATIENCE_MS = 100;
const ADDRESSES = { pages: '/studies', 'predict-file': '/studies/done/models/lrnn-2/predict-file' };

const BOUNDARY = 'xyzzy';
const LINES = 'a,b\n' + '1,2\n'.repeat(50_000);
const FORM = [
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="target"\r\n\r\nb\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n${LINES}\r\n`,
  `--${BOUNDARY}--\r\n`,
].join('');

interface Way {
  /** What the head says of the body's length, where `end` bytes of it come. */
  readonly length: (end: number) => number;
  /** What the client does when these have left it. */
  readonly act: (socket: Socket) => void;
  /** Of the answer; nothing where the client has gone. */
  readonly answer: RegExp;
}

/** Who leaves hears nothing, or, where a busy machine let them go late, that they were silent. */
const LEFT = /^$|^HTTP\/1\.1 408 /;

const WAYS: Readonly<Record<string, Way>> = {
  abort: { length: () => FORM.length, act: (socket) => socket.destroy(), answer: LEFT },
  reset: { length: () => FORM.length, act: (socket) => socket.resetAndDestroy(), answer: LEFT },
  truncate: { length: (end) => end, act: () => undefined, answer: /^HTTP\/1\.1 4\d\d / },
  slow: { length: () => FORM.length, act: () => undefined, answer: /^HTTP\/1\.1 408 / },
};

describe('uploads that break off at a byte drawn by lot', function () {
  this.timeout(60_000 + COUNT * 8000);
  let [root, reports, temporary] = ['', '', ''];
  let server: RunningServer;
  const bugs: unknown[] = [];
  const before_ = process.env.TMPDIR;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-cuts-'));
    temporary = mkdtempSync(join(root, 'tmp-'));
    process.env.TMPDIR = temporary;
    reports = mkdtempSync(join(root, 'reports-'));
    const studies = new FakeStudies().add('done', makeStudy());
    const noSearch = new ToolkitError('data', { where: 'search', rule: 'none is made in this test' });
    studies.onStart = (run) => run.fail(noSearch);
    const onBug = (error: unknown): void => void bugs.push(error);
    server = await serve({ reportsFolder: reports, port: 0, studies, onBug, bodyPatienceMs: PATIENCE_MS });
  });
  after(async () => {
    await server.close();
    if (before_ === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before_;
    rmSync(root, { recursive: true, force: true });
  });

  /** Sends the form as far as `end`; resolves with all that the server says. */
  const send = (path: string, end: number, { length, act }: Way): Promise<string> =>
    sendForm({ port: server.port, path, boundary: BOUNDARY, sent: FORM.slice(0, end), length: length(end), then: act });

  const uploads = (): string[] => readdirSync(reports).filter((name) => name.startsWith('.upload-'));

  /** What is left of uploads in both folders; the server may take a moment to notice that somebody has gone. */
  async function leftovers(): Promise<string[]> {
    const find = (): string[] => [
      ...uploads(),
      ...readdirSync(temporary).filter((name) => name.startsWith(PREDICT_PREFIX)),
    ];
    for (let i = 0; i < 2000 && find().length > 0; i++) await new Promise((done) => setTimeout(done, 5));
    return find();
  }

  for (const [what, path] of Object.entries(ADDRESSES)) {
    for (const [name, way] of Object.entries(WAYS)) {
      it(`(${name}, ${what}) leave the server standing, get one sentence at most, and leave nothing behind`, async () => {
        const rng = new Rng(SEED);
        for (let i = 0; i < COUNT; i += AT_ONCE) {
          const ends = Array.from({ length: Math.min(AT_ONCE, COUNT - i) }, () => rng.integer(FORM.length - 4));
          const answers = await Promise.all(ends.map((end) => send(path, end, way)));
          for (const [j, answer] of answers.entries()) {
            expect(answer.slice(0, 40), `cut at ${ends[j]} (seed ${SEED})`).to.match(way.answer);
          }
        }
        expect(await leftovers()).to.deep.equal([]);
        expect((await fetch(`${server.url}/healthz`)).status).to.equal(200);
        expect(bugs).to.deep.equal([]);
      });
    }
  }

  it('would leave something behind if it were not taken away', async () => {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    const head = `POST /studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\n`;
    socket.write(`${head}Content-Length: ${FORM.length}\r\n\r\n${FORM.slice(0, 1000)}`, 'latin1');
    while (uploads().length === 0) await new Promise((done) => setTimeout(done, 1));
    socket.destroy();
    expect(await leftovers()).to.deep.equal([]);
  });
});
