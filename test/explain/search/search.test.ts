import { expect } from 'chai';

import type { TrialView } from '../../../src/automl/index.js';
import type { JsonObject } from '../../../src/core/index.js';
import { matrixFrom, Rng } from '../../../src/core/index.js';
import { defaultTrials, meanCorrelation, rankColumns } from '../../../src/explain/search/agreement.js';
import { coordinate, settingAxes, unitPlace } from '../../../src/explain/search/axes.js';
import { growForest, marginal } from '../../../src/explain/search/forest.js';
import { rankShares, searchPoints, settingImportance, surface } from '../../../src/explain/search/hyperparameters.js';
import { makeStudy } from '../../support/studies.js';

const { trials } = makeStudy();

function trialsOf(count: number, settings: (i: number, rng: Rng) => JsonObject, score: (one: JsonObject) => number) {
  const rng = new Rng(4);
  return Array.from({ length: count }, (_, i): TrialView => {
    const own = settings(i, rng);
    return { ...trials[2], number: i, state: 'complete', settings: own, cv: score(own) };
  });
}

describe('settingAxes', () => {
  const all = [
    { rate: 0.001, depth: 1, kind: 'a', first: { rank: 16 }, same: 3 },
    { rate: 0.1, depth: 4, kind: 'b', first: { on: true }, same: 3 },
  ];

  it('finds what varied: rates on a logarithm, words as categories, nested settings by their path', () => {
    const axes = settingAxes([...all, { rate: 0.01, depth: 2, kind: 'b', first: { rank: 64, on: false }, same: 3 }]);
    expect(axes.map(({ key, scale }) => [key, scale])).to.deep.equal([
      ['rate', 'log'],
      ['depth', 'linear'],
      ['kind', 'category'],
      ['first.rank', 'linear'],
      ['first.on', 'category'],
    ]);
    expect(coordinate(axes[0], all[0])).to.equal(0.001);
    expect(coordinate(axes[2], all[1])).to.equal(1);
    expect(coordinate(axes[3], all[1])).to.equal(null);
    expect(unitPlace(axes[0], 0.01)).to.be.closeTo(0.5, 1e-12);
    expect(unitPlace(axes[1], 1)).to.equal(0);
  });
});

describe('growForest', () => {
  it('learns a step and averages over what is not fixed', () => {
    const rng = new Rng(9);
    const points = Array.from({ length: 200 }, () => [rng.uniform(), rng.uniform()]);
    const forest = growForest(
      points,
      points.map(([x]) => (x < 0.5 ? 0 : 1)),
      { seed: 1 },
    );
    expect(marginal(forest, new Map([[0, 0.2]]))).to.be.below(0.05);
    expect(marginal(forest, new Map([[0, 0.9]]))).to.be.above(0.95);
    expect(marginal(forest, new Map([[0, 1]]))).to.be.above(0.95);
    expect(marginal(forest, new Map())).to.be.closeTo(0.5, 0.1);
    for (const tree of forest.slice(0, 5)) {
      const volume = tree.reduce((sum, { low, high }) => sum + (high[0] - low[0]) * (high[1] - low[1]), 0);
      expect(volume).to.be.closeTo(1, 1e-9);
    }
  });
});

describe('searchPoints', () => {
  const settings = (i: number): JsonObject => ({ rank: 10 + i });

  it('takes trials that were given up for what their folds promise', () => {
    const all = trialsOf(12, settings, ({ rank }) => Number(rank));
    const whole = all.map((trial) => ({ ...trial, foldScores: [trial.cv! - 1, trial.cv! + 1] }));
    const given = whole.map((trial, i) =>
      i % 2 === 0 ? trial : { ...trial, state: 'pruned' as const, cv: null, foldScores: [trial.foldScores[0], null] },
    );
    const found = searchPoints(given, 'minimize')!;
    expect(found.givenUp).to.equal(6);
    found.scores.forEach((score, i) => expect(score).to.be.closeTo(all[i].cv!, 1e-9));
    expect(found.ranks).to.deep.equal(searchPoints(whole, 'minimize')!.ranks);
    expect(searchPoints(given.slice(0, 7), 'minimize'), 'too few').to.equal(null);
    const empty = given.map((trial) => (trial.state === 'pruned' ? { ...trial, foldScores: [null, null] } : trial));
    expect(searchPoints(empty, 'minimize'), 'nothing is known of them').to.equal(null);
  });
});

describe('settingImportance', () => {
  const settings = (_i: number, rng: Rng): JsonObject => ({
    rank: 8 + rng.integer(200),
    rate: 10 ** -(1 + 2 * rng.uniform()),
    noise: rng.uniform(),
  });

  it('finds the setting that decides, and calls the idle ones small', () => {
    const found = settingImportance(
      searchPoints(
        trialsOf(60, settings, ({ rank }) => Number(rank)),
        'minimize',
      )!,
    );
    expect(found[0].key).to.equal('rank');
    expect(found[0].share).to.be.above(0.6);
    for (const { share } of found.slice(1)) expect(share).to.be.below(0.1);
  });

  it('needs a few trials, and something that varied', () => {
    expect(
      searchPoints(
        trialsOf(7, settings, () => 1),
        'minimize',
      ),
    ).to.equal(null);
    expect(
      searchPoints(
        trialsOf(
          20,
          () => ({ rank: 3 }),
          () => 1,
        ),
        'minimize',
      ),
    ).to.equal(null);
  });

  it('shows a surface that is low where scores were good', () => {
    const points = searchPoints(
      trialsOf(80, settings, ({ rank }) => -Number(rank)),
      'minimize',
    )!;
    const cells = surface(points, ['rank', 'rate'], new Map(), { cells: 6 });
    const mean = (side: (x: number) => boolean): number => {
      const own = cells.filter(({ x }) => side(x));
      return own.reduce((sum, { rank }) => sum + rank, 0) / own.length;
    };
    expect(mean((x) => x > 0.8)).to.be.below(mean((x) => x < 0.3) - 0.3);
  });

  it('shares ranks among equals', () => {
    expect(rankShares([3, 1, 3, 9])).to.deep.equal([0.5, 0, 0.5, 1]);
  });
});

describe('agreement', () => {
  it('is 1 for any rising function of the predictions, -1 for a falling one', () => {
    const columns = (values: number[]) => rankColumns(matrixFrom(values.map((value) => [value])));
    const a = columns([1, 5, 2, 9]);
    expect(meanCorrelation(a, columns([10, 50, 20, 1000]))).to.equal(1);
    expect(meanCorrelation(a, columns([-1, -5, -2, -9]))).to.equal(-1);
    expect(meanCorrelation(a, columns([3, 3, 3, 3]))).to.equal(0);
  });

  it('looks at the second of two classes, and at every one of more', () => {
    expect(
      rankColumns(
        matrixFrom([
          [0.2, 0.8],
          [0.6, 0.4],
        ]),
      ),
    ).to.deep.equal([Float64Array.of(1, 0)]);
    expect(
      rankColumns(
        matrixFrom([
          [0.2, 0.5, 0.3],
          [0.6, 0.2, 0.2],
        ]),
      ),
    ).to.have.length(3);
  });

  it('takes the first finished portfolio trial of a family for its default', () => {
    expect(defaultTrials(trials).map(({ number }) => number)).to.deep.equal([0, 1, 2, 3, 4]);
  });
});
