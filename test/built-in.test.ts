import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

const SCRIPT = resolve(import.meta.dirname, '../scripts/built-in/packages.mjs');

describe('packages that are built in', () => {
  it('are found by what the bundle was made of, and refused without the text of a licence', async () => {
    const script: unknown = await import(pathToFileURL(SCRIPT).href);
    const { builtInPackages } = script as { builtInPackages: (root: string, inputs: string[]) => { name: string }[] };
    const root = mkdtempSync(join(tmpdir(), 'lrnn-built-in-'));
    try {
      for (const name of ['@a/b', 'c']) {
        const folder = join(root, 'node_modules', name);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', license: 'MIT' }));
      }
      writeFileSync(join(root, 'node_modules/@a/b/LICENSE.md'), 'Do as you like.');
      const inputs = ['src/index.ts', 'node_modules/@a/b/dist/x.js', 'node_modules/@a/b/y.js'];
      const found = [{ name: '@a/b', version: '1.0.0', license: 'MIT', text: 'Do as you like.' }];
      expect(builtInPackages(root, inputs)).to.deep.equal(found);
      const more = [...inputs, 'node_modules/c/index.js'];
      expect(() => builtInPackages(root, more)).to.throw('c must not be built in: it has no text of its licence');
      writeFileSync(join(root, 'node_modules/c/license'), ' \n');
      expect(() => builtInPackages(root, more), 'an empty one').to.throw(/^c must not/);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
