import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { createMatrix, matrixFrom, Rng } from '../../src/core/index.js';
import type { BlendCandidate, BlendOptions, ChooseOptions } from '../../src/ensemble/index.js';
import { blendPredictions, chooseBlend, greedyBlend } from '../../src/ensemble/index.js';
import type { Metric } from '../../src/evaluate/index.js';
import { METRICS } from '../../src/evaluate/index.js';

const FOLDS = 4;

function partsOf(n: number): Uint32Array[] {
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: FOLDS }, (_, f) => rows.subarray((f * n) / FOLDS, ((f + 1) * n) / FOLDS));
}

/** Models of two classes whose logits are too small by half: no mean of them is sure enough. */
function timid(n: number, sure = 0.5) {
  const rng = new Rng(4);
  const y = new Float64Array(n);
  const truth = Float64Array.from({ length: n }, () => 2 * rng.normal());
  truth.forEach((logit, i) => (y[i] = Number(rng.uniform() < 1 / (1 + Math.exp(-logit)))));
  const candidates = ['a', 'b', 'c'].map((id): BlendCandidate => {
    const predictions = createMatrix(n, 2);
    truth.forEach((logit, i) => {
      const p = 1 / (1 + Math.exp(-sure * (logit + 0.6 * rng.normal())));
      predictions.data.set([1 - p, p], 2 * i);
    });
    return { id, predictions };
  });
  return { y, candidates };
}

/** Of many classes a model that knows much and says little of it, and one that knows less and says it all. */
function timidOfMany(n: number) {
  const rng = new Rng(6);
  const [k, classes] = [8, new Float64Array(n)];
  for (let i = 0; i < n; i++) classes[i] = rng.integer(k);
  const seen = (id: string, clear: number, sure: number): BlendCandidate => {
    const predictions = createMatrix(n, k);
    for (let i = 0; i < n; i++) {
      const masses = Array.from({ length: k }, (_, c) => {
        return Math.exp(sure * clear * ((classes[i] === c ? clear : 0) + rng.normal()));
      });
      const all = masses.reduce((sum, mass) => sum + mass, 0);
      predictions.data.set(
        masses.map((mass) => mass / all),
        i * k,
      );
    }
    return { id, predictions };
  };
  return { y: classes, candidates: [seen('much', 3.5, 0.4), seen('less', 3, 1)] };
}

/** Numbers seen through noise: a mean is what they need. */
function noisy(n: number) {
  const rng = new Rng(5);
  const y = Float64Array.from({ length: n }, () => rng.normal());
  const candidates = ['a', 'b', 'c'].map((id) => ({
    id,
    predictions: matrixFrom(Array.from(y, (value) => [value + 0.5 * rng.normal()])),
  }));
  return { y, candidates };
}

const foldLoss = (metric: Metric, y: Float64Array, predictions: Matrix, folds: readonly number[]) =>
  folds
    .map((f) => partsOf(y.length)[f])
    .map((rows) => {
      const part = predictions.data.subarray(rows[0] * predictions.cols, (rows[0] + rows.length) * predictions.cols);
      const judged = { rows: rows.length, cols: predictions.cols, data: part };
      return metric.compute(y.subarray(rows[0], rows[0] + rows.length), judged);
    })
    .reduce((sum, loss) => sum + loss / folds.length, 0);

describe('chooseBlend', () => {
  const how = (n: number, more: Partial<ChooseOptions> = {}): ChooseOptions => ({ parts: partsOf(n), ...more });

  it('stacks where the folds say that a mean falls short', () => {
    const { y, candidates } = timid(800);
    const { weights, combine, predictions } = chooseBlend(candidates, y, METRICS.logloss, how(800));
    expect(combine).to.deep.equal({ method: 'softmax' });
    expect(weights.reduce((sum, { weight }) => sum + weight, 0)).to.be.above(1.3);
    const mean = blendPredictions(
      [1 / 3, 1 / 3, 1 / 3],
      candidates.map((candidate) => candidate.predictions),
    );
    const loss = (of: Matrix) => foldLoss(METRICS.logloss, y, of, [0, 1, 2, 3]);
    expect(loss(predictions)).to.be.below(0.98 * loss(mean));
  });

  it('finds out what a model knows that says little of it', () => {
    const { y, candidates } = timidOfMany(3000);
    const parts = partsOf(3000);
    const { combine, predictions } = chooseBlend(candidates, y, METRICS.logloss, { parts });
    expect(combine).to.deep.equal({ method: 'softmax' });
    // Both are independent: the best is the sum of what they know, the timid one times what its logits lack.
    const best = blendPredictions(
      [2.5, 1],
      candidates.map((candidate) => candidate.predictions),
      combine,
    );
    expect(METRICS.logloss.compute(y, predictions)).to.be.below(1.4 * METRICS.logloss.compute(y, best));
  });

  it('is the greedy blend below 500 rows, with a single model to stack, and where stacking does not help', () => {
    const few = timid(496);
    const plainly = ({ y, candidates }: typeof few, metric: Metric, more: Partial<ChooseOptions> = {}) => {
      const options = how(y.length, { bags: 0, ...more });
      const chosen = chooseBlend(candidates, y, metric, options);
      const greedy = greedyBlend(candidates, y, metric, { parts: options.parts, maxCandidates: 60 });
      expect(chosen.combine).to.equal(undefined);
      expect(chosen.weights).to.deep.equal(greedy.weights);
    };
    plainly(few, METRICS.logloss);
    plainly(timid(800), METRICS.logloss, { constant: new Set(['a', 'b']) });
    // Exact already: whatever is learned from other folds can only be worse.
    const { y, candidates } = noisy(800);
    plainly(
      { y, candidates: [{ id: 'exact', predictions: matrixFrom(Array.from(y, (v) => [v])) }, ...candidates] },
      METRICS.rmse,
    );
  });

  it('is the mean of blends on drawn rows where numbers are few, and one blend where they are many', () => {
    for (const n of [400, 4000]) {
      const { y, candidates } = timid(n);
      const ids = new Set(['a', 'b', 'c']);
      const { weights } = chooseBlend(candidates, y, METRICS.logloss, how(n, { constant: ids }));
      const of = (more: BlendOptions) => greedyBlend(candidates, y, METRICS.logloss, { parts: partsOf(n), ...more });
      const [one, mean] = [of({ maxCandidates: 60 }), of({ bags: 20, rounds: 10, patience: 3 })];
      expect(weights).to.deep.equal((n === 400 ? mean : one).weights);
      if (n === 400) expect(weights).not.to.deep.equal(one.weights);
    }
  });

  it('predicts each fold by what the other folds say', () => {
    const { y, candidates } = timid(800);
    const first = chooseBlend(candidates, y, METRICS.logloss, how(800));
    const [, , third] = partsOf(800);
    const changed = y.slice();
    for (const row of third.subarray(0, 8)) changed[row] = 1 - changed[row];
    const second = chooseBlend(candidates, changed, METRICS.logloss, how(800));
    expect(second.combine).to.deep.equal(first.combine);
    const of = ({ data }: Matrix, rows: Uint32Array) => data.subarray(2 * rows[0], 2 * (rows[0] + rows.length));
    expect(of(second.predictions, third)).to.deep.equal(of(first.predictions, third));
    expect(of(second.predictions, partsOf(800)[0])).not.to.deep.equal(of(first.predictions, partsOf(800)[0]));
  });

  it('learns from earlier folds only where they are ordered, and for the first from all others', () => {
    const { y, candidates } = timid(800);
    const parts = partsOf(800);
    const first = chooseBlend(candidates, y, METRICS.logloss, how(800, { ordered: true }));
    expect(first.combine).to.deep.equal({ method: 'softmax' });
    const changed = y.slice();
    for (const row of parts[2].subarray(0, 6)) changed[row] = 1 - changed[row];
    const second = chooseBlend(candidates, changed, METRICS.logloss, how(800, { ordered: true }));
    const of = ({ data }: Matrix, fold: number) => data.slice(400 * fold, 400 * (fold + 1));
    for (const fold of [1, 2]) expect(of(second.predictions, fold)).to.deep.equal(of(first.predictions, fold));
    expect(of(second.predictions, 3)).not.to.deep.equal(of(first.predictions, 3));
    expect(of(second.predictions, 0)).not.to.deep.equal(of(first.predictions, 0));
    const own = y.slice();
    for (const row of parts[0].subarray(0, 6)) own[row] = 1 - own[row];
    const third = chooseBlend(candidates, own, METRICS.logloss, how(800, { ordered: true }));
    expect(of(third.predictions, 0)).to.deep.equal(of(first.predictions, 0));
  });

  it('never says that a stack is better than the best model unless it is, fold by fold', () => {
    for (const [problem, metric] of [
      [timid(800), METRICS.auc],
      [timid(800), METRICS.logloss],
      [noisy(800), METRICS.rmse],
      [noisy(800), METRICS.mae],
    ] as const) {
      const { predictions } = chooseBlend(problem.candidates, problem.y, metric, how(800));
      const loss = (of: Matrix) => {
        const value = foldLoss(metric, problem.y, of, [0, 1, 2, 3]);
        return metric.direction === 'minimize' ? value : -value;
      };
      const best = Math.min(...problem.candidates.map((candidate) => loss(candidate.predictions)));
      expect(loss(predictions), metric.name).to.be.at.most(best + 1e-7);
    }
  });

  it('leaves models out that say the same of every row, or no number', () => {
    const { y, candidates } = timid(800);
    const guess = { id: 'guess', predictions: matrixFrom(Array.from(y, () => [0.5, 0.5])) };
    const broken = { id: 'broken', predictions: { ...guess.predictions, data: new Float32Array(1600).fill(NaN) } };
    const all = [guess, broken, ...candidates];
    const chosen = chooseBlend(all, y, METRICS.logloss, how(800, { constant: new Set(['guess']) }));
    expect(chosen.combine).to.deep.equal({ method: 'softmax' });
    expect(chosen.weights.map(({ id }) => id)).to.not.include.members(['guess', 'broken']);
    expect(chosen.predictions.data.every(Number.isFinite)).to.equal(true);
  });

  it('fits a stack by the weights of its own', () => {
    const { y, candidates } = timid(800);
    const weighted = how(800, { stackWeights: y.map((c) => (c === 1 ? 5 : 1)) });
    const plain = chooseBlend(candidates, y, METRICS.logloss, how(800));
    const chosen = chooseBlend(candidates, y, METRICS.logloss, weighted);
    expect(chosen.combine).to.deep.equal(plain.combine);
    expect(chosen.weights).not.to.deep.equal(plain.weights);
  });

  it('chooses the same bits again', () => {
    const { y, candidates } = timid(800);
    const choose = () => chooseBlend(candidates, y, METRICS.logloss, how(800, { seed: 3 }));
    expect(choose()).to.deep.equal(choose());
  });
});
