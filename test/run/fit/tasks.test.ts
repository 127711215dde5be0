import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import type { StudySummary } from '../../../src/automl/index.js';
import { Rng } from '../../../src/core/index.js';
import type { FitOptions, PredictAnswer, Prediction } from '../../../src/run/index.js';
import {
  exportModel,
  fit,
  inspect,
  loadModel,
  optionsFromCommand,
  predictFile,
  verifyArtefact,
} from '../../../src/run/index.js';
import { ServedModel } from '../../../src/run/serve/served-model.js';

/** Sales by weather and day, and how loud it was: both say the same thing in another way. */
function table(n: number): { heat: number; day: string; sold: number; noise: string }[] {
  const rng = new Rng(11);
  return Array.from({ length: n }, (_, i) => {
    const heat = Math.round(100 * rng.normal()) / 100;
    const mean = Math.exp(0.4 + 0.6 * heat + (i % 3 === 0 ? 0.7 : 0));
    // Knuth's way to draw a Poisson variable.
    let sold = 0;
    for (let left = Math.exp(-mean), p = rng.uniform(); p > left; p *= rng.uniform()) sold++;
    const loud = heat + (i % 3 === 0 ? 0.7 : 0) + 0.7 * rng.normal();
    const noise = loud > 1.2 ? 'very high' : loud > 0.3 ? 'high' : loud > -0.6 ? 'medium' : 'low';
    return { heat, day: ['sun', 'mon', 'tue'][i % 3], sold, noise };
  });
}

const ROWS = table(240);
const scores = ({ leaderboard }: StudySummary) =>
  leaderboard.map(({ model, cv, settings }) => ({ model, cv, settings }));

describe('a fit of counts, and of classes in an order', function () {
  this.timeout(600_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-tasks-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const base = (more: Partial<FitOptions>): FitOptions => ({
    data: ROWS,
    target: 'sold',
    models: ['linear', 'gbdt', 'dummy'],
    trials: 3,
    folds: 3,
    workers: 1,
    ...more,
  });

  const verifyAll = async (out: string, name: string): Promise<string> => {
    for (const format of ['js', 'onnx', 'safetensors'] as const) {
      await verifyArtefact(
        await exportModel(out, null, format, join(folder, `${name}.${format === 'js' ? 'mjs' : format}`)),
      );
    }
    for (const format of ['html', 'card', 'csv'] as const)
      await exportModel(out, null, format, join(folder, `${name}.${format}`));
    return join(folder, `${name}.mjs`);
  };

  it('of counts goes by the Poisson deviance, with families that can, in every file alike', async () => {
    const out = join(folder, 'counts');
    const options = base({ task: 'count', ignore: ['noise'], models: ['linear', 'gbdt', 'knn', 'dummy'], out });
    const summary = await fit(options);
    expect(summary).to.include({ task: 'count', metric: 'poisson_deviance', direction: 'minimize' });
    expect(summary.warnings).to.include(
      'knn is left out: among neighbours without any it says 0, which no count but 0 forgives',
    );
    const [linear, dummy] = ['linear', 'dummy'].map((name) =>
      summary.leaderboard.find(({ family }) => family === name)!,
    );
    expect(linear.settings).to.deep.equal({ alpha: 1, loss: 'poisson' });
    expect(linear.cv).to.be.below(0.8 * dummy.cv);
    expect(linear.metrics!.folds).to.include.keys('poisson_deviance', 'rmse', 'mae');
    const model = await loadModel(summary.model!);
    expect(model.task).to.equal('count');
    const [answer] = await model.predict([{ heat: 1, day: 'sun' }], { interval: 0.9 });
    expect(answer.prediction).to.be.within(2, 9);
    expect(answer.lower).to.be.at.least(0);
    model.dispose();
    await verifyAll(out, 'counts');
    expect(scores(await fit({ ...options, resume: true }))).to.deep.equal(scores(summary));
    const other = await fit({ ...options, task: 'regression', metric: 'poisson_deviance', resume: true }).catch(String);
    expect(other).to.contain('resume: ');
  });

  it('of counts for an exposure learns rates and predicts counts, the same by every file, and refuses rows without one', async () => {
    const out = join(folder, 'rates');
    const rows = ROWS.map((row, i) => ({ ...row, months: [0.5, 1, 4][i % 3], sold: row.sold * [1, 2, 8][i % 3] }));
    const options = base({ data: rows, exposure: 'months', ignore: ['noise'], out });
    const summary = await fit(options);
    expect(summary).to.include({ task: 'count', metric: 'poisson_deviance' });
    expect(summary.warnings!.join()).to.contain('"sold" is learned per unit of "months"');
    const model = await loadModel(summary.model!);
    expect(model.schema.target.exposure).to.equal('months');
    const asked = { heat: 0.3, day: 'mon' };
    const [one, six] = await model.predict(
      [
        { ...asked, months: 1 },
        { ...asked, months: '6' },
      ],
      { interval: 0.9 },
    );
    expect(six.prediction).to.be.closeTo(6 * Number(one.prediction), 1e-4);
    expect(six.lower).to.be.at.most(Number(six.prediction));
    expect(await servedTogether(summary.model!, [1, 6, 1])).to.deep.equal([
      [one.prediction],
      [six.prediction],
      [one.prediction],
    ]);
    for (const [months, got] of [
      [0, '0'],
      [-1, '-1'],
      ['', '"a missing cell"'],
      ['many', '"many"'],
    ]) {
      const words = await model
        .predict([
          { ...asked, months: 1 },
          { ...asked, months },
        ])
        .catch(String);
      expect(words)
        .to.contain('exposure: every row must have a number above 0 in "months"')
        .and.to.contain(`got ${got}. It is row 2`);
    }
    const none = await model.predict([asked]).catch(String);
    expect(none).to.contain('got "no such column"');
    const js = await verifyAll(out, 'rates');
    const { predict, contributions } = (await import(pathToFileURL(js).href)) as {
      readonly predict: (rows: readonly object[]) => { readonly prediction: number }[];
      readonly contributions: (row: object, background: readonly object[]) => unknown;
    };
    expect(predict([{ ...asked, months: 6 }])[0].prediction).to.be.closeTo(Number(six.prediction), 1e-4);
    expect(() => predict([asked])).to.throw('exposure: row 0 must have a number above 0 in "months"');
    expect(contributions({ ...asked, months: 2 }, [{ ...asked, months: 1 }])).to.equal(null);
    model.dispose();
    expect(scores(await fit({ ...options, resume: true }))).to.deep.equal(scores(summary));
    const plain = await fit({ ...options, exposure: undefined, task: 'count', resume: true }).catch(String);
    expect(plain).to.contain('resume: ');
  });

  it('of counts for an exposure is that of an offset: equal rates make equal models, whatever they were counted in', async () => {
    const twice = ROWS.map((row) => ({ ...row, units: 1 }));
    const split = twice.flatMap((row) => [
      { ...row, units: 0.25 },
      { ...row, sold: 0, units: 0.75 },
    ]);
    const at = async (data: readonly object[], name: string): Promise<number> => {
      const more = {
        exposure: 'units',
        ignore: ['noise'],
        models: ['linear'],
        trials: 1,
        duplicates: 'split',
      } as const;
      const { model } = await fit(
        base({ data: data as typeof ROWS, ...more, refit: false, holdout: 0, out: join(folder, name) }),
      );
      const loaded = await loadModel(model!);
      const [{ prediction }] = await loaded.predict([{ heat: 0, day: 'mon', units: 1 }]);
      return Number(prediction);
    };
    expect(await at(split, 'split')).to.be.closeTo(await at(twice, 'whole'), 0.15);
  });

  it('of ordered classes calls what is least far off, in every file alike', async () => {
    const out = join(folder, 'ordered');
    const options = base({ target: 'noise', task: 'ordinal', ignore: ['sold'], out });
    const summary = await fit(options);
    expect(summary).to.include({ task: 'ordinal', metric: 'quadratic_kappa', direction: 'maximize' });
    expect(summary.costs?.[0]).to.deep.equal([0, 1, 4, 9]);
    const linear = summary.leaderboard.find(({ family }) => family === 'linear')!;
    expect(linear.cv).to.be.above(0.5);
    expect(linear.metrics!.folds).to.include.keys('mean_rank_error', 'logloss').and.not.to.have.property('cost');
    const model = await loadModel(summary.model!);
    const { probabilities, prediction } = (await model.predict([{ heat: 0.2, day: 'mon' }]))[0];
    const classes = ['low', 'medium', 'high', 'very high'];
    expect(Object.keys(probabilities!)).to.deep.equal(classes);
    const mean = classes.reduce((sum, name, c) => sum + c * probabilities![name], 0);
    expect(prediction).to.equal(classes[Math.round(mean)]);
    model.dispose();
    await verifyAll(out, 'ordered');
    expect(scores(await fit({ ...options, resume: true }))).to.deep.equal(scores(summary));
    const reversed = await fit({ ...options, order: [...classes].reverse(), resume: true }).catch(String);
    expect(reversed).to.contain('resume: ');
  });

  it('of quantiles ranks by the loss of all, never lets them cross, and says them by every file alike', async () => {
    const out = join(folder, 'quantiles');
    const options = base({
      target: 'heat',
      quantiles: [0.1, 0.5, 0.8],
      models: ['gbdt', 'linear', 'dummy', 'ensemble'],
      trials: 4,
      out,
    });
    const summary = await fit(options);
    expect(summary).to.include({ task: 'quantile', metric: 'pinball', direction: 'minimize', coverage: null });
    expect(summary.warnings).to.include('linear is left out: it has no loss of quantiles');
    const [best, dummy] = [summary.leaderboard[0], summary.leaderboard.find(({ family }) => family === 'dummy')!];
    expect(best.cv).to.be.below(0.9 * dummy.cv);
    const { folds } = best.metrics!;
    expect(Object.keys(folds).sort()).to.deep.equal(['pinball', 'pinball_0.1', 'pinball_0.5', 'pinball_0.8']);
    expect(folds['pinball']).to.be.closeTo(
      (folds['pinball_0.1'] + folds['pinball_0.5'] + folds['pinball_0.8']) / 3,
      1e-9,
    );
    const model = await loadModel(summary.model!);
    const said = await model.predict(ROWS);
    let below = 0;
    said.forEach(({ prediction, quantiles: q }, i) => {
      expect(Object.keys(q!)).to.deep.equal(['0.1', '0.5', '0.8']);
      expect(prediction).to.equal(q!['0.5']);
      expect(q!['0.1'] <= q!['0.5'] && q!['0.5'] <= q!['0.8']).to.equal(true);
      below += Number(ROWS[i].heat <= q!['0.8']);
    });
    expect(below / ROWS.length).to.be.within(0.7, 0.95);
    expect(await model.predict(ROWS, { interval: 0.9 }).catch(String)).to.contain(
      'interval: has no meaning for a model of quantiles',
    );
    model.dispose();
    const js = await verifyAll(out, 'quantiles');
    const { predict } = (await import(pathToFileURL(js).href)) as {
      readonly predict: (rows: readonly object[]) => Prediction[];
    };
    predict(ROWS.slice(0, 20)).forEach(({ prediction, quantiles: q }, i) => {
      expect(prediction).to.be.closeTo(Number(said[i].prediction), 1e-4);
      expect(q!['0.8']).to.be.closeTo(said[i].quantiles!['0.8'], 1e-4);
    });
    const path = join(folder, 'rows.csv');
    writeFileSync(path, 'day,sold,noise\nsun,3,low\nmon,0,high\n');
    const { csv } = await predictFile(out, path, null);
    expect(csv!.split('\n')[0]).to.equal('prediction,quantile_0.1,quantile_0.5,quantile_0.8');
    expect(csv!.split('\n')[1].split(',')).to.have.length(4);
    expect(scores(await fit({ ...options, resume: true }))).to.deep.equal(scores(summary));
    const other = await fit({ ...options, quantiles: [0.1, 0.5, 0.9], resume: true }).catch(String);
    expect(other).to.contain('resume: ');
  });

  it('refuses what does not go together', async () => {
    const refused = async (more: Partial<FitOptions>) => (await inspect(base(more)).catch(String)) as string;
    expect(await refused({ target: 'heat', metric: 'pinball' })).to.contain('metric: pinball needs --task quantile');
    expect(await refused({ target: 'heat', task: 'quantile', metric: 'rmse' })).to.contain(
      'metric: must be pinball where quantiles',
    );
    expect(await refused({ quantiles: [0.5], exposure: 'heat' })).to.contain(
      'quantiles: have no meaning with order or exposure',
    );
    expect(await refused({ quantiles: [0.9, 0.1] })).to.contain(
      'quantiles: must be ascending, each level once, got 0.1',
    );
    expect(await refused({ exposure: 'heat', task: 'binary' })).to.contain(
      'exposure: needs the task count, got "binary"',
    );
    expect(await refused({ exposure: 'sold' })).to.contain('exposure must not be the target');
    expect(await refused({ target: 'noise', quantiles: [0.5] })).to.contain('target: must be numbers');
    const asked = await inspect(base({ target: 'heat', task: 'quantile' }));
    expect(asked.schema.target.quantiles).to.deep.equal([0.1, 0.5, 0.9]);
  });

  it('asks for costs of its own where the metric does not call by order, and takes those that somebody says', async () => {
    const ordered = { target: 'noise', task: 'ordinal', ignore: ['sold'], models: ['linear'] } as const;
    const by = async (more: Partial<FitOptions>, name: string) =>
      (await fit(base({ ...ordered, trials: 1, out: join(folder, name), ...more }))).costs;
    expect((await by({ metric: 'mean_rank_error' }, 'ranks'))?.[0]).to.deep.equal([0, 1, 2, 3]);
    expect(await by({ metric: 'accuracy' }, 'accuracy')).to.equal(undefined);
    const costs = [
      [0, 1, 1, 1],
      [5, 0, 1, 1],
      [5, 5, 0, 1],
      [9, 5, 5, 0],
    ];
    expect(await by({ costs }, 'own')).to.deep.equal(costs);
  });

  it('is understood before, and said again by its command line', async () => {
    expect(await inspect(base({ task: 'count' }))).to.include({ task: 'count', metric: 'poisson_deviance' });
    const order = ['low', 'medium', 'high', 'very high'];
    const seen = await inspect(base({ target: 'noise', order }));
    expect(seen).to.include({ task: 'ordinal', metric: 'quadratic_kappa' });
    const told = optionsFromCommand("lrnn fit x.csv --target noise --order 'low,very high' --task ordinal");
    expect(told).to.deep.include({ task: 'ordinal', order: ['low', 'very high'] });
  });
});

/** Predictions of one row for each of these exposures, every one a request of its own that a server answers together with the others. */
async function servedTogether(file: string, months: readonly number[]): Promise<unknown[]> {
  const served = await ServedModel.open(readFileSync(file), { name: 'm', version: 1, sha256: 'ab' });
  const requests = months.map((units) => ({
    body: new TextEncoder().encode(JSON.stringify([{ heat: 0.3, day: 'mon', months: units }])),
    type: 'json' as const,
    answer: 'json' as const,
  }));
  const answers = await served.answer(requests, {});
  served.dispose();
  return answers.map((answer) => {
    const { predictions } = JSON.parse(String((answer as PredictAnswer).body)) as { predictions: Prediction[] };
    return predictions.map(({ prediction }) => prediction);
  });
}
