import { expect } from 'chai';
import fc from 'fast-check';

import { makeSplits } from '../../src/evaluate/index.js';

/** Rows of two classes, or numbers; each a row of its own or a copy of an earlier one of its class. */
const anyCopies = fc
  .record({
    n: fc.integer({ min: 60, max: 240 }),
    picks: fc.array(fc.record({ isCopy: fc.boolean(), of: fc.nat(), y: fc.nat(99) }), {
      minLength: 240,
      maxLength: 240,
    }),
    share: fc.constantFrom(0.1, 0.4),
    isRegression: fc.boolean(),
    holdout: fc.constantFrom(0, 0.2),
    folds: fc.constantFrom(3, 5),
    seed: fc.nat(1e6),
  })
  .map(({ n, picks, share, isRegression, ...rest }) => {
    const copies = new Int32Array(n);
    const y = new Float32Array(n);
    for (let row = 0; row < n; row++) {
      const { isCopy, of, y: own } = picks[row];
      copies[row] = isCopy && row > 20 && own < 200 * share ? copies[of % row] : row;
      y[row] = copies[row] === row ? (isRegression ? own : row % 3 === 0 ? 1 : 0) : y[copies[row]];
    }
    const what = isRegression ? ({ task: 'regression', k: 1 } as const) : ({ task: 'binary', k: 2 } as const);
    return { ...rest, n, y, copies, ...what };
  });

describe('makeSplits with copies of rows', () => {
  it('keeps copies on one side, parts of even size, and classes in their shares', () => {
    fc.assert(
      fc.property(anyCopies, (request) => {
        const { n, y, copies, folds, holdout, task } = request;
        const made = makeSplits(request);
        const part = new Int32Array(n).fill(-2);
        for (const row of made.holdout) part[row] = -1;
        made.folds.forEach(({ train, validation }, fold) => {
          expect(train.length + validation.length + made.holdout.length).to.equal(n);
          for (const row of validation) part[row] = fold;
        });
        expect(part.includes(-2), 'every row has its part').to.equal(false);
        copies.forEach((first, row) => expect(part[row]).to.equal(part[first]));
        const sizes = new Map<number, number>();
        for (const first of copies) sizes.set(first, (sizes.get(first) ?? 0) + 1);
        const largest = Math.max(...sizes.values());
        const counts = made.folds.map(({ validation }) => validation.length);
        const strata = task === 'regression' ? 10 : 2;
        expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(strata * largest);
        expect(Math.abs(made.holdout.length - holdout * n)).to.be.at.most(strata * (largest + folds));
        if (task === 'regression') return;
        const rare = made.folds.map(({ validation }) => validation.reduce((sum, row) => sum + y[row], 0));
        expect(Math.max(...rare) - Math.min(...rare)).to.be.at.most(largest);
        expect(Math.min(...rare)).to.be.above(0);
      }),
    );
  });

  it('is reproducible by its seed', () => {
    const request = { n: 60, y: new Float32Array(60), copies: Int32Array.from({ length: 60 }, (_, i) => i - (i % 2)) };
    const of = (seed: number) => makeSplits({ ...request, task: 'regression', k: 1, folds: 5, holdout: 0.2, seed });
    expect(of(1)).to.deep.equal(of(1));
    expect(of(1)).to.not.deep.equal(of(2));
  });

  it('deals copies one by one where a class, or the table, has too few different rows', () => {
    const y = Float32Array.from({ length: 60 }, (_, i) => (i < 12 ? 1 : 0));
    const copies = Int32Array.from({ length: 60 }, (_, i) => (i < 12 ? i % 2 : i));
    const { folds } = makeSplits({ n: 60, y, copies, task: 'binary', k: 2, folds: 5, holdout: 0, seed: 1 });
    for (const { validation } of folds) expect(validation.filter((row) => y[row] === 1).length).to.be.within(2, 3);
    const few = { n: 6, y: Float32Array.of(1, 2, 3, 1, 2, 3), copies: Int32Array.of(0, 1, 2, 0, 1, 2) };
    expect(makeSplits({ ...few, task: 'regression', k: 1, folds: 5, holdout: 0, seed: 1 }).folds).to.have.length(5);
  });

  it('leaves groups and time to themselves', () => {
    const request = { n: 40, y: Float32Array.from({ length: 40 }, (_, i) => i), task: 'regression', k: 1 } as const;
    const rest = { ...request, folds: 4, holdout: 0, seed: 1 };
    const copies = Int32Array.from({ length: 40 }, (_, i) => i % 20);
    const time = request.y;
    expect(makeSplits({ ...rest, time, copies })).to.deep.equal(makeSplits({ ...rest, time }));
    const groups = Int32Array.from({ length: 40 }, (_, i) => i % 8);
    expect(makeSplits({ ...rest, groups, copies })).to.deep.equal(makeSplits({ ...rest, groups }));
  });
});
