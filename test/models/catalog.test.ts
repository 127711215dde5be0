import { expect } from 'chai';

import type { JsonObject, TrainedFamily } from '../../src/core/index.js';
import { FAMILIES, Rng } from '../../src/core/index.js';
import { METRIC_NAMES } from '../../src/evaluate/index.js';
import type { DataSize, GbdtParams } from '../../src/models/index.js';
import { catalogEntry, recipeFor } from '../../src/models/index.js';
import { assignmentOf, resolve, sampleSpace } from '../../src/search/index.js';

const TRAINED = FAMILIES.filter((family): family is TrainedFamily => family !== 'ensemble');

describe('the catalog', () => {
  for (const k of [1, 2, 10, 11, 26]) {
    it(`has portfolios that lie in their spaces, so that the search learns from them (k = ${k})`, () => {
      for (const family of TRAINED) {
        for (const n of [100, 1000, 7000, 150_000]) {
          const { portfolio, space } = catalogEntry(family);
          for (const hasCategories of [false, true]) {
            for (const metric of [undefined, ...METRIC_NAMES]) {
              const size = { n, d: 8, k, hasCategories, ...(metric ? { metric } : {}) };
              const settings = portfolio(size);
              expect(settings.length, family).to.be.at.least(1);
              if (!space) continue;
              for (const params of settings) {
                expect(assignmentOf(space(size), params), `${family} ${JSON.stringify(params)}`).to.not.equal(null);
              }
            }
          }
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

  it('lets trees part categories by sets where there are some, and says nothing of it elsewhere', () => {
    for (const family of ['gbdt', 'extratrees'] as const) {
      const { portfolio, space } = catalogEntry(family);
      const size = { n: 1000, d: 8, k: 2 };
      const forms = (of: JsonObject[]) => of.map(({ categories }) => categories);
      expect(forms([...portfolio({ ...size, hasCategories: true })])).to.include.members(['native', 'encoded']);
      expect(new Set(forms([...portfolio(size)]))).to.deep.equal(new Set([undefined]));
      const rng = new Rng(1);
      const drawn = Array.from({ length: 40 }, () => sampleSpace(space!({ ...size, hasCategories: true }), rng).params);
      expect(new Set(forms(drawn))).to.deep.equal(new Set(['native', 'encoded']));
      for (const params of drawn)
        expect(recipeFor(family, params)).to.equal(params.categories === 'native' ? 'native' : 'tree');
      expect(recipeFor(family, {})).to.equal('tree');
    }
    expect(recipeFor('linear', { alpha: 1 })).to.equal('network');
  });

  it('begins MLPs with functions of every column where classes have rows enough, and tries the columns themselves in any case', () => {
    const forms = (size: DataSize) =>
      catalogEntry('mlp')
        .portfolio(size)
        .slice(0, 2)
        .map(({ embedding }) => (embedding as { form: string }).form);
    expect(forms({ n: 500, d: 8, k: 2 })).to.deep.equal(['basis', 'none']);
    expect(forms({ n: 9000, d: 8, k: 7 })).to.deep.equal(['basis', 'none']);
    expect(forms({ n: 499, d: 8, k: 2 })).to.deep.equal(['none', 'basis']);
    expect(forms({ n: 9000, d: 8, k: 1 })).to.deep.equal(['none', 'basis']);
  });

  it('makes the metric of numbers smaller by boosting, and searches whether squared error does better by it', () => {
    const { portfolio, space, estimator } = catalogEntry('gbdt');
    const losses = (of: readonly JsonObject[]) => new Set(of.map(({ loss }) => loss));
    for (const [metric, loss] of [
      ['mae', 'absolute'],
      ['medae', 'absolute'],
      ['mape', 'mape'],
    ] as const) {
      const size = { n: 1000, d: 8, k: 1, metric };
      const rng = new Rng(1);
      const drawn = Array.from({ length: 40 }, () => sampleSpace(space!(size), rng).params);
      expect(portfolio(size).map((params) => params.loss)).to.deep.equal([loss, loss, 'squared']);
      expect(losses(drawn)).to.deep.equal(new Set([loss, 'squared']));
      for (const params of drawn) expect((estimator(params).params as GbdtParams).loss).to.equal(params.loss);
    }
    for (const size of [
      { n: 1000, d: 8, k: 1, metric: 'rmse' },
      { n: 1000, d: 8, k: 1 },
      { n: 1000, d: 8, k: 2, metric: 'auc' },
    ])
      expect(losses(portfolio(size))).to.deep.equal(new Set([undefined]));
  });

  it('bounds what a forest of many rows takes', () => {
    const { portfolio } = catalogEntry('extratrees');
    const leaves = (n: number) =>
      portfolio({ n, d: 8, k: 1 }).map(({ trees, minLeaf }) => ((trees as number) * n) / (minLeaf as number));
    for (const n of [5001, 20_000, 1_000_000]) for (const most of leaves(n)) expect(most).to.be.at.most(1_000_200);
    expect(portfolio({ n: 1000, d: 8, k: 2 })[0]).to.deep.equal({ trees: 200, columns: 'sqrt', minLeaf: 1 });
  });

  it('bounds the trees of tasks with many classes', () => {
    const rounds = (k: number) => catalogEntry('xgboost').portfolio({ n: 1000, d: 8, k })[0].rounds as number;
    expect(rounds(2)).to.equal(1000);
    expect(rounds(26) * 26).to.be.within(6000, 6026);
  });

  it('calls those parameters of an LRNN dormant that change nothing, and no others', () => {
    const { space, dormant, estimator } = catalogEntry('lrnn');
    const size = { n: 1000, d: 8, k: 2 };
    const shape = (params: JsonObject) => JSON.stringify(estimator(params).network!.spec(8, 1));
    const [{ when, labels: asleep }] = dormant!;
    const rng = new Rng(3);
    const own = new Set<string>();
    for (let draw = 0; draw < 60; draw++) {
      const { assignment } = sampleSpace(space!(size), rng);
      const other = sampleSpace(space!(size), rng).assignment;
      const isAsleep = Object.entries(when).every(([label, value]) => assignment[label] === value);
      for (const label of asleep) {
        const changed = resolve(space!(size), { ...assignment, [label]: other[label] });
        const isSame = shape(changed) === shape(resolve(space!(size), assignment));
        if (isAsleep) expect(isSame, label).to.equal(true);
        else if (!isSame) own.add(label);
      }
    }
    expect([...own].sort()).to.deep.equal([...asleep].sort());
  });
});
