import { expect } from 'chai';

import type { Executor, FoldJob, FoldResult, OnceOutcome, RefitTask, StudySettings } from '../../src/automl/index.js';
import { onceRecord, refitTasks, refitView, runRefits, studyRecord } from '../../src/automl/index.js';
import { createMemoryStorage } from '../../src/search/index.js';

const FAILED = { ok: false, error: 'not today', seconds: 1 } as const;

/** Which tasks were told that how many wait for them, in the order in which they began. */
async function waitingFor(names: readonly string[], capacity: number): Promise<[string, number][]> {
  const executor: Executor = { capacity, run: () => Promise.resolve(FAILED), close: () => Promise.resolve() };
  const told: [string, number][] = [];
  const tasks = names.map((model, trial): RefitTask => ({ model, job: { trial, fold: 0, refit: 'once' } as FoldJob }));
  await runRefits({
    ...{ storage: createMemoryStorage(), executor, tasks, done: () => undefined },
    limited: (task, waiting) => {
      told.push([task.model, waiting]);
      return task;
    },
    signal: new AbortController().signal,
  });
  return told;
}

describe('runRefits', () => {
  it('tells a fit how many will have to wait for it: none that a free worker takes at once', async () => {
    expect(await waitingFor(['a', 'b'], 1)).to.deep.equal([
      ['a', 1],
      ['b', 0],
    ]);
    expect(await waitingFor(['a', 'b'], 2)).to.deep.equal([
      ['a', 0],
      ['b', 0],
    ]);
    expect((await waitingFor(['a', 'b', 'c'], 2)).slice(0, 2)).to.deep.equal([
      ['a', 1],
      ['b', 1],
    ]);
    expect(await waitingFor(['a'], 4)).to.deep.equal([['a', 0]]);
  });

  it('puts a fit that is made once more in the place of the old one at once, record, model and word on it', async () => {
    const storage = createMemoryStorage();
    const seen = new Set<string>();
    // What a kill after any of the writes would leave.
    const watched = new Proxy(storage, {
      get: (of, name) => {
        const call = Reflect.get(of, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const given = call.apply(of, args);
          const record = of.get('refit/0/once') as { recipe?: string } | undefined;
          const bytes = of.getBlob('refit/0/once')?.length;
          seen.add(JSON.stringify([record?.recipe ?? null, bytes ?? null, onceRecord.outcome(of) !== null]));
          return given;
        };
      },
    });
    const fit = async (key: string, size: number) => {
      const model = { kind: 'x', version: 1, json: {}, tensors: { a: new Float32Array(size) } };
      const made = { ok: true, seconds: 1, prepared: { key, recipe: {} }, model } as unknown as FoldResult;
      const executor: Executor = { capacity: 1, run: () => Promise.resolve(made), close: () => Promise.resolve() };
      const tasks = [{ model: 'a', job: { trial: 0, fold: 0, refit: 'once' } as FoldJob }];
      const { signal } = new AbortController();
      await runRefits({ storage: watched, executor, tasks, done: () => undefined, signal });
    };
    await fit('old', 10);
    const old = storage.getBlob('refit/0/once')!.length;
    onceRecord.setOutcome(storage, {} as OnceOutcome);
    seen.clear();
    await fit('new', 20);
    const now = storage.getBlob('refit/0/once')!.length;
    expect(now).to.be.greaterThan(old);
    expect([...seen]).to.deep.equal([JSON.stringify(['old', old, true]), JSON.stringify(['new', now, false])]);
  });
});

describe('models that were fitted again under a limit', () => {
  const FOLDS = 5;

  /** Fits of a trial once more, with the scores of their folds, over a search whose folds had an RMSE of 1 to 1.4. */
  async function again(scores: readonly number[], limitMs?: number) {
    const storage = createMemoryStorage();
    const settings = { refit: true, time: null, holdoutRows: 100, folds: FOLDS, metric: 'rmse', task: 'regression' };
    studyRecord.setSettings(storage, settings as unknown as StudySettings);
    storage.begin({ number: 0, group: 'gbdt', origin: 'portfolio', params: {}, assignment: null, seed: 1 });
    for (let part = 0; part < FOLDS; part++) {
      storage.recordPart({ trial: 0, part, value: 1 + part / 10, seconds: 1 }, {});
    }
    storage.finish(0, { state: 'complete', value: 1.2, info: {} });
    const model = { kind: 'x', version: 1, json: {}, tensors: { a: new Float32Array(1) } };
    const executor: Executor = {
      capacity: 1,
      run: ({ fold }) => {
        const given = { score: scores[fold], predictions: new Float32Array(1) };
        const made = { ok: true, seconds: 1, ...given, prepared: { key: 'k', recipe: {} }, model };
        return Promise.resolve(made as unknown as FoldResult);
      },
      close: () => Promise.resolve(),
    };
    const tasks = refitTasks(storage, 'gbdt-0').left.map(({ model, job }) => {
      return { model, job: limitMs === undefined ? job : { ...job, limitMs } };
    });
    await runRefits({ storage, executor, tasks, done: () => undefined, signal: new AbortController().signal });
    return { kept: refitView(storage, 'gbdt-0') === null, left: refitTasks(storage, 'gbdt-0').left.length };
  }

  it('are taken away, unless they are clearly behind those of the search: the machine had no time for them', async () => {
    const search = [1, 1.1, 1.2, 1.3, 1.4];
    const times = (by: number) => search.map((score) => score * by);
    expect(await again(times(0.95), 50)).to.deep.equal({ kept: false, left: 0 });
    expect(await again(times(1), 50), 'as good').to.deep.equal({ kept: false, left: 0 });
    expect(await again(times(1.3), 50)).to.deep.equal({ kept: true, left: 0 });
    const mixed = search.map((score, fold) => score + [0.3, -0.3, 0.3, -0.3, 0.1][fold]);
    expect(await again(mixed, 50), 'behind by chance').to.deep.equal({ kept: false, left: 0 });
    expect(await again(times(1.3)), 'nothing held them up').to.deep.equal({ kept: false, left: 0 });
  });
});
