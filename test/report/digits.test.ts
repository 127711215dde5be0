/** @file One study, one way to write its scores: on every page, and in the command line. */

import { expect } from 'chai';

import type { StudyView } from '../../src/automl/index.js';
import { studiesText } from '../../src/cli/study-table.js';
import { studyText } from '../../src/cli/summary.js';
import { homePage, modelPage, searchForm, searchPage, studyPage } from '../../src/report/pages/view-model.js';
import { fakeOutput } from '../cli/support/terminal.js';
import { makeModel, makeStudy } from '../support/studies.js';

const OUTPUT = fakeOutput();

/** A study whose best model is as sure as said, and all others a little worse. */
function studyOf(best: number, spread: number): StudyView {
  const base = makeStudy({ trials: 12 });
  const leaderboard = base.summary.leaderboard.map((entry, i) => ({
    ...entry,
    cv: best * (1 + 0.0371 * i),
    cvStd: spread * (1 + 0.113 * i),
    holdout: entry.holdout === null ? null : best * (1.0137 + 0.0291 * i),
  }));
  return { ...base, summary: { ...base.summary, leaderboard } };
}

describe('the digits of a score', () => {
  const wanted = [
    { name: 'of thousands, unsure', best: 1926.8431, spread: 172.31, digits: '1,927 ± 172' },
    { name: 'near one, unsure', best: 0.85834, spread: 0.0143, digits: '0.8583 ± 0.0143' },
    { name: 'near zero, less than its spread', best: 0.020119, spread: 0.027983, digits: '0.020 ± 0.028' },
    { name: 'very sure', best: 0.85834, spread: 0.0000231, digits: '0.858340 ± 0.000023' },
  ];
  for (const { name, best, spread, digits } of wanted) {
    it(`are those of its standard error in lrnn show, in the list and on every page: ${name}`, () => {
      const view = studyOf(best, spread);
      const [score] = digits.split(' ');
      const [leader, second] = view.summary.leaderboard;
      const shown = studyText(view, OUTPUT);
      const page = studyPage(view, { name: 's', events: [] });
      const rows = page.leaderboard.filter(({ rank }) => rank !== null);
      expect(`${rows[0].score} ± ${rows[0].spread}`).to.equal(digits);
      for (const row of rows) {
        const line = shown.split('\n').find((text) => text.includes(` ${row.model} `))!;
        expect(line, row.model).to.contain(row.score).and.to.contain(row.spread).and.to.contain(row.holdout);
      }
      expect(page.sentences[0]).to.contain(digits);
      expect(shown).to.contain(digits);
      const facts = modelPage(view, { ...makeModel(view, second.model), entry: second }, 's').facts;
      expect(facts[0].value).to.equal(rows[1].score);
      const own = { ...view, trials: view.trials.map((trial) => ({ ...trial, cv: best, cvStd: spread })) };
      expect(searchPage(own, 's').trials.rows.find(({ state }) => state === 'complete')!.score).to.equal(score);
      const { status, createdAt, summary } = view;
      const listed = { name: 's', folder: 's', status, createdAt, summary, trials: 12, folds: view.folds };
      expect(homePage([listed], 'r', searchForm({ maxUploadBytes: 1, place: null })).studies[0].score).to.equal(digits);
      expect(studiesText([listed], 'r', OUTPUT)).to.contain(score);
      expect(leader.cv).to.equal(best);
    });
  }
});
