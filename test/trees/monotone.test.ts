import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import { BOOST_DEFAULTS, Booster } from '../../src/trees/boost.js';

const SIDE = 6;
const GRID = SIDE * SIDE * SIDE;

/** Every combination of three columns of six values. */
const X = {
  rows: GRID,
  cols: 3,
  data: Float32Array.from({ length: GRID * 3 }, (_, i) => Math.floor(Math.floor(i / 3) / SIDE ** (i % 3)) % SIDE),
};

const LOSSES = ['squared', 'logistic', 'absolute', 'huber', 'quantile', 'poisson', 'gamma', 'tweedie'] as const;

describe('monotone constraints', () => {
  for (const loss of LOSSES) {
    it(`hold on a grid after some rounds of ${loss}, whatever the target is`, () => {
      fc.assert(
        fc.property(fc.nat(1e6), fc.boolean(), (seed, rises) => {
          const rng = new Rng(seed);
          const y = Float32Array.from({ length: GRID }, (_, row) => {
            const trend = (rng.uniform() < 0.5 ? 1 : -1) * X.data[3 * row] + X.data[3 * row + 1] + rng.normal();
            return loss === 'logistic' ? Number(trend > 2) : Math.exp(trend / 4);
          });
          const train = allRows(GRID).filter(() => rng.uniform() < 0.7);
          const directions = Int8Array.of(rises ? 1 : -1, 0, rng.integer(3) - 1);
          const params = { ...BOOST_DEFAULTS, leaves: 12, minRows: 3, monotone: directions, learningRate: 0.3 };
          const booster = new Booster(binTable(X, allRows(GRID)), { loss, outputs: 1, y, train, seed }, params);
          for (let round = 0; round < 6; round++) booster.round();
          for (let row = 0; row < GRID; row++) {
            directions.forEach((direction, col) => {
              if (direction === 0 || X.data[3 * row + col] === SIDE - 1) return;
              const step = booster.scores[row + SIDE ** col] - booster.scores[row];
              expect(direction * step).to.be.at.least(0);
            });
          }
        }),
        { numRuns: 30 },
      );
    });
  }

  it('let through what goes their way, and hold back nothing else', () => {
    const rng = new Rng(1);
    const y = Float32Array.from(
      { length: GRID },
      (_, row) => X.data[3 * row] - X.data[3 * row + 1] + 0.1 * rng.normal(),
    );
    const lossOf = (...directions: number[]) => {
      const params = { ...BOOST_DEFAULTS, minRows: 3, monotone: Int8Array.from(directions) };
      const task = { loss: 'squared', outputs: 1, y, train: allRows(GRID), seed: 1 } as const;
      const booster = new Booster(binTable(X, allRows(GRID)), task, params);
      for (let round = 0; round < 40; round++) booster.round();
      return y.reduce((sum, value, row) => sum + (value - booster.scores[row]) ** 2, 0) / GRID;
    };
    expect(lossOf(1, -1, 0)).to.be.below(0.1);
    expect(lossOf(-1, -1, 0)).to.be.above(2);
  });

  it('are refused where a loss has several outputs', () => {
    const task = { loss: 'softmax', outputs: 3, y: new Float32Array(GRID), train: allRows(GRID), seed: 1 } as const;
    const params = { ...BOOST_DEFAULTS, monotone: Int8Array.of(1, 0, 0) };
    expect(() => new Booster(binTable(X, allRows(GRID)), task, params)).to.throw(
      'trees: directions need a loss with one output, got "softmax".',
    );
  });
});
