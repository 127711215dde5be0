import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { RunEvent } from '../../src/automl/index.js';
import { targetsNext } from '../../src/cli/summary.js';
import { ToolkitError } from '../../src/core/index.js';
import { fitTargets, studyFile, targetsOf } from '../../src/run/index.js';
import { lockFile } from '../../src/search/node.js';
import { Handlers } from '../../src/server/handlers.js';
import { KeepingHandlers } from '../../src/server/keeping.js';
import type { Studies } from '../../src/server/studies.js';
import { studiesIn } from '../../src/server/studies.js';

describe('the pages of a study of several targets', function () {
  this.timeout(240_000);
  let root: string;
  let studies: Studies;
  let handlers: Handlers;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-boards-'));
    const lines = Array.from(
      { length: 40 },
      (_, i) => `${i % 5},${(i % 5) * 2 + (i % 2)},${i % 3 === 0 ? 'yes' : 'no'}`,
    );
    writeFileSync(join(root, 'houses.csv'), `x,price,was sold\n${lines.join('\n')}\n`);
    await fitTargets({
      data: join(root, 'houses.csv'),
      target: ['price', 'was sold'],
      models: ['dummy'],
      trials: 2,
      workers: 1,
      out: join(root, 'houses'),
    });
    studies = studiesIn(root);
    handlers = new Handlers({ studies, reportsFolder: root, maxUploadBytes: 2 ** 20 });
  });
  after(async () => {
    await studies.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('are a row of the list for each target, and lead to each other', async () => {
    expect(
      studies
        .list()
        .map(({ name }) => name)
        .sort(),
    ).to.deep.equal(['houses:price', 'houses:was-sold']);
    const home = (await handlers.home()).body as string;
    expect(home).to.include('/studies/houses%3Aprice').and.to.include('/studies/houses%3Awas-sold');
    const { status, headers } = await handlers.study('houses');
    expect([status, headers['location']]).to.deep.equal([303, '/studies/houses%3Aprice']);
    const { body } = await handlers.study('houses:price');
    expect(body).to.include('aria-label="Targets"');
    expect(body).to.include('<a href="/studies/houses%3Awas-sold">was sold</a>');
    expect(body).to.not.include('<a href="/studies/houses%3Aprice">price</a>');
    expect((await handlers.part('houses:was-sold', 'data')).status).to.equal(200);
  });

  it('go on with the search of all targets', () => {
    const options = studies.resumeOptions('houses:was-sold');
    expect(options).to.include({ out: join(root, 'houses'), target: 'price,was sold', resume: true });
  });

  it('are stopped, kept from deletion and told of failures by whichever target one looks at', async () => {
    let stops = 0;
    let fail: (error: Error) => void = () => undefined;
    const startedAs: string[] = [];
    const start: Studies['start'] = ({ out, onEvent }) => {
      startedAs.push(out);
      onEvent?.({ type: 'started' } as RunEvent);
      const done = new Promise((_, reject) => (fail = reject));
      return { done, stop: () => void stops++ };
    };
    const pages = new Handlers({ studies: { ...studies, start }, reportsFolder: root, maxUploadBytes: 2 ** 20 });
    const keeping = new KeepingHandlers(pages, studies);
    await pages.resume('houses:was-sold');
    expect(startedAs).to.deep.equal([join(root, 'houses')]);
    for (const name of ['houses', 'houses:price', 'houses:was-sold']) {
      expect(pages.runs.get(name)?.isRunning, name).to.equal(true);
    }
    const refused = await keeping.remove('houses:price').catch((error: unknown) => String(error));
    expect(refused).to.include('no search must be writing the study');
    fail(new ToolkitError('state', { where: 'model', rule: 'the disk is full' }));
    await new Promise((resolve) => setImmediate(resolve));
    for (const name of ['houses:price', 'houses:was-sold']) {
      expect((await pages.study(name)).body, name).to.include('the disk is full');
    }
    await pages.resume('houses:price');
    expect((await pages.study('houses:price')).body).to.not.include('the disk is full');
    expect((await pages.stop('houses:price')).status).to.equal(303);
    expect((await pages.stop('houses:was-sold')).status).to.equal(303);
    expect(stops).to.equal(2);
    fail(new Error('stopped'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(pages.runs.get('houses:price')).to.equal(null);
  });

  it('are found by no name that leads elsewhere', () => {
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'houses/targets/price'), join(root, 'houses/targets/link'));
    for (const name of [
      'houses',
      ':price',
      'houses:',
      'houses:..',
      'houses:.',
      '.:price',
      'houses:link',
      'none:price',
    ]) {
      expect(studies.open(name), name).to.equal(null);
    }
    rmSync(join(root, 'houses/targets/link'));
  });

  it('say which targets wait where a kill came between two, and offer to go on, also where only the model file is missing', async () => {
    const killed = join(root, 'killed');
    cpSync(join(root, 'houses'), killed, { recursive: true });
    rmSync(join(killed, 'model.safetensors'));
    const shown = (): string => targetsNext(targetsOf(killed)!);
    const page = async (): Promise<unknown> => (await handlers.study('killed:price')).body;
    expect(await page())
      .to.include('action="/studies/killed%3Aprice/resume"')
      .and.to.include('model file is missing');
    expect(shown()).to.match(/^Go on with all targets:\n {2}lrnn fit .*--target 'price,was sold' .*--resume\n/);
    rmSync(join(killed, 'targets/was-sold'), { recursive: true });
    expect(await page())
      .to.include('action="/studies/killed%3Aprice/resume"')
      .and.to.include('these wait: was sold.');
    expect(shown()).to.include('Still to be searched: was sold.\nGo on with all targets:\n');
    const unlock = lockFile(studyFile(join(killed, 'targets/price')));
    expect(await page(), 'another process searches').to.not.include('killed%3Aprice/resume');
    expect(shown()).to.not.include('Go on');
    unlock();
    rmSync(join(killed, 'targets/price'), { recursive: true });
    expect(shown()).to.include('No search has begun');
    expect(studies.remove('killed')).to.deep.equal([]);
    expect((await handlers.study('houses:price')).body).to.not.include('/resume"');
    expect(targetsOf(join(root, 'houses'))).to.deep.include({ waiting: [], resume: null });
  });

  it('are taken away all at once, with the table beside them, and never one alone', async () => {
    const keeping = new KeepingHandlers(handlers, studies);
    const home = (await handlers.home()).body as string;
    expect(home).to.include('action="/studies/houses/delete"').and.to.not.include('/studies/houses%3Aprice/delete');
    expect(() => studies.remove('houses:price')).to.throw(
      'go together, got "houses:price". Delete the whole study, houses.',
    );
    expect(existsSync(join(root, 'houses/targets/price/study.sqlite'))).to.equal(true);
    cpSync(join(root, 'houses'), join(root, 'mixed'), { recursive: true });
    writeFileSync(join(root, 'mixed/houses.csv'), 'x');
    writeFileSync(join(root, 'mixed/targets/price/mine.txt'), 'x');
    expect(studies.remove('mixed')).to.deep.equal(['houses.csv', 'targets']);
    expect(readdirSync(join(root, 'mixed/targets/price'))).to.deep.equal(['mine.txt']);
    writeFileSync(join(root, 'houses/houses.csv'), 'x');
    const unlock = lockFile(studyFile(join(root, 'houses/targets/was-sold')));
    expect(() => studies.remove('houses')).to.throw('no search must be writing the study');
    unlock();
    expect(existsSync(join(root, 'houses/targets/price/study.sqlite')), 'all or none').to.equal(true);
    expect((await keeping.remove('houses')).status).to.equal(303);
    expect(existsSync(join(root, 'houses'))).to.equal(false);
  });
});
