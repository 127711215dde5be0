import { expect } from 'chai';
import fc from 'fast-check';

import { logTicks, wholeAxis } from '../../src/report/plots/common.js';

describe('wholeAxis', () => {
  const words = (values: readonly number[], count = 5): string[] => {
    const { ticks, tickFormat } = wholeAxis(values, count);
    return (ticks as number[]).map((tick) => (tickFormat as (value: number) => string)(tick));
  };

  it('has no half doors, and years without a comma', () => {
    expect(words([2, 4])).to.deep.equal(['2', '3', '4']);
    expect(words([2007, 2008, 2009])).to.deep.equal(['2007', '2008', '2009']);
    expect(words([1900, 2024])).to.deep.equal(['1900', '1950', '2000']);
    expect(words([266, 50_387])).to.deep.equal(['20k', '40k']);
  });

  it('has whole ticks inside the range, few of them, whatever whole numbers there are', () => {
    const whole = fc.integer({ min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 20 }), fc.integer({ min: 3, max: 8 }), (values, count) => {
        const ticks = wholeAxis(values, count).ticks as number[];
        for (const tick of ticks) {
          expect(Number.isInteger(tick)).to.be.true;
          expect(tick).to.be.within(Math.min(...values), Math.max(...values));
        }
        expect(ticks.length).to.be.at.most(count + 1);
      }),
    );
  });

  it('leaves columns with fractions as they are', () => {
    expect(wholeAxis([1, 2.5], 5)).to.deep.equal({});
    expect(wholeAxis([], 5)).to.deep.equal({});
  });
});

describe('logTicks', () => {
  it('has powers of ten with 2 and 5 where few, and the ends where there is none between', () => {
    expect(logTicks([0.007, 0.09], 5)).to.deep.equal([0.01, 0.02, 0.05]);
    expect(logTicks([0.001, 1000], 4)).to.deep.equal([0.001, 0.1, 10, 1000]);
    expect(logTicks([0.0071, 0.0092], 5)).to.deep.equal([0.0071, 0.0092]);
    expect(logTicks([], 5)).to.deep.equal([]);
    expect(logTicks([3, 3], 5)).to.deep.equal([3]);
  });

  it('has at most as many as asked for, in order', () => {
    const sizes = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 30 }), fc.integer({ min: 2, max: 6 }), (values, most) => {
        const ticks = logTicks(values, most);
        expect(ticks.length).to.be.within(1, most);
        expect(ticks).to.deep.equal([...ticks].sort((a, b) => a - b));
      }),
    );
  });
});
