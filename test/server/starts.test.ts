import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import { studyRecord } from '../../src/automl/index.js';
import { ToolkitError } from '../../src/core/index.js';
import { searchLook } from '../../src/report/index.js';
import { createSqliteStorage, lockFile } from '../../src/search/node.js';
import { readForm } from '../../src/server/form.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import type { FakeRun } from '../support/fake-studies.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy } from '../support/studies.js';

describe('starting a search from the form', () => {
  let folder = '';
  let server: RunningServer;
  let studies: FakeStudies;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-starts-'));
    studies = new FakeStudies();
    server = await serve({ reportsFolder: folder, port: 0, studies });
  });

  afterEach(async () => {
    await server.close();
    expect(
      readdirSync(folder).filter((name) => name.startsWith('.upload-')),
      'nothing is kept',
    ).to.deep.equal([]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function send(
    fields: Record<string, string>,
    file: string | null,
  ): Promise<{ status: number; text: string; location: string | null }> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    if (file !== null) body.set('file', new Blob([file]), 'cars.csv');
    const response = await fetch(`${server.url}/studies`, { method: 'POST', body, redirect: 'manual' });
    return { status: response.status, text: await response.text(), location: response.headers.get('location') };
  }
  const idIn = (text: string): string => /name="upload" value="([\w-]+)"/.exec(text)![1];

  it('shows what would be understood, starts nothing, and then starts with the file and the kinds that were said', async () => {
    const looked = await send({ target: 'Price', step: 'look', 'kind:Mileage': 'categorical' }, 'a,b\n1,2\n');
    expect(looked.status).to.equal(200);
    expect(studies.runs).to.deep.equal([]);
    expect(studies.inspected[0].types).to.deep.include({ Mileage: 'categorical' });
    expect(looked.text).to.contain('What would be understood').and.to.contain('a warning').and.to.contain('&lt;b&gt;');
    expect(looked.text).to.match(/<select name="kind:Mileage"[^]*?<option value="categorical" selected>/);
    const id = idIn(looked.text);
    const started = await send({ target: 'Price', upload: id, 'kind:Mileage': 'text', 'kind:Make': 'ignored' }, null);
    expect([started.status, started.location]).to.deep.equal([303, '/studies/cars']);
    const { options } = studies.runs[0];
    expect(readFileSync(options.data as string, 'utf8')).to.equal('a,b\n1,2\n');
    expect({ ...options.types }).to.deep.equal({ Mileage: 'text' });
    expect(options.ignore).to.deep.equal(['Make']);
    expect((await send({ target: 'Price', upload: id }, null)).status, 'it is used up').to.equal(400);
  });

  it('keeps the file whenever it refuses, until it starts or another one comes', async () => {
    const refused = await send({ target: '' }, 'a\n1\n');
    expect(refused.status).to.equal(400);
    const id = idIn(refused.text);
    const again = await send({ target: 'Price', upload: id, folds: 'x' }, null);
    expect([again.status, idIn(again.text)]).to.deep.equal([400, id]);
    const other = await send({ target: 'Price', upload: id, step: 'look' }, 'other\n2\n');
    expect(idIn(other.text)).not.to.equal(id);
    studies.onStart = ({ fail }) => fail(new ToolkitError('data', { where: 'csv', rule: 'must have rows' }));
    const failed = await send({ target: 'Price', upload: idIn(other.text) }, null);
    expect([failed.status, failed.text.includes('csv: must have rows')]).to.deep.equal([422, true]);
    studies.onStart = ({ begin, finish }) => {
      begin(makeStudy());
      finish(makeStudy().summary);
    };
    const done = await send({ target: 'Price', upload: idIn(failed.text) }, null);
    expect(done.status).to.equal(303);
    expect(readFileSync(studies.runs.at(-1)!.options.data as string, 'utf8')).to.equal('other\n2\n');
  });

  it('refuses a look at a column that is not there, and a file that nobody kept', async () => {
    const refused = await send({ target: 'zz', step: 'look' }, 'a\n1\n');
    expect([refused.status, refused.text.includes('target: must be a column')]).to.deep.equal([422, true]);
    for (const upload of ['', 'guess', '../../etc/passwd', '__proto__']) {
      expect((await send({ target: 'Price', upload }, null)).status, upload).to.equal(400);
    }
  });

  it('queues searches, whose order can be changed, and which can be taken out', async () => {
    await send({ target: 'Price', name: 'one' }, 'a\n1\n');
    for (const name of ['two', 'three', 'four']) await send({ target: 'Price', name }, 'a\n1\n');
    const post = (path: string): Promise<Response> => fetch(server.url + path, { method: 'POST', redirect: 'manual' });
    const waiting = async (): Promise<string[]> => {
      const text = await (await fetch(server.url)).text();
      const queue = /<ol>[^]*?<\/ol>/.exec(text)?.[0] ?? '';
      return [...queue.matchAll(/\/studies\/(\w+)\/queue\/delete/g)].map(([, name]) => name);
    };
    studies.add('old', makeStudy());
    expect(await waiting()).to.deep.equal(['two', 'three', 'four']);
    expect((await post('/studies/four/queue/up')).status).to.equal(303);
    expect(await waiting()).to.deep.equal(['two', 'four', 'three']);
    expect((await post('/studies/two/queue/delete')).status).to.equal(303);
    expect(readdirSync(folder).sort()).to.deep.equal(['four', 'one', 'three']);
    expect((await post('/studies/two/queue/delete')).status).to.equal(404);
    studies.runs[0].fail(new Error('it broke'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(studies.runs.map(({ options }) => options.out?.split('/').at(-1))).to.deep.equal(['one', 'four']);
    expect(await waiting()).to.deep.equal(['three']);
  });

  it('refuses at once what cannot be searched while another runs, keeps its file and frees its name', async () => {
    await send({ target: 'Price', name: 'one' }, 'a\n1\n');
    const refused = await send({ target: 'zz', name: 'two', 'kind:Make': 'ignored' }, 'b\n1\n');
    expect([refused.status, refused.text.includes('target: must be a column')]).to.deep.equal([422, true]);
    expect(refused.text, 'what was said of kinds stays').to.match(
      /<select name="kind:Make">[^]*?<option value="ignored" selected>/,
    );
    expect(readdirSync(folder)).not.to.include('two');
    const mended = await send({ target: 'Price', name: 'two', upload: idIn(refused.text) }, null);
    expect([mended.status, mended.location]).to.deep.equal([303, '/studies/two']);
    const home = await (await fetch(server.url)).text();
    expect(home, 'shown where there is no study yet').to.contain('/studies/two/queue/delete');
  });

  it('lets eight wait, and asks the ninth to come again, with its file', async () => {
    await send({ target: 'Price', name: 'runs' }, 'a\n1\n');
    for (let i = 1; i <= 8; i++)
      expect((await send({ target: 'Price', name: `w${i}` }, 'a\n1\n')).status).to.equal(303);
    const refused = await send({ target: 'Price', name: 'w9' }, 'a\n1\n');
    expect([refused.status, refused.text.includes('search: at most 8 may wait')]).to.deep.equal([409, true]);
    expect(readdirSync(folder)).not.to.include('w9');
    await fetch(`${server.url}/studies/w3/queue/delete`, { method: 'POST', redirect: 'manual' });
    expect((await send({ target: 'Price', name: 'w9', upload: idIn(refused.text) }, null)).status).to.equal(303);
  });
});

describe('searches that have not begun', () => {
  let folder = '';
  let studies: FakeStudies;
  let servers: RunningServer[];
  const said: string[] = [];
  const open = async (): Promise<RunningServer> => {
    const onNotice = (sentence: string): void => void said.push(sentence);
    const server = await serve({ reportsFolder: folder, port: 0, studies, onNotice });
    servers.push(server);
    return server;
  };
  const send = async (server: RunningServer, name: string, more: Record<string, string> = {}): Promise<number> => {
    const body = new FormData();
    for (const [key, value] of Object.entries({ target: 'Price', name, ...more })) body.set(key, value);
    body.set('file', new Blob([`${name}\n1\n`]), 'cars.csv');
    return (await fetch(`${server.url}/studies`, { method: 'POST', body, redirect: 'manual' })).status;
  };
  const post = async (server: RunningServer, path: string): Promise<[number, string | null]> => {
    const { status, headers } = await fetch(server.url + path, { method: 'POST', redirect: 'manual' });
    return [status, headers.get('location')];
  };
  const home = async (server: RunningServer): Promise<string> => (await fetch(server.url)).text();
  const listed = async (server: RunningServer): Promise<[string, string][]> =>
    [...(await home(server)).matchAll(/<strong>([\w<]+)<\/strong> <span class="quiet">([^<]*)<\/span>/g)].map(
      ([, name, reason]) => [name, reason],
    );
  const begins = ({ begin, emit }: FakeRun): void => {
    const view = makeStudy();
    begin(view);
    emit(makeEvents(view).find(({ type }) => type === 'started')!);
  };
  const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-parked-'));
    studies = new FakeStudies();
    servers = [];
    said.length = 0;
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('outlive their server, which says so, and are listed by the next one, which starts what it is told to', async () => {
    const first = await open();
    studies.onStart = begins;
    await send(first, 'one');
    await send(first, 'two', { 'kind:__proto__': 'text', folds: '3', models: 'linear,dummy' });
    await send(first, 'three');
    const second = await open();
    expect(await listed(second), 'the first one lives').to.deep.equal([]);
    await first.close();
    expect(said.join()).to.contain('2 searches wait and are not started: two, three.');
    const third = await open();
    const reason = 'The server ended before its turn came.';
    expect(await listed(third)).to.deep.equal([
      ['three', reason],
      ['two', reason],
    ]);
    expect(studies.runs, 'none starts by itself').to.have.length(1);
    const shown = await fetch(`${third.url}/studies/two`);
    expect([shown.status, (await shown.text()).includes('must have been started')]).to.deep.equal([409, true]);
    expect(await post(third, '/studies/two/queue/start')).to.deep.equal([303, '/studies/two']);
    const { options } = studies.runs[1];
    expect([options.target, options.folds, options.models]).to.deep.equal(['Price', 3, ['linear', 'dummy']]);
    expect(Object.entries(options.types!)).to.deep.equal([['__proto__', 'text']]);
    expect(readFileSync(options.data as string, 'utf8')).to.equal('two\n1\n');
    expect(await post(third, '/studies/three/queue/start'), 'it waits its turn').to.deep.equal([303, '/studies/three']);
    expect(await home(third))
      .to.contain('Waiting')
      .and.not.to.contain('Not started');
    expect(readdirSync(join(folder, 'two')), 'nothing of it is left').to.deep.equal(['cars.csv']);
  });

  it('are listed with their reason where they could not begin, and go with their table when they are deleted', async () => {
    const server = await open();
    await send(server, 'one');
    await send(server, 'two');
    studies.onStart = ({ fail }) => fail(new ToolkitError('data', { where: 'csv', rule: 'must have <rows>' }));
    studies.runs[0].fail(new Error('it broke'));
    await soon();
    const wrong = 'The request could not be answered. The terminal of the server says more.';
    expect(await listed(server)).to.deep.equal([
      ['one', wrong],
      ['two', 'csv: must have &lt;rows&gt;.'],
    ]);
    expect(await post(server, '/studies/two/queue/start'), 'for the same reason').to.deep.equal([422, null]);
    expect((await listed(server)).map(([name]) => name)).to.deep.equal(['one', 'two']);
    await server.close();
    const next = await open();
    expect((await listed(next))[1]).to.deep.equal(['two', 'csv: must have &lt;rows&gt;.']);
    expect(await post(next, '/studies/two/queue/delete')).to.deep.equal([303, '/']);
    expect(readdirSync(folder)).to.deep.equal(['one']);
    expect((await post(next, '/studies/two/queue/start'))[0]).to.equal(404);
    expect(await send(next, 'two'), 'its name is free').to.equal(422);
  });

  const fine = { version: 1, fields: [['target', 'Price']], file: 'cars.csv', reason: null };
  const park = (name: string, said: unknown): string => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'cars.csv'), 'a\n1\n');
    writeFileSync(join(folder, name, 'waiting.json'), typeof said === 'string' ? said : JSON.stringify(said));
    return join(folder, name);
  };
  /** A study of the real kind, whether or not it has begun. */
  const study = (at: string, hasBegun = true): void => {
    const storage = createSqliteStorage(join(at, 'study.sqlite'));
    if (hasBegun) studyRecord.setSettings(storage, {} as StudySettings);
    storage.close();
  };

  it('never go with a study that has begun in their folder since they were listed', async () => {
    const server = await open();
    const made = { one: study, several: (at: string) => writeFileSync(join(at, 'targets.json'), '{"targets":[]}') };
    for (const action of ['delete', 'start']) {
      for (const [kind, make] of Object.entries(made)) {
        const name = `${kind}${action}`;
        const at = park(name, fine);
        expect((await listed(server)).map(([own]) => own)).to.deep.equal([name]);
        make(at);
        studies.add(name, makeStudy());
        const before = readdirSync(at).filter((own) => own !== 'waiting.json');
        expect((await post(server, `/studies/${name}/queue/${action}`))[0], name).to.equal(409);
        expect(readdirSync(at), 'only the search is struck out').to.deep.equal(before);
        expect(await listed(server)).to.deep.equal([]);
      }
    }
    expect(studies.runs).to.deep.equal([]);
  });

  it('never go with a study that began while they stood in the queue, nor with what else lies in their folder', async () => {
    const server = await open();
    studies.onStart = begins;
    for (const name of ['one', 'two', 'three']) await send(server, name);
    study(join(folder, 'two'));
    expect((await post(server, '/studies/two/queue/delete'))[0]).to.equal(409);
    expect(readdirSync(join(folder, 'two')).sort()).to.deep.equal(['cars.csv', 'study.sqlite']);
    writeFileSync(join(folder, 'three', 'notes.txt'), 'mine');
    expect((await post(server, '/studies/three/queue/delete'))[0]).to.equal(303);
    expect(readdirSync(join(folder, 'three'))).to.deep.equal(['notes.txt']);
  });

  it('are neither listed nor taken away while another process searches in their folder', async () => {
    const server = await open();
    const at = park('busy', fine);
    const release = lockFile(join(at, 'study.sqlite'));
    expect(await listed(server)).to.deep.equal([]);
    expect((await post(server, '/studies/busy/queue/delete'))[0]).to.equal(404);
    release();
    expect(readdirSync(at)).to.deep.equal(['cars.csv', 'waiting.json']);
    expect((await post(server, '/studies/busy/queue/delete'))[0]).to.equal(303);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('are seen by a server that was there before another one ended, and also where a study was made that never began', async () => {
    const first = await open();
    const second = await open();
    studies.onStart = begins;
    for (const name of ['one', 'two']) await send(first, name);
    expect(await listed(second)).to.deep.equal([]);
    writeFileSync(join(folder, 'two', 'study.sqlite'), '');
    await first.close();
    expect((await listed(second)).map(([name]) => name)).to.include('two');
    study(park('blank', fine), false);
    expect((await listed(second)).map(([name]) => name)).to.include('blank');
    expect((await post(second, '/studies/blank/queue/delete'))[0]).to.equal(303);
    expect(readdirSync(folder)).not.to.include('blank');
  });

  it('are struck out beside a study that has begun, with the lock that a kill left', async () => {
    const at = park('begun', fine);
    study(at);
    writeFileSync(join(at, 'waiting.json-lock'), '');
    expect(await listed(await open())).to.deep.equal([]);
    expect(readdirSync(at).sort()).to.deep.equal(['cars.csv', 'study.sqlite']);
  });

  it('are listed with what is wrong where nobody can read them, and are deleted without what they do not name', async () => {
    const odd: Record<string, unknown> = {
      away: { ...fine, file: '../fine/cars.csv' },
      cut: '{"version":1,"fields":[["tar',
      dot: { ...fine, file: '.' },
      dots: { ...fine, file: '..' },
      empty: '',
      folder: { ...fine, file: 'sub' },
      gone: { ...fine, file: 'other.csv' },
      itself: { ...fine, file: 'waiting.json' },
      later: { ...fine, version: 2 },
      link: { ...fine, file: 'linked.csv' },
      list: [],
      none: 'null',
      pairs: { ...fine, fields: [['target']] },
    };
    for (const [name, said] of Object.entries(odd)) park(name, said);
    mkdirSync(join(folder, 'folder', 'sub'));
    symlinkSync(join(folder, 'cut', 'cars.csv'), join(folder, 'link', 'linked.csv'));
    park('fine', fine);
    writeFileSync(join(folder, 'waiting.json'), JSON.stringify(fine));
    mkdirSync(join(folder, 'other', 'waiting.json'), { recursive: true });
    const server = await open();
    const all = await listed(server);
    expect(all.map(([name]) => name)).to.deep.equal([...Object.keys(odd), 'fine'].sort());
    const reasons = Object.fromEntries(all);
    expect(reasons.cut).to.contain('waiting.json cannot be read. Look into its folder, or delete it');
    expect(reasons.later).to.contain('is of version 2, and this server reads version 1.');
    expect(reasons.dots).to.contain('is damaged');
    expect(reasons.link).to.contain('Its table, linked.csv, is no plain file in its folder.');
    expect((await home(server)).match(/queue\/start/g), 'only what can be started').to.have.length(1);
    for (const name of Object.keys(odd)) {
      expect((await post(server, `/studies/${name}/queue/start`))[0], name).to.equal(409);
      expect((await post(server, `/studies/${name}/queue/delete`))[0], name).to.equal(303);
      expect(readdirSync(join(folder, name)), name)
        .to.include('cars.csv')
        .and.not.to.include('waiting.json');
    }
    expect(studies.runs).to.deep.equal([]);
  });

  it('are written whole or not at all', async () => {
    const server = await open();
    await send(server, 'one');
    const at = join(folder, 'one');
    const before = readFileSync(join(at, 'waiting.json'), 'utf8');
    mkdirSync(join(at, 'waiting.json.part'));
    studies.runs[0].fail(new ToolkitError('data', { where: 'csv', rule: 'must have rows' }));
    await soon();
    expect(readFileSync(join(at, 'waiting.json'), 'utf8')).to.equal(before);
    expect(await listed(server), 'said as long as this server lives').to.deep.equal([['one', 'csv: must have rows.']]);
  });
});

describe('kinds in the form', () => {
  it('become types and left-out columns, and are one of those that exist', () => {
    const form = (fields: Record<string, string>) => readForm({ target: 'y', ...fields });
    const read = form({
      'kind:a, b': 'numeric',
      'kind:__proto__': 'text',
      'kind:c': '',
      'kind:d': 'ignored',
      ignore: 'e,d',
    });
    expect(Object.entries(read.types!)).to.deep.equal([
      ['a, b', 'numeric'],
      ['__proto__', 'text'],
    ]);
    expect(read.ignore).to.deep.equal(['e', 'd']);
    expect(form({}).types).to.equal(undefined);
    expect(() => form({ 'kind:a': 'vector' })).to.throw(/must be one of numeric/);
  });

  it('are shown for so many columns as a form has room for', () => {
    const column = { role: 'feature', kind: 'numeric', missing: 0, distinct: 3, examples: [], reason: '' } as const;
    const table = Array.from({ length: 500 }, (_, i) => ({ ...column, column: `x${i}` }));
    const look = searchLook(
      [{ rowCount: 3, columnCount: 500, target: 'y', task: 'regression', metric: 'rmse', warnings: [], table }],
      {},
    );
    expect([look.rows.length, look.hidden]).to.deep.equal([400, 100]);
  });
});
