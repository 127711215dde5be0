/** @file The package as others get it, in a project of their own. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import type { Workspace } from './lrnn.js';
import { ROOT } from './lrnn.js';

export interface Packed {
  readonly tarball: Buffer;
  readonly files: readonly string[];
}

/**
 * Packs what `npm publish` would send and unpacks it as `node_modules/lrnn-automl`, with its dependencies and none of its optional peers:
 * what `npm install` does, without asking the registry.
 */
export function packInto(space: Workspace): Packed {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', space.path];
  const npm = spawnSync('npm', words, { cwd: ROOT, encoding: 'utf8' });
  expect(npm.status, npm.stderr).to.equal(0);
  const [{ filename, files }] = JSON.parse(npm.stdout) as [{ filename: string; files: { path: string }[] }];
  const modules = space.join('node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  expect(spawnSync('tar', ['-xzf', space.join(filename), '-C', modules]).status).to.equal(0);
  renameSync(join(modules, 'package'), join(modules, 'lrnn-automl'));
  symlinkSync('../lrnn-automl/dist/cli/main.js', join(modules, '.bin/lrnn'));
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
  // Links lead to the clone's own, each beside what it needs.
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return { tarball: readFileSync(space.join(filename)), files: files.map(({ path }) => path) };
}
