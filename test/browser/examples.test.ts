/** @file What pages and bundlers are told to do with an exported model: the example, the how-to and a bundle, in a real browser. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';

import { datasetPath, exportModel, fit } from '../../src/index.js';
import type { Workspace } from '../e2e/support/lrnn.js';
import { makeWorkspace, ROOT } from '../e2e/support/lrnn.js';
import type { TestBrowser } from './browser.js';
import { launchBrowser, openPage } from './browser.js';

const HOW_TO = readFileSync(join(ROOT, 'docs/how-to/browser.md'), 'utf8');
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(HOW_TO)![1];

describe('examples in the browser', () => {
  let browser: TestBrowser | undefined;
  let space: Workspace;
  let predict: (rows: readonly object[]) => { prediction: number }[];

  before(async function () {
    browser = await launchBrowser(this);
    space = makeWorkspace();
    const out = space.join('reports/cars');
    await fit({
      data: datasetPath('car-prices'),
      target: 'Price',
      trials: 2,
      models: ['linear', 'dummy'],
      out,
      seed: 1,
    });
    await exportModel(out, { format: 'js', out: space.join('cars.mjs') });
    ({ predict } = (await import(pathToFileURL(space.join('cars.mjs')).href)) as { predict: typeof predict });
  });
  after(async () => {
    await browser?.close();
    space?.remove();
  });

  /** The page at an address of its own, whose files are those of the folder. */
  const open = async (html: string): Promise<{ page: Page; faults: string[] }> => {
    const opened = await openPage(browser!);
    await opened.page.route('http://example.test/**', (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === '') return route.fulfill({ contentType: 'text/html', body: html });
      return route.fulfill({ contentType: 'text/javascript', body: readFileSync(space.join(name), 'utf8') });
    });
    await opened.page.goto('http://example.test/');
    return opened;
  };

  it('predict as examples/browser.html does', async () => {
    const { page, faults } = await open(readFileSync(join(ROOT, 'examples/browser.html'), 'utf8'));
    await page.fill('[name=Mileage]', '30000');
    await page.click('button');
    const [{ prediction }] = predict([{ Mileage: '30000', Doors: '4' }]);
    await page.waitForFunction("document.querySelector('output').value !== ''");
    expect(await page.locator('output').textContent()).to.equal(prediction.toFixed(0));
    expect(faults).to.deep.equal([]);
  });

  it('predict with every letter typed, as the how-to does', async () => {
    const { page, faults } = await open(block('html'));
    const said = (Mileage: string) => String(Math.round(predict([{ Mileage, Doors: 4 }])[0].prediction));
    await page.waitForFunction("document.querySelector('output').value !== ''");
    expect(await page.locator('output').textContent()).to.equal(said('8221'));
    await page.fill('input', '45000');
    expect(await page.locator('output').textContent()).to.equal(said('45000'));
    expect(said('45000')).to.not.equal(said('8221'));
    expect(faults).to.deep.equal([]);
  });

  it('are bundled for browsers without a word of warning, as Vite and Next.js do', async () => {
    writeFileSync(space.join('price.ts'), block('ts'));
    writeFileSync(space.join('main.ts'), `import { price } from './price';\ndocument.title = String(price(8221));\n`);
    const made = await build({
      absWorkingDir: space.path,
      entryPoints: ['main.ts'],
      outfile: 'bundle.js',
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    });
    expect(made.warnings).to.deep.equal([]);
    const { page, faults } = await open('<!doctype html><script type="module" src="bundle.js"></script>');
    await page.waitForFunction("document.title !== ''");
    const [{ prediction }] = predict([{ Mileage: 8221, Doors: 4 }]);
    expect(await page.title()).to.equal(String(Math.round(prediction)));
    expect(faults).to.deep.equal([]);
  });
});
