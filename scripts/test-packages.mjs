/**
 * Brings what tests, benches, kernels and the documentation need beside what `npm install` brings: packages of 700 MB that nobody needs who only
 * builds and tries (docs/decisions/test-packages.md). Does nothing where they are there.
 *
 * test/packages/package.json names them, and test/packages/package-lock.json pins them together with all of the root.
 *
 * Usage: node scripts/test-packages.mjs [--check | --lock]        (npm test runs it first)
 * --check brings nothing and fails where one is missing; --lock writes that lock file anew after a change of either package.json.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = join(ROOT, 'test/packages');
/** Where npm works, so that a run that is cut off leaves what is installed as it was. */
const CACHE = join(ROOT, '.cache');
const PLACE = join(CACHE, `test-packages-${process.pid}`);

if (process.argv.includes('--lock')) lock();
else if (process.argv.includes('--check')) check();
else if (missing().length > 0) bring();

function check() {
  const names = missing();
  if (names.length === 0) return;
  console.error(`test-packages: ${names.join(', ')} must be installed as pinned. Run npm run test:packages`);
  process.exit(1);
}

/** Names of packages that are not installed in a folder in the version that is pinned. */
function missing(folder = ROOT) {
  const { packages } = read(join(OWN, 'package-lock.json'));
  const wanted = Object.keys(read(join(OWN, 'package.json')).devDependencies);
  return wanted.filter((name) => {
    const file = join(folder, 'node_modules', name, 'package.json');
    return !existsSync(file) || read(file).version !== packages[`node_modules/${name}`].version;
  });
}

/** The whole tree once more, and then in the place of the one that is there: npm takes away what its own lock file does not name. */
function bring() {
  const [here, old] = [join(ROOT, 'node_modules'), join(PLACE, 'old')];
  if (existsSync(here) && lstatSync(here).isSymbolicLink()) {
    console.error(`test-packages: node_modules leads to another folder; bring them there: ${missing().join(', ')}`);
    process.exit(1);
  }
  console.log('Bringing the packages that only tests need (700 MB, once) ...');
  prepare(join(OWN, 'package-lock.json'));
  npm('ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund');
  const left = missing(PLACE);
  if (left.length > 0) {
    console.error(`test-packages: npm left ${left.join(', ')} out. What was installed stays as it was.`);
    process.exit(1);
  }
  if (existsSync(here)) renameSync(here, old);
  renameSync(join(PLACE, 'node_modules'), here);
  rmSync(PLACE, { recursive: true, force: true });
}

/** Begins from the lock file of the root, so that what both name has one version. */
function lock() {
  prepare(join(ROOT, 'package-lock.json'));
  npm('install', '--package-lock-only', '--no-audit', '--no-fund');
  copyFileSync(join(PLACE, 'package-lock.json'), join(OWN, 'package-lock.json'));
  rmSync(PLACE, { recursive: true, force: true });
}

/** A folder with everything that the root names and everything that tests need. */
function prepare(lockFile) {
  removeLeftovers();
  mkdirSync(PLACE, { recursive: true });
  const root = read(join(ROOT, 'package.json'));
  const devDependencies = { ...root.devDependencies, ...read(join(OWN, 'package.json')).devDependencies };
  writeFileSync(join(PLACE, 'package.json'), JSON.stringify({ ...root, devDependencies }, null, 2));
  copyFileSync(lockFile, join(PLACE, 'package-lock.json'));
  copyFileSync(join(ROOT, '.npmrc'), join(PLACE, '.npmrc'));
}

/** Places of runs that were cut off; others may be at work at the same time. */
function removeLeftovers() {
  if (!existsSync(CACHE)) return;
  for (const name of readdirSync(CACHE)) {
    const number = /^test-packages(?:-(\d+))?$/.exec(name);
    if (number && !isAlive(Number(number[1] ?? 0))) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function npm(...words) {
  // Another package manager names itself there, too.
  const named = process.env.npm_execpath;
  const program = named && /npm-cli\.c?js$/.test(named) ? named : undefined;
  const [file, args] = program ? [process.execPath, [program, ...words]] : ['npm', words];
  const { status } = spawnSync(file, args, { cwd: PLACE, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error('test-packages: npm could not bring them (its message is above). Is the registry reachable?');
  process.exit(1);
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
