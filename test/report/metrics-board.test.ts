import { expect } from 'chai';

import { usualMetrics } from '../../src/evaluate/index.js';
import { metricsBoard, metricsTable } from '../../src/report/pages/study/metrics-board.js';
import { studyPage } from '../../src/report/pages/view-model.js';
import { makeStudy } from '../support/studies.js';

describe('the table of other metrics', () => {
  it('has a row per model and a column per metric but the one that was searched by', () => {
    const { summary } = makeStudy({ task: 'binary' });
    const board = metricsBoard(summary, 'cars')!;
    expect(board.heads).to.have.length(usualMetrics('binary').length - 1);
    expect(board.heads)
      .to.include.members(['average precision ↑', 'log loss ↓', 'recall ↑'])
      .and.to.not.include('AUC ↑');
    expect(board.rows.map(({ model }) => model)).to.deep.equal(summary.leaderboard.map(({ model }) => model));
    const [{ cells, href }] = board.rows;
    expect(cells[0]).to.deep.equal({ folds: '0.8700', holdout: '0.8874' });
    expect(href).to.match(/cars/);
    expect(board.hasHoldout).to.be.true;
  });

  it('leaves a metric out that no model has, and is not there for studies that know of none', () => {
    const { summary } = makeStudy({ task: 'regression' });
    const without = summary.leaderboard.map(({ metrics, ...entry }) => {
      const { mape, ...folds } = metrics!.folds;
      expect(mape).to.be.a('number');
      return { ...entry, metrics: { folds, holdout: null } };
    });
    const board = metricsBoard({ ...summary, leaderboard: without }, 'a')!;
    expect(board.heads).to.include('RMSLE ↓').and.to.not.include('MAPE ↓');
    expect(board.rows[0].cells[0].holdout).to.equal(null);
    const old = summary.leaderboard.map(({ metrics: _, ...entry }) => entry);
    expect(metricsBoard({ ...summary, leaderboard: old }, 'a')).to.equal(null);
    expect(metricsTable(old[0], summary)).to.equal(null);
    expect(
      studyPage({ ...makeStudy(), summary: { ...summary, leaderboard: old } }, { name: 'a', events: [] }).metrics,
    ).to.equal(null);
  });

  it('of one model begins with the metric of the study, whatever its name', () => {
    const { summary } = makeStudy({ task: 'regression' });
    const metrics = { folds: { rmse: 2.5, 'pinball_0.7': 0.5 }, holdout: { rmse: 2.25, 'pinball_0.7': 0.25 } };
    const entry = { ...summary.leaderboard[0], metrics };
    expect(metricsTable(entry, { task: 'regression', metric: 'pinball_0.7' })).to.deep.equal({
      columns: ['Metric', 'Folds', 'Hold-out'],
      rows: [
        ['pinball loss at 0.7', '0.5000', '0.2500'],
        ['RMSE ↓', '2.500', '2.250'],
      ],
    });
  });
});
