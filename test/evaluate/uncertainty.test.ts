import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import { createMatrix, Rng } from '../../src/core/index.js';
import { scoreAt, stepsOf } from '../../src/evaluate/conformal.js';
import type { Uncertainty, Unseen } from '../../src/evaluate/index.js';
import {
  bearing,
  intervalsAt,
  judgeUncertainty,
  learnUncertainty,
  mean,
  requireBorne,
  requireUncertainty,
  setsAt,
} from '../../src/evaluate/index.js';
import { seeded } from '../support/seed.js';

const fold = (n: number, folds = 5): Uint32Array[] =>
  Array.from({ length: folds }, (_, f) =>
    Uint32Array.from(Array.from({ length: n }, (_, i) => i).filter((i) => i % folds === f)),
  );

const column = (values: ArrayLike<number>): Matrix => ({
  rows: values.length,
  cols: 1,
  data: Float32Array.from(values),
});

/** Rows of a line whose noise is as large as `noise` says at x; half of them are new. */
function rowsOf(n: number, seed: number, noise: (x: number) => number = () => 1): { y: number[]; p: number[] } {
  const rng = new Rng(seed);
  const x = Array.from({ length: n }, () => 10 * rng.uniform());
  return { p: x, y: x.map((value) => value + noise(value) * rng.normal()) };
}

const unseenOf = ({ y, p }: { y: number[]; p: number[] }, more: Partial<Unseen> = {}): Unseen => ({
  y: Float64Array.from(y),
  predictions: column(p),
  parts: fold(y.length),
  ...more,
});

function bounds(uncertainty: Uncertainty, level: number) {
  expect(uncertainty.kind).to.equal('interval');
  return intervalsAt(uncertainty as Extract<Uncertainty, { kind: 'interval' }>, level);
}

/** Share of rows inside their intervals. */
function shareInside(uncertainty: Uncertainty, level: number, { y, p }: { y: number[]; p: number[] }): number {
  const at = bounds(uncertainty, level);
  return y.filter((value, i) => value >= at(p[i]).lower && value <= at(p[i]).upper).length / y.length;
}

/** Probabilities of k classes, honest: the class is drawn from them. */
function classesOf(n: number, k: number, seed: number, sharpness = 2): { y: Float64Array; predictions: Matrix } {
  const rng = new Rng(seed);
  const predictions = createMatrix(n, k);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const odds = Array.from({ length: k }, () => Math.exp(sharpness * rng.normal()));
    const sum = odds.reduce((a, b) => a + b, 0);
    let left = rng.uniform() * sum;
    y[i] = Math.max(
      0,
      odds.findIndex((odd) => (left -= odd) < 0),
    );
    predictions.data.set(
      odds.map((odd) => odd / sum),
      i * k,
    );
  }
  return { y, predictions };
}

/** Events of a rate in a time, of a rate that is known to `doubt` of itself only. */
function countsOf(n: number, seed: number, exposure: (rng: Rng) => number, doubt = 0): { y: number[]; p: number[] } {
  const rng = new Rng(seed);
  const p = Array.from({ length: n }, () => (0.2 + rng.uniform()) * exposure(rng));
  const y = p.map((expected) => {
    let left = expected * Math.exp(doubt * rng.normal() - (doubt * doubt) / 2);
    let count = 0;
    for (; (left += Math.log(1 - rng.uniform())) > 0; count++);
    return count;
  });
  return { y, p };
}

describe('stepsOf', () => {
  it('bears k / (n + 1) with the k-th smallest score, and no more than n / (n + 1)', () => {
    const steps = stepsOf([3, 1, 2, 5, 4, 9, 8, 7, 6]);
    expect([0.5, 0.51, 0.6, 0.8, 0.9].map((level) => scoreAt(steps, level))).to.deep.equal([5, 6, 6, 8, 9]);
    expect(scoreAt(steps, 0.901)).to.equal(Infinity);
  });

  it('gives the weighted quantile where rows count differently, and leaves rows of weight 0 out', () => {
    const weights = [1, 1, 8, 0];
    // Of a total of 10 and a new row of the mean weight, 10 / 3: 9 / 13.3 is not yet 0.7, all of them are 0.75.
    const steps = stepsOf([1, 9, 2, 100], { weights });
    expect(steps.levels.at(-1)).to.equal(0.75);
    expect(scoreAt(steps, 0.6)).to.equal(2);
    expect(scoreAt(steps, 0.7)).to.equal(9);
  });

  it('never bears a level with less than the full table does, and hardly more', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.nat(1e6).map((number) => number / 7),
          { minLength: 1, maxLength: 6000 },
        ),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        (scores, level) => {
          const sorted = Float64Array.from(scores).sort();
          const rank = Math.ceil((scores.length + 1) * level - 1e-6);
          const exact = rank > scores.length ? Infinity : sorted[rank - 1];
          const found = scoreAt(stepsOf(scores), level);
          const next = sorted[Math.min(scores.length, rank + Math.ceil(0.0021 * (scores.length + 1))) - 1];
          expect(found).to.be.at.least(exact * (1 - 1e-7));
          if (exact < Infinity) expect(found).to.be.at.most(next * (1 + 1e-6));
        },
      ),
      seeded(60),
    );
  });

  it('keeps a short table of many scores', () => {
    const rng = new Rng(1);
    const steps = stepsOf(Array.from({ length: 20_000 }, () => rng.uniform()));
    expect(steps.scores.length).to.be.at.most(310);
    expect(scoreAt(steps, 0.9)).to.be.closeTo(0.9, 0.02);
  });
});

describe('learnUncertainty', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`holds new rows as often as was asked, whatever the noise (seed ${seed})`, () => {
      const all = rowsOf(6000, seed, (x) => 0.2 + (seed % 2) * x);
      const [old, fresh] = [0, 1].map((half) => ({
        p: all.p.slice(3000 * half, 3000 * half + 3000),
        y: all.y.slice(3000 * half, 3000 * half + 3000),
      }));
      const uncertainty = learnUncertainty(unseenOf(old));
      for (const level of [0.5, 0.8, 0.9, 0.95, 0.99]) {
        // Five standard deviations of both halves together.
        const slack = 5 * Math.sqrt((2 * level * (1 - level)) / 3000);
        expect(shareInside(uncertainty, level, fresh), String(level)).to.be.within(
          level - slack,
          level + slack + 0.002,
        );
      }
    });
  }

  it('holds counts for exposures far beyond those it learned from in the mean of tables, where the rate of each row is its own', () => {
    for (const [months, times] of [
      [0.1, 10],
      [1, 10],
      [1, 100],
      [12, 100],
    ]) {
      // One table says little of how far rates are apart: single ones hold 0.43 at a hundred times as many months.
      const shares = Array.from({ length: 15 }, (_, seed) => {
        const old = countsOf(1500, seed, (rng) => months * (0.5 + rng.uniform()), 0.3);
        const fresh = countsOf(100, seed + 5000, () => months * times, 0.3);
        return shareInside(learnUncertainty(unseenOf(old, { isExposed: true })), 0.9, fresh);
      });
      expect(mean(shares), `${months} x ${times}`).to.be.within(0.8, 1);
    }
  });

  it('holds counts for exposures far beyond those it learned from where chance decides, and grows with the root of the count at least', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom(0.1, 1, 12),
        fc.constantFrom(0, 0.3),
        fc.constantFrom(10, 100),
        (seed, months, doubt, times) => {
          const old = countsOf(1500, seed, (rng) => months * (0.5 + rng.uniform()), doubt);
          const fresh = countsOf(300, seed + 5000, () => months * times, doubt);
          const exposed = learnUncertainty(unseenOf(old, { isExposed: true }));
          if (doubt === 0) expect(shareInside(exposed, 0.9, fresh)).to.be.within(0.8, 1);
          const at = bounds(exposed, 0.9);
          const width = (count: number) => at(count).upper - count;
          const most = old.p.reduce((a, b) => Math.max(a, b));
          for (let count = most; count < 1e5 * most; count *= 1.7) {
            expect(width(1.7 * count)).to.be.at.least(0.98 * Math.sqrt(1.7) * width(count));
          }
          // What was seen is as it was.
          const before = bounds(learnUncertainty(unseenOf(old)), 0.9);
          for (const count of old.p)
            expect(at(count).upper).to.be.closeTo(before(count).upper, 1e-5 * before(count).upper);
        },
      ),
      seeded(20),
    );
  });

  it('goes on from counts without errors, without rows for the level, and of nothing', () => {
    for (const [y, p] of [
      [[0], [0]],
      [new Array<number>(200).fill(3), new Array<number>(200).fill(3)],
      [
        [1, 2, 3],
        [1, 2, 2.5],
      ],
      [new Array<number>(100).fill(0), Array.from({ length: 100 }, (_, i) => i / 1e6)],
    ]) {
      const own = learnUncertainty(unseenOf({ y, p }, { isExposed: true }));
      requireUncertainty(JSON.parse(JSON.stringify(own)), 0);
    }
    const weights = new Float32Array(50);
    requireUncertainty(learnUncertainty(unseenOf(rowsOf(50, 1), { isExposed: true, weights })), 0);
  });

  it('holds the promise on average over many small tables', () => {
    const shares = Array.from({ length: 300 }, (_, seed) => {
      const old = rowsOf(30, 1000 + seed);
      return shareInside(learnUncertainty(unseenOf(old)), 0.8, rowsOf(100, 5000 + seed));
    });
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    expect(mean).to.be.within(0.78, 0.87);
  });

  it('gives wider intervals where errors are larger, and holds each part of the rows as often', () => {
    const noise = (x: number): number => (x > 5 ? 5 : 0.5);
    const old = rowsOf(4000, 7, noise);
    const uncertainty = learnUncertainty(unseenOf(old));
    const at = bounds(uncertainty, 0.9);
    expect(at(8).upper - at(8).lower).to.be.greaterThan(3 * (at(2).upper - at(2).lower));
    const fresh = rowsOf(8000, 8, noise);
    const of = (low: number, high: number) => {
      const kept = fresh.p.flatMap((x, i) => (x >= low && x < high ? [i] : []));
      return { p: kept.map((i) => fresh.p[i]), y: kept.map((i) => fresh.y[i]) };
    };
    const parts = [of(0, 4), of(6, 10)];
    const plain = { ...uncertainty, spread: null, steps: stepsOf(old.y.map((y, i) => Math.abs(y - old.p[i]))) };
    const gaps = (own: Uncertainty) => parts.map((part) => Math.abs(shareInside(own, 0.9, part) - 0.9));
    expect(Math.max(...gaps(uncertainty))).to.be.lessThan(0.04);
    expect(Math.max(...gaps(plain))).to.be.greaterThan(0.07);
  });

  it('keeps one width where errors are the same everywhere', () => {
    const uncertainty = learnUncertainty(unseenOf(rowsOf(2000, 9)));
    const at = bounds(uncertainty, 0.9);
    expect(at(8).upper - at(8).lower).to.be.closeTo(at(2).upper - at(2).lower, 0.4);
  });

  it('gives intervals that hold the prediction, end above their beginning and grow with the level, for any rows', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 200 }), value, (pairs, prediction) => {
        const y = pairs.map(([own]) => own);
        const uncertainty = learnUncertainty(unseenOf({ y, p: pairs.map(([, p]) => p) }, { parts: fold(y.length, 2) }));
        requireUncertainty(JSON.parse(JSON.stringify(uncertainty)), 0);
        let [low, high] = [Infinity, -Infinity];
        for (const level of [0.5, 0.7, 0.9, 0.99].filter((own) => own <= bearing(uncertainty))) {
          const { lower, upper } = bounds(uncertainty, level)(prediction);
          expect(lower).to.be.at.most(Math.min(prediction, low));
          expect(upper).to.be.at.least(Math.max(prediction, high));
          [low, high] = [lower, upper];
        }
      }),
      seeded(),
    );
  });

  it('never goes below 0 where no target does', () => {
    const { y, p } = rowsOf(500, 10, () => 3);
    const uncertainty = learnUncertainty(unseenOf({ y: y.map(Math.abs), p }));
    expect(bounds(uncertainty, 0.95)(0.1).lower).to.equal(0);
    expect(bounds(uncertainty, 0.95)(-2).lower).to.equal(-2);
    const both = learnUncertainty(unseenOf({ y: y.map((own) => -Math.abs(own)), p: p.map((own) => -own) }));
    expect(bounds(both, 0.95)(-0.1).upper).to.equal(0);
  });

  it('says of five rows what they bear, and of a target without errors that there are none', () => {
    const five = learnUncertainty(unseenOf({ y: [1, 2, 3, 4, 5], p: [1, 2, 3, 4, 6] }));
    expect(bearing(five)).to.be.closeTo(5 / 6, 1e-8);
    expect(() => requireBorne(five, 0.9)).to.throw(
      'interval: must be at most 0.833 for a model that was judged on 5 rows',
    );
    const exact = learnUncertainty(unseenOf({ y: new Array(100).fill(3), p: new Array(100).fill(3) }));
    expect(bounds(exact, 0.9)(3)).to.deep.equal({ lower: 3, upper: 3 });
  });

  it('counts groups, not rows: a group of many rows says no more than one of few', () => {
    const rng = new Rng(11);
    const shifts = Array.from({ length: 60 }, () => 3 * rng.normal());
    // Half of the rows are of one group, which is easy.
    const groups = Array.from({ length: 1200 }, (_, i) => (i < 600 ? 0 : 1 + (i % 59)));
    const y = groups.map((group) => (group === 0 ? 0 : shifts[group]) + 0.1 * rng.normal());
    const p = groups.map(() => 0);
    const uncertainty = learnUncertainty(unseenOf({ y, p }, { groups }));
    expect(uncertainty.units).to.equal(60);
    expect(bearing(uncertainty)).to.be.closeTo(60 / 61, 1e-8);
    const fresh = Array.from({ length: 2000 }, () => 3 * rng.normal() + 0.1 * rng.normal());
    const share = shareInside(uncertainty, 0.8, { y: fresh, p: fresh.map(() => 0) });
    const blind = learnUncertainty(unseenOf({ y, p }));
    expect(share).to.be.greaterThan(0.68);
    expect(shareInside(blind, 0.8, { y: fresh, p: fresh.map(() => 0) })).to.be.lessThan(share - 0.1);
  });

  it('listens to the latest folds where rows follow each other in time', () => {
    const n = 1000;
    const rng = new Rng(12);
    const y = Array.from({ length: n }, (_, i) => (1 + (4 * i) / n) * rng.normal());
    const p = y.map(() => 0);
    const parts = Array.from({ length: 5 }, (_, f) => Uint32Array.from({ length: 200 }, (_, i) => 200 * f + i));
    const fresh = Array.from({ length: 2000 }, () => 5 * rng.normal());
    const share = (ordered: boolean): number =>
      shareInside(learnUncertainty(unseenOf({ y, p }, { parts, ordered })), 0.9, { y: fresh, p: fresh.map(() => 0) });
    expect(share(true)).to.be.within(0.8, 0.94);
    expect(share(false)).to.be.lessThan(share(true) - 0.02);
  });

  it('counts no group whose rows all weigh nothing: such groups bear no level', () => {
    const rng = new Rng(15);
    const groups = Array.from({ length: 400 }, (_, i) => i % 40);
    const y = groups.map(() => rng.normal());
    const weights = Float32Array.from(groups, (group, i) => (group < 6 && i % 3 > 0 ? 1 : 0));
    const uncertainty = learnUncertainty(unseenOf({ y, p: groups.map(() => 0) }, { groups, weights }));
    expect(uncertainty.units).to.equal(6);
    expect(bearing(uncertainty)).to.be.closeTo(6 / 7, 1e-8);
  });

  it('counts rows by their weights', () => {
    const { y, p } = rowsOf(2000, 13, (x) => (x > 5 ? 4 : 0.4));
    const weights = Float32Array.from(p, (x) => (x > 5 ? 1 : 0));
    const fresh = rowsOf(2000, 14, () => 4);
    const share = shareInside(learnUncertainty(unseenOf({ y, p }, { weights })), 0.9, fresh);
    expect(share).to.be.within(0.86, 0.94);
  });
});

describe('sets of classes', () => {
  for (const k of [2, 3, 10]) {
    it(`hold the class of new rows as often as was asked, and one at least (${k} classes)`, () => {
      const old = classesOf(4000, k, 20 + k);
      const uncertainty = learnUncertainty({ ...old, parts: fold(4000) }) as Extract<Uncertainty, { kind: 'set' }>;
      requireUncertainty(JSON.parse(JSON.stringify(uncertainty)), k);
      const fresh = classesOf(4000, k, 40 + k);
      for (const level of [0.8, 0.9, 0.95]) {
        const at = setsAt(uncertainty, level);
        let [inside, alone] = [0, 0];
        for (let i = 0; i < 4000; i++) {
          const row = fresh.predictions.data.subarray(i * k, (i + 1) * k);
          const best = row.indexOf(Math.max(...row));
          const set = at(row, best);
          if (i < 100) {
            expect(set).to.include(best);
            expect(set.map((c) => row[c])).to.deep.equal([...set.map((c) => row[c])].sort((a, b) => b - a));
          }
          if (set.includes(fresh.y[i])) inside++;
          if (best === fresh.y[i]) alone++;
        }
        // Where the best class alone is right more often than was asked, so are its sets.
        const wanted = Math.max(level, alone / 4000);
        expect(inside / 4000).to.be.within(level - 0.03, wanted + 0.05);
      }
    });
  }

  it('hold the class that is predicted by a threshold, though it is the less probable one', () => {
    const old = classesOf(2000, 2, 50, 4);
    const uncertainty = learnUncertainty({ ...old, parts: fold(2000) }) as Extract<Uncertainty, { kind: 'set' }>;
    expect(setsAt(uncertainty, 0.5)([0.7, 0.3], 1)).to.include(1);
  });
});

describe('judgeUncertainty', () => {
  it('finds the level on folds that the intervals were not learned from', () => {
    const found = judgeUncertainty(unseenOf(rowsOf(5000, 60)), 0.9)!;
    expect(found.share).to.be.within(0.88, 0.92);
    expect(found.rows).to.equal(5000);
    expect(found.size).to.be.closeTo(2 * 1.645, 0.2);
  });

  it('judges a fold by those before it where time counts, and says nothing where rows are too few', () => {
    const y = Array.from({ length: 500 }, (_, i) => (i < 100 ? 50 : 1) * Math.sin(i * i));
    const parts = Array.from({ length: 5 }, (_, f) => Uint32Array.from({ length: 100 }, (_, i) => 100 * f + i));
    const found = judgeUncertainty(unseenOf({ y, p: y.map(() => 0) }, { parts, ordered: true }), 0.9)!;
    expect(found.rows).to.equal(400);
    expect(judgeUncertainty(unseenOf({ y: [1, 2, 3], p: [1, 2, 4] }, { parts: fold(3, 3) }), 0.9)).to.equal(null);
  });
});

describe('requireUncertainty', () => {
  const whole = learnUncertainty(unseenOf(rowsOf(200, 70, (x) => x)));
  const broken: Readonly<Record<string, object>> = {
    'another kind': { kind: 'set' },
    'no steps': { steps: null },
    'steps that fall': { steps: { levels: [0.9, 0.5], scores: [1, 2] } },
    'fewer scores': { steps: { levels: [0.5, 0.9], scores: [1] } },
    'a spread of 0': { spread: { x: [1, 2], y: [0, 1] } },
    'a spread that turns back': { spread: { x: [2, 1], y: [1, 1] } },
    'a limit': { low: 3 },
    'no number of rows': { units: 'many' },
  };
  for (const [name, change] of Object.entries(broken)) {
    it(`refuses ${name}`, () => {
      expect(() => requireUncertainty({ ...whole, ...change }, 0)).to.throw(/^model: /);
    });
  }
});
