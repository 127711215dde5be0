import { expect } from 'chai';

import { allRows, createMatrix, Rng, ToolkitError } from '../../src/core/index.js';
import type { Batch, Engine, Update } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import type { FitContext, Sample } from '../../src/models/index.js';
import { lrnn, mlp } from '../../src/models/index.js';
import { scheduleFactor } from '../../src/models/schedule.js';
import { StoppingJudge } from '../../src/models/stopping.js';
import { fitTargetScaling, predictionsFrom } from '../../src/models/target.js';
import { assertClose, F64 } from '../support/close.js';

/** y = x0 * x1 plus an offset; three quarters train. */
function productData(n = 160): { train: Sample; validation: Sample } {
  const rng = new Rng(11);
  const X = createMatrix(n, 2);
  for (let i = 0; i < X.data.length; i++) X.data[i] = rng.normal();
  const y = Float32Array.from({ length: n }, (_, i) => 50 + 3 * X.data[2 * i] * X.data[2 * i + 1]);
  const rows = allRows(n);
  const cut = (3 * n) / 4;
  return { train: { X, y, rows: rows.slice(0, cut) }, validation: { X, y, rows: rows.slice(cut) } };
}

function context(changes: Partial<FitContext> = {}): FitContext {
  return { task: 'regression', k: 1, seed: 3, engine: referenceEngine, ...changes };
}

/** The reference engine, with each update passed to `seen` and the loss read through `loss`. */
function spied(
  seen: (update: Update, batch: Batch) => void,
  loss: (value: number, call: number) => number = (value) => value,
): Engine {
  let calls = 0;
  return {
    name: 'reference',
    compile(spec, options) {
      const program = referenceEngine.compile(spec, options);
      return {
        ...program,
        spec,
        layout: program.layout,
        setParameters: (flat) => program.setParameters(flat),
        getParameters: () => program.getParameters(),
        step: (batch, update) => {
          seen(update, batch);
          program.step(batch, update);
        },
        readLoss: async () => loss(await program.readLoss(), ++calls),
        predict: (X, rows) => program.predict(X, rows),
        gradient: (batch) => program.gradient(batch),
        dispose: () => program.dispose(),
      };
    },
  };
}

const SMALL = { rank: 6, width: 2, hidden: 3, first: { projection: 'dense' as const }, depth: 1, epochs: 12 };

describe('fitNetwork', () => {
  it('without a judge ends at the share of its plan that it is told, on the schedule of the whole plan', async () => {
    const { train } = productData();
    const rates: number[] = [];
    const engine = spied(({ learningRate }) => rates.push(learningRate));
    const told = await lrnn(SMALL).fit(train, context({ engine, stopAt: { rounds: 1, share: 1 / 3 } }));
    const cut = await lrnn(SMALL).fit(train, context({ report: (epoch) => epoch < 4 }));
    const whole: number[] = [];
    await lrnn(SMALL).fit(train, context({ engine: spied(({ learningRate }) => whole.push(learningRate)) }));
    expect(told.report).to.deep.include({ bestStep: 4, plannedSteps: 12 });
    expect(told.save().tensors).to.deep.equal(cut.save().tensors);
    expect(rates).to.deep.equal(whole.slice(0, rates.length));
    expect(whole.length).to.equal(3 * rates.length);
  });

  it('keeps the epoch with the lowest validation loss', async () => {
    const { train, validation } = productData();
    const model = await lrnn({ ...SMALL, learningRate: 0.05 }).fit(train, context({ validation }));
    const { curve, bestStep } = model.report;
    const losses = curve.map((point) => point.validation!);
    expect(losses[bestStep - 1]).to.equal(Math.min(...losses));
    const raw = await model.predict({ rows: 160, cols: 2, data: train.X.data });
    let squares = 0;
    for (const row of validation.rows) squares += (raw.data[row] - train.y[row]) ** 2;
    const scale = fitTargetScaling(train, 'regression', 1).scale;
    const best = squares / validation.rows.length / scale ** 2;
    // Predictions are clipped to the training range, which can only bring them closer to these targets or leave them.
    expect(best).to.be.at.most(Math.min(...losses) * 1.0001);
  });

  it('stops after `patience` epochs without a better one', async () => {
    const { train, validation } = productData();
    const params = { width: 16, depth: 1, epochs: 60, patience: 3, learningRate: 0.3, schedule: 'constant' as const };
    const model = await mlp(params).fit(train, context({ validation }));
    const { curve, bestStep } = model.report;
    expect(curve.length).to.equal(bestStep + 3);
  });

  it('trains its whole course without a validation sample and keeps the last epoch', async () => {
    const { train } = productData();
    const model = await mlp({ width: 8, epochs: 5, patience: 1 }).fit(train, context());
    expect(model.report).to.include({ bestStep: 5 });
  });

  it('never predicts outside the range of the training target', async () => {
    const { train } = productData();
    const far = createMatrix(3, 2);
    far.data.set([1e3, -1e3, 1e4, 1e4, 0, 0]);
    const { data } = await (await lrnn(SMALL).fit(train, context())).predict(far);
    const { low, high } = fitTargetScaling(train, 'regression', 1);
    for (const value of data) expect(value).to.be.within(low, high);
  });

  it('tries a diverged fit once more at a lower rate, and says so', async () => {
    const { train, validation } = productData();
    const rates: number[] = [];
    const engine = spied(
      ({ learningRate }) => rates.push(learningRate),
      (value, call) => (call === 2 ? Number.NaN : value),
    );
    const model = await mlp({ width: 8, epochs: 4, schedule: 'constant' }).fit(train, context({ validation, engine }));
    expect(model.report.notes).to.have.length(1);
    expect(model.report.notes[0]).to.match(/^diverged at step \d+; retried at 0.3 times the learning rate$/);
    expect(rates[rates.length - 1]).to.be.closeTo(0.3 * rates[0], 1e-12);
    expect(model.report.curve).to.have.length(4);
  });

  it('keeps finite weights when it diverges twice', async () => {
    const { train, validation } = productData();
    const engine = spied(
      () => undefined,
      () => Number.NaN,
    );
    const model = await mlp({ width: 8, epochs: 4 }).fit(train, context({ validation, engine }));
    expect(model.report.notes).to.have.length(2);
    const { data } = await model.predict(train.X);
    expect(data.every(Number.isFinite)).to.equal(true);
  });

  it('stops when the report says so', async () => {
    const { train } = productData();
    const model = await mlp({ width: 4, epochs: 20 }).fit(train, context({ report: (step) => step < 3 }));
    expect(model.report.curve).to.have.length(3);
  });

  describe('where time is short, on a clock of one millisecond a step', () => {
    const now = performance.now.bind(performance);
    let time = 0;
    beforeEach(() => {
      time = 0;
      performance.now = () => time;
    });
    afterEach(() => {
      performance.now = now;
    });

    it('plans fewer epochs, with a whole schedule in them', async () => {
      const { train, validation } = productData();
      const rates: number[] = [];
      const engine = spied(({ learningRate }) => (rates.push(learningRate), time++));
      const model = await lrnn({ ...SMALL, epochs: 500 }).fit(train, context({ validation, engine, limitMs: 20 }));
      // Two steps an epoch, and a quarter of one for its judges: 20 / 2.25, less what the judges of the first took of no time.
      expect(model.report.curve).to.have.length(8);
      expect(rates).to.have.length(16);
      expect(rates.at(-1)! / Math.max(...rates)).to.be.below(0.3);
    });

    it('takes less than one epoch where no more fits: each row at most once, judged on the way', async () => {
      const { train, validation } = productData(2400);
      const seen: number[] = [];
      const rates: number[] = [];
      const engine = spied(({ learningRate }, { rows, start, count }) => {
        rates.push(learningRate);
        seen.push(...rows.subarray(start, start + count));
        time++;
      });
      const fitted = lrnn({ ...SMALL, batchSize: 64 }).fit(train, context({ validation, engine, limitMs: 26 }));
      const { curve } = (await fitted).report;
      expect(curve).to.have.length(8);
      expect(rates.length).to.be.within(8, 26);
      expect(new Set(seen).size).to.equal(seen.length);
      expect(rates.at(-1)! / Math.max(...rates)).to.be.below(0.3);
    });

    it('stops where steps take longer than they did', async () => {
      const { train, validation } = productData(2400);
      const engine = spied(() => (time += time < 5 ? 1 : 50));
      const fitted = lrnn({ ...SMALL, batchSize: 64 }).fit(train, context({ validation, engine, limitMs: 26 }));
      // Eight parts were planned; the second ends far beyond the limit.
      expect((await fitted).report.curve).to.have.length(2);
    });
  });

  it('is not changed by a limit that is far away', async () => {
    const { train, validation } = productData();
    const free = await lrnn(SMALL).fit(train, context({ validation, limitMs: 1e6 }));
    const unlimited = await lrnn(SMALL).fit(train, context({ validation }));
    expect(free.save().tensors).to.deep.equal(unlimited.save().tensors);
  });

  it('rejects with the reason of the signal', async () => {
    const { train } = productData();
    const controller = new AbortController();
    const fit = mlp({ width: 64, epochs: 100_000, patience: 100_000 }).fit(
      train,
      context({ signal: controller.signal }),
    );
    setTimeout(() => controller.abort(new Error('enough')), 30);
    const error = await fit.then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error?.message).to.equal('enough');
  });

  it('refuses NaN in the rows it trains on, with a place, and does not look at other rows', async () => {
    const { train } = productData();
    const X = { ...train.X, data: train.X.data.slice() };
    X.data[2 * 130 + 1] = Number.NaN;
    await mlp({ width: 4, epochs: 1 }).fit({ ...train, X }, context());
    X.data[2 * 7 + 1] = Number.NaN;
    const error = await mlp({ width: 4, epochs: 1 })
      .fit({ ...train, X }, context())
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).to.be.instanceOf(ToolkitError);
    expect((error as Error).message).to.equal('mlp.fit: X must be finite (at row 7, column 1), got NaN.');
  });

  it('weighs rare classes up when asked to', async () => {
    const { train } = productData();
    const y = Float32Array.from(train.y, (_, i) => (i % 10 === 0 ? 1 : 0));
    const classes = { task: 'binary' as const, k: 2 };
    const mean = async (classWeights: 'none' | 'balanced') => {
      const model = await mlp({ width: 4, epochs: 40, classWeights }).fit({ ...train, y }, context(classes));
      const { data } = await model.predict(train.X);
      return data.reduce((sum, p, i) => (i % 2 ? sum + p : sum), 0) / train.X.rows;
    };
    expect(await mean('none')).to.be.below(0.25);
    expect(await mean('balanced')).to.be.within(0.35, 0.65);
  });
});

describe('scheduleFactor', () => {
  it('warms up and ends near 0 as a cosine', () => {
    const factors = Array.from({ length: 1000 }, (_, i) => scheduleFactor('cosine', i, 1000));
    expect(Math.max(...factors)).to.equal(1);
    expect(factors[0]).to.be.closeTo(1 / 30, 1e-12);
    expect(factors.indexOf(1)).to.equal(29);
    expect(factors[999]).to.be.below(1e-5);
  });

  it('has four cycles of log-spaced length as coslog4', () => {
    // (1 - cos(2 pi log2(1 + 15 t))) / 2 is 0 at t = (2^i - 1) / 15 and 1 half a log cycle later.
    for (const i of [0, 1, 2, 3]) {
      expect(scheduleFactor('coslog4', 2 ** i - 1, 15)).to.be.closeTo(0, 1e-12);
      expect(scheduleFactor('coslog4', 2 ** (i + 0.5) - 1, 15)).to.be.closeTo(1, 1e-12);
    }
  });

  it('is defined for a single step', () => {
    for (const schedule of ['cosine', 'coslog4', 'constant'] as const) {
      expect(scheduleFactor(schedule, 0, 1)).to.be.within(0, 1);
    }
  });
});

describe('target scaling', () => {
  const sample = (y: number[]): Sample => ({
    X: createMatrix(y.length, 1),
    y: Float32Array.from(y),
    rows: allRows(y.length),
  });

  it('standardises by the population deviation of the rows', () => {
    const scaling = fitTargetScaling(sample([2, 4, 6]), 'regression', 1);
    expect(scaling).to.include({ mean: 4, low: 2, high: 6 });
    expect(scaling.scale).to.be.closeTo(Math.sqrt(8 / 3), 1e-12);
  });

  it('follows the weights, and looks at no row of weight 0', () => {
    const weighted = { ...sample([2, 4, 1e9]), weights: Float32Array.from([1, 3, 0]) };
    expect(fitTargetScaling(weighted, 'regression', 1)).to.include({ mean: 3.5, low: 2, high: 4 });
    expect(fitTargetScaling(weighted, 'regression', 1).scale).to.be.closeTo(
      Math.sqrt((1.5 ** 2 + 3 * 0.5 ** 2) / 4),
      1e-12,
    );
  });

  it('takes a scale of 1 for a constant target', () => {
    expect(fitTargetScaling(sample([5, 5]), 'regression', 1)).to.include({ mean: 5, scale: 1 });
  });

  it('turns logits into probabilities that sum to 1, however large', () => {
    const binary = { task: 'binary' as const, k: 2, mean: 0, scale: 1, low: 0, high: 1 };
    const pairs = predictionsFrom({ rows: 3, cols: 1, data: Float32Array.from([0, 1000, -1000]) }, binary);
    assertClose(pairs.data, [0.5, 0.5, 0, 1, 1, 0], F64);
    const three = predictionsFrom(
      { rows: 1, cols: 3, data: Float32Array.from([1000, 1000, -1000]) },
      { ...binary, task: 'multiclass', k: 3 },
    );
    assertClose(three.data, [0.5, 0.5, 0], F64);
  });

  it('measures cross-entropy in nats, weighted', () => {
    const scaling = { task: 'binary' as const, k: 2, mean: 0, scale: 1, low: 0, high: 1 };
    const raw = { rows: 2, cols: 1, data: Float32Array.from([0, Math.log(3)]) };
    const weighted = { ...sample([1, 0]), weights: Float32Array.from([1, 3]) };
    // -log 0.5 and -log 0.25
    expect(new StoppingJudge(weighted, scaling).observe(raw)).to.be.closeTo((Math.log(2) + 3 * Math.log(4)) / 4, 1e-6);
  });
});
