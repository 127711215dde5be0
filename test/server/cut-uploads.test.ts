import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { MOST_KEPT } from '../../src/server/kept-uploads.js';
import { PREDICT_PREFIX } from '../../src/server/try.js';
import { UPLOAD_PREFIX } from '../../src/server/upload.js';
import { FakeStudies } from '../support/fake-studies.js';
import { sendForm } from '../support/send-form.js';
import { makeStudy } from '../support/studies.js';

const BOUNDARY = 'xyzzy';
const FORM = [
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="target"\r\n\r\nb\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na,b\n1,2\n\r\n`,
  `--${BOUNDARY}--\r\n`,
].join('');
const ROUTES = ['/studies', '/studies/done/models/lrnn-2/predict-file'];

/** What a client may do once it has sent a part of its form. */
const WAYS = {
  closes: (socket) => socket.destroy(),
  resets: (socket) => socket.resetAndDestroy(),
  'closes its half': (socket) => socket.end(),
} satisfies Record<string, (socket: Socket) => void>;

describe('uploads that break off', function () {
  this.timeout(120_000);
  let root = '';
  let server: RunningServer;
  const bugs: unknown[] = [];
  const predictFolders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(PREDICT_PREFIX));
  let others: string[] = [];

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-cut-'));
    others = predictFolders();
    const studies = new FakeStudies().add('done', makeStudy());
    const noSearch = new ToolkitError('data', { where: 'search', rule: 'none is made in this test' });
    studies.onStart = (run) => run.fail(noSearch);
    const onBug = (error: unknown): void => void bugs.push(error);
    server = await serve({ reportsFolder: root, port: 0, studies, onBug, bodyPatienceMs: 50 });
  });

  after(async () => {
    await server.close();
    expect(readdirSync(root), 'at the end nothing is kept').to.deep.equal([]);
    rmSync(root, { recursive: true, force: true });
  });

  /** Sends a form, or its beginning; resolves with what the server says before the connection ends. */
  const send = (path: string, sent: string, length: number, then?: (socket: Socket) => void): Promise<string> =>
    sendForm({ port: server.port, path, boundary: BOUNDARY, sent, length, ...(then && { then }) });

  /**
   * Nothing may be left of what was sent, but for whole forms that were refused: the last few of their files stay for whoever
   * mends them. The server may take a moment to notice.
   */
  async function expectNothingLeft(): Promise<void> {
    const ours = (): string[] => predictFolders().filter((name) => !others.includes(name));
    const left = (): string[] => [...readdirSync(root).filter((name) => !name.startsWith(UPLOAD_PREFIX)), ...ours()];
    const kept = (): number => readdirSync(root).filter((name) => name.startsWith(UPLOAD_PREFIX)).length;
    for (let i = 0; i < 400 && (left().length > 0 || kept() > MOST_KEPT); i++) {
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(left()).to.deep.equal([]);
    expect(kept()).to.be.at.most(MOST_KEPT);
    expect((await fetch(`${server.url}/healthz`)).status).to.equal(200);
    expect(bugs.splice(0)).to.deep.equal([]);
  }

  for (const [way, act] of Object.entries(WAYS)) {
    it(`leave the server standing and nothing behind when the client ${way} after any byte`, async () => {
      for (const path of ROUTES) {
        for (let start = 0; start < FORM.length; start += 40) {
          const ends = Array.from({ length: Math.min(40, FORM.length - start) }, (_, i) => start + i);
          await Promise.all(ends.map((end) => send(path, FORM.slice(0, end), FORM.length, act)));
        }
      }
      await expectNothingLeft();
    });
  }

  it('are answered with one sentence when the form itself ends at any byte', async () => {
    for (const path of ROUTES) {
      for (let end = 0; end < FORM.length - 4; end++) {
        const answer = await send(path, FORM.slice(0, end), end);
        expect(answer, `${path} ${end}`).to.match(/^HTTP\/1\.1 4\d\d /);
      }
    }
    await expectNothingLeft();
  });

  it('are answered when any byte of the form is another one', async () => {
    for (const path of ROUTES) {
      for (let at = 0; at < FORM.length; at++) {
        const form = FORM.slice(0, at) + '\0"\né'[at % 4] + FORM.slice(at + 1);
        expect(await send(path, form, FORM.length), `${path} ${at}`).to.match(/^HTTP\/1\.1 [24]\d\d /);
      }
    }
    await expectNothingLeft();
  });

  it('are cut off with 408 when they fall silent, and not while they are slow', async () => {
    for (const path of ROUTES) {
      for (const end of [0, 20, 150, FORM.length - 10]) {
        expect(await send(path, FORM.slice(0, end), FORM.length), `${path} ${end}`).to.match(/^HTTP\/1\.1 408 /);
      }
    }
    const drip = (socket: Socket): void => {
      let at = 0;
      const timer = setInterval(() => {
        if (at < FORM.length) return void socket.write(FORM[at++]);
        clearInterval(timer);
      }, 2);
    };
    // Three hundred bytes take many times the patience.
    expect(await send(ROUTES[1], '', FORM.length, drip)).to.match(/^HTTP\/1\.1 200 /);
    await expectNothingLeft();
  });
});
