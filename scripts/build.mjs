/**
 * Builds dist from nothing: types by the compiler, which also checks the sources, rolled up into one file per public door; and a few files
 * of JavaScript by esbuild: the doors, and what they share in dist/chunks (docs/decisions/bundled-build.md). Nothing else needs to be copied: the kernels are part
 * of the sources (kernels.gen.ts), and views and data sets are read from the package's root, which is two levels above every file.
 *
 * Usage: node scripts/build.mjs [--fast]        (--fast: what runs, in two seconds; no types, and nothing is checked)
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { builtInPackages, bundleOptions } from './built-in/packages.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = `${ROOT}node_modules/typescript/bin/tsc`;
/** Of these the package has types: what package.json exports. */
const PUBLIC_DOORS = ['index', 'predict', 'server'];
/** Licences of packages that may be built in. */
const NOTICE_ENOUGH = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
/** Declarations of all sources, of which those of the doors are rolled up. */
const TYPES = '.cache/types';
/** What files are for is no word for readers of one file of types. */
const withoutFileWords = {
  name: 'without-file-words',
  renderChunk: (code) => code.replace(/^\/\*\*(?:(?!\*\/)[^])*?@file(?:(?!\*\/)[^])*\*\/\n+/gm, ''),
};

if (!existsSync(TSC)) {
  console.error('build: the dependencies are not installed. Run npm install first.');
  process.exit(1);
}
for (const folder of ['dist', TYPES]) rmSync(`${ROOT}${folder}`, { recursive: true, force: true });
const isFast = process.argv.includes('--fast');
if (!isFast) compile();
const { build } = await import('esbuild');
const { metafile } = await build(bundleOptions(ROOT));
if (!isFast) await rollUpTypes();
writeNotices(Object.keys(metafile.inputs));
chmodSync(`${ROOT}dist/cli/main.js`, 0o755);

/** Checks all sources, and writes their declarations. */
function compile() {
  const { status } = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) return;
  console.error('build: the sources do not compile.');
  process.exit(1);
}

/** One file of declarations per door, with nothing of another package in it: it compiles wherever the types of Node are. */
async function rollUpTypes() {
  const [{ rollup }, { dts }] = await Promise.all([import('rollup'), import('rollup-plugin-dts')]);
  for (const door of PUBLIC_DOORS) {
    const input = `${ROOT}${TYPES}/${door}.d.ts`;
    const bundle = await rollup({ input, plugins: [dts(), withoutFileWords], external: /^node:/, onwarn: refuse });
    await bundle.write({ file: `${ROOT}dist/${door}.d.ts`, format: 'es' });
    await bundle.close();
  }
}

/** Whatever there is to warn of would be a hole in the types. */
function refuse(warning) {
  throw new Error(`build: types cannot be rolled up: ${warning.message}`);
}

/** The licences of what was built in, each with its text: all of them ask for that and no more. */
function writeNotices(inputs) {
  const notices = builtInPackages(ROOT, inputs).map(({ name, version, license, text }) => {
    if (!NOTICE_ENOUGH.includes(license))
      throw new Error(`build: ${name} must not be built in: its licence is ${license}`);
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(`${ROOT}dist/THIRD-PARTY.txt`, notices.join(`\n${'-'.repeat(80)}\n\n`));
}
