import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, deriveSeed, Rng } from '../../src/core/index.js';
import { binTable } from '../../src/trees/binning.js';
import type { BinnedTable } from '../../src/trees/bins.js';
import { binOf } from '../../src/trees/bins.js';
import type { BoostParams, BoostTask } from '../../src/trees/boost.js';
import { BOOST_DEFAULTS, Booster } from '../../src/trees/boost.js';
import type { GrownTree } from '../../src/trees/tree.js';
import { binGoesLeft } from '../../src/trees/tree.js';

const PARAMS: BoostParams = { ...BOOST_DEFAULTS, leaves: 8, minRows: 5 };

/** Rows with a step, a product and noise; some cells missing. */
function made(n: number, seed = 1) {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: n * 5 }, () => (rng.uniform() < 0.05 ? Number.NaN : rng.normal()));
  const signal = Float32Array.from({ length: n }, (_, i) => {
    const [a, b, c] = [0, 1, 2].map((col) => data[i * 5 + col] || 0);
    return (a > 0.3 ? 2 : 0) + b * c + 0.1 * rng.normal();
  });
  return { table: binTable({ rows: n, cols: 5, data }, allRows(n)), signal };
}

function taskOf(loss: BoostTask['loss'], signal: Float32Array, train: Uint32Array): BoostTask {
  if (loss === 'squared') return { loss, outputs: 1, y: signal, train, seed: 3 };
  if (loss === 'logistic') return { loss, outputs: 1, y: signal.map((s) => Number(s > 0.5)), train, seed: 3 };
  return { loss, outputs: 3, y: signal.map((s) => (s < 0 ? 0 : s < 1.5 ? 1 : 2)), train, seed: 3 };
}

/** Mean loss over rows, from scores. */
function lossOf({ loss, outputs, y }: BoostTask, booster: Booster, rows: Uint32Array): number {
  let sum = 0;
  for (const row of rows) {
    const scores = Array.from({ length: outputs }, (_, c) => booster.scores[c * booster.stride + row]);
    if (loss === 'squared') sum += (scores[0] - y[row]) ** 2;
    else if (loss === 'logistic') sum += Math.log1p(Math.exp(y[row] === 1 ? -scores[0] : scores[0]));
    else sum += Math.log(scores.reduce((total, s) => total + Math.exp(s), 0)) - scores[y[row]];
  }
  return sum / rows.length;
}

/** What a tree says of a row. */
function valueOf(table: BinnedTable, tree: GrownTree, row: number): number {
  let node = 0;
  while (tree.left[node] > 0) {
    const rule = {
      column: tree.column[node],
      bin: tree.bin[node],
      missingLeft: tree.missingLeft[node],
      set: tree.sets[node],
    };
    node = tree.left[node] + (binGoesLeft(rule, binOf(table, row, rule.column)) ? 0 : 1);
  }
  return tree.value[node];
}

describe('Booster', () => {
  for (const loss of ['logistic', 'softmax'] as const) {
    it(`has no leaf of fewer rows than asked, whatever the second derivatives of ${loss} are`, () => {
      for (let seed = 0; seed < 4; seed++) {
        const rng = new Rng(seed);
        const rows = 600;
        const X = { rows, cols: 3, data: Float32Array.from({ length: 3 * rows }, () => rng.normal()) };
        // Rows apart from all others are soon sure, and then weigh next to nothing.
        const y = Float32Array.from({ length: rows }, (_, i) => Number(X.data[3 * i] + 0.3 * rng.normal() > 1));
        const train = allRows(rows);
        const outputs = loss === 'softmax' ? 2 : 1;
        const minRows = 20;
        const params = { ...PARAMS, minRows, minHessian: 0, learningRate: 0.5 };
        const booster = new Booster(binTable(X, train), { loss, outputs, y, train, seed }, params);
        for (let round = 0; round < 15; round++) {
          for (const { left, rows: own } of booster.round()) {
            left.forEach((child, node) => child === 0 && expect(own[node]).to.be.at.least(minRows));
          }
        }
      }
    });
  }

  for (const loss of ['squared', 'logistic', 'softmax'] as const) {
    it(`lowers the ${loss} loss of rows it learns from and of others`, () => {
      const { table, signal } = made(1200);
      const train = allRows(1000);
      const others = allRows(1200).subarray(1000);
      const task = taskOf(loss, signal, train);
      const booster = new Booster(table, task, PARAMS);
      const before = { train: lossOf(task, booster, train), others: lossOf(task, booster, others) };
      for (let i = 0; i < 60; i++) booster.round();
      expect(lossOf(task, booster, train)).to.be.below(0.35 * before.train);
      expect(lossOf(task, booster, others)).to.be.below(0.55 * before.others);
    });

    it(`gives the same ${loss} trees for the same seed, whatever stands in rows it does not learn from`, () => {
      const { table, signal } = made(300);
      const train = allRows(200);
      const grown = (y: Float32Array) => {
        const booster = new Booster(table, taskOf(loss, y, train), { ...PARAMS, subsample: 0.7, colsample: 0.6 });
        return Array.from({ length: 5 }, () => booster.round());
      };
      const changed = signal.map((s, row) => (row < 200 ? s : 2 - s));
      expect(grown(changed)).to.deep.equal(grown(signal));
    });
  }

  it('grows each round on the rows that the generator of the toolkit draws, and keeps the scores of all rows', () => {
    const arbitrary = fc.record({
      seed: fc.nat(2 ** 32 - 1),
      share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      every: fc.integer({ min: 1, max: 3 }),
      loss: fc.constantFrom('squared' as const, 'softmax' as const),
    });
    const { table, signal } = made(150);
    fc.assert(
      fc.property(arbitrary, ({ seed, share, every, loss }) => {
        const train = allRows(150).filter((row) => row % every === 0);
        const task = { ...taskOf(loss, signal, train), seed };
        const booster = new Booster(table, task, { ...PARAMS, subsample: share, colsample: 0.4 });
        const expected = booster.scores.slice();
        for (let round = 0; round < 3; round++) {
          const rng = new Rng(deriveSeed(seed, 'round', round));
          const drawn = train.filter(() => rng.uniform() < share).length;
          booster.round().forEach((tree, output) => {
            expect(tree.rows[0]).to.equal(drawn > 0 ? drawn : train.length);
            const columns = rng.shuffle(allRows(5)).subarray(0, 2);
            expect([-1, ...columns]).to.include.members([...tree.column]);
            for (let row = 0; row < 150; row++) {
              const at = output * booster.stride + row;
              expected[at] += valueOf(table, tree, row);
            }
          });
        }
        for (let output = 0; output < task.outputs; output++) {
          const at = output * booster.stride;
          expect(booster.scores.slice(at, at + 150)).to.deep.equal(expected.slice(at, at + 150));
        }
      }),
      { seed: Number(process.env.TEST_SEED ?? 1), numRuns: 30 },
    );
  });

  it('starts from the best constant', () => {
    const { table, signal } = made(100);
    const train = allRows(100);
    const y = signal.map((_, i) => Number(i < 25));
    expect(new Booster(table, { loss: 'logistic', outputs: 1, y, train, seed: 1 }, PARAMS).base[0]).to.be.closeTo(
      Math.log(1 / 3),
      1e-6,
    );
    const weights = new Float32Array(100).fill(1);
    weights[0] = 101;
    const values = Float32Array.from({ length: 100 }, (_, i) => Number(i === 0));
    const weighted = new Booster(table, { loss: 'squared', outputs: 1, y: values, weights, train, seed: 1 }, PARAMS);
    expect(weighted.base[0]).to.be.closeTo(101 / 200, 1e-6);
  });

  it('finds the means of a step with one unshrunken tree', () => {
    const data = Float32Array.from({ length: 40 }, (_, i) => i);
    const table = binTable({ rows: 40, cols: 1, data }, allRows(40));
    const y = Float32Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 5));
    const task: BoostTask = { loss: 'squared', outputs: 1, y, train: allRows(40), seed: 1 };
    const booster = new Booster(table, task, { ...PARAMS, leaves: 2, learningRate: 1 });
    const [tree] = booster.round();
    expect(tree.left.filter((left) => left > 0)).to.have.length(1);
    booster.scores.subarray(0, 40).forEach((score, i) => expect(score).to.be.closeTo(y[i], 1e-3));
  });

  it('counts a row of weight 2 as two rows', () => {
    const { table, signal } = made(200);
    const train = allRows(200);
    const weights = Float32Array.from({ length: 200 }, (_, i) => 1 + (i % 3));
    const weighted = new Booster(
      table,
      { ...taskOf('squared', signal, train), weights },
      { ...PARAMS, minRows: 1, leaves: 2 },
    );
    const doubled = new Booster(
      table,
      { ...taskOf('squared', signal, train), weights: weights.map((w) => 2 * w) },
      { ...PARAMS, minRows: 1, leaves: 2 },
    );
    const [a] = weighted.round();
    const [b] = doubled.round();
    expect([a.column, a.bin]).to.deep.equal([b.column, b.bin]);
    a.value.forEach((value, i) => expect(b.value[i]).to.be.closeTo(value, 2e-3));
  });

  it('has nothing to split in one row, in constant columns, or where all cells are missing', () => {
    for (const data of [Float32Array.of(1), new Float32Array(9).fill(4), new Float32Array(9).fill(Number.NaN)]) {
      const n = data.length;
      const table = binTable({ rows: n, cols: 1, data }, allRows(n));
      const y = Float32Array.from({ length: n }, (_, i) => i);
      const booster = new Booster(
        table,
        { loss: 'squared', outputs: 1, y, train: allRows(n), seed: 1 },
        { ...PARAMS, minRows: 1 },
      );
      const [tree] = booster.round();
      expect(tree.column).to.deep.equal([-1]);
      expect(booster.scores.subarray(0, n).every((score) => Math.abs(score - (n - 1) / 2) < 0.01)).to.equal(true);
    }
  });

  it('refuses shares and rates that mean nothing', () => {
    const { table, signal } = made(20);
    const task = taskOf('squared', signal, allRows(20));
    expect(() => new Booster(table, task, { ...PARAMS, subsample: 0 })).to.throw('shares must be in (0, 1]');
    expect(() => new Booster(table, task, { ...PARAMS, learningRate: 0 })).to.throw('learningRate must be above 0');
  });
});
