/** @file Fits side by side are the fits they would be alone: on the same backend, to within rounding. */

import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import type { Engine, LaneStep } from '../../src/engine/index.js';
import { openCpu } from '../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../src/engine/tfjs/tfjs-engine.js';
import type { Estimator, FitContext, FitJob, Model, NetworkFit } from '../../src/models/index.js';
import { batchShape, catalogEntry, fitTogether } from '../../src/models/index.js';
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

const fits = (estimator: Estimator, jobs: readonly FitJob[]): NetworkFit[] =>
  jobs.map((job) => ({ ...job, recipe: estimator.network! }));
const fitAll = (estimator: Estimator, jobs: readonly FitJob[], engine: Engine): Promise<Model[]> =>
  fitTogether(fits(estimator, jobs), engine);

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
    const together = await fitAll(estimator, jobs, engine);
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
    const models = await fitAll(lrnn(wild), jobs, engine);
    const late = models.map(({ report }) => report.curve.length - report.bestStep);
    expect(Math.max(...late), 'epochs after the best').to.be.above(0);
  });

  it('serves all folds by each step, and leaves out those that have stopped or have no batch left', async () => {
    const counts: number[] = [];
    const spy = watched(engine, (work) => counts.push(work.filter(Boolean).length));
    const models = await fitAll(lrnn(LRNN), folds(engine), spy);
    const steps = models.map(({ report }, fold) => report.curve.length * [5, 5, 4][fold]);
    expect(counts.reduce((sum, n) => sum + n)).to.equal(steps.reduce((sum, n) => sum + n));
    expect(counts.length).to.equal(Math.max(...models.map(({ report }) => report.curve.length)) * 5);
  });

  it('lets one fold diverge and try again without touching the others', async () => {
    const wild = folds(engine, {}, [1, 1e25, 1]);
    const axis = lrnn({ ...LRNN, first: { projection: 'axis', rank: 4, hidden: 3, activation: 'relu' } });
    const models = await fitAll(axis, wild, engine);
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
    const models = await fitAll(mlp({ ...SETTINGS, width: 4 }), jobs, spy);
    expect(new Set(lanes)).to.deep.equal(new Set([2, 1]));
    expect((await models[2].predict(narrow)).rows).to.equal(90);
  });

  it('gives settings of one shape in one batch what each gets alone, to the bit', async () => {
    const other = { ...LRNN, dropout: 0, learningRate: 0.002, weightDecay: 0.2, patience: 1, beta2: 0.95, clipNorm: 5 };
    const [one, two] = [lrnn(LRNN), lrnn(other)];
    const lanes: number[] = [];
    const spy = watched(engine, (work) => lanes.push(work.length));
    const jobs = folds(engine);
    const shared = await fitTogether([...fits(one, jobs), ...fits(two, jobs)], spy);
    expect(new Set(lanes)).to.deep.equal(new Set([6]));
    const alone = [...(await fitAll(one, jobs, engine)), ...(await fitAll(two, jobs, engine))];
    shared.forEach((model, i) => expect(model.save(), `model ${i}`).to.deep.equal(alone[i].save()));
    expect(shared[0].save()).not.to.deep.equal(shared[3].save());
  });

  it('trains no more lanes at a time than the engine says memory allows', async () => {
    const lanes: number[] = [];
    const spy = watched({ ...engine, laneLimit: () => 2 }, (work) => lanes.push(work.length));
    const jobs = folds(engine);
    const parted = await fitAll(lrnn(LRNN), jobs, spy);
    expect(new Set(lanes)).to.deep.equal(new Set([1, 2]));
    const whole = await fitAll(lrnn(LRNN), jobs, engine);
    parted.forEach((model, i) => expect(model.save()).to.deep.equal(whole[i].save()));
  });
});

describe('batchShape', () => {
  it('is one for settings that differ in how they train, and another for every change of the network', () => {
    const shape = (estimator: Estimator): string => batchShape(estimator.network!);
    const same = [{}, { dropout: 0.5, learningRate: 1e-4, weightDecay: 0, frequencyScale: 2, epochs: 3 }];
    expect(new Set(same.map((changes) => shape(lrnn({ ...LRNN, ...changes }))))).to.have.length(1);
    const others = [
      {},
      { rank: 6 },
      { width: 3 },
      { hidden: 4 },
      { depth: 1 },
      { inputSkip: false },
      { labelSmoothing: 0.1 },
    ];
    expect(new Set(others.map((changes) => shape(lrnn({ ...LRNN, ...changes }))))).to.have.length(others.length);
    expect(shape(mlp({ width: 6 }))).not.to.equal(shape(mlp({ width: 7 })));
  });

  it('does not mind the order in which settings name the sizes of the first layer', () => {
    const [one, two] = [
      { projection: 'axis', rank: 4, hidden: 3, activation: 'tanh' },
      { activation: 'tanh', hidden: 3, rank: 4, projection: 'axis' },
    ] as const;
    const shapes = [one, two].map((first) => batchShape(lrnn({ ...LRNN, first }).network!));
    expect(shapes[0]).to.equal(shapes[1]);
  });

  it('is shared by two settings of the portfolio of LRNNs: they train in one batch', () => {
    const { portfolio, estimator } = catalogEntry('lrnn');
    for (const k of [1, 3]) {
      const shapes = portfolio({ n: 1000, d: 10, k }).map((params) => batchShape(estimator(params).network!));
      expect(shapes.length - new Set(shapes).size).to.equal(1);
    }
  });
});
