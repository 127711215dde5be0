/** @file What every estimator promises, whatever it learns: one suite, run on all of them. */

import { expect } from 'chai';

import type { Matrix, SavedState, Task } from '../../src/core/index.js';
import { selectRows, ToolkitError } from '../../src/core/index.js';
import type { Engine } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import type { Estimator, FitContext, Model, Sample } from '../../src/models/estimator.js';
import type { Tolerance } from '../support/close.js';
import { assertClose } from '../support/close.js';
import type { Problem } from '../support/tabular.js';
import { easyProblem, meanLoss, TASKS } from '../support/tabular.js';

/** What may differ from one estimator to the next. */
export interface EstimatorTraits {
  readonly restore: (state: SavedState, engine: Engine) => Model;
  /** All where left out. */
  readonly tasks?: readonly Task[];
  /** The seed makes no difference. */
  readonly deterministic: boolean;
  /** What NaN in X means: refused with its place, a missing value, or nothing because X is not looked at. */
  readonly missing: 'refused' | 'handled' | 'ignored';
  /** Learns from X (all but the dummy). */
  readonly learns: boolean;
  /** Calls ctx.report and stops where that returns false. */
  readonly reports: boolean;
  /** A recipe that takes seconds on 20,000 rows, to be aborted. Left out: a fit is over before anybody can abort it. */
  readonly makeSlow?: () => Estimator;
  /** Where a batch may differ from its rows one by one (SIMD tails); exact where left out. */
  readonly batchTolerance?: Tolerance;
  /** How near a constant target must be met; relative 1e-3 where left out. */
  readonly constantTolerance?: number;
  readonly engine?: Engine;
}

const EXACT: Tolerance = { rtol: 0, atol: 0 };
/** 100 ms is the promise; a loaded machine gets some patience. */
const ABORT_MS = 600;

/** Runs the suite. `make` gives a recipe that fits 120 rows in well under a second. */
export function describeEstimator(name: string, make: () => Estimator, traits: EstimatorTraits): void {
  describe(`${name} as an estimator`, () => {
    for (const task of traits.tasks ?? TASKS) {
      describe(`of ${task}`, () => describeTask(task, make, traits));
    }
    describeAbort(make, traits);
  });
}

function describeTask(task: Task, make: () => Estimator, traits: EstimatorTraits): void {
  const engine = traits.engine ?? referenceEngine;
  const problem = easyProblem(task);
  const { X } = problem.sample;

  function context(changes: Partial<FitContext> = {}): FitContext {
    return { task, k: problem.k, seed: 7, engine, ...changes };
  }

  async function predictions(sample: Sample, probe: Matrix = X, changes: Partial<FitContext> = {}): Promise<Matrix> {
    const model = await make().fit(sample, context(changes));
    const out = await model.predict(probe);
    model.dispose();
    return out;
  }

  it('predicts one row per row, in the shape of the task', async () => {
    const out = await predictions(problem.sample);
    expectPredictions(out, X.rows, problem);
  });

  it('gives the same bits for the same seed', async () => {
    expect((await predictions(problem.sample)).data).to.deep.equal((await predictions(problem.sample)).data);
  });

  it(traits.deterministic ? 'gives the same fit for another seed' : 'gives another fit for another seed', async () => {
    const [one, other] = [await predictions(problem.sample), await predictions(problem.sample, X, { seed: 8 })];
    if (traits.deterministic) expect(other.data).to.deep.equal(one.data);
    else expect(other.data).not.to.deep.equal(one.data);
  });

  it('keeps nothing from an earlier fit', async () => {
    const estimator = make();
    (await estimator.fit(easyProblem(task, 60, 3, 5).sample, context())).dispose();
    const again = await estimator.fit(problem.sample, context());
    expect((await again.predict(X)).data).to.deep.equal((await predictions(problem.sample)).data);
    again.dispose();
  });

  it('modifies none of its inputs', async () => {
    const { sample } = easyProblem(task);
    const weights = new Float32Array(sample.X.rows).fill(1);
    const validation = easyProblem(task, 40, 4, 2).sample;
    const before = structuredClone([sample, weights, validation]);
    const model = await make().fit({ ...sample, weights }, context({ validation }));
    await model.predict(sample.X);
    expect([sample, weights, validation]).to.deep.equal(before);
    model.dispose();
  });

  it('predicts a batch as it predicts its rows one by one', async () => {
    const model = await make().fit(problem.sample, context());
    const whole = await model.predict(X);
    const tolerance = traits.batchTolerance ?? EXACT;
    for (const i of [0, 1, 17, X.rows - 1]) {
      const alone = await model.predict(selectRows(X, [i]));
      const row = whole.data.subarray(i * whole.cols, (i + 1) * whole.cols);
      assertClose(alone.data, row, tolerance, `row ${i}`);
    }
    model.dispose();
  });

  it('keeps the order of the rows', async () => {
    const model = await make().fit(problem.sample, context());
    const order = [...problem.sample.rows].reverse();
    const [forth, back] = [await model.predict(X), await model.predict(selectRows(X, order))];
    assertClose(selectRows(forth, order).data, back.data, traits.batchTolerance ?? EXACT);
    model.dispose();
  });

  it('predicts nothing for no rows', async () => {
    const model = await make().fit(problem.sample, context());
    const out = await model.predict({ rows: 0, cols: X.cols, data: new Float32Array(0) });
    expect([out.rows, out.data.length]).to.deep.equal([0, 0]);
    model.dispose();
  });

  it('survives saving and restoring, to the bit', async () => {
    const validation = easyProblem(task, 40, 4, 2).sample;
    const model = await make().fit(problem.sample, context({ validation }));
    const before = await model.predict(X);
    const state = throughStorage(model.save());
    const { report } = model;
    model.dispose();
    const restored = traits.restore(state, engine);
    expect(restored.kind).to.equal(make().kind);
    expect((await restored.predict(X)).data).to.deep.equal(before.data);
    expect(restored.report).to.deep.equal(report);
    expect(restored.save()).to.deep.equal(state);
    restored.dispose();
  });

  it('says what it learned in a report that makes sense', async () => {
    const validation = easyProblem(task, 40, 4, 2).sample;
    const { report } = await make().fit(problem.sample, context({ validation }));
    expect(report.parameters).to.be.greaterThan(0);
    expect(report.bestStep).to.be.at.least(0);
    report.curve.forEach((point, i) => {
      if (i > 0) expect(point.step).to.be.greaterThan(report.curve[i - 1].step);
      expect(Number.isFinite(point.train) && Number.isFinite(point.validation)).to.equal(true);
    });
  });

  it('meets a constant target', async () => {
    const y = new Float32Array(X.rows).fill(task === 'regression' ? -7.5 : 1);
    const out = await predictions({ ...problem.sample, y });
    expectPredictions(out, X.rows, problem);
    for (let i = 0; i < out.rows; i++) {
      if (task === 'regression') expect(out.data[i]).to.be.closeTo(-7.5, 7.5 * (traits.constantTolerance ?? 1e-3));
      else expect(out.data[i * out.cols + 1]).to.be.greaterThan(0.7);
    }
  });

  for (const [title, rows, cols] of [
    ['one row', 1, 4],
    ['one column', 50, 1],
    ['fewer rows than columns', 7, 20],
  ] as const) {
    it(`learns from ${title}`, async () => {
      const small = easyProblem(task, rows, cols);
      expectPredictions(await predictions(small.sample, small.sample.X), rows, problem);
    });
  }

  it('takes columns that are constant, equal or far from 0', async () => {
    const cols = 5;
    const data = new Float32Array(X.rows * cols);
    for (let i = 0; i < X.rows; i++) data.set([3, X.data[4 * i], X.data[4 * i], 1000 + X.data[4 * i + 1], 0], i * cols);
    const odd = { rows: X.rows, cols, data };
    expectPredictions(await predictions({ ...problem.sample, X: odd }, odd), X.rows, problem);
  });

  it('reads the rows of its samples only', async () => {
    const whole = easyProblem(task, 120);
    const train = Uint32Array.from(whole.sample.rows.filter((i) => i % 3 === 0));
    const judge = Uint32Array.from(whole.sample.rows.filter((i) => i % 3 === 1));
    const weights = new Float32Array(120).fill(1);
    const clean = { ...whole.sample, weights, rows: train };
    const expected = await predictions(clean, X, { validation: { ...clean, rows: judge } });
    const X2 = { ...X, data: X.data.slice() };
    const [y2, weights2] = [whole.sample.y.slice(), weights.slice()];
    for (let i = 2; i < 120; i += 3) {
      X2.data.fill(Number.NaN, 4 * i, 4 * i + 4);
      y2[i] = weights2[i] = Number.NaN;
    }
    const poisoned = { X: X2, y: y2, weights: weights2, rows: train };
    const out = await predictions(poisoned, X, { validation: { ...poisoned, rows: judge } });
    expect(out.data).to.deep.equal(expected.data);
  });

  it('follows the weights: rows of weight 0 teach nothing', async () => {
    const { sample } = easyProblem(task);
    const y = sample.y.map((value, i) =>
      i % 2 === 0 ? value : task === 'regression' ? 100 - value : (value + 1) % problem.k,
    );
    const weights = Float32Array.from(y, (_, i) => (i % 2 === 0 ? 1 : 0));
    const kept: Problem = { ...problem, sample: { ...sample, rows: sample.rows.filter((i) => i % 2 === 0) } };
    const [weighted, blind] = [await predictions({ ...sample, y, weights }), await predictions({ ...sample, y })];
    expect(meanLoss(weighted, kept)).to.be.lessThan(meanLoss(blind, kept));
    if (traits.learns) expect(meanLoss(weighted, kept)).to.be.lessThan(0.6 * priorLoss(kept));
  });

  if (traits.learns) {
    it('does better than the dummy on rows it has not seen', async () => {
      const fresh = easyProblem(task, 200, 4, 3);
      const out = await predictions(problem.sample, fresh.sample.X);
      expect(meanLoss(out, fresh)).to.be.lessThan(0.6 * priorLoss(fresh));
    });
  }

  if (traits.missing === 'refused') {
    it('refuses NaN with its place, in fit and in predict', async () => {
      const broken = { ...X, data: X.data.slice() };
      broken.data[5 * X.cols + 2] = Number.NaN;
      const error = await failure(make().fit({ ...problem.sample, X: broken }, context()));
      expect(error.kind).to.equal('data');
      expect(error.message).to.match(/row 5, column 2.*NaN/);
      const model = await make().fit(problem.sample, context());
      expect((await failure(model.predict(broken))).message).to.match(/finite.*NaN/);
      model.dispose();
    });
  } else {
    it('takes NaN in fit and in predict', async () => {
      const holes = { ...X, data: X.data.map((value, i) => (i % 5 === 0 ? Number.NaN : value)) };
      expectPredictions(await predictions({ ...problem.sample, X: holes }, holes), X.rows, problem);
      const empty = { ...X, data: X.data.map((value, i) => (i % X.cols === 1 ? Number.NaN : value)) };
      expectPredictions(await predictions({ ...problem.sample, X: empty }, empty), X.rows, problem);
    });
  }

  if (traits.missing !== 'ignored') {
    it('refuses an infinite value with its place', async () => {
      const broken = { ...X, data: X.data.slice() };
      broken.data[3] = -Infinity;
      const error = await failure(make().fit({ ...problem.sample, X: broken }, context()));
      expect(error.kind).to.equal('data');
      expect(error.message).to.match(/row 0, column 3/);
    });
  }

  it('refuses an empty sample and a broken target', async () => {
    const empty = await failure(make().fit({ ...problem.sample, rows: new Uint32Array(0) }, context()));
    expect(empty.kind).to.equal('data');
    const y = problem.sample.y.slice();
    y[4] = Number.NaN;
    const broken = await failure(make().fit({ ...problem.sample, y }, context()));
    expect(broken.kind).to.equal('data');
    expect(broken.message).to.match(/row 4/);
  });

  it('refuses another number of columns in predict', async () => {
    const model = await make().fit(problem.sample, context());
    for (const cols of [0, 3, 5]) {
      const error = await failure(model.predict({ rows: 2, cols, data: new Float32Array(2 * cols) }));
      expect(error.kind).to.equal('usage');
      expect(error.message).to.match(new RegExp(`4.* columns, got ${cols}`));
    }
    model.dispose();
  });

  it('may be disposed twice', async () => {
    const model = await make().fit(problem.sample, context());
    model.dispose();
    model.dispose();
  });

  if (traits.reports) {
    it('stops where report returns false, and keeps a model that predicts', async () => {
      const steps: number[] = [];
      const report = (step: number, loss: number): boolean => {
        expect(Number.isFinite(loss)).to.equal(true);
        steps.push(step);
        return steps.length < 2;
      };
      const out = await predictions(problem.sample, X, { report, validation: easyProblem(task, 40, 4, 2).sample });
      expect(steps.length).to.be.at.most(2);
      expectPredictions(out, X.rows, problem);
    });
  }
}

function describeAbort(make: () => Estimator, traits: EstimatorTraits): void {
  const engine = traits.engine ?? referenceEngine;

  it('does nothing for a signal that has fired already, and rejects with its reason', async () => {
    const reason = new Error('enough');
    const { sample, task, k } = easyProblem(traits.tasks?.[0] ?? 'binary');
    const ctx = { task, k, seed: 1, engine, signal: AbortSignal.abort(reason) };
    expect(
      await make()
        .fit(sample, ctx)
        .catch((error: unknown) => error),
    ).to.equal(reason);
  });

  const { makeSlow } = traits;
  if (!makeSlow) return;
  it('stops a long fit soon after the signal, with its reason', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { sample, task, k } = easyProblem('multiclass', 20_000, 30);
    let abortedAt = Infinity;
    const timer = setTimeout(() => {
      abortedAt = performance.now();
      controller.abort(reason);
    }, 50);
    const outcome = await makeSlow()
      .fit(sample, { task, k, seed: 1, engine, signal: controller.signal })
      .catch((error: unknown) => error);
    clearTimeout(timer);
    expect(outcome).to.equal(reason);
    expect(performance.now() - abortedAt).to.be.lessThan(ABORT_MS);
  });
}

/** What a file does to a saved state: JSON for one half, copies of the bytes for the other. */
function throughStorage(state: SavedState): SavedState {
  const json = JSON.parse(JSON.stringify(state.json)) as SavedState['json'];
  return { ...state, json, tensors: structuredClone(state.tensors) };
}

function expectPredictions(out: Matrix, rows: number, { task, k }: Problem): void {
  expect([out.rows, out.cols, out.data.length]).to.deep.equal([rows, k, rows * k]);
  for (let i = 0; i < rows; i++) {
    const row = [...out.data.subarray(i * k, (i + 1) * k)];
    expect(row.every(Number.isFinite), `row ${i} is finite`).to.equal(true);
    if (task === 'regression') continue;
    expect(row.every((p) => p >= 0 && p <= 1)).to.equal(true);
    expect(row.reduce((sum, p) => sum + p, 0)).to.be.closeTo(1, 1e-5);
  }
}

/** Loss of the best constant answer. */
function priorLoss(problem: Problem): number {
  const { sample, task, k } = problem;
  const n = sample.rows.length;
  const answer = new Float64Array(k);
  for (const row of sample.rows) {
    if (task === 'regression') answer[0] += sample.y[row] / n;
    else answer[sample.y[row]] += 1 / n;
  }
  const { rows } = sample.X;
  const data = Float32Array.from({ length: rows * k }, (_, i) => answer[i % k]);
  return meanLoss({ rows, cols: k, data }, problem);
}

async function failure(promise: Promise<unknown>): Promise<ToolkitError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(ToolkitError);
  return error as ToolkitError;
}
