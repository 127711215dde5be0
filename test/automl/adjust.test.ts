import { expect } from 'chai';

import type { OutOfFoldRows } from '../../src/automl/index.js';
import { adjust, adjustedNumbers, foldScores } from '../../src/automl/index.js';
import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, Rng } from '../../src/core/index.js';
import { calibrated } from '../../src/ensemble/index.js';
import { decideAt, metricFor } from '../../src/evaluate/index.js';

/** Out-of-fold predictions of five folds, three times too sure, of a class that is rare. */
function overconfident(n: number): { oof: OutOfFoldRows; predictions: Matrix } {
  const rng = new Rng(2);
  const predictions = createMatrix(n, 2);
  const y = Float32Array.from({ length: n }, (_, i) => {
    const logit = -2 + 1.5 * rng.normal();
    const said = 1 / (1 + Math.exp(-3 * logit));
    predictions.data.set([1 - said, said], 2 * i);
    return Number(rng.uniform() < 1 / (1 + Math.exp(-logit)));
  });
  const starts = [0, 1, 2, 3, 4, 5].map((fold) => (fold * n) / 5);
  return { oof: { rows: allRows(n), y, starts, outputs: 2 }, predictions };
}

const PLAIN = { ordered: false, balanced: false };

describe('adjust', () => {
  it('calibrates, then chooses the threshold of a metric of decisions on calibrated probabilities', () => {
    const { oof, predictions } = overconfident(900);
    const metric = metricFor('f1', 'binary');
    const { calibration, threshold, foldScores: scores } = adjust(predictions, oof, metric, PLAIN);
    expect(calibration).to.have.property('method', 'temperature');
    expect(threshold).to.be.within(0.1, 0.45);
    expect(scores).to.have.length(5);
    const raw = foldScores(predictions, oof, metric);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / 5;
    expect(mean(scores)).to.be.greaterThan(mean(raw));
  });

  it('has no threshold where the metric is not one of decisions', () => {
    const { oof, predictions } = overconfident(900);
    const {
      calibration,
      threshold,
      foldScores: scores,
    } = adjust(predictions, oof, metricFor('logloss', 'binary'), PLAIN);
    expect(threshold).to.equal(null);
    expect(calibration).to.not.equal(null);
    const raw = foldScores(predictions, oof, metricFor('logloss', 'binary'));
    scores.forEach((score, fold) => expect(score).to.be.lessThan(raw[fold]));
  });

  it('looks for no threshold of a metric that calling everything, or nearly nothing, is best for', () => {
    const { oof, predictions } = overconfident(900);
    for (const name of ['precision', 'recall']) {
      expect(adjust(predictions, oof, metricFor(name, 'binary'), PLAIN).threshold, name).to.equal(null);
    }
    expect(adjust(predictions, oof, metricFor('f2', 'binary'), PLAIN).threshold).to.be.within(0.05, 0.4);
  });

  it('leaves numbers alone', () => {
    const { oof } = overconfident(50);
    const numbers = createMatrix(50, 1);
    const metric = metricFor('rmse', 'regression');
    const adjusted = adjust(numbers, { ...oof, outputs: 1 }, metric, PLAIN);
    expect(adjusted).to.include({ calibration: null, threshold: null, predictions: numbers });
  });

  it('weighs rows', () => {
    const { oof, predictions } = overconfident(900);
    const metric = metricFor('accuracy', 'binary');
    const weights = Float32Array.from(oof.y, (c) => (c === 1 ? 30 : 1));
    const calls = (oofRows: OutOfFoldRows): number => {
      const { calibration, threshold } = adjust(predictions, oofRows, metric, PLAIN);
      const decided = decideAt(calibrated(predictions, calibration), threshold!).data;
      return decided.reduce((sum, call) => sum + call, 0);
    };
    expect(calls(oof)).to.be.lessThan(300);
    expect(calls({ ...oof, weights })).to.be.greaterThan(500);
  });
});

describe('adjustedNumbers', () => {
  it('are decisions at the threshold, of calibrated probabilities', () => {
    const raw = { rows: 4, cols: 2, data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.4, 0.6) };
    const y = Float32Array.of(0, 1, 1, 1);
    const accuracy = metricFor('accuracy', 'binary');
    const at = (threshold: number | null) =>
      accuracy.compute(y, adjustedNumbers(accuracy, raw, { calibration: null, threshold }));
    expect([at(null), at(0.5), at(0.15), at(0.05)]).to.deep.equal([0.5, 0.5, 1, 0.75]);
    const colder = { calibration: { method: 'temperature' as const, temperature: 0.5 }, threshold: 0.15 };
    // 0.3 becomes 0.155, 0.2 becomes 0.059.
    expect(accuracy.compute(y, adjustedNumbers(accuracy, raw, colder))).to.equal(0.75);
    const auc = metricFor('auc', 'binary');
    expect(auc.compute(y, adjustedNumbers(auc, raw, { calibration: null, threshold: 0.99 }))).to.equal(1);
  });
});
