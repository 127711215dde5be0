import { expect } from 'chai';

import type { Executor, FoldJob, RefitTask } from '../../src/automl/index.js';
import { runRefits } from '../../src/automl/index.js';
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
});
