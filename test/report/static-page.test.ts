import { expect } from 'chai';

import { backgroundOf, rawCell } from '../../src/explain/index.js';
import { LONGEST_FORM } from '../../src/explain/lrnn/written-form.js';
import { renderStatic } from '../../src/report/pages/render.js';
import { inlineScript, offlineStart, ownPart, predictorLead } from '../../src/report/pages/static-page.js';
import { dataPage, modelPage, searchPage, studyPage, tryPage } from '../../src/report/pages/view-model.js';
import { makeDataReport, makeExplanation, makeSample, makeStudyExplanation } from '../support/explanations.js';
import { HOSTILE, makeModel, makeStudy } from '../support/studies.js';

const view = makeStudy({ hostile: true, task: 'binary', trials: 40 });
const explained = (model: string) =>
  modelPage(view, makeModel(view, model), HOSTILE, { explanation: makeExplanation(view, model) });

describe('renderStatic', () => {
  const render = () =>
    renderStatic({
      name: HOSTILE,
      version: '0.1.0',
      study: studyPage(view, { name: HOSTILE, events: [], explanation: makeStudyExplanation(view) }),
      search: searchPage(view, HOSTILE),
      data: dataPage(view, makeDataReport(view), HOSTILE),
      models: [explained('ensemble'), explained('lrnn-2')],
      predictor: {
        form: tryPage(view, { name: HOSTILE, model: 'lrnn-2', sample: makeSample(view), maxUploadBytes: 1 }),
        code: 'export function predict(rows) { return rows.map(() => ({ prediction: "</script><b>" })); }',
        start: offlineStart(view, makeSample(view)),
        lead: predictorLead(view, 'ensemble'),
      },
    });

  it('leads nowhere, and shows hostile names as text', async () => {
    const html = await render();
    expect(html).not.to.contain('<img src=x').and.not.to.contain('<script>window');
    expect(html.match(/<script/g)).to.have.length(3);
    expect(html.match(/<\/script>/g), 'no script ends early').to.have.length(3);
    expect(html).not.to.match(/(?:src|href|action)="(?:https?:|\/)/);
    expect(html).to.contain(`content="default-src 'none'; script-src 'unsafe-inline'`);
  });

  it('has every part, no id twice, and no more than a megabyte without the model', async () => {
    const html = await render();
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).to.deep.equal([]);
    for (const id of [
      'leaderboard',
      'part-search',
      'part-data',
      'part-model-0',
      'part-model-1',
      'm1-inside',
      'part-try',
    ]) {
      expect(ids).to.include(id);
    }
    expect(html.length).to.be.below(1.2e6);
  });
});

/** So much of a report of 3 MB is left to the model that predicts in it, whatever else it shows. */
const ROOM_FOR_A_MODEL = 1_200_000;

/** A report can be mailed: 100 trials, a model and the largest written form that it may carry. */
describe('the size of a report', function () {
  this.timeout(60_000);

  for (const task of ['regression', 'binary', 'multiclass'] as const) {
    it(`is below 3 MB for 100 trials with everything in it: ${task}`, async () => {
      const study = makeStudy({ task, trials: 100 });
      const page = (model: string) => {
        const explanation = makeExplanation(study, model);
        const { inside } = explanation;
        const exact = inside?.exact ? { ...inside.exact, written: '0.123456\t'.repeat(LONGEST_FORM / 9) } : null;
        return modelPage(study, makeModel(study, model), 'cars', {
          explanation: { ...explanation, inside: inside && { ...inside, exact } },
        });
      };
      const html = await renderStatic({
        name: 'cars',
        version: '0.1.0',
        study: studyPage(study, { name: 'cars', events: [], explanation: makeStudyExplanation(study) }),
        search: searchPage(study, 'cars'),
        data: dataPage(study, makeDataReport(study), 'cars'),
        models: [page('ensemble'), page('lrnn-2')],
        predictor: {
          form: tryPage(study, { name: 'cars', model: 'lrnn-2', sample: makeSample(study), maxUploadBytes: 1 }),
          code: 'x'.repeat(ROOM_FOR_A_MODEL),
          start: offlineStart(study, makeSample(study)),
          lead: predictorLead(study, 'ensemble'),
        },
      });
      expect(html).to.contain('All numbers');
      expect(Buffer.byteLength(html)).to.be.within(1e6, 3e6);
    });
  }
});

describe('predictorLead', () => {
  const study = makeStudy({ trials: 20 });
  const { leaderboard } = study.summary;

  it('says the score of the model, and that it is the winner', () => {
    expect(predictorLead(study, leaderboard[0].model)).to.match(
      /with \S+: RMSE [\d,.]+ ± [\d,.]+ over 5 folds, the winner\.$/,
    );
  });

  it('says the score of a model that is not the winner beside the score of the winner', () => {
    const other = leaderboard[2];
    expect(other.cv).not.to.equal(leaderboard[0].cv);
    const words = predictorLead(study, other.model);
    const [own, winner] = words
      .match(/RMSE ([\d,.]+) ± .*\(([\d,.]+)\)/)!
      .slice(1)
      .map((text) => Number(text.replaceAll(',', '')));
    expect(own).to.be.closeTo(other.cv, Math.abs(own) * 1e-3);
    expect(winner).to.be.closeTo(leaderboard[0].cv, Math.abs(winner) * 1e-3);
    expect(words).to.contain(leaderboard[0].model).and.not.to.contain('the winner.');
  });
});

describe('offlineStart', () => {
  it('has the rows that the server starts from, with one order per row and its reverse', () => {
    const study = makeStudy({ trials: 5 });
    const sample = makeSample(study);
    const { columns, rows, walks, words } = offlineStart(study, sample);
    const background = backgroundOf(sample, columns.length);
    expect(rows).to.have.length(background.rowCount);
    const numbers = background.columns.find(({ kind, name }) => kind === 'numeric' && columns.includes(name))!;
    const place = columns.indexOf(numbers.name);
    expect(rows.map((cells) => cells[place])).to.deep.equal(
      rows.map((_, row) =>
        rawCell(
          numbers,
          row,
          study.schema.columns.find(({ name }) => name === numbers.name)!,
        ),
      ),
    );
    const froms = walks.map(({ from }) => from);
    expect([...froms].sort((a, b) => a - b)).to.deep.equal(rows.flatMap((_, row) => [row, row]));
    walks.forEach(({ order }, w) => {
      expect([...order].sort((a, b) => a - b)).to.deep.equal(columns.map((_, j) => j));
      if (w % 2 === 1) expect(froms[w]).to.equal(froms[w - 1]);
      if (w % 2 === 1) expect(order).to.deep.equal([...walks[w - 1].order].reverse());
    });
    expect(words).to.contain(`${rows.length} rows`).and.to.contain('{}');
  });
});

describe('ownPart', () => {
  it('changes names in attributes, and only there', () => {
    const html =
      '<section aria-labelledby="a"><h2 id="a">id=&#34;a&#34;</h2><div role="region" aria-label="T"></div></section>';
    expect(ownPart(html, 'm1', 'top', '<x>')).to.equal(
      '<section aria-labelledby="top m1-a"><h2 id="m1-a">id=&#34;a&#34;</h2><div role="region" aria-label="T, &lt;x&gt;"></div></section>',
    );
  });
});

describe('inlineScript', () => {
  it('leaves nothing that ends a script element', () => {
    expect(inlineScript('a("</script><!--")')).to.equal('a("<\\/script><\\!--")');
  });
});
