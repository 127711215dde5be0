import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import { ClusterWatch } from '../../src/run/index.js';
import { Handlers } from '../../src/server/handlers.js';
import type { FileBody, Reply } from '../../src/server/http.js';
import { TakeAwayHandlers } from '../../src/server/take-away.js';
import { FakeStudies } from '../support/fake-studies.js';
import { HOSTILE, makeEvents, makeStudy } from '../support/studies.js';

const BOUNDARY = 'xyzzy';
const HEADERS = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

function formBody(fields: Record<string, string>, file = 'a,b\n1,2\n', fileName = 'cars.csv'): Readable {
  const head = (extra: string): string => `--${BOUNDARY}\r\nContent-Disposition: form-data; ${extra}\r\n\r\n`;
  const parts = Object.entries(fields).map(([name, value]) => `${head(`name="${name}"`)}${value}\r\n`);
  const filePart = `${head(`name="file"; filename="${fileName}"`)}${file}\r\n`;
  return Readable.from([Buffer.from(`${parts.join('')}${filePart}--${BOUNDARY}--\r\n`)]);
}

describe('handlers', () => {
  let folder = '';
  let studies: FakeStudies;
  let handlers: Handlers;
  let takeAway: TakeAwayHandlers;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-reports-'));
    studies = new FakeStudies().add('done', makeStudy()).add('busy', makeStudy({ status: 'running', trials: 4 }));
    handlers = new Handlers({ studies, reportsFolder: folder, maxUploadBytes: 1000, patienceMs: 30 });
    takeAway = new TakeAwayHandlers(handlers, studies);
  });

  afterEach(() => {
    expect(studies.openReaders, 'every reader is closed').to.equal(0);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the app does with a handler that throws. */
  async function reply(work: Promise<Reply>): Promise<Reply & { readonly text: string }> {
    const done = await work.catch((error: unknown) => handlers.error(error));
    return { ...done, text: typeof done.body === 'string' ? done.body : '' };
  }

  describe('reading', () => {
    it('has a form on its first page, unless it only shows', async () => {
      const only = new Handlers({ studies, reportsFolder: folder, maxUploadBytes: 1000, readOnly: true });
      const [open, shut] = [(await reply(handlers.home())).text, (await reply(only.home())).text];
      expect(open).to.contain('id="form-title"').and.to.contain('type="file"');
      expect(shut)
        .to.contain('href="/studies/done"')
        .and.not.to.contain('method="post"')
        .and.not.to.contain('href="/new"');
      for (const page of [
        only.study('done'),
        only.study('no such study').catch((error: unknown) => only.error(error)),
      ]) {
        expect((await page).body).to.not.contain('href="/new"');
      }
      studies.known.clear();
      expect((await reply(only.home())).text)
        .to.contain('class="welcome"')
        .and.not.to.contain('<form');
    });

    it('draws the list of studies once, and again when it is another one', async () => {
      const list = studies.list();
      studies.list = () => list;
      const first = await handlers.home();
      studies.known.clear();
      expect((await handlers.home()).body).to.equal(first.body);
      studies.list = () => [];
      expect((await handlers.home()).body).to.contain('class="welcome"');
    });

    it('lists studies and shows one', async () => {
      expect((await reply(handlers.home())).text).to.contain('href="/studies/done"');
      const { status, headers, text } = await reply(handlers.study('done'));
      expect([status, headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
      expect(text).to.contain('Leaderboard');
    });

    it('shows the machines of a search, whose names are text whatever they say, and has a place for those that come', async () => {
      const before = (await reply(handlers.study('busy', {}))).text;
      expect(before).to.contain('data-live="machines" hidden');
      const machine = { slots: 4, done: 1, elsewhere: 0, goneAt: null };
      const fit = { model: 'gbdt-7', family: 'gbdt' as const, fold: 2, startedAt: Date.now() };
      studies.machines = {
        at: Date.now(),
        workers: 2,
        slots: 8,
        list: [
          { ...machine, name: `${HOSTILE}:1`, fits: [fit] },
          { ...machine, name: 'lost:2', fits: [], goneAt: Date.now() - 5000 },
        ],
      };
      const { text } = await reply(handlers.study('busy', {}));
      expect(text).to.not.contain(HOSTILE).and.to.not.contain('data-live="machines" hidden');
      expect(text).to.contain('2 workers, 8 folds at once').and.to.contain('gbdt-7, fold 3');
      expect(text).to.match(/<li data-gone><span><bdi>lost:2<\/bdi>[\s\S]*gone for \d/);
      expect((await reply(handlers.study('done', {}))).text).to.not.contain('data-live="machines"');
    });

    it('gives the summary of a study as JSON, number for number', async () => {
      const { text, headers } = await reply(handlers.study('done.json'));
      expect(headers['content-type']).to.equal('application/json; charset=utf-8');
      expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(makeStudy().summary)));
    });

    it('shows the page of a study whose own name ends in .json', async () => {
      studies.add('odd.json', makeStudy());
      expect((await reply(handlers.study('odd.json'))).headers['content-type']).to.contain('text/html');
      expect((await reply(handlers.study('odd.json.json'))).headers['content-type']).to.contain('application/json');
    });

    it('answers 404 for what is not there, and shows the name as text', async () => {
      for (const name of ['none', 'none.json', '', '..', '../done', '.hidden', 'a/b', 'a\u0000', HOSTILE]) {
        const { status, text } = await reply(handlers.study(name));
        expect(status, name).to.equal(404);
        expect(text).not.to.contain('<img src=x');
      }
      expect((await reply(handlers.model('none', 'lrnn-2'))).status).to.equal(404);
      expect((await reply(handlers.model('done', 'lrnn-99'))).status).to.equal(404);
      expect((await reply(handlers.model('busy', 'ensemble'))).status).to.equal(404);
      expect((await reply(handlers.model('done', 'xgboost-10'))).status, 'a failed trial').to.equal(404);
      expect((await reply(takeAway.download('done', '../x', undefined))).status).to.equal(404);
      expect(() => handlers.liveSource('none')).to.throw('study: there is none with this name');
    });

    it('never asks the disk for a name that is no folder name', async () => {
      const asked: string[] = [];
      const open = studies.open.bind(studies);
      studies.open = (name) => (asked.push(name), open(name));
      for (const name of ['..', '../done', '.git', 'a/b', 'a\\b', '']) await reply(handlers.study(name));
      expect(asked).to.deep.equal([]);
    });

    it('answers 500 without any inside for a fault of ours', async () => {
      studies.open = () => {
        throw new Error('secret /home/me/study.sqlite');
      };
      const { status, text } = await reply(handlers.study('done'));
      expect(status).to.equal(500);
      expect(text).not.to.contain('secret').and.not.to.contain('.ts:');
    });

    it('draws the page of a finished study once, and a running one each time', async () => {
      let views = 0;
      const open = studies.open.bind(studies);
      studies.open = (name) => {
        const reader = open(name);
        return reader && { ...reader, view: () => (views++, reader.view()) };
      };
      for (let i = 0; i < 3; i++) await reply(handlers.study('done'));
      expect(views).to.equal(1);
      for (let i = 0; i < 3; i++) await reply(handlers.study('busy'));
      expect(views).to.equal(4);
    });

    it('draws a finished study again when it was resumed', async () => {
      const before = await reply(handlers.study('done'));
      const view = makeStudy({ trials: 20 });
      studies.known.get('done')!.view = view;
      studies.tell('done', makeEvents(view).at(-1)!);
      expect((await reply(handlers.study('done'))).text).not.to.equal(before.text);
    });

    it('shows the models of a study', async () => {
      for (const model of ['ensemble', 'lrnn-2', 'dummy-0']) {
        expect((await reply(handlers.model('done', model))).text, model).to.contain(`<h1>${model}</h1>`);
      }
    });
  });

  describe('download', () => {
    it('sends the model file under a name for the disk, and leaves nothing behind', async () => {
      const { status, headers, body } = await reply(takeAway.download('done', 'lrnn-2', undefined));
      const { file, cleanUp } = body as FileBody;
      expect(status).to.equal(200);
      expect(headers['content-disposition']).to.equal(
        `attachment; filename="done-lrnn-2.safetensors"; filename*=UTF-8''done-lrnn-2.safetensors`,
      );
      expect(readFileSync(file, 'utf8')).to.equal('weights of done lrnn-2');
      await cleanUp();
      expect(existsSync(file)).to.be.false;
    });

    it('keeps names in other scripts and quotes out of the header', async () => {
      studies.add('Größe "1"\r\n', makeStudy());
      studies.add('Größe "1"', makeStudy());
      const { headers, body } = await reply(takeAway.download('Größe "1"', 'lrnn-2', undefined));
      expect(headers['content-disposition']).to.equal(
        `attachment; filename="Gr__e-1--lrnn-2.safetensors"; filename*=UTF-8''Gr%C3%B6%C3%9Fe-1--lrnn-2.safetensors`,
      );
      await (body as FileBody).cleanUp();
      expect((await reply(takeAway.download('Größe "1"\r\n', 'lrnn-2', undefined))).status).to.equal(404);
    });

    it('sends a model in every format under its own ending, and refuses others', async () => {
      for (const [format, ending, text] of [
        ['onnx', 'onnx', 'weights of done lrnn-2'],
        ['js', 'mjs', 'weights of done lrnn-2'],
        ['types', 'd.mts', 'types of done lrnn-2'],
      ]) {
        const { headers, body } = await reply(takeAway.download('done', 'lrnn-2', format));
        expect(headers['content-disposition']).to.contain(`filename="done-lrnn-2.${ending}"`);
        expect(readFileSync((body as FileBody).file, 'utf8')).to.equal(text);
        await (body as FileBody).cleanUp();
      }
      for (const format of ['toString', 'html', '', HOSTILE]) {
        const { status, text } = await reply(takeAway.download('done', 'lrnn-2', format));
        expect(status, format).to.equal(400);
        expect(text).to.contain('format must be safetensors, onnx, js or types').and.not.to.contain('<img src=x');
      }
    });

    it('says in a sentence why a model cannot be had', async () => {
      const { status, text } = await reply(takeAway.download('done', 'dummy-0', undefined));
      expect(status).to.equal(409);
      expect(text).to.contain('export: must have a finished model');
    });
  });

  describe('start', () => {
    /** What is in the folder besides files that are kept for the form. */
    const shown = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('.upload-'));

    it('stores the file, starts a search with the options of the form and leads to its page', async () => {
      studies.onStart = ({ begin, emit }) => {
        begin(makeStudy({ status: 'running' }));
        emit(makeEvents(makeStudy())[1]);
      };
      const done = await reply(
        handlers.start(formBody({ target: 'b', budget: 'trials', trials: '9', seed: '4' }), HEADERS),
      );
      expect([done.status, done.headers.location]).to.deep.equal([303, '/studies/cars']);
      const { options } = studies.runs[0];
      expect(options).to.deep.include({ target: 'b', trials: 9, seed: 4, out: join(folder, 'cars') });
      expect(readFileSync(options.data as string, 'utf8')).to.equal('a,b\n1,2\n');
      expect(readdirSync(folder)).to.deep.equal(['cars']);
      expect((await reply(handlers.study('cars'))).text).to.contain('action="/studies/cars/stop"');
    });

    it('shows a page that waits while the file is still being read', async () => {
      studies.onStart = ({ emit }) => emit({ type: 'phase', phase: 'reading' });
      expect((await reply(handlers.start(formBody({ target: 'b' }), HEADERS))).status).to.equal(303);
      const { status, text } = await reply(handlers.study('cars'));
      expect(status).to.equal(200);
      expect(text).to.contain('Reading the file').and.to.contain('data-events="/studies/cars/events?after=0"');
      expect(handlers.liveSource('cars').isOwn()).to.be.true;
    });

    it('brings the form back with the sentence, the fields and the file when the data is bad, and leaves no study', async () => {
      const parts = { where: 'target', rule: 'must be a column of cars.csv', got: 'zz' };
      studies.onStart = ({ fail }) => fail(new ToolkitError('data', parts));
      const { status, text } = await reply(handlers.start(formBody({ target: 'zz', name: 'mine' }), HEADERS));
      expect(status).to.equal(422);
      expect(text).to.contain('target: must be a column of cars.csv, got &#34;zz&#34;.').and.to.contain('value="mine"');
      expect(text)
        .to.contain('<strong>cars.csv</strong> is here already')
        .and.to.match(/name="upload" value="[\w-]{36}"/);
      expect(shown()).to.deep.equal([]);
      expect((await reply(handlers.study('mine'))).status).to.equal(404);
    });

    it('tells of a failure that comes after the browser was sent to the page', async () => {
      await reply(handlers.start(formBody({ target: 'b' }), HEADERS));
      studies.runs[0].fail(new ToolkitError('data', { where: 'csv', rule: 'must have two classes' }));
      await new Promise(setImmediate);
      const { status, text } = await reply(handlers.study('cars'));
      expect(status).to.equal(422);
      expect(text).to.contain('csv: must have two classes.');
      expect(handlers.liveSource('cars').failure()).to.equal('csv: must have two classes.');
    });

    it('refuses wrong fields, large files and taken names with their status, and starts nothing', async () => {
      const send = (fields: Record<string, string>, file?: string): Promise<Reply & { text: string }> =>
        reply(handlers.start(formBody(fields, file), HEADERS));
      expect((await send({ target: '' })).status).to.equal(400);
      expect((await send({ target: 'b', budget: 'time', time: 'x' })).status).to.equal(400);
      expect((await send({ target: 'b' }, 'x'.repeat(2000))).status).to.equal(413);
      expect(studies.runs).to.be.empty;
      expect(shown()).to.deep.equal([]);
      await send({ target: 'b', name: 'mine' });
      studies.runs[0].finish(makeStudy().summary);
      await new Promise(setImmediate);
      expect((await send({ target: 'b', name: 'mine' })).status).to.equal(409);
      expect(studies.runs).to.have.length(1);
    });

    it('hands a search to the cluster where the form says so, and says what there is, but no password', async () => {
      const watch = new ClusterWatch(
        { redis: 'redis://ann:secret@here:6379/2' },
        {
          count: async () => ({ workers: 3, slots: 12 }),
        },
      );
      const options = { studies, reportsFolder: folder, maxUploadBytes: 1000, patienceMs: 30 };
      const shared = new Handlers({ ...options, cluster: watch });
      const form = (await reply(shared.newSearch())).text;
      expect(form).to.contain('The cluster: 3 workers, 12 folds at once.').and.to.not.contain('secret');
      expect((await reply(handlers.newSearch())).text).to.not.contain('name="place"');
      await reply(shared.start(formBody({ target: 'a', place: 'cluster' }), HEADERS));
      expect(studies.runs.at(-1)!.options.redis).to.equal('redis://ann:secret@here:6379/2');
      expect(studies.runs.at(-1)!.options.shared).to.equal(undefined);
      studies.runs.at(-1)!.fail(new ToolkitError('state', { where: 'redis://here:6379/2', rule: 'must be running' }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await reply(shared.start(formBody({ target: 'a', place: 'here', name: 'own' }), HEADERS));
      expect(studies.runs.at(-1)!.options.redis).to.equal(undefined);
      const refused = await reply(handlers.start(formBody({ target: 'a', place: 'cluster', name: 'third' }), HEADERS));
      expect(refused.status).to.equal(400);
      expect(refused.text).to.contain('place: must be here: this server has no cluster');
    });

    it('goes on over the Redis and the folder of the server only, with its password', async () => {
      const watch = new ClusterWatch({ redis: 'redis://ann:secret@here:6379', shared: '/mnt/shared' });
      studies.resumeShared = '/etc';
      const options = { studies, reportsFolder: folder, maxUploadBytes: 1000, patienceMs: 30 };
      const shared = new Handlers({ ...options, cluster: watch });
      studies.resumeRedis = 'redis://elsewhere:6379';
      for (const one of [handlers, shared]) {
        const refused = await reply(one.resume('done'));
        expect(refused.status).to.equal(409);
        expect(refused.text).to.contain('goes on over the Redis it began with').and.to.not.contain('secret');
      }
      expect(studies.runs).to.deep.equal([]);
      studies.resumeRedis = 'redis://ann@here:6379';
      await reply(shared.resume('done'));
      expect(studies.runs.at(-1)!.options).to.include({ redis: 'redis://ann:secret@here:6379', shared: '/mnt/shared' });
    });

    it('runs one search at a time, and the next one by itself when it has ended', async () => {
      await reply(handlers.start(formBody({ target: 'b' }), HEADERS));
      const second = await reply(handlers.start(formBody({ target: 'b', seed: '7' }), HEADERS));
      expect([second.status, second.headers.location]).to.deep.equal([303, '/studies/cars-2']);
      expect(studies.runs).to.have.length(1);
      expect((await reply(handlers.study('cars-2'))).text).to.contain('place 1 in the queue');
      expect((await reply(handlers.home())).text)
        .to.contain('Waiting')
        .and.to.contain('/studies/cars-2/queue/delete');
      studies.runs[0].finish(makeStudy().summary);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(studies.runs.map(({ options }) => options.out)).to.deep.equal([
        join(folder, 'cars'),
        join(folder, 'cars-2'),
      ]);
      expect(studies.runs[1].options.seed).to.equal(7);
      expect((await reply(handlers.home())).text).not.to.contain('queue/delete');
    });
  });

  describe('stop', () => {
    it('stops a search of this server and leads back to its page', async () => {
      studies.onStart = ({ begin, emit }) => {
        begin(makeStudy({ status: 'running' }));
        emit(makeEvents(makeStudy())[1]);
      };
      await reply(handlers.start(formBody({ target: 'b' }), HEADERS));
      const { status, headers } = await reply(handlers.stop('cars'));
      expect([status, headers.location]).to.deep.equal([303, '/studies/cars']);
      expect(studies.runs[0].wasStopped).to.be.true;
      await new Promise(setImmediate);
      expect((await reply(handlers.stop('cars'))).status).to.equal(409);
    });

    it('says that it cannot stop what another process runs', async () => {
      const { status, text } = await reply(handlers.stop('busy'));
      expect(status).to.equal(409);
      expect(text).to.contain('Only the process that runs a search can stop it.');
      expect((await reply(handlers.stop('none'))).status).to.equal(404);
    });

    it('says so when a search is stopped before it has begun', async () => {
      await reply(handlers.start(formBody({ target: 'b' }), HEADERS));
      await reply(handlers.stop('cars'));
      await new Promise(setImmediate);
      const { status, text } = await reply(handlers.study('cars'));
      expect(status).to.equal(409);
      expect(text).to.contain('search: it was stopped before its first trial');
    });

    it('stops everything at the end', async () => {
      await reply(handlers.start(formBody({ target: 'b' }), HEADERS));
      await handlers.runs.close();
      expect(studies.runs[0].wasStopped).to.be.true;
    });
  });
});
