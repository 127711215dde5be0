import { expect } from 'chai';

import type { OutOfFoldRows, StudySettings } from '../../src/automl/index.js';
import { foldMetrics, heldMetrics } from '../../src/automl/index.js';
import { allRows, createMatrix, Rng } from '../../src/core/index.js';
import { decideAt, mean, metricFor } from '../../src/evaluate/index.js';

const ROWS = 300;
const STARTS = [0, 90, 180, 300];

function settingsOf(metric: string, task: StudySettings['task']): StudySettings {
  const classes = { regression: [], binary: ['n', 'y'], multiclass: [...'abcd'] }[task];
  return { task, metric, schema: { columns: [], target: { name: 't', task, classes } } } as unknown as StudySettings;
}

function twoClasses() {
  const rng = new Rng(5);
  const predictions = createMatrix(ROWS, 2);
  const y = Float32Array.from({ length: ROWS }, (_, i) => {
    const p = rng.uniform();
    predictions.data.set([1 - p, p], 2 * i);
    return Number(rng.uniform() < p);
  });
  const oof: OutOfFoldRows = { rows: allRows(ROWS), y, starts: STARTS, outputs: 2 };
  return { predictions, oof };
}

describe('the metrics that are shown of a model', () => {
  it('are means over the folds, decisions by its threshold', () => {
    const { predictions, oof } = twoClasses();
    const found = foldMetrics({ predictions, threshold: 0.3 }, oof, settingsOf('logloss', 'binary'), [1, 2, 3]);
    const foldsOf = (name: string): number[] =>
      [0, 1, 2].map((fold) => {
        const [from, to] = [STARTS[fold], STARTS[fold + 1]];
        const part = { rows: to - from, cols: 2, data: predictions.data.subarray(2 * from, 2 * to) };
        const metric = metricFor(name, 'binary');
        return metric.compute(oof.y.subarray(from, to), metric.decides ? decideAt(part, 0.3) : part);
      });
    for (const name of ['auc', 'recall', 'f2', 'brier', 'ece', 'average_precision']) {
      expect(found[name], name).to.be.closeTo(mean(foldsOf(name)), 1e-12);
    }
    expect(found['logloss'], 'its own as the leaderboard has it').to.equal(2);
    expect(found['recall']).to.be.greaterThan(0.75);
  });

  it('weigh rows, on the hold-out as on the folds', () => {
    const { predictions, oof } = twoClasses();
    const weights = Float32Array.from(oof.y, (_, i) => i % 3);
    const shown = { predictions, threshold: null };
    const found = heldMetrics(shown, oof.y, weights, settingsOf('auc', 'binary'));
    expect(found['accuracy']).to.equal(metricFor('accuracy', 'binary').compute(oof.y, predictions, weights));
    expect(found['accuracy']).to.not.equal(
      heldMetrics(shown, oof.y, undefined, settingsOf('auc', 'binary'))['accuracy'],
    );
  });

  it('are without rankings of every class where these are of very many numbers, but for what was searched by', () => {
    const scores = (rows: number, metric: string): string[] => {
      const predictions = createMatrix(rows, 4);
      predictions.data.fill(0.25);
      const y = Float32Array.from({ length: rows }, (_, i) => i % 4);
      return Object.keys(heldMetrics({ predictions, threshold: null }, y, undefined, settingsOf(metric, 'multiclass')));
    };
    const rankings = ['auc_ovr', 'average_precision_ovr'];
    expect(scores(100, 'logloss')).to.include.members([...rankings, 'accuracy', 'ece']);
    expect(scores(250_001, 'logloss')).to.include.members(['accuracy', 'ece']).and.not.include.members(rankings);
    expect(scores(250_001, 'auc_ovr')).to.include('auc_ovr').and.not.include('average_precision_ovr');
  });

  it('are without those that mean nothing for the rows', () => {
    const predictions = createMatrix(3, 1);
    const shown = { predictions, threshold: null };
    const about = settingsOf('pinball_0.7', 'regression');
    const below = heldMetrics(shown, Float32Array.of(-1, 1, 2), undefined, about);
    expect(Object.keys(below)).to.have.members(['pinball_0.7', 'rmse', 'mae', 'medae', 'r2', 'mape']);
    const zero = heldMetrics(shown, Float32Array.of(0, 1, 2), undefined, about);
    expect(Object.keys(zero)).to.have.members(['pinball_0.7', 'rmse', 'mae', 'medae', 'r2', 'rmsle']);
  });
});
