import { expect } from 'chai';
import fc from 'fast-check';

import { Rng, ToolkitError } from '../../src/core/index.js';
import type { SharedRequest, SharedTarget, Splits } from '../../src/evaluate/index.js';
import { makeSharedSplits } from '../../src/evaluate/index.js';

const rowsOf = (n: number, has: (row: number) => boolean = () => true) =>
  Uint32Array.from({ length: n }, (_, row) => row).filter(has);

function numbers(name: string, rows: Uint32Array, seed = 1): SharedTarget {
  const rng = new Rng(seed);
  return { name, rows, y: Float64Array.from(rows, () => rng.uniform()), task: 'regression', k: 1, classes: [] };
}

function classes(name: string, rows: Uint32Array, of: (row: number) => number, k = 2): SharedTarget {
  const names = Array.from({ length: k }, (_, c) => `${name}${c}`);
  return { name, rows, y: Uint32Array.from(rows, of), task: k === 2 ? 'binary' : 'multiclass', k, classes: names };
}

const request = (n: number, targets: SharedTarget[], more: Partial<SharedRequest> = {}): SharedRequest => ({
  n,
  targets,
  folds: 5,
  holdout: 0,
  seed: 0,
  ...more,
});

/** The part of each row: 'held', the fold that judges it, or nothing. */
function partsOf({ rows }: SharedTarget, { holdout, folds }: Splits): Map<number, string> {
  const parts = new Map<number, string>();
  for (const place of holdout) parts.set(rows[place], 'held');
  folds.forEach(({ validation }, fold) => validation.forEach((place) => parts.set(rows[place], String(fold))));
  return parts;
}

/** Counts of a class in the validation part of each fold. */
const countsOf = ({ y }: SharedTarget, { folds }: Splits, c: number) =>
  folds.map(({ validation }) => validation.filter((place) => y[place] === c).length);

describe('makeSharedSplits', () => {
  it('puts a row on the same side for every target that it has, whatever is missing', () => {
    const targets = [
      numbers(
        'a',
        rowsOf(600, (row) => row % 7 !== 0),
      ),
      classes(
        'b',
        rowsOf(600, (row) => row % 3 !== 0),
        (row) => (row % 10 === 1 ? 1 : 0),
      ),
    ];
    const [a, b] = makeSharedSplits(request(600, targets, { holdout: 0.2 }));
    const [ofA, ofB] = [partsOf(targets[0], a), partsOf(targets[1], b)];
    expect(ofA.size).to.equal(targets[0].rows.length);
    expect(ofB.size).to.equal(targets[1].rows.length);
    let both = 0;
    for (const [row, part] of ofA) {
      if (!ofB.has(row)) continue;
      both++;
      expect(ofB.get(row), `row ${row}`).to.equal(part);
    }
    expect(both).to.be.greaterThan(300);
    for (const { folds, train, holdout } of [a, b]) {
      for (const { train: own, validation } of folds) expect(own.length + validation.length).to.equal(train.length);
      expect(holdout.length / (holdout.length + train.length)).to.be.closeTo(0.2, 0.01);
    }
  });

  it('gives every fold its share of each class of every target, of rare ones too', () => {
    const targets = [
      classes('a', rowsOf(500), (row) => (row % 50 === 0 ? 1 : 0)),
      classes('b', rowsOf(500), (row) => ((row * 7919) % 500 < 10 ? 1 : 0)),
      classes('c', rowsOf(500), (row) => ((row * 104729) % 500 < 15 ? 2 : row % 2), 3),
    ];
    const splits = makeSharedSplits(request(500, targets, { holdout: 0 }));
    targets.forEach((target, t) => {
      for (let c = 0; c < target.k; c++) {
        const counts = countsOf(target, splits[t], c);
        expect(Math.max(...counts) - Math.min(...counts), `${target.name} ${c}: ${counts.join()}`).to.be.at.most(3);
      }
    });
    expect(countsOf(targets[0], splits[0], 1)).to.deep.equal([2, 2, 2, 2, 2]);
    expect(countsOf(targets[1], splits[1], 1)).to.deep.equal([2, 2, 2, 2, 2]);
  });

  it('holds out no row of a class that has no more rows than folds', () => {
    const targets = [numbers('a', rowsOf(500)), classes('b', rowsOf(500), (row) => (row < 5 ? 1 : 0))];
    const [, b] = makeSharedSplits(request(500, targets, { holdout: 0.5 }));
    expect(Array.from(b.holdout).filter((place) => targets[1].y[place] === 1)).to.have.length(0);
    expect(countsOf(targets[1], b, 1)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('keeps groups whole, and copies together but where a class would starve', () => {
    const targets = [numbers('a', rowsOf(300)), classes('b', rowsOf(300), (row) => (row < 10 ? 1 : 0))];
    const groups = Int32Array.from({ length: 300 }, (_, row) => row % 40);
    const grouped = makeSharedSplits(request(300, targets, { groups, holdout: 0.2 }));
    grouped.forEach((splits, t) => {
      const sides = new Map<number, Set<string>>();
      for (const [row, part] of partsOf(targets[t], splits)) {
        sides.set(groups[row], (sides.get(groups[row]) ?? new Set()).add(part));
      }
      for (const side of sides.values()) expect(side.size).to.equal(1);
    });
    // The ten rows of the rare class are copies of one row: they are dealt one by one.
    const copies = Int32Array.from({ length: 300 }, (_, row) => (row < 10 ? 0 : row - (row % 2)));
    const [, b] = makeSharedSplits(request(300, targets, { copies }));
    expect(countsOf(targets[1], b, 1)).to.deep.equal([2, 2, 2, 2, 2]);
    const parts = partsOf(targets[1], b);
    for (let row = 10; row < 300; row += 2) expect(parts.get(row)).to.equal(parts.get(row + 1));
  });

  it('warns of a target that no row held out has', () => {
    const time = Float64Array.from({ length: 400 }, (_, row) => row);
    const targets = [
      numbers('a', rowsOf(400)),
      numbers(
        'old',
        rowsOf(400, (row) => row < 320),
      ),
    ];
    const [a, old] = makeSharedSplits(request(400, targets, { time, holdout: 0.2 }));
    expect([a.holdout.length, old.holdout.length]).to.deep.equal([80, 0]);
    expect(a.warnings).to.deep.equal([]);
    expect(old.warnings).to.deep.equal([
      'target "old": the latest rows, which are held out, do not have it, and its models are not checked on any',
    ]);
  });

  it('judges later rows than it trains on with time', () => {
    const time = Float64Array.from({ length: 400 }, (_, row) => row);
    const targets = [
      numbers('a', rowsOf(400)),
      numbers(
        'b',
        rowsOf(400, (row) => row % 2 === 0),
      ),
    ];
    for (const { folds, holdout } of makeSharedSplits(request(400, targets, { time, holdout: 0.2 }))) {
      for (const { train, validation } of folds) expect(Math.max(...train)).to.be.lessThan(Math.min(...validation));
      expect(Math.min(...holdout)).to.be.greaterThan(Math.max(...folds[4].validation));
    }
    const early = [
      targets[0],
      numbers(
        'b',
        rowsOf(400, (row) => row < 200),
      ),
    ];
    expect(() => makeSharedSplits(request(400, early, { time }))).to.throw(
      ToolkitError,
      'target "b": must be there in rows that train and rows that judge in every fold (fold 3), got 0. Use fewer folds, or search it by itself.',
    );
  });

  it('says of which target there are too few rows or classes', () => {
    const a = numbers('a', rowsOf(100));
    expect(() => makeSharedSplits(request(100, [a, numbers('b', rowsOf(3))]))).to.throw(
      'target "b": must be there in at least as many rows as folds (5), got 3.',
    );
    const b = classes('b', rowsOf(100), (row) => (row < 3 ? 1 : 0));
    expect(() => makeSharedSplits(request(100, [a, b]))).to.throw(
      'target "b": class "b1" must have at least as many rows as folds (5), got 3. Use --folds 3',
    );
    const many = classes('c', rowsOf(100), (row) => (row < 3 ? 2 : row % 2), 3);
    expect(makeSharedSplits(request(100, [a, many]))[1].warnings).to.deep.equal([
      'class "c2" has 3 rows, fewer than the 5 folds: 2 of them are not judged on it',
    ]);
  });

  it('draws the same from the same seed, and deals every row once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 2, max: 5 }),
        fc.boolean(),
        (n, seed, folds, isHeld) => {
          const rng = new Rng(seed);
          const isThere = Uint8Array.from({ length: n }, () => rng.integer(4));
          const targets = [
            numbers(
              'a',
              rowsOf(n, (row) => isThere[row] !== 0),
              seed,
            ),
            classes(
              'b',
              rowsOf(n, (row) => isThere[row] !== 1),
              (row) => (row % 4 === 0 ? 1 : 0),
            ),
          ];
          const asked = request(n, targets, { seed, folds, holdout: isHeld ? 0.2 : 0 });
          const splits = makeSharedSplits(asked);
          expect(makeSharedSplits(asked)).to.deep.equal(splits);
          splits.forEach((own, t) => expect(partsOf(targets[t], own).size).to.equal(targets[t].rows.length));
        },
      ),
      { numRuns: 50 },
    );
  });
});
