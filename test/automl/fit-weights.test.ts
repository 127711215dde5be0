import { expect } from 'chai';

import type { StudyData } from '../../src/automl/index.js';
import { fitWeights, inlineExecutor } from '../../src/automl/index.js';
import type { JsonObject, TrainedFamily } from '../../src/core/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import { chooseEngine } from '../../src/engine/index.js';

const SMALL: Readonly<Record<TrainedFamily, JsonObject>> = {
  dummy: {},
  linear: { alpha: 1 },
  lrnn: { depth: 1, rank: 8, width: 2, hidden: 4, epochs: 40 },
  mlp: { depth: 1, width: 16, epochs: 40 },
  gbdt: { rounds: 30, leaves: 4, minRows: 5 },
  extratrees: { trees: 30, minLeaf: 3 },
  knn: { neighbours: 5 },
  xgboost: { rounds: 30, maxDepth: 3 },
};

/** Two classes told apart by a; every second row says the opposite of what is so. */
function contradictory(weights: (row: number) => number): StudyData {
  const n = 240;
  const rng = new Rng(6);
  const a = Float64Array.from({ length: n }, () => 2 * rng.uniform() - 1);
  const y = Float32Array.from(a, (value, row) => Number(value > 0 !== (row % 2 === 1)));
  const part = (fold: number) => allRows(n).filter((row) => (row >> 1) % 2 === fold);
  return {
    frame: { rowCount: n, columns: [{ kind: 'numeric', name: 'a', values: a }] },
    y,
    weights: Float32Array.from(y, (_, row) => weights(row)),
    task: 'binary',
    k: 2,
    classes: ['no', 'yes'],
    folds: [
      { train: part(0), validation: part(1) },
      { train: part(1), validation: part(0) },
    ],
    holdout: new Uint32Array(),
    metric: 'accuracy',
    seed: 1,
  };
}

async function scoreOf(family: TrainedFamily, data: StudyData): Promise<number> {
  const executor = inlineExecutor(data, chooseEngine('wasm').engine);
  const outcome = await executor.run({ trial: 0, fold: 0, family, params: SMALL[family], seed: 3 });
  await executor.close();
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.score;
}

describe('weights of rows', () => {
  for (const family of ['linear', 'lrnn', 'mlp', 'gbdt', 'extratrees', 'xgboost', 'knn'] as const) {
    it(`reach the fit and the score of ${family}: rows of weight 0 are as good as not there`, async () => {
      expect(
        await scoreOf(
          family,
          contradictory((row) => (row % 2 === 0 ? 2 : 0)),
        ),
      ).to.be.greaterThan(0.9);
      expect(
        await scoreOf(
          family,
          contradictory(() => 1),
        ),
      ).to.be.within(0.3, 0.7);
    });
  }

  it('reach the dummy', async () => {
    const yes = contradictory(() => 1);
    const weights = yes.y.map((c) => (c === 1 ? 3 : 1));
    const executor = inlineExecutor({ ...yes, weights, metric: 'logloss' }, chooseEngine('wasm').engine);
    const outcome = await executor.run({ trial: 0, fold: 0, family: 'dummy', params: {}, seed: 3 });
    if (!outcome.ok) throw new Error(outcome.error);
    const { train } = yes.folds[0];
    const positive = train.filter((row) => yes.y[row] === 1).length;
    expect(outcome.predictions[1]).to.be.closeTo((3 * positive) / (train.length + 2 * positive), 1e-6);
  });
});

describe('fitWeights', () => {
  const data = contradictory((row) => 1 + (row % 3));
  const { train } = data.folds[0];

  it('are the rows’ own, where classes are not to be balanced', () => {
    expect(fitWeights(data, train)).to.equal(data.weights);
    expect(fitWeights({ ...data, weights: undefined }, train)).to.equal(undefined);
  });

  it('make every class of the training rows weigh the same, and a row as before on average', () => {
    const y = data.y.map((c, row) => (row % 10 === 0 ? 2 : c));
    const balanced = { ...data, y, k: 4, task: 'multiclass', classWeights: 'balanced' } as const;
    const weights = fitWeights(balanced, train)!;
    const total = (c: number) => train.reduce((sum, row) => sum + (y[row] === c ? weights[row] : 0), 0);
    const all = train.reduce((sum, row) => sum + data.weights![row], 0);
    for (const c of [0, 1, 2]) expect(total(c)).to.be.closeTo(all / 3, 1e-3);
  });

  it('know nothing of rows outside the training part', () => {
    const balanced: StudyData = { ...data, classWeights: 'balanced' };
    const turned = { ...balanced, y: data.y.map((c, row) => (train.includes(row) ? c : 1 - c)) };
    const [one, other] = [fitWeights(balanced, train)!, fitWeights(turned, train)!];
    for (const row of train) expect(other[row]).to.equal(one[row]);
  });
});
