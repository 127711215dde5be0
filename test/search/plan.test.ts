import { expect } from 'chai';

import { type Group, hp, type Plan, planTrials } from '../../src/search/index.js';

const SPACE = { x: hp.uniform(0, 1) };

function sequence(plan: Plan, count: number): string[] {
  return Array.from({ length: count }, (_, t) => {
    const step = plan.step(t);
    return step === null ? '-' : step.group + (step.kind === 'fixed' ? JSON.stringify(step.params.p) : '*');
  });
}

describe('planTrials', () => {
  it('gives every group its first trial in order, then takes turns, portfolio before search', () => {
    const plan = planTrials({
      groups: [
        { name: 'd', portfolio: [{ p: 0 }] },
        { name: 'a', portfolio: [{ p: 0 }, { p: 1 }], space: SPACE },
        { name: 'b', portfolio: [], space: SPACE },
      ],
    });
    expect(sequence(plan, 8)).to.deep.equal(['d0', 'a0', 'b*', 'a1', 'b*', 'a*', 'b*', 'a*']);
  });

  it('shares trials by weight', () => {
    const groups: Group[] = [
      { name: 'a', portfolio: [], space: SPACE, weight: 3 },
      { name: 'b', portfolio: [], space: SPACE },
    ];
    const names = sequence(planTrials({ groups }), 400);
    expect(names.filter((name) => name === 'a*')).to.have.length(300);
    expect(sequence(planTrials({ groups }), 8).join(' ')).to.equal('a* b* a* a* a* a* a* b*');
  });

  it('ends when every group has, and says so for ever', () => {
    const groups: Group[] = [
      { name: 'a', portfolio: [{ p: 0 }, { p: 1 }] },
      { name: 'b', portfolio: [{ p: 0 }], space: SPACE, maxTrials: 2 },
      { name: 'c', portfolio: [{ p: 0 }, { p: 1 }], maxTrials: 1 },
    ];
    expect(sequence(planTrials({ groups }), 8)).to.deep.equal(['a0', 'b0', 'c0', 'a1', 'b*', '-', '-', '-']);
  });

  it('answers for any trial first', () => {
    const plan = planTrials({ groups: [{ name: 'a', portfolio: [{ p: 0 }], space: SPACE }] });
    expect(plan.step(1000)?.kind).to.equal('search');
    expect(plan.step(0)?.kind).to.equal('fixed');
  });

  const faults: [string, Group[], string][] = [
    ['no groups', [], 'groups must not be empty'],
    [
      'two of one name',
      [
        { name: 'a', portfolio: [{}] },
        { name: 'a', portfolio: [{}] },
      ],
      'names of groups must differ',
    ],
    [
      'a group of nothing',
      [{ name: 'a', portfolio: [] }],
      'a group needs a portfolio or a space, got []. In group "a".',
    ],
    ['a space of constants', [{ name: 'a', portfolio: [], space: { x: 1 } }], 'must leave something to choose'],
    ['weight 0', [{ name: 'a', portfolio: [{}], weight: 0 }], 'weight must be above 0, got 0'],
    ['weight infinite', [{ name: 'a', portfolio: [{}], weight: Infinity }], 'weight must be above 0'],
    ['maxTrials 0', [{ name: 'a', portfolio: [{}], maxTrials: 0 }], 'maxTrials must be at least 1'],
  ];
  for (const [what, groups, message] of faults) {
    it(`refuses ${what}`, () => {
      expect(() => planTrials({ groups })).to.throw(message);
    });
  }
});
