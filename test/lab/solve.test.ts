import { expect } from 'chai';

import type { Equation } from '../../lab/equations.js';
import { poissonLine, poissonSquare, reactionDiffusion, waves } from '../../lab/equations.js';
import { productNetwork, sirenNetwork } from '../../lab/networks.js';
import { contenders } from '../../lab/pde.js';
import { differenceError, residualLoss, solve, testGrid } from '../../lab/solve.js';
import { Rng } from '../../src/core/index.js';
import { parameterCount } from '../../src/engine/index.js';

const EQUATIONS: readonly Equation[] = [poissonLine(2), poissonSquare(2), reactionDiffusion(), waves()];

/** The exact solution and its derivatives, by differences. */
function exactPoint({ exact, inputs }: Equation, x: readonly number[]) {
  const h = 1e-4;
  const moved = (k: number, t: number): number => exact(x.map((value, j) => (j === k ? value + t : value)));
  const axes = Array.from({ length: inputs }, (_, k) => k);
  return {
    u: exact(x),
    first: axes.map((k) => (moved(k, h) - moved(k, -h)) / (2 * h)),
    second: axes.map((k) => (moved(k, h) - 2 * exact(x) + moved(k, -h)) / (h * h)),
  };
}

describe('differential equations of the lab', () => {
  for (const equation of EQUATIONS) {
    it(`have the solution that they say: ${equation.title}`, () => {
      const rng = new Rng(1);
      for (const { place, residual } of equation.conditions) {
        for (let i = 0; i < 12; i++) {
          const x = place(i, 12, rng);
          expect(x.every((value) => value >= -1 && value <= 1)).to.equal(true);
          const slopes = { u: 0, first: [0, 0], second: [0, 0] };
          expect(residual(x, exactPoint(equation, x), slopes)).to.be.closeTo(0, 1e-5);
        }
      }
    });

    it(`say how each residual changes: ${equation.title}`, () => {
      const rng = new Rng(2);
      for (const { place, residual } of equation.conditions) {
        const x = place(1, 4, rng);
        const at = { u: 0.3, first: [0.5, -0.2].slice(0, x.length), second: [0.7, 0.1].slice(0, x.length) };
        const slopes = { u: 0, first: [0, 0], second: [0, 0] };
        const off = residual(x, at, slopes);
        const none = { u: 0, first: [0, 0], second: [0, 0] };
        const change = (moved: typeof at): number => (residual(x, moved, none) - off) / 1e-6;
        expect(change({ ...at, u: at.u + 1e-6 })).to.be.closeTo(slopes.u, 1e-5);
        for (const part of ['first', 'second'] as const) {
          x.forEach((_, k) => {
            const moved = { ...at, [part]: at[part].map((value, j) => (j === k ? value + 1e-6 : value)) };
            expect(change(moved)).to.be.closeTo(slopes[part][k], 1e-5);
          });
        }
      }
    });

    it(`are solved by finite differences, four times as well on twice the points: ${equation.title}`, () => {
      const points = equation.name === 'poisson2' ? [33 ** 2, 65 ** 2] : [129, 257];
      const [coarse, fine] = points.map((count) => differenceError(equation, count));
      expect(coarse).to.be.below(0.02);
      expect(coarse / fine).to.be.above(3);
    });
  }

  it('count each condition by its weight, whatever its number of points', () => {
    const equation = poissonLine(1);
    const [inside, ends] = equation.conditions;
    const rows = [
      { condition: inside, i: 0, n: 1 },
      { condition: ends, i: 0, n: 2 },
      { condition: ends, i: 1, n: 2 },
    ];
    const X = { rows: 3, cols: 1, data: Float32Array.of(0, -1, 1) };
    const part = (...values: number[]) => Float64Array.from(values);
    const zeros = () => ({ values: part(0, 0, 0), first: [part(0, 0, 0)], second: [part(0, 0, 0)] });
    const outputs = { ...zeros(), values: part(5, 1, -3) };
    const gradient = zeros();
    // f(0) = 0: only the ends are wrong.
    expect(residualLoss(equation, rows, X)(outputs, gradient)).to.be.closeTo((ends.weight * (1 + 9)) / 2, 1e-9);
    expect(Array.from(gradient.values)).to.deep.equal([0, ends.weight, -3 * ends.weight]);
  });
});

describe('networks that solve equations', () => {
  it('give LRNNs an eighth of the parameters of SIRENs', () => {
    const [[lrnn], , , [siren]] = contenders(waves(), 400);
    expect(parameterCount(siren.spec) / parameterCount(lrnn.spec)).to.be.within(7, 9);
  });

  it('are compared from above, and on both ends', () => {
    const { rows, data } = testGrid(2);
    expect(Array.from(data.subarray(0, 2))).to.deep.equal([-1, 1]);
    expect(Array.from(data.subarray(2 * rows - 2))).to.deep.equal([1, -1]);
  });

  it('come nearer step by step, the same way from the same seed', async () => {
    const network = productNetwork({ inputs: 1, parameters: 150, activation: 'sin', depth: 1, frequencies: [8] });
    const course = { steps: 150, rate: 1e-2, seed: 3, points: 48, marks: 3 };
    const once = await solve(poissonLine(1), network, course);
    expect(once.curve.map(({ step }) => step)).to.deep.equal([50, 100, 150]);
    expect(once.error).to.be.below(0.6);
    expect(once.error).to.be.below(once.curve[0].error);
    expect((await solve(poissonLine(1), network, course)).values).to.deep.equal(once.values);
  });

  it('are, on a square and in as many steps, better as an LRNN than as a SIREN of its published rate and eight times the size', async () => {
    const course = { steps: 60, seed: 3, points: 64, marks: 1 };
    const equation = poissonSquare(1);
    const shape = { inputs: 2, activation: 'sin' } as const;
    const lrnn = productNetwork({ ...shape, parameters: 120, depth: 1, frequencies: [1.25 * Math.PI] });
    const siren = sirenNetwork({ ...shape, parameters: 960 });
    const mine = await solve(equation, lrnn, { ...course, rate: 2e-2 });
    const rival = await solve(equation, siren, { ...course, rate: 1e-4 });
    expect(mine.error).to.be.below(rival.error);
  });
});
