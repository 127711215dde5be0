import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { RunEvent } from '../../../src/automl/index.js';
import { studyRecord } from '../../../src/automl/index.js';
import { Rng, ToolkitError } from '../../../src/core/index.js';
import { readBundle } from '../../../src/export/node.js';
import { readFor } from '../../../src/run/fit/load-data.js';
import { loadTargets as loadData } from '../../../src/run/fit/load-targets.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import { findWarmStart, shapeOf } from '../../../src/run/fit/warm-start.js';
import type { FitTargetsOptions, TargetEvent, TargetsSummary } from '../../../src/run/index.js';
import {
  exportModel,
  fit,
  fitNamed,
  fitTargets,
  listStudies,
  loadModel,
  loadTargets,
  openForWriting,
  openStudy,
  predictFile,
  RunInterrupted,
  targetFolder,
  verifyArtefact,
} from '../../../src/run/index.js';

/** Rooms decide the price, the garden whether it was sold, both the class; some targets are missing. */
function houses(n: number, seed = 4): string {
  const rng = new Rng(seed);
  const lines = ['rooms,garden,street,price,sold,"kind,of"'];
  for (let i = 0; i < n; i++) {
    const rooms = 1 + rng.integer(6);
    const garden = rng.integer(2);
    const street = ['Elm', 'Oak', 'Ash'][rng.integer(3)];
    const price = rng.uniform() < 0.1 ? '' : (50 * rooms + 5 * rng.normal()).toFixed(2);
    const sold = rng.uniform() < 0.1 ? '' : garden + rng.normal() / 3 > 0.5 ? 'yes' : 'no';
    const kind = rooms > 3 ? 'large' : garden > 0 ? 'nice' : 'small';
    lines.push(`${rooms},${garden},${street},${price},${sold},${kind}`);
  }
  return `${lines.join('\n')}\n`;
}

describe('fit of several targets', function () {
  this.timeout(240_000);
  let place: string;
  let data: string;
  let whole: string;
  let summary: TargetsSummary;
  const events: (RunEvent | TargetEvent)[] = [];
  const base = (): FitTargetsOptions => ({
    data,
    target: ['price', 'sold', 'kind,of'],
    models: ['linear', 'dummy', 'ensemble'],
    trials: 7,
    seed: 3,
    workers: 1,
    folds: 3,
  });
  const out = (name: string): string => join(place, name);
  const bytesOf = (folder: string): Buffer => readFileSync(join(folder, 'model.safetensors'));
  const errorOf = async (work: Promise<unknown>): Promise<Error> => {
    const error = await work.then(
      () => expect.fail('nothing was thrown'),
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(ToolkitError);
    return error as Error;
  };

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'lrnn-targets-'));
    data = join(place, 'houses.csv');
    writeFileSync(data, houses(150));
    whole = out('houses');
    summary = await fitTargets({ ...base(), out: whole, onEvent: (event) => void events.push(event) });
  });

  after(() => rmSync(place, { recursive: true, force: true }));

  it('searches each target by its own task, with its share of the trials', () => {
    expect(summary.targets.map(({ target, task, metric }) => [target, task, metric])).to.deep.equal([
      ['price', 'regression', 'rmse'],
      ['sold', 'binary', 'auc'],
      ['kind,of', 'multiclass', 'logloss'],
    ]);
    const trials = summary.targets.map(({ folder }) => {
      const reader = openStudy(folder!);
      const { length } = reader.view().trials;
      reader.close();
      return length;
    });
    expect(trials).to.deep.equal([3, 2, 2]);
    expect(summary.study).to.equal('houses');
    expect(summary.model).to.equal(join(whole, 'model.safetensors'));
    const [price, sold] = summary.targets;
    expect(price.leaderboard[0].cv).to.be.below(20);
    expect(sold.leaderboard[0].cv).to.be.above(0.85);
    expect(events.filter(({ type }) => type === 'target')).to.deep.equal(
      summary.targets.map(({ target }, t) => ({ type: 'target', target, place: t + 1, of: 3 })),
    );
  });

  it('makes no target a feature of another', () => {
    for (const { folder, target } of summary.targets) {
      const storage = openForWriting(folder!);
      const { columns } = studyRecord.settings(storage)!.schema;
      storage.close();
      const ignored = columns.filter(({ kind }) => kind === 'ignored').map(({ name, reason }) => [name, reason]);
      expect(ignored).to.deep.equal(
        ['price', 'sold', 'kind,of'].map((name) => [name, name === target ? 'target' : 'another target']),
      );
    }
  });

  it('deals rows once: a row is on the same side for every target that it has', async () => {
    const asked = checkOptions({ ...base(), target: 'price', out: out('none') });
    const csv = await readFor(asked);
    const names = ['price', 'sold', 'kind,of'];
    const requests = names.map((target) => ({
      options: { ...asked, target, otherTargets: names.filter((name) => name !== target) },
      begun: undefined,
    }));
    const loaded = await loadData(requests, csv);
    const places = names.map((target) => {
      const column = csv.table.column(target)!;
      return Array.from({ length: csv.rowCount }, (_, row) => row).filter((row) => column.at(row) !== null);
    });
    const sides = new Map<number, number>();
    loaded.forEach(({ loaded: { data: own } }, t) => {
      expect(own.y).to.have.length(places[t].length);
      own.folds.forEach(({ validation }, fold) => {
        for (const at of validation) {
          const row = places[t][at];
          expect(sides.get(row) ?? fold, `row ${row}`).to.equal(fold);
          sides.set(row, fold);
        }
      });
    });
    expect(sides.size).to.equal(150);
  });

  it('writes one model file, of a version of its own, and files of one target as ever', async () => {
    const format = (file: string) => /"format_version":"(\d+)"/.exec(readFileSync(file, 'latin1'))![1];
    expect(format(summary.model!)).to.equal('16');
    for (const { model } of summary.targets) expect(Number(format(model!))).to.be.below(16);
    const { rows, format: kind } = await verifyArtefact(whole);
    expect(kind).to.equal('safetensors');
    const own = await Promise.all(summary.targets.map(async ({ model }) => (await verifyArtefact(model!)).rows));
    expect(rows).to.equal(own.reduce((sum, count) => sum + count, 0));
  });

  it('predicts every target of a row, as the file of each target does', async () => {
    const rows = [
      { rooms: 6, garden: 1, street: 'Elm' },
      { rooms: 1, garden: 0, street: 'Yew' },
    ];
    const models = await loadTargets(whole);
    expect(models.targets).to.deep.equal(['price', 'sold', 'kind,of']);
    const [first, second] = await models.predict(rows);
    expect(Object.keys(first)).to.deep.equal(models.targets);
    expect(first['price'].prediction).to.be.closeTo(300, 30);
    expect(first['sold'].prediction).to.equal('yes');
    expect(first['kind,of'].prediction).to.equal('large');
    expect(second['sold'].prediction).to.equal('no');
    for (const { target, model } of summary.targets) {
      const own = await loadModel(model!);
      const named = await loadModel(whole, { target });
      const expected = await own.predict(rows);
      expect([first[target], second[target]]).to.deep.equal(expected);
      expect(await named.predict(rows)).to.deep.equal(expected);
      own.dispose();
      named.dispose();
    }
    models.dispose();
    expect((await errorOf(loadModel(whole))).message).to.equal(
      'model: one of its targets must be named, got ["price","sold","kind,of"]. Use loadModel(path, { target }), or loadTargets(path) for all of them.',
    );
    expect((await errorOf(loadModel(whole, { target: 'rooms' }))).message).to.equal(
      'model: target must be one of the model, got "rooms". It has price, sold, kind,of.',
    );
  });

  it('predicts a file with the columns of each target, named after it', async () => {
    const file = out('new.csv');
    writeFileSync(file, 'rooms,garden,street\n6,1,Elm\n1,0,Oak\n');
    const { csv, rows } = await predictFile(whole, file, null, { interval: 0.8 });
    expect(rows).to.equal(2);
    const [header, ...lines] = csv!.trim().split('\n');
    expect(header).to.equal(
      [
        ...['price_prediction', 'price_prediction_lower', 'price_prediction_upper'],
        ...['sold_prediction', 'sold_probability_no', 'sold_probability_yes', 'sold_prediction_set'],
        ...['"kind,of_prediction"', '"kind,of_probability_large"', '"kind,of_probability_nice"'],
        ...['"kind,of_probability_small"', '"kind,of_prediction_set"'],
      ].join(','),
    );
    const own = await Promise.all(
      summary.targets.map(async ({ model }) => (await predictFile(model!, file, null, { interval: 0.8 })).csv!),
    );
    const bodies = own.map((text) => text.trim().split('\n').slice(1));
    expect(lines).to.deep.equal([0, 1].map((row) => bodies.map((body) => body[row]).join(',')));
    expect(own[0].split('\n')[0]).to.equal('prediction,prediction_lower,prediction_upper');
  });

  it('ends as an uninterrupted run does, wherever it was stopped, and says once what the table is like', async () => {
    for (const stopAt of [2, 11]) {
      const controller = new AbortController();
      let folds = 0;
      const cut = out(`cut-${stopAt}`);
      const listen = ({ type }: RunEvent | TargetEvent): void => {
        if (type === 'fold' && ++folds === stopAt) controller.abort();
      };
      const stopped = await fitTargets({ ...base(), out: cut, signal: controller.signal, onEvent: listen }).catch(
        (error: unknown) => error,
      );
      expect(stopped).to.be.instanceOf(RunInterrupted);
      const { resume, study } = stopped as RunInterrupted;
      expect(study).to.equal(cut);
      expect(resume).to.include('--target \'price,sold,"kind,of"\' --trials 7');
      await fitTargets({ ...base(), out: cut, resume: true });
      expect(await contentOf(cut), `stopped at fold ${stopAt}`).to.deep.equal(await contentOf(whole));
    }
  });

  /** Of the model file, without what names its folder. */
  async function contentOf(folder: string): Promise<object> {
    const { json, tensors } = await readBundle(join(folder, 'model.safetensors'));
    const targets = json['targets'] as readonly object[];
    return { targets: targets.map((own) => ({ ...own, study: null })), tensors };
  }

  it('goes on with a whole study only where more is asked for, and never with other targets', async () => {
    const copy = out('copy');
    cpSync(whole, copy, { recursive: true });
    const more: string[] = [];
    const again = await fitTargets({
      ...base(),
      out: copy,
      trials: 9,
      resume: true,
      onEvent: (event) => void (event.type === 'target' && more.push(event.target)),
    });
    expect(more).to.deep.equal(['price', 'sold', 'kind,of']);
    expect(again.targets.map(({ target }) => target)).to.deep.equal(['price', 'sold', 'kind,of']);
    expect((await errorOf(fitTargets({ ...base(), out: copy }))).message).to.match(
      /^study: folder must not hold a study yet/,
    );
    const others = fitTargets({ ...base(), target: ['price', 'sold'], out: copy, resume: true });
    expect((await errorOf(others)).message).to.match(
      /^resume: targets must be those of the study.*They are price, sold, kind,of\.$/,
    );
    const one = fit({ ...base(), target: 'price', onEvent: undefined, out: copy, resume: true });
    expect((await errorOf(one)).message).to.match(/^study: must be of one target, got .*Name all of them/);
  });

  it('leaves an option out for targets that cannot take it, says so, and refuses what none can take', async () => {
    const warnings: string[] = [];
    const listen = (event: RunEvent | TargetEvent): void => {
      if (event.type === 'warning') warnings.push(event.message);
    };
    const small = { ...base(), models: ['dummy'] as const, trials: 3 };
    const mixed = await fitTargets({ ...small, positive: 'no', metric: 'mae', out: out('mixed'), onEvent: listen });
    expect(mixed.targets.map(({ metric }) => metric)).to.deep.equal(['mae', 'auc', 'logloss']);
    expect(mixed.targets[1].positive?.name).to.equal('no');
    expect(warnings).to.include.members([
      '--positive has no meaning for "price", which goes without',
      '--metric has no meaning for "sold", which goes without',
      '--metric has no meaning for "kind,of", which goes without',
      '--positive has no meaning for "kind,of", which goes without',
    ]);
    const none = fitTargets({ ...small, positive: 'maybe', out: out('none') });
    expect((await errorOf(none)).message).to.match(/^positive: must be a class of "sold"/);
    expect(existsSync(out('none'))).to.equal(false);
  });

  it('refuses targets that cannot be together', async () => {
    const refused = async (options: Partial<FitTargetsOptions>): Promise<string> =>
      (await errorOf(fitTargets({ ...base(), ...options, out: out('refused') }))).message;
    expect(await refused({ trials: 2 })).to.match(/^trials: must be at least one for each of the 3 targets, got 2\./);
    expect(await refused({ target: ['price', 'price'] })).to.equal('target: must name each column once, got "price".');
    expect(await refused({ target: [] })).to.match(/^fit: needs target columns/);
    expect(await refused({ target: ['price', 'pice'] })).to.match(
      /^target: must be a column of houses.csv, got "pice"\. Did you mean/,
    );
    expect(await refused({ group: 'sold' })).to.equal('group: must not name a target, got "sold".');
    expect(await refused({ ignore: ['sold'] })).to.equal('ignore: must not name a target, got "sold".');
    expect(await refused({ target: ['rooms', 'garden', 'street', 'price', 'sold', 'kind,of'] })).to.match(
      /^target: must leave columns to predict from/,
    );
    expect(existsSync(out('refused'))).to.equal(false);
  });

  it('takes a name with a comma for the column of that name first, and quotes for one name', async () => {
    const small = { ...base(), models: ['dummy'] as const, trials: 2 };
    const single = await fitNamed({ ...small, target: 'kind,of', out: out('comma') });
    expect('targets' in single).to.equal(false);
    expect(single.study).to.equal('comma');
    const two = await fitNamed({ ...small, target: 'price,sold', out: out('two') });
    expect((two as TargetsSummary).targets.map(({ target }) => target)).to.deep.equal(['price', 'sold']);
    const one = await fitTargets({ ...small, target: ['price'], out: out('one') });
    expect(one.targets[0].folder).to.equal(null);
    expect(existsSync(join(out('one'), 'study.sqlite'))).to.equal(true);
    const quoted = await fitNamed({ ...small, target: '"price"', out: out('quoted') });
    expect('targets' in quoted).to.equal(false);
  });

  it('shares the time of a budget, and predicts with the best so far where it has not finished', async () => {
    const timed = await fitTargets({ ...base(), trials: undefined, timeBudgetMs: 6000, out: out('timed') });
    expect(timed.targets.map(({ leaderboard }) => leaderboard.length > 0)).to.deep.equal([true, true, true]);
    rmSync(timed.model!);
    for (const { model } of timed.targets) rmSync(model!);
    const models = await loadTargets(out('timed'));
    expect(models.targets).to.have.length(3);
    models.dispose();
  });

  it('lists the study of each target', () => {
    const names = listStudies(place).map(({ name }) => name);
    expect(names).to.include.members(['houses:price', 'houses:sold', 'houses:kind-of']);
    expect(names).to.not.include('houses');
    expect(targetFolder(whole, { name: 'price' })).to.equal(summary.targets[0].folder);
    const reader = openStudy(summary.targets[0].folder!);
    const warm = findWarmStart(place, shapeOf(reader.view()), 'none', 'rmse');
    reader.close();
    expect(Object.keys(warm)).to.include.members(['linear']);
  });

  it('exports the models of all targets as one file or several', async () => {
    const joint = await exportModel(whole, null, 'safetensors', out('again.safetensors'));
    expect(readFileSync(joint).equals(bytesOf(whole))).to.equal(true);
    const paths = (await exportModel(whole, null, 'js', null)).split(', ');
    expect(paths).to.deep.equal(summary.targets.map(({ folder, best }) => join(folder!, `${best}.mjs`)));
    expect((await errorOf(exportModel(whole, null, 'js', out('a.mjs')))).message).to.match(
      /^export: a file of js must be of a single target, got .*It has price, sold, kind,of: export that of one target/,
    );
  });
});
