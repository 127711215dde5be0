/** @file Every snippet of README and docs is run in an empty project with the packed files, or says beside it why not. */

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { expect } from 'chai';
import ts from 'typescript';

import type { Running, Workspace } from './support/lrnn.js';
import { expectDone, makeWorkspace, ROOT, startProgram } from './support/lrnn.js';
import { packInto } from './support/packed.js';

/** Languages whose blocks are programs. Blocks of other ones are shown, not run. */
const RUN = ['sh', 'js', 'ts'];
/** Pages of which each block has a test of its own. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'docs/tutorial.md': 'test/e2e/tutorial.test.ts' };
const BLOCK = /(?:^<!-- not run: (.+?) -->\n+)?^```(\w+)\n(.*?)^```$/gms;
const require = createRequire(import.meta.url);

interface Block {
  readonly language: string;
  readonly text: string;
  /** Why it is not run. */
  readonly reason: string | null;
}

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

const PAGES = ['README.md', ...['docs', 'docs/how-to', 'docs/explain'].flatMap(pagesIn)].map((path) => {
  const found = [...readFileSync(join(ROOT, path), 'utf8').matchAll(BLOCK)];
  const blocks = found.map(([, reason = null, language, text]): Block => ({ language, text, reason }));
  return { path, blocks: blocks.filter(({ language }) => RUN.includes(language)) };
});
const tried = PAGES.filter(({ path, blocks }) => !(path in ELSEWHERE) && blocks.some(({ reason }) => reason === null));

describe('the snippets', function () {
  this.timeout(300_000);
  let space: Workspace;
  let services: Running[] = [];
  before(() => {
    space = makeWorkspace();
    space.file('package.json', '{ "name": "empty", "private": true, "type": "module" }');
    packInto(space);
  });
  afterEach(async () => {
    for (const { child } of services) child.kill('SIGTERM');
    await Promise.all(services.map(({ done }) => done));
    services = [];
  });
  after(() => space.remove());

  it('of all how-tos are tried, and those that are not say why', () => {
    for (const path of pagesIn('docs/how-to')) expect(tried.map((page) => page.path)).to.include(path);
    for (const { blocks } of PAGES)
      for (const { reason } of blocks) if (reason !== null) expect(reason).to.match(/^\w.{10,}/);
    // No reason stands where no block follows.
    for (const { path } of PAGES) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const found = [...text.matchAll(BLOCK)].filter(([, reason]) => reason !== undefined);
      expect(text.match(/not run:/g) ?? [], path).to.have.length(found.length);
    }
  });

  for (const { path, blocks } of tried) {
    it(`of ${path} do what they say`, async () => {
      const folder = space.join(path.replace(/\W+/g, '-'));
      mkdirSync(folder);
      symlinkSync(space.join('node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
      for (const [i, block] of blocks.entries()) {
        if (block.reason !== null) continue;
        if (/^npx lrnn serve/.test(block.text)) await begin(block.text, folder);
        else if (block.language === 'sh') await run('sh', ['-e', '-c', block.text], folder);
        else await run(process.execPath, [programOf(block, join(folder, `snippet-${i}`))], folder);
      }
    });
  }

  async function run(program: string, words: readonly string[], cwd: string): Promise<void> {
    const outcome = await startProgram(program, words, { cwd }).done;
    expectDone(outcome);
  }

  /** A service, which stays until the end of its page. The signal that ends it is for the program, and not for npx. */
  async function begin(text: string, cwd: string): Promise<void> {
    const words = ['-e', '-c', text.replace('npx ', 'exec node_modules/.bin/')];
    services.push(startProgram('sh', words, { cwd }));
    await services.at(-1)!.until(/at http:\/\/127\.0\.0\.1:\d+/);
  }

  /** The file that Node runs; types are checked as a strict program checks them. */
  function programOf({ language, text }: Block, path: string): string {
    if (language === 'js') {
      writeFileSync(`${path}.mjs`, text);
      return `${path}.mjs`;
    }
    writeFileSync(`${path}.ts`, text);
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      types: ['node'],
      typeRoots: [dirname(dirname(require.resolve('@types/node/package.json')))],
    };
    const program = ts.createProgram([`${path}.ts`], options);
    const faults = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(faults, text).to.deep.equal([]);
    program.emit();
    return `${path}.js`;
  }
});
