import { expect } from 'chai';

import type { SavedState } from '../../../src/core/index.js';
import { allRows, createMatrix, Rng, ToolkitError } from '../../../src/core/index.js';
import { referenceEngine } from '../../../src/engine/index.js';
import type { FitContext, Model, Sample } from '../../../src/models/estimator.js';
import { findEncoding } from '../../../src/models/xgboost/encoding.js';
import { exclusively } from '../../../src/models/xgboost/module.js';
import { NativeBooster } from '../../../src/models/xgboost/native.js';
import type { XgboostParams } from '../../../src/models/xgboost/params.js';
import { restoreXgboost, xgboost } from '../../../src/models/xgboost/xgboost.js';
import { easyProblem, meanLoss } from '../../support/tabular.js';
import { expectLargerSteps } from '../support/short-time.js';

const REGRESSION: FitContext = { task: 'regression', k: 1, seed: 3, engine: referenceEngine };

/** y is x0 plus as much noise again: enough rounds always overfit. */
function noisy(rows: number, seed: number): Sample {
  const rng = new Rng(seed);
  const X = createMatrix(rows, 3);
  for (let i = 0; i < X.data.length; i++) X.data[i] = rng.normal();
  return { X, y: Float32Array.from({ length: rows }, (_, i) => X.data[3 * i] + rng.normal()), rows: allRows(rows) };
}

const SMALL: Partial<XgboostParams> = { learningRate: 0.2, maxDepth: 3, rounds: 200, earlyStoppingRounds: 15 };

async function validationLossAt(rounds: number, train: Sample, validation: Sample): Promise<number> {
  const model = await xgboost({ ...SMALL, rounds }).fit(train, REGRESSION);
  const problem = { task: 'regression' as const, k: 1, sample: validation };
  return meanLoss(await model.predict(validation.X), problem);
}

describe('an xgboost fit', () => {
  it('stops early and keeps exactly the rounds up to the best one', async () => {
    const [train, validation] = [noisy(200, 1), noisy(200, 2)];
    const model = await xgboost(SMALL).fit(train, { ...REGRESSION, validation });
    const best = model.report.bestStep;
    expect(best).to.be.within(3, 150);
    const last = model.report.curve.at(-1)?.step ?? 0;
    expect(last).to.be.at.most(best + 15);
    const alone = await xgboost({ ...SMALL, rounds: best }).fit(train, REGRESSION);
    expect(alone.save().tensors).to.deep.equal(model.save().tensors);
    const losses = await Promise.all([best - 1, best, best + 1].map((r) => validationLossAt(r, train, validation)));
    expect(Math.min(...losses)).to.equal(losses[1]);
  });

  it('trains its full course without a validation set', async () => {
    const model = await xgboost({ ...SMALL, rounds: 25 }).fit(noisy(60, 1), REGRESSION);
    expect(model.report.bestStep).to.equal(25);
    expect(treeCount(model.save())).to.equal(25);
    expect(model.report.curve.map((point) => [point.step, point.validation])).to.deep.equal([
      [10, null],
      [20, null],
      [25, null],
    ]);
  });

  it('grows one tree per class and round', async () => {
    const { sample, k } = easyProblem('multiclass', 60);
    const model = await xgboost({ ...SMALL, rounds: 7 }).fit(sample, { ...REGRESSION, task: 'multiclass', k });
    expect(treeCount(model.save())).to.equal(21);
  });

  it('stops after the block of rounds where report returns false', async () => {
    const report = (step: number): boolean => step < 20;
    const model = await xgboost({ ...SMALL, rounds: 100 }).fit(noisy(60, 1), { ...REGRESSION, report });
    expect(model.report.bestStep).to.equal(20);
  });

  it('stops after a round where time is up', async () => {
    const model = await xgboost({ ...SMALL, rounds: 100 }).fit(noisy(60, 1), { ...REGRESSION, limitMs: 0 });
    expect(model.report.bestStep).to.equal(1);
  });

  it('takes larger steps where few rounds fit into the time, and says so', async () => {
    await expectLargerSteps((params) => xgboost({ ...SMALL, ...params }), noisy(600, 1), REGRESSION);
  });

  it('does as its parameters say', async () => {
    const train = noisy(150, 4);
    const nodes = async (params: Partial<XgboostParams>): Promise<number> =>
      (await xgboost({ rounds: 10, subsample: 1, maxDepth: 4, ...params }).fit(train, REGRESSION)).report.parameters;
    for (const treeMethod of ['hist', 'exact'] as const) {
      const plain = await nodes({ treeMethod });
      expect(await nodes({ treeMethod, maxDepth: 1 })).to.equal(30);
      for (const less of [{ minChildWeight: 20 }, { gamma: 3 }, { regAlpha: 20 }, { maxDepth: 2 }]) {
        expect(await nodes({ treeMethod, ...less }), JSON.stringify(less)).to.be.lessThan(plain);
      }
    }
  });

  it('follows every random or shrinking parameter', async () => {
    const train = noisy(150, 4);
    const values = async (params: Partial<XgboostParams>): Promise<string> => {
      const fixed = { rounds: 5, subsample: 1, colsampleByLevel: 1 };
      const model = await xgboost({ ...fixed, ...params }).fit(train, REGRESSION);
      return String((await model.predict(train.X)).data.slice(0, 20));
    };
    for (const treeMethod of ['hist', 'exact'] as const) {
      const plain = await values({ treeMethod });
      for (const change of [{ regLambda: 5 }, { learningRate: 0.5 }, { subsample: 0.5 }, { colsampleByTree: 0.4 }]) {
        expect(await values({ treeMethod, ...change }), JSON.stringify(change)).not.to.equal(plain);
      }
      expect(await values({ treeMethod, colsampleByLevel: 0.4 })).not.to.equal(plain);
    }
    expect(await values({ treeMethod: 'hist', maxBin: 4 })).not.to.equal(await values({ treeMethod: 'hist' }));
  });

  it('gives fits that run at the same time the bits they have alone', async () => {
    const train = noisy(300, 5);
    const fit = (seed: number): Promise<Model> => xgboost({ ...SMALL, rounds: 40 }).fit(train, { ...REGRESSION, seed });
    const alone = [await fit(1), await fit(2)];
    const together = await Promise.all([fit(1), fit(2)]);
    together.forEach((model, i) => expect(model.save().tensors).to.deep.equal(alone[i].save().tensors));
  });

  it('counts a row of weight 2 as two rows, in every task', async () => {
    for (const task of ['binary', 'multiclass'] as const) {
      const { sample, k } = easyProblem(task, 60);
      const weights = Float32Array.from(sample.y, (_, i) => (i % 2) + 1);
      const doubled = Uint32Array.from([...sample.rows].flatMap((i) => (i % 2 ? [i, i] : [i])));
      const recipe = xgboost({ rounds: 15, subsample: 1, colsampleByLevel: 1, treeMethod: 'exact' });
      const ctx = { ...REGRESSION, task, k };
      const [a, b] = [
        await recipe.fit({ ...sample, weights }, ctx),
        await recipe.fit({ ...sample, rows: doubled }, ctx),
      ];
      const [p, q] = [await a.predict(sample.X), await b.predict(sample.X)];
      p.data.forEach((value, i) => expect(value).to.be.closeTo(q.data[i], 1e-4));
    }
  });
});

describe('xgboost', () => {
  it('refuses parameters it would not understand', () => {
    const cases: [object, string][] = [
      [{ rounds: 0 }, 'xgboost: rounds must be a whole number from 1 up, got 0.'],
      [{ maxDepth: 2.5 }, 'xgboost: maxDepth must be a whole number from 1 up, got 2.5.'],
      [{ maxDepth: 17 }, 'xgboost: maxDepth must be at most 16, got 17.'],
      [{ maxBin: 1 }, 'xgboost: maxBin must be a whole number from 2 up, got 1.'],
      [{ subsample: 0 }, 'xgboost: subsample must be in (0, 1], got 0.'],
      [{ colsampleByLevel: 1.1 }, 'xgboost: colsampleByLevel must be in (0, 1], got 1.1.'],
      [{ learningRate: Number.NaN }, 'xgboost: learningRate must be in (0, 1], got NaN.'],
      [{ regLambda: -1 }, 'xgboost: regLambda must be 0 or more, got -1.'],
      [{ treeMethod: 'gpu' }, "xgboost: treeMethod must be 'auto', 'hist' or 'exact', got \"gpu\"."],
      [{ max_depth: 3 }, 'xgboost: every parameter must be a known one, got "max_depth". Known: rounds,'],
    ];
    for (const [params, message] of cases) {
      expect(() => xgboost(params), message)
        .to.throw(ToolkitError)
        .with.property('message')
        .that.satisfies((text: string) => text.startsWith(message));
    }
  });

  it('refuses a table without columns', async () => {
    const sample = { ...noisy(5, 1), X: createMatrix(5, 0) };
    const error = await xgboost()
      .fit(sample, REGRESSION)
      .catch((reason: Error) => reason);
    expect(error).to.have.property('message', 'xgboost.fit: X must have at least one column, got 0.');
  });

  it('refuses more data than the heap can hold, before it touches it', () =>
    exclusively(async (module) => {
      const X = { rows: 1, cols: 70_000_000, data: new Float32Array(0) };
      const data = { X, rows: Uint32Array.of(0), y: Float32Array.of(1), encoding: [] };
      expect(() => NativeBooster.create(module, data, {})).to.throw(/rows times columns must be at most 60000000/);
    }));

  it('turns a failure of the native code into an error, and works again afterwards', async () => {
    const train = noisy(40, 1);
    const before = await xgboost({ rounds: 5 }).fit(train, REGRESSION);
    await exclusively(async (module) => {
      const data = { ...train, encoding: findEncoding(train.X, train.rows) };
      const booster = NativeBooster.create(module, data, { objective: 'no:such' });
      expect(() => booster.train(1)).to.throw(ToolkitError, 'xgboost.fit: the native trainer must get through');
    });
    const after = await xgboost({ rounds: 5 }).fit(train, REGRESSION);
    expect(after.save().tensors).to.deep.equal(before.save().tensors);
  });

  it('refuses a damaged file', async () => {
    const { X, y, rows } = noisy(40, 1);
    const state = (await xgboost({ rounds: 3 }).fit({ X, y, rows }, REGRESSION)).save();
    const damaged = (name: string, change: (tensor: Int32Array) => void): SavedState => {
      const tensors = structuredClone(state.tensors);
      change(tensors[name] as Int32Array);
      return { ...state, tensors };
    };
    const bad = [
      damaged('feature', (feature) => (feature[0] = 3)),
      damaged('left', (left) => (left[0] = 0)),
      damaged('left', (left) => (left[0] = 1_000_000)),
      damaged('roots', (roots) => (roots[1] = 0)),
      { ...state, tensors: { ...state.tensors, value: new Float32Array(1) } },
    ];
    for (const broken of bad) expect(() => restoreXgboost(broken)).to.throw(/trees must be whole/);
    expect(() => restoreXgboost({ ...state, tensors: {} })).to.throw(/tensor feature must be a Int32Array/);
    expect(() => restoreXgboost({ ...state, version: 9 })).to.throw(/version must be 1, got 9/);
    expect(() => restoreXgboost({ ...state, kind: 'dummy' })).to.throw(/must be a xgboost/);
  });
});

function treeCount(state: SavedState): number {
  return state.tensors.roots.length - 1;
}
