import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, Rng } from '../../src/core/index.js';
import { bestThreshold, chooseThreshold, requireThreshold, rowsOf } from '../../src/ensemble/threshold.js';
import { decideAt, METRICS } from '../../src/evaluate/index.js';

/** Honest probabilities of a class that is rare. */
function rare(n: number, seed = 1, base = -2.5): { y: Float64Array; predictions: Matrix } {
  const rng = new Rng(seed);
  const predictions = createMatrix(n, 2);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const p = 1 / (1 + Math.exp(-(base + 1.5 * rng.normal())));
    y[i] = Number(rng.uniform() < p);
    predictions.data.set([1 - p, p], 2 * i);
  }
  return { y, predictions };
}

const fifths = (n: number): Uint32Array[] =>
  [0, 1, 2, 3, 4].map((fold) => allRows(n).filter((row) => row % 5 === fold));

describe('decideAt', () => {
  it('takes class 1 above the threshold only', () => {
    const p = { rows: 4, cols: 1, data: Float32Array.of(0.25, 0.5, 0.75, NaN) };
    expect(Array.from(decideAt(p, 0.5).data)).to.deep.equal([0, 0, 1, NaN]);
    expect(Array.from(decideAt(p, 0.2).data)).to.deep.equal([1, 1, 1, NaN]);
  });
});

describe('chooseThreshold', () => {
  for (const name of ['f1', 'balanced_accuracy', 'mcc', 'f1_macro'] as const) {
    it(`finds a lower threshold for the ${name} of a rare class, which holds on new rows`, () => {
      const { y, predictions } = rare(3000);
      const { threshold, foldScores } = chooseThreshold(predictions, y, METRICS[name], { parts: fifths(3000) });
      expect(threshold).to.be.within(0.03, 0.45);
      expect(foldScores).to.have.length(5);
      const fresh = rare(8000, 2);
      const score = (at: number) => METRICS[name].compute(fresh.y, decideAt(fresh.predictions, at));
      expect(score(threshold)).to.be.greaterThan(score(0.5) + 0.01);
    });
  }

  it('stays at one half for the accuracy of honest probabilities', () => {
    const { y, predictions } = rare(2000, 3, 0);
    expect(chooseThreshold(predictions, y, METRICS.accuracy, { parts: fifths(2000) }).threshold).to.equal(0.5);
  });

  it('gives the scores of 0.5 where it stays there', () => {
    const { y, predictions } = rare(400, 3, 0);
    const parts = fifths(400);
    const { foldScores, threshold } = chooseThreshold(predictions, y, METRICS.accuracy, { parts });
    expect(threshold).to.equal(0.5);
    const plain = parts.map((rows) => {
      const part = createMatrix(rows.length, 2);
      rows.forEach((row, i) => part.data.set(predictions.data.subarray(2 * row, 2 * row + 2), 2 * i));
      return METRICS.accuracy.compute(
        Float64Array.from(rows, (row) => y[row]),
        part,
      );
    });
    expect(foldScores).to.deep.equal(plain);
  });

  it('scores a fold by the threshold of the others: noise brings it nothing', () => {
    const rng = new Rng(4);
    const gains = Array.from({ length: 20 }, (_, trial) => {
      const { y, predictions } = rare(100, trial + 10, 0);
      for (let i = 0; i < 100; i++) {
        const p = rng.uniform();
        predictions.data.set([1 - p, p], 2 * i);
      }
      const { foldScores, threshold } = chooseThreshold(predictions, y, METRICS.accuracy, { parts: fifths(100) });
      const mean = foldScores.reduce((sum, score) => sum + score, 0) / 5;
      return threshold === 0.5 ? 0 : mean - METRICS.accuracy.compute(y, predictions);
    });
    // Chosen and judged on the same rows the gain would be about 0.1 in every trial.
    expect(gains.reduce((sum, gain) => sum + gain, 0) / 20).to.be.lessThan(0.03);
  });

  it('follows the weights', () => {
    const { y, predictions } = rare(2000);
    const rows = allRows(2000);
    const weights = Float64Array.from(y, (c) => (c === 1 ? 20 : 1));
    const plain = bestThreshold(rowsOf(predictions, y, rows), METRICS.accuracy);
    const heavy = bestThreshold(rowsOf(predictions, y, rows, weights), METRICS.accuracy);
    expect(plain).to.be.within(0.3, 0.7);
    expect(heavy).to.be.within(0.01, 0.15);
  });

  it('manages one class only', () => {
    const { predictions } = rare(50);
    const { threshold } = chooseThreshold(predictions, new Float64Array(50), METRICS.f1, { parts: fifths(50) });
    expect(threshold).to.equal(0.5);
  });

  it('is refused from a file when it is no threshold', () => {
    for (const bad of [-0.1, 1.5, NaN])
      expect(() => requireThreshold(bad, 2)).to.throw(/threshold must be in \[0, 1\]/);
    expect(() => requireThreshold(0.4, 3)).to.throw(/of two classes/);
    requireThreshold(0.4, 2);
  });
});
