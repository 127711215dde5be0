import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { studyRecord } from '../../src/automl/index.js';
import { taskFor } from '../../src/core/index.js';
import { ASSETS_FOLDER, styleSheet } from '../../src/report/node.js';
import { openForWriting } from '../../src/run/index.js';
import type { RunningServer, ServeOptions } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { studiesIn } from '../../src/server/studies.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy } from '../support/studies.js';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** Sends the path as it is: no client may tidy it up first. */
function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {} } = options;
    const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('serve', () => {
  let root = '';
  let server: RunningServer;
  let studies: FakeStudies;
  let port = 0;
  const bugs: unknown[] = [];

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-serve-'));
    studies = new FakeStudies().add('done', makeStudy()).add('busy', makeStudy({ status: 'running', trials: 3 }));
    writeFileSync(join(root, 'secret.txt'), 'top hidden words');
    const reportsFolder = join(root, 'new', 'reports');
    server = await serve({ reportsFolder, port: 0, studies, onBug: (error) => bugs.push(error), pollMs: 5 });
    ({ port } = server);
  });

  after(async () => {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('listens on this computer only and says where', () => {
    expect(server.url).to.equal(`http://127.0.0.1:${port}`);
  });

  it('sends pages with headers that forbid everything foreign', async () => {
    const { status, headers } = await ask(port, '/');
    expect(status).to.equal(200);
    expect(headers['content-security-policy']).to.contain("default-src 'none'").and.not.to.contain('unsafe');
    expect(headers['x-content-type-options']).to.equal('nosniff');
    expect(headers).not.to.have.property('x-powered-by');
  });

  it('serves its own style, script and mark', async () => {
    for (const name of ['style.css', 'app.js', 'mark.svg']) {
      const { status, body, headers } = await ask(port, `/assets/${name}`);
      expect(status).to.equal(200);
      expect(body).to.equal(name === 'style.css' ? styleSheet() : readFileSync(join(ASSETS_FOLDER, name), 'utf8'));
      expect(headers['x-content-type-options']).to.equal('nosniff');
    }
  });

  it('serves no other file, however the path is written', async () => {
    const paths = [
      '/assets/',
      '/assets/../study.ejs',
      '/assets/%2e%2e/study.ejs',
      '/assets/..%2fstudy.ejs',
      '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
      '/assets/..\\study.ejs',
      '/assets/.hidden',
      '/studies/..%2f..%2fsecret.txt',
      '/studies/%2e%2e',
      '/studies/%2e%2e%2fsecret.txt',
      '/studies/%00',
      '/studies/done/models/..%2f..%2fsecret.txt/download',
      '/studies/%2e%2e/models/lrnn-2/download',
      '//etc/passwd',
      '/package.json',
    ];
    for (const path of paths) {
      const { status, body } = await ask(port, path);
      expect(status, path).to.be.oneOf([400, 403, 404]);
      expect(body, path).not.to.contain('top hidden').and.not.to.contain('"dependencies"').and.not.to.contain('<%');
    }
  });

  it('knows no study of a name that no file can have', async () => {
    for (const name of ['\u{1f4a9}'.repeat(100), 'x'.repeat(256), '車'.repeat(90)]) {
      expect((await ask(port, `/studies/${encodeURIComponent(name)}`)).status).to.equal(404);
    }
  });

  it('answers addresses that cannot be decoded with 400', async () => {
    expect((await ask(port, '/studies/%E0%A4%A')).status).to.equal(400);
  });

  it('answers with status and one sentence for what is not there', async () => {
    for (const path of ['/nothing', '/studies/none', '/studies/none/events', '/studies/none/models/x', '/studies']) {
      const { status, body } = await ask(port, path);
      expect(status, path).to.equal(404);
      expect(body).to.contain('<h1>Nothing here</h1>');
    }
  });

  it('refuses strange hosts and forms from strange pages', async () => {
    expect((await ask(port, '/', { headers: { host: 'evil.example' } })).status).to.equal(403);
    const headers = { origin: 'http://evil.example' };
    expect((await ask(port, '/studies/busy/stop', { method: 'POST', headers })).status).to.equal(403);
    expect((await ask(port, '/studies', { method: 'POST', headers })).status).to.equal(403);
    expect(studies.runs).to.be.empty;
  });

  it('tells health, JSON and the model file', async () => {
    expect((await ask(port, '/healthz')).body).to.equal('ok\n');
    const { body } = await ask(port, '/studies/done.json');
    expect(JSON.parse(body)).to.have.property('study', 'car-prices');
    const file = await ask(port, '/studies/done/models/lrnn-2/download');
    expect([file.body, file.headers['content-length']]).to.deep.equal(['weights of done lrnn-2', '22']);
    expect((await ask(port, '/studies/done', { method: 'HEAD' })).body).to.equal('');
  });

  it('answers 500 without a stack, and tells its keeper', async () => {
    const open = studies.open.bind(studies);
    studies.open = () => {
      throw new Error('our own fault');
    };
    const { status, body } = await ask(port, '/studies/done');
    studies.open = open;
    expect(status).to.equal(500);
    expect(body).not.to.contain('our own fault').and.not.to.contain('handlers');
    expect(String(bugs.pop())).to.contain('our own fault');
    expect(bugs).to.be.empty;
  });

  it('streams events, goes on from the last one seen, and ends with the run', async () => {
    const view = makeStudy({ trials: 2 });
    const events = makeEvents(view);
    studies.add('live', { ...view, status: 'running' }, events.slice(0, 3));
    const answer = ask(port, '/studies/live/events?after=1', { headers: { 'last-event-id': '2' } });
    setTimeout(() => events.slice(3).forEach((event) => studies.tell('live', event)), 30);
    const { status, headers, body } = await answer;
    expect([status, headers['content-type']]).to.deep.equal([200, 'text/event-stream; charset=utf-8']);
    const ids = [...body.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).to.deep.equal(events.map((_, i) => i + 1).slice(2));
    expect(body).to.contain('event: finished');
  });

  it('forgets a visitor who has left the stream', async () => {
    const before = studies.openReaders;
    await new Promise<void>((resolve) => {
      const sent = request({ port, host: '127.0.0.1', path: '/studies/busy/events', agent: false }, (response) => {
        response.once('data', () => {
          sent.destroy();
          resolve();
        });
      });
      sent.on('error', () => undefined);
      sent.end();
    });
    for (let i = 0; i < 200 && studies.openReaders > before; i++) await new Promise((done) => setTimeout(done, 5));
    expect(studies.openReaders).to.equal(before);
  });
});

describe('serve, before it listens', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lrnn-serve-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function refusal(options: Partial<ServeOptions>): Promise<string> {
    try {
      const running = await serve({ reportsFolder: root, port: 0, studies: new FakeStudies(), ...options });
      await running.close();
      return 'it listens';
    } catch (error) {
      expect(error).to.have.property('kind');
      return (error as Error).message;
    }
  }

  it('says which port is taken and what to do', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    expect(await refusal({ port })).to.equal(`serve: port must be free, got ${port}. Use --port for another one.`);
    await new Promise((done) => other.close(done));
  });

  it('refuses ports and hosts that cannot be', async () => {
    for (const port of [-1, 70_000, 1.5, NaN])
      expect(await refusal({ port })).to.contain('port: must be a whole number');
    expect(await refusal({ host: '203.0.113.9', noAuth: true })).to.contain(
      'serve: host must be an address of this computer',
    );
  });

  it('refuses a reports folder that is a file', async () => {
    writeFileSync(join(root, 'file'), '');
    expect(await refusal({ reportsFolder: join(root, 'file') })).to.contain('serve: reports folder must be a folder');
    expect(await refusal({ reportsFolder: join(root, 'file', 'x') })).to.contain(
      'serve: reports folder must be a folder',
    );
  });
});

describe('studiesIn', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lrnn-studies-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** A study that has begun and has no trial. */
  function writeStudy(folder: string): void {
    const { summary, schema, environment } = makeStudy();
    const storage = openForWriting(folder);
    const settings = {
      ...summary,
      task: taskFor(summary.task),
      name: 's',
      createdAt: 1,
      command: '',
      dataFile: '',
      dataSha256: '',
      schema,
      environment,
    };
    const rest = { folds: 5, holdout: 0, holdoutRows: 0, families: [], group: null, time: null, warnings: [] };
    studyRecord.setSettings(storage, { ...settings, ...rest });
    const budget = { trials: 1, timeBudgetMs: null };
    studyRecord.setProgress(storage, { status: 'interrupted', budget, seconds: 0, model: null });
    storage.close();
  }

  it('opens the studies of its folder, nothing outside, and no link that leads there', () => {
    const reports = join(root, 'reports');
    writeStudy(join(root, 'outside'));
    writeStudy(join(reports, 'inside'));
    mkdirSync(join(reports, 'empty'), { recursive: true });
    symlinkSync(join(root, 'outside'), join(reports, 'link'));
    mkdirSync(join(reports, 'file-link'));
    symlinkSync(join(root, 'outside', 'study.sqlite'), join(reports, 'file-link', 'study.sqlite'));
    const studies = studiesIn(reports);
    for (const name of ['link', 'file-link', '..', '../outside', 'empty', 'none', '', '.', 'inside/../../outside']) {
      expect(studies.open(name), name).to.be.null;
    }
    const reader = studies.open('inside');
    expect(reader?.view().status).to.equal('interrupted');
    reader?.close();
    expect(studies.list().map(({ name }) => name)).to.deep.equal(['inside']);
  });

  it('lists a damaged study as one', () => {
    writeStudy(join(root, 'good'));
    mkdirSync(join(root, 'bad'));
    const bytes = readFileSync(join(root, 'good', 'study.sqlite'));
    bytes[bytes.indexOf('"createdAt"') + 3] ^= 0x80;
    writeFileSync(join(root, 'bad', 'study.sqlite'), bytes);
    const studies = studiesIn(root);
    const found = studies.list().map(({ name, status, summary }) => [name, status, summary === null]);
    expect(found).to.deep.equal([
      ['bad', 'damaged', true],
      ['good', 'interrupted', false],
    ]);
    expect(() => studies.open('bad')).to.throw('It is damaged or cut short.');
  });
});
