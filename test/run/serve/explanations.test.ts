import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import { METRICS } from '../../../src/evaluate/index.js';
import { Explanations, exportModel, fit, loadModel, openStudy, predictFile } from '../../../src/run/index.js';

/** y = 10 a + 5 (city is Oslo), a little noise; b and the note say nothing. */
function table(n: number): string {
  const rng = new Rng(8);
  const lines = ['a,b,city,note,y'];
  for (let i = 0; i < n; i++) {
    const [a, city] = [rng.uniform(), ['Rome', 'Oslo', '=Lima()'][rng.integer(3)]];
    const note = ['quiet street', 'sunny and very large', 'needs some work'][rng.integer(3)];
    lines.push(
      `${a},${rng.uniform()},${city},${note} ${i},${(10 * a + (city === 'Oslo' ? 5 : 0) + 0.1 * rng.normal()).toFixed(4)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

describe('explanations of a real study', function () {
  this.timeout(120_000);
  let folder = '';
  let study = '';
  let explanations: Explanations;
  const target = () => {
    const reader = openStudy(study);
    const edition = reader.edition();
    reader.close();
    return { folder: study, edition };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-explain-'));
    study = join(folder, 'study');
    const data = join(folder, 'rows.csv');
    writeFileSync(data, table(240));
    await fit({
      data,
      target: 'y',
      models: ['lrnn', 'linear', 'ensemble'],
      trials: 4,
      folds: 2,
      seed: 1,
      workers: 2,
      out: study,
    });
    explanations = new Explanations();
  });

  after(async () => {
    await explanations?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keep what the table looks like with the study', () => {
    const reader = openStudy(study);
    const report = reader.data()!;
    const strength = (name: string): number =>
      report.columns.find((column) => column.name === name)!.relation!.strength;
    expect(report.rows).to.equal(240);
    expect(strength('a')).to.be.greaterThan(0.3);
    expect(strength('b')).to.be.below(0.1);
    expect(reader.sample()!.frame.rowCount).to.equal(240);
    expect(reader.preparation('linear-0').map(({ source }) => source)).to.include.members(['a', 'b', 'city']);
    expect(reader.preparation('ensemble')).to.deep.equal([]);
    reader.close();
  });

  it('find what the table was made of, in a thread, and keep it', async () => {
    const explanation = (await explanations.model(target(), 'lrnn-1'))!;
    const order = explanation.importance.columns.map(({ column }) => column);
    expect(order.slice(0, 2)).to.have.members(['a', 'city']);
    expect(explanation.importance.columns[0].mean).to.be.greaterThan(
      5 * Math.abs(explanation.importance.columns[3].mean),
    );
    const a = explanation.dependence.find(({ column }) => column === 'a')!;
    const rise = (a.mean[0].at(-1)! - a.mean[0][0]) / (a.values.at(-1)! - a.values[0]);
    expect(rise).to.be.closeTo(10, 2.5);
    expect(explanation.inside!.relevance.slice(0, 2).map(({ column }) => column)).to.have.members(['a', 'city']);
    const kept = readdirSync(join(study, 'explain'));
    expect(kept.filter((name) => name.startsWith('model-lrnn-1-'))).to.have.length(1);
    expect(await explanations.model(target(), 'lrnn-1')).to.deep.equal(explanation);
  });

  it('score the sample with the metric of the study: all rows here, so the very score', async () => {
    const reader = openStudy(study);
    const { y, predictions } = reader.model('linear-0');
    reader.close();
    const { importance, worst } = (await explanations.model(target(), 'linear-0'))!;
    expect(importance.score).to.be.closeTo(METRICS.rmse.compute(y, predictions), 1e-4);
    const largest = Math.max(...Array.from(y, (value, i) => Math.abs(value - predictions.data[i])));
    expect(worst[0].error).to.be.closeTo(largest, 1e-4);
    expect(worst[0].cells).to.have.length(4);
  });

  it('blend families and compare their predictions', async () => {
    const { agreement, blends } = await explanations.study(target());
    expect(agreement.models.map(({ family }) => family)).to.include.members(['lrnn', 'linear']);
    agreement.models.forEach((_, i) => expect(agreement.correlation[i][i]).to.be.closeTo(1, 1e-9));
    const lrnn = blends.find(({ family }) => family === 'lrnn')!;
    const reader = openStudy(study);
    const best = reader.view().summary.leaderboard.find(({ family }) => family === 'lrnn')!;
    reader.close();
    // Each fold by weights of the others: near the best single model, and not always below it.
    expect(lrnn.cv).to.be.within(0.5 * best.cv, 1.2 * best.cv);
    expect(lrnn.foldScores.reduce((sum, score) => sum + score, 0) / lrnn.foldScores.length).to.be.closeTo(
      lrnn.cv,
      1e-9,
    );
  });

  it('predict a row as the model file does, with contributions that add up', async () => {
    const row = { a: '0.7', b: '0.1', city: 'Oslo', note: 'quiet street' };
    const best = openStudy(study);
    const name = best.view().summary.best!;
    best.close();
    const answer = await explanations.row(target(), name, row);
    const model = await loadModel(study);
    const [{ prediction }] = await model.predict([row]);
    model.dispose();
    expect(answer.prediction[0]).to.be.closeTo(prediction as number, 1e-4);
    const sampled = openStudy(study);
    const { y } = sampled.sample()!;
    sampled.close();
    expect(answer.startRows).to.equal(64);
    expect(answer.base![0]).to.be.closeTo(y.reduce((all, value) => all + value, 0) / y.length, 0.3);
    const sum = answer.columns.reduce((all, { values }) => all + values[0], answer.base![0]);
    expect(sum).to.be.closeTo(answer.prediction[0], 1e-3);
    const largest = [...answer.columns].sort((p, q) => Math.abs(q.values[0]) - Math.abs(p.values[0]));
    expect(largest.slice(0, 2).map(({ column }) => column)).to.have.members(['a', 'city']);
  });

  it('predict a file as the command line does', async () => {
    const csv = join(folder, 'rows.csv');
    const reader = openStudy(study);
    const name = reader.view().summary.best!;
    reader.close();
    const answer = await explanations.rows(target(), name, csv);
    expect(answer.rows).to.equal(240);
    expect(answer.csv).to.equal((await predictFile(study, csv, null)).csv);
  });

  it('say in a sentence what is wrong with a row or a file', async () => {
    writeFileSync(join(folder, 'bad.csv'), 'x,z\n1,2\n');
    const error = await explanations
      .rows(target(), 'linear-0', join(folder, 'bad.csv'))
      .catch((thrown: unknown) => thrown);
    expect(String(error)).to.contain("columns: must include some of the model's columns");
  });

  it('go into one file that loads nothing from elsewhere and carries the model', async () => {
    const path = await exportModel(study, null, 'html', join(folder, 'report.html'));
    const html = readFileSync(path, 'utf8');
    expect(statSync(path).size).to.be.below(3e6);
    expect(html).not.to.match(/(?:src|href)="(?:https?:|\/)/);
    expect(html).not.to.match(/\bimport\s*\(|url\(/);
    expect(html)
      .to.contain('globalThis.lrnnModel = { predict, check, contributions, schema }')
      .and.to.contain('Inside the LRNN');
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).to.deep.equal([]);
  });
});

describe('explanations of a study of trees', function () {
  this.timeout(120_000);

  it('say exactly what each column adds, in the scores of classes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lrnn-explain-'));
    const explanations = new Explanations();
    try {
      const [data, out] = [join(folder, 'rows.csv'), join(folder, 'study')];
      const lines = table(240).replace('city,note,y', 'city,note,dear').split('\n');
      writeFileSync(
        data,
        lines.map((line) => line.replace(/,(-?[\d.]+)$/, (_, y) => (Number(y) > 7 ? ',yes' : ',no'))).join('\n'),
      );
      await fit({ data, target: 'dear', models: ['gbdt'], trials: 1, folds: 2, seed: 1, workers: 1, out });
      const reader = openStudy(out);
      const edition = reader.edition();
      reader.close();
      const row = { a: '0.9', b: '0.1', city: 'Oslo', note: 'quiet street' };
      const answer = await explanations.row({ folder: out, edition }, 'gbdt-0', row);
      expect(answer).to.include({ unit: 'log-odds', method: 'exact', models: 2, startRows: 64 });
      expect(answer.prediction[1]).to.be.above(0.5);
      for (const c of [0, 1]) {
        const sum = answer.columns.reduce((all, { values }) => all + values[c], answer.base![c]);
        expect(sum).to.be.closeTo(answer.end[c], 1e-9);
      }
      expect(answer.end[1]).to.be.above(answer.base![1]);
      const largest = [...answer.columns].sort((p, q) => Math.abs(q.values[1]) - Math.abs(p.values[1]));
      expect(largest.slice(0, 2).map(({ column }) => column)).to.have.members(['a', 'city']);
    } finally {
      await explanations.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('explanations of a study in the place of another', function () {
  this.timeout(120_000);

  it('are of the one that is there now, of as many events though it be', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lrnn-explain-'));
    const explanations = new Explanations();
    const [data, out] = [join(folder, 'rows.csv'), join(folder, 'study')];
    const events: number[] = [];
    /** What a new study of `y = slope x` predicts, and how its model errs. */
    const asked = async (slope: number): Promise<[number, number]> => {
      writeFileSync(data, ['x,y', ...Array.from({ length: 60 }, (_, i) => `${i % 20},${slope * (i % 20)}`)].join('\n'));
      await fit({ data, target: 'y', models: ['linear'], trials: 1, folds: 2, seed: 1, workers: 1, out });
      const reader = openStudy(out);
      const target = { folder: out, edition: reader.edition() };
      events.push(reader.lastEventId());
      reader.close();
      const { prediction } = await explanations.row(target, 'linear-0', { x: '10' });
      const { dependence } = (await explanations.model(target, 'linear-0'))!;
      const { mean } = dependence[0];
      return [prediction[0], Math.sign(mean[0].at(-1)! - mean[0][0])];
    };
    try {
      const [up, rises] = await asked(10);
      rmSync(out, { recursive: true });
      const [down, falls] = await asked(-10);
      expect(events[0]).to.equal(events[1]);
      expect([rises, falls]).to.deep.equal([1, -1]);
      expect(up).to.be.closeTo(100, 10);
      expect(down).to.be.closeTo(-100, 10);
    } finally {
      await explanations.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
