import { expect } from 'chai';

import { SharedReaders } from '../../src/server/shared-readers.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeEvents, makeStudy, trialEvents } from '../support/studies.js';

const running = makeStudy({ status: 'running', trials: 3 });

describe('SharedReaders', () => {
  const setUp = () => {
    const studies = new FakeStudies().add('s', running, makeEvents(running).slice(0, 2));
    let [clock, opened, asked] = [0, 0, 0];
    const shared = new SharedReaders(100, () => clock);
    const follow = () =>
      shared.follow('s', () => {
        opened++;
        const reader = studies.open('s')!;
        return {
          ...reader,
          events: (after) => {
            asked++;
            return reader.events(after);
          },
        };
      })!;
    return {
      studies,
      shared,
      follow,
      wait: (ms: number) => void (clock += ms),
      counts: () => ({ opened, asked, open: studies.openReaders }),
    };
  };

  it('opens a study once for all who follow it, and closes it after the last', () => {
    const { shared, follow, counts } = setUp();
    const all = Array.from({ length: 50 }, follow);
    expect(counts()).to.deep.include({ opened: 1, open: 1 });
    all.slice(1).forEach((one) => (one.close(), one.close()));
    expect([counts().open, shared.size]).to.deep.equal([1, 1]);
    all[0].close();
    expect([counts().open, shared.size]).to.deep.equal([0, 0]);
    follow().close();
    expect(counts()).to.deep.include({ opened: 2, open: 0 });
  });

  it('opens anew what was taken away, and leaves the new one open when a follower of the old one goes', () => {
    const { shared, follow, counts } = setUp();
    const old = follow();
    shared.forget('s');
    const fresh = follow();
    expect(counts()).to.deep.include({ opened: 2, open: 2 });
    old.close();
    expect([counts().open, shared.size]).to.deep.equal([1, 1]);
    follow().close();
    expect(counts().opened).to.equal(2);
    fresh.close();
    expect([counts().open, shared.size]).to.deep.equal([0, 0]);
  });

  it('asks once per look for machines, also where a study has none', () => {
    const { studies, shared, wait } = setUp();
    let asked = 0;
    const open = () => ({ ...studies.open('s')!, machines: () => (asked++, null) });
    const one = shared.follow('s', open)!;
    for (let i = 0; i < 5; i++) expect(one.machines()).to.equal(null);
    expect(asked).to.equal(1);
    wait(100);
    one.machines();
    expect(asked).to.equal(2);
    one.close();
  });

  it('asks once per look and number, however many follow, and tells each what it has not seen', () => {
    const { studies, follow, wait, counts } = setUp();
    const all = Array.from({ length: 20 }, follow);
    for (const one of all) expect(one.events(1).map(({ id }) => id)).to.deep.equal([2]);
    for (const one of all) expect(one.events(2)).to.deep.equal([]);
    expect(counts().asked).to.equal(1);
    const [first] = trialEvents(running, running.trials[0]);
    studies.tell('s', first);
    expect(all[0].events(2), 'within the same look').to.deep.equal([]);
    wait(100);
    for (const one of all) expect(one.events(2).map(({ id }) => id)).to.deep.equal([3]);
    expect(counts().asked).to.equal(2);
  });

  it('opens nothing where there is no study yet', () => {
    const { shared } = setUp();
    expect(shared.follow('other', () => null)).to.equal(null);
    expect(shared.size).to.equal(0);
  });
});
