/**
 * Everything that CI runs; stops at the first group of stages of which one fails. The last line says `N passed, N failed`.
 *
 * Usage: node scripts/test.mjs        (npm test)
 * Set TEST_SEED to repeat a run: tests with randomness draw from it, and it is another one each time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MOCHA = ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/counting-reporter.cjs'];
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CORES = availableParallelism();
/** Test files at a time: most of them use one core. Two at least: mocha's parallel mode with one job reads files as CommonJS, which knows no await at their top. */
const JOBS = Math.max(2, Math.min(4, CORES));
/** Stages at a time: each of those that stand in one group leaves the better part of a second core idle. */
const LANES = Math.min(2, CORES);
/** How long the output of a program that has ended is waited for. */
const PATIENCE_MS = 5000;
/** Files that take longest, in that order. They begin first, so that no core waits for one of them at the end. */
const LONGEST = ['fit', 'refit', 'batches', 'once', 'model-server', 'uploads', 'cut-uploads', 'study-file', 'verify'];
/** The program that has begun this one. */
const NPM = process.env.npm_execpath;
const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';

/** What stands in one group knows nothing of each other and runs beside each other, longest first. */
const GROUPS = [
  [
    { name: 'lint', run: () => node('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.') },
    { name: 'build', run: () => node('scripts/build.mjs') },
    { name: 'format', run: () => node('node_modules/prettier/bin/prettier.cjs', '--check', '.') },
    { name: 'check (types)', run: () => node('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json') },
    { name: 'licences', run: () => node('scripts/licences.mjs') },
    { name: 'kernels are up to date', run: () => node('scripts/build-wasm.mjs', '--check') },
    { name: 'Python for the snippets', run: findPython },
  ],
  [
    {
      name: 'what a release would send',
      run: () => node(NPM, 'publish', '--dry-run', '--ignore-scripts', '--offline'),
      skip: () => (NPM ? null : 'npm has not begun this (npm test)'),
    },
  ],
  [{ name: 'unit tests', run: () => mocha('--parallel', '--jobs', String(JOBS), ...unitTests()) }],
  [
    { name: 'command line tests', run: () => mocha('--config', '.mocharc.e2e.json') },
    // Each in a process of its own: what a driver in software does to its process shall not touch other tests.
    { name: 'tests on WebGPU', run: () => all(gpuTests(), (file) => mocha('--config', '.mocharc.gpu.json', file)) },
    { name: 'browser tests', run: () => mocha('--config', '.mocharc.browser.json'), skip: withoutBrowser },
  ],
];

// What a build does without (docs/decisions/test-packages.md).
const brought = spawnSync(process.execPath, ['scripts/test-packages.mjs'], {
  cwd: ROOT,
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (brought.status !== 0) {
  console.log('\nStopped: the packages of the tests are not there.\n0 passed, 1 failed');
  process.exit(1);
}
const seed = process.env.TEST_SEED ?? String(randomInt(2 ** 31));
mkdirSync(join(ROOT, '.cache'), { recursive: true });
const total = { passes: 0, failures: 0, pending: 0 };
/** What was passed over, and why where that is known: said at the end, where somebody reads it. */
const skipped = [];
/** A Python with ONNX Runtime; null: none was found or made. */
let python = null;
/** Whether stages run one after the other. */
let isAlone = true;

console.log(`TEST_SEED=${seed}`);
let failed = [];
for (const group of GROUPS) {
  failed = await runGroup(group);
  if (failed.length > 0) break;
}

const names = failed.map(({ name }) => name).join(', ');
console.log(failed.length === 0 ? '\nAll stages passed.' : `\nStopped: ${names} failed (TEST_SEED=${seed}).`);
tellSkipped();
// A stage without tests of its own counts as one.
if (failed.length > 0 && total.failures === 0) total.failures = 1;
console.log(`${total.passes} passed, ${total.failures} failed`);
process.exit(total.failures === 0 ? 0 : 1);

/** Runs the stages, some at a time; resolves to those that failed. What is said beside something else is told when it has ended. */
async function runGroup(group) {
  const left = [...group];
  const failures = [];
  isAlone = Math.min(LANES, group.length) === 1;
  const lane = async () => {
    for (let stage = left.shift(); stage; stage = left.shift()) {
      const reason = stage.skip?.();
      if (reason) skipped.push(`${stage.name}: ${reason}`);
      if (!reason) console.log(`\n== ${stage.name}${isAlone ? '' : ': begun'}`);
      const begun = performance.now();
      const results = reason ? [] : [await stage.run()].flat();
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      const isDone = results.every((result) => result.isDone);
      const how = reason ? `skipped, ${reason}` : `${isDone ? '' : 'failed after '}${seconds} s`;
      console.log(`\n== ${stage.name}: ${how}`);
      for (const { said } of results) process.stdout.write(said);
      if (!isDone) failures.push(stage);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return failures;
}

/** Names what did not run, and the command that brings what it lacked. */
function tellSkipped() {
  if (skipped.length === 0) return;
  console.log(`\nSkipped, for something is missing here or the system is another one (${skipped.length}):`);
  for (const name of skipped) console.log(`  ${name}`);
  console.log('sh scripts/install-test-packages.sh brings a browser, the Vulkan loader, Redis and proxies.');
}

/** Resolves to what the program said and has not been told yet, and to whether it succeeded. */
function node(...args) {
  return program(args, {});
}

function program(args, more) {
  // Threads of the unit tests begin on the build, which is that of these sources by then.
  const env = { ...process.env, TEST_SEED: seed, LRNN_BUILT_THREADS: '1', ...(python && { PYTHON: python }), ...more };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const take = (text) => (isAlone ? process.stdout.write(text) : (said += text));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
  return new Promise((done) => {
    const end = (code) => done({ said, isDone: code === 0 });
    child.once('close', end);
    // What it left running may hold its output open for ever.
    child.once('exit', (code) => setTimeout(() => end(code), PATIENCE_MS));
    child.once('error', (error) => {
      take(`${error.message}\n`);
      end(1);
    });
  });
}

/** A mocha run; its counts are added to the total. */
async function mocha(...args) {
  const counts = join(ROOT, '.cache', `test-counts-${process.pid}-${randomInt(2 ** 31)}.json`);
  const { said, isDone } = await program([...MOCHA, ...args], { TEST_COUNTS: counts });
  const run = readCounts(counts);
  rmSync(counts, { force: true });
  if (run === null) return { said, isDone: false };
  for (const key of Object.keys(total)) total[key] += run[key];
  skipped.push(...run.skipped);
  return { said, isDone: isDone && run.failures === 0 };
}

/** Null where the run was cut off before it had written them whole. */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** One after the other, to the first that fails. */
async function all(items, work) {
  const results = [];
  for (const item of items) {
    results.push(await work(item));
    if (!results.at(-1).isDone) break;
  }
  return results;
}

function testFiles(ending) {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true }).sort();
  return files.filter((name) => name.endsWith(ending)).map((name) => join('test', name));
}

function gpuTests() {
  return testFiles('.gpu.test.ts');
}

/** Those of other stages are left out by .mocharc.json. */
function unitTests() {
  const place = (file) => (LONGEST.indexOf(basename(file, '.test.ts')) + LONGEST.length + 1) % (LONGEST.length + 1);
  return testFiles('.test.ts').sort((a, b) => place(a) - place(b));
}

/** Fails nothing: what needs it is skipped. */
async function findPython() {
  const { said, isDone } = await program(['scripts/python.mjs'], {});
  if (isDone) python = said.trim();
  else
    skipped.push(
      'the Python snippet: no Python with ONNX Runtime (node scripts/python.mjs brings it, given python3 with venv)',
    );
  return { said: '', isDone: true };
}

/** Why the browser tests cannot run; in CI they run and fail instead. */
function withoutBrowser() {
  if (isCi || process.env.CHROMIUM_PATH) return null;
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (folders.some((path) => BROWSERS.some((name) => existsSync(join(path, name))))) return null;
  return 'no chromium was found (sh scripts/install-test-packages.sh installs it)';
}
