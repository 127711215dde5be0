import { expect } from 'chai';

import type { Contender } from '../../src/automl/index.js';
import { behindBest, caution, compare, comparisonsOf } from '../../src/automl/index.js';
import type { Family } from '../../src/core/index.js';
import { correctedTTest, METRICS, wilcoxonSignedRank } from '../../src/evaluate/index.js';

const COSTS: Partial<Record<Family, number>> = { dummy: 1, linear: 10, xgboost: 100, mlp: 200 };
const contender = (family: Family, foldScores: number[]): Contender => ({
  model: `${family}-1`,
  family,
  foldScores,
  parameters: COSTS[family] ?? 1000,
});

const lrnn = contender('lrnn', [1.0, 1.1, 0.9, 1.2, 1.0]);
const mlp = contender('mlp', [1.31, 1.39, 1.22, 1.5, 1.28]);
const xgboost = contender('xgboost', [1.05, 1.0, 1.0, 1.15, 1.1]);
const dummy = contender('dummy', [5, 5.1, 5.2, 5, 5.1]);

describe('comparisonsOf', () => {
  it('sets the LRNN against the MLP and XGBoost, fold by fold', () => {
    const [first, second, ...more] = comparisonsOf([xgboost, lrnn, mlp, dummy], METRICS.rmse, false);
    expect(more).to.have.length(0);
    expect([first.model, first.other, second.other]).to.deep.equal(['lrnn-1', 'mlp-1', 'xgboost-1']);
    const gains = [0.31, 0.29, 0.32, 0.3, 0.28];
    const expected = correctedTTest(gains, 0.25);
    expect(first.gain).to.be.closeTo(0.3, 1e-12);
    for (const key of ['low', 'high', 'p'] as const) expect(first[key]).to.be.closeTo(expected[key], 1e-9);
    expect(first.pWilcoxon).to.equal(null);
    expect(first.p).to.be.lessThan(0.001);
    expect(second.p).to.be.greaterThan(0.2);
    expect(second.low).to.be.lessThan(0);
    expect(second.high).to.be.greaterThan(0);
  });

  it('takes for gradient boosting the better of two families, and names it', () => {
    const worse = contender(
      'gbdt',
      xgboost.foldScores.map((score) => score + 0.01),
    );
    const better = contender(
      'gbdt',
      xgboost.foldScores.map((score) => score - 0.01),
    );
    const forest = contender('extratrees', mlp.foldScores as number[]);
    const othersOf = (gbdt: Contender) =>
      comparisonsOf([lrnn, gbdt, xgboost, forest], METRICS.rmse, false).map(({ other }) => other);
    expect(othersOf(worse)).to.deep.equal(['xgboost-1', 'extratrees-1']);
    expect(othersOf(better)).to.deep.equal(['gbdt-1', 'extratrees-1']);
  });

  it('counts a gain upwards for a metric that is to be maximised', () => {
    const [ahead, behind] = [contender('lrnn', [0.9, 0.92, 0.91]), contender('mlp', [0.8, 0.83, 0.81])];
    expect(compare(ahead, behind, METRICS.auc, false).gain).to.be.closeTo(0.0967, 1e-3);
    expect(compare(behind, ahead, METRICS.auc, false).gain).to.be.closeTo(-0.0967, 1e-3);
  });

  it('asks Wilcoxon only where six folds or more let him answer', () => {
    const more = (scores: readonly number[]) => [...scores, 1.4];
    const [with6] = [
      compare(contender('lrnn', more(lrnn.foldScores)), contender('mlp', more(mlp.foldScores)), METRICS.rmse, false),
    ];
    expect(with6.pWilcoxon).to.equal(wilcoxonSignedRank([0.31, 0.29, 0.32, 0.3, 0.28, 0]).p);
  });

  it('is less sure where early folds trained on few rows', () => {
    const [inTime, plain] = [true, false].map((ordered) => compare(lrnn, mlp, METRICS.rmse, ordered).p);
    expect(inTime).to.be.greaterThan(plain);
  });

  it('has nothing to say without an LRNN, without a rival, or on one fold', () => {
    expect(comparisonsOf([mlp, xgboost], METRICS.rmse, false)).to.deep.equal([]);
    expect(comparisonsOf([lrnn, dummy], METRICS.rmse, false)).to.deep.equal([]);
    expect(comparisonsOf([contender('lrnn', [1]), contender('mlp', [2])], METRICS.rmse, false)).to.deep.equal([]);
  });
});

describe('behindBest', () => {
  const words = 'better on the folds, not on the held-out rows';
  const said = (other: Contender, held: { gain: number; low: number; high: number } | null) =>
    behindBest(lrnn, other, METRICS.rmse, { ordered: false, held });

  it('sets the folds and the held-out rows side by side', () => {
    const held = { gain: 0.2, low: 0.1, high: 0.3 };
    const { gain, low, high, p } = compare(lrnn, mlp, METRICS.rmse, false);
    expect(said(mlp, held)).to.deep.equal({ folds: { gain, low, high, p }, holdout: held, words: null });
  });

  it('says that the two disagree where the one is sure of itself', () => {
    expect(said(mlp, { gain: -0.01, low: -0.2, high: 0.1 }).words, 'the folds are sure').to.equal(words);
    expect(said(xgboost, { gain: -0.3, low: -0.5, high: -0.1 }).words, 'the held-out rows are').to.equal(words);
    expect(said(xgboost, { gain: -0.01, low: -0.2, high: 0.1 }).words, 'neither is').to.equal(null);
    expect(said(mlp, null).words, 'nothing was held out').to.equal(null);
  });

  it('is silent where the folds never said that the best is the better one', () => {
    const passed = contender(
      'ensemble',
      lrnn.foldScores.map((score) => score - 0.01),
    );
    expect(said(passed, { gain: -0.3, low: -0.5, high: -0.1 }).words).to.equal(null);
  });

  it('has no test on one fold', () => {
    const one = behindBest(contender('lrnn', [1]), contender('mlp', [2]), METRICS.rmse, { ordered: false, held: null });
    expect(one).to.deep.equal({ folds: null, holdout: null, words: null });
  });
});

describe('caution', () => {
  const plainly = (best: Contender, all: readonly Contender[], chance: number | null = 0.005) =>
    caution(best, all, METRICS.rmse, { ordered: false, chance });

  it('names the cheapest of all models that do as well for all that the folds can tell', () => {
    const small = { ...xgboost, model: 'mlp-7', family: 'mlp', parameters: 40 } as const;
    expect(plainly(lrnn, [lrnn, mlp, xgboost, small, dummy])).to.match(
      /^lrnn-1 is not distinguishable from mlp-7 over 5 folds \(p = 0\.\d+\): the simpler model may do as well$/,
    );
    expect(plainly(lrnn, [lrnn, mlp, xgboost, dummy])).to.include('from xgboost-1 over 5 folds');
  });

  it('is silent where the best is clearly better than all that is cheaper, and does not look at what is not', () => {
    expect(plainly(lrnn, [lrnn, mlp, dummy])).to.equal(null);
    expect(plainly(xgboost, [{ ...lrnn, parameters: 5000 }, xgboost, mlp, dummy])).to.equal(null);
  });

  it('says when the best of all is no better than on shuffled targets, however sure the folds are', () => {
    expect(plainly(lrnn, [lrnn, mlp, dummy], 0.44)).to.equal(
      'lrnn-1 is not distinguishable from chance (p = 0.44, with the target shuffled): nothing may have been learned',
    );
    expect(plainly(lrnn, [lrnn, mlp, dummy], 0.05)).to.equal(null);
  });

  it('says when guessing is the best', () => {
    expect(plainly(dummy, [dummy, mlp], 0.01)).to.equal(
      'no model is better than dummy-1, which always guesses: nothing may have been learned',
    );
  });

  it('goes by the folds where no targets were shuffled, as in studies of earlier versions', () => {
    const noise = contender('linear', [5.1, 5, 5.1, 5.1, 5]);
    expect(plainly(noise, [noise, dummy], null)).to.match(/from dummy-1 .*nothing may have been learned$/);
    expect(plainly(noise, [noise, dummy], 0.01)).to.equal(null);
  });
});
