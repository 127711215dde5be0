/** @file What `npm install` brings is enough to build and to try; what tests need beside that is pinned with it. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect } from 'chai';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '..');

interface Lock {
  readonly packages: Readonly<Record<string, { version?: string; integrity?: string; link?: boolean }>>;
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;
}

function sources(folder: string, ending: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true }) as string[];
  return names.filter((name) => name.endsWith(ending) && !/assembly/.test(name)).map((name) => join(folder, name));
}

describe('packages that only tests need', () => {
  const heavy = Object.keys(read<{ devDependencies: object }>('test/packages/package.json').devDependencies);
  const root = read<Lock>('package-lock.json');
  const all = read<Lock>('test/packages/package-lock.json');

  it('are pinned with all others, each in the version that the root has', () => {
    const hint = 'run: node scripts/test-packages.mjs --lock';
    for (const [path, { version, integrity }] of Object.entries(root.packages))
      if (path !== '') expect(all.packages[path], `${path}; ${hint}`).to.include({ version, integrity });
    for (const name of heavy) expect(all.packages, hint).to.have.property(`node_modules/${name}`);
    const loose = Object.entries(all.packages).filter(([path, { integrity }]) => path !== '' && !integrity);
    expect(loose).to.deep.equal([]);
  });

  it('are no packages of the root, which is what people wait for', () => {
    for (const name of heavy) expect(root.packages, name).to.not.have.property(`node_modules/${name}`);
  });

  it('are not needed to build, to run or to write down what the doors export', () => {
    const files = [...sources('src', '.ts'), ...['build', 'demo', 'api', 'test'].map((name) => `scripts/${name}.mjs`)];
    const found = [...files, ...sources('scripts/built-in', '.mjs')].flatMap((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
      const names = importedFiles.map(({ fileName }) => /^(?:@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? '');
      return names.filter((name) => heavy.includes(name)).map((name) => `${file}: ${name}`);
    });
    expect(found).to.deep.equal([]);
  });

  it('are all there when tests run', () => {
    const words = ['scripts/test-packages.mjs', '--check'];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
    expect([status, stderr]).to.deep.equal([0, '']);
  });
});
