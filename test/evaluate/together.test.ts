import { expect } from 'chai';
import fc from 'fast-check';

import { matrixFrom } from '../../src/core/index.js';
import {
  decideAt,
  metricFor,
  metricNames,
  METRICS,
  scoreTogether,
  tellingMetrics,
  usualMetrics,
} from '../../src/evaluate/index.js';

const TASKS = ['regression', 'binary', 'multiclass'] as const;
const row = fc.record({
  y: fc.nat(3),
  said: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
  w: fc.nat(3),
});

describe('metrics worked out together', () => {
  it('are each what it is alone', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.boolean(), (rows, isWeighted) => {
        fc.pre(rows.some(({ w }) => w > 0));
        for (const task of TASKS) {
          const k = task === 'regression' ? 1 : task === 'binary' ? 2 : 4;
          const y = Float32Array.from(rows, (one) => (task === 'binary' ? one.y % 2 : one.y));
          const predictions = matrixFrom(
            rows.map(({ said }) =>
              said.slice(0, k).map((part, _, all) => (k === 1 ? part : (part + 1) / (all.reduce((a, b) => a + b) + k))),
            ),
          );
          const weights = isWeighted ? Float64Array.from(rows, ({ w }) => w) : undefined;
          const metrics = metricNames(task).map((name) => METRICS[name]);
          const decided = task === 'binary' ? decideAt(predictions, 0.4) : predictions;
          const scores = scoreTogether(metrics, predictions, { decided })(y, weights);
          metrics.forEach((metric, m) => {
            const alone = metric.compute(y, metric.decides ? decided : predictions, weights);
            expect(scores[m], metric.name).to.deep.equal(alone);
          });
        }
      }),
    );
  });

  it('leave out what says nothing of the targets', () => {
    const names = (least: number, hasZero: boolean) =>
      tellingMetrics('regression', { least, hasZero, k: 1, isOrdered: false }).map(({ name }) => name);
    expect(names(-1, false)).to.include('mape').and.to.not.include('rmsle');
    expect(names(0, true)).to.include('rmsle').and.to.not.include('mape');
    expect(names(1, false)).to.have.members([...usualMetrics('regression')]);
    const classes = tellingMetrics('multiclass', { least: 0, hasZero: true, k: 3, isOrdered: false });
    for (const name of ['quadratic_kappa', 'top_3_accuracy']) {
      expect(classes.map((metric) => metric.name)).to.not.include(name);
    }
    const kept = tellingMetrics(
      'regression',
      { least: 1, hasZero: false, k: 1, isOrdered: false },
      metricFor('pinball_0.7', 'regression'),
    );
    expect(kept[0].name).to.equal('pinball_0.7');
  });

  it('are listed with those that people look for first', () => {
    for (const task of TASKS) expect(metricNames(task)).to.include.members([...usualMetrics(task)]);
  });
});
