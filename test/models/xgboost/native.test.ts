import { expect } from 'chai';

import type { Matrix } from '../../../src/core/index.js';
import { allRows, createMatrix, Rng } from '../../../src/core/index.js';
import { findEncoding } from '../../../src/models/xgboost/encoding.js';
import { exclusively } from '../../../src/models/xgboost/module.js';
import type { TrainingData } from '../../../src/models/xgboost/native.js';
import { NativeBooster } from '../../../src/models/xgboost/native.js';
import { parseTrees, readBase } from '../../../src/models/xgboost/trees.js';
import type { Tree } from '../../../src/trees/index.js';
import { plantForest, Walker } from '../../../src/trees/index.js';

const TREES = { booster: 'gbtree', silent: 1, eta: 0.3, max_depth: 5, seed: 3 };

/** Small whole numbers, fractions and a column of two values: -1, its neighbours and ties occur; a share of NaN. */
function awkwardData(rows: number, cols: number, seed: number, missing = 0.15): { X: Matrix; y: Float32Array } {
  const rng = new Rng(seed);
  const X = createMatrix(rows, cols);
  for (let i = 0; i < X.data.length; i++) {
    const value = i % cols === 0 ? rng.integer(7) - 3 : 4 * rng.uniform() - 2;
    X.data[i] = rng.uniform() < missing ? Number.NaN : value;
    if (i % cols === 3) X.data[i] = rng.uniform() < 0.3 ? -1 : 2.5;
  }
  const at = (i: number, j: number): number => X.data[i * cols + (j % cols)];
  const y = Float32Array.from({ length: rows }, (_, i) => {
    const first = Number.isNaN(at(i, 0)) ? 2.5 : Math.abs(at(i, 0) + 1);
    return first + (at(i, 1) || 0.7) * (at(i, 2) || -1) + (at(i, 3) || 0) + 0.1 * rng.normal();
  });
  return { X, y };
}

function dataOf(X: Matrix, y: Float32Array, weights?: Float32Array): TrainingData {
  const rows = allRows(X.rows);
  return { X, rows, y, weights, encoding: findEncoding(X, rows) };
}

function margins(trees: readonly Tree[], base: number, outputs: number, X: Matrix): Float32Array {
  const walker = new Walker(plantForest(trees), outputs);
  const sums = new Float32Array(X.rows * outputs);
  walker.add(X.data, X.cols, undefined, sums, 0, walker.trees);
  return sums.map((sum) => sum + base);
}

describe('native XGBoost', () => {
  for (const method of ['hist', 'exact']) {
    it(`gives the same bits as the trees read from it (${method}, NaN and -1 in the data)`, () =>
      exclusively(async (module) => {
        const { X, y } = awkwardData(600, 4, 1);
        const params = { ...TREES, objective: 'reg:linear', tree_method: method, base_score: 0.25, subsample: 0.8 };
        const booster = NativeBooster.create(module, dataOf(X, y), params);
        booster.train(30);
        const saved = booster.save();
        const fresh = awkwardData(400, 4, 2, 0.3).X;
        const own = margins(parseTrees(saved, 0, booster.encoding), readBase(saved), 1, fresh);
        expect([...own]).to.deep.equal([...booster.predict(fresh)]);
        booster.free();
      }));
  }

  it('adds the trees of each class to that class only', () =>
    exclusively(async (module) => {
      const { X, y } = awkwardData(500, 3, 4);
      const classes = y.map((value) => (value < 0.5 ? 0 : value < 1.5 ? 1 : 2));
      const params = { ...TREES, objective: 'multi:softprob', num_class: 3, tree_method: 'hist', base_score: 0 };
      const booster = NativeBooster.create(module, dataOf(X, classes), params);
      booster.train(12);
      const saved = booster.save();
      const trees = parseTrees(saved, 0, booster.encoding);
      expect(trees.length).to.equal(36);
      const own = margins(trees, readBase(saved), 3, X);
      const native = booster.predict(X);
      for (let i = 0; i < 500; i++) {
        const row = own.subarray(3 * i, 3 * i + 3).map(Math.exp);
        const sum = row[0] + row[1] + row[2];
        for (let c = 0; c < 3; c++) expect(native[3 * i + c]).to.be.closeTo(row[c] / sum, 1e-6);
      }
      booster.free();
    }));

  it('learns where a missing value goes', () =>
    exclusively(async (module) => {
      const n = 400;
      const X = createMatrix(n, 1);
      const y = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        X.data[i] = i % 4 === 0 ? Number.NaN : (i % 17) - 5;
        y[i] = i % 4 === 0 ? 100 : X.data[i];
      }
      const params = { ...TREES, objective: 'reg:linear', tree_method: 'hist', eta: 1, lambda: 0 };
      const booster = NativeBooster.create(module, dataOf(X, y), params);
      booster.train(5);
      const probe: Matrix = { rows: 4, cols: 1, data: Float32Array.of(Number.NaN, -1, -5, 3) };
      const saved = booster.save();
      const [missing, minusOne, least, three] = margins(
        parseTrees(saved, 0, booster.encoding),
        readBase(saved),
        1,
        probe,
      );
      expect(missing).to.be.closeTo(100, 0.1);
      expect(minusOne).to.be.closeTo(-1, 0.3);
      expect(least).to.be.closeTo(-5, 0.3);
      expect(three).to.be.closeTo(3, 0.3);
      booster.free();
    }));

  it('goes on where it stopped: 4 times 5 rounds are 20 rounds, to the bit', () =>
    exclusively(async (module) => {
      const { X, y } = awkwardData(300, 4, 5);
      const params = { ...TREES, objective: 'reg:linear', tree_method: 'hist', subsample: 0.6 };
      const make = (): NativeBooster => NativeBooster.create(module, dataOf(X, y), params);
      const [whole, parts] = [make(), make()];
      whole.train(20);
      for (let i = 0; i < 4; i++) parts.train(5);
      const saved = parts.save().slice();
      expect(saved).to.deep.equal(whole.save());
      whole.free();
      parts.free();
    }));

  it('reads later trees without the earlier ones', () =>
    exclusively(async (module) => {
      const { X, y } = awkwardData(200, 3, 6);
      const booster = NativeBooster.create(module, dataOf(X, y), { ...TREES, tree_method: 'exact' });
      booster.train(7);
      const saved = booster.save();
      expect(parseTrees(saved, 5, booster.encoding)).to.deep.equal(parseTrees(saved, 0, booster.encoding).slice(5));
      booster.free();
    }));

  it('counts a row of weight 3 as three rows', () =>
    exclusively(async (module) => {
      const { X, y } = awkwardData(80, 3, 7);
      const weights = Float32Array.from({ length: 80 }, (_, i) => (i % 3) + 1);
      const repeated = Uint32Array.from([...weights].flatMap((weight, i) => Array<number>(weight).fill(i)));
      const params = { ...TREES, objective: 'reg:linear', tree_method: 'exact', min_child_weight: 4 };
      const weighted = NativeBooster.create(module, dataOf(X, y, weights), params);
      const tripled = NativeBooster.create(
        module,
        { ...dataOf(X, y), rows: repeated, y: Float32Array.from(repeated, (row) => y[row]) },
        params,
      );
      const plain = NativeBooster.create(module, dataOf(X, y), params);
      for (const booster of [weighted, tripled, plain]) booster.train(10);
      const [a, b, c] = [weighted, tripled, plain].map((booster) => booster.predict(X));
      a.forEach((value, i) => expect(value).to.be.closeTo(b[i], 1e-4));
      expect(a.some((value, i) => Math.abs(value - c[i]) > 0.01)).to.equal(true);
      for (const booster of [weighted, tripled, plain]) booster.free();
    }));

  it('gives its memory back', () =>
    exclusively(async (module) => {
      const { X, y } = awkwardData(4000, 20, 8);
      const weights = new Float32Array(4000).fill(2);
      const fit = (): void => {
        const data = dataOf(X, y, weights);
        const booster = NativeBooster.create(module, data, { ...TREES, tree_method: 'hist' });
        booster.train(2);
        booster.save();
        booster.free();
        booster.free();
      };
      for (let i = 0; i < 5; i++) fit();
      const before = module.HEAPU8.length;
      // A fit takes about 4 MB and the heap grows by doubling: a leak of a tenth of it would show.
      for (let i = 0; i < 60; i++) fit();
      expect(module.HEAPU8.length).to.equal(before);
    }));

  it('leaves no listener behind and says nothing on the console', () =>
    exclusively(async () => {
      expect(process.listeners('uncaughtException').map(String).join()).not.to.include('ExitStatus');
    }));

  it('lets a waiting fit be aborted', async () => {
    let release = (): void => {};
    const first = exclusively(() => new Promise<void>((resolve) => (release = resolve)));
    const controller = new AbortController();
    const waiting = exclusively(async () => 'ran', controller.signal);
    controller.abort(new Error('changed my mind'));
    const outcome = await waiting.catch((error: Error) => error.message);
    release();
    await first;
    expect(outcome).to.equal('changed my mind');
    expect(await exclusively(async () => 'next')).to.equal('next');
  });
});
