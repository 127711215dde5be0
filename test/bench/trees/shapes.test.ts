import { expect } from 'chai';

import { fitTrees } from '../../../bench/trees/fit.js';
import type { Shape } from '../../../bench/trees/shapes.js';
import { madeUp, SHAPES } from '../../../bench/trees/shapes.js';

const SPEC = { rounds: 20, leaves: 15, bins: 255, learningRate: 0.2 };
const TABLES: Readonly<Record<string, Shape>> = {
  numbers: { task: 'regression', rows: 1200, cols: 6, k: 1, rounds: 20 },
  'two classes': { task: 'binary', rows: 1200, cols: 6, k: 2, rounds: 20 },
  'five classes': { task: 'multiclass', rows: 1200, cols: 6, k: 5, rounds: 20 },
};

/** What is lost by saying the mean of the training rows, or the shares of their classes, of every row. */
function blindLoss({ task, k }: Shape, family: string, y: Float32Array, trainRows: number): number {
  const [train, test] = [[...y.subarray(0, trainRows)], [...y.subarray(trainRows)]];
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  if (task === 'regression') return Math.sqrt(mean(test.map((value) => (value - mean(train)) ** 2)));
  const shares = Array.from({ length: k }, (_, c) => mean(train.map((value) => Number(value === c))));
  if (family === 'gbdt') return mean(test.map((value) => -Math.log(shares[value])));
  const parts = test.map((value) => shares.reduce((sum, share, c) => sum + (share - Number(value === c)) ** 2, 0));
  return Math.sqrt(mean(parts));
}

describe('made-up tables of bench:trees', () => {
  for (const [name, shape] of Object.entries(TABLES)) {
    for (const family of ['gbdt', 'extratrees'] as const) {
      it(`of ${name} are learned by ${family}`, () => {
        const data = madeUp(shape, 3);
        const { seconds, lossOf } = fitTrees({ ...SPEC, family, task: shape.task }, data);
        expect(seconds).to.be.above(0);
        const loss = lossOf(data.trainRows, data.X.rows);
        expect(loss)
          .to.be.above(0)
          .and.below(0.9 * blindLoss(shape, family, data.y, data.trainRows));
        expect(lossOf(0, data.trainRows)).to.be.below(loss);
      });
    }
  }

  it('are of the shape asked for, drawn from the seed', () => {
    const shape = SHAPES.gbdt['50k x 110 one-hot'];
    const few = { ...shape, rows: 400 };
    const { X, y, trainRows } = madeUp(few, 1);
    expect([X.rows, X.cols, trainRows]).to.deep.equal([400, 110, 300]);
    const sums = Array.from({ length: 400 }, (_, i) => X.data.subarray(110 * i, 110 * i + 110).reduce((a, b) => a + b));
    expect(new Set(sums)).to.deep.equal(new Set([11]));
    expect(new Set(y)).to.deep.equal(new Set([0, 1]));
    expect(madeUp(few, 1)).to.deep.equal({ X, y, trainRows, k: 2 });
    expect(madeUp(few, 2).X.data).not.to.deep.equal(X.data);
  });
});
