/** @file One count is one number, wherever it stands. */

import { expect } from 'chai';

import { studyText } from '../../src/cli/summary.js';
import { homePage, modelPage, searchForm, searchPage, studyPage } from '../../src/report/pages/view-model.js';
import { fakeOutput } from '../cli/support/terminal.js';
import { makeModel, makeStudy } from '../support/studies.js';

const OUTPUT = fakeOutput();

describe('the trials of a study', () => {
  const base = makeStudy({ trials: 20 });
  const states = ['complete', 'complete', 'complete', 'pruned', 'failed', 'running'] as const;
  const trials = base.trials.map((trial, i) => ({ ...trial, state: states[i % states.length] }));
  const view = { ...base, trials };
  const ended = trials.filter(({ state }) => state !== 'running').length;

  it('are counted alike on every page and in the command line: those that ended', () => {
    const page = studyPage(view, { name: 's', events: [] });
    const { value, note } = page.facts.find(({ label }) => label === 'Trials')!;
    expect(value).to.equal(String(ended));
    const numbers = note!.match(/\d+/g)!.map(Number);
    expect(numbers.reduce((sum, count) => sum + count, 0)).to.equal(trials.length);
    expect(page.insights.find(({ id }) => id === 'costs')!.pairs[0].value).to.contain(`for ${ended} trials`);
    const search = searchPage(view, 's');
    expect(search.lead)
      .to.match(new RegExp(`^${ended} trials on `))
      .and.to.contain(note);
    expect(studyText(view, OUTPUT)).to.contain(`${ended} trials in `);
    const { status, createdAt, summary } = view;
    const listed = { name: 's', status, createdAt, summary, trials: ended };
    expect(homePage([listed], 'r', searchForm({ maxUploadBytes: 1, place: null })).studies[0].trials).to.equal(
      `${ended} trials`,
    );
  });

  it('have the number of their name', () => {
    for (const { number, model } of searchPage(view, 's').trials.rows)
      expect(model).to.match(new RegExp(`-${number}$`));
    const own = base.trials.find(({ state }) => state === 'complete')!;
    const facts = modelPage(base, makeModel(base, own.model), 's').facts;
    expect(own.model).to.match(new RegExp(`-${facts.find(({ label }) => label === 'Trial')!.value}$`));
  });

  it('are said once while a search runs, by what follows it', () => {
    const running = studyPage({ ...view, status: 'running' }, { name: 's', events: [] });
    expect(running.facts.map(({ label }) => label)).to.deep.equal(['Target', 'Data', 'Validation']);
  });
});
