import { expect } from 'chai';

import type { Contender } from '../../src/automl/index.js';
import { compare, comparisonsOf, indistinguishable } from '../../src/automl/index.js';
import type { Family } from '../../src/core/index.js';
import { correctedTTest, METRICS, wilcoxonSignedRank } from '../../src/evaluate/index.js';

const contender = (family: Family, foldScores: number[]): Contender => ({ model: `${family}-1`, family, foldScores });

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
    expect(first.pWilcoxon).to.equal(wilcoxonSignedRank(gains).p);
    expect(first.p).to.be.lessThan(0.001);
    expect(second.p).to.be.greaterThan(0.2);
    expect(second.low).to.be.lessThan(0);
    expect(second.high).to.be.greaterThan(0);
  });

  it('counts a gain upwards for a metric that is to be maximised', () => {
    const [ahead, behind] = [contender('lrnn', [0.9, 0.92, 0.91]), contender('mlp', [0.8, 0.83, 0.81])];
    expect(compare(ahead, behind, METRICS.auc, false).gain).to.be.closeTo(0.0967, 1e-3);
    expect(compare(behind, ahead, METRICS.auc, false).gain).to.be.closeTo(-0.0967, 1e-3);
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

describe('indistinguishable', () => {
  it('names the simplest model that does as well for all that the folds say', () => {
    expect(indistinguishable(lrnn, [lrnn, mlp, xgboost, dummy], METRICS.rmse, false)).to.match(
      /^lrnn-1 is not distinguishable from xgboost-1 over 5 folds \(p = 0\.\d+\): the simpler model may do as well$/,
    );
  });

  it('is silent where the best is clearly better than all that is simpler, and does not look at what is not', () => {
    expect(indistinguishable(lrnn, [lrnn, mlp, dummy], METRICS.rmse, false)).to.equal(null);
    expect(indistinguishable(xgboost, [lrnn, xgboost, mlp, dummy], METRICS.rmse, false)).to.equal(null);
  });

  it('says when guessing does as well', () => {
    const noise = contender('linear', [5.1, 5, 5.1, 5.1, 5]);
    expect(indistinguishable(noise, [noise, dummy], METRICS.rmse, false)).to.match(/nothing may have been learned$/);
  });
});
