/** @file Fits side by side are the fits they would be alone: on the same backend, to within rounding. */

import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import type { Engine, LaneStep } from '../../src/engine/index.js';
import { openCpu } from '../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../src/engine/tfjs/tfjs-engine.js';
import type { Estimator, FitContext, FitJob } from '../../src/models/index.js';
import { lrnn } from '../../src/models/lrnn.js';
import { mlp } from '../../src/models/mlp.js';
import { assertClose } from '../support/close.js';

/** 90 rows of three columns, y = x0 x1 with noise; folds of three sizes. */
function folds(engine: Engine, changes: Partial<FitContext> = {}, scale = [1, 1, 1]): FitJob[] {
  const rng = new Rng(7);
  const n = 90;
  const X = { rows: n, cols: 3, data: Float32Array.from({ length: 3 * n }, () => rng.normal()) };
  const y = Float32Array.from({ length: n }, (_, i) => X.data[3 * i] * X.data[3 * i + 1] + 0.1 * rng.normal());
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  return [
    [0, 70],
    [10, 90],
    [30, 85],
  ].map(([from, to], fold) => {
    const train = { X: { ...X, data: X.data.map((value) => value * scale[fold]) }, y, rows: rows.subarray(from, to) };
    const validation = { ...train, rows: Uint32Array.from([...rows.subarray(0, from), ...rows.subarray(to)]) };
    return { train, ctx: { task: 'regression', k: 1, seed: 100 + fold, engine, validation, ...changes } };
  });
}

const SETTINGS = { epochs: 6, batchSize: 16, patience: 2, dropout: 0.2 };
const LRNN = { ...SETTINGS, rank: 5, width: 2, hidden: 3, depth: 2, first: { projection: 'dense' as const } };

/** An engine whose batched programs report the work of each step. */
function watched(engine: Engine, seen: (work: readonly (LaneStep | null)[]) => void): Engine {
  return {
    ...engine,
    compileBatch: (spec, options, lanes) => {
      const program = engine.compileBatch!(spec, options, lanes);
      const step = program.step.bind(program);
      program.step = (work) => {
        seen(work);
        step(work);
      };
      return program;
    },
  };
}

describe('fitTogether', () => {
  let engine: Engine;
  before(async () => {
    engine = tfjsEngine(await openCpu());
  });

  const compare = async (estimator: Estimator, jobs: FitJob[]): Promise<void> => {
    const together = await estimator.fitTogether!(jobs, engine);
    for (const [fold, { train, ctx }] of jobs.entries()) {
      const alone = await estimator.fit(train, ctx);
      expect(together[fold].report.bestStep).to.equal(alone.report.bestStep);
      expect(together[fold].report.curve).to.have.length(alone.report.curve.length);
      const [ours, theirs] = [await together[fold].predict(train.X), await alone.predict(train.X)];
      // The sums of a lane are made in the same order with neighbours as without; a few roundings are all that may differ.
      assertClose(ours.data, theirs.data, { rtol: 1e-4, atol: 1e-5 }, `fold ${fold}`);
    }
  };

  it('gives each fold what fitting it alone gives: sizes, shuffles, masks and early stops of its own', () =>
    compare(lrnn(LRNN), folds(engine)));

  it('does so for an MLP without validation rows', () =>
    compare(mlp({ ...SETTINGS, width: 6 }), folds(engine, { validation: undefined })));

  it('keeps the best epoch of each fold, whatever the others do', async () => {
    const wild = { ...LRNN, learningRate: 0.1, schedule: 'constant' as const, epochs: 8, patience: 3 };
    const jobs = folds(engine);
    await compare(lrnn(wild), jobs);
    const models = await lrnn(wild).fitTogether!(jobs, engine);
    const late = models.map(({ report }) => report.curve.length - report.bestStep);
    expect(Math.max(...late), 'epochs after the best').to.be.above(0);
  });

  it('serves all folds by each step, and leaves out those that have stopped or have no batch left', async () => {
    const counts: number[] = [];
    const spy = watched(engine, (work) => counts.push(work.filter(Boolean).length));
    const models = await lrnn(LRNN).fitTogether!(folds(engine), spy);
    const steps = models.map(({ report }, fold) => report.curve.length * [5, 5, 4][fold]);
    expect(counts.reduce((sum, n) => sum + n)).to.equal(steps.reduce((sum, n) => sum + n));
    expect(counts.length).to.equal(Math.max(...models.map(({ report }) => report.curve.length)) * 5);
  });

  it('lets one fold diverge and try again without touching the others', async () => {
    const wild = folds(engine, {}, [1, 1e25, 1]);
    const models = await lrnn({ ...LRNN, first: { projection: 'axis', rank: 4, hidden: 3, activation: 'relu' } })
      .fitTogether!(wild, engine);
    expect(models[1].report.notes.join()).to.contain('diverged');
    expect(models.map(({ report }) => report.notes.length > 0)).to.deep.equal([false, true, false]);
    for (const fold of [0, 2])
      expect((await models[fold].predict(wild[fold].train.X)).data.every(Number.isFinite)).to.equal(true);
  });

  it('trains folds of other widths in a batch of their own', async () => {
    const lanes: number[] = [];
    const spy = watched(engine, (work) => lanes.push(work.length));
    const jobs = folds(engine);
    const { train, ctx } = jobs[2];
    const narrow = { rows: 90, cols: 2, data: train.X.data.subarray(0, 180) };
    const validation = { ...ctx.validation!, X: narrow };
    jobs[2] = { train: { ...train, X: narrow }, ctx: { ...ctx, validation } };
    const models = await mlp({ ...SETTINGS, width: 4 }).fitTogether!(jobs, spy);
    expect(new Set(lanes)).to.deep.equal(new Set([2, 1]));
    expect((await models[2].predict(narrow)).rows).to.equal(90);
  });
});
