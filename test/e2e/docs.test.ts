/** @file The documentation as a site: everything is on it, every link leads somewhere, and it needs no network. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { expect } from 'chai';
import { parseHTML } from 'linkedom';

import type { Workspace } from './support/lrnn.js';
import { makeWorkspace, ROOT } from './support/lrnn.js';

interface Page {
  readonly ids: ReadonlySet<string>;
  /** Of links, and of what a browser fetches with the page. */
  readonly links: readonly string[];
  readonly fetched: readonly string[];
  readonly title: string;
}

interface Found {
  readonly textContent: string;
  querySelector(selector: string): Found | null;
  querySelectorAll(selector: string): Iterable<Found>;
  getAttribute(name: string): string | null;
}

function pageOf(file: string): Page {
  const { document } = parseHTML(readFileSync(file, 'utf8')) as unknown as { document: Found };
  const all = (selector: string, attribute: string): string[] =>
    [...document.querySelectorAll(selector)].map((element) => element.getAttribute(attribute)!);
  return {
    ids: new Set(all('[id]', 'id')),
    links: all('a[href]', 'href'),
    fetched: [...all('[src]', 'src'), ...all('link[href]', 'href')],
    title: document.querySelector('h1')?.textContent ?? '',
  };
}

describe('the documentation site', function () {
  this.timeout(300_000);
  let space: Workspace;
  let site: string;
  const pages = new Map<string, Page>();
  before(() => {
    space = makeWorkspace();
    site = space.join('site');
    const words = ['--import', 'tsx', 'scripts/docs.mjs', site];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
    expect(stderr, 'warnings').to.equal('');
    expect(stdout).to.match(/^Documentation: /);
    for (const name of readdirSync(site, { recursive: true }) as string[])
      if (name.endsWith('.html')) pages.set(join(site, name), pageOf(join(site, name)));
  });
  after(() => space.remove());

  it('has every page of docs, the commands, and what the doors export', () => {
    const titles = new Set([...pages.values()].map(({ title }) => title.trim()));
    const sources = (readdirSync(join(ROOT, 'docs'), { recursive: true }) as string[]).filter(
      (name) => name.endsWith('.md') && !name.startsWith('api'),
    );
    expect(sources.length).to.be.greaterThan(40);
    for (const name of sources) {
      const [, title] = /^# (.+)$/m.exec(readFileSync(join(ROOT, 'docs', name), 'utf8'))!;
      expect(titles, name).to.include(title.replaceAll('`', '').trim());
    }
    for (const name of ['fit', 'predict', 'loadModel', 'openStudy'])
      expect(existsSync(join(site, `functions/lrnn-automl.${name}.html`)), name).to.equal(true);
    const commands = [...pages].find(([, { title }]) => title.trim() === 'Command line')!;
    expect([...commands[1].ids]).to.include.members(['lrnn-fit', 'lrnn-worker']);
  });

  it('has no link that leads nowhere, to a page, a place on it or a file', () => {
    const broken: string[] = [];
    for (const [file, { links, fetched }] of pages) {
      for (const link of [...links, ...fetched]) {
        if (/^(?:https?|mailto|data):/.test(link)) continue;
        const [path, place = ''] = decodeURI(link).split('#');
        const target = path === '' ? file : resolve(dirname(file), path);
        const isThere = existsSync(target) && statSync(target).isFile();
        const isPlace = place === '' || !pages.has(target) || pages.get(target)!.ids.has(decodeURIComponent(place));
        if (!isThere || !isPlace) broken.push(`${relative(site, file)}: ${link}`);
      }
    }
    expect(broken).to.deep.equal([]);
  });

  it('fetches nothing from elsewhere', () => {
    const outside = [...pages.values()].flatMap(({ fetched }) => fetched).filter((link) => /^(?:\w+:)?\/\//.test(link));
    expect(outside).to.deep.equal([]);
    const styles = readdirSync(join(site, 'assets')).filter((name) => name.endsWith('.css'));
    for (const name of styles)
      expect(readFileSync(join(site, 'assets', name), 'utf8')).to.not.match(/url\(["']?(?:https?:)?\/\//);
  });
});
