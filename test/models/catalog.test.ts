import { expect } from 'chai';

import type { TrainedFamily } from '../../src/core/index.js';
import { FAMILIES } from '../../src/core/index.js';
import { catalogEntry } from '../../src/models/index.js';
import { assignmentOf } from '../../src/search/index.js';

const TRAINED = FAMILIES.filter((family): family is TrainedFamily => family !== 'ensemble');

describe('the catalog', () => {
  for (const k of [1, 2, 10, 11, 26]) {
    it(`has portfolios that lie in their spaces, so that the search learns from them (k = ${k})`, () => {
      for (const family of TRAINED) {
        const { portfolio, space } = catalogEntry(family);
        const settings = portfolio({ n: 1000, d: 8, k });
        expect(settings.length, family).to.be.at.least(1);
        if (!space) continue;
        for (const params of settings) {
          expect(assignmentOf(space({ n: 1000, d: 8, k }), params), `${family} ${JSON.stringify(params)}`).to.not.equal(
            null,
          );
        }
      }
    });
  }

  it('makes an estimator of every portfolio entry', () => {
    for (const family of TRAINED) {
      const { portfolio, estimator } = catalogEntry(family);
      for (const params of portfolio({ n: 1000, d: 8, k: 3 })) expect(estimator(params).kind).to.equal(family);
    }
  });

  it('bounds the trees of tasks with many classes', () => {
    const rounds = (k: number) => catalogEntry('xgboost').portfolio({ n: 1000, d: 8, k })[0].rounds as number;
    expect(rounds(2)).to.equal(1000);
    expect(rounds(26) * 26).to.be.within(6000, 6026);
  });
});
