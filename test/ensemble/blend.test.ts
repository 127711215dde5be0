import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, matrixFrom, Rng } from '../../src/core/index.js';
import type { BlendCandidate } from '../../src/ensemble/index.js';
import { blendPredictions, greedyBlend } from '../../src/ensemble/index.js';
import type { Metric } from '../../src/evaluate/index.js';
import { METRICS } from '../../src/evaluate/index.js';

const column = (values: number[]): Matrix => matrixFrom(values.map((value) => [value]));
const candidate = (id: string, values: number[]): BlendCandidate => ({ id, predictions: column(values) });
const sum = (weights: readonly { weight: number }[]) => weights.reduce((total, { weight }) => total + weight, 0);

/** The truth plus independent noise of the given size. */
function noisy(id: string, y: Float64Array, noise: number): BlendCandidate {
  const rng = new Rng(id.length + noise * 1000).split(id);
  return candidate(
    id,
    Array.from(y, (value) => value + noise * rng.normal()),
  );
}

describe('greedyBlend', () => {
  const y = Float64Array.from({ length: 400 }, (_, i) => Math.sin(i));

  it('finds the weights of two models whose errors cancel', () => {
    const truth = Float64Array.of(1, 2, 3, 4);
    const over = candidate('over', [2, 3, 4, 5]);
    const under = candidate('under', [-2, -1, 0, 1]);
    const { weights, loss } = greedyBlend([over, under], truth, METRICS.rmse);
    expect(weights).to.deep.equal([
      { id: 'over', weight: 0.75 },
      { id: 'under', weight: 0.25 },
    ]);
    expect(loss).to.be.closeTo(0, 1e-6);
  });

  it('is better than its best member where members differ', () => {
    const members = ['a', 'b', 'c'].map((id) => noisy(id, y, 0.5));
    const { weights, loss } = greedyBlend(members, y, METRICS.rmse);
    expect(weights).to.have.length(3);
    expect(sum(weights)).to.be.closeTo(1, 1e-12);
    expect(loss).to.be.lessThan(0.4);
    const blended = blendPredictions(
      weights.map((w) => w.weight),
      weights.map((w) => members.find((m) => m.id === w.id)!.predictions),
    );
    expect(METRICS.rmse.compute(y, blended)).to.be.closeTo(loss, 1e-6);
  });

  it('is the best model alone where nothing helps it', () => {
    const { weights, history } = greedyBlend([noisy('bad', y, 3), candidate('exact', Array.from(y))], y, METRICS.rmse);
    expect(weights).to.deep.equal([{ id: 'exact', weight: 1 }]);
    expect(history[0]).to.deep.include({ round: 1, id: 'exact' });
    expect(history).to.have.length(11);
  });

  it('takes the earlier of equal models', () => {
    const twins = [noisy('first', y, 0.5), { ...noisy('first', y, 0.5), id: 'second' }];
    expect(greedyBlend(twins, y, METRICS.rmse).weights).to.deep.equal([{ id: 'first', weight: 1 }]);
    const best = noisy('best', y, 0.4);
    const drawn = greedyBlend([best, ...twins], y, METRICS.rmse).weights.map(({ id }) => id);
    expect(drawn).to.deep.equal(['best', 'first']);
  });

  it('leaves out models that predict NaN and refuses to blend nothing but those', () => {
    const broken = candidate('broken', new Array<number>(400).fill(NaN));
    expect(greedyBlend([broken, noisy('ok', y, 1)], y, METRICS.mae).weights).to.deep.equal([{ id: 'ok', weight: 1 }]);
    expect(() => greedyBlend([broken], y, METRICS.mae)).to.throw('ensemble: some model must have a finite loss');
  });

  it('refuses no models and predictions that are not aligned', () => {
    expect(() => greedyBlend([], y, METRICS.mae)).to.throw('ensemble: must have at least one model, got 0.');
    expect(() => greedyBlend([candidate('short', [1])], y, METRICS.mae)).to.throw('must be 400 x 1, got [1,1].');
  });

  it('draws only from the best candidates and only so often', () => {
    const many = Array.from({ length: 12 }, (_, i) => noisy(`model ${i}`, y, 0.5 + i / 100));
    const { history } = greedyBlend(many, y, METRICS.rmse, { maxCandidates: 3, rounds: 7, patience: 7 });
    expect(history).to.have.length(7);
    expect(new Set(history.map(({ id }) => id)).size).to.be.at.most(3);
  });

  it('judges fold by fold when it is told the folds', () => {
    // Each model ranks perfectly inside a fold, but only one of them on the same scale in both.
    const labels = Float64Array.of(0, 1, 0, 1);
    const shifted = candidate('shifted', [0.6, 0.7, 0.1, 0.2]);
    const folds = [Uint32Array.of(0, 1), Uint32Array.of(2, 3)];
    expect(greedyBlend([shifted], labels, METRICS.auc).loss).to.equal(-0.75);
    expect(greedyBlend([shifted], labels, METRICS.auc, { parts: folds }).loss).to.equal(-1);
  });

  it('is never worse than the best single model, even when it saw only a few rows', () => {
    const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
    const names = fc.constantFrom('auc', 'logloss', 'f1', 'brier', 'accuracy' as const);
    fc.assert(
      fc.property(
        fc.array(p, { minLength: 1, maxLength: 4 }),
        names,
        fc.constantFrom(4, 1e6),
        (columns, name, maxNumbers) => {
          const labels = Float64Array.from({ length: 12 }, (_, i) => i % 2);
          const candidates = columns.map((values, i) => candidate(String(i), values));
          const { loss, weights } = greedyBlend(candidates, labels, METRICS[name], { maxNumbers });
          const sign = METRICS[name].direction === 'minimize' ? 1 : -1;
          const singles = candidates.map(({ predictions }) => sign * METRICS[name].compute(labels, predictions));
          expect(loss).to.be.at.most(Math.min(...singles));
          const drawn = weights.map(({ id }) => candidates[Number(id)].predictions);
          const blended = blendPredictions(
            weights.map(({ weight }) => weight),
            drawn,
          );
          expect(sign * METRICS[name].compute(labels, blended)).to.equal(loss);
          expect(sum(weights)).to.be.closeTo(1, 1e-12);
          expect(weights.every(({ weight }) => weight > 0)).to.be.true;
        },
      ),
    );
  });

  it('with bags errs less on other rows, as it follows the luck of few rows less', () => {
    const names = Array.from({ length: 20 }, (_, i) => `model ${i}`);
    const gains = Array.from({ length: 8 }, (_, seed) => {
      const rng = new Rng(seed).split('bags');
      const truth = Float64Array.from({ length: 1030 }, () => rng.normal());
      const all = names.map((id) => ({ id, values: Array.from(truth, (value) => value + 2 * rng.normal()) }));
      const few = all.map(({ id, values }) => candidate(id, values.slice(0, 30)));
      const errorOf = (bags: number): number => {
        const { weights, loss } = greedyBlend(few, truth.slice(0, 30), METRICS.rmse, { bags });
        expect(sum(weights)).to.be.closeTo(1, 1e-12);
        expect(weights.every(({ weight }) => weight >= 0.02)).to.equal(true);
        expect(Number.isFinite(loss)).to.equal(true);
        const others = weights.map(({ id }) => column(all.find((one) => one.id === id)!.values.slice(30)));
        const blended = blendPredictions(
          weights.map(({ weight }) => weight),
          others,
        );
        return METRICS.rmse.compute(truth.slice(30), blended);
      };
      return errorOf(10) - errorOf(0);
    });
    expect(gains.filter((gain) => gain < 0)).to.have.length.above(5);
  });

  it('gives the same bags for the same seed, others for another, and leaves broken models out of them', () => {
    const few = ['a', 'b', 'c'].map((id) => noisy(id, y, 0.5));
    const bagged = (seed: number) => greedyBlend(few, y, METRICS.rmse, { bags: 3, seed }).weights;
    expect(bagged(1)).to.deep.equal(bagged(1));
    expect(bagged(2)).not.to.deep.equal(bagged(1));
    const broken = candidate('broken', new Array<number>(400).fill(NaN));
    const { weights } = greedyBlend([broken, ...few], y, METRICS.rmse, { bags: 3 });
    expect(weights.map(({ id }) => id)).to.have.members(['a', 'b', 'c']);
  });

  it('gives rows of weight 0 no say, in bags and in samples: they are as if they were not there', () => {
    const options = { metric: fc.constantFrom('rmse', 'mae', 'r2' as const), seed: fc.nat(1000) };
    fc.assert(
      fc.property(fc.record(options), fc.constantFrom(0, 5), fc.constantFrom(12, 1e6), (how, bags, maxNumbers) => {
        const rng = new Rng(how.seed).split('weightless');
        const truth = Float64Array.from({ length: 60 }, () => rng.normal());
        const counts = truth.map((_, i) => (i % 5 === 0 ? 1 + rng.uniform() : 0));
        const models = [
          candidate(
            'dummy',
            Array.from(truth, () => 0),
          ),
          ...['a', 'b'].map((id) => noisy(id, truth, 0.1)),
        ];
        const parts = [0, 1, 2].map((part) => Uint32Array.from({ length: 20 }, (_, i) => 20 * part + i));
        const blend = (folds: readonly Uint32Array[]) =>
          greedyBlend(models, truth, METRICS[how.metric], {
            ...{ parts: folds, bags, seed: how.seed, rowWeights: counts },
            maxNumbers,
          });
        const bare = parts.map((rows) => rows.filter((row) => counts[row] > 0));
        expect(blend(parts).weights).to.deep.equal(blend(bare).weights);
        expect(blend(parts).weights[0].id).not.to.equal('dummy');
      }),
    );
  });

  it('leaves the word to all rows where a bag cannot tell models apart, or says nothing of any', () => {
    // Of two rows, half of the draws are one row twice: of a constant y, r2 says 0 of every model that is not exact.
    const truth = Float64Array.of(0, 1, 0, 1, 0, 1);
    const parts = [0, 1, 2].map((part) => Uint32Array.of(2 * part, 2 * part + 1));
    const near = Array.from(truth, (value) => 0.1 + 0.8 * value);
    const models = [
      candidate(
        'dummy',
        Array.from(truth, () => 0.5),
      ),
      candidate('near', near),
    ];
    const compute: Metric['compute'] = (y, said) => (new Set(y).size > 1 ? METRICS.rmse.compute(y, said) : NaN);
    const metrics = fc.constantFrom(METRICS.r2, { ...METRICS.rmse, compute });
    fc.assert(
      fc.property(fc.nat(1000), metrics, (seed, metric) => {
        const { weights } = greedyBlend(models, truth, metric, { parts, bags: 20, seed });
        expect(weights).to.deep.equal([{ id: 'near', weight: 1 }]);
      }),
    );
  });

  it('keeps the largest of very many members, though each has next to nothing', () => {
    // Each bag is one model, another each time: all are right on half of the rows.
    const rng = new Rng(3);
    const truth = Float64Array.from({ length: 30 }, (_, i) => i);
    const halfRight = () => Array.from(rng.shuffle(allRows(30)), (place, row) => truth[row] + Number(place < 15));
    const models = Array.from({ length: 1500 }, (_, c) => candidate(String(c), halfRight()));
    const { weights } = greedyBlend(models, truth, METRICS.mae, { bags: 120, rounds: 1, maxCandidates: 1500 });
    expect(weights).to.have.length.above(0);
    expect(sum(weights)).to.be.closeTo(1, 1e-9);
  });

  it('keeps rows of probabilities summing to one', () => {
    const rows = [matrixFrom([[0.2, 0.3, 0.5]]), matrixFrom([[0.6, 0.1, 0.3]])];
    const { data } = blendPredictions([0.25, 0.75], rows);
    expect(data[0] + data[1] + data[2]).to.be.closeTo(1, 1e-6);
    expect(data[0]).to.be.closeTo(0.5, 1e-6);
  });

  it('blends predictions of one shape only', () => {
    expect(() => blendPredictions([1], [])).to.throw('blend: must have one weight per model');
    expect(() => blendPredictions([0.5, 0.5], [column([1]), column([1, 2])])).to.throw(
      'must be of one size (1), got 2.',
    );
  });

  it('gives the same blend for the same candidates', () => {
    const n = 3000;
    const labels = Float64Array.from({ length: n }, (_, i) => i % 2);
    const rng = new Rng(8);
    const candidates = Array.from({ length: 6 }, (_, c): BlendCandidate => {
      const predictions = createMatrix(n, 2);
      for (let i = 0; i < n; i++) {
        predictions.data[2 * i + 1] = 0.4 + 0.2 * labels[i] * rng.uniform() + 0.3 * rng.uniform();
        predictions.data[2 * i] = 1 - predictions.data[2 * i + 1];
      }
      return { id: String(c), predictions };
    });
    const blend = () => greedyBlend(candidates, labels, METRICS.auc, { maxNumbers: 2000, seed: 3 });
    expect(blend()).to.deep.equal(blend());
    expect(blend().weights.length).to.be.greaterThan(2);
  });
});
