import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix, Task } from '../../src/core/index.js';
import { createMatrix, matrixFrom } from '../../src/core/index.js';
import type { TargetFacts } from '../../src/evaluate/index.js';
import {
  ascendingOrder,
  defaultMetric,
  isMetricName,
  METRIC_NAMES,
  metricFor,
  METRICS,
  requireMetricName,
  requireTargets,
  toLoss,
} from '../../src/evaluate/index.js';
import { seeded } from '../support/seed.js';

const TASKS: Task[] = ['regression', 'binary', 'multiclass'];

function score(name: string, task: Task, y: number[], predictions: number[][], weights?: number[]): number {
  const w = weights ? Float64Array.from(weights) : undefined;
  return metricFor(name, task).compute(Float32Array.from(y), matrixFrom(predictions), w);
}

/** A column of P(class 1) as two columns. */
const two = (p: number[]): number[][] => p.map((x) => [1 - x, x]);

const classOf = (y: number, task: Task): number => (task === 'binary' ? Math.min(1, y) : y);

/** Numbers from 0 to 6 as what is predicted for a row. */
function predicted(p: number[], task: Task): number[] {
  if (task === 'regression') return [p[0]];
  const shares = task === 'binary' ? p.slice(0, 2) : p;
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => (sum > 0 ? share / sum : 1 / shares.length));
}

describe('metrics', () => {
  it('have the default of each task', () => {
    expect(TASKS.map(defaultMetric)).to.deep.equal(['rmse', 'auc', 'logloss']);
    for (const task of TASKS) expect(metricFor(defaultMetric(task), task).tasks).to.include(task);
  });

  it('are registered under their own names', () => {
    expect(Object.keys(METRICS)).to.deep.equal([...METRIC_NAMES]);
    for (const name of METRIC_NAMES) expect(METRICS[name].name).to.equal(name);
  });

  it('that do not exist or do not fit the task are refused with the list of those that do', () => {
    expect(() => metricFor('accurracy', 'regression')).to.throw(
      'metric: must be one of rmse, mae, r2, medae, mape, rmsle, pinball_0.1, pinball_0.9, poisson_deviance, gamma_deviance, tweedie_deviance for a regression target, got "accurracy".',
    );
    expect(() => metricFor('rmse', 'binary')).to.throw(
      /one of auc, logloss, accuracy.* for a binary target, got "rmse"/,
    );
    expect(() => metricFor('constructor', 'binary')).to.throw(/must be one of/);
  });

  it('take any level of a quantile, power and number of guesses that means something, in one way of writing it', () => {
    for (const [name, task] of [
      ['pinball_0.75', 'regression'],
      ['tweedie_deviance_1.2', 'regression'],
      ['top_10_accuracy', 'multiclass'],
    ] as const) {
      expect(metricFor(name, task).name).to.equal(name);
      expect(isMetricName(name), name).to.be.true;
    }
    const wrong =
      'pinball_0 pinball_1 pinball_1.5 pinball_0.750 pinball_.5 tweedie_deviance_2 tweedie_deviance_1 top_1_accuracy top_2.5_accuracy top_3 pinball_0.5_accuracy pinball_1e-3 top_03_accuracy';
    for (const name of wrong.split(' ')) expect(isMetricName(name), name).to.be.false;
  });

  it('that a guess is best by are no aim of a search, and are said to be none', () => {
    expect(() => requireMetricName('ece')).to.throw(/metric: ece is shown with every model, but is no aim of a search/);
    expect(() => requireMetricName('acuracy')).to.throw(/must be one of rmse, .* pinball_0.75/);
    for (const name of METRIC_NAMES.filter((one) => one !== 'ece')) requireMetricName(name);
    expect(() => metricFor('nothing', 'binary')).to.throw(/brier, average_precision for a binary/);
  });

  it('refuse targets that they mean nothing for', () => {
    const numbers = { least: 1, hasZero: false, k: 1, isOrdered: false };
    const classes = { least: 0, hasZero: true, k: 4, isOrdered: true };
    const refusal = (name: string, task: Task, facts: TargetFacts): string => {
      try {
        requireTargets(metricFor(name, task), facts);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const name of METRIC_NAMES) {
      for (const task of METRICS[name].tasks) {
        const facts = task === 'regression' ? numbers : { ...classes, k: task === 'binary' ? 2 : 7 };
        expect(refusal(name, task, facts), name).to.equal('');
      }
    }
    for (const name of ['rmsle', 'poisson_deviance', 'tweedie_deviance', 'tweedie_deviance_1.1']) {
      expect(refusal(name, 'regression', { ...numbers, least: -2 })).to.equal(
        `metric: ${name} needs targets of 0 or more, and the smallest is -2.`,
      );
      expect(refusal(name, 'regression', { ...numbers, least: 0 })).to.equal('');
    }
    expect(refusal('gamma_deviance', 'regression', { ...numbers, least: 0 })).to.match(
      /above 0, and the smallest is 0/,
    );
    expect(refusal('quadratic_kappa', 'multiclass', { ...classes, isOrdered: false })).to.match(/in an order/);
    expect(refusal('quadratic_kappa', 'binary', { ...classes, k: 2, isOrdered: false })).to.equal('');
    expect(refusal('top_5_accuracy', 'multiclass', classes)).to.match(/more than 5 classes, and there are 4/);
    expect(refusal('top_3_accuracy', 'multiclass', classes)).to.equal('');
  });

  it('turn into losses that are smaller when better', () => {
    expect(toLoss(METRICS.auc, 0.9)).to.be.lessThan(toLoss(METRICS.auc, 0.8));
    expect(toLoss(METRICS.rmse, 1)).to.be.lessThan(toLoss(METRICS.rmse, 2));
  });

  it('are NaN for no rows and for a NaN prediction, whatever the metric', () => {
    for (const task of TASKS) {
      const cols = task === 'regression' ? 1 : task === 'binary' ? 2 : 3;
      const broken = createMatrix(2, cols);
      broken.data.fill(NaN);
      for (const name of METRIC_NAMES.filter((m) => METRICS[m].tasks.includes(task))) {
        expect(METRICS[name].compute(new Float32Array(0), createMatrix(0, cols)), name).to.be.NaN;
        expect(METRICS[name].compute(Float32Array.of(0, 1), broken), name).to.be.NaN;
      }
    }
  });

  it('score rows that are drawn again as they score the weights that say how often each was drawn', () => {
    const row = fc.record({ y: fc.nat(2), p: fc.array(fc.nat(6), { minLength: 3, maxLength: 3 }), times: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        fc.pre(rows.some(({ times }) => times > 0));
        const repeated = rows.flatMap((one) => Array.from({ length: one.times }, () => one));
        for (const task of TASKS) {
          const [y, drawn] = [rows, repeated].map((of) => Float32Array.from(of, (one) => classOf(one.y, task)));
          const [said, of] = [rows, repeated].map((some) => matrixFrom(some.map(({ p }) => predicted(p, task))));
          const times = Float64Array.from(rows, (one) => one.times);
          for (const name of METRIC_NAMES.filter((m) => METRICS[m].tasks.includes(task))) {
            const score = METRICS[name].scorer(said);
            expect(score(y, times), name).to.deep.equal(METRICS[name].compute(y, said, times));
            expect(score(y), name).to.deep.equal(METRICS[name].compute(y, said));
            const again = METRICS[name].compute(drawn, of);
            expect(Math.abs(score(y, times) - again), name).to.be.at.most(1e-9 * Math.max(1, Math.abs(again)));
          }
        }
      }),
      { examples: [[[{ y: 1, p: [0, 0, 0], times: 1 }]]] },
    );
  });

  it('define the area under the curve of a single class as one half', () => {
    expect(score('auc', 'binary', [1, 1], two([0.2, 0.9]))).to.equal(0.5);
    expect(score('auc', 'binary', [0, 0], two([0.2, 0.9]))).to.equal(0.5);
    expect(
      score(
        'auc_ovr',
        'multiclass',
        [2, 2],
        [
          [0.1, 0.2, 0.7],
          [0.3, 0.3, 0.4],
        ],
      ),
    ).to.equal(0.5);
  });

  it('leave classes that are not in y out of the mean area', () => {
    const predictions = [
      [0.7, 0.2, 0.1],
      [0.2, 0.7, 0.1],
      [0.4, 0.5, 0.1],
    ];
    expect(score('auc_ovr', 'multiclass', [0, 1, 1], predictions)).to.equal(1);
  });

  it('about the first of two classes say what those about the second say of the classes in the other order', () => {
    const row = fc.record({ y: fc.nat(1), eighths: fc.nat(8), w: fc.nat(3) });
    const rows = fc.array(row, { minLength: 1, maxLength: 20 }).filter((all) => all.some(({ w }) => w > 0));
    fc.assert(
      fc.property(rows, (all) => {
        const w = Float64Array.from(all, (one) => one.w);
        const y = Float64Array.from(all, (one) => one.y);
        const turned = y.map((c) => 1 - c);
        // One half is decided for the first class, in whichever order they stand.
        const share = ({ eighths }: { eighths: number }) => (eighths === 4 ? 0.51 : eighths / 8);
        const p = matrixFrom(all.map((one) => [1 - share(one), share(one)]));
        const q = matrixFrom(all.map((one) => [share(one), 1 - share(one)]));
        const column = { rows: all.length, cols: 1, data: Float32Array.from(all, share) };
        for (const name of METRIC_NAMES.filter((m) => METRICS[m].tasks.includes('binary'))) {
          const [first, second] = [
            metricFor(name, 'binary', { positive: 0 }),
            metricFor(name, 'binary', { positive: 1 }),
          ];
          if (!second.isOfPositive) {
            expect(first, name).to.equal(second);
            continue;
          }
          expect(first.compute(y, p, w), name).to.be.closeTo(second.compute(turned, q, w), 1e-12);
          expect(first.compute(y, column, w), name).to.equal(first.compute(y, p, w));
        }
      }),
      seeded(),
    );
  });

  it('tell rows apart that are surely of the first class', () => {
    // In single precision 1 - 1e-10 and 1 - 1e-12 are both 1.
    const p = matrixFrom([
      [1, 1e-10],
      [1, 1e-12],
    ]);
    expect(metricFor('average_precision', 'binary', { positive: 0 }).compute(Float32Array.of(1, 0), p)).to.equal(1);
    expect(metricFor('average_precision', 'binary', { positive: 0 }).compute(Float32Array.of(0, 1), p)).to.equal(0.5);
  });

  it('count a tie between a positive and a negative as half a success', () => {
    expect(score('auc', 'binary', [0, 1], two([0.5, 0.5]))).to.equal(0.5);
    expect(score('auc', 'binary', [0, 1, 1], two([0.5, 0.5, 0.75]))).to.equal(0.75);
  });

  it('take a probability of one half for class 0, and the first of equal classes', () => {
    expect(score('accuracy', 'binary', [0, 1], two([0.5, 0.5]))).to.equal(0.5);
    expect(
      score(
        'accuracy',
        'multiclass',
        [1, 2],
        [
          [0.2, 0.4, 0.4],
          [0.2, 0.4, 0.4],
        ],
      ),
    ).to.equal(0.5);
  });

  it('keep a sure mistake finite', () => {
    expect(score('logloss', 'binary', [1], two([0]))).to.be.closeTo(23 * Math.LN2, 1e-9);
    expect(score('logloss', 'multiclass', [2], [[1, 0, 0]])).to.be.closeTo(23 * Math.LN2, 1e-9);
  });

  it('give 0 where precision or recall has no rows', () => {
    expect(score('f1', 'binary', [0, 0], two([0.1, 0.1]))).to.equal(0);
    expect(score('mcc', 'binary', [0, 0], two([0.1, 0.9]))).to.equal(0);
    expect(score('average_precision', 'binary', [0, 0], two([0.1, 0.9]))).to.equal(0);
  });

  it('take one column as the probability of class 1', () => {
    const y = [0, 1, 1, 0];
    const p = [0.25, 0.75, 0.125, 0.5];
    for (const name of METRIC_NAMES.filter((m) => METRICS[m].tasks.includes('binary'))) {
      expect(
        score(
          name,
          'binary',
          y,
          p.map((x) => [x]),
        ),
        name,
      ).to.equal(score(name, 'binary', y, two(p)));
    }
  });

  it('stay within their bounds and treat a weight of 2 as two rows', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    const row = fc.record({ a: probability, b: probability, y: fc.nat(2), w: fc.constantFrom(1, 2) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.constantFrom(...METRIC_NAMES), (rows, name) => {
        const task = METRICS[name].tasks[0];
        const y = rows.map((r) => (task === 'multiclass' ? r.y : Math.min(1, r.y)));
        const predictions = rows.map(({ a, b }) => shape(task, a, b));
        const doubled = rows.flatMap(({ w }, i) => new Array<number>(w).fill(i));
        const value = score(
          name,
          task,
          y,
          predictions,
          rows.map((r) => r.w),
        );
        const repeated = score(
          name,
          task,
          doubled.map((i) => y[i]),
          doubled.map((i) => predictions[i]),
        );
        expect(value).to.be.within(METRICS[name].bounds[0] - 1e-12, METRICS[name].bounds[1] + 1e-12);
        expect(value).to.be.closeTo(repeated, 1e-9 * Math.max(1, Math.abs(value)));
      }),
    );
  });

  it('score 50,000 rows by area under the curve well within a second', () => {
    const n = 50_000;
    const predictions: Matrix = createMatrix(n, 1);
    for (let i = 0; i < n; i++) predictions.data[i] = (i * 7919) % 10_007;
    const y = Float32Array.from(predictions.data, (p) => (p > 5000 ? 1 : 0));
    expect(METRICS.auc.compute(y, predictions)).to.equal(1);
  });
});

describe('ascendingOrder', () => {
  it('takes -0 and 0 for equal', () => {
    expect(Array.from(ascendingOrder(Float32Array.of(0, -0, 0, -1)))).to.deep.equal([3, 0, 1, 2]);
  });

  it('agrees with a stable comparator on any floats', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, maxLength: 200 }), (values) => {
        const expected = Array.from(values.keys()).sort((a, b) => values[a] - values[b] || a - b);
        // Infinity - Infinity is NaN, which sort takes for equal: the index decides in both.
        expect(Array.from(ascendingOrder(values))).to.deep.equal(expected);
      }),
    );
  });
});

function shape(task: Task, a: number, b: number): number[] {
  if (task === 'regression') return [a];
  if (task === 'binary') return [1 - a, a];
  const sum = a + b + 1;
  return [a / sum, b / sum, 1 / sum];
}
