/**
 * Builds dist from nothing: types by the compiler, which also checks the sources, rolled up into one file per public door; and a few files
 * of JavaScript by esbuild: the doors below, and what they share in dist/chunks (docs/decisions/bundled-build.md). Nothing else needs to be copied: the kernels are part
 * of the sources (kernels.gen.ts), and views and data sets are read from the package's root, which is two levels above every file.
 *
 * Usage: node scripts/build.mjs
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = `${ROOT}node_modules/typescript/bin/tsc`;
/** Of these the package has types: what package.json exports. */
const PUBLIC_DOORS = ['index', 'predict', 'server'];
/** Licences of packages that may be built in. */
const NOTICE_ENOUGH = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
/** Declarations of all sources, of which those of the doors are rolled up. */
const TYPES = '.cache/types';
/** What programs, the shell and new threads start with. */
const DOORS = [
  'index',
  'predict',
  'server',
  'run/index',
  'run/serve/study-thread-entry',
  'run/serve/thread-entry',
  'workers/entry',
  'cli/main',
];

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
const { status } = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
if (status !== 0) {
  console.error('build: the sources do not compile.');
  process.exit(1);
}
const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
/** Installed beside the package; all else that is imported is built in. */
const NAMES = Object.keys({ ...dependencies, ...peerDependencies });
const EXTERNAL = [...NAMES.flatMap((name) => [name, `${name}/*`]), '@tensorflow/*'];
const { build } = await import('esbuild');
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: DOORS.map((door) => `src/${door}.ts`),
  outdir: 'dist',
  outbase: 'src',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: EXTERNAL,
  alias: { 'node-fetch': `${ROOT}scripts/built-in/node-fetch.mjs` },
  metafile: true,
  // Names stay, and lines short enough to be pointed at.
  minifyWhitespace: true,
  lineLimit: 160,
  logLevel: 'warning',
});
await rollUpTypes();
writeNotices(Object.keys(metafile.inputs));
chmodSync(`${ROOT}dist/cli/main.js`, 0o755);

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
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean));
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(resolve(ROOT, folder, 'package.json'), 'utf8'));
    if (!NOTICE_ENOUGH.includes(license))
      throw new Error(`build: ${name} must not be built in: its licence is ${license}`);
    const file = readdirSync(resolve(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(resolve(ROOT, folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(`${ROOT}dist/THIRD-PARTY.txt`, notices.join(`\n${'-'.repeat(80)}\n\n`));
}
