import { expect } from 'chai';
import fc from 'fast-check';

import type { Task } from '../../src/core/index.js';
import { Rng, ToolkitError } from '../../src/core/index.js';
import type { SplitRequest, Splits } from '../../src/evaluate/index.js';
import { holdoutShare, makeSplits } from '../../src/evaluate/index.js';

/** A request for classes of the given sizes, rows of a class not together. */
function classesOf(sizes: number[], options: Partial<SplitRequest> = {}): SplitRequest {
  const y = new Rng(3).shuffle(Float32Array.from(sizes.flatMap((size, c) => new Array<number>(size).fill(c))));
  const task: Task = sizes.length === 2 ? 'binary' : 'multiclass';
  return { n: y.length, y, task, k: sizes.length, folds: 5, holdout: 0, seed: 1, ...options };
}

function regressionOf(n: number, options: Partial<SplitRequest> = {}): SplitRequest {
  const rng = new Rng(5);
  const y = Float32Array.from({ length: n }, () => rng.normal());
  return { n, y, task: 'regression', k: 1, folds: 5, holdout: 0, seed: 1, ...options };
}

/** Rows of `rows` in class c. */
const countOf = (y: ArrayLike<number>, rows: Uint32Array, c: number) => rows.filter((row) => y[row] === c).length;

function expectPartition(splits: Splits, n: number): void {
  const sorted = (parts: Uint32Array[]) => parts.flatMap((part) => Array.from(part)).sort((a, b) => a - b);
  const all = Array.from({ length: n }, (_, i) => i);
  expect(sorted([splits.holdout, splits.train])).to.deep.equal(all);
  expect(sorted(splits.folds.map((fold) => fold.validation))).to.deep.equal(Array.from(splits.train));
  expect(splits.validated).to.deep.equal(splits.train);
  for (const fold of splits.folds) {
    expect(sorted([fold.train, fold.validation])).to.deep.equal(Array.from(splits.train));
    expect(fold.train).to.deep.equal(fold.train.slice().sort());
  }
}

describe('makeSplits', () => {
  it('refuses a table of one row, and fewer rows than folds', () => {
    expect(() => makeSplits(regressionOf(1))).to.throw(
      ToolkitError,
      'rows: must be at least as many as folds (5), got 1.',
    );
    expect(() => makeSplits(regressionOf(4))).to.throw('got 4. Use --folds 4 or add rows.');
    expect(() => makeSplits(regressionOf(0))).to.throw('got 0.');
  });

  it('refuses numbers out of range', () => {
    for (const folds of [1, 2.5, NaN])
      expect(() => makeSplits(regressionOf(20, { folds }))).to.throw(/^folds: must be/);
    for (const holdout of [-0.1, 0.6, NaN]) {
      expect(() => makeSplits(regressionOf(20, { holdout }))).to.throw(/^holdout: must be in/);
    }
    expect(() => makeSplits(regressionOf(20, { gap: 3 }))).to.throw('gap: needs --time: without it no row is before');
    expect(() => makeSplits(regressionOf(20, { gap: -1 }))).to.throw('gap: must be a whole number of rows, got -1.');
  });

  it('refuses a class of two with fewer rows than folds, naming it, its rows and the way out', () => {
    const request = classesOf([40, 3], { classes: ['no', 'yes'] });
    expect(() => makeSplits(request)).to.throw(
      ToolkitError,
      'target: class "yes" must have at least as many rows as folds (5), got 3. Use --folds 3, or add rows of it.',
    );
    expect(makeSplits({ ...request, folds: 3 }).folds).to.have.length(3);
    expect(() => makeSplits(classesOf([40, 1]))).to.throw(
      'class "1" must have at least as many rows as folds (5), got 1. Add rows of it.',
    );
  });

  it('refuses many classes of which only one has enough rows', () => {
    expect(() => makeSplits(classesOf([3, 4, 2, 50]))).to.throw(
      /class "2" must have .* got 2. Use --folds 2, or merge it/,
    );
  });

  it('refuses a target of one class', () => {
    expect(() => makeSplits(classesOf([20, 0]))).to.throw('target: must have at least two classes, got [0].');
  });

  it('warns of rare classes among several and keeps them in the training parts', () => {
    const request = classesOf([2, 95, 194, 3481], { classes: ['secondary', 'a', 'b', 'c'], holdout: 0.2 });
    const splits = makeSplits(request);
    expectPartition(splits, request.n);
    expect(splits.warnings).to.deep.equal([
      'class "secondary" has 2 rows, fewer than the 5 folds: 3 of them are not judged on it',
    ]);
    expect(countOf(request.y, splits.holdout, 0)).to.equal(0);
    for (const fold of splits.folds) expect(countOf(request.y, fold.train, 0)).to.be.at.least(1);
  });

  it('warns that a class of one row is judged by a model that has not seen it', () => {
    const splits = makeSplits(classesOf([1, 20, 20]));
    expect(splits.warnings).to.deep.equal([
      'class "0" has 1 row: the fold that is judged on it has never seen the class',
    ]);
    expectPartition(splits, 41);
  });

  it('holds no row out that the folds need', () => {
    const request = classesOf([5, 300, 300], { holdout: 0.2 });
    const splits = makeSplits(request);
    expect(countOf(request.y, splits.holdout, 0)).to.equal(0);
    for (const { validation } of splits.folds) expect(countOf(request.y, validation, 0)).to.equal(1);
  });

  it('spreads every class evenly over folds and hold-out', () => {
    const request = classesOf([100, 300, 600], { holdout: 0.2 });
    const splits = makeSplits(request);
    expectPartition(splits, 1000);
    expect(splits.holdout.length).to.equal(200);
    [20, 60, 120].forEach((count, c) => expect(countOf(request.y, splits.holdout, c)).to.equal(count));
    for (const { validation } of splits.folds) {
      [16, 48, 96].forEach((count, c) => expect(countOf(request.y, validation, c)).to.equal(count));
    }
  });

  it('stratifies a regression target, so that the means of the folds are close', () => {
    const request = regressionOf(100);
    const mean = (rows: Uint32Array) => rows.reduce((sum, row) => sum + request.y[row], 0) / rows.length;
    const means = makeSplits(request).folds.map((fold) => mean(fold.validation));
    expect(Math.max(...means) - Math.min(...means)).to.be.lessThan(0.2);
  });

  it('gives the same splits for the same seed and others for another', () => {
    const request = regressionOf(60, { holdout: 0.2 });
    expect(makeSplits(request)).to.deep.equal(makeSplits(request));
    expect(makeSplits(request)).to.not.deep.equal(makeSplits({ ...request, seed: 2 }));
  });

  it('manages a constant regression target and the smallest table', () => {
    expectPartition(makeSplits(regressionOf(5, { y: new Float32Array(5) })), 5);
    expectPartition(makeSplits(regressionOf(2, { folds: 2 })), 2);
  });

  it('keeps groups whole and their sizes balanced', () => {
    const rng = new Rng(9);
    const groups = Float64Array.from({ length: 600 }, () => rng.integer(40));
    const request = classesOf([200, 400], { groups, holdout: 0.2 });
    const splits = makeSplits(request);
    expectPartition(splits, 600);
    const partsOf = new Map<number, Set<number>>();
    [splits.holdout, ...splits.folds.map((fold) => fold.validation)].forEach((rows, part) => {
      for (const row of rows) partsOf.set(groups[row], (partsOf.get(groups[row]) ?? new Set()).add(part));
    });
    for (const parts of partsOf.values()) expect(parts.size).to.equal(1);
    expect(splits.holdout.length).to.be.within(90, 150);
    for (const { validation } of splits.folds) {
      expect(validation.length).to.be.within(70, 125);
      expect(countOf(request.y, validation, 0) / validation.length).to.be.within(0.22, 0.45);
    }
  });

  it('holds out large groups as well as small ones', () => {
    // 10 groups of 30 rows, then 30 groups of 5.
    const groups = Float64Array.from({ length: 450 }, (_, i) =>
      i < 300 ? Math.floor(i / 30) : 10 + Math.floor(i / 5),
    );
    const { holdout } = makeSplits(regressionOf(450, { groups, holdout: 0.2 }));
    expect(holdout.filter((row) => row < 300).length).to.be.greaterThan(0);
    expect(holdout.filter((row) => row >= 300).length).to.be.greaterThan(0);
  });

  it('refuses fewer groups than folds', () => {
    const groups = Float64Array.from({ length: 30 }, (_, i) => i % 4);
    expect(() => makeSplits(regressionOf(30, { groups }))).to.throw(
      'groups: must be at least one per fold (5), got 4. Use fewer folds.',
    );
  });

  it('judges every fold on rows later than those it trains on, and holds out the latest', () => {
    const time = new Rng(2).shuffle(Float64Array.from({ length: 120 }, (_, i) => Math.floor(i / 2)));
    const splits = makeSplits(regressionOf(120, { time, holdout: 0.2 }));
    const latest = (rows: Uint32Array) => Math.max(...Array.from(rows, (row) => time[row]));
    const earliest = (rows: Uint32Array) => Math.min(...Array.from(rows, (row) => time[row]));
    expect(splits.holdout.length).to.equal(24);
    expect(earliest(splits.holdout)).to.be.greaterThan(latest(splits.train));
    for (const { train, validation } of splits.folds) expect(earliest(validation)).to.be.greaterThan(latest(train));
    expect(splits.folds.map((fold) => fold.validation.length)).to.deep.equal([16, 16, 16, 16, 16]);
    expect(splits.validated.length).to.equal(80);
  });

  it('never parts a group, whatever the groups', () => {
    const request = fc.record({
      n: fc.integer({ min: 60, max: 200 }),
      count: fc.integer({ min: 12, max: 40 }),
      seed: fc.nat(),
      holdout: fc.constantFrom(0, 0.2),
    });
    fc.assert(
      fc.property(request, ({ n, count, seed, holdout }) => {
        const rng = new Rng(seed);
        const groups = Float64Array.from({ length: n }, (_, i) => (i < count ? i : rng.integer(count)));
        const made = makeSplits(regressionOf(n, { groups, seed, holdout, folds: 3 }));
        expectPartition(made, n);
        const of = (rows: Uint32Array) => new Set(Array.from(rows, (row) => groups[row]));
        const held = of(made.holdout);
        for (const { train, validation } of made.folds) {
          const seen = of(train);
          for (const group of of(validation)) expect(seen.has(group) || held.has(group)).to.equal(false);
          for (const group of seen) expect(held.has(group)).to.equal(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('never trains on the future, whatever the times', () => {
    const times = fc.uniqueArray(fc.nat(2000), { minLength: 60, maxLength: 200 });
    fc.assert(
      fc.property(times, fc.constantFrom(0, 0.2), (unique, holdout) => {
        // Up to two rows of one time.
        const time = unique.map((value) => Math.floor(value / 2));
        const made = makeSplits(regressionOf(time.length, { time, holdout, folds: 3 }));
        const at = (rows: Uint32Array) => Array.from(rows, (row) => time[row]);
        const judged = [...made.folds, ...(holdout > 0 ? [{ train: made.train, validation: made.holdout }] : [])];
        for (const { train, validation } of judged) {
          expect(Math.max(...at(train))).to.be.lessThan(Math.min(...at(validation)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves a gap of whole times between what trains and what judges, and refuses one that leaves nothing', () => {
    const times = fc.uniqueArray(fc.nat(2000), { minLength: 60, maxLength: 200 });
    fc.assert(
      fc.property(times, fc.nat(9), (unique, gap) => {
        const time = unique.map((value) => Math.floor(value / 2));
        const request = regressionOf(time.length, { time, holdout: 0.2, folds: 3 });
        const [plain, made] = [makeSplits(request), makeSplits({ ...request, gap })];
        expect(made.holdout).to.deep.equal(plain.holdout);
        made.folds.forEach(({ train, validation }, fold) => {
          expect(validation).to.deep.equal(plain.folds[fold].validation);
          const last = Math.max(...Array.from(train, (row) => time[row]));
          const left = Array.from(plain.folds[fold].train).filter((row) => !train.includes(row));
          expect(left.every((row) => time[row] > last)).to.equal(true);
          // Two rows share a time at most.
          expect(left.length).to.be.within(gap, gap + 1);
        });
      }),
      { numRuns: 40 },
    );
    const time = Float64Array.from({ length: 60 }, (_, i) => i);
    expect(() => makeSplits(regressionOf(60, { time, gap: 10 }))).to.throw(
      'gap: must leave rows to train on in fold 1, got 10. Use a smaller gap, or fewer folds.',
    );
  });

  it('keeps groups whole and in time order when there are both, whatever they are', () => {
    const request = fc.record({
      starts: fc.uniqueArray(fc.nat(3000), { minLength: 15, maxLength: 40 }),
      length: fc.integer({ min: 1, max: 400 }),
      holdout: fc.constantFrom(0, 0.2),
      gap: fc.nat(4),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(request, ({ starts, length, holdout, gap, seed }) => {
        const rng = new Rng(seed);
        const cells = starts.flatMap((start, group) =>
          Array.from({ length: 6 }, (_, i) => [group, start + (i === 0 ? length : rng.integer(length))]),
        );
        const [groups, time] = [0, 1].map((column) => Float64Array.from(cells, (cell) => cell[column]));
        const made = makeSplits(regressionOf(time.length, { groups, time, holdout, gap, folds: 3 }));
        const of = (rows: Uint32Array) => new Set(Array.from(rows, (row) => groups[row]));
        const judged = [...made.folds, ...(holdout > 0 ? [{ train: made.train, validation: made.holdout }] : [])];
        for (const { train, validation } of judged) {
          expect(validation.length).to.be.greaterThan(0);
          const seen = of(train);
          expect([...of(validation)].some((group) => seen.has(group))).to.equal(false);
          const last = Math.max(...Array.from(train, (row) => time[row]));
          expect(Math.min(...Array.from(validation, (row) => time[row]))).to.be.greaterThan(last);
        }
        const alone = made.folds.flatMap(({ validation }) => Array.from(validation));
        expect(new Set(alone).size, 'no row is judged twice').to.equal(alone.length);
        expect(Array.from(made.validated)).to.deep.equal(alone.sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a time column with gaps or with too few distinct times', () => {
    const time = Float64Array.from({ length: 30 }, (_, i) => i % 3);
    expect(() => makeSplits(regressionOf(30, { time }))).to.throw(
      'time: must have distinct times for 6 blocks, got 3.',
    );
    time[7] = NaN;
    expect(() => makeSplits(regressionOf(30, { time }))).to.throw(
      'time: must be present in every row, got "none in row 8".',
    );
  });

  it('partitions the rows, whatever the classes, folds and share', () => {
    const sizes = fc.array(fc.integer({ min: 10, max: 60 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 2, max: 10 }),
        fc.double({ min: 0.1, max: 0.5, noNaN: true }),
        fc.nat(),
        (s, folds, holdout, seed) => {
          const request = classesOf(s, { folds, holdout, seed });
          const splits = makeSplits(request);
          expectPartition(splits, request.n);
          const lengths = splits.folds.map((fold) => fold.validation.length);
          expect(Math.max(...lengths) - Math.min(...lengths)).to.be.at.most(1);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('holdoutShare', () => {
  it('holds nothing out below 500 rows', () => {
    expect([holdoutShare(499), holdoutShare(500), holdoutShare(500, 0.1)]).to.deep.equal([0, 0.2, 0.1]);
  });
});
