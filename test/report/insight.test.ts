import { expect } from 'chai';

import { explainedModels, insightCards } from '../../src/report/pages/study/insight.js';
import { studyPage } from '../../src/report/pages/view-model.js';
import { gapsPlot } from '../../src/report/plots/gaps.js';
import { gapsOf } from '../../src/report/words/gaps.js';
import { makeExplanation } from '../support/explanations.js';
import { makeStudy } from '../support/studies.js';

const view = makeStudy();

describe('gapsOf', () => {
  it('compares the best with every other family but the dummy, in the order of the leaderboard', () => {
    const gaps = gapsOf(view);
    const families = view.summary.leaderboard.map(({ family }) => family);
    expect(gaps.map(({ rival }) => rival.family)).to.deep.equal(
      families.slice(1).filter((family) => family !== 'dummy'),
    );
    for (const { lead, test, rival } of gaps) {
      expect(lead).to.be.closeTo(rival.cv - view.summary.leaderboard[0].cv, 1e-9);
      expect((test!.low + test!.high) / 2, 'the middle of the interval is the lead').to.be.closeTo(lead, 60);
    }
  });

  it('counts a lead upwards where higher is better', () => {
    const binary = makeStudy({ task: 'binary' });
    for (const { lead } of gapsOf(binary)) expect(lead).to.be.at.least(0);
  });
});

describe('gapsPlot', () => {
  const gaps = gapsOf(view);

  it('says of each rival whether the folds can tell, in the table as in the drawing', () => {
    const figure = gapsPlot(gaps, { best: 'ensemble', folds: 5, metric: 'RMSE' })!;
    const verdicts = figure.table!.rows.map((row) => row.at(-1));
    expect(verdicts).to.deep.equal(
      gaps.map(({ verdict }) => (verdict === 'better' ? 'clearly better' : 'not distinguishable')),
    );
    expect(figure.wide).to.contain(String(verdicts[0]));
    expect(figure.caption).to.contain('5 validation folds');
  });

  it('sets the folds and the held-out rows side by side, and says where they disagree', () => {
    const [first, second] = gaps;
    const words = 'better on the folds, not on the held-out rows';
    const behind = { ...first.rival.behind!, holdout: { gain: -20, low: -60, high: 30 }, words };
    const told = [{ ...first, rival: { ...first.rival, behind } }, second];
    const { table } = gapsPlot(told, { best: 'ensemble', folds: 5, metric: 'RMSE' })!;
    expect(table!.columns.slice(4, 6)).to.deep.equal(['Lead, held-out rows', '95 % interval there']);
    expect(table!.rows[0].slice(4)).to.deep.equal(['−20.00', '−60.00 to 30.00', words]);
    expect(table!.rows[1].slice(4, 6)).to.deep.equal(['–', '–']);
  });

  it('names a rival that is far behind instead of squeezing the others', () => {
    const test = { low: 0.5, high: 1.5, p: 0.01 };
    const [near] = gaps;
    const some = [1, 1.2, 60].map((lead, i) => ({ ...near, rival: gaps[i].rival, lead, test }));
    const figure = gapsPlot(some, { best: 'ensemble', folds: 5, metric: 'RMSE' })!;
    expect(figure.caption).to.match(/ Off the scale: \w+\.$/);
    expect(figure.table!.rows).to.have.length(3);
  });

  it('is not drawn where nothing can be tested', () => {
    const untested = gaps.map((gap) => ({ ...gap, test: null }));
    expect(gapsPlot(untested, { best: 'ensemble', folds: 5, metric: 'RMSE' })).to.equal(null);
  });
});

describe('insightCards', () => {
  const models = explainedModels(view);
  const explained = {
    best: makeExplanation(view, models.best!),
    lrnn: makeExplanation(view, models.lrnn!),
  };

  it('shows the columns that matter, longest bar first, and leaves out those that do not', () => {
    const [card] = insightCards(view, 's', { gaps: [], explained });
    const wanted = explained.best.importance.columns.filter(({ isClear }) => isClear).slice(0, 5);
    expect(card.bars.map(({ label }) => label)).to.deep.equal(wanted.map(({ column }) => column));
    expect(card.bars[0]).to.include({ percent: 100, text: '80 ± 3' });
    expect(card.href).to.equal('/studies/s/models/ensemble#columns-matter');
  });

  it('shows what the best LRNN multiplies, and how much of its size it uses', () => {
    const card = insightCards(view, 's', { gaps: [], explained }).find(({ id }) => id === 'learned')!;
    expect(card.bars).to.deep.equal([{ label: 'Mileage × Cylinder', text: '7.1 %', percent: 100 }]);
    expect(card.pairs).to.deep.equal([{ label: 'In use', value: '12.3 of rank 64, 2.3 of width 6' }]);
  });

  it('names a cheaper model only where the folds cannot tell it from the best', () => {
    const [best, rival] = view.summary.leaderboard;
    const costly = {
      ...view,
      summary: { ...view.summary, leaderboard: [{ ...best, predictMsPerRow: 0.9 }, rival] },
    };
    const gap = { rival: { ...rival, predictMsPerRow: 0.1 }, lead: 1, test: null } as const;
    const noteOf = (verdict: 'better' | 'unclear'): string | null =>
      insightCards(costly, 's', { gaps: [{ ...gap, verdict }], explained }).find(({ id }) => id === 'costs')!.note;
    expect(noteOf('unclear')).to.equal(
      `${rival.model} predicts 9.0 times faster, and the folds cannot tell it from the best.`,
    );
    expect(noteOf('better')).to.equal(null);
  });

  it('waits for what is not there yet', () => {
    const none = { best: null, lrnn: null };
    expect(insightCards(view, 's', { gaps: [], explained: none }).map(({ id }) => id)).to.deep.equal(['costs']);
    const running = makeStudy({ status: 'running', trials: 1 });
    expect(studyPage(running, { name: 's', events: [] }).insights).to.deep.equal([]);
  });
});

describe('the facts of a study', () => {
  it('count finished, given up and failed trials, so that they add up', () => {
    const trials = view.trials.map((trial, i) => (i > 8 && i < 10 ? { ...trial, state: 'pruned' as const } : trial));
    const { facts } = studyPage({ ...view, trials }, { name: 's', events: [] });
    expect(facts.find(({ label }) => label === 'Trials')).to.include({
      value: '14',
      note: '12 finished, 1 given up early, 1 failed',
    });
  });
});
