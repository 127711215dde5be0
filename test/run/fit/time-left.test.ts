import { expect } from 'chai';

import { FoldTimes } from '../../../src/run/fit/time-left.js';

describe('FoldTimes', () => {
  it('says nothing before each family that takes its time has ended a fold: the quick ones come first', () => {
    const times = new FoldTimes(['dummy', 'linear', 'lrnn', 'mlp', 'ensemble']);
    for (let fold = 0; fold < 5; fold++) {
      times.add('dummy', 0.01);
      times.add('linear', 0.02);
    }
    expect(times.left(60, 1)).to.be.null;
    times.add('lrnn', 4);
    expect(times.left(60, 1)).to.be.null;
    times.add('mlp', 2);
    expect(times.left(60, 1)).to.equal(180);
  });

  it('takes each family for as many of the folds that are left, and shares them among the workers', () => {
    const times = new FoldTimes(['xgboost', 'lrnn']);
    for (const seconds of [1, 1, 1, 1]) times.add('xgboost', seconds);
    times.add('lrnn', 9);
    expect(times.left(10, 2)).to.equal(25);
    expect(times.left(-3, 2)).to.equal(0);
  });

  it('counts quick families where there are no others', () => {
    const times = new FoldTimes(['linear', 'dummy', 'ensemble']);
    times.add('linear', 1);
    times.add('dummy', 0);
    expect(times.left(4, 1)).to.equal(2);
  });
});
