/**
 * Everything that CI runs, in order; stops at the first stage that fails. The last line says `N passed, N failed`.
 *
 * Usage: node scripts/test.mjs        (npm test)
 * Set TEST_SEED to repeat a run: tests with randomness draw from it, and it is another one each time.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MOCHA = ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/counting-reporter.cjs'];
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Test files at a time: most of them use one core. */
const JOBS = Math.min(4, availableParallelism());
const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';

const STAGES = [
  { name: 'build', run: () => node('scripts/build.mjs') },
  { name: 'check (types)', run: () => node('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json') },
  { name: 'lint', run: () => node('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.') },
  { name: 'format', run: () => node('node_modules/prettier/bin/prettier.cjs', '--check', '.') },
  { name: 'licences', run: () => node('scripts/licences.mjs') },
  { name: 'kernels are up to date', run: () => node('scripts/build-wasm.mjs', '--check') },
  { name: 'unit tests', run: () => mocha('--parallel', '--jobs', String(JOBS), 'test/**/*.test.ts') },
  { name: 'tests on WebGPU', run: () => gpuTests().every((file) => mocha('--config', '.mocharc.gpu.json', file)) },
  { name: 'command line tests', run: () => mocha('--config', '.mocharc.e2e.json') },
  { name: 'browser tests', run: () => mocha('--config', '.mocharc.browser.json'), skip: withoutBrowser },
];

const seed = process.env.TEST_SEED ?? String(randomInt(2 ** 31));
mkdirSync(join(ROOT, '.cache'), { recursive: true });
const counts = join(ROOT, '.cache', `test-counts-${process.pid}.json`);
const env = { ...process.env, TEST_SEED: seed, TEST_COUNTS: counts };
const total = { passes: 0, failures: 0, pending: 0 };

console.log(`TEST_SEED=${seed}`);
let failed = null;
for (const { name, run, skip } of STAGES) {
  const reason = skip?.();
  console.log(`\n== ${name}${reason ? `: skipped, ${reason}` : ''}`);
  if (reason || run()) continue;
  failed = name;
  break;
}
rmSync(counts, { force: true });

console.log(failed === null ? '\nAll stages passed.' : `\nStopped: ${failed} failed (TEST_SEED=${seed}).`);
if (total.pending > 0) console.log(`${total.pending} skipped`);
// A stage without tests of its own counts as one.
if (failed !== null && total.failures === 0) total.failures = 1;
console.log(`${total.passes} passed, ${total.failures} failed`);
process.exit(total.failures === 0 ? 0 : 1);

/** True when the program succeeds. */
function node(...args) {
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** Each in a process of its own: what a driver in software does to its process shall not touch other tests. */
function gpuTests() {
  const names = readdirSync(join(ROOT, 'test'), { recursive: true });
  return names
    .filter((name) => name.endsWith('.gpu.test.ts'))
    .sort()
    .map((name) => join('test', name));
}

/** A mocha run; its counts are added to the total. */
function mocha(...args) {
  rmSync(counts, { force: true });
  const succeeded = node(...MOCHA, ...args);
  if (!existsSync(counts)) return false;
  const run = JSON.parse(readFileSync(counts, 'utf8'));
  for (const key of Object.keys(total)) total[key] += run[key];
  return succeeded && run.failures === 0;
}

/** Why the browser tests cannot run; in CI they run and fail instead. */
function withoutBrowser() {
  if (isCi || process.env.CHROMIUM_PATH) return null;
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (folders.some((path) => BROWSERS.some((name) => existsSync(join(path, name))))) return null;
  return 'no chromium was found (sh scripts/install-test-packages.sh installs it)';
}
