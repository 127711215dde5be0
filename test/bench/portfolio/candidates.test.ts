import { expect } from 'chai';

import { candidatesFor, isSame } from '../../../bench/portfolio/candidates.js';
import type { TrainedFamily } from '../../../src/core/index.js';
import type { DataSize } from '../../../src/models/index.js';
import { catalogEntry, estimatorFor } from '../../../src/models/index.js';

const SIZES: readonly DataSize[] = [
  { n: 150, d: 4, k: 1 },
  { n: 800, d: 4, k: 1, isSkewed: true },
  { n: 300, d: 4, k: 2, hasCategories: true },
  { n: 9000, d: 4, k: 26 },
];
const FAMILIES: readonly TrainedFamily[] = ['linear', 'lrnn', 'xgboost', 'mlp', 'gbdt', 'extratrees', 'knn'];

describe('candidates for a portfolio', () => {
  for (const size of SIZES) {
    it(`hold all that the product tries first, and no two alike: ${JSON.stringify(size)}`, () => {
      const candidates = candidatesFor(size);
      for (const family of FAMILIES) {
        for (const params of catalogEntry(family).portfolio(size)) {
          const found = candidates.filter((candidate) => isSame(candidate, { family, params }));
          expect(found, JSON.stringify(params)).to.have.length(1);
        }
      }
      expect(new Set(candidates.map(({ name }) => name)).size).to.equal(candidates.length);
      candidates.forEach((one, i) => {
        const other = candidates.slice(i + 1).find((candidate) => isSame(one, candidate));
        expect(other?.name, one.name).to.equal(undefined);
      });
    });

    it(`are settings that estimators take: ${JSON.stringify(size)}`, () => {
      for (const { family, params } of candidatesFor(size)) expect(() => estimatorFor(family, params)).not.to.throw();
    });
  }

  it('count as the same where only a target that is not changed is said', () => {
    const [a, b] = [{ alpha: 1 }, { targetTransform: 'none', alpha: 1 }];
    expect(isSame({ family: 'linear', params: a }, { family: 'linear', params: b })).to.equal(true);
    expect(isSame({ family: 'linear', params: a }, { family: 'knn', params: b })).to.equal(false);
    const changed = { alpha: 1, targetTransform: 'log1p' };
    expect(isSame({ family: 'linear', params: a }, { family: 'linear', params: changed })).to.equal(false);
  });
});
