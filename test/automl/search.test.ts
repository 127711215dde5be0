import { expect } from 'chai';

import type { Executor, FoldJob, FoldOutcome, SearchListener, SearchSetup } from '../../src/automl/index.js';
import { runSearch } from '../../src/automl/index.js';
import { Rng } from '../../src/core/index.js';
import { metricFor } from '../../src/evaluate/index.js';
import type { Pruner, Storage, TrialRecord } from '../../src/search/index.js';
import { createMemoryStorage, hp, planTrials, randomSampler, Study } from '../../src/search/index.js';
import { FakeExecutor, scored } from './fake-executor.js';

const FOLDS = 3;

const quiet: SearchListener = {
  trialStarted() {},
  foldStarted() {},
  foldEnded() {},
  foldDone() {},
  trialDone() {},
};

function search(
  storage: Storage,
  executor: Executor,
  signal = new AbortController().signal,
  listener = quiet,
  pruner?: Pruner,
  allot?: SearchSetup['allot'],
) {
  const groups = [
    { name: 'linear', portfolio: [{ x: 0.9 }], space: { x: hp.uniform(0, 1) } },
    { name: 'dummy', portfolio: [{ x: 1 }] },
  ];
  const study = new Study({ storage, plan: planTrials({ groups }), sampler: randomSampler, seed: 5, maxTrials: 9 });
  return runSearch({
    storage,
    study,
    executor,
    folds: FOLDS,
    metric: metricFor('rmse', 'regression'),
    listener,
    signal,
    pruner,
    allot,
  });
}

/** What a study has found, without times. */
function found(storage: Storage) {
  const timeless = ({ startedAt: _s, finishedAt: _f, ...rest }: TrialRecord) => rest;
  const parts = storage.parts().map(({ finishedAt: _f, seconds: _s, ...rest }) => rest);
  const blobs = parts.map(({ trial, part }) => storage.blob(trial, part, 'predictions'));
  return { trials: storage.trials().map(timeless), parts, blobs };
}

describe('runSearch', () => {
  it('finds the same whatever the number of workers and the order in which they finish', async () => {
    const results = [];
    for (const [workers, seed] of [
      [1, 1],
      [2, 2],
      [7, 3],
      [7, 4],
    ]) {
      const storage = createMemoryStorage();
      await search(storage, new FakeExecutor(workers, new Rng(seed)));
      results.push(found(storage));
    }
    expect(results[0].trials).to.have.length(9);
    expect(results[0].trials.every(({ state }) => state === 'complete')).to.equal(true);
    for (const other of results.slice(1)) expect(other).to.deep.equal(results[0]);
  });

  it('goes on after an interruption at any moment and ends where an uninterrupted run ends', async () => {
    const whole = createMemoryStorage();
    await search(whole, new FakeExecutor(2, new Rng(1)));
    for (let stopAfter = 0; stopAfter < 27; stopAfter += 2) {
      const storage = createMemoryStorage();
      const controller = new AbortController();
      const first = new FakeExecutor(2, new Rng(stopAfter), scored, stopAfter, () => controller.abort());
      await search(storage, first, controller.signal);
      await first.close();
      const second = new FakeExecutor(3, new Rng(stopAfter + 1));
      const stored = new Set(storage.parts().map(({ trial, part }) => `${trial}/${part}`));
      await search(storage, second);
      expect(found(storage), `stopped after ${stopAfter}`).to.deep.equal(found(whole));
      const again = second.ran.filter(({ trial, fold }) => stored.has(`${trial}/${fold}`));
      expect(again, 'a stored fold is never fitted again').to.deep.equal([]);
    }
  });

  it('gives the same trials up after the same folds, whatever the workers, the order and the interruptions', async () => {
    const pruner: Pruner = {
      shouldPrune: (own, rivals) => rivals.length > 0 && own.length === 2 && own[1] > 0.06,
    };
    const whole = createMemoryStorage();
    const sure = new FakeExecutor(1, new Rng(1));
    await search(whole, sure, undefined, quiet, pruner);
    const states = (storage: Storage) => found(storage).trials;
    expect(states(whole).filter(({ state }) => state === 'pruned')).to.have.length.above(1);
    expect(sure.ran).to.have.length.below(9 * FOLDS);
    for (let stopAfter = 1; stopAfter < 20; stopAfter += 3) {
      const storage = createMemoryStorage();
      const controller = new AbortController();
      const first = new FakeExecutor(5, new Rng(stopAfter), scored, stopAfter, () => controller.abort());
      await search(storage, first, controller.signal, quiet, pruner);
      await first.close();
      await search(storage, new FakeExecutor(3, new Rng(stopAfter + 1)), undefined, quiet, pruner);
      expect(states(storage), `stopped after ${stopAfter}`).to.deep.equal(states(whole));
    }
  });

  it('gives up nothing of a portfolio before three of its family are complete, one under a clock, and tells what the others looked like', async () => {
    const hopeless: Pruner = { shouldPrune: (own, rivals) => rivals.length > 0 && own.length === 1 };
    const storage = createMemoryStorage();
    const portfolio = [0.9, 0.8, 0.7, 0.6, 0.5].map((x) => ({ x }));
    const groups = [{ name: 'linear', portfolio }];
    const study = new Study({ storage, plan: planTrials({ groups }), sampler: randomSampler, seed: 5, lag: 0 });
    const metric = metricFor('rmse', 'regression');
    const { signal } = new AbortController();
    const executor = new FakeExecutor(1, new Rng(1));
    await runSearch({ storage, study, executor, folds: FOLDS, metric, listener: quiet, signal, pruner: hopeless });
    const trials = storage.trials();
    expect(trials.map(({ state }) => state)).to.deep.equal(['complete', 'complete', 'complete', 'pruned', 'pruned']);
    const own = storage.parts(3)[0].value!;
    const best = storage.parts(2).map(({ value }) => value!);
    const behind = own - best[0];
    const mean = best.reduce((sum, value) => sum + value, 0) / FOLDS;
    expect(trials[3].info.estimate).to.be.closeTo(mean + behind, 1e-12);
    const timed = createMemoryStorage();
    const again = new Study({ storage: timed, plan: planTrials({ groups }), sampler: randomSampler, seed: 5, lag: 0 });
    const rest = {
      executor,
      folds: FOLDS,
      metric,
      listener: quiet,
      signal,
      pruner: hopeless,
      allot: () => ({ limitMs: 5 }),
    };
    await runSearch({ storage: timed, study: again, ...rest });
    const ends = timed.trials().map(({ state }) => state);
    expect(ends).to.deep.equal(['complete', 'pruned', 'pruned', 'pruned', 'pruned']);
  });

  it('gives the folds of a trial what it is allotted, and to those after an interruption as many rows as before', async () => {
    const whole = createMemoryStorage();
    const allot = (rows?: number) => () => ({ limitMs: 5, ...(rows === undefined ? {} : { rows }) });
    const all = new FakeExecutor(1, new Rng(1));
    await search(whole, all, undefined, quiet, undefined, allot(50));
    expect(all.ran.every(({ limitMs, rows }) => limitMs === 5 && rows === 50)).to.equal(true);
    expect(whole.trials()[0].info).to.include({ limitMs: 5, rows: 50 });
    for (const [before, after] of [
      [50, 70],
      [undefined, 70],
    ]) {
      const storage = createMemoryStorage();
      const controller = new AbortController();
      const first = new FakeExecutor(1, new Rng(1), scored, 5, () => controller.abort());
      await search(storage, first, controller.signal, quiet, undefined, allot(before));
      await first.close();
      const cut = storage.parts().at(-1)!.trial;
      expect(storage.parts(cut).length).to.be.below(FOLDS);
      const second = new FakeExecutor(1, new Rng(2));
      await search(storage, second, undefined, quiet, undefined, allot(after));
      const rest = second.ran.filter(({ trial }) => trial === cut);
      expect(rest.map(({ rows }) => rows)).to.deep.equal(rest.map(() => before));
      expect(second.ran.at(-1)!.rows).to.equal(after);
    }
  });

  it('holds no trial against one that saw more rows', async () => {
    const seen: number[] = [];
    const pruner: Pruner = { shouldPrune: (_own, rivals) => (seen.push(rivals.length), false) };
    const rows = ({ number }: { number: number }) => ({ rows: number % 2 === 0 ? 50 : 70 });
    await search(createMemoryStorage(), new FakeExecutor(1, new Rng(1)), undefined, quiet, pruner, rows);
    const most = [...seen];
    seen.length = 0;
    await search(createMemoryStorage(), new FakeExecutor(1, new Rng(1)), undefined, quiet, pruner);
    expect(Math.max(...most)).to.be.below(Math.max(...seen));
  });

  it('keeps mean and spread over the folds of each trial', async () => {
    const storage = createMemoryStorage();
    await search(storage, new FakeExecutor(2, new Rng(1)));
    const [trial] = storage.trials();
    const values = storage.parts(0).map(({ value }) => value!);
    const mean = values.reduce((sum, value) => sum + value, 0) / FOLDS;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(trial.info.cv).to.be.closeTo(mean, 1e-12);
    expect(trial.info.cvStd).to.be.closeTo(Math.sqrt(squares / (FOLDS - 1)), 1e-12);
  });

  it('takes a failed fold for a failed trial and goes on', async () => {
    const storage = createMemoryStorage();
    const outcome = (job: FoldJob): FoldOutcome =>
      job.trial === 2 && job.fold === 1 ? { ok: false, error: 'no luck', seconds: 0 } : scored(job);
    await search(storage, new FakeExecutor(2, new Rng(1), outcome));
    const trials = storage.trials();
    expect(trials[2]).to.include({ state: 'failed', value: null, error: 'no luck' });
    expect(trials.filter(({ state }) => state === 'complete')).to.have.length(8);
  });

  it('gives every fold a seed of its own', async () => {
    const executor = new FakeExecutor(2, new Rng(1));
    await search(createMemoryStorage(), executor);
    expect(new Set(executor.ran.map(({ seed }) => seed)).size).to.equal(executor.ran.length);
  });

  it('tells each start, fold and end in order', async () => {
    const told: string[] = [];
    const listener: SearchListener = {
      trialStarted: ({ number }) => told.push(`start ${number}`),
      foldStarted: ({ number }, fold) => told.push(`+${number}.${fold}`),
      foldEnded: ({ number }, fold) => told.push(`-${number}.${fold}`),
      foldDone: ({ number }, fold) => told.push(`fold ${number}.${fold}`),
      trialDone: ({ number }) => told.push(`end ${number}`),
    };
    await search(createMemoryStorage(), new FakeExecutor(1, new Rng(1)), undefined, listener);
    const folds = [0, 1, 2].flatMap((fold) => [`+0.${fold}`, `-0.${fold}`, `fold 0.${fold}`]);
    expect(told.slice(0, 12)).to.deep.equal(['start 0', ...folds, 'end 0', 'start 1']);
  });
});
