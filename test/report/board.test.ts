import { expect } from 'chai';

import { arrangeBoard, boardColumns, boardRows, readBoardQuery } from '../../src/report/pages/study/board.js';
import { makeStudyExplanation } from '../support/explanations.js';
import { makeStudy } from '../support/studies.js';

const view = makeStudy({ trials: 30 });
const { blends } = makeStudyExplanation(view);
const rows = boardRows(view, 'cars', blends);
const query = (words: Record<string, string>) => readBoardQuery(words, 'minimize');

describe('boardRows', () => {
  it('shows the best, the default and the blend of a family, each with its numbers', () => {
    const lrnn = rows.filter(({ chip }) => chip.family === 'lrnn');
    expect(lrnn.map(({ kind }) => kind)).to.have.members(['tuned', 'default', 'blend']);
    const first = view.trials.find(({ family }) => family === 'lrnn')!;
    const own = lrnn.find(({ kind }) => kind === 'default')!;
    expect([own.model, own.keys.score, own.rank, own.keys.fit]).to.deep.equal([
      first.model,
      first.cv,
      null,
      first.fitSeconds,
    ]);
    const blend = lrnn.find(({ kind }) => kind === 'blend')!;
    expect([blend.keys.score, blend.href, blend.settings.map(({ value }) => value)]).to.deep.equal([
      blends[0].cv,
      null,
      ['75 %', '25 %'],
    ]);
    const members = view.trials.filter(({ model }) => blends[0].members.some((member) => member.model === model));
    expect(blend.keys.parameters).to.equal(members.reduce((sum, { parameters }) => sum + parameters, 0));
  });

  it("says beside a better score than the winner's that it is not clearly better", () => {
    const [best, second, ...others] = view.summary.leaderboard;
    const leaderboard = [
      { ...best, model: second.model, family: second.family, cv: second.cv },
      { ...second, ...best, rank: 2 },
    ];
    const turned = { ...view, summary: { ...view.summary, leaderboard: [...leaderboard, ...others] } };
    const marked = boardRows(turned, 'cars').filter(({ kindWords }) => kindWords.endsWith('not clearly better'));
    expect(marked.map(({ model }) => model)).to.deep.equal([best.model]);
    expect(rows.some(({ kindWords }) => kindWords.endsWith('not clearly better'))).to.equal(false);
  });

  it('leaves out the blend of a family that is the ensemble', () => {
    const [blend] = blends;
    const ensemble = blend.members.map((member) => ({ ...member, family: blend.family }));
    const kinds = (isStacked: boolean) =>
      boardRows({ ...view, ensemble, isStacked }, 'cars', [blend]).filter(({ kind }) => kind === 'blend').length;
    expect([kinds(false), kinds(true)]).to.deep.equal([0, 1]);
  });

  it('shows corrected scores where there are some', () => {
    const [best, ...others] = view.summary.leaderboard;
    const leaderboard = [{ ...best, corrected: best.cv + 1 }, ...others];
    const shown = boardRows({ ...view, summary: { ...view.summary, leaderboard } }, 'cars');
    expect(shown.find(({ model }) => model === best.model)!.corrected).to.match(/^[\d.,]+$/);
    expect(rows.map(({ corrected }) => corrected)).to.deep.equal(rows.map(() => null));
  });

  it('puts ranked rows and then the best score first, and marks the leader of the leaderboard only', () => {
    const scores = (isRanked: boolean) =>
      rows.filter(({ rank }) => (rank !== null) === isRanked).map(({ keys }) => keys.score!);
    for (const isRanked of [true, false]) {
      expect(scores(isRanked)).to.deep.equal([...scores(isRanked)].sort((a, b) => a - b));
    }
    const firstUnranked = rows.findIndex(({ rank }) => rank === null);
    expect(
      rows.slice(firstUnranked).every(({ rank }) => rank === null),
      'ranked ones first',
    ).to.equal(true);
    expect(rows.filter(({ isBest }) => isBest).map(({ model }) => model)).to.deep.equal([view.summary.best]);
  });
});

describe('arrangeBoard', () => {
  it('sorts by what was asked for, rows without the number last in both orders', () => {
    for (const order of ['ascending', 'descending'] as const) {
      const sorted = arrangeBoard(rows, query({ sort: 'predict', order })).map(({ keys }) => keys.predict);
      const known = sorted.filter((value) => value !== null);
      expect(sorted.slice(0, known.length)).to.deep.equal(known);
      expect(known).to.deep.equal([...known].sort((a, b) => (order === 'ascending' ? a - b : b - a)));
      expect(known.length).to.be.within(2, sorted.length - 1);
    }
  });

  it('filters by family and by kind', () => {
    const found = arrangeBoard(rows, query({ family: 'xgboost', kind: 'default' }));
    expect(found.map(({ chip, kind }) => [chip.family, kind])).to.deep.equal([['xgboost', 'default']]);
  });
});

describe('readBoardQuery', () => {
  it('takes nothing on trust: unknown words are left out', () => {
    const bad = query({ sort: '<script>', order: 'up', family: 'constructor', kind: 'toString' });
    expect(bad).to.deep.equal({ sort: 'score', direction: 'ascending', isAsked: false, family: null, kind: null });
    expect(readBoardQuery({}, 'maximize').direction).to.equal('descending');
  });

  it('gives every column a link that sorts by it, and back again', () => {
    const columns = boardColumns('a b', query({ sort: 'fit', family: 'mlp' }), 'minimize');
    const fit = columns.find(({ key }) => key === 'fit')!;
    expect(fit).to.deep.equal({
      key: 'fit',
      href: '/studies/a%20b?sort=fit&order=descending&family=mlp#leaderboard',
      sorted: 'ascending',
    });
    expect(columns.filter(({ sorted }) => sorted !== null)).to.have.length(1);
    expect(boardColumns('s', query({}), 'maximize').find(({ key }) => key === 'holdout')!.href).to.contain(
      'descending',
    );
  });
});
