/** @file How sure predictions are, from a fit to every door that answers them. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { readCoverage } from '../../../src/automl/index.js';
import { Rng } from '../../../src/core/index.js';
import type { FitOptions, PredictRequest } from '../../../src/run/index.js';
import { exportModel, fit, loadModel, openStudy, predictFile } from '../../../src/run/index.js';
import { ServedModel } from '../../../src/run/serve/served-model.js';
import { openSqliteStorage } from '../../../src/search/node.js';

const OLD = resolve(import.meta.dirname, '../../export/fixtures/model-v2-binary.safetensors');
const IDENTITY = { name: 'm', version: 1, sha256: 'ab' };
const FEW: Partial<FitOptions> = { trials: 3, models: ['linear', 'gbdt', 'dummy'], workers: 1, seed: 1, folds: 3 };

/** Rows of a line with noise; of classes, what is drawn by it. One of the classes has the sign that stands between others. */
function table(n: number, isClass: boolean, seed: number): string {
  const rng = new Rng(seed);
  const lines = Array.from({ length: n }, () => {
    const x = 10 * rng.uniform();
    const y = x + rng.normal();
    return `${x.toFixed(4)},${'abc'[rng.integer(3)]},${isClass ? ['low', 'a|b\\c', 'high, up'][y < 3 ? 0 : y < 7 ? 1 : 2].replace(/^(.*,.*)$/, '"$1"') : y.toFixed(4)},${rng.integer(30)}`;
  });
  return `x,c,y,g\n${lines.join('\n')}\n`;
}

describe('intervals of a fitted study', () => {
  let folder: string;
  const studyOf = async (name: string, text: string, more: Partial<FitOptions> = {}): Promise<string> => {
    const data = join(folder, `${name}.csv`);
    writeFileSync(data, text);
    const out = join(folder, name);
    await fit({ ...FEW, data, target: 'y', out, ...more });
    return out;
  };
  let numbers: string;
  let classes: string;
  before(async function () {
    this.timeout(240_000);
    folder = mkdtempSync(join(tmpdir(), 'lrnn-interval-'));
    numbers = await studyOf('numbers', table(300, false, 1));
    classes = await studyOf('classes', table(300, true, 2));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const served = async (study: string, interval: number, answer: 'json' | 'csv'): Promise<string> => {
    const model = await ServedModel.open(readFileSync(join(study, 'model.safetensors')), IDENTITY);
    const body = readFileSync(join(folder, 'rows.csv'));
    const request: PredictRequest = { body, type: 'csv', answer, interval };
    const [outcome] = await model.answer([request], {});
    model.dispose();
    return outcome.ok ? (outcome.body as string) : outcome.message;
  };

  for (const kind of ['numbers', 'classes'] as const) {
    it(`are the same from the library, the command and a server (${kind})`, async () => {
      const study = kind === 'numbers' ? numbers : classes;
      const rows = join(folder, 'rows.csv');
      writeFileSync(rows, table(40, kind === 'classes', 3));
      const model = await loadModel(study);
      const plain = await model.predict(rows);
      const sure = await model.predict(rows, { interval: 0.9 });
      model.dispose();
      expect(sure.map(({ lower: _, upper: __, set: ___, ...rest }) => rest)).to.deep.equal(plain);
      const { csv } = await predictFile(study, rows, null, { interval: 0.9 });
      const [head, ...lines] = csv!.trimEnd().split('\n');
      expect(await served(study, 0.9, 'csv')).to.equal(csv);
      const { predictions } = JSON.parse(await served(study, 0.9, 'json')) as { predictions: unknown };
      expect(predictions).to.deep.equal(sure);
      if (kind === 'numbers') {
        expect(head).to.equal('prediction,prediction_lower,prediction_upper');
        expect(lines).to.deep.equal(sure.map(({ prediction, lower, upper }) => `${prediction},${lower},${upper}`));
        for (const { prediction, lower, upper } of sure) {
          expect(lower).to.be.lessThan(prediction as number);
          expect(upper).to.be.greaterThan(prediction as number);
        }
      } else {
        expect(head).to.match(/,prediction_set$/);
        for (const [i, { prediction, set }] of sure.entries()) {
          expect(set).to.include(prediction);
          const cell = set!.map((name) => name.replace('|', '\\|').replace('\\c', '\\\\c')).join('|');
          expect(lines[i].endsWith(cell.includes(',') ? `,"${cell}"` : `,${cell}`), lines[i]).to.equal(true);
        }
      }
    });
  }

  it('hold new rows about as often as was asked, and the study says how often they held its own', async () => {
    const rows = join(folder, 'new.csv');
    const text = table(1000, false, 4);
    writeFileSync(rows, text);
    const model = await loadModel(numbers);
    const answers = await model.predict(rows, { interval: 0.8 });
    model.dispose();
    const truth = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[2]));
    const share = truth.filter((y, i) => y >= answers[i].lower! && y <= answers[i].upper!).length / truth.length;
    expect(share).to.be.within(0.7, 0.9);
    const storage = openSqliteStorage(join(numbers, 'study.sqlite'), { readonly: true });
    const { model: who, level, share: own, rows: count } = readCoverage(storage)!;
    storage.close();
    expect([typeof who, level, count]).to.deep.equal(['string', 0.9, 300]);
    expect(own).to.be.within(0.8, 1);
    const reader = openStudy(numbers);
    expect(reader.view().summary.coverage).to.include({ model: who, share: own });
    reader.close();
  });

  it('come with every model of the study that is exported', async () => {
    const reader = openStudy(numbers);
    const names = reader.view().trials.map(({ model }) => model);
    reader.close();
    expect(names).to.have.length(3);
    for (const name of names) {
      const model = await loadModel(
        await exportModel(numbers, name, 'safetensors', join(folder, `${name}.safetensors`)),
      );
      const [answer] = await model.predict([{ x: 5, c: 'a', g: 1 }], { interval: 0.5 });
      expect(answer.lower!, name).to.be.lessThan(answer.upper!);
      model.dispose();
    }
  });

  it('count groups, and refuse a level that there are too few groups for', async () => {
    const study = await studyOf('groups', table(200, false, 5), { group: 'g' });
    const model = await loadModel(study);
    const [answer] = await model.predict([{ x: 5, c: 'a' }], { interval: 0.9 });
    expect(answer.lower!).to.be.lessThan(answer.upper!);
    const error = await model.predict([{ x: 5 }], { interval: 0.98 }).then(
      () => 'answered',
      (reason: Error) => reason.message,
    );
    model.dispose();
    expect(error).to.match(/interval: must be at most 0\.96\d for a model that was judged on 30 rows or groups/);
  }).timeout(120_000);

  it('are refused in one sentence by a model of an earlier version, and for what is no level', async () => {
    const old = await loadModel(OLD);
    const refusal = async (interval: number): Promise<string> =>
      old.predict([{ age: 1 }], { interval }).then(
        () => 'answered',
        (error: Error) => error.message,
      );
    expect(await refusal(0.9)).to.match(/^interval: the model must say how sure it is\. /);
    expect(await refusal(0.3)).to.match(/^interval: must be a level from 0\.5 to 0\.999, got 0\.3\./);
    expect(await refusal('0.9' as unknown as number)).to.match(/^interval: must be a level/);
    old.dispose();
  });

  it('are given for five rows as far as these bear them', async () => {
    const study = await studyOf('five', table(5, false, 6), { models: ['linear', 'dummy'], trials: 2, folds: 2 });
    const model = await loadModel(study);
    const [answer] = await model.predict([{ x: 5, c: 'a', g: 1 }], { interval: 0.8 });
    expect(answer.lower!).to.be.at.most(answer.upper!);
    const error = await model.predict([{ x: 5 }], { interval: 0.9 }).then(
      () => 'answered',
      (reason: Error) => reason.message,
    );
    model.dispose();
    expect(error).to.include('must be at most 0.833');
  });
});
