import { expect } from 'chai';

import type { ModelView } from '../../src/automl/index.js';
import { createMatrix, Rng } from '../../src/core/index.js';
import type { FrameColumn } from '../../src/data/index.js';
import { modelPage } from '../../src/report/pages/model-page.js';
import { byColumn, shareInterval } from '../../src/report/pages/rows/by-column.js';
import { asHeld, heldView } from '../../src/report/pages/rows/held-figures.js';
import type { JudgedSample } from '../../src/report/pages/rows/judged-rows.js';
import { judgedSample } from '../../src/report/pages/rows/judged-rows.js';
import { residualMap } from '../../src/report/pages/rows/residual-map.js';
import { rowsView } from '../../src/report/pages/rows/rows-view.js';
import { makeExplanation, makeSample } from '../support/explanations.js';
import { HOSTILE, makeModel, makeStudy } from '../support/studies.js';
import { checkFigure } from './support/figures.js';

const sexes = ['f', 'm'] as const;

/** 100 rows of each of two groups; the model calls few women although as many are to be called. */
function unfair(): { readonly sample: JudgedSample; readonly column: FrameColumn } {
  const n = 200;
  const predictions = createMatrix(n, 2);
  const y = new Float32Array(n);
  const decisions = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const isWoman = i < 100;
    y[i] = Number(i % 100 < 50);
    const p = i % 100 < (isWoman ? 20 : 60) ? 0.9 : 0.1;
    predictions.data.set([1 - p, p], 2 * i);
    decisions[i] = Number(p > 0.5);
  }
  const column: FrameColumn = {
    kind: 'categorical',
    name: 'sex',
    codes: Int32Array.from({ length: n }, (_, i) => Number(i >= 100)),
    levels: sexes,
  };
  const errors = Float64Array.from(y, (value, i) => Number(decisions[i] !== value));
  return { sample: { columns: [column], y, predictions, decisions, errors }, column };
}

const two = { classes: ['no', 'yes'], positive: 1 } as unknown as ModelView;

describe('a model group by group', () => {
  it('is counted in each group, and what differs is said', () => {
    const { sample, column } = unfair();
    const { table, sentences } = byColumn(sample, column, two);
    const [women, men] = table.rows;
    expect(women.slice(0, 3)).to.deep.equal(['f', '100', '50 %']);
    expect(women[3]).to.match(/^20 % \(13 % to 29 %\)$/);
    expect(women[4]).to.match(/^40 % /);
    expect(men[4]).to.match(/^(100|> 99) % /);
    expect(men[5]).to.match(/^20 % /);
    expect(women[7]).to.equal('−24.0 points');
    expect(sentences[0]).to.equal('The group f is called yes 0.33 times as often as m: less than four fifths.');
    expect(sentences[1]).to.equal('Recall: 40 % in f, 100 % in m.');
  });

  it('has shares with the interval of Wilson', () => {
    // R: prop.test(20, 100, correct = FALSE)$conf.int
    expect(shareInterval(20, 100)[0]).to.be.closeTo(0.1333669, 1e-6);
    expect(shareInterval(20, 100)[1]).to.be.closeTo(0.2888292, 1e-6);
    expect(shareInterval(0, 10)[0]).to.equal(0);
    expect(shareInterval(10, 10)[1]).to.be.closeTo(1, 1e-12);
  });

  it('of numbers says which group is predicted too high', () => {
    const rng = new Rng(1);
    const { column } = unfair();
    const y = Float32Array.from({ length: 200 }, () => 100 + rng.normal());
    const predictions = createMatrix(200, 1);
    y.forEach((value, i) => (predictions.data[i] = value + rng.normal() + (i < 100 ? 5 : 0)));
    const errors = Float64Array.from(y, (value, i) => Math.abs(value - predictions.data[i]));
    const sample: JudgedSample = { columns: [column], y, predictions, decisions: null, errors };
    const { table, sentences } = byColumn(sample, column, { classes: [] } as unknown as ModelView);
    expect(sentences[0]).to.match(/^f: too high by (4\.9|5\.[01])/);
    expect(table.rows.map(([label]) => label)).to.deep.equal(['f', 'm']);
    const figure = residualMap(sample, [column, { ...column, name: 'again' }]);
    checkFigure(figure);
    expect(figure.table!.rows.map(([a, b, rows]) => [a, b, rows])).to.deep.equal([
      ['f', 'f', '100'],
      ['m', 'm', '100'],
    ]);
  });

  it('is on the page of every task, with columns that the address chooses', () => {
    for (const task of ['regression', 'binary', 'multiclass'] as const) {
      const study = makeStudy({ task, rows: 804 });
      const view = makeModel(study, 'lrnn-2');
      const sample = makeSample(study);
      const explanation = makeExplanation(study, 'lrnn-2');
      const names = sample.frame.columns.map(({ name }) => name);
      const rows = rowsView(study, view, sample, { explanation, query: { by: names[1], with: names[2] } })!;
      expect([rows.by.column, rows.chosen.with]).to.deep.equal([names[1], names[2]]);
      checkFigure(rows.map!);
      const other = rowsView(study, view, sample, { explanation, query: { by: 'none', with: HOSTILE } })!;
      expect(names).to.include(other.by.column);
      expect(other.slicesLead).to.contain('40 sampled rows');
      expect(rowsView(study, view, null, { explanation, query: {} }), 'without a sample').to.equal(null);
    }
  });

  it('finds the predictions of sampled rows by their numbers, and leaves out rows without', () => {
    const study = makeStudy();
    const view = makeModel(study, 'lrnn-2');
    const sample = makeSample(study);
    const moved = { ...sample, rows: Uint32Array.from(sample.rows, (row) => 800 + row) };
    const judged = judgedSample(moved, view, study.schema)!;
    expect(judged.y.length, 'rows 800 to 803 of 804').to.equal(4);
    expect([...judged.y]).to.deep.equal([...view.y.slice(800)]);
    const far = { ...sample, rows: Uint32Array.from(sample.rows, (row) => 5000 + row) };
    expect(judgedSample(far, view, study.schema)).to.equal(null);
  });
});

describe('figures of held-out rows', () => {
  it('stand beside those of the folds under ids of their own, on the rows held out', () => {
    for (const task of ['regression', 'binary'] as const) {
      const study = makeStudy({ task, rows: 3000 });
      const view = makeModel(study, study.summary.leaderboard[1].model);
      const page = modelPage(study, view, 'x');
      expect(page.heldRows).to.equal('600 held-out rows');
      expect(page.heldFigures.length).to.be.at.least(3);
      for (const figure of page.heldFigures) {
        checkFigure(figure);
        expect(figure.caption).not.to.contain('fold model');
      }
      const ids = [...page.figures, ...page.heldFigures].map(({ id }) => id);
      expect(new Set(ids).size).to.equal(ids.length);
    }
  });

  it('are none without a hold-out', () => {
    const study = makeStudy({ rows: 200 });
    const view = makeModel(study, 'lrnn-2');
    expect(heldView(view)).to.equal(null);
    const page = modelPage(study, view, 'x');
    expect(page.heldFigures).to.deep.equal([]);
    expect(asHeld(page.figures[0]).title).to.match(/, held-out rows$/);
  });
});
