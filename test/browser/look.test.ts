import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import { renderPage, renderStatic } from '../../src/report/pages/render.js';
import { dataPage, modelPage, searchPage, studyPage } from '../../src/report/pages/view-model.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { makeDataReport, makeExplanation, makeStudyExplanation } from '../support/explanations.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeModel, makeStudy } from '../support/studies.js';
import type { TestBrowser } from './browser.js';
import { expectAccessible, expectNoSidewaysScroll, launchBrowser, openPage } from './browser.js';

describe('how pages look', () => {
  let folder = '';
  let browser: TestBrowser | undefined;
  let server: RunningServer;

  before(async function () {
    browser = await launchBrowser(this);
    folder = mkdtempSync(join(tmpdir(), 'lrnn-look-'));
    server = await serve({ reportsFolder: folder, port: 0, studies: new FakeStudies().add('cars', makeStudy()) });
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is what the reader chose, from the first paint on, on every page and after a reload', async () => {
    const { page, faults } = await openPage(browser!);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(server.url);
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    const button = page.locator('[data-theme-switch]');
    expect(await button.textContent()).to.equal('Auto');
    await button.click();
    expect([await button.textContent(), await background()]).to.deep.equal(['Light', light]);
    await button.press('Enter');
    expect(await button.textContent()).to.equal('Dark');
    const dark = await background();
    expect(dark).not.to.equal(light);
    // Long before the modules run: the first script of the head has chosen.
    await page.route('**/app.js', (route) => route.abort());
    await page.goto(`${server.url}/studies/cars`);
    expect(await background()).to.equal(dark);
    await page.unroute('**/app.js');
    await page.goto(server.url);
    await page.locator('[data-theme-switch]').click();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background(), 'as the system').to.equal(dark);
    expect(faults.filter((fault) => !fault.includes('ERR_FAILED'))).to.deep.equal([]);
    await page.close();
  });

  it('fits and is accessible where the form shows the columns of a file, by keyboard alone', async () => {
    const { page, faults } = await openPage(browser!);
    await page.setViewportSize({ width: 380, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${server.url}/new`);
    const file = { name: 'cars.csv', mimeType: 'text/csv', buffer: Buffer.from('Price,Mileage\n1,2\n') };
    await page.setInputFiles('#file', file);
    await page.locator('select#target').selectOption('Price');
    await page.locator('button[value="look"]').press('Enter');
    await page.waitForSelector('#look-title');
    await expectNoSidewaysScroll(page, 'the form');
    await expectAccessible(page, 'the form');
    await page.locator('select[name="kind:Mileage"]').selectOption('ignored');
    await page.locator('[data-submit]').press('Enter');
    await page.waitForURL('**/studies/cars');
    expect(faults).to.deep.equal([]);
    await page.close();
  });

  it('says moments in the zone of the reader, and what the server says as their title', async () => {
    const { page } = await openPage(browser!);
    await page.goto(server.url);
    const moment = page.locator('.study-meta time');
    expect(await moment.getAttribute('datetime')).to.equal('2026-11-24T09:30Z');
    expect(await moment.getAttribute('title')).to.equal('2026-11-24 09:30 UTC');
    const local = await page.evaluate<string>(
      `new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date('2026-11-24T09:30Z'))`,
    );
    expect(await moment.textContent()).to.equal(local);
    await page.close();
  });

  it('shows a table of 17 columns in less than 1,500 px', async () => {
    const base = makeStudy({ rows: 800 });
    const report = makeDataReport(base);
    const used = base.schema.columns.filter(({ name }) =>
      report.columns.some((own) => own.name === name && own.relation),
    );
    const wide = Array.from({ length: 17 }, (_, i) => ({ name: `column ${i}`, of: used[i % used.length] }));
    const target = base.schema.columns.find(({ name }) => name === base.schema.target.name)!;
    const columns = [target, ...wide.map(({ name, of }) => ({ ...of, name }))];
    const reported = wide.map(({ name, of }) => ({ ...report.columns.find((own) => own.name === of.name)!, name }));
    const warnings = [...report.warnings, ...report.warnings];
    const view = { ...base, schema: { ...base.schema, columns } };
    const html = await renderPage({
      view: 'data',
      page: dataPage(view, { ...report, columns: reported, warnings }, 'cars'),
    });
    const { page } = await openPage(browser!);
    await page.setViewportSize({ width: 1280, height: 900 });
    // Under the address of the study, so that the page finds its style.
    await page.route('**/studies/cars/data', (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.goto(`${server.url}/studies/cars/data`);
    expect(await page.locator('.figures.mini .figure').count()).to.equal(18);
    expect(await page.evaluate('document.documentElement.scrollHeight')).to.be.within(1000, 1499);
    await page.close();
  });

  it('prints a whole report on twelve pages at most, with the bars of its plots', async () => {
    const view = makeStudy({ trials: 500 });
    const explained = (model: string) =>
      modelPage(view, makeModel(view, model), 'cars', { explanation: makeExplanation(view, model) });
    const html = await renderStatic({
      name: 'cars',
      version: '0.1.0',
      study: studyPage(view, { name: 'cars', events: [], explanation: makeStudyExplanation(view) }),
      search: searchPage(view, 'cars'),
      data: dataPage(view, makeDataReport(view), 'cars'),
      models: [explained('ensemble'), explained('lrnn-2')],
      predictor: null,
    });
    expect(Buffer.byteLength(html)).to.be.below(3_000_000);
    const file = join(folder, 'report.html');
    writeFileSync(file, html);
    const { page } = await openPage(browser!);
    await page.goto(pathToFileURL(file).href);
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)!.length).to.be.within(3, 12);
    await page.emulateMedia({ media: 'print' });
    const shown = await page.evaluate<number>(
      `[...document.querySelectorAll('svg .bar')].filter((bar) => getComputedStyle(bar).display !== 'none').length`,
    );
    expect(shown).to.be.above(2);
    await page.close();
  });
});
