/** Fits that overflow on the real kernels: a note, one retry, finite numbers; never a crash. */

import { expect } from 'chai';

import { wasmEngine } from '../../src/engine/index.js';
import type { Estimator, Model } from '../../src/models/index.js';
import { lrnn, mlp } from '../../src/models/index.js';
import type { TrainingParams } from '../../src/models/network.js';
import { easyProblem, TASKS } from '../support/tabular.js';

type Params = Partial<TrainingParams>;

const SIZES = { rank: 8, width: 3, hidden: 3, depth: 2 };
const NETWORKS: readonly (readonly [name: string, make: (params: Params) => Estimator])[] = [
  ['mlp', (params) => mlp({ width: 8, ...params })],
  ['lrnn of dense layers', (params) => lrnn({ ...SIZES, first: { projection: 'dense' }, ...params })],
  [
    'lrnn with an axis layer',
    (params) => lrnn({ ...SIZES, first: { projection: 'axis', rank: 8, hidden: 3, activation: 'tanh' }, ...params }),
  ],
];
/** How often a fit is made slower until it converges; 0.3^30 takes any rate below to almost nothing. */
const RETRIES = 30;

const FIRST = /^diverged at step [1-9]\d*; retried at 0\.3 times the learning rate$/;
const SECOND = /^diverged again at step [1-9]\d*; the best epoch before it is kept$/;

const { sample: whole } = easyProblem('regression');
const [trainRows, validationRows] = [whole.rows.slice(0, 90), whole.rows.slice(90)];

function fit(make: (params: Params) => Estimator, task: (typeof TASKS)[number], learningRate: number): Promise<Model> {
  const { k, sample } = easyProblem(task);
  const estimator = make({ learningRate, schedule: 'constant', epochs: 6 });
  const validation = { ...sample, rows: validationRows };
  return estimator.fit({ ...sample, rows: trainRows }, { task, k, seed: 1, engine: wasmEngine, validation });
}

/** Every number of a model, in a fixed order. */
function weightsOf(model: Model): number[] {
  return Object.values(model.save().tensors).flatMap((tensor) => Array.from(tensor));
}

describe('a diverging fit', () => {
  for (const [name, make] of NETWORKS) {
    for (const task of TASKS) {
      it(`ends with a note and predicts finite numbers at absurd learning rates: ${name}, ${task}`, async () => {
        for (const learningRate of [1e3, 1e6, 1e12, 1e38]) {
          const model = await fit(make, task, learningRate);
          const { notes, bestStep } = model.report;
          const label = `at ${learningRate}`;
          expect(notes.length, label).to.be.within(learningRate > 1e3 ? 1 : 0, 2);
          if (notes.length > 0) expect(notes[0], label).to.match(FIRST);
          if (notes.length > 1) expect(notes[1], label).to.match(SECOND);
          expect(bestStep, label).to.be.within(0, 6);
          expect(weightsOf(model).every(Number.isFinite), `weights ${label}`).to.equal(true);
          const { data } = await model.predict(whole.X);
          expect(data.every(Number.isFinite), `predictions ${label}`).to.equal(true);
          model.dispose();
        }
      });
    }

    it(`is tried again as the same fit at 0.3 times its rate, once: ${name}`, async () => {
      let learningRate = 1e6;
      let diverged = await fit(make, 'regression', learningRate);
      for (let retry = 0; retry < RETRIES; retry++) {
        const slower = await fit(make, 'regression', learningRate * 0.3);
        if (slower.report.notes.length === 0) {
          expect(diverged.report.notes).to.have.length(1);
          expect(diverged.report.curve).to.deep.equal(slower.report.curve);
          expect(weightsOf(diverged)).to.deep.equal(weightsOf(slower));
          return;
        }
        learningRate *= 0.3;
        diverged = slower;
      }
      expect.fail(`still diverging at ${learningRate}`);
    });
  }
});
