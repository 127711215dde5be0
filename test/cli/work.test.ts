import { expect } from 'chai';

import { statusLine, WorkerLine } from '../../src/cli/work.js';
import { fakeOutput, onScreen } from './support/terminal.js';
import { workerStatus } from './support/worker.js';

const ends = (done: number, failed = 0) => ({ done, failed, lost: 0, returned: 0 });
const fit = { study: 'a'.repeat(32), family: 'gbdt' as const, trial: 7, fold: 2, seconds: 12 };

describe('WorkerLine', () => {
  it('draws one line again and again on a terminal, no wider than it is, and takes it away', () => {
    const out = fakeOutput({ isTTY: true, columns: 60 });
    let now = 0;
    const line = new WorkerLine(out, () => now);
    line.show(workerStatus());
    now = 30_000;
    const busy = workerStatus({ ends: ends(3), underWay: [fit], queue: { waiting: 5, running: 1 } });
    line.show(busy);
    const [shown] = onScreen(out.text());
    expect(shown).to.equal('3 folds done, 6.0 a minute · 1 of 2 under way: gbdt-7 fold…');
    const before = out.text();
    line.show(busy);
    expect(out.text()).to.equal(before);
    line.clear();
    expect(onScreen(out.text())).to.deep.equal(['']);
    expect(out.text()).to.not.include('\n');
  });

  it('forgets folds of long ago in the rate', () => {
    const out = fakeOutput({ isTTY: true, columns: 200 });
    let now = 0;
    const line = new WorkerLine(out, () => now);
    for (let done = 1; done <= 110; done++) {
      now += done <= 10 ? 60_000 : 6000;
      line.show(workerStatus({ ends: ends(done) }));
    }
    expect(onScreen(out.text())[0]).to.match(/^110 folds done, 10 a minute · waiting for work$/);
  });

  it('writes plain lines elsewhere, one a minute at most, and none where nothing is new', () => {
    const out = fakeOutput();
    let now = 0;
    const line = new WorkerLine(out, () => now);
    for (; now <= 180_000; now += 1000) line.show(workerStatus({ ends: ends(Math.min(90, now / 1000)) }));
    for (; now <= 600_000; now += 1000) line.show(workerStatus({ ends: ends(90), underWay: [fit] }));
    const lines = out.text().trimEnd().split('\n');
    expect(lines).to.have.length(3);
    expect(lines[0]).to.equal('60 folds done, 60 a minute · waiting for work');
    expect(lines[2]).to.include('90 folds done').and.include('gbdt-7 fold 3 (12 s)');
    expect(out.text()).to.not.match(/[\r\u001b]/);
  });

  it('says nothing when quiet', () => {
    const line = new WorkerLine(null, () => 0);
    line.show(workerStatus({ ends: ends(1) }));
    line.clear();
  });
});

describe('statusLine', () => {
  const times = { withTimes: true };

  it('says what waits and what failed', () => {
    const status = workerStatus({ ends: ends(11, 1), queue: { waiting: 5, running: 0 } });
    expect(statusLine(status, null, times)).to.equal('12 folds done, 1 of them failed · waiting for work · 5 wait');
  });

  it('says instead that Redis is gone, and is harmless whatever that says', () => {
    const status = workerStatus({ ends: ends(1), fault: 'redis://h\u001b[2J is gone', underWay: [fit] });
    expect(statusLine(status, null, times)).to.match(/^1 fold done · redis:\/\/h\\u001b\[2J is gone$/);
  });
});
