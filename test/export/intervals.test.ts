/** @file How sure a model is, in every format that leaves the house: as it is here. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PredictorParts, StudySettings } from '../../src/automl/index.js';
import { Predictor } from '../../src/automl/index.js';
import type { Task } from '../../src/core/index.js';
import { Rng } from '../../src/core/index.js';
import { encodeRows } from '../../src/data/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import type { Uncertainty } from '../../src/evaluate/index.js';
import { learnUncertainty } from '../../src/evaluate/index.js';
import { decodeOnnx, encodeOnnx, encodeStandalone, judge, onnxFeeds, planOf } from '../../src/export/index.js';
import { readTemplate } from '../../src/export/node.js';
import type { Prediction } from '../../src/run/index.js';
import { verifyArtefact } from '../../src/run/index.js';
import { answering } from '../../src/run/predict/answer.js';
import { contentOf, saveModel } from '../../src/run/predict/bundle.js';
import { openOnnx } from '../../src/run/predict/onnx-runtime.js';
import type { MemberRecipe } from '../support/fitted.js';
import { motleyParts } from '../support/fitted.js';

const MEMBERS: readonly MemberRecipe[] = [{ family: 'gbdt' }, { family: 'linear' }];
const SETTINGS = { name: 's', command: 'lrnn fit rows.csv --target y', metric: 'rmse', dataSha256: 'cd', seed: 1 };
const ROWS = Array.from({ length: 60 }, (_, i) => ({
  age: i % 7 === 0 ? null : 18 + i,
  'größe, cm': 150 + 0.37 * i,
  price: 5000 * i,
  member: i % 3 === 0,
  city: ['Rome', 'Oslo', 'Atlantis'][i % 3],
}));
const LEVELS = [0.5, 0.73, 0.9, 0.99];

async function predictionsOf(parts: PredictorParts): Promise<{ data: Float32Array; cols: number }> {
  const predictor = new Predictor(parts, wasmEngine);
  const matrix = await predictor.predict(encodeRows(ROWS, parts.schema).frame);
  predictor.dispose();
  return matrix;
}

/** Parts that know how sure they are: of errors that grow with the prediction, or of classes drawn by chance. */
async function sureParts(task: Task, threshold?: number): Promise<PredictorParts> {
  const parts = await motleyParts(task, MEMBERS);
  const { data, cols } = await predictionsOf(parts);
  const rng = new Rng(3);
  const n = 600;
  const predictions = { rows: n, cols, data: new Float32Array(n * cols) };
  const y = Float64Array.from({ length: n }, (_, i) => {
    const from = (i % ROWS.length) * cols;
    predictions.data.set(data.subarray(from, from + cols), i * cols);
    return cols === 1 ? data[from] + (1 + (i % ROWS.length)) * rng.normal() : rng.integer(cols);
  });
  const folds = [0, 1, 2].map((fold) => Uint32Array.from({ length: n / 3 }, (_, i) => 3 * i + fold));
  const uncertainty: Uncertainty = learnUncertainty({ y, predictions, parts: folds });
  return { ...parts, uncertainty, ...(threshold === undefined ? {} : { threshold }) };
}

async function codeOf(parts: PredictorParts) {
  const plan = planOf(parts);
  const content = await contentOf(parts, plan, SETTINGS as StudySettings);
  const { code } = await encodeStandalone(plan, await readTemplate(), content);
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  return (await import(url)) as {
    predict: (rows: readonly object[], options?: { interval?: unknown }) => Prediction[];
    selfTest: () => { ok: boolean };
  };
}

describe('how sure an exported model is', () => {
  const cases = { regression: undefined, binary: 0.3, multiclass: undefined } as const;
  for (const [task, threshold] of Object.entries(cases) as [Task, number | undefined][]) {
    it(`is the same in JavaScript as here (${task})`, async () => {
      const parts = await sureParts(task, threshold);
      const { data, cols } = await predictionsOf(parts);
      const { predict, selfTest } = await codeOf(parts);
      expect(selfTest().ok).to.equal(true);
      for (const level of LEVELS) {
        const answer = answering(parts, level);
        predict(ROWS, { interval: level }).forEach(({ lower, upper, set, prediction }, i) => {
          const own = answer(data.subarray(i * cols, (i + 1) * cols));
          if (own.set) {
            expect(set).to.deep.equal(own.set);
            expect(set).to.include(prediction);
            return;
          }
          const width = own.upper! - own.lower!;
          expect(lower).to.be.closeTo(own.lower!, 1e-4 * width);
          expect(upper).to.be.closeTo(own.upper!, 1e-4 * width);
        });
      }
      expect(predict(ROWS)[0]).to.not.have.any.keys('lower', 'upper', 'set');
    });

    it(`can be read off the metadata of an ONNX file (${task})`, async () => {
      const parts = await sureParts(task, threshold);
      const plan = planOf(parts);
      const bytes = await encodeOnnx(plan, await contentOf(parts, plan, SETTINGS as StudySettings));
      const { inputs, schema, sureness } = await decodeOnnx(bytes);
      const { uncertainty } = parts;
      expect(sureness).to.deep.equal({ task, k: plan.k, threshold: threshold ?? null, costs: null, uncertainty });
      const session = (await openOnnx(bytes))!;
      const { value, probabilities } = await session.run(onnxFeeds(inputs, schema, ROWS));
      await session.close();
      // As the documentation says it in Python.
      const { levels, scores } = sureness.uncertainty!.steps;
      const score = scores[levels.findIndex((level) => level >= 0.9 - 1e-9)];
      const { data, cols } = await predictionsOf(parts);
      ROWS.forEach((_, i) => {
        const own = answering(parts, 0.9)(data.subarray(i * cols, (i + 1) * cols));
        if (own.set) {
          const row = Array.from({ length: cols }, (__, c) => Number(probabilities[i * cols + c]));
          const names = parts.schema.target.classes.filter((___, c) => row[c] >= 1 - score);
          expect(own.set).to.include.members(names);
        } else {
          const reach = (own.upper! - own.lower!) / 2;
          const spread = sureness.uncertainty!.kind === 'interval' ? sureness.uncertainty!.spread : null;
          expect(Number(value[i])).to.be.closeTo((own.lower! + own.upper!) / 2, 1e-3 * reach);
          if (spread === null) expect(reach).to.be.closeTo(score, 1e-3 * score);
        }
      });
    });
  }

  it('is a part of the self-test: another table of scores does not pass', async () => {
    for (const task of ['regression', 'multiclass'] as const) {
      const parts = await sureParts(task);
      const plan = planOf(parts);
      const { selfTest } = await contentOf(parts, plan, SETTINGS as StudySettings);
      expect(selfTest.sure!.answers).to.have.length(selfTest.rows.length);
      const predictions = selfTest.expected.flat();
      expect(judge(selfTest, predictions, plan).ok).to.equal(true);
      const { steps } = plan.uncertainty!;
      const shifted = {
        ...steps,
        scores: steps.scores.map((score) => (task === 'regression' ? 1.1 * score : 0.4 * score)),
      };
      const other = { ...plan, uncertainty: { ...plan.uncertainty!, steps: shifted } };
      expect(judge(selfTest, predictions, other).ok, task).to.equal(false);
      expect(judge(selfTest, predictions, { ...plan, uncertainty: null }).ok).to.equal(false);
    }
  });

  it('passes where a model file is verified', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lrnn-sure-'));
    try {
      const file = join(folder, 'model.safetensors');
      await saveModel(file, await sureParts('regression'), SETTINGS as StudySettings);
      expect((await verifyArtefact(file)).rows).to.be.greaterThan(10);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused in one sentence where a module does not know it, and for what is no level', async () => {
    const { predict, selfTest } = await codeOf(await motleyParts('regression', MEMBERS));
    expect(selfTest().ok).to.equal(true);
    expect(() => predict(ROWS, { interval: 0.9 })).to.throw('interval: the model must say how sure it is.');
    for (const level of [0.3, 1, '0.9', NaN, null]) {
      expect(() => predict(ROWS, { interval: level })).to.throw('interval: must be a level from 0.5 to 0.999.');
    }
  });
});
