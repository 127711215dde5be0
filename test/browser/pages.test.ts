import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { MachinesView } from '../../src/automl/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { HOSTILE, makeStudy } from '../support/studies.js';
import type { TestBrowser } from './browser.js';
import { expectAccessible, expectNoSidewaysScroll, launchBrowser, openPage } from './browser.js';

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

function someStudies(): FakeStudies {
  const young = makeStudy({ status: 'running', trials: 1 });
  const noScores = { ...young, trials: [], summary: { ...young.summary, leaderboard: [], best: null } };
  const studies = new FakeStudies();
  studies.machines = someMachines();
  return studies
    .add('cars', makeStudy({ trials: 45 }))
    .add('credit', makeStudy({ name: 'credit', task: 'binary', rows: 3000 }))
    .add('letters', makeStudy({ name: 'letters', task: 'multiclass', rows: 2000, classes: LETTERS }))
    .add('busy', makeStudy({ status: 'running', trials: 6 }))
    .add('broken', makeStudy({ status: 'failed', trials: 12 }))
    .add('young', noScores)
    .add('hostile', makeStudy({ hostile: true, task: 'binary' }))
    .add('a-very-long-name-without-any-place-to-break-it-'.repeat(3), makeStudy({ trials: 1 }));
}

/** As many as a page shows, some of them with names that somebody has made up. */
function someMachines(): MachinesView {
  const fit = { model: 'gbdt-7', family: 'gbdt' as const, fold: 2, startedAt: Date.now() - 12_000 };
  const list = Array.from({ length: 40 }, (_, i) => ({
    name: i === 0 ? `${HOSTILE}:1` : i === 1 ? `${'without-any-place-to-break-it-'.repeat(9)}:1` : `10.0.0.${i}:1`,
    slots: 16,
    done: 12 * i,
    fits: i < 3 ? Array.from({ length: 14 - i }, (__, fold) => ({ ...fit, fold })) : [],
    elsewhere: i % 2,
    goneAt: i > 35 ? Date.now() - 60_000 : null,
  }));
  return { at: Date.now(), workers: 50, slots: 800, list };
}

const PAGES: Readonly<Record<string, string>> = {
  home: '/',
  'the form': '/new',
  'studies side by side': `/compare?study=cars&study=broken&study=hostile&study=young`,
  'a study': '/studies/cars',
  'a search': '/studies/cars/search',
  'a table': '/studies/cars/data',
  'a form for a row': '/studies/cars/models/lrnn-2/try',
  'a running study': '/studies/busy',
  'the search of a running study': '/studies/busy/search',
  'a study without scores': '/studies/young',
  'a failed study': '/studies/broken',
  'a study of one trial with a long name': `/studies/${'a-very-long-name-without-any-place-to-break-it-'.repeat(3)}`,
  'a regression model': '/studies/cars/models/lrnn-2',
  'a binary model': '/studies/credit/models/xgboost-3',
  'a model of 26 classes': '/studies/letters/models/mlp-4',
  'an ensemble': '/studies/cars/models/ensemble',
  'a hostile study': '/studies/hostile',
  'a hostile search': '/studies/hostile/search',
  'a hostile table': '/studies/hostile/data',
  'a hostile form': '/studies/hostile/models/lrnn-2/try',
  'a hostile model': '/studies/hostile/models/lrnn-2',
  'an error': '/studies/none',
};

const WIDTHS = [380, 1280];
const SCHEMES = ['light', 'dark'] as const;

describe('pages in a browser', () => {
  let folder = '';
  let browser: TestBrowser | undefined;
  let server: RunningServer;
  let empty: RunningServer;

  before(async function () {
    browser = await launchBrowser(this);
    folder = mkdtempSync(join(tmpdir(), 'lrnn-pages-'));
    server = await serve({ reportsFolder: folder, port: 0, studies: someStudies() });
    empty = await serve({ reportsFolder: folder, port: 0, studies: new FakeStudies() });
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    await empty?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlOf = (path: string): string => server.url + path;

  async function check(name: string, url: string): Promise<void> {
    const { page, faults } = await openPage(browser!);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(url);
      await expectNoSidewaysScroll(page, `${name}, ${width} px`);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        await expectAccessible(page, `${name}, ${width} px, ${colorScheme}`);
      }
    }
    expect(await page.evaluate('window.hacked'), 'nothing of a name has run').to.be.undefined;
    expect(faults.filter((fault) => !(name === 'an error' && fault.includes('404')))).to.deep.equal([]);
    await page.close();
  }

  for (const [name, path] of Object.entries(PAGES)) {
    it(`fits, is accessible and runs without a fault: ${name}`, () => check(name, urlOf(path)));
  }

  it('fits, is accessible and runs without a fault: home without studies', () => check('home', `${empty.url}/`));

  it('shows hostile names as text', async () => {
    const { page } = await openPage(browser!);
    await page.goto(urlOf('/studies/hostile/data'));
    expect(await page.locator('th.name').first().textContent()).to.equal(`Price${HOSTILE}`);
    expect(await page.locator('img[src="x"]').count()).to.equal(0);
    await page.close();
  });

  it('draws one size of each figure, and lets readers of labels know what it shows', async () => {
    const { page } = await openPage(browser!);
    await page.goto(urlOf('/studies/cars'));
    for (const [width, size] of [
      [1280, 'wide'],
      [380, 'narrow'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      const drawn = page.locator('svg[role="img"]:visible');
      expect(await drawn.count()).to.equal(await page.locator('figure').count());
      expect(await page.locator(`.drawing.${size} svg:visible`).count()).to.equal(await drawn.count());
    }
    await page.goto(urlOf('/studies/cars/search'));
    const image = page.getByRole('img', { name: 'Search history' });
    expect(await image.count()).to.equal(1);
    await page.close();
  });

  it('explains its terms beside the button, by keyboard, inside a narrow window', async () => {
    const { page } = await openPage(browser!);
    await page.setViewportSize({ width: 380, height: 800 });
    await page.goto(urlOf('/studies/cars'));
    await page.getByRole('button', { name: 'What is hold-out?' }).focus();
    await page.keyboard.press('Enter');
    const help = page.locator('#help-holdout');
    expect(await help.isVisible()).to.be.true;
    const box = (await help.boundingBox())!;
    expect(box.x).to.be.at.least(0);
    expect(box.x + box.width).to.be.at.most(380);
    await page.keyboard.press('Escape');
    expect(await help.isVisible()).to.be.false;
    await page.close();
  });

  it('leads from the list over the leaderboard to a model and its file', async () => {
    const { page } = await openPage(browser!);
    await page.goto(urlOf('/'));
    await page.getByRole('link', { name: 'cars', exact: true }).click();
    await page
      .locator('table.board')
      .getByRole('link', { name: /^xgboost-/ })
      .first()
      .click();
    expect(await page.locator('h1').textContent()).to.match(/^xgboost-\d+$/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download model' }).click(),
    ]);
    expect(download.suggestedFilename()).to.match(/^cars-xgboost-\d+\.safetensors$/);
    await page.close();
  });
});
