import { expect } from 'chai';
import fc from 'fast-check';

import { Attendance } from '../../src/cluster/attendance.js';
import type { WorkerEntry } from '../../src/cluster/messages.js';

const OWN = '1.0.0-node20';
const NOBODY_YET = 'no worker of lrnn-automl 1.0.0 on Node 20 is there yet: waiting for one (lrnn worker)';
const NOBODY_NOW = 'no worker of lrnn-automl 1.0.0 on Node 20 is there any more: waiting for one (lrnn worker)';

function workers(count: number, build = OWN): Map<string, WorkerEntry> {
  const about = { build, host: 'node', cores: 4, slots: 4, running: 0, done: 9, seen: 100 };
  return new Map(Array.from({ length: count }, (_, pid) => [`${build} ${pid}`, { ...about, pid }]));
}

/** What is said at each look. */
function saidOf(looks: readonly ReadonlyMap<string, WorkerEntry>[]): string[][] {
  let said: string[] = [];
  const attendance = new Attendance(OWN, (sentence) => said.push(sentence));
  return looks.map((there) => {
    said = [];
    attendance.look(there);
    return said;
  });
}

describe('Attendance', () => {
  it('says when nobody is there yet, when somebody is, and when nobody is any more, each time it happens', () => {
    const counts = [0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 0, 0];
    expect(saidOf(counts.map((count) => workers(count)))).to.deep.equal([
      [NOBODY_YET],
      [],
      ['2 workers are there: going on'],
      [],
      [],
      [],
      [NOBODY_NOW],
      [],
      ['a worker is there: going on'],
      [],
      [],
      [NOBODY_NOW],
    ]);
  });

  it('says nothing of workers that were there from the beginning, nor of two looks that find none', () => {
    expect(saidOf([3, 0, 0, 3, 0, 0, 1].map((count) => workers(count))).flat()).to.deep.equal([]);
  });

  it('forgets looks that found nobody when nobody could say that he is there', () => {
    const said: string[] = [];
    const attendance = new Attendance(OWN, (sentence) => said.push(sentence));
    attendance.look(workers(1));
    for (let time = 0; time < 3; time++) {
      attendance.look(workers(0));
      attendance.look(workers(0));
      expect(said).to.deep.equal([]);
      attendance.pause();
    }
    for (let look = 0; look < 3; look++) attendance.look(workers(0));
    expect(said).to.deep.equal([NOBODY_NOW]);
  });

  it('names workers of another build once, and counts them not', () => {
    const both = new Map([...workers(1), ...workers(2, '2.0.0-node22')]);
    const attendance = new Attendance(OWN, () => undefined);
    expect([...attendance.look(both).keys()]).to.deep.equal([`${OWN} 0`]);
    expect(saidOf([both, both, workers(2, '2.0.0-node22')])).to.deep.equal([
      ['workers of lrnn-automl 2.0.0 on Node 22 have no part in this study, which is of lrnn-automl 1.0.0 on Node 20'],
      [],
      [],
    ]);
  });

  it('never says the same twice in a row, and what it said last is so, however they come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3 }), { minLength: 1 }), (counts) => {
        const said = saidOf(
          [...counts, ...Array.from({ length: 2 }, () => counts.at(-1)!)].map((count) => workers(count)),
        ).flat();
        const alone = said.map((sentence) => sentence.startsWith('no worker'));
        for (const [i, isAlone] of alone.entries()) expect(isAlone).to.equal(i % 2 === 0);
        expect(alone.at(-1) ?? false).to.equal(counts.at(-1) === 0);
      }),
    );
  });
});
