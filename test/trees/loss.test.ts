import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import type { BoostTask } from '../../src/trees/boost.js';
import { BOOST_DEFAULTS, Booster } from '../../src/trees/boost.js';
import { huberMean, ratioStep, readyLoss, weightedQuantile } from '../../src/trees/loss.js';
import type { Point } from '../../src/trees/loss-reference.js';
import { lossAt, slopesAt } from '../../src/trees/loss-reference.js';
import type { GrownTree } from '../../src/trees/tree.js';
import { Plan } from '../../src/trees/wasm/build.js';

const SINGLE = ['squared', 'logistic', 'absolute', 'huber', 'quantile', 'poisson', 'gamma', 'tweedie'] as const;
type Single = (typeof SINGLE)[number];
const RENEWED = ['absolute', 'huber', 'quantile', 'poisson', 'gamma', 'tweedie'] as const;
const SHAPES: Partial<Record<Single, number>> = { huber: 0.75, quantile: 0.2, tweedie: 1.3 };

/** A target that the loss has a value for. */
function targetOf(loss: Single, rng: Rng): number {
  if (loss === 'logistic') return rng.integer(2);
  if (loss === 'gamma') return Math.fround(Math.exp(rng.normal()));
  if (loss === 'poisson') return rng.integer(4);
  if (loss === 'tweedie') return rng.uniform() < 0.5 ? 0 : Math.fround(Math.exp(rng.normal()));
  return Math.fround(rng.normal());
}

function taskOf(loss: Single, n: number, seed: number): BoostTask {
  const rng = new Rng(seed);
  const y = Float32Array.from({ length: n }, () => targetOf(loss, rng));
  // Eighths: their sums are exact, in whichever order.
  const weights = Float32Array.from({ length: n }, (_, i) =>
    i > 0 && rng.uniform() < 0.2 ? 0 : (1 + rng.integer(16)) / 8,
  );
  const train = allRows(n).filter((row) => row === 0 || rng.uniform() < 0.8);
  return { loss, shape: SHAPES[loss], outputs: 1, y, weights, train, seed };
}

function tableOf(n: number, seed: number) {
  const rng = new Rng(seed + 1);
  const data = Float32Array.from({ length: n * 3 }, () => rng.normal());
  return binTable({ rows: n, cols: 3, data }, allRows(n));
}

/** The rows of a table that end in each leaf of a tree. */
function rowsOfLeaves(tree: GrownTree, table: ReturnType<typeof tableOf>, rows: Uint32Array): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const row of rows) {
    let node = 0;
    while (tree.left[node] > 0) {
      const bin = table.bins[row * 8 + tree.column[node]];
      node = bin <= tree.bin[node] ? tree.left[node] : tree.left[node] + 1;
    }
    found.set(node, [...(found.get(node) ?? []), row]);
  }
  return found;
}

const meanLoss = (task: BoostTask, scoreOf: (row: number) => number, rows: Iterable<number>): number => {
  let sum = 0;
  for (const row of rows) {
    const point = { score: scoreOf(row), y: task.y[row], weight: task.weights?.[row] ?? 1 };
    sum += lossAt(task.loss as Single, task.shape ?? 0, point);
  }
  return sum;
};

describe('losses', () => {
  const POINTS: fc.Arbitrary<Omit<Point, 'y'> & { seed: number }> = fc.record({
    score: fc.double({ min: -3, max: 3, noNaN: true }),
    weight: fc.double({ min: 0, max: 4, noNaN: true }),
    seed: fc.nat(1e6),
  });

  for (const loss of SINGLE) {
    it(`have slopes that are differences of the loss: ${loss}`, () => {
      const shape = SHAPES[loss] ?? 0;
      fc.assert(
        fc.property(POINTS, ({ score, weight, seed }) => {
          const y = targetOf(loss, new Rng(seed));
          const h = 1e-5;
          const off = Math.abs(score - y);
          fc.pre(off > 3 * h && Math.abs(off - shape) > 3 * h);
          const at = (x: number) => ({ score: x, y, weight });
          const { gradient, hessian } = slopesAt(loss, shape, at(score));
          // Rounding of the loss, 1e-16 of its size, over the step of 1e-5.
          const size = (1 + weight) * Math.exp(3) * (1 + Math.abs(y));
          const slope = (lossAt(loss, shape, at(score + h)) - lossAt(loss, shape, at(score - h))) / (2 * h);
          expect(gradient).to.be.closeTo(slope, 1e-9 * size);
          const bend =
            (slopesAt(loss, shape, at(score + h)).gradient - slopesAt(loss, shape, at(score - h)).gradient) / (2 * h);
          // Losses of straight lines have no second derivative: their weight stands for it.
          const isLine = loss === 'absolute' || loss === 'quantile' || (loss === 'huber' && off > shape);
          expect(hessian).to.be.closeTo(isLine ? weight : bend, 1e-9 * size);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('have kernels that say the same as the plain slopes, in every lane', () => {
    for (const n of [4, 8, 12, 64]) {
      for (const loss of RENEWED) {
        const plan = new Plan();
        const [scores, y, weights, gradients, hessians] = Array.from({ length: 5 }, () => plan.room(4 * n));
        const { kernels, buffer } = plan.build();
        const view = (at: number) => new Float32Array(buffer, at, n);
        const rng = new Rng(n);
        for (let i = 0; i < n; i++) {
          view(scores)[i] = 2 * rng.normal();
          view(y)[i] = i % 7 === 3 ? view(scores)[i] : targetOf(loss, rng);
          view(weights)[i] = i % 5 === 4 ? 0 : rng.uniform();
        }
        const shape = SHAPES[loss] ?? 0;
        const at = [scores, y, weights, gradients, hessians, n] as const;
        if (loss === 'absolute') kernels.pinballGradient(...at, -1, 1);
        else if (loss === 'quantile') kernels.pinballGradient(...at, -shape, 1 - shape);
        else if (loss === 'huber') kernels.huberGradient(...at, shape);
        else kernels.tweedieGradient(...at, loss === 'poisson' ? 1 : loss === 'gamma' ? 2 : shape);
        for (let i = 0; i < n; i++) {
          const point = { score: view(scores)[i], y: view(y)[i], weight: view(weights)[i] };
          const { gradient, hessian } = slopesAt(loss, shape, point);
          const size = Math.abs(gradient) + Math.abs(hessian) + 1e-3;
          expect(view(gradients)[i], `${loss} ${i}`).to.be.closeTo(gradient, 2e-6 * size);
          expect(view(hessians)[i], `${loss} ${i}`).to.be.closeTo(hessian, 2e-6 * size);
        }
      }
    }
  });
});

describe('weightedQuantile', () => {
  it('minimises the quantile loss', () => {
    const VALUES = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 4 })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(VALUES, fc.constantFrom(0.1, 0.25, 0.5, 0.9), (pairs, level) => {
        const [values, weights] = [pairs.map(([v]) => v), pairs.map(([, w]) => w)];
        const lossOf = (score: number) =>
          pairs.reduce((sum, [y, weight]) => sum + lossAt('quantile', level, { score, y, weight }), 0);
        const found = lossOf(weightedQuantile(values, weights, level));
        for (const value of values) expect(found).to.be.at.most(lossOf(value) + 1e-9);
      }),
    );
    expect(weightedQuantile([3, 1], [1, 1], 0.5)).to.equal(2);
    expect(weightedQuantile([3, 1], [1, 2], 0.5)).to.equal(1);
    expect(weightedQuantile([3, 1], [0, 0], 0.5)).to.equal(0);
  });

  it('is found by the kernel to the bit, also among many equal values', () => {
    const VALUES = fc.array(
      fc.tuple(
        fc.oneof(fc.integer({ min: 0, max: 3 }), fc.float({ noNaN: true, noDefaultInfinity: true })),
        fc.integer({ min: 1, max: 16 }),
      ),
      { minLength: 0, maxLength: 200 },
    );
    fc.assert(
      fc.property(VALUES, fc.constantFrom(0.125, 0.5, 0.9), (pairs, level) => {
        const n = pairs.length;
        const plan = new Plan();
        const [valuesAt, weightsAt] = [plan.room(4 * n + 4), plan.room(4 * n + 4)];
        const { kernels, buffer } = plan.build();
        const [values, weights] = [pairs.map(([v]) => Math.fround(v)), pairs.map(([, w]) => w / 8)];
        new Float32Array(buffer, valuesAt, n).set(values);
        new Float32Array(buffer, weightsAt, n).set(weights);
        // 0 and -0 are equal values.
        const plain = weightedQuantile(values, weights, level);
        expect(kernels.weightedQuantile(valuesAt, weightsAt, n, level) === plain).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('leaves of other losses', () => {
  for (const loss of RENEWED) {
    it(`hold what the plain renewal of ${loss} says of their rows, and lower its loss`, () => {
      fc.assert(
        fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 80 }), (seed, n) => {
          const task = taskOf(loss, n, seed);
          const table = tableOf(n, seed);
          const booster = new Booster(table, task, {
            ...BOOST_DEFAULTS,
            leaves: 4,
            minRows: 3,
            lambda: 0.5,
            learningRate: 1,
          });
          for (let round = 0; round < 2; round++) {
            const before = Float32Array.from(booster.scores);
            const [tree] = booster.round();
            for (const [node, rows] of rowsOfLeaves(tree, table, task.train)) {
              const rest = rows.map((row) => Math.fround(task.y[row] - before[row]));
              const weights = rows.map((row) => task.weights![row]);
              const value = tree.value[node];
              if (loss === 'huber') expect(value).to.equal(Math.fround(huberMean(rest, weights, Math.fround(0.75))));
              else if (loss === 'absolute') expect(value).to.equal(Math.fround(weightedQuantile(rest, weights, 0.5)));
              else if (loss === 'quantile') expect(value).to.equal(Math.fround(weightedQuantile(rest, weights, 0.2)));
              else {
                const shape = loss === 'poisson' ? 1 : loss === 'gamma' ? 2 : 1.3;
                const slopes = rows.map((row) =>
                  slopesAt(loss, shape, { score: before[row], y: task.y[row], weight: task.weights![row] }),
                );
                const sum = (of: 'gradient' | 'hessian') => slopes.reduce((all, one) => all + one[of], 0);
                expect(value).to.be.closeTo(ratioStep(sum('gradient'), sum('hessian'), shape, 0.5), 1e-4);
              }
              const [old, now] = [before, booster.scores].map((scores) => meanLoss(task, (row) => scores[row], rows));
              expect(now).to.be.at.most(old + 1e-5 * (1 + Math.abs(old)));
            }
          }
        }),
        { numRuns: 60 },
      );
    });

    it(`learn what ${loss} asks for, for rows that were not learned from, too`, () => {
      const rng = new Rng(5);
      const n = 1500;
      const data = Float32Array.from({ length: n * 3 }, () => rng.normal());
      const y = Float32Array.from({ length: n }, (_, i) => {
        const signal = data[3 * i] > 0.3 ? 2 : data[3 * i + 1] > 0 ? 1 : 0;
        if (loss === 'poisson') return Math.floor(Math.exp(signal) * (0.5 + rng.uniform()));
        if (loss === 'gamma' || loss === 'tweedie') return Math.exp(signal) * (0.5 + rng.uniform());
        return 2 * signal + (rng.uniform() < 0.02 ? 50 : 0.2 * rng.normal());
      });
      const task = { loss, shape: SHAPES[loss], outputs: 1, y, train: allRows(1000), seed: 1 };
      const table = binTable({ rows: n, cols: 3, data }, allRows(n));
      const booster = new Booster(table, task, { ...BOOST_DEFAULTS, leaves: 4 });
      for (let round = 0; round < 50; round++) booster.round();
      const others = allRows(n).subarray(1000);
      const mean = (of: (row: number) => number) => meanLoss(task, of, others);
      // Against the best that can be said: the signal itself, from which outliers and noise are away by chance.
      const start = mean(() => booster.base[0]);
      const best = mean((row) => {
        const signal = data[3 * row] > 0.3 ? 2 : data[3 * row + 1] > 0 ? 1 : 0;
        return loss === 'poisson' || loss === 'gamma' || loss === 'tweedie' ? signal : 2 * signal;
      });
      expect(mean((row) => booster.scores[row])).to.be.below(best + 0.1 * (start - best));
    });
  }

  it('take one row, and a constant target, as they are', () => {
    for (const loss of RENEWED) {
      for (const n of [1, 40]) {
        const y = new Float32Array(n).fill(3);
        const booster = new Booster(
          tableOf(n, 1),
          { loss, outputs: 1, y, train: allRows(n), seed: 1 },
          { ...BOOST_DEFAULTS, minRows: 1 },
        );
        booster.round();
        const isLog = loss === 'poisson' || loss === 'gamma' || loss === 'tweedie';
        for (const score of booster.scores.subarray(0, n))
          expect(isLog ? Math.exp(score) : score).to.be.closeTo(3, 1e-4);
      }
    }
  });

  it('stay finite where every target is 0, and where a leaf has only zeros', () => {
    for (const loss of ['poisson', 'tweedie'] as const) {
      const y = Float32Array.from({ length: 60 }, (_, i) => (i < 59 ? 0 : 1000));
      for (const target of [y, new Float32Array(60)]) {
        const booster = new Booster(
          tableOf(60, 2),
          { loss, outputs: 1, y: target, train: allRows(60), seed: 1 },
          { ...BOOST_DEFAULTS, minRows: 1 },
        );
        for (let round = 0; round < 100; round++) booster.round();
        expect(booster.scores.every((score) => Math.abs(score) < 100)).to.equal(true);
      }
    }
  });
});

describe('readyLoss', () => {
  const ready = (given: Partial<BoostTask>, weights = new Float32Array(4).fill(1)) =>
    readyLoss({ loss: 'squared', outputs: 1, y: Float32Array.of(1, 2, 3, 10), train: allRows(4), ...given }, weights);

  it('starts from the best constant of each loss', () => {
    expect(ready({ loss: 'absolute' }).base).to.deep.equal([2.5]);
    expect(ready({ loss: 'quantile', shape: 0.8 }).base).to.deep.equal([10]);
    expect(ready({ loss: 'gamma' }).base[0]).to.be.closeTo(Math.log(4), 1e-6);
    // 1, 2 and 3 pull with their distances from it, 10 with 4.
    expect(ready({ loss: 'huber', shape: 4 }).base[0]).to.be.closeTo(10 / 3, 1e-5);
    // Nine tenths of 7.5, 1.5, 0.5 and 0.5.
    expect(ready({ loss: 'huber' }).shape).to.equal(7.5);
    expect(ready({ loss: 'huber', y: new Float32Array(4) }).shape).to.equal(1);
  });

  it('refuses targets, weights and shapes that the loss has no value for', () => {
    const y = Float32Array.of(1, 2, 0, -1);
    expect(() => ready({ loss: 'poisson', y })).to.throw('trees: targets of poisson must be numbers from 0, got -1.');
    expect(() => ready({ loss: 'gamma', y })).to.throw('trees: targets of gamma must be above 0, got 0.');
    expect(() => ready({ loss: 'logistic', y })).to.throw('trees: classes must be 0 and 1, got 2.');
    expect(() => ready({ loss: 'softmax', outputs: 2, y })).to.throw(
      'trees: classes must be whole numbers below 2, got 2.',
    );
    expect(() => ready({ y: Float32Array.of(1, Number.NaN, 1, 1) })).to.throw('targets must be finite, got NaN');
    expect(() => ready({ loss: 'quantile', shape: 1 })).to.throw('the level of quantile must be in (0, 1), got 1');
    expect(() => ready({ loss: 'tweedie', shape: 2 })).to.throw('the power of tweedie must be in (1, 2), got 2');
    expect(() => ready({ loss: 'huber', shape: 0 })).to.throw('the distance of huber must be above 0, got 0');
    expect(() => ready({}, new Float32Array(4))).to.throw('some weight must be above 0, got 0');
    expect(() => ready({}, Float32Array.of(1, 1, -1, 1))).to.throw('weights must be numbers from 0, got -1');
    expect(() => ready({ loss: 'softmax' })).to.throw('softmax needs two outputs or more, got 1');
    expect(() => ready({ outputs: 2 })).to.throw('squared has one output, got 2');
    expect(() => ready({ train: new Uint32Array(0) })).to.throw('there must be rows to learn from');
  });
});
