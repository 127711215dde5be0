import { expect } from 'chai';

import { totalRate } from '../../src/models/boosting.js';

describe('totalRate', () => {
  it('is 20 up to 20,000 rows, grows by the square root of the rows, and ends at 80', () => {
    expect([1, 5000, 20_000].map(totalRate)).to.deep.equal([20, 20, 20]);
    expect(totalRate(180_000)).to.be.closeTo(60, 1e-9);
    expect(totalRate(320_000)).to.be.closeTo(80, 1e-9);
    expect(totalRate(1e7)).to.equal(80);
  });
});
