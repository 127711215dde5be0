import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { readTags, removeStudy, splitTags, writeTags } from '../../src/run/study/keep-study.js';
import { lockFile } from '../../src/search/node.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { HOSTILE, makeStudy } from '../support/studies.js';

describe('studies as wholes', () => {
  let folder = '';
  let server: RunningServer;
  let studies: FakeStudies;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-keeping-'));
    studies = new FakeStudies()
      .add('cars', makeStudy())
      .add('more cars', makeStudy({ seed: 2, trials: 20, rows: 804 }))
      .add('credit', makeStudy({ name: 'credit', task: 'binary', rows: 3000 }))
      .add('busy', makeStudy({ status: 'running', trials: 4 }))
      .add(HOSTILE, makeStudy({ hostile: true, task: 'binary' }));
    server = await serve({ reportsFolder: folder, port: 0, studies });
  });

  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(server.url + path, { headers: { accept: 'text/html' } });
    return { status: response.status, text: await response.text() };
  };
  const post = (path: string, words: Record<string, string> = {}): Promise<Response> =>
    fetch(server.url + path, { method: 'POST', body: new URLSearchParams(words), redirect: 'manual' });
  /** Names in the order of the list. */
  const listed = async (query: string): Promise<string[]> => {
    const { text } = await get(`/?${query}`);
    return [...text.matchAll(/class="cover" href="\/studies\/([^"]+)"/g)].map(([, name]) =>
      decodeURIComponent(name.replaceAll('&#39;', "'")),
    );
  };

  it('are set side by side, two to six of them', async () => {
    const { status, text } = await get('/compare?study=cars&study=more%20cars');
    expect(status).to.equal(200);
    expect(text).to.contain('compared fold by fold').and.to.contain('Best against best').and.to.contain('Trials');
    expect((await get('/compare?study=cars&study=credit')).text).to.contain('are not compared');
    const hostile = await get(`/compare?study=cars&study=${encodeURIComponent(HOSTILE)}`);
    expect(hostile.text).to.contain('&lt;img').and.not.to.contain('<img src=x');
    for (const query of ['', '?study=cars', '?study=cars&study=cars', `?${'study=a'.concat('&study=b')}`]) {
      expect((await get(`/compare${query}`)).status, query).to.be.oneOf([400, 404]);
    }
    expect((await get(`/compare?${[1, 2, 3, 4, 5, 6, 7].map((i) => `study=${i}`).join('&')}`)).status).to.equal(400);
    const several = await get('/compare?study=cars&study=credit&study=busy');
    expect(several.status, 'some of them paired, some not').to.equal(200);
    expect(studies.openReaders).to.equal(0);
  });

  it('are found, ordered and filtered by the address, without a script', async () => {
    expect(await listed('sort=name')).to.deep.equal([HOSTILE, 'busy', 'cars', 'credit', 'more cars']);
    expect((await listed('sort=rows'))[0]).to.equal('credit');
    expect((await listed('sort=trials'))[0]).to.equal('more cars');
    expect(await listed('find=CARS&sort=name')).to.deep.equal(['cars', 'more cars']);
    expect(await listed('find=auc&sort=name')).to.deep.equal([HOSTILE, 'credit']);
    expect(await listed('find=no+such+thing')).to.deep.equal([]);
    expect((await get('/?find=no+such+thing')).text).to.contain('No study says that');
    expect(await listed('sort=nonsense&tag=')).to.have.length(5);
  });

  it('get tags, by which they are found', async () => {
    expect((await post('/studies/cars/tags', { tags: ' paper,  for   Ann,paper,, ' })).status).to.equal(303);
    expect(studies.known.get('cars')!.tags).to.deep.equal(['paper', 'for Ann']);
    expect(await listed('tag=for+Ann')).to.deep.equal(['cars']);
    expect(await listed('find=ann')).to.deep.equal(['cars']);
    expect((await post('/studies/none/tags', { tags: 'x' })).status).to.equal(404);
  });

  it('are taken away, but not while a search writes them, and their pages with them', async () => {
    expect((await get('/studies/cars')).status).to.equal(200);
    expect((await post('/studies/cars/delete')).status).to.equal(303);
    expect((await get('/studies/cars')).status).to.equal(404);
    studies.add('cars', makeStudy({ trials: 3 }), []);
    expect((await get('/studies/cars')).text, 'no page of the one before').not.to.contain('14 trials');
    expect((await post('/studies/none/delete')).status).to.equal(404);
    studies.strangers.set('cars', ['<b>.txt', 'cars.csv']);
    const said = await post('/studies/cars/delete');
    expect(said.status).to.equal(200);
    expect(await said.text())
      .to.contain('is deleted')
      .and.to.contain('&lt;b&gt;.txt, cars.csv');
    expect((await fetch(`${server.url}/studies/credit/delete`)).status, 'not by a link').to.equal(404);
  });
});

describe("a study's folder", () => {
  let folder = '';
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'lrnn-keep-')), 'study');
    mkdirSync(join(folder, 'explain'), { recursive: true });
    for (const name of ['study.sqlite', 'study.sqlite-wal', 'model.safetensors', 'cars.csv', 'explain/x.json']) {
      writeFileSync(join(folder, name), 'x');
    }
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  it('goes with its study and the table beside it', () => {
    expect(removeStudy(folder, { dataFile: 'cars.csv', models: [] })).to.deep.equal([]);
    expect(existsSync(folder)).to.equal(false);
  });

  it('goes with the exports that were written into it, killed ones and tables included', () => {
    mkdirSync(join(folder, 'csv'));
    const tables = ['leaderboard', 'trials', 'folds', 'ensemble-oof', 'linear-0-worst'].map(
      (name) => `csv/${name}.csv`,
    );
    const models = ['linear-0.mjs', 'linear-0.d.mts', 'linear-0.onnx', 'ensemble.safetensors', 'linear-0-card.md'];
    for (const name of [...tables, ...models, 'ensemble.mjs.77.tmp']) writeFileSync(join(folder, name), 'x');
    expect(removeStudy(folder, { dataFile: 'cars.csv', models: ['ensemble', 'linear-0'] })).to.deep.equal([]);
    expect(existsSync(folder)).to.equal(false);
  });

  it('keeps what looks like an export and is none of its models', () => {
    mkdirSync(join(folder, 'csv'));
    for (const name of ['linear-1.mjs', 'linear-0.mjs', 'csv/mine.csv']) writeFileSync(join(folder, name), 'x');
    const left = removeStudy(folder, { dataFile: 'cars.csv', models: ['linear-0'] });
    expect(left).to.deep.equal(['cars.csv', 'csv', 'linear-1.mjs']);
    expect(readdirSync(folder).sort()).to.deep.equal(left);
  });

  it('keeps what is not of the study, and then the table, too', () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    removeStudy(folder, { dataFile: 'cars.csv', models: [] });
    expect(readdirSync(folder).sort()).to.deep.equal(['cars.csv', 'notes.txt']);
  });

  it('stays while a process writes the study', () => {
    const unlock = lockFile(join(folder, 'study.sqlite'));
    try {
      expect(() => removeStudy(folder, { dataFile: null, models: [] })).to.throw(/no search must be writing/);
      expect(readdirSync(folder)).to.include('model.safetensors');
    } finally {
      unlock();
    }
  });

  it('keeps tags in a file of its own, and none without', () => {
    expect(readTags(folder)).to.deep.equal([]);
    writeTags(folder, splitTags('a, b,a'));
    expect(readTags(folder)).to.deep.equal(['a', 'b']);
    writeFileSync(join(folder, 'tags.json'), '{broken');
    expect(readTags(folder)).to.deep.equal([]);
    writeFileSync(join(folder, 'tags.json'), '[1, "x"]');
    expect(readTags(folder)).to.deep.equal(['x']);
    writeTags(folder, []);
    expect(existsSync(join(folder, 'tags.json'))).to.equal(false);
    expect(() => writeTags(folder, ['x'.repeat(41)])).to.throw(/40 letters/);
    expect(() =>
      writeTags(
        folder,
        Array.from({ length: 13 }, (_, i) => String(i)),
      ),
    ).to.throw(/at most 12/);
    expect(splitTags('a\u0000b , \n ')).to.deep.equal(['a b']);
  });
});
