/** @file The README tells the truth: its example runs and type-checks, its commands exist, its options are those parsed. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';
import ts from 'typescript';

import { COMMAND_NAMES } from '../../src/cli/commands.js';
import { COMMANDS } from '../../src/cli/options.js';
import type { Workspace } from './support/lrnn.js';
import { expectDone, lrnn, makeWorkspace, ROOT, startProgram } from './support/lrnn.js';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The code blocks of a language. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text);
}

describe('the README', () => {
  const [example] = blocks('ts');
  /** Inside the package, so that it can import itself by name as a user would. */
  const folder = join(ROOT, '.cache', `readme-${process.pid}`);
  const file = join(folder, 'example.ts');
  let space: Workspace;
  before(() => {
    space = makeWorkspace();
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, example);
  });
  after(() => {
    space.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has one example, of five lines', () => {
    expect(blocks('ts')).to.have.length(1);
    expect(example.split('\n').filter((line) => line.trim() !== '')).to.have.length(5);
  });

  it('has an example that type-checks against the types of the package', () => {
    const program = ts.createProgram([file], {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    });
    const messages = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(messages).to.deep.equal([]);
  });

  it('has an example that runs in an empty folder, and once more', async function () {
    this.timeout(480_000);
    const loader = pathToFileURL(join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;
    for (const study of ['penguins', 'penguins-2']) {
      const outcome = await startProgram(process.execPath, ['--import', loader, file], { cwd: space.path }).done;
      expectDone(outcome);
      expect(outcome.stdout).to.match(
        /^\S+ says Gentoo \{\s+Adelie: [\d.e-]+,\s+Chinstrap: [\d.e-]+,\s+Gentoo: [\d.]+\s+\}\n$/,
      );
      expect(existsSync(space.join(`reports/${study}/study.sqlite`)), study).to.be.true;
    }
  });

  it('names commands of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    expect(blocks('sh')).to.deep.equal([
      'npx lrnn-automl fit cars.csv --target price\nnpx lrnn-automl serve\n',
      'npm install && npm run demo\nnpm install && npm test\n',
    ]);
    for (const [, name] of README.matchAll(/npm run ([\w:]+)/g)) expect(scripts).to.have.property(name);
    expect(scripts).to.have.property('test');
  });

  it('lists exactly the commands and options that are parsed', () => {
    const [usage] = blocks('text');
    for (const name of COMMAND_NAMES) {
      const text = usage.slice(usage.indexOf(`lrnn ${name}`)).split(/\n(?=lrnn)/)[0];
      const listed = [...text.matchAll(/(?<![\w-])--?[a-z][a-z-]*/g)].map(([word]) => word);
      expect(listed.sort(), name).to.deep.equal(COMMANDS[name].options.map((option) => option.name).sort());
    }
  });

  it('lists the exit codes of the help', async () => {
    const { stdout } = await lrnn(['--help']);
    const codes = [...README.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => code);
    expect(codes).to.deep.equal(['0', '2', '3', '4', '5', '130', '1']);
    for (const code of codes) expect(stdout).to.match(new RegExp(`\\b${code} `));
  });
});
