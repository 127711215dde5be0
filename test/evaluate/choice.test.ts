import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, Rng } from '../../src/core/index.js';
import type { Choice } from '../../src/evaluate/index.js';
import {
  blendUnlessBehind,
  chanceTest,
  choiceOptimism,
  isBehind,
  leastMean,
  luckOfChoice,
  mean,
  METRICS,
  toLoss,
} from '../../src/evaluate/index.js';

const FOLDS = 5;

function partsOf(n: number): Uint32Array[] {
  return Array.from({ length: FOLDS }, (_, f) => allRows(n).subarray((f * n) / FOLDS, ((f + 1) * n) / FOLDS));
}

/** Two classes, and models that see the class through so much noise; Infinity: not at all. */
function classes(n: number, noises: readonly number[], seed: number): Choice {
  const rng = new Rng(seed);
  const y = Float32Array.from({ length: n }, () => Number(rng.uniform() < 0.5));
  const models = noises.map((noise): Matrix => {
    const said = createMatrix(n, 2);
    y.forEach((label, i) => {
      const logit = noise === Infinity ? rng.normal() : label - 0.5 + noise * rng.normal();
      const p = 1 / (1 + Math.exp(-logit));
      said.data.set([1 - p, p], 2 * i);
    });
    return said;
  });
  return { models, y, parts: partsOf(n), metric: METRICS.auc, seed };
}

function lossesOf({ models, y, parts, metric }: Choice): number[][] {
  return models.map(({ data, cols }) =>
    parts.map((rows) => {
      const [from, to] = [rows[0], rows[0] + rows.length];
      const part = { rows: rows.length, cols, data: data.subarray(from * cols, to * cols) };
      return toLoss(metric, metric.compute(y.slice(from, to), part));
    }),
  );
}

/** The best by the folds: the AUC that they give it, and what is left of it. */
function corrected(choice: Choice): { seen: number; left: number } {
  const losses = lossesOf(choice);
  const taken = leastMean(losses);
  const among = [...choice.models.keys()];
  const [optimism] = choiceOptimism(choice, [{ among, taken, choose: leastMean }]);
  return { seen: -mean(losses[taken]), left: -mean(losses[taken]) - optimism };
}

describe('choiceOptimism', () => {
  it('takes all of the luck off the best of many guesses', () => {
    const runs = Array.from({ length: 8 }, (_, seed) =>
      corrected(classes(150, new Array<number>(15).fill(Infinity), seed)),
    );
    expect(mean(runs.map(({ seen }) => seen))).to.be.greaterThan(0.56);
    expect(mean(runs.map(({ left }) => left))).to.be.within(0.48, 0.52);
  });

  it('takes next to nothing off a model that is clearly the best', () => {
    const choice = classes(300, [0.3, ...new Array<number>(10).fill(Infinity)], 3);
    const { seen, left } = corrected(choice);
    expect(seen - left).to.be.within(0, 1e-3);
  });

  it('is 0 for one model, and never below 0', () => {
    const choice = classes(100, [1, 1.1, 1.2, 1.3], 5);
    const scopes = [0, 1, 2, 3].map((taken) => ({ among: [taken], taken, choose: leastMean }));
    expect(choiceOptimism(choice, scopes)).to.deep.equal([0, 0, 0, 0]);
    const worst = { among: [0, 1, 2, 3], taken: 3, choose: leastMean };
    expect(choiceOptimism(choice, [worst])[0]).to.equal(0);
  });

  it('takes more off where rows come in groups that say the same', () => {
    const groups = Int32Array.from({ length: 300 }, (_, i) => i % 20);
    const rng = new Rng(8);
    const lean = Array.from({ length: 12 }, () => Float64Array.from({ length: 20 }, () => rng.normal()));
    const y = Float32Array.from({ length: 300 }, (_, i) => Number(groups[i] % 2));
    const models = lean.map((own) => {
      const said = createMatrix(300, 2);
      y.forEach((_, i) => {
        const p = 1 / (1 + Math.exp(-own[groups[i]]));
        said.data.set([1 - p, p], 2 * i);
      });
      return said;
    });
    // Folds of whole groups: rows of one are 20 apart.
    const parts = Array.from({ length: FOLDS }, (_, f) => allRows(300).filter((row) => (row % 20) % FOLDS === f));
    const base: Choice = { models, y, parts, metric: METRICS.logloss, seed: 1 };
    const losses = models.map((model) =>
      parts.map((rows) => {
        const data = Float32Array.from([...rows].flatMap((row) => [model.data[2 * row], model.data[2 * row + 1]]));
        return METRICS.logloss.compute(
          Float32Array.from(rows, (row) => y[row]),
          { rows: rows.length, cols: 2, data },
        );
      }),
    );
    const scope = { among: [...models.keys()], taken: leastMean(losses), choose: leastMean };
    const [free] = choiceOptimism(base, [scope]);
    const [bound] = choiceOptimism({ ...base, bonds: { groups } }, [scope]);
    expect(bound).to.be.greaterThan(3 * free);
  });

  it('looks at a sample of large tables, and at the same one again', () => {
    const choice = classes(30_000, [2, 2.01, Infinity, Infinity], 4);
    const many = { ...choice, models: Array.from({ length: 24 }, (_, m) => choice.models[m % 4]) };
    const scope = { among: [...many.models.keys()], taken: 0, choose: leastMean };
    const [once, again] = [choiceOptimism(many, [scope]), choiceOptimism(many, [scope])];
    expect(once).to.deep.equal(again);
    expect(once[0]).to.be.within(0, 0.01);
  }).timeout(240_000);
});

describe('chanceTest', () => {
  const holds = (make: (seed: number) => Choice, runs = 30): number =>
    Array.from({ length: runs }, (_, seed) => chanceTest(make(seed)).p).filter((p) => p <= 0.05).length / runs;

  it('is fooled by guesses no more often than it says, however many there are', () => {
    for (const count of [1, 6]) {
      const share = holds((seed) => classes(50, new Array<number>(count).fill(Infinity), seed));
      expect(share, `${count} guesses`).to.be.at.most(0.14);
    }
  }).timeout(240_000);

  it('sees that one of the models knows something', () => {
    expect(holds((seed) => classes(120, [1.2, Infinity, Infinity, Infinity], seed), 12)).to.be.greaterThan(0.9);
  }).timeout(240_000);

  it('is not fooled by series and groups that drift together by chance', () => {
    /** A walk for the target, and walks that have nothing to do with it. */
    const walks = (seed: number, bonds: 'none' | 'groups' | 'times'): Choice => {
      const rng = new Rng(seed);
      const n = 200;
      const walk = () => {
        let at = 0;
        return Float32Array.from({ length: n }, () => (at = 0.95 * at + rng.normal()));
      };
      const bound = bonds === 'none' ? {} : { [bonds]: Float64Array.from(allRows(n)) };
      const models = Array.from({ length: 3 }, () => ({ rows: n, cols: 1, data: walk() }));
      return { models, y: walk(), parts: partsOf(n), metric: METRICS.rmse, bonds: bound, seed };
    };
    expect(holds((seed) => walks(seed, 'none'), 40)).to.be.greaterThan(0.2);
    expect(holds((seed) => walks(seed, 'times'), 40)).to.be.at.most(0.15);
    expect(holds((seed) => walks(seed, 'groups'), 40)).to.be.at.most(0.15);
  }).timeout(240_000);

  it('moves the weight of a row with its target', () => {
    const choice = classes(120, [1], 2);
    const weights = choice.y.map((label) => (label === 1 ? 5 : 0.1)) as Float32Array;
    expect(chanceTest({ ...choice, weights }).p).to.equal(chanceTest(choice).p);
  });

  it('says the same again from the same seed', () => {
    const choice = classes(80, [3, Infinity], 9);
    expect(chanceTest(choice)).to.deep.equal(chanceTest(choice));
  });
});

describe('blendUnlessBehind', () => {
  const steady = [1, 1.2, 0.9, 1.1, 1];
  const worse = [2, 2, 2, 2, 2];
  /** Behind by this much in the mean, with so much chance from fold to fold. */
  const behind = (gap: number, spread = 0) => steady.map((loss, fold) => loss + gap + spread * (fold - 2));

  it('takes a blend that is better than the best single model, and one that is as good', () => {
    expect(blendUnlessBehind([steady, worse, behind(-0.01)])).to.equal(2);
    expect(blendUnlessBehind([steady, worse, steady])).to.equal(2);
  });

  it('takes the best single model where the folds agree that the blend is behind, not where they differ by as much', () => {
    expect(blendUnlessBehind([steady, worse, behind(0.01)])).to.equal(0);
    // Folds from -0.02 to 0.02 around the mean: a standard error of 0.00707.
    expect(blendUnlessBehind([steady, worse, behind(0.0145, 0.01)])).to.equal(0);
    expect(blendUnlessBehind([steady, worse, behind(0.0138, 0.01)])).to.equal(2);
  });

  it('takes a blend that is behind the best single model by less than the luck of the choice', () => {
    // Which of the two leads is chance: chosen on four folds, the fifth is the bad one.
    const lucky = [0.4, 1, 1, 1, 1];
    const other = [1, 0.5, 1, 1, 1];
    const luck = luckOfChoice([lucky, other]);
    expect(luck).to.be.closeTo((0.6 + 0 + 0 + 0 + 0) / 5, 1e-12);
    expect(blendUnlessBehind([lucky, other, lucky.map((loss) => loss + luck - 0.01)])).to.equal(2);
    expect(blendUnlessBehind([lucky, other, lucky.map((loss) => loss + luck + 0.01)])).to.equal(0);
  });

  it('leaves folds out that cannot be scored, and knows no chance of a single one', () => {
    expect(isBehind([1, NaN, 1], [0.9, 0.9, 0.9], 0)).to.equal(true);
    expect(isBehind([1, NaN], [0.9, 0.9], 0)).to.equal(true);
    expect(isBehind([1, NaN], [1, 0.9], 0)).to.equal(false);
    expect(isBehind([NaN], [1], 0)).to.equal(false);
  });

  it('knows no luck of an only model, nor of one that leads on all folds', () => {
    expect(luckOfChoice([steady])).to.equal(0);
    expect(luckOfChoice([steady, steady.map((loss) => loss + 1)])).to.equal(0);
    expect(luckOfChoice([[1], [2]])).to.equal(0);
  });
});
