import { expect } from 'chai';
import fc from 'fast-check';

import { Machines, MOST_MACHINES } from '../../src/cluster/machines.js';
import type { WorkerEntry } from '../../src/cluster/messages.js';
import { checkWorker } from '../../src/cluster/messages.js';

const STUDY = 'a'.repeat(32);
const fold = (study: string, trial = 7) => ({ study, family: 'gbdt' as const, trial, fold: 2, seconds: 4 });

function entry(given: Partial<WorkerEntry> = {}): WorkerEntry {
  const about = { build: '1.0.0-node20', host: 'node', pid: 1, cores: 4, slots: 4, running: 0, done: 9, seen: 100 };
  return { ...about, ...given };
}

describe('Machines', () => {
  it('shows what each is at, folds of other studies as a number only', () => {
    const there = new Map([
      ['1', entry({ host: 'idle' })],
      ['2', entry({ host: 'busy', running: 3, doing: [fold(STUDY), fold('b'.repeat(32)), fold('b'.repeat(32))] })],
    ]);
    const [busy, idle] = new Machines(STUDY).look(there, 10_000);
    expect(busy).to.deep.equal({
      name: 'busy:1',
      slots: 4,
      done: 9,
      fits: [{ model: 'gbdt-7', family: 'gbdt', fold: 2, startedAt: 6000 }],
      elsewhere: 2,
      goneAt: null,
    });
    expect(idle).to.include({ name: 'idle:1', elsewhere: 0 });
  });

  it('says who is gone since when, at nothing any more, for five minutes or until it is back', () => {
    const machines = new Machines(STUDY);
    machines.look(new Map([['1', entry({ running: 1, doing: [fold(STUDY)] })]]), 0);
    const [gone] = machines.look(new Map(), 5000);
    expect(gone).to.deep.include({ goneAt: 5000, fits: [] });
    expect(machines.look(new Map(), 200_000)[0].goneAt).to.equal(5000);
    expect(machines.look(new Map([['1', entry()]]), 201_000)[0].goneAt).to.equal(null);
    machines.look(new Map(), 202_000);
    expect(machines.look(new Map(), 503_000)).to.deep.equal([]);
  });

  it('shows everybody who is there, up to its bound, and stays small however many come and go', () => {
    const crowds = fc.array(fc.uniqueArray(fc.nat(2000), { maxLength: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(crowds, (rounds) => {
        const machines = new Machines(STUDY);
        for (const [i, ids] of rounds.entries()) {
          const there = new Map(ids.map((id) => [String(id), entry({ pid: id })]));
          const shown = machines.look(there, 1000 * i);
          const names = shown.filter(({ goneAt }) => goneAt === null).map(({ name }) => name);
          expect(names.length).to.equal(Math.min(ids.length, MOST_MACHINES));
          expect(new Set(names).size).to.equal(names.length);
          for (const name of names) expect(ids.map((id) => `node:${id}`)).to.include(name);
          const gone = shown.slice(names.length);
          expect(gone.every(({ goneAt }) => goneAt !== null)).to.equal(true);
          expect(gone.length).to.be.at.most(20);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('what a worker tells of itself', () => {
  const told = (doing: unknown): unknown => checkWorker({ ...entry(), doing }, 'worker');

  it('is taken with its folds, and without', () => {
    expect(told([fold(STUDY)])).to.deep.include({ doing: [fold(STUDY)] });
    expect(told(undefined)).to.not.have.property('doing');
  });

  it('is refused where a fold is of no family, of no study, has more to say, or where there are too many', () => {
    for (const bad of [
      [{ ...fold(STUDY), family: 'constructor' }],
      [{ ...fold(STUDY), family: '<b>' }],
      [fold('../x')],
      [{ ...fold(STUDY), note: 'x' }],
      [{ ...fold(STUDY), seconds: -1 }],
      [{ ...fold(STUDY), fold: 1.5 }],
      Array.from({ length: 65 }, () => fold(STUDY)),
      'x',
      { length: 1 },
    ]) {
      expect(() => told(bad), JSON.stringify(bad)).to.throw(/^worker\.doing/);
    }
  });
});
