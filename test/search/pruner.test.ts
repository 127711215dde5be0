import { expect } from 'chai';

import { pairedPruner } from '../../src/search/index.js';

/** Five folds of very different difficulty. */
const FOLDS = [1, 3, 2, 5, 4];
const plus = (...differences: number[]): number[] => FOLDS.map((loss, i) => loss + (differences[i] ?? differences[0]));

describe('pairedPruner', () => {
  const pruner = pairedPruner();
  const shouldPrune = (own: number[], rivals: number[][]) => pruner.shouldPrune(own, rivals);

  it('never gives up without a rival', () => {
    expect(shouldPrune([1e9], [])).to.equal(false);
    expect(pairedPruner({ minRivals: 2 }).shouldPrune([1e9], [FOLDS])).to.equal(false);
  });

  it('compares on the same folds, so that a hard fold is not held against a trial', () => {
    const rivals = [FOLDS, plus(0.1, 0.12, 0.11, 0.09, 0.08)];
    expect(shouldPrune([1], rivals)).to.equal(false);
    expect(shouldPrune([1, 3, 2, 5.005], rivals)).to.equal(false);
    expect(shouldPrune([1.2], rivals)).to.equal(true);
  });

  it('never gives up on one that is ahead of the best or level with it', () => {
    const rivals = [plus(0.5), FOLDS, plus(0.2)];
    expect(shouldPrune([1, 3], rivals)).to.equal(false);
    expect(shouldPrune([0.9, 2.9], rivals)).to.equal(false);
  });

  it('grows surer from fold to fold', () => {
    const rivals = [FOLDS, plus(0.5, -0.3, 0.2, 0.4, -0.2)];
    expect(shouldPrune([1.4], rivals), 'after one fold').to.equal(false);
    expect(shouldPrune([1.4, 3.4, 2.4, 5.4], rivals), 'after four').to.equal(true);
  });

  it('takes the spread of the only rival while there is one', () => {
    expect(shouldPrune([1.5], [FOLDS])).to.equal(false);
    expect(shouldPrune([5], [FOLDS])).to.equal(true);
  });

  it('refuses senseless options', () => {
    expect(() => pairedPruner({ minRivals: 0 })).to.throw(/minRivals must be at least 1/);
    expect(() => pairedPruner({ threshold: 0 })).to.throw(/threshold must be above 0/);
  });
});
