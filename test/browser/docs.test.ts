/** @file The documentation site in a real browser, from disk: it is searched, fits a phone, and asks nobody. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import type { Workspace } from '../e2e/support/lrnn.js';
import { makeWorkspace, ROOT } from '../e2e/support/lrnn.js';
import type { TestBrowser } from './browser.js';
import { launchBrowser, openPage } from './browser.js';

/** From disk, TypeDoc's icons are drawn by a script, as browsers refuse pages the file of icons, and say so. */
function ofOurs(faults: readonly string[]): string[] {
  return faults.filter((fault) => !/^Unsafe attempt to load URL \S+icons\.svg/.test(fault));
}

describe('the documentation site in the browser', function () {
  this.timeout(300_000);
  let browser: TestBrowser | undefined;
  let space: Workspace;
  const at = (name: string): string => pathToFileURL(join(space.path, 'site', name)).href;

  before(async function () {
    browser = await launchBrowser(this);
    space = makeWorkspace();
    const words = ['--import', 'tsx', 'scripts/docs.mjs', space.join('site')];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
  });
  after(async () => {
    await browser?.close();
    space?.remove();
  });

  it('finds a page by its words, without a server or a network', async () => {
    const { page, faults } = await openPage(browser!);
    const asked: string[] = [];
    page.on('request', (request) => void (/^https?:/.test(request.url()) && asked.push(request.url())));
    await page.goto(at('index.html'));
    await page.click('#tsd-search-trigger');
    await page.fill('#tsd-search-input', 'predict what comes later');
    const first = page.locator('#tsd-search-results li').first();
    await first.waitFor();
    expect(await first.textContent()).to.match(/comes later/);
    await first.locator('a').click();
    await page.waitForURL(/documents/);
    expect(await page.locator('h1').first().textContent()).to.equal('Predict what comes later');
    expect([asked, ofOurs(faults)]).to.deep.equal([[], []]);
  });

  it('fits a phone: what is wide scrolls by itself', async () => {
    const { page, faults } = await openPage(browser!);
    await page.setViewportSize({ width: 380, height: 800 });
    for (const name of [
      'index.html',
      'documents/How_accurate_is_it_.html',
      'documents/Command_line.html',
      'documents/The_LRNN,_for_people_who_know_MLPs.html',
      'interfaces/lrnn-automl.FitOptions.html',
    ]) {
      await page.goto(at(name));
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, name).to.be.at.most(380);
    }
    expect(ofOurs(faults)).to.deep.equal([]);
  });
});
