/** @file How many trials may run at once decides what is found; how many workers there are, and which is first, does not. */

import { expect } from 'chai';
import fc from 'fast-check';

import type { FoldJob, FoldOutcome, SearchListener } from '../../src/automl/index.js';
import { runSearch } from '../../src/automl/index.js';
import { Rng } from '../../src/core/index.js';
import { metricFor } from '../../src/evaluate/index.js';
import type { Storage, TrialSpec } from '../../src/search/index.js';
import {
  createMemoryStorage,
  expectedImprovement,
  hp,
  pairedPruner,
  planTrials,
  Study,
  tpeSampler,
} from '../../src/search/index.js';
import { seeded } from '../support/seed.js';
import { FakeExecutor, scored } from './fake-executor.js';

const FOLDS = 3;
const TRIALS = 24;

/** Noisy enough that some trials are given up, and one in eleven folds fails. */
function outcome(job: FoldJob): FoldOutcome {
  const good = scored(job) as FoldOutcome & { ok: true };
  if (job.seed % 11 === 0) return { ok: false, error: 'no luck', seconds: 0 };
  return { ...good, score: good.score + (job.seed % 13) / 300 };
}

interface Session {
  readonly storage: Storage;
  readonly parallel: number;
  readonly workers: number;
  /** Of the order in which folds end. */
  readonly order: number;
  /** Folds after which the search is killed. */
  readonly stopAfter?: number;
}

/** Runs a session of a search as fits run it; gives how many searched trials ran at once at most. */
async function search({ storage, parallel, workers, order, stopAfter = Infinity }: Session): Promise<number> {
  const groups = [
    { name: 'linear', portfolio: [{ x: 0.9 }], space: { x: hp.uniform(0, 1) } },
    { name: 'mlp', portfolio: [{ x: 0.8 }, { x: 0.1 }], space: { x: hp.uniform(0.2, 0.7) } },
    { name: 'dummy', portfolio: [{ x: 1 }] },
  ];
  const controller = new AbortController();
  const executor = new FakeExecutor(workers, new Rng(order), outcome, stopAfter, () => controller.abort());
  const open = new Set<number>();
  let most = 0;
  const isSearched = ({ origin }: TrialSpec): boolean => origin !== 'portfolio';
  const listener: SearchListener = {
    trialStarted: (spec) => {
      if (isSearched(spec)) open.add(spec.number);
      most = Math.max(most, open.size);
    },
    foldStarted() {},
    foldEnded() {},
    foldDone() {},
    trialDone: ({ number }) => void open.delete(number),
  };
  await runSearch({
    storage,
    study: new Study({
      storage,
      plan: planTrials({ groups }),
      sampler: tpeSampler(),
      allocator: expectedImprovement(),
      seed: 5,
      lag: parallel - 1,
      maxTrials: TRIALS,
    }),
    executor,
    folds: FOLDS,
    metric: metricFor('rmse', 'regression'),
    pruner: pairedPruner(),
    listener,
    signal: controller.signal,
  });
  await executor.close();
  return most;
}

/** What decides a leaderboard: of trials that were given up, no folds beyond the last one that had a say. */
function board(storage: Storage) {
  return storage.trials().map(({ startedAt: _s, finishedAt: _f, ...rest }) => rest);
}

async function alone(parallel: number): Promise<ReturnType<typeof board>> {
  const storage = createMemoryStorage();
  await search({ storage, parallel, workers: 1, order: 1 });
  return board(storage);
}

const some = fc.record({
  parallel: fc.integer({ min: 1, max: 12 }),
  workers: fc.integer({ min: 1, max: 60 }),
  order: fc.nat(),
});

describe('a search with --parallel', function () {
  this.timeout(120_000);

  it('finds the same for any number of workers, whichever is first', async () => {
    await fc.assert(
      fc.asyncProperty(some, async ({ parallel, workers, order }) => {
        const storage = createMemoryStorage();
        const most = await search({ storage, parallel, workers, order });
        expect(most).to.be.at.most(parallel);
        expect(board(storage)).to.deep.equal(await alone(parallel));
      }),
      seeded(12),
    );
  });

  it('finds the same when it is killed and goes on with another number of workers', async () => {
    const kills = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(some, kills, async ({ parallel, workers, order }, stops) => {
        const storage = createMemoryStorage();
        for (const [i, stopAfter] of stops.entries()) {
          await search({ storage, parallel, workers: 1 + ((workers + 7 * i) % 60), order: order + i, stopAfter });
        }
        await search({ storage, parallel, workers, order });
        expect(board(storage)).to.deep.equal(await alone(parallel));
      }),
      seeded(12),
    );
  });

  it('has as many trials under way as it may, where there are workers enough, and other ones for another number', async () => {
    const boards = [];
    for (const parallel of [1, 2, 5, 9]) {
      const storage = createMemoryStorage();
      expect(await search({ storage, parallel, workers: 1000, order: parallel })).to.equal(parallel);
      boards.push(JSON.stringify(board(storage)));
    }
    expect(new Set(boards).size).to.equal(boards.length);
    expect(boards[0]).to.include('pruned').and.include('failed');
  });
});
