import { expect } from 'chai';

import type { SavedState } from '../../src/core/index.js';
import { allRows, matrixFrom, Rng } from '../../src/core/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import type { Sample } from '../../src/models/index.js';
import { atLevel, catalogEntry, quantilesOf, requireLevels, restoreModel } from '../../src/models/index.js';

const LEVELS = [0.1, 0.5, 0.9];
const of = (family: 'gbdt' | 'mlp' | 'lrnn' | 'dummy', params = {}) =>
  quantilesOf(LEVELS, (level) => catalogEntry(family).estimator(atLevel(family, params, level)));

/** Noise that grows with x, so that its quantiles lie farther apart on the right. */
function sample(n: number): Sample {
  const rng = new Rng(8);
  const x = Array.from({ length: n }, () => 4 * rng.uniform());
  return {
    X: matrixFrom(x.map((value) => [value])),
    y: Float32Array.from(x, (value) => value + (0.2 + value) * rng.normal()),
    rows: allRows(n),
  };
}

const context = { task: 'regression', k: 1, seed: 3, engine: wasmEngine } as const;

describe('quantiles', () => {
  it('of the dummy are those of y, by the weights of the rows', async () => {
    const train = { X: matrixFrom([[0], [0], [0], [0]]), y: Float32Array.of(1, 2, 3, 100), rows: allRows(4) };
    const model = await of('dummy').fit({ ...train, weights: Float32Array.of(1, 10, 1, 1) }, context);
    expect([...(await model.predict(matrixFrom([[7]]))).data]).to.deep.equal([2, 2, 3]);
    model.dispose();
  });

  it('hold the shares that they are of, lie farther apart where the noise is larger, and never cross', async () => {
    const [train, test] = [sample(1200), sample(1200)];
    for (const [family, params] of [
      ['gbdt', { rounds: 60, leaves: 6, minRows: 40, learningRate: 0.1 }],
      ['mlp', { epochs: 20, width: 24 }],
    ] as const) {
      const model = await of(family, params).fit(train, { ...context, validation: sample(400) });
      const { data, cols } = await model.predict(test.X);
      expect(cols).to.equal(3);
      LEVELS.forEach((level, j) => {
        const below = test.y.filter((y, i) => y <= data[3 * i + j]).length / test.y.length;
        expect(below, `${family} at ${level}`).to.be.closeTo(level, 0.06);
      });
      for (let i = 0; i < test.y.length; i++) {
        expect(data[3 * i]).to.be.at.most(data[3 * i + 1]);
        expect(data[3 * i + 1]).to.be.at.most(data[3 * i + 2]);
      }
      const { data: ends } = await model.predict(matrixFrom([[0.3], [3.7]]));
      expect(ends[5] - ends[3], family).to.be.above(1.5 * (ends[2] - ends[0]));
      model.dispose();
    }
  });

  it('are the same after a way through a file, for every family that has them', async () => {
    const rows = matrixFrom([[0.3], [1], [3.7]]);
    const small = { gbdt: { rounds: 5 }, mlp: { epochs: 1, width: 4 }, lrnn: { epochs: 1, rank: 4 }, dummy: {} };
    for (const family of ['gbdt', 'mlp', 'lrnn', 'dummy'] as const) {
      const model = await of(family, small[family]).fit(sample(80), context);
      const { json, ...rest } = model.save();
      const read = { ...rest, json: JSON.parse(JSON.stringify(json)) as SavedState['json'] };
      const restored = restoreModel(read, wasmEngine);
      expect((await restored.predict(rows)).data, family).to.deep.equal((await model.predict(rows)).data);
      expect(restored.report).to.deep.equal(model.report);
      expect(model.report.parameters).to.be.above(2);
      [model, restored].forEach((one) => one.dispose());
    }
  });

  it('refuse levels that are none, classes, and a file with a model missing', async () => {
    const wrong = [
      [],
      [0],
      [1],
      [0.5, 0.5],
      [0.9, 0.1],
      [0.12345678],
      ['0.5'],
      Array.from({ length: 100 }, (_, i) => (i + 1) / 200),
    ];
    for (const levels of wrong)
      expect(() => requireLevels(levels as number[]), String(levels)).to.throw('quantiles: must be ');
    const classes = of('gbdt').fit({ ...sample(20), y: new Float32Array(20) }, { ...context, task: 'binary', k: 2 });
    expect(await classes.catch(String)).to.contain('quantiles.fit: needs a target of numbers');
    const model = await of('dummy').fit(sample(20), context);
    const state = model.save();
    const cut = { ...state, json: { ...state.json, models: (state.json['models'] as []).slice(1) } };
    expect(() => restoreModel(cut, wasmEngine)).to.throw(
      'quantiles.restore: there must be a model for each level, got 2',
    );
    model.dispose();
  });
});
