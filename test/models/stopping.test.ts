import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, matrixFrom } from '../../src/core/index.js';
import { chooseEngine } from '../../src/engine/index.js';
import type { Sample } from '../../src/models/index.js';
import { lrnn, mlp, xgboost } from '../../src/models/index.js';
import { StoppingJudge } from '../../src/models/stopping.js';
import type { TargetScaling } from '../../src/models/target.js';

const plain = (task: TargetScaling['task'], k: number): TargetScaling => ({
  task,
  k,
  mean: 0,
  scale: 1,
  low: -Infinity,
  high: Infinity,
});

const sampleOf = (y: readonly number[], weights?: readonly number[]): Sample => ({
  X: createMatrix(y.length, 1),
  y: Float32Array.from(y),
  rows: allRows(y.length),
  ...(weights ? { weights: Float32Array.from(weights) } : {}),
});

const column = (values: readonly number[]): Matrix => matrixFrom(values.map((value) => [value]));

describe('StoppingJudge', () => {
  it('says the weighted mean loss of every step, and keeps some of them with what was said', () => {
    const judge = new StoppingJudge(sampleOf([0, 0], [1, 3]), plain('regression', 1), true);
    expect(judge.observe(column([2, 0]))).to.equal(1);
    expect(judge.observe(column([0, 2]))).to.equal(3);
    const { steps, losses, predictions } = judge.kept()!;
    expect([steps, losses]).to.deep.equal([
      [1, 2],
      [1, 3],
    ]);
    expect(predictions.map(({ data }) => [...data])).to.deep.equal([
      [2, 0],
      [0, 2],
    ]);
  });

  it('judges numbers that are predicted, inside what was seen in training, and finds out what is no number', () => {
    const seen = { ...plain('regression', 1), mean: 2, scale: 4, low: 1, high: 9 };
    for (const name of [
      'squared',
      'absolute',
      'mape',
      'huber',
      'quantile',
      'poisson',
      'gamma',
      'tweedie',
      'rmsle',
    ] as const) {
      const shape = { huber: 0.75, quantile: 0.2, tweedie: 1.3, mape: 0.1 }[name as string] ?? 0;
      for (const scaling of [seen, { ...seen, mean: 0, link: 'log' } as const]) {
        const sample = sampleOf([2, 7, 8, 30]);
        const judge = new StoppingJudge(sample, scaling, true, { name, shape });
        const outputOf = (said: number) => (scaling.mean === 0 ? Math.log(said / 4) : (said - 2) / 4);
        const inside = judge.observe(column([1, 9, 5, 9].map(outputOf)));
        const tolerance = 1e-5 * (1 + Math.abs(inside));
        expect(judge.observe(column([-900, 900, outputOf(5), 900])), name).to.be.closeTo(inside, tolerance);
        const [one, other] = judge.kept()!.predictions;
        other.data.forEach((value, i) => expect(value).to.be.closeTo(one.data[i], 1e-5));
        for (const bad of [Infinity, -Infinity, NaN]) expect(judge.observe(column([bad, 0, 0, 0]))).to.be.NaN;
      }
    }
  });

  it('judges logarithms of a target that was always 0', () => {
    const zero = { ...plain('regression', 1), low: 0, high: 0, link: 'log' } as const;
    const judge = new StoppingJudge(sampleOf([0, 0]), zero, false, { name: 'poisson', shape: 0 });
    expect(judge.observe(column([-2, 3]))).to.be.closeTo(0, 1e-12);
  });

  it('keeps every early step and fewer and fewer of the later ones', () => {
    const judge = new StoppingJudge(sampleOf([0]), plain('regression', 1), true);
    for (let step = 1; step <= 1000; step++) judge.observe(column([1]));
    const { steps } = judge.kept()!;
    expect(steps.slice(0, 8)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(steps.length).to.be.within(30, 60);
    for (let i = 1; i < steps.length; i++) expect(steps[i]).to.be.at.most(Math.ceil(1.12 * steps[i - 1]));
  });

  it('keeps nothing where nobody asked, and no step without a finite loss', () => {
    const seen = (isKept: boolean, values: readonly number[]) => {
      const judge = new StoppingJudge(sampleOf([0]), plain('regression', 1), isKept);
      for (const value of values) judge.observe(column([value]));
      return judge.kept()?.steps;
    };
    expect(seen(false, [1, 2])).to.equal(undefined);
    expect(seen(true, [NaN])).to.equal(undefined);
    expect(seen(true, [3, NaN, 2])).to.deep.equal([1, 3]);
  });
});

describe('the steps of a fit', () => {
  const y = Float32Array.from({ length: 60 }, (_, i) => i % 2);
  const X = matrixFrom(Array.from(y, (value, i) => [value + Math.sin(9 * i), Math.cos(5 * i)]));
  const [train, validation] = [allRows(60).subarray(0, 40), allRows(60).subarray(40)].map((rows) => ({ X, y, rows }));

  for (const [name, estimator] of [
    ['boosted trees', xgboost({ rounds: 25, learningRate: 0.3 })],
    ['an MLP', mlp({ width: 8, epochs: 8 })],
    ['an LRNN', lrnn({ rank: 8, epochs: 8 })],
  ] as const) {
    it(`of ${name} are what the model says at its own stop, too, and are kept only when asked for`, async () => {
      const { engine } = chooseEngine('wasm');
      const ctx = { task: 'binary', k: 2, seed: 1, engine, validation } as const;
      const model = await estimator.fit(train, { ...ctx, keepSteps: true });
      const { steps, losses, predictions } = model.steps!;
      const at = steps.indexOf(model.report.bestStep);
      expect(at).to.be.at.least(0);
      expect(losses[at]).to.equal(Math.min(...losses));
      const own = await model.predict({ rows: 20, cols: 2, data: X.data.slice(80) });
      own.data.forEach((value, i) => expect(predictions[at].data[i]).to.be.closeTo(value, 1e-6));
      model.dispose();
      expect((await estimator.fit(train, ctx)).steps).to.equal(undefined);
    });
  }
});
