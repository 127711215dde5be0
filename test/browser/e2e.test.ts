import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import type { TestBrowser } from './browser.js';
import { launchBrowser, openPage } from './browser.js';

const ROOT = resolve(import.meta.dirname, '../..');
const LRNN = join(ROOT, 'dist/cli/main.js');
const CSV = join(ROOT, 'datasets/penguins.csv');
const TARGET = 'species';

/** The built command, serving; resolves with its address. */
async function serveReports(reports: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [LRNN, 'serve', reports, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const url = await new Promise<string>((found, fail) => {
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const address = /http:\/\/[\d.:]+/.exec(said);
      if (address) found(address[0]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => fail(new Error(`lrnn serve ended with ${code}: ${said}`)));
  });
  return { child, url };
}

describe('a whole run through the browser', () => {
  let folder = '';
  let browser: TestBrowser | undefined;
  let served: { child: ChildProcess; url: string } | undefined;

  before(async function () {
    browser = await launchBrowser(this);
    expect(existsSync(LRNN), 'npm run build comes first').to.be.true;
    folder = mkdtempSync(join(tmpdir(), 'lrnn-e2e-'));
    mkdirSync(join(folder, 'reports'));
    served = await serveReports(join(folder, 'reports'));
  });

  after(async () => {
    await browser?.close();
    if (served) {
      const ended = new Promise((done) => served!.child.once('exit', done));
      served.child.kill('SIGINT');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('uploads a CSV, watches the search, opens the leaderboard and a model, downloads it and predicts with it', async () => {
    const { page, faults } = await openPage(browser!);
    await page.goto(served!.url);
    await page.locator('#file').setInputFiles(CSV);
    await page.locator('select#target').selectOption(TARGET);
    await page.getByText('Trials', { exact: true }).click();
    await page.locator('#trials').fill('8');
    await page.getByText('More options').click();
    await page.locator('#seed').fill('1');
    await page.getByRole('button', { name: 'Start search' }).click();
    await page.waitForURL('**/studies/penguins');

    const seen = new Set<string>();
    const isComplete = page.locator('.status', { hasText: 'Complete' });
    while (!(await isComplete.isVisible())) {
      const value = await page.evaluate<string | null>(
        "document.querySelector('progress')?.getAttribute('value') ?? null",
      );
      if (value !== null) seen.add(value);
      await page.waitForTimeout(100);
    }
    expect(seen.size, 'the bar has moved').to.be.at.least(3);

    // An ensemble of one model has no row of its own: the file of the study says which rows there are.
    const answer = await fetch(`${served!.url}/studies/penguins.json`);
    const { leaderboard } = (await answer.json()) as { leaderboard: { family: string }[] };
    const families = leaderboard.map(({ family }) => family);
    expect(families).to.include.members(['lrnn', 'mlp', 'gbdt', 'extratrees', 'xgboost', 'knn', 'linear', 'dummy']);
    expect(await page.locator('table.board td.rank', { hasText: /\d/ }).count()).to.equal(families.length);
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    await page.locator('tbody tr .tag', { hasText: 'complete' }).first().waitFor();
    expect(await page.locator('tbody tr .tag', { hasText: 'complete' }).count()).to.equal(8);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.locator('tr.best th a').click();
    await page.getByRole('heading', { name: 'What matters' }).waitFor({ timeout: 60_000 });
    expect(await page.locator('svg[role="img"]:visible').count()).to.be.at.least(3);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download model' }).click(),
    ]);
    const model = join(folder, download.suggestedFilename());
    await download.saveAs(model);
    expect(faults).to.deep.equal([]);
    await page.close();

    const [header, ...rows] = readFileSync(CSV, 'utf8').trim().split('\n');
    const without = (line: string): string => line.split(',').slice(1).join(',');
    expect(header.split(',')[0]).to.equal(TARGET);
    const input = join(folder, 'rows.csv');
    const output = join(folder, 'predictions.csv');
    writeFileSync(input, [header, ...rows].map(without).join('\n'));
    execFileSync(process.execPath, [LRNN, 'predict', model, input, '-o', output], { stdio: 'pipe' });
    const predicted = readFileSync(output, 'utf8').trim().split('\n').slice(1);
    expect(predicted).to.have.length(rows.length);
    const right = predicted.filter((line, i) => line.split(',')[0] === rows[i].split(',')[0]).length;
    expect(right / rows.length).to.be.greaterThan(0.9);
  });
});
