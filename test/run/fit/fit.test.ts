import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { RunEvent, StudySummary } from '../../../src/automl/index.js';
import { studyRecord } from '../../../src/automl/index.js';
import { Rng, ToolkitError } from '../../../src/core/index.js';
import { withoutPositive } from '../../../src/data/index.js';
import { isBehind, luckOfChoice, usualMetrics } from '../../../src/evaluate/index.js';
import type { FitOptions } from '../../../src/run/index.js';
import {
  exportModel,
  fit,
  listStudies,
  loadModel,
  openForWriting,
  openStudy,
  optionsFromCommand,
  predictFile,
  RunInterrupted,
} from '../../../src/run/index.js';

/** A table with a category, gaps, an id and a number that matters; seeded. */
function customers(n: number, seed = 4): string {
  const rng = new Rng(seed);
  const lines = ['id,age,city,spent,label,price'];
  for (let i = 0; i < n; i++) {
    const age = 20 + rng.integer(50);
    const city = ['Rome', 'Oslo', 'Köln, "West"'][rng.integer(3)];
    const spent = rng.uniform() < 0.1 ? '' : (100 * rng.uniform()).toFixed(2);
    const score = age / 50 + (city === 'Oslo' ? 1 : 0) + rng.normal() / 3;
    lines.push(
      `c${i},${age},"${city.replaceAll('"', '""')}",${spent},${score > 1.3 ? 'yes' : 'no'},${(score * 10).toFixed(3)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A leaderboard without what a clock has written. */
function timeless({ seconds: _seconds, model: _model, study: _study, leaderboard, ...rest }: StudySummary) {
  return {
    ...rest,
    leaderboard: leaderboard.map(({ fitSeconds: _fit, predictMsPerRow: _predict, ...entry }) => entry),
  };
}

describe('fit', function () {
  this.timeout(240_000);
  let folder: string;
  let data: string;
  const base = (): FitOptions => ({
    data,
    target: 'label',
    ignore: ['price'],
    models: ['linear', 'xgboost', 'dummy', 'ensemble'],
    trials: 5,
    seed: 3,
    workers: 2,
    folds: 3,
  });

  /** One run that many tests look at, none of which changes it; its table is that of every test. */
  let shared: { readonly folder: string; readonly data: string; readonly summary: StudySummary; events: RunEvent[] };
  before(async () => {
    const place = mkdtempSync(join(tmpdir(), 'lrnn-fit-'));
    data = join(place, 'customers.csv');
    writeFileSync(data, customers(240));
    const events: RunEvent[] = [];
    const summary = await fit({ ...base(), out: join(place, 'a'), onEvent: (event) => events.push(event) });
    shared = { folder: place, data, summary, events };
  });
  after(() => rmSync(shared.folder, { recursive: true, force: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-fit-'));
    data = join(folder, 'customers.csv');
    writeFileSync(data, customers(240));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const out = (name: string) => join(folder, name);

  it('writes a study with a row per family, best first, and a model file', async () => {
    const { summary, events } = shared;
    expect(summary).to.include({
      study: 'a',
      task: 'binary',
      metric: 'auc',
      direction: 'maximize',
      rows: 240,
      columns: 6,
    });
    const families = summary.leaderboard.map(({ family }) => family);
    expect(families.filter((family) => family !== 'ensemble')).to.have.members(['linear', 'xgboost', 'dummy']);
    const [, ...scores] = summary.leaderboard.map(({ cv }) => cv);
    expect(scores).to.deep.equal([...scores].sort((a, b) => b - a));
    expect(summary.leaderboard.map(({ rank }) => rank)).to.deep.equal([1, 2, 3, 4].slice(0, families.length));
    expect(summary.best).to.equal(summary.leaderboard[0].model);
    expect(summary.model).to.equal(join(shared.folder, 'a', 'model.safetensors'));
    expect(existsSync(summary.model!)).to.equal(true);
    expect(events[events.length - 1]).to.deep.equal({ type: 'finished', summary });
    expect(events.filter(({ type }) => type === 'trial')).to.have.length(5);
  });

  it('takes the ensemble unless single models chosen on the other folds are clearly better, else the best of them', () => {
    const { leaderboard, best } = shared.summary;
    const reader = openStudy(join(shared.folder, 'a'));
    const { ensemble, trials } = reader.view();
    const scores = new Map(leaderboard.map(({ model }) => [model, reader.model(model).foldScores as number[]]));
    reader.close();
    const [single] = leaderboard.filter(({ family }) => family !== 'ensemble').sort((a, b) => b.cv - a.cv);
    const losses = trials.map(({ foldScores }) => (foldScores as number[]).map((score) => -score));
    const blend = leaderboard.find(({ family }) => family === 'ensemble');
    const lossesOf = (model: string): number[] => scores.get(model)!.map((score) => -score);
    const isBlend =
      blend !== undefined && !isBehind(lossesOf('ensemble'), lossesOf(single.model), luckOfChoice(losses));
    expect(best).to.equal(isBlend && ensemble.length > 1 ? 'ensemble' : single.model);
  });

  it('takes the luck of the choice off the scores of noise, and says that nothing may have been learned', async () => {
    const rng = new Rng(12);
    const lines = Array.from({ length: 120 }, () =>
      [rng.normal(), rng.normal(), rng.normal(), rng.integer(2)].join(','),
    );
    writeFileSync(data, `a,b,c,label\n${lines.join('\n')}\n`);
    const { leaderboard, notice } = await fit({
      ...base(),
      data,
      ignore: [],
      trials: 8,
      task: 'binary',
      out: out('a'),
    });
    const [best] = leaderboard;
    expect(best.corrected).to.be.below(best.cv);
    expect(best.corrected).to.be.within(0.4, 0.56);
    expect(notice).to.match(/nothing may have been learned$/);
  });

  it('gives the same leaderboard for the same seed, whatever the number of workers', async () => {
    const one = await fit({ ...base(), out: out('a'), workers: 1 });
    const { summary: two } = shared;
    expect(timeless(two)).to.deep.equal(timeless(one));
    expect(readFileSync(two.model!).length).to.equal(readFileSync(one.model!).length);
  });

  it('gives another leaderboard for another seed', async () => {
    const other = await fit({ ...base(), out: out('b'), seed: 4 });
    expect(timeless(other)).to.not.deep.equal(timeless(shared.summary));
  });

  it('keeps what is done when stopped, and ends as an uninterrupted run when resumed', async () => {
    const controller = new AbortController();
    let folds = 0;
    const stopping = fit({
      ...base(),
      out: out('cut'),
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === 'fold' && ++folds === 4) controller.abort();
      },
    });
    const stopped = await stopping.then(
      () => null,
      (error: unknown) => error,
    );
    expect(stopped).to.be.instanceOf(RunInterrupted);
    expect((stopped as RunInterrupted).resume).to.match(/^lrnn fit .*--out .*cut --resume$/);
    const reader = openStudy(out('cut'));
    expect(reader.view().status).to.equal('interrupted');
    reader.close();
    const resumed = await fit({ ...base(), out: out('cut'), resume: true });
    expect(timeless(resumed)).to.deep.equal(timeless(shared.summary));
  });

  it('stops while it reads the file, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const told: RunEvent[] = [];
    const onEvent = (event: RunEvent) => {
      told.push(event);
      if (event.type === 'phase' && event.phase === 'preparing') controller.abort();
    };
    const options = { ...base(), out: out('a'), signal: controller.signal, onEvent };
    const stopped = await fit(options).catch((error: unknown) => error);
    expect(stopped).to.be.instanceOf(RunInterrupted);
    expect((stopped as RunInterrupted).resume).to.match(/^lrnn fit .*--out \S+\/a$/);
    expect(told.map(({ type }) => type)).to.deep.equal(['phase', 'phase', 'interrupted']);
    expect(existsSync(out('a'))).to.equal(false);
  });

  it('goes on with the portfolios that a study began with', async () => {
    await fit({ ...base(), out: out('b'), trials: 1 });
    const storage = openForWriting(out('b'));
    const search = storage.get('search') as { groups: { name: string; portfolio: object[] }[] };
    search.groups.find(({ name }) => name === 'xgboost')!.portfolio[0] = { rounds: 3, maxDepth: 2 };
    storage.set('search', search as never);
    storage.close();
    await fit({ ...base(), out: out('b'), trials: 3, resume: true });
    const reader = openStudy(out('b'));
    const settings = reader.view().trials.map(({ settings: own }) => own);
    reader.close();
    expect(settings[2]).to.deep.equal({ rounds: 3, maxDepth: 2 });
    expect(settings).to.have.length(3);
  });

  it('refuses a folder that holds a study, and a resume with other options', async () => {
    const place = join(shared.folder, 'a');
    const again = await fit({ ...base(), out: place }).catch((error: unknown) => error);
    expect(again).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
    expect((again as Error).message).to.match(/^study: folder must not hold a study yet, got .*\. Use --resume/);
    const other = await fit({ ...base(), data: shared.data, out: place, seed: 9, resume: true }).catch(
      (error: unknown) => error,
    );
    expect((other as Error).message).to.match(/^resume: seed must be that of the study, got 9\./);
  });

  it('says in one sentence that a folder cannot be made, also where the system answers "no such file"', async () => {
    for (const place of [join(data, 'below-a-file'), '/proc/nowhere/study']) {
      const error = await fit({ ...base(), out: place }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'state');
      expect((error as Error).message).to.match(/^study: folder must be writable, got /);
    }
  });

  it('takes a study whose file was made and nothing more, as a kill leaves it, for none', async () => {
    const small = { ...base(), models: ['linear'], trials: 1, workers: 1 } as const;
    const whole = await fit({ ...small, out: out('whole') });
    mkdirSync(out('empty'));
    writeFileSync(join(out('empty'), 'study.sqlite'), '');
    openForWriting(out('blank')).close();
    for (const resume of [false, true]) {
      const reader = listStudies(folder).map(({ name }) => name);
      expect(reader).to.deep.equal(['whole']);
      for (const name of ['empty', 'blank']) {
        const place = out(`${name}-${resume}`);
        cpSync(out(name), place, { recursive: true });
        const summary = await fit({ ...small, resume, out: place });
        expect(timeless(summary)).to.deep.equal(timeless(whole));
        rmSync(place, { recursive: true });
      }
    }
  });

  it('leaves no folder behind when an option is refused', async () => {
    const error = await fit({ ...base(), engine: 'cuda', out: out('a') }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ToolkitError);
    expect(existsSync(out('a'))).to.equal(false);
  });

  it('rejects with what a listener throws, and leaves a study that resumes', async () => {
    let folds = 0;
    const onEvent = ({ type }: RunEvent) => {
      if (type === 'fold' && ++folds === 4) throw new Error('the listener broke');
    };
    const error = await fit({ ...base(), out: out('a'), onEvent }).catch((reason: unknown) => reason);
    expect((error as Error).message).to.equal('the listener broke');
    const resumed = await fit({ ...base(), out: out('a'), resume: true });
    expect(timeless(resumed)).to.deep.equal(timeless(shared.summary));
  });

  it('says of each family that a budget was too short for that it has no model, and keeps the sentence', async () => {
    const told: string[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === 'warning') told.push(event.message);
      // The budget is over before the first trial begins.
      const isReady = event.type === 'phase' && event.phase === 'searching';
      if (isReady) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);
    };
    const options = { ...base(), trials: undefined, timeBudgetMs: 1000, workers: 1, out: out('short'), onEvent };
    const { leaderboard, warnings } = await fit(options);
    expect(leaderboard.map(({ family }) => family)).to.deep.equal(['dummy']);
    const sentence =
      /^no model of (linear, xgboost|xgboost, linear) was finished within 1 s, of which reading the table took/;
    for (const texts of [told, warnings!]) expect(texts.filter((text) => sentence.test(text))).to.have.length(1);
  });

  it('takes a budget longer than a timer of Node can wait', async () => {
    const controller = new AbortController();
    const onEvent = ({ type }: RunEvent) => {
      if (type === 'trial') controller.abort();
    };
    const options = { ...base(), trials: undefined, timeBudgetMs: 3e10, out: out('a'), signal: controller.signal };
    const error = await fit({ ...options, onEvent }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RunInterrupted);
  });

  it('refuses a regression target that single precision would blur or overflow', async () => {
    for (const [scale, offset] of [
      [1000, 1e12],
      [1e40, 0],
    ]) {
      const lines = Array.from({ length: 60 }, (_, i) => `${i % 7},${offset + scale * (i + 1)}`);
      writeFileSync(data, `a,y\n${lines.join('\n')}\n`);
      const error = await fit({ ...base(), ignore: [], task: 'regression', target: 'y', out: out('a') }).catch(
        (reason: unknown) => reason,
      );
      expect(error, `${scale} and ${offset}`).to.be.instanceOf(ToolkitError).with.property('kind', 'data');
      expect((error as Error).message).to.match(
        /^target "y": must (vary by at least 0.00001 of its size|be within 3.4e38), got/,
      );
    }
  });

  it('warns of folds that one class alone is judged on', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `g${i % 6},${(7 * i) % 13},${i % 2 ? 'yes' : 'no'}`);
    writeFileSync(data, `g,a,label\n${lines.join('\n')}\n`);
    const warnings: string[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === 'warning') warnings.push(event.message);
    };
    await fit({ ...base(), ignore: [], group: 'g', models: ['linear'], trials: 1, out: out('a'), onEvent, folds: 5 });
    expect(
      warnings.filter((message) => message.includes('rows of one class only: its AUC counts as 0.5')),
    ).to.have.length(4);
  });

  it('goes on with more trials when resumed with a larger budget', async () => {
    await fit({ ...base(), out: out('a'), trials: 3 });
    const longer = await fit({ ...base(), out: out('a'), trials: 5, resume: true });
    expect(timeless(longer)).to.deep.equal(timeless(shared.summary));
  });

  it('ends a search by the clock, with at least one model however short the time', async () => {
    const options = { ...base(), models: ['linear', 'dummy'] as const, trials: undefined, timeBudgetMs: 1000 };
    const summary = await fit({ ...options, out: out('a') });
    expect(existsSync(summary.model!)).to.equal(true);
    const reader = openStudy(out('a'));
    expect(reader.view().status).to.equal('complete');
    // Without the clock it would never end: linear has a space to search.
    expect(reader.view().budget).to.deep.equal({ trials: null, timeBudgetMs: 1000 });
    reader.close();
  });

  it('says what the usual metrics make of every model, on the folds and on the hold-out', async () => {
    // From 500 rows up some are held out.
    writeFileSync(data, customers(600));
    const options = {
      ...base(),
      models: ['linear', 'dummy', 'ensemble'] as const,
      trials: 2,
      holdout: 0.3,
      out: out('a'),
    };
    const { leaderboard, metric } = await fit({ ...options, metric: 'f2' });
    expect(metric).to.equal('f2');
    for (const { model, cv, holdout, metrics } of leaderboard) {
      expect(metrics!.folds['f2'], model).to.equal(cv);
      expect(metrics!.holdout!['f2'], model).to.equal(holdout);
      for (const name of usualMetrics('binary')) {
        expect(metrics!.folds[name], name).to.be.within(-1, 20);
        expect(metrics!.holdout![name], name).to.be.within(-1, 20);
      }
    }
    const reader = openStudy(out('a'));
    expect(reader.view().summary.leaderboard.map(({ metrics }) => metrics)).to.deep.equal(
      leaderboard.map(({ metrics }) => metrics),
    );
    expect(reader.model(leaderboard[0].model).entry.metrics).to.deep.equal(leaderboard[0].metrics);
    reader.close();
  });

  it('is about the rarer class, or the one that was said, with the same models, and goes on with no other', async () => {
    const options = { ...base(), models: ['linear', 'dummy'] as const, trials: 2, metric: 'recall', out: out('a') };
    const plain = await fit({ ...options, out: out('b') });
    const common = plain.positive!.name === 'yes' ? 'no' : 'yes';
    expect(plain.positive!.reason).to.match(/^the rarer of the two, in \d+ of 240 rows$/);
    const turned = await fit({ ...options, positive: common });
    expect(turned.positive).to.deep.equal({ name: common, reason: 'you said so' });
    const reader = openStudy(out('a'));
    expect(reader.view().schema.target.classes).to.deep.equal(['no', 'yes']);
    expect(reader.view().command).to.include(`--positive ${common}`);
    expect(optionsFromCommand(reader.view().command).positive).to.equal(common);
    reader.close();
    // What is not called the one is called the other: a guess has all of the more common class.
    const guess = (summary: StudySummary) => summary.leaderboard.find(({ family }) => family === 'dummy')!.cv;
    expect([guess(plain), guess(turned)]).to.deep.equal([0, 1]);
    // Everything that is about both classes is the same to the bit.
    const about = ['precision', 'recall', 'f1', 'f0.5', 'f2', 'average_precision'];
    for (const { family, metrics } of plain.leaderboard) {
      const other = turned.leaderboard.find((entry) => entry.family === family)!.metrics!;
      for (const [name, score] of Object.entries(metrics!.folds)) {
        if (!about.includes(name)) expect(other.folds[name], name).to.equal(score);
        else if (family !== 'dummy') expect(other.folds[name], name).not.to.equal(score);
      }
    }
    const { positive } = await fit({ ...options, positive: common, resume: true });
    expect(positive!.name).to.equal(common);
    expect((await fit({ ...options, resume: true })).positive!.name).to.equal(common);
    const rarer = plain.positive!.name;
    const other = await fit({ ...options, positive: rarer, resume: true }).catch((reason: Error) => reason.message);
    expect(other).to.match(/positive, types and ignore must be that of the study/);
  });

  it('goes on with the second class where the study began before there was a choice', async () => {
    const about = { ...base(), models: ['linear', 'dummy'] as const, trials: 2, metric: 'f1', out: out('old') };
    const begun = await fit({ ...about, positive: 'yes' });
    const storage = openForWriting(out('old'));
    const settings = studyRecord.settings(storage)!;
    const schema = { ...settings.schema, target: withoutPositive(settings.schema.target) };
    studyRecord.setSettings(storage, { ...settings, schema });
    storage.close();
    for (const delimiter of [undefined, ',']) {
      const summary = await fit({ ...about, delimiter, resume: true });
      expect(summary.positive!.name).to.equal('yes');
      expect(summary.leaderboard.map(({ cv }) => cv)).to.deep.equal(begun.leaderboard.map(({ cv }) => cv));
    }
    expect((await fit({ ...about, positive: 'yes', resume: true })).positive!.name).to.equal('yes');
    const other = await fit({ ...about, positive: 'no', resume: true }).catch((reason: Error) => reason.message);
    expect(other).to.match(/positive, types and ignore must be that of the study/);
  });

  it('says in the study what it was told and what it found', () => {
    const place = join(shared.folder, 'a');
    const reader = openStudy(place);
    const view = reader.view();
    expect(view).to.include({ status: 'complete', folds: 3, holdoutRows: 0, dataFile: 'customers.csv' });
    expect(view.command).to.equal(
      `lrnn fit ${shared.data} --target label --trials 5 --folds 3 --seed 3 --models xgboost,linear,dummy,ensemble --ignore price --workers 2 --out ${place}`,
    );
    expect(view.trials.map(({ model }) => model)).to.deep.equal([
      'dummy-0',
      'linear-1',
      'xgboost-2',
      'xgboost-3',
      'xgboost-4',
    ]);
    for (const name of ['ensemble', 'xgboost-2', 'dummy-0']) {
      const model = reader.model(name);
      expect(model.predictions).to.include({ rows: 240, cols: 2 });
      expect(new Set(model.rows).size).to.equal(240);
      expect(model.foldScores.every((score) => Number.isFinite(score))).to.equal(true);
    }
    expect(() => reader.model('nobody')).to.throw(
      ToolkitError,
      /^model: must be a finished model of the study, got "nobody"/,
    );
    expect(reader.events(0).map(({ event }) => event.type)).to.include.members(['started', 'trial', 'finished']);
    reader.close();
    expect(listStudies(shared.folder).map(({ name }) => name)).to.deep.equal(['a']);
  });

  it('tells what each worker is at, as the page shows it', () => {
    const { events: told } = shared;
    let most = 0;
    for (const event of told) {
      if (event.type !== 'fold-started' && event.type !== 'fold') continue;
      const { count, fits } = event.progress.workers!;
      const isListed = fits.some(({ model, fold }) => model === event.model && fold === event.fold);
      expect(isListed, `${event.type} ${event.model} ${event.fold}`).to.equal(event.type === 'fold-started');
      most = Math.max(most, fits.length);
      expect(count).to.equal(2);
    }
    expect(most, 'both workers were busy').to.equal(2);
    expect(told.filter(({ type }) => type === 'fold-started')).to.have.length(15);
    const reader = openStudy(join(shared.folder, 'a'));
    expect(reader.events(0).filter(({ event }) => event.type === 'fold-started')).to.have.length(15);
    reader.close();
  });

  it('predicts a shuffled CSV without the target, with an unseen category and gaps, row for row', async () => {
    const { model } = shared.summary;
    const lines = customers(240).trim().split('\n').slice(1, 6);
    const rows = lines.map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, '')));
    writeFileSync(
      out('plain.csv'),
      `id,age,city,spent\n${rows.map((r) => [r[0], r[1], r[2], r[3]].join(',')).join('\n')}\n`,
    );
    writeFileSync(
      out('shuffled.csv'),
      `city,extra,spent,age\n${rows.map((r) => [r[2], 1, r[3], r[1]].join(',')).join('\n')}\nAtlantis,1,,\n`,
    );
    const plain = await predictFile(model!, out('plain.csv'), null);
    const shuffled = await predictFile(join(shared.folder, 'a'), out('shuffled.csv'), out('p.csv'));
    expect(shuffled).to.include({ rows: 6, csv: null });
    const text = readFileSync(out('p.csv'), 'utf8').split('\n');
    expect(text[0]).to.equal('prediction,probability_no,probability_yes');
    expect(text.slice(0, 6)).to.deep.equal(plain.csv!.split('\n').slice(0, 6));
    expect(text[6]).to.match(/^(yes|no),0\.\d+,0\.\d+$/);
    expect(shuffled.summary.unseenCategories).to.deep.equal({ city: 1 });
    expect(shuffled.summary.extraColumns).to.include('extra');
  });

  it('exports any finished model, and loads it back to the same predictions', async () => {
    const { model } = await fit({ ...base(), target: 'price', ignore: ['label'], trials: 3, out: out('a') });
    const path = await exportModel(out('a'), 'xgboost-2', 'safetensors', out('x.safetensors'));
    const rows = [
      { age: 33, city: 'Oslo', spent: 12.5 },
      { age: '61', city: 'Rome' },
    ];
    const one = await loadModel(path);
    const best = await loadModel(model!);
    const predictions = await one.predict(rows);
    expect(predictions).to.have.length(2);
    expect(predictions[0].prediction).to.be.a('number').within(0, 40);
    expect(await one.predict([rows[1], rows[0]])).to.deep.equal([...predictions].reverse());
    expect((await best.predict(rows)).map(({ prediction }) => typeof prediction)).to.deep.equal(['number', 'number']);
    one.dispose();
    best.dispose();
    const missing = await exportModel(out('a'), 'nobody', 'safetensors', null).catch((error: Error) => error.message);
    expect(missing).to.match(/^model: must be a finished model of the study, got "nobody"/);
  });

  it('weighs rows and classes when told to, keeps the weights out of the features, and refuses others on resume', async () => {
    const lines = customers(240).trim().split('\n');
    writeFileSync(data, lines.map((line, i) => `${line},${i === 0 ? 'w' : i % 3}`).join('\n'));
    const options = {
      ...base(),
      weights: 'w',
      classWeights: 'balanced',
      metric: 'f1',
      trials: 3,
      out: out('a'),
    } as const;
    const weighted = await fit(options);
    const plain = await fit({ ...base(), ignore: ['price', 'w'], metric: 'f1', trials: 3, out: out('b') });
    expect(weighted.leaderboard[0].cv).to.not.equal(plain.leaderboard[0].cv);
    const reader = openStudy(out('a'));
    const { schema, command } = reader.view();
    expect(command).to.include('--weights w --class-weights balanced');
    expect(schema.columns.find(({ name }) => name === 'w')).to.have.property('kind', 'ignored');
    expect(reader.model('ensemble').weights).to.have.length(240);
    reader.close();
    const error = await fit({ ...options, weights: undefined, resume: true }).catch((reason: unknown) => reason);
    expect((error as Error).message).to.match(
      /^resume: (weights|target, positive, types and ignore) must be that of the study/,
    );
    const number = { ...base(), target: 'price', ignore: ['label'], classWeights: 'balanced', out: out('c') } as const;
    expect(await fit(number).catch((reason: Error) => reason.message)).to.match(
      /^class-weights: balanced needs a target of classes, got "regression"/,
    );
  });

  it('decides by the threshold that it chose for the metric, in files and in programs alike', async () => {
    writeFileSync(data, customers(600));
    const { model, leaderboard } = await fit({ ...base(), models: ['linear'], trials: 1, metric: 'f1', out: out('a') });
    expect(leaderboard).to.have.length(1);
    const reader = openStudy(out('a'));
    const { threshold } = reader.model('linear-0');
    reader.close();
    const loaded = await loadModel(model!);
    const rows = Array.from({ length: 60 }, (_, i) => ({ age: 20 + i, city: ['Rome', 'Oslo'][i % 2], spent: i }));
    for (const { prediction, probabilities } of await loaded.predict(rows)) {
      expect(prediction).to.equal(probabilities!.yes > threshold! ? 'yes' : 'no');
    }
    loaded.dispose();
    expect(threshold).to.be.within(0.05, 0.95);
  });

  it('keeps groups together and judges on later rows when told to', async () => {
    const grouped = await fit({
      ...base(),
      group: 'city',
      out: out('g'),
      folds: 3,
      models: ['linear', 'dummy'],
      trials: 2,
    });
    expect(grouped.leaderboard).to.have.length(2);
    const later = await fit({ ...base(), time: 'age', out: out('t'), models: ['linear', 'dummy'], trials: 2 });
    expect(later.leaderboard).to.have.length(2);
    const reader = openStudy(out('t'));
    expect(reader.model('linear-1').rows.length).to.be.below(240);
    reader.close();
  });
});
