/**
 * Compiles src into dist, from nothing. Nothing else needs to be copied: the kernels are part of the sources
 * (kernels.gen.ts), and views and data sets are read from the package's root, one level above dist as above src.
 *
 * Usage: node scripts/build.mjs
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = `${ROOT}node_modules/typescript/bin/tsc`;

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
chmodSync(`${ROOT}dist/cli/main.js`, 0o755);
