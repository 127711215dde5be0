import { expect } from 'chai';

import { createMatrix, Rng } from '../../../src/core/index.js';
import type { Sample } from '../../../src/models/estimator.js';
import { choleskyFactor, choleskySolve } from '../../../src/models/linear/cholesky.js';
import { Design } from '../../../src/models/linear/design.js';
import { solveLogistic } from '../../../src/models/linear/logistic.js';
import { solveRidge } from '../../../src/models/linear/ridge.js';
import { assertClose } from '../../support/close.js';

const NO_PAUSE = (): undefined => undefined;

/** Every second row of a table of `kind` columns, weighted; y depends on all columns. */
function weighted(n: number, d: number, kind: 'dense' | 'sparse', seed: number): Sample {
  const rng = new Rng(seed);
  const X = createMatrix(2 * n, d);
  for (let i = 0; i < X.data.length; i++) {
    const dense = kind === 'dense' || i % d === 0;
    X.data[i] = dense ? 100 + rng.normal() * (1 + (i % d)) : rng.uniform() < 0.1 ? 1 + rng.uniform() : 0;
  }
  const rows = Uint32Array.from({ length: n }, (_, i) => 2 * i + 1);
  const weights = Float32Array.from({ length: 2 * n }, () => 0.5 + rng.uniform());
  return { X, y: Float32Array.from({ length: 2 * n }, () => rng.normal()), rows, weights };
}

/** The standardised rows, the slow and obvious way. */
function standardised({ X, rows, weights }: Sample): number[][] {
  const w = [...rows].map((row) => weights?.[row] ?? 1);
  const total = w.reduce((a, b) => a + b, 0);
  const columns = Array.from({ length: X.cols }, (_, j) => {
    const x = [...rows].map((row) => X.data[row * X.cols + j]);
    const mean = x.reduce((sum, value, i) => sum + w[i] * value, 0) / total;
    const deviation = Math.sqrt(x.reduce((sum, value, i) => sum + w[i] * (value - mean) ** 2, 0) / total);
    return x.map((value) => (deviation > 0 ? (value - mean) / deviation : 0));
  });
  return [...rows].map((_, i) => columns.map((column) => column[i]));
}

describe('the standardised design', () => {
  for (const kind of ['dense', 'sparse'] as const) {
    const sample = weighted(37, 7, kind, 1);
    const Z = standardised(sample);

    it(`multiplies as the standardised matrix does (${kind} rows)`, async () => {
      const design = new Design(sample, NO_PAUSE);
      for (const m of [1, 3]) {
        const W = Float64Array.from({ length: 7 * m }, (_, i) => Math.sin(i + 1));
        const b = Float64Array.from({ length: m }, (_, c) => c - 0.5);
        const out = new Float64Array(37 * m);
        await design.forward({ W, b }, out);
        const expected = Z.flatMap((z) =>
          [...b].map((start, c) => z.reduce((sum, value, j) => sum + value * W[j * m + c], start)),
        );
        assertClose(out, expected, { rtol: 1e-9, atol: 1e-10 });

        const R = Float64Array.from({ length: 37 * m }, (_, i) => Math.cos(i));
        const back = { W: new Float64Array(7 * m), b: new Float64Array(m) };
        await design.backward(R, back);
        const products = Array.from({ length: 7 * m }, (_, at) =>
          Z.reduce((sum, z, i) => sum + z[Math.floor(at / m)] * R[i * m + (at % m)], 0),
        );
        assertClose(back.W, products, { rtol: 1e-9, atol: 1e-9 });
        assertClose(
          back.b,
          Array.from({ length: m }, (_, c) => R.filter((_, i) => i % m === c).reduce((a, r) => a + r)),
          {
            rtol: 1e-12,
            atol: 1e-12,
          },
        );
      }
    });

    it(`gives its weighted Gram matrix (${kind} rows)`, async () => {
      const G = await new Design(sample, NO_PAUSE).gram();
      for (let a = 0; a < 7; a++) {
        for (let c = a; c < 7; c++) {
          const expected = Z.reduce((sum, z, i) => sum + (sample.weights?.[2 * i + 1] ?? 1) * z[a] * z[c], 0);
          expect(G[a * 7 + c]).to.be.closeTo(expected, 1e-8);
        }
      }
    });
  }

  it('estimates the Gram matrix from evenly spread rows', async () => {
    const design = new Design(weighted(4000, 3, 'dense', 2), NO_PAUSE);
    const [whole, part] = [await design.gram(), await design.gram(5)];
    for (const at of [0, 4, 8]) expect(part[at] / whole[at]).to.be.closeTo(1, 0.15);
  });
});

describe('choleskyFactor', () => {
  it('solves a system', () => {
    const L = choleskyFactor(Float64Array.of(4, 2, 0, 5), 2, 1, 1);
    const x = Float64Array.of(9, 0, 14);
    choleskySolve(L, 2, x, 0, 2);
    // [5 2; 2 6] x = [9, 14]
    assertClose([x[0], x[2]], [1, 2], { rtol: 1e-12, atol: 0 });
  });

  it('adds jitter where the matrix is singular, even where it is all zeros', () => {
    const L = choleskyFactor(Float64Array.of(1, 1, 0, 1), 2, 1, 0);
    expect([...L].every(Number.isFinite)).to.equal(true);
    expect([...choleskyFactor(new Float64Array(9), 3, 1, 0)].every(Number.isFinite)).to.equal(true);
  });
});

describe('the solvers end where the gradient is 0', () => {
  for (const [n, d, alpha] of [
    [40, 5, 0.7],
    [6, 50, 2],
    [5, 1300, 1],
    [3, 1, 0],
    [60, 8, 0],
  ] as const) {
    it(`ridge on ${n} rows and ${d} columns, alpha ${alpha}`, async () => {
      const sample = weighted(n, d, 'dense', 3);
      const y = Float64Array.from(sample.rows, (row) => sample.y[row]);
      const { W, b } = await solveRidge(new Design(sample, NO_PAUSE), y, alpha);
      const Z = standardised(sample);
      const residual = Z.map((z, i) => {
        const predicted = z.reduce((sum, value, j) => sum + value * W[j], b[0]);
        return (sample.weights?.[sample.rows[i]] ?? 1) * (y[i] - predicted);
      });
      expect(residual.reduce((sum, value) => sum + value, 0)).to.be.closeTo(0, 1e-8);
      for (let j = 0; j < d; j++) {
        const gradient = Z.reduce((sum, z, i) => sum + z[j] * residual[i], 0) - alpha * W[j];
        expect(gradient).to.be.closeTo(0, 1e-7);
      }
    });
  }

  for (const [n, d, m, alpha] of [
    [60, 4, 1, 0.5],
    [60, 4, 3, 0.5],
    [5, 40, 1, 1],
    [6, 40, 4, 1],
    [4, 1300, 3, 2],
  ] as const) {
    it(`logistic on ${n} rows, ${d} columns and ${m} outputs`, async () => {
      const sample = weighted(n, d, 'dense', 4);
      const y = Float64Array.from({ length: n }, (_, i) => (i * i) % Math.max(m, 2));
      const design = new Design(sample, NO_PAUSE);
      const fit = await solveLogistic(design, y, m, alpha, NO_PAUSE);
      expect(fit.converged).to.equal(true);
      const { W, b } = fit.coefficients;
      const gradient = new Float64Array((d + 1) * m);
      standardised(sample).forEach((z, i) => {
        const logits = [...b].map((start, c) => z.reduce((sum, value, j) => sum + value * W[j * m + c], start));
        const p = m === 1 ? [1 / (1 + Math.exp(-logits[0]))] : softmax(logits);
        p.forEach((value, c) => {
          const r = (sample.weights?.[sample.rows[i]] ?? 1) * (value - (m === 1 ? y[i] : Number(y[i] === c)));
          z.forEach((x, j) => (gradient[j * m + c] += x * r));
          gradient[d * m + c] += r;
        });
      });
      for (let j = 0; j < d * m; j++) gradient[j] += alpha * W[j];
      // Stopped at 1e-8 nats per row: gradient^2 / (2 curvature), and the curvature is at most n here.
      const enough = Math.sqrt(2e-8 * n * n * 10);
      for (const value of gradient) expect(Math.abs(value)).to.be.lessThan(enough);
    });
  }

  it('logistic stays finite where the loss has no minimum', async () => {
    const sample = { ...weighted(30, 1, 'dense', 5), weights: undefined };
    const y = Float64Array.from(sample.rows, (row) => Number(sample.X.data[row] > 100));
    const fit = await solveLogistic(new Design(sample, NO_PAUSE), y, 1, 0, NO_PAUSE);
    expect([...fit.coefficients.W, ...fit.coefficients.b].every(Number.isFinite)).to.equal(true);
    expect(fit.coefficients.W[0]).to.be.greaterThan(10);
  });
});

function softmax(logits: readonly number[]): number[] {
  const exps = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / sum);
}

describe('a time limit', () => {
  it('ends both solvers after the step in which it passes, with what they have', async () => {
    const sample = weighted(80, 30, 'dense', 7);
    const y = Float64Array.from({ length: 80 }, (_, i) => i % 3);
    const late = () => new Design(sample, NO_PAUSE, performance.now() - 1);
    const free = () => new Design(sample, NO_PAUSE);
    const cut = await solveLogistic(late(), y, 3, 1, NO_PAUSE);
    expect([cut.steps, cut.converged]).to.deep.equal([1, false]);
    expect(cut.coefficients.W.some((value) => value !== 0)).to.equal(true);
    const whole = await solveLogistic(free(), y, 3, 1, NO_PAUSE);
    expect(whole.converged).to.equal(true);
    expect(whole.steps).to.be.greaterThan(1);
    const ridge = await solveRidge(late(), y, 1);
    expect(ridge.W.every(Number.isFinite)).to.equal(true);
  });
});
