/**
 * Builds dist from nothing: types by the compiler, which also checks the sources, and a few files of JavaScript by esbuild: the doors
 * below, and what they share in dist/chunks (docs/decisions/bundled-build.md). Nothing else needs to be copied: the kernels are part
 * of the sources (kernels.gen.ts), and views and data sets are read from the package's root, which is two levels above every file.
 *
 * Usage: node scripts/build.mjs
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = `${ROOT}node_modules/typescript/bin/tsc`;
/** What programs, the shell and new threads start with. */
const DOORS = [
  'index',
  'run/index',
  'run/serve/study-thread-entry',
  'run/serve/thread-entry',
  'workers/entry',
  'cli/main',
];

if (!existsSync(TSC)) {
  console.error('build: the dependencies are not installed. Run npm install first.');
  process.exit(1);
}
rmSync(`${ROOT}dist`, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
if (status !== 0) {
  console.error('build: the sources do not compile.');
  process.exit(1);
}
const { build } = await import('esbuild');
await build({
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
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
chmodSync(`${ROOT}dist/cli/main.js`, 0o755);
