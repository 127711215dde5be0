import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import type { StudySettings } from '../../../src/automl/index.js';
import type { PredictAnswer, PredictRequest } from '../../../src/run/index.js';
import { loadModel } from '../../../src/run/index.js';
import { saveModel } from '../../../src/run/predict/bundle.js';
import { ServedModel } from '../../../src/run/serve/served-model.js';
import type { MemberRecipe } from '../../support/fitted.js';
import { motleyParts } from '../../support/fitted.js';

const FIXTURE = resolve(import.meta.dirname, '../../export/fixtures/model-v2-binary.safetensors');
const IDENTITY = { name: 'm', version: 1, sha256: 'ab' };
const MEMBERS: readonly MemberRecipe[] = [
  { family: 'lrnn' },
  { family: 'mlp' },
  { family: 'xgboost' },
  { family: 'linear' },
];
const SETTINGS: Partial<StudySettings> = {
  name: 's',
  command: 'lrnn fit rows.csv --target y',
  metric: 'rmse',
  dataSha256: 'cd',
  seed: 1,
};

const json = (rows: unknown, answer: 'json' | 'csv' = 'json'): PredictRequest => ({
  body: new TextEncoder().encode(JSON.stringify(rows)),
  type: 'json',
  answer,
});

describe('ServedModel', () => {
  let model: ServedModel;
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lrnn-served-'));
    file = join(folder, 'model.safetensors');
    await saveModel(file, await motleyParts('multiclass', MEMBERS), SETTINGS as StudySettings);
    model = await ServedModel.open(readFileSync(file), IDENTITY);
  });
  after(async () => {
    model.dispose();
    await rm(folder, { recursive: true });
  });

  it('gives a row the same bits whatever it is predicted with', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => ({
      age: i % 7 === 0 ? null : 18 + (i % 60),
      'größe, cm': 150 + 0.37 * i,
      price: 5000 * i,
      member: i % 3 === 0,
      city: ['Rome', 'Oslo', 'Atlantis'][i % 3],
      zip: `Z${i % 50}`,
      joined: `2020-0${1 + (i % 9)}-11`,
      note: 'red fast '.repeat(i % 4),
    }));
    const alone = await loadModel(file);
    const expected = await Promise.all(rows.map(async (row) => (await alone.predict([row]))[0]));
    alone.dispose();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }), async (sizes) => {
        let at = 0;
        const parts = sizes.map((size) => Array.from({ length: size }, () => at++ % rows.length));
        const outcomes = await model.answer(
          parts.map((part) => json(part.map((row) => rows[row]))),
          {},
        );
        outcomes.forEach((outcome, i) => {
          const { body } = outcome as PredictAnswer;
          const { predictions } = JSON.parse(String(body)) as { predictions: unknown[] };
          expect(predictions).to.deep.equal(parts[i].map((row) => expected[row]));
        });
      }),
      { numRuns: 20 },
    );
  });

  it('answers each request by itself: what is wrong with one is no matter to the others', async () => {
    const good = { [model.description.targets[0].schema.columns[0].name]: '1' };
    const asked = [json([good]), json([7]), json([{ nothing: 1 }]), json([good, good]), json([])];
    const outcomes = await model.answer(asked, { maxRows: 2 });
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.rows : [outcome.kind, outcome.where]))).to.deep.equal([
      1,
      ['usage', 'rows'],
      ['data', 'columns'],
      2,
      ['usage', 'rows'],
    ]);
  });

  it('says which model it is, and names a hundred extra columns at most', async () => {
    const binary = await ServedModel.open(readFileSync(FIXTURE), IDENTITY);
    const extra = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`more ${i}`, i]));
    const [many, few] = await binary.answer([json([{ age: 1, ...extra }]), json([{ age: 1, more: 1 }])], {});
    binary.dispose();
    const read = (outcome: unknown) =>
      JSON.parse(String((outcome as PredictAnswer).body)) as { model: object; summary: Record<string, unknown> };
    expect(read(many).model).to.deep.equal(IDENTITY);
    expect(read(many).summary.extraColumns).to.have.length(100).and.include('more 99').and.not.include('more 100');
    expect(read(many).summary.moreExtraColumns).to.equal(30);
    expect(read(few).summary).to.not.have.property('moreExtraColumns');
    expect((many as PredictAnswer).coerced - (few as PredictAnswer).coerced).to.equal(129);
  });
});
