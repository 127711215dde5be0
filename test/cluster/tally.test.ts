import { expect } from 'chai';
import fc from 'fast-check';

import { FOLD_BUCKETS, FOLD_ENDS, Tally } from '../../src/cluster/tally.js';
import { job } from './tables.js';

describe('Tally', () => {
  it('counts every fold once, by its end and by its time, in whatever order they end', () => {
    const ends = fc.array(
      fc.record({ end: fc.constantFrom(...FOLD_ENDS), seconds: fc.integer({ min: 0, max: 4000 }) }),
    );
    fc.assert(
      fc.property(ends, (folds) => {
        let now = 0;
        const tally = new Tally(() => now);
        const open = folds.map((fold, i) => ({ ...fold, say: tally.begin({ study: 'a'.repeat(32), job: job(i) }) }));
        expect(tally.counts().underWay.map(({ trial }) => trial)).to.deep.equal(folds.map((_, i) => i));
        for (const { end, seconds, say } of open.sort((a, b) => a.seconds - b.seconds)) {
          now = 1000 * seconds;
          say(end);
          // What is said later of the same fold is no other fold.
          say('lost');
        }
        const counts = tally.counts();
        for (const end of FOLD_ENDS) {
          expect(counts.ends[end]).to.equal(folds.filter((fold) => fold.end === end).length);
        }
        const judged = folds.filter(({ end }) => end === 'done' || end === 'failed');
        expect(tally.done).to.equal(judged.length);
        expect(counts.seconds).to.equal(judged.reduce((sum, { seconds }) => sum + seconds, 0));
        FOLD_BUCKETS.forEach((bound, i) => {
          expect(counts.buckets[i]).to.equal(judged.filter(({ seconds }) => seconds <= bound).length);
        });
        expect(tally.running).to.equal(0);
      }),
    );
  });

  it('says what is under way, and for how long', () => {
    let now = 500;
    const tally = new Tally(() => now);
    tally.begin({ study: 'b'.repeat(32), job: { ...job(7, 2), family: 'gbdt' } });
    now = 2500;
    const [fit] = tally.counts().underWay;
    expect(fit).to.deep.equal({ study: 'b'.repeat(32), family: 'gbdt', trial: 7, fold: 2, seconds: 2 });
  });
});
