import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import { parseHTML } from 'linkedom';

import type { Page } from '../../src/report/pages/render.js';
import { renderPage } from '../../src/report/pages/render.js';
import {
  dataPage,
  errorPage,
  homePage,
  modelPage,
  searchForm,
  searchPage,
  startingPage,
  studyPage,
  tryAnswer,
  tryPage,
} from '../../src/report/pages/view-model.js';
import { VIEWS_FOLDER } from '../../src/report/views-folder.js';
import {
  makeDataReport,
  makeExplanation,
  makePreparation,
  makeRowAnswer,
  makeSample,
  makeStudyExplanation,
} from '../support/explanations.js';
import { HOSTILE, makeEvents, makeModel, makeStudy } from '../support/studies.js';

const hostile = makeStudy({ hostile: true, task: 'binary', status: 'complete' });
const events = makeEvents({ ...hostile, status: 'running' }).map((event, i) => ({ id: i + 1, event }));
const form = searchForm(
  { maxUploadBytes: 1024 ** 2, place: null },
  { target: HOSTILE, name: HOSTILE, time: HOSTILE },
  HOSTILE,
);
const listed = { name: HOSTILE, status: 'complete' as const, createdAt: 0, summary: hostile.summary, trials: 3 };
const damaged = { name: HOSTILE, status: 'damaged' as const, createdAt: 0, summary: null };

const explained = { explanation: makeExplanation(hostile, 'lrnn-2'), preparation: makePreparation(hostile) };

const PAGES: Record<string, Page> = {
  'an empty home': { view: 'home', page: homePage([], HOSTILE, form) },
  home: { view: 'home', page: homePage([listed, damaged], HOSTILE, form) },
  'a form': { view: 'new', page: { form } },
  'a study': {
    view: 'study',
    page: studyPage(hostile, { name: HOSTILE, events, explanation: makeStudyExplanation(hostile) }),
  },
  'a search': { view: 'search', page: searchPage(hostile, HOSTILE) },
  'a table': { view: 'data', page: dataPage(hostile, makeDataReport(hostile), HOSTILE) },
  'a form for a row': {
    view: 'try',
    page: tryPage(hostile, {
      name: HOSTILE,
      model: 'lrnn-2',
      sample: makeSample(hostile),
      maxUploadBytes: 1024 ** 2,
      answer: tryAnswer(hostile, makeRowAnswer(hostile)),
    }),
  },
  'a running study': {
    view: 'study',
    page: studyPage({ ...hostile, status: 'running' }, { name: HOSTILE, events, canStop: true }),
  },
  'a model': { view: 'model', page: modelPage(hostile, makeModel(hostile, 'lrnn-2'), HOSTILE, explained) },
  'an ensemble': { view: 'model', page: modelPage(hostile, makeModel(hostile, 'ensemble'), HOSTILE) },
  'a starting run': { view: 'starting', page: startingPage(HOSTILE, [{ type: 'warning', message: HOSTILE }]) },
  'an error': { view: 'error', page: errorPage(400, HOSTILE) },
};

interface Found {
  readonly tagName: string;
  readonly textContent: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
}

function all(html: string, selector: string): Found[] {
  const { document } = parseHTML(html) as unknown as { document: { querySelectorAll(s: string): Iterable<Found> } };
  return [...document.querySelectorAll(selector)];
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

describe('renderPage', () => {
  for (const [name, page] of Object.entries(PAGES)) {
    it(`shows names that try to be markup as text on ${name}`, async () => {
      const html = await renderPage(page);
      expect(html).to.match(/^<!doctype html>/i);
      expect(html).not.to.contain('<img src=x').and.not.to.contain('<script>window');
      expect(all(html, 'script').map((script) => script.getAttribute('src'))).to.deep.equal([
        '/assets/theme.js',
        '/assets/app.js',
      ]);
      expect(all(html, '[onerror]')).to.be.empty;
      expect(all(html, 'body')[0].textContent).to.contain('onerror="alert(\'1\')"');
    });

    it(`needs no inline script or style and no id twice on ${name}`, async () => {
      const html = await renderPage(page);
      expect(all(html, 'style, [style]')).to.be.empty;
      const ids = all(html, '[id]').map((element) => element.getAttribute('id'));
      expect(ids.filter((id, i) => ids.indexOf(id) !== i)).to.deep.equal([]);
      for (const element of all(html, '*')) {
        for (const attribute of element.attributes) expect(attribute.name).not.to.match(/^on/);
      }
    });
  }

  it('leads nowhere but to its own pages', async () => {
    for (const page of Object.values(PAGES)) {
      const targets = all(await renderPage(page), '[href], [src], [action]').map(
        (element) => element.getAttribute('href') ?? element.getAttribute('src') ?? element.getAttribute('action'),
      );
      for (const target of targets) expect(target).to.match(/^(\/|#main)/);
    }
  });

  it('keeps what was typed when the form comes back with an error', async () => {
    const html = await renderPage(PAGES['a form']);
    expect(all(html, '#target')[0].getAttribute('value')).to.equal(HOSTILE);
    expect(all(html, '[role="alert"]')[0].textContent).to.equal(HOSTILE);
  });

  it('gives the script of a running page its stream, and a finished page none', async () => {
    const stream = async (name: string): Promise<(string | null)[]> =>
      all(await renderPage(PAGES[name]), '[data-events]').map((element) => element.getAttribute('data-events'));
    expect(await stream('a running study')).to.deep.equal([
      `/studies/${encodeURIComponent(HOSTILE)}/events?after=${events.length}`,
    ]);
    expect(await stream('a study')).to.be.empty;
  });
});

describe('views', () => {
  it('print raw markup for other templates and figures of ours only', () => {
    const templates = files(VIEWS_FOLDER).filter((file) => file.endsWith('.ejs'));
    expect(templates.length).to.be.greaterThan(8);
    for (const file of templates) {
      const raw = [...readFileSync(file, 'utf8').matchAll(/<%-\s*(.*?)\s*-?%>/gs)].map(([, code]) => code);
      for (const code of raw)
        expect(code, file).to.match(
          /^(include\(|it\.figure\.(wide|narrow)$|html$|it\.page\.(style|themeScript|script|model)$)/,
        );
    }
  });
});
