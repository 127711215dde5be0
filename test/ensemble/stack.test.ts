import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, matrixFrom, Rng } from '../../src/core/index.js';
import { blendPredictions } from '../../src/ensemble/index.js';
import { solveWithin } from '../../src/ensemble/quadratic.js';
import { fitStack } from '../../src/ensemble/stack.js';
import { softmaxObjective } from '../../src/ensemble/stack-loss.js';
import { METRICS } from '../../src/evaluate/index.js';

const column = (values: ArrayLike<number>): Matrix => matrixFrom(Array.from(values, (value) => [value]));

/** y of k classes, and models that see it through noise of their own; `sure` is what their logits are multiplied by. */
function classes(n: number, k: number, models: number, seed: number, sure = 1) {
  const rng = new Rng(seed);
  const y = Float64Array.from({ length: n }, () => rng.integer(k));
  const candidates = Array.from({ length: models }, () => {
    const out = createMatrix(n, k);
    for (let i = 0; i < n; i++) {
      const logits = Array.from({ length: k }, (_, c) => sure * ((y[i] === c ? 1.5 : 0) + rng.normal()));
      const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
      logits.forEach((logit, c) => (out.data[i * k + c] = Math.exp(logit) / sum));
    }
    return out;
  });
  return { y, candidates };
}

/** A number, and models that see it through noise and a factor. */
function numbers(n: number, factors: readonly number[], seed: number) {
  const rng = new Rng(seed);
  const y = Float64Array.from({ length: n }, () => 50 + 4 * rng.normal());
  const candidates = factors.map((factor) => column(y.map((value) => 50 + factor * (value - 50) + rng.normal())));
  return { y, candidates };
}

interface Problem {
  readonly y: Float64Array;
  readonly candidates: readonly Matrix[];
}

/** The penalised loss straight from its definition, row by row. */
function lossOf({ y, candidates }: Problem, w: ArrayLike<number>, start: readonly number[], ridge: number): number {
  const { rows, cols } = candidates[0];
  const mean = y.reduce((sum, value) => sum + value, 0) / rows;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    if (cols === 1) {
      const error = candidates.reduce((sum, { data }, m) => sum + w[m] * (data[i] - mean), mean) - y[i];
      loss += error ** 2 / variance / rows;
      continue;
    }
    const logits = Array.from({ length: cols }, (_, c) =>
      candidates.reduce((sum, { data }, m) => sum + w[m] * Math.log(Math.max(data[i * cols + c], 1e-5)), 0),
    );
    loss += (Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[y[i]]) / rows;
  }
  return start.reduce((sum, from, m) => sum + ridge * (w[m] - from) ** 2, loss);
}

/** Slope of the definition by central differences. */
function slopesOf(problem: Problem, w: Float64Array, start: readonly number[], ridge: number): number[] {
  const h = 1e-5;
  return Array.from(w, (_, m) => {
    const moved = (by: number) =>
      lossOf(
        problem,
        w.map((value, i) => (i === m ? value + by : value)),
        start,
        ridge,
      );
    return (moved(h) - moved(-h)) / (2 * h);
  });
}

/** A convex loss is at its lowest where no weight can move down: flat in those above 0, rising from those at 0. */
function expectOptimal(problem: Problem, start: readonly number[], ridge: number): Float64Array {
  const rows = allRows(problem.y.length);
  const { weights } = fitStack(problem.candidates, problem.y, { rows, start, ridge, minShare: 0 });
  slopesOf(problem, weights, start, ridge).forEach((slope, m) => {
    if (weights[m] > 0) expect(Math.abs(slope), `slope of weight ${m}`).to.be.below(1e-6);
    else expect(slope, `slope of weight ${m}, which is 0`).to.be.above(-1e-6);
  });
  return weights;
}

describe('solveWithin', () => {
  it('finds the bottom of a bowl, and the lowest place on its bounds', () => {
    // (x - 1)^2 + (y + 2)^2
    const H = Float64Array.of(2, 0, 0, 2);
    const slope = Float64Array.of(-2, 4);
    expect(Array.from(solveWithin(H, slope, Float64Array.of(-9, -9)))).to.deep.equal([1, -2]);
    expect(Array.from(solveWithin(H, slope, Float64Array.of(0, -0.5)))).to.deep.equal([1, -0.5]);
  });

  it('solves coupled equations', () => {
    const H = Float64Array.of(4, 1, 1, 3);
    const [x, y] = solveWithin(H, Float64Array.of(-1, -2), Float64Array.of(-9, -9));
    expect([4 * x + y, x + 3 * y].map((value) => Number(value.toFixed(9)))).to.deep.equal([1, 2]);
  });
});

describe('fitStack', () => {
  it('weighs one model of numbers as by hand', () => {
    // Target -1, 1 and model -0.5, 0.5 around the mean 1: w = (0.5 + 0.1 * 1) / (0.25 + 0.1).
    const options = { rows: allRows(2), start: [1], ridge: 0.1 };
    const { weights, combine } = fitStack([column([0.5, 1.5])], Float64Array.of(0, 2), options);
    expect(weights[0]).to.be.closeTo(0.6 / 0.35, 1e-12);
    expect(combine).to.deep.equal({ method: 'sum', offset: 1 - weights[0] });
  });

  it('weighs one model of two classes as by hand', () => {
    // Both rows say 0.8 for the truth: the slope of log(1 + 4^-w) is -log(4) / (1 + 4^w); that of the ridge 0.2 (w - 1).
    const p = matrixFrom([
      [0.8, 0.2],
      [0.2, 0.8],
    ]);
    const { weights, combine } = fitStack([p], Float64Array.of(0, 1), { rows: allRows(2), start: [1], ridge: 0.1 });
    const [w] = weights;
    expect(Math.log(4) / (1 + 4 ** w)).to.be.closeTo(0.2 * (w - 1), 1e-6);
    expect(combine).to.deep.equal({ method: 'softmax' });
  });

  it('has slopes and curvature that differences confirm', () => {
    for (const seed of [1, 2, 3]) {
      const problem = classes(40, 3, 4, seed);
      const start = [0.4, 0.3, 0.2, 0.1];
      const objective = softmaxObjective({
        ...problem,
        start: Float64Array.from(start),
        rows: allRows(40),
        rowWeights: undefined,
        ridge: 0.05,
        scales: Float64Array.of(1, 1, 1, 1),
      });
      const w = Float64Array.of(0.7, 0.2, 0.5, 0.3);
      const { loss, slope, curvature } = objective.expand(w);
      expect(loss).to.be.closeTo(lossOf(problem, w, start, 0.05), 1e-12);
      expect(objective.value(w)).to.be.closeTo(loss, 1e-15);
      slopesOf(problem, w, start, 0.05).forEach((expected, m) => expect(slope[m]).to.be.closeTo(expected, 1e-8));
      const h = 1e-6;
      for (let a = 0; a < 4; a++) {
        const at = (by: number) => objective.expand(w.map((value, m) => (m === a ? value + by : value))).slope;
        const [above, below] = [at(h), at(-h)];
        for (let b = 0; b < 4; b++) {
          expect(curvature[a * 4 + b], `${a}, ${b}`).to.be.closeTo((above[b] - below[b]) / (2 * h), 1e-7);
        }
      }
    }
  });

  it('ends where the loss is lowest, whatever the task, the ridge and the start', () => {
    for (const [k, ridge] of [
      [2, 0.1],
      [2, 0.001],
      [3, 0.1],
      [5, 1],
    ]) {
      expectOptimal(classes(200, k, 3, k, 0.5), [0.5, 0.3, 0.2], ridge);
      expectOptimal(classes(200, k, 3, k + 9, 2), [0, 0, 1], ridge);
    }
    expectOptimal(numbers(100, [0.5, 0.7, 1], 4), [0.2, 0.3, 0.5], 0.1);
    expectOptimal(numbers(100, [0.5, 0.7], 5), [1, 0], 0.001);
  });

  it('draws candidates whose logarithms are scaled as it draws others that say the scaled themselves', () => {
    const { y, candidates } = classes(400, 3, 2, 11);
    const power = 2.5;
    const powered = candidates.map(({ rows, cols, data }, m) => {
      const out = createMatrix(rows, cols);
      data.forEach((p, i) => (out.data[i] = m === 0 ? p : p ** power));
      return out;
    });
    const options = { rows: allRows(400), start: [0.6, 0.4], ridge: 0.1 };
    const scaled = fitStack(candidates, y, { ...options, scales: [1, power] }).weights;
    const [first, second] = fitStack(powered, y, options).weights;
    expect(scaled[0]).to.be.closeTo(first, 1e-4);
    expect(scaled[1]).to.be.closeTo(power * second, 1e-3);
    expect(scaled[1]).to.be.greaterThan(1.1 * fitStack(candidates, y, options).weights[1]);
  });

  it('learns that models are too timid, which no mean can cure', () => {
    const timid = classes(2000, 2, 3, 6, 0.4);
    const start = [1 / 3, 1 / 3, 1 / 3];
    const weights = expectOptimal(timid, start, 0.1);
    const loss = (by: number[], combine?: { method: 'softmax' }) =>
      METRICS.logloss.compute(timid.y, blendPredictions(by, timid.candidates, combine));
    expect(loss(Array.from(weights), { method: 'softmax' })).to.be.below(0.9 * loss(start));
  });

  it('keeps no weight below 0: what contradicts the target is left out', () => {
    const rng = new Rng(8);
    const y = Float64Array.from({ length: 300 }, () => rng.normal());
    const candidates = [column(y.map((value) => value + 0.3 * rng.normal())), column(y.map((value) => -value))];
    const { weights } = fitStack(candidates, y, { rows: allRows(300), start: [0.5, 0.5] });
    expect(weights[1]).to.equal(0);
    expect(weights[0]).to.be.within(0.8, 1.1);
  });

  it('leaves out what counts next to nothing, and fits the others as if it had never been there', () => {
    const { y, candidates } = numbers(400, [1, 1, 1], 14);
    const noise = column(new Rng(15).shuffle(y.slice()));
    const options = { rows: allRows(400), start: [0.3, 0.3, 0.3, 0.1] };
    const { weights } = fitStack([...candidates, noise], y, options);
    const others = fitStack(candidates, y, { ...options, start: [0.3, 0.3, 0.3] });
    expect(fitStack([...candidates, noise], y, { ...options, minShare: 0 }).weights[3]).to.be.above(0);
    expect(weights[3]).to.equal(0);
    expect(Array.from(weights.subarray(0, 3))).to.deep.equal(Array.from(others.weights));
  });

  it('gives equal models equal weights', () => {
    const { y, candidates } = classes(300, 3, 2, 9);
    const options = { rows: allRows(300), start: [0.25, 0.25, 0.5] };
    const { weights } = fitStack([candidates[0], candidates[0], candidates[1]], y, options);
    expect(weights[0]).to.be.closeTo(weights[1], 1e-9);
  });

  it('stays what it started from where nothing can be learned', () => {
    const constant = Float64Array.from({ length: 20 }, () => 7);
    const exact = fitStack([column(constant), column(constant)], constant, { rows: allRows(20), start: [0.5, 0.5] });
    expect(Array.from(exact.weights)).to.deep.equal([0.5, 0.5]);
    expect(exact.combine).to.deep.equal({ method: 'sum', offset: 0 });
    const uniform = matrixFrom(Array.from({ length: 20 }, () => [0.5, 0.5]));
    const { weights } = fitStack([uniform], new Float64Array(20), { rows: allRows(20), start: [1] });
    expect(weights[0]).to.be.closeTo(1, 1e-12);
  });

  it('counts a row of weight 2 as two rows, and one of weight 0 as none', () => {
    for (const problem of [classes(60, 3, 3, 10), numbers(60, [0.5, 1, 1], 11)]) {
      const start = [0.4, 0.3, 0.3];
      const counts = Float64Array.from({ length: 60 }, (_, i) => i % 3);
      const repeated = Uint32Array.from(allRows(60)).reduce<number[]>(
        (rows, row) => [...rows, ...Array.from({ length: counts[row] }, () => row)],
        [],
      );
      const weighted = fitStack(problem.candidates, problem.y, { rows: allRows(60), start, rowWeights: counts });
      const again = fitStack(problem.candidates, problem.y, { rows: Uint32Array.from(repeated), start });
      weighted.weights.forEach((weight, m) => expect(weight).to.be.closeTo(again.weights[m], 1e-7));
    }
  });

  it('looks at the rows that it is given only', () => {
    const { y, candidates } = classes(100, 2, 2, 12);
    const rows = allRows(50);
    const other = y.map((value, i) => (i < 50 ? value : 1 - value));
    const start = [0.5, 0.5];
    expect(fitStack(candidates, y, { rows, start })).to.deep.equal(fitStack(candidates, other, { rows, start }));
  });

  it('learns from a sample of many rows, the same one for the same seed', () => {
    const { y, candidates } = classes(3000, 2, 3, 13);
    const options = { rows: allRows(3000), start: [0.4, 0.3, 0.3] };
    const whole = fitStack(candidates, y, options).weights;
    const few = (seed: number) => fitStack(candidates, y, { ...options, maxNumbers: 2000, seed }).weights;
    expect(few(1)).to.deep.equal(few(1));
    expect(few(1)).not.to.deep.equal(few(2));
    few(1).forEach((weight, m) => expect(weight).to.be.closeTo(whole[m], 0.1));
  });

  it('is never worse on its own rows than the weights that it starts from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 2, max: 4 }), (seed, k) => {
        const problem = classes(60, k, 3, seed);
        const start = [0.6, 0.4, 0];
        const { weights } = fitStack(problem.candidates, problem.y, { rows: allRows(60), start });
        const all = weights.every((weight) => weight >= 0);
        // What is left out for its small share may cost a little.
        return all && lossOf(problem, weights, start, 0.1) <= lossOf(problem, start, start, 0.1) + 1e-3;
      }),
      { numRuns: 30 },
    );
  });

  it('refuses starts that do not fit, and no rows', () => {
    const y = Float64Array.of(1, 2);
    const rows = allRows(2);
    expect(() => fitStack([column(y)], y, { rows, start: [] })).to.throw('stack: must have one start weight per model');
    expect(() => fitStack([column(y)], y, { rows: allRows(0), start: [1] })).to.throw('stack: must have rows');
  });
});
