/** @file A real browser for tests: Debian's chromium, driven by playwright-core. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export interface TestBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Where the browser is; null when there is none and the tests may be skipped. Throws when CI has none. */
export function browserPath(): string | null {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  const candidates = process.env.CHROMIUM_PATH
    ? [process.env.CHROMIUM_PATH]
    : folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  const isCi = process.env.CI !== undefined && !['', 'false'].includes(process.env.CI);
  if (isCi) throw new Error('browser: none was found. Install chromium, or set CHROMIUM_PATH');
  return null;
}

/** A browser with a profile of its own. Skips the test when there is none, unless CI must have one. */
export async function launchBrowser(test: Mocha.Context): Promise<TestBrowser> {
  const executablePath = browserPath();
  if (executablePath === null) {
    test.skip();
  }
  const profile = mkdtempSync(join(tmpdir(), 'lrnn-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executablePath,
    args: FLAGS,
    acceptDownloads: true,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A page that remembers what went wrong on it. */
export async function openPage(browser: TestBrowser): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  return { page, faults };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Fails on every violation that axe-core finds, with its element. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResult>('axe.run(document)');
  const found = violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${what}: ${id} (${impact}) ${html.slice(0, 160)} ${failureSummary}`),
  );
  expect(found).to.deep.equal([]);
}

/** Fails when the page can be scrolled sideways. */
export async function expectNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const [content, window] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(content, `${what} is as wide as its window`).to.be.at.most(window);
}
