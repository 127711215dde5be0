import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { formatPercent } from '../../src/report/index.js';
import { exportModel, fit, loadModel } from '../../src/run/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import { FakeStudies } from '../support/fake-studies.js';
import { makeStudy } from '../support/studies.js';
import type { TestBrowser } from './browser.js';
import { expectAccessible, expectNoSidewaysScroll, launchBrowser, openPage } from './browser.js';

describe('exploring a study in a browser', () => {
  let folder = '';
  let browser: TestBrowser | undefined;
  let server: RunningServer;

  before(async function () {
    browser = await launchBrowser(this);
    folder = mkdtempSync(join(tmpdir(), 'lrnn-explore-'));
    const studies = new FakeStudies()
      .add('cars', makeStudy({ trials: 40 }))
      .add('credit', makeStudy({ task: 'binary' }));
    server = await serve({ reportsFolder: folder, port: 0, studies });
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const FIRST = 'table.board tbody tr:not([hidden]) th';

  it('sorts and filters the leaderboard without asking the server', async () => {
    const { page, faults } = await openPage(browser!);
    await page.goto(`${server.url}/studies/cars`);
    const best = await page.locator(FIRST).first().textContent();
    const head = page.getByRole('columnheader', { name: 'RMSE' });
    expect(await head.getAttribute('aria-sort'), 'ranked rows first: no order of one column').to.equal(null);
    for (const order of ['ascending', 'descending']) {
      await page.getByRole('link', { name: 'RMSE' }).press('Enter');
      expect(await head.getAttribute('aria-sort')).to.equal(order);
    }
    expect(await page.locator(FIRST).last().textContent()).to.equal(best);
    await page.locator('select[name="family"]').selectOption('mlp');
    const shown = await page.locator(FIRST).allTextContents();
    expect(shown.length).to.be.at.least(2);
    for (const text of shown) expect(text).to.contain('MLP');
    expect(new URL(page.url()).search).to.equal('');
    expect(faults).to.deep.equal([]);
    await page.close();
  });

  it('sorts and filters by links and a form where there is no script', async () => {
    const context = await browser!.context.browser()?.newContext({ javaScriptEnabled: false });
    const page = await (context ?? browser!.context).newPage();
    if (!context) await page.route('**/app.js', (route) => route.abort());
    await page.goto(`${server.url}/studies/cars`);
    await page.getByRole('link', { name: 'Parameters' }).click();
    expect(new URL(page.url()).search).to.equal('?sort=parameters&order=ascending');
    await page.locator('select[name="kind"]').selectOption('default');
    await page.getByRole('button', { name: 'Show' }).click();
    const kinds = await page.locator('table.board tbody .kind').allTextContents();
    expect(new Set(kinds)).to.deep.equal(new Set(['default settings']));
    await page.close();
  });

  it('moves the threshold, and every count with it', async () => {
    const { page } = await openPage(browser!);
    await page.goto(`${server.url}/studies/credit/models/lrnn-2`);
    const cell = (name: string) => page.locator(`[data-rate="${name}"]`).textContent();
    const counts = async () => (await Promise.all(['tp', 'fp', 'fn', 'tn'].map(cell))).map(Number);
    const before = await counts();
    await page.locator('#threshold').fill('90');
    const [tp, fp, fn, tn] = await counts();
    expect(tp + fp).to.be.below(before[0] + before[1]);
    expect(tp + fp + fn + tn).to.equal(before.reduce((sum, count) => sum + count, 0));
    expect(await cell('recall')).to.equal((tp / (tp + fn)).toFixed(3));
    await page.close();
  });

  it('finds rows by a word, and asks the model again while a row is typed', async () => {
    const { page, faults } = await openPage(browser!);
    await page.goto(`${server.url}/studies/cars/models/lrnn-2`);
    await page.getByLabel('Find').fill('no such word');
    expect(await page.locator('table[data-rows] tbody tr:visible').count()).to.equal(0);
    await page.getByRole('link', { name: 'Try it' }).click();
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('textbox', { name: 'Mileage' }).fill('1234');
    expect((await asked).postData()).to.contain('f0=1234');
    await page.locator('[data-answer] .answer-head', { hasText: 'Price: 12,346' }).waitFor();
    expect(faults).to.deep.equal([]);
    await page.close();
  });

  /** What the server says of the row that the report is asked about. */
  async function servedAnswer(reportsFolder: string, model: string): Promise<string> {
    const real = await serve({ reportsFolder, port: 0 });
    const { page } = await openPage(browser!);
    try {
      await page.goto(`${real.url}/studies/penguins/models/${model}/try`);
      await page.getByRole('textbox', { name: 'bill_length_mm' }).fill('47.5');
      await page.getByRole('combobox', { name: 'island' }).selectOption('Biscoe');
      await page.getByRole('combobox', { name: 'sex' }).selectOption('');
      await page.getByRole('textbox', { name: 'year' }).fill('1812');
      await page.getByRole('button', { name: 'Predict', exact: true }).click();
      await page.locator('[data-answer] .alert').waitFor();
      return await answerText(page);
    } finally {
      await page.close();
      await real.close();
    }
  }

  it('opens a report from disk that asks nobody and predicts as the model file does', async function () {
    this.timeout(300_000);
    const study = join(folder, 'penguins');
    await fit({
      data: 'datasets/penguins.csv',
      target: 'species',
      trials: 5,
      folds: 2,
      seed: 1,
      workers: 2,
      models: ['lrnn', 'linear', 'ensemble'],
      out: study,
    });
    const file = await exportModel(study, null, 'html', join(folder, 'report.html'));
    const { page, faults } = await openPage(browser!);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.locator('[data-answer] .answer-head').waitFor();
    await page.getByRole('textbox', { name: 'bill_length_mm' }).fill('47.5');
    await page.getByRole('combobox', { name: 'island' }).selectOption('Biscoe');
    await page.getByRole('combobox', { name: 'sex' }).selectOption('');
    const carried = (await page.locator('#part-try + .lead').textContent())!.match(/with (\S+):/)![1];
    expect(await page.locator('#part-try + .lead').textContent()).to.contain('the winner');
    const model = await loadModel(
      await exportModel(study, carried, 'safetensors', join(folder, 'carried.safetensors')),
    );
    const fields = await page
      .locator('[data-column]')
      .evaluateAll((all) =>
        (all as unknown as { dataset: { column: string }; querySelector(s: string): { value: string } }[]).map(
          (field) => [field.dataset.column, field.querySelector('input, select').value],
        ),
      );
    const [{ prediction, probabilities }] = await model.predict([Object.fromEntries(fields) as Record<string, string>]);
    model.dispose();
    const share = formatPercent(probabilities![String(prediction)]);
    expect(await page.locator('[data-answer] .answer-head').textContent()).to.equal(`${prediction} (${share})`);
    expect(asked).to.deep.equal([pathToFileURL(file).href]);
    await page.getByRole('textbox', { name: 'year' }).fill('1812');
    await page.locator('[data-answer] .alert', { hasText: '"year": outside the range of the training' }).waitFor();
    await page.locator('[aria-label="Contributions"]').waitFor();
    await page.locator('[data-answer]', { hasText: 'So far:' }).waitFor({ state: 'detached' });
    expect(await answerText(page)).to.match(
      /From .* %, the mean prediction of 64 rows spread evenly over the table, to the prediction in percentage points/,
    );
    // A report on disk knows no intervals: only the server says where the truth lies.
    const served = (await servedAnswer(folder, carried)).replace(/Of 100 such rows, about \d+ are [^.]*\. /, '');
    expect(await answerText(page), 'the file says what the server says').to.equal(served);
    for (const [width, colorScheme] of [
      [380, 'light'],
      [1280, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await expectNoSidewaysScroll(page, `report, ${width} px`);
      await expectAccessible(page, `report, ${width} px`);
    }
    expect(faults).to.deep.equal([]);
    await page.close();
  });
});

/** An answer without its layout. */
async function answerText(page: Page): Promise<string> {
  return (await page.locator('[data-answer]').innerText()).replace(/\s+/g, ' ').trim();
}
