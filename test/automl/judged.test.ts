import { expect } from 'chai';
import fc from 'fast-check';

import { judgedByOthers, stepsFromBytes, stepsToBytes } from '../../src/automl/index.js';
import type { Steps } from '../../src/models/index.js';

/** One row per fold that says the number of its fold and step. */
const fold = (number: number, losses: readonly number[], steps = losses.map((_, i) => i + 1)): Steps => ({
  steps,
  losses,
  predictions: steps.map((step) => ({ rows: 1, cols: 1, data: Float32Array.of(100 * number + step) })),
});

const said = (folds: readonly Steps[], ordered = false): number[] =>
  judgedByOthers(folds, ordered).map(({ data }) => data[0]);

describe('judgedByOthers', () => {
  it('takes each fold at the step that the others like best together, whatever it likes itself', () => {
    const folds = [fold(1, [0, 9, 9]), fold(2, [9, 0, 8]), fold(3, [9, 2, 0])];
    // Of the second and third the second step is best; of the others, and of the first and second, the first.
    expect(said(folds)).to.deep.equal([102, 201, 301]);
  });

  it('takes a fold that ended early as of its last step', () => {
    expect(said([fold(1, [3, 2]), fold(2, [9, 8, 7, 1], [1, 2, 4, 9])])).to.deep.equal([102, 202]);
  });

  it('lets only earlier folds choose where they are ordered, and for the first all others', () => {
    const folds = [fold(1, [1, 5, 9]), fold(2, [9, 1, 9]), fold(3, [9, 9, 1])];
    expect(said(folds, true)[1]).to.equal(201);
    const [, , third] = said(folds, true);
    expect(said([folds[0], folds[1], fold(3, [1, 1, 1])], true)[2]).to.equal(third);
    expect(said([fold(1, [7, 7, 7]), folds[1], folds[2]], true)[0]).to.equal(said(folds, true)[0]);
  });

  it('never asks a fold about itself', () => {
    const losses = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(losses, { minLength: 2, maxLength: 6 }), losses, fc.nat(), (all, other, pick) => {
        const changed = pick % all.length;
        const folds = all.map((own, i) => fold(i, own));
        const again = folds.map((own, i) => (i === changed ? { ...own, losses: other } : own));
        expect(said(again)[changed]).to.equal(said(folds)[changed]);
      }),
    );
  });
});

describe('steps as bytes', () => {
  it('come back as they were', () => {
    const steps: Steps = {
      steps: [1, 2, 40],
      losses: [0.5, 0.25, 0.125],
      predictions: [1, 2, 3].map((i) => ({ rows: 2, cols: 3, data: Float32Array.of(i, 0, 1, 0.5, 0, i) })),
    };
    expect(stepsFromBytes(stepsToBytes(steps))).to.deep.equal(steps);
  });
});
