import { expect } from 'chai';

import { compare, logLogSlope, median } from '../../bench/timing.js';

/** A clock that moves only when told to. */
function fakeClock(): { now: () => number; pass: (ms: number) => void } {
  let time = 0;
  return { now: () => time, pass: (ms) => (time += ms) };
}

describe('bench timing', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([3])).to.equal(3);
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([9, 1, 5, 2])).to.equal(3.5);
  });

  it('fits the exponent of a power law', () => {
    const sizes = [1, 2, 4, 8];
    const slope = logLogSlope(
      sizes,
      sizes.map((n) => 3 * n ** 1.5),
    );
    expect(slope).to.be.closeTo(1.5, 1e-12);
  });

  it('measures milliseconds per call', async () => {
    const { now, pass } = fakeClock();
    const work = { quick: (calls: number) => pass(2 * calls), slow: (calls: number) => pass(5 * calls) };
    expect(await compare(work, { warmMs: 30, blockMs: 10, rounds: 3 }, now)).to.deep.equal({ quick: 2, slow: 5 });
  });

  it('takes as many calls per block as fill it, and at least one', async () => {
    const { now, pass } = fakeClock();
    const seen: Record<string, number> = {};
    const take = (name: string, ms: number) => (calls: number) => {
      seen[name] = calls;
      pass(ms * calls);
    };
    const work = { quick: take('quick', 0.5), slow: take('slow', 500) };
    await compare(work, { warmMs: 0, blockMs: 10, rounds: 1 }, now);
    expect(seen).to.deep.equal({ quick: 20, slow: 1 });
  });

  it('lets contenders take turns, in the other order every other round', async () => {
    const { now, pass } = fakeClock();
    const order: string[] = [];
    const take = (name: string) => () => {
      order.push(name);
      pass(100);
    };
    await compare({ a: take('a'), b: take('b') }, { warmMs: 0, blockMs: 1, rounds: 3 }, now);
    expect(order.slice(2).join('')).to.equal('abbaab');
  });

  it('is not misled by one slow block', async () => {
    const { now, pass } = fakeClock();
    let call = 0;
    const work = { once: () => pass(call++ === 3 ? 1000 : 4) };
    expect(await compare(work, { warmMs: 0, blockMs: 1, rounds: 5 }, now)).to.deep.equal({ once: 4 });
  });
});
