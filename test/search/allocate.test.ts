import { expect } from 'chai';

import type { GroupHistory, GroupShare, TrialSpec } from '../../src/search/index.js';
import {
  createMemoryStorage,
  expectedImprovement,
  hp,
  mostShared,
  planTrials,
  randomSampler,
  Study,
} from '../../src/search/index.js';

const group = (losses: number[], changes: Partial<GroupHistory> = {}): GroupHistory => {
  return { weight: 1, count: losses.length, losses, cost: 1, ...changes };
};

describe('expectedImprovement', () => {
  const allocate = expectedImprovement({ floor: 0.5 });

  it('goes where the next loss may be the best', () => {
    expect(allocate([group([5, 5.1, 5.2, 5.3]), group([3, 3.5, 4, 3.2]), group([9, 9.1, 9.2, 9.3])])).to.equal(1);
  });

  it('prefers the group that varies, and the one that costs less', () => {
    expect(allocate([group([3, 3.001, 3.002, 3.003]), group([3, 3.4, 3.8, 4.2])])).to.equal(1);
    const [dear, cheap] = [group([3, 3.4, 3.8, 4.2], { cost: 10 }), group([3.1, 3.4, 3.8, 4.2], { cost: 1 })];
    expect(allocate([dear, cheap])).to.equal(1);
  });

  it('goes where trials bring much beside the best, less with every one of them', () => {
    const best = group([3, 3.001, 3.002, 3.003]);
    expect(allocate([best, group([5, 5.1, 5.2, 5.3])])).to.equal(0);
    expect(allocate([best, group([5, 5.1, 5.2, 5.3], { gain: 1 })])).to.equal(1);
    const many = group([5, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7], { gain: 1 });
    expect(allocate([many, group([5, 5.1, 5.2, 5.3], { gain: 1 })])).to.equal(1);
  });

  it('lets no group fall below its floor', () => {
    const good = group([1, 1.1, 1.2, 1.3, 1.4, 1.5]);
    expect(allocate([good, group([8, 9], { count: 2 })]), 'half of its share of 9 is 2.25').to.equal(1);
    expect(allocate([good, group([8, 9, 9], { count: 3 })])).to.equal(0);
    expect(allocate([good, group([8, 9], { count: 2, weight: 0.5 })]), 'half the weight').to.equal(0);
  });

  it('gives a group its share until it has two losses', () => {
    expect(allocate([group([1, 2, 3, 4]), group([9], { count: 3 })])).to.equal(1);
    expect(allocate([group([], { count: 0 }), group([], { count: 0 })])).to.equal(0);
  });

  it('refuses a senseless floor', () => {
    expect(() => expectedImprovement({ floor: 2 })).to.throw(/floor must be within 0 and 1/);
  });
});

describe('a study with an allocator', () => {
  /** Runs a study to its end, `workers` trials at a time; the last one asked for ends first or last. */
  function run(workers: number, newestFirst: boolean): string[] {
    const storage = createMemoryStorage();
    const groups = [
      { name: 'good', portfolio: [{ x: 0.1 }, { x: 0.2 }], space: { x: hp.uniform(0, 1) } },
      { name: 'bad', portfolio: [{ x: 0.5 }], space: { x: hp.uniform(0, 1) } },
      { name: 'fixed', portfolio: [{ x: 1 }] },
    ];
    const study = new Study({
      storage,
      plan: planTrials({ groups }),
      sampler: randomSampler,
      seed: 3,
      maxTrials: 40,
      allocator: expectedImprovement(),
    });
    const running: TrialSpec[] = [];
    for (;;) {
      const next = running.length < workers ? study.next() : 'wait';
      if (next === 'done' && running.length === 0) break;
      if (typeof next === 'object') {
        running.push(next);
        continue;
      }
      const { number, group: name, params } = newestFirst ? running.pop()! : running.shift()!;
      const x = (params as { x: number }).x;
      study.finish(number, { state: 'complete', value: name === 'bad' ? 5 + x : x });
    }
    return storage.trials().map((trial) => `${trial.group} ${JSON.stringify(trial.params)}`);
  }

  it('searches more where it pays, and starves nobody', () => {
    const trials = run(1, false);
    const count = (name: string) => trials.filter((trial) => trial.startsWith(name)).length;
    expect(count('fixed')).to.equal(1);
    expect(count('bad')).to.be.within(9, 16);
    expect(count('good') + count('bad')).to.equal(39);
  });

  it('does the same whatever the number of workers and the order in which they end', () => {
    expect(run(2, false)).to.deep.equal(run(1, false));
    expect(run(5, true)).to.deep.equal(run(1, false));
    expect(run(9, true)).to.deep.equal(run(1, false));
  });
});

describe('mostShared', () => {
  const shared = (share: number, changes: Partial<GroupShare> = {}): GroupShare => {
    return { weight: 1, count: 1, share, cost: 1, ...changes };
  };

  it('goes where trials count most in the blend for what they take', () => {
    expect(mostShared([shared(0.2), shared(0.7), shared(0.1)])).to.equal(1);
    expect(mostShared([shared(0.2), shared(0.7, { cost: 10 }), shared(0.1)])).to.equal(0);
    expect(mostShared([shared(0.5), shared(0.5)]), 'the first of equals').to.equal(0);
  });

  it('shares trials out as the root of shares over costs, and leaves no group out for ever', () => {
    const groups = [shared(0.64), shared(0.36, { cost: 4 }), shared(0)].map((group) => ({ ...group }));
    for (let turn = 0; turn < 300; turn++) groups[mostShared(groups)].count++;
    const [often, dear, never] = groups.map(({ count }) => count);
    expect(often / dear).to.be.closeTo(Math.sqrt((0.69 * 4) / 0.41), 0.2);
    expect(never).to.be.within(20, often / 2);
  });
});
