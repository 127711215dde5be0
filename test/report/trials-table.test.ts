import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import { renderPage } from '../../src/report/pages/render.js';
import { trialsTable } from '../../src/report/pages/search/trials-table.js';
import { searchPage } from '../../src/report/pages/search-page.js';
import { scoresTogetherPlot } from '../../src/report/plots/edf.js';
import { settingName, spokenSettings } from '../../src/report/words/format.js';
import { makeStudy } from '../support/studies.js';
import { checkFigure } from './support/figures.js';

const view = makeStudy({ trials: 30 });

describe('the table of trials', () => {
  it('is sorted as the address says, trials without the number last in both orders', () => {
    for (const order of ['ascending', 'descending'] as const) {
      const keys = trialsTable(view, 's', { sort: 'score', order }).rows.map(({ keys: own }) => own.score);
      const known = keys.filter((key) => key !== null);
      expect(known).to.deep.equal([...known].sort((a, b) => (order === 'ascending' ? a - b : b - a)));
      expect(keys.slice(known.length)).to.deep.equal([null, null]);
    }
    expect(trialsTable(view, 's').rows.map(({ number }) => number)).to.deep.equal(
      view.trials.map(({ number }) => number),
    );
  });

  it('is filtered by family and state, and keeps both in the links that sort it', () => {
    const { rows, heads } = trialsTable(view, 'a b', { family: 'xgboost', state: 'complete' });
    expect(rows.length).to.be.above(2);
    expect(rows.every(({ chip, state }) => chip.family === 'xgboost' && state === 'complete')).to.equal(true);
    expect(heads.fit.href).to.equal(
      '/studies/a%20b/search?sort=fit&order=ascending&family=xgboost&state=complete#trials',
    );
    expect(heads.fit.key, 'not by a script: some are missing').to.equal('');
    expect(trialsTable(view, 's', { state: 'failed' }).rows.map(({ state }) => state)).to.deep.equal([
      'failed',
      'failed',
    ]);
  });

  it('turns the order with the next click, and takes nothing on trust', () => {
    expect(trialsTable(view, 's', { sort: 'fit' }).heads.fit.href).to.contain('order=descending');
    const odd = trialsTable(view, 's', {
      sort: '__proto__',
      order: 'up',
      family: '<b>',
      state: 'toString',
      trials: 'x',
    });
    expect(odd.rows).to.have.length(30);
    expect(odd.heads.number.sorted).to.equal('ascending');
  });

  it('has a hundred of many, of any order, and all where they are asked for', () => {
    const big = makeStudy({ trials: 300 });
    const { rows, hidden, all } = trialsTable(big, 's', { sort: 'fit', order: 'descending' });
    expect([rows.length, hidden]).to.deep.equal([100, 200]);
    const most = Math.max(...big.trials.map(({ fitSeconds }) => fitSeconds));
    expect(rows[0].keys.fit).to.equal(most);
    expect(all).to.equal('/studies/s/search?trials=all&sort=fit&order=descending#trials');
    expect(trialsTable(big, 's', { trials: 'all' }).rows).to.have.length(300);
    expect(trialsTable({ ...view, trials: [] }, 's').rows).to.deep.equal([]);
  });
});

describe('the page of a search', () => {
  it('is below 150 kB as it travels, of 500 trials', async () => {
    const rng = new Rng(1);
    const big = makeStudy({ trials: 500, rows: 50_000 });
    const trials = big.trials.map((trial) => ({
      ...trial,
      settings: Object.fromEntries(
        Object.entries(trial.settings).map(([key, value]) => [
          key,
          key === 'depth' ? 1 + rng.integer(3) : typeof value === 'number' ? value * (0.5 + rng.uniform()) : value,
        ]),
      ),
    }));
    const html = await renderPage({ view: 'search', page: searchPage({ ...big, trials }, 's') });
    expect(gzipSync(html).length).to.be.below(150_000);
  });
});

describe('a search of few trials', () => {
  const varied = (count: number) => {
    const study = makeStudy({ trials: count });
    const trials = study.trials.map((trial) => ({
      ...trial,
      family: 'lrnn' as const,
      state: 'complete' as const,
      cv: 100 + (trial.number % 7),
      settings: {
        depth: 1 + (trial.number % 2),
        rank: 16 * (1 + trial.number),
        width: 2 + trial.number,
        learningRate: 0.01 / (1 + trial.number),
      },
    }));
    return { ...study, trials };
  };

  it('has parallel coordinates, slices and the surface from three trials on, and what mattered from eight on', () => {
    const figures = (count: number) => {
      const page = searchPage(varied(count), 's');
      return [...page.families.flatMap((family) => family.figures), ...(page.surface ? [page.surface] : [])];
    };
    expect(figures(2)).to.deep.equal([]);
    const few = figures(4);
    expect(few.map(({ id }) => id)).to.deep.equal(['parallel-lrnn', 'slices-lrnn', 'surface']);
    expect(few[0].caption).to.contain('too few to say which setting matters');
    expect(few[0].table!.columns).to.include('learning rate');
    expect(few[2].table!.rows[0].slice(2)).to.deep.equal(['–', '–', '–']);
    few.forEach(checkFigure);
    const many = figures(9);
    expect(many.map(({ id }) => id)).to.deep.equal(['importance-lrnn', 'parallel-lrnn', 'slices-lrnn', 'surface']);
    expect(many[3].table!.rows[0][4]).to.match(/%/);
    many.forEach(checkFigure);
  });
});

describe('the distribution of scores', () => {
  it('rises from the best score to all trials of a family', () => {
    const figure = scoresTogetherPlot(view.trials, { metric: 'RMSE', direction: 'minimize' })!;
    checkFigure(figure);
    const lrnn = view.trials.filter(({ family, cv }) => family === 'lrnn' && cv !== null).map(({ cv }) => cv!);
    const row = figure.table!.rows.find(([family]) => family === 'LRNN')!;
    expect(row[1]).to.equal(String(lrnn.length));
    expect(Number(row[2].replace(',', ''))).to.be.closeTo(Math.min(...lrnn), 0.51);
    const binary = makeStudy({ task: 'binary', trials: 30 });
    checkFigure(scoresTogetherPlot(binary.trials, { metric: 'AUC', direction: 'maximize' })!);
  });

  it('is none of families with one trial each', () => {
    expect(scoresTogetherPlot(makeStudy({ trials: 3 }).trials, { metric: 'RMSE', direction: 'minimize' })).to.equal(
      null,
    );
    expect(scoresTogetherPlot([], { metric: 'RMSE', direction: 'minimize' })).to.equal(null);
  });
});

describe('the names of settings', () => {
  it('are words', () => {
    expect(['learningRate', 'first.rank', 'first.frequencyScale', 'regLambda', 'a.b'].map(settingName)).to.deep.equal([
      'learning rate',
      'first layer: rank',
      'first layer: frequency scale',
      'penalty (squares)',
      'a: b',
    ]);
    expect(spokenSettings({ first: { rank: 3 }, weightDecay: 0.02 })).to.deep.equal([
      { key: 'first layer: rank', value: '3' },
      { key: 'weight decay', value: '0.02' },
    ]);
  });
});
