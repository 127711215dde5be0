import { expect } from 'chai';

import { Clock } from '../../../src/run/fit/clock.js';

const BUDGET = 60_000;
const FEW = { judged: 400, held: 100, k: 1, columns: 10 };

describe('the time of one session', () => {
  it('keeps more for what follows the fits where there are more columns, classes or rows', () => {
    const few = new Clock(0, BUDGET, FEW);
    for (const more of [{ columns: 5000 }, { k: 1000 }, { held: 20_000 }, { judged: 50_000 }]) {
      const clock = new Clock(0, BUDGET, { ...FEW, ...more });
      expect(clock.searchEnd(1000, false), JSON.stringify(more)).to.be.below(few.searchEnd(1000, false)!);
      expect(clock.searchEndBeforeOnce(0, false)).to.be.below(few.searchEndBeforeOnce(0, false)!);
    }
    const wide = new Clock(0, BUDGET, { ...FEW, columns: 5000 });
    expect(few.fitEnd()! - wide.fitEnd()!).to.be.within(1500, 4000);
  });

  it('leaves most of a budget to the search, however much follows, and ends fits after it', () => {
    const huge = new Clock(1000, BUDGET, { judged: 1e6, held: 20_000, k: 1000, columns: 1e6 });
    expect(huge.searchEnd(1e9, false)).to.be.above(1000 + 0.3 * BUDGET);
    expect(huge.fitEnd())
      .to.be.above(huge.searchEnd(1e9, false)!)
      .and.below(1000 + BUDGET);
  });

  it('has no ends without a budget', () => {
    const clock = new Clock(0, null, FEW);
    expect([clock.searchEnd(1, true), clock.searchEndBeforeOnce(0, true), clock.fitEnd()]).to.deep.equal([
      null,
      null,
      null,
    ]);
  });
});
