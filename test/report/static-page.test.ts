import { expect } from 'chai';

import { LONGEST_FORM } from '../../src/explain/lrnn/written-form.js';
import { renderStatic } from '../../src/report/render.js';
import { inlineScript, ownPart } from '../../src/report/static-page.js';
import { dataPage, modelPage, searchPage, studyPage, tryPage } from '../../src/report/view-model.js';
import { MAX_MODULE_BYTES } from '../../src/run/report.js';
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
        background: [{ [HOSTILE]: HOSTILE }],
        instead: null,
      },
    });

  it('leads nowhere, and shows hostile names as text', async () => {
    const html = await render();
    expect(html).not.to.contain('<img src=x').and.not.to.contain('<script>window');
    expect(html.match(/<script/g)).to.have.length(2);
    expect(html.match(/<\/script>/g), 'no script ends early').to.have.length(2);
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

/** A report can be mailed: 100 trials, and the largest model and written form that it may carry. */
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
          code: 'x'.repeat(MAX_MODULE_BYTES),
          background: [],
          instead: null,
        },
      });
      expect(html).to.contain('All numbers');
      expect(Buffer.byteLength(html)).to.be.within(1e6, 3e6);
    });
  }
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
