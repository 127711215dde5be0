import { expect } from 'chai';

import { FAMILIES } from '../../../src/core/index.js';
import { familiesFor, leftOutNotes } from '../../../src/run/fit/left-out.js';

describe('families that a table has too many rows for', () => {
  it('are left out with a note each, and no others', () => {
    expect(familiesFor(FAMILIES, 20_000)).to.deep.equal(FAMILIES);
    expect(leftOutNotes(FAMILIES, 20_000)).to.deep.equal([]);
    expect(familiesFor(FAMILIES, 20_001)).to.deep.equal(FAMILIES.filter((family) => family !== 'knn'));
    expect(leftOutNotes(FAMILIES, 20_001)).to.deep.equal([
      'knn is left out: it takes at most 20,000 rows, and there are 20,001',
    ]);
  });

  it('are those whose predictions a count does not forgive, where counts are predicted', () => {
    expect(familiesFor(FAMILIES, 100, 'count')).to.deep.equal(['lrnn', 'mlp', 'gbdt', 'linear', 'dummy', 'ensemble']);
    expect(leftOutNotes(FAMILIES, 20_001, 'count').map((note) => note.split(':')[0])).to.deep.equal([
      'extratrees is left out',
      'xgboost is left out',
      'knn is left out',
    ]);
    expect(familiesFor(FAMILIES, 100, 'ordinal')).to.deep.equal(FAMILIES);
    const rule =
      'models: must name a family that takes 100 rows and the task count, got "knn,ensemble". Leave --models out.';
    expect(() => familiesFor(['knn', 'ensemble'], 100, 'count')).to.throw(rule);
  });

  it('are refused where no other was asked for', () => {
    for (const look of [familiesFor, leftOutNotes]) {
      expect(() => look(['knn', 'ensemble'], 20_001)).to.throw('models: must name a family that takes 20001 rows');
    }
  });
});
