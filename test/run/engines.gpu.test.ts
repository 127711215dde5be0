/** @file Searches with a GPU engine: the leaderboard is wasm's, failures fall back, and auto keeps what it measured. */

import { join } from 'node:path';

import { expect } from 'chai';

import type { Executor, StudyData } from '../../src/automl/index.js';
import { inlineExecutor, runSearch, studyRecord, togetherExecutor } from '../../src/automl/index.js';
import { ToolkitError } from '../../src/core/index.js';
import type { BatchedProgram, Engine, EngineChoice, EngineName } from '../../src/engine/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { openCpu } from '../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../src/engine/tfjs/tfjs-engine.js';
import { metricFor } from '../../src/evaluate/index.js';
import { createExecutor } from '../../src/run/engines.js';
import { loadData } from '../../src/run/load-data.js';
import { checkOptions } from '../../src/run/options.js';
import type { Storage } from '../../src/search/index.js';
import { createMemoryStorage, planTrials, randomSampler, Study } from '../../src/search/index.js';
import { openTestGpu } from '../engine/support/gpu.js';
import { assertClose } from '../support/close.js';

const FOLDS = 3;
const PENGUINS = join(import.meta.dirname, '../../datasets/penguins.csv');
const LRNN = {
  epochs: 4,
  depth: 2,
  rank: 6,
  width: 2,
  hidden: 3,
  first: { projection: 'axis', rank: 6, hidden: 3, activation: 'tanh' },
};
const GROUPS = [
  { name: 'dummy', portfolio: [{}] },
  {
    name: 'lrnn',
    portfolio: [
      { ...LRNN, inputSkip: true },
      { ...LRNN, depth: 2, width: 2, hidden: 3 },
    ],
  },
  { name: 'mlp', portfolio: [{ epochs: 4, width: 12 }] },
];

/**
 * An out-of-fold log loss after four epochs (16 steps), on another engine: every product and sum is rounded otherwise, by
 * about 1e-6 of a gradient; AdamW divides by its size, so that a weight whose gradient is near 0 may move by as much as its
 * learning rate (1e-2) the other way, in some of a hundred. Scores, which are means over 330 rows, stay within 1e-3.
 */
const SCORE = { rtol: 1e-3, atol: 0 };

async function search(executor: Executor, groups = GROUPS): Promise<Storage> {
  const storage = createMemoryStorage();
  const study = new Study({ storage, plan: planTrials({ groups }), sampler: randomSampler, seed: 5, maxTrials: 3 });
  const listener = { trialStarted() {}, foldStarted() {}, foldEnded() {}, foldDone() {}, trialDone() {} };
  const { signal } = new AbortController();
  await runSearch({
    storage,
    study,
    executor,
    folds: FOLDS,
    metric: metricFor('logloss', 'multiclass'),
    listener,
    signal,
  });
  await executor.close();
  return storage;
}

function scores(storage: Storage): number[] {
  expect(storage.trials().map(({ state }) => state)).to.deep.equal(['complete', 'complete', 'complete']);
  return storage.parts().map(({ value }) => value!);
}

/** The engine, whose batched programs fail at their step number `at`. */
function failing(engine: Engine, at: number): Engine {
  let steps = 0;
  return {
    ...engine,
    compileBatch: (spec, options, lanes): BatchedProgram => {
      const program = engine.compileBatch!(spec, options, lanes);
      const step = program.step.bind(program);
      program.step = (work) => {
        if (++steps === at) throw new Error('the device was lost:\n  it fell out');
        step(work);
      };
      return program;
    },
  };
}

function unwelcome(message: string): void {
  expect.fail(message);
}

describe('a search with a GPU engine', () => {
  let data: StudyData;
  let truth: number[];
  let cpu: Engine;
  before(async () => {
    const options = checkOptions({ data: PENGUINS, target: 'species', folds: FOLDS, holdout: 0 });
    ({ data } = await loadData(options));
    truth = scores(await search(inlineExecutor(data, wasmEngine)));
    cpu = tfjsEngine(await openCpu());
  });

  const together = (engine: Engine, warn: (message: string) => void = unwelcome): Executor =>
    togetherExecutor({ data, pool: inlineExecutor(data, wasmEngine), open: () => Promise.resolve(engine), warn });

  it('finds on TensorFlow.js what wasm finds', async () => {
    assertClose(scores(await search(together(cpu))), truth, SCORE, 'fold score');
  });

  it('trains the folds of a trial side by side, and asks the pool for the others only', async () => {
    const lanes: number[] = [];
    const watched: Engine = {
      ...cpu,
      compileBatch: (spec, options, count) => {
        lanes.push(count);
        return cpu.compileBatch!(spec, options, count);
      },
    };
    const pool = inlineExecutor(data, wasmEngine);
    const families: string[] = [];
    const spied: Executor = { ...pool, run: (job) => (families.push(job.family), pool.run(job)) };
    await search(togetherExecutor({ data, pool: spied, open: () => Promise.resolve(watched), warn: unwelcome }));
    // One fold's training rows lack what makes a column of the other two's: it is a batch of its own.
    expect(lanes).to.deep.equal([2, 1, 2, 1]);
    expect(families).to.deep.equal(['dummy', 'dummy', 'dummy']);
  });

  it('goes on with wasm for a trial whose device fails, says so once, and opens the device again', async () => {
    const warnings: string[] = [];
    let opened = 0;
    const executor = togetherExecutor({
      data,
      pool: inlineExecutor(data, wasmEngine),
      open: async () => (++opened === 1 ? failing(cpu, 3) : cpu),
      warn: (message) => warnings.push(message),
    });
    const found = scores(await search(executor));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^lrnn-\d runs on wasm: the device was lost: it fell out$/);
    expect(opened).to.equal(2);
    assertClose(found, truth, SCORE, 'fold score');
    // The trial that fell back has wasm's bits.
    expect(found.filter((score, i) => score === truth[i])).to.have.length.at.least(2 * FOLDS);
  });

  it('ends on wasm when the device never comes back', async () => {
    const warnings: string[] = [];
    const executor = togetherExecutor({
      data,
      pool: inlineExecutor(data, wasmEngine),
      open: () => Promise.reject(new Error('no adapter')),
      warn: (message) => warnings.push(message),
    });
    expect(scores(await search(executor))).to.deep.equal(truth);
    expect(warnings).to.have.length(2);
  });

  it('leaves errors of the settings to each fold, without a word about the device', async () => {
    const groups = [{ name: 'mlp', portfolio: [{ epochs: 1, width: 4, activation: 'cube' }] }];
    const storage = await search(together(cpu), groups);
    const [trial] = storage.trials();
    expect(trial.state).to.equal('failed');
    expect(trial.error).to.contain('network: layers[0].activation must be one of');
  });

  it('finds on WebGPU what wasm finds', async function () {
    this.timeout(120_000);
    const runtime = await openTestGpu(true);
    if (!runtime) return this.skip();
    assertClose(scores(await search(together(tfjsEngine(runtime)))), truth, SCORE, 'fold score');
  });

  describe('chosen by auto', () => {
    /** A machine with one GPU, played by TensorFlow.js on the CPU, each of whose steps takes `delayMs` more. */
    const machine = (delayMs: number, isSoftware = false) => {
      const slow: Engine = {
        ...cpu,
        name: 'webgpu',
        compileBatch: (spec, options, lanes) => {
          const program = cpu.compileBatch!(spec, options, lanes);
          const readLosses = program.readLosses.bind(program);
          program.readLosses = async () => {
            await new Promise((resolve) => setTimeout(resolve, delayMs));
            return readLosses();
          };
          return program;
        },
      };
      return async (name: EngineName): Promise<EngineChoice> => {
        if (name !== 'webgpu') throw missing();
        return { engine: slow, reason: 'a GPU', isSoftware };
      };
    };
    const missing = () => new ToolkitError('state', { where: 'engine', rule: 'must be here', got: null });
    const executorFor = (storage: Storage, open: (name: EngineName) => Promise<EngineChoice>, warnings: string[]) =>
      createExecutor({
        data,
        workers: 1,
        storage,
        option: 'auto',
        warn: (message) => warnings.push(message),
        open,
      });

    it('is wasm where the GPU is measured slower; said once, and kept for the next session', async () => {
      const [storage, warnings] = [createMemoryStorage(), [] as string[]];
      await search(await executorFor(storage, machine(400), warnings), GROUPS.slice(2));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(
        /^engine wasm: an epoch of the first network took \d+ ms on webgpu, [\d.]+ ms on wasm$/,
      );
      expect(studyRecord.engine(storage)?.name ?? null).to.equal('wasm');
      const never = () => expect.fail('a resumed study must not measure again');
      await (await executorFor(storage, never, warnings)).close();
    }).timeout(60_000);

    it('is not even asked where the device is software, or there is none', async () => {
      const [storage, warnings] = [createMemoryStorage(), [] as string[]];
      await (await executorFor(storage, machine(0, true), warnings)).close();
      await (await executorFor(storage, () => Promise.reject(missing()), warnings)).close();
      expect(warnings).to.deep.equal([]);
      expect(studyRecord.engine(storage)?.name ?? null).to.equal(null);
    });

    it('is the GPU where that is measured faster, also in the next session', async () => {
      const [storage, warnings] = [createMemoryStorage(), [] as string[]];
      let asked = 0;
      const open = async (name: EngineName) => {
        asked++;
        return machine(0)(name);
      };
      studyRecord.setEngine(storage, { name: 'webgpu', gpuMs: 1, cpuMs: 2 });
      await search(await executorFor(storage, open, warnings), GROUPS.slice(2));
      expect(warnings).to.deep.equal([]);
      expect(asked).to.equal(1);
    });
  });
});
