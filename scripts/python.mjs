/**
 * Finds a Python with ONNX Runtime for the tests, or makes one in .cache/python where Python and PyPI are there. Needs neither: what lacks
 * it is skipped, and said to be.
 *
 * Usage: node scripts/python.mjs        prints the program; status 1 where there is none      (npm test asks by itself)
 * PYTHON=path/to/python names another one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = join(ROOT, '.cache/python');
const WISHES = join(ROOT, 'test/python/requirements.txt');
const PATIENCE_MS = 180_000;

/** Null where none is there and none can be made. */
export function pythonWithOnnxRuntime() {
  const own = ['bin/python', 'Scripts/python.exe'].map((path) => join(OWN, path)).find(existsSync);
  const found = [process.env.PYTHON, own, 'python3'].find((python) => python && hasOnnxRuntime(python));
  return found ?? made();
}

function hasOnnxRuntime(python) {
  return spawnSync(python, ['-c', 'import onnxruntime, numpy'], { stdio: 'ignore' }).status === 0;
}

function made() {
  const run = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', timeout: PATIENCE_MS }).status === 0;
  const python = join(OWN, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const isMade =
    run('python3', '-m', 'venv', OWN) &&
    run(
      python,
      '-m',
      'pip',
      'install',
      '--quiet',
      '--only-binary',
      ':all:',
      '--retries',
      '1',
      '--requirement',
      WISHES,
    ) &&
    hasOnnxRuntime(python);
  // Half of one would be looked into again and again.
  if (!isMade) rmSync(OWN, { recursive: true, force: true });
  return isMade ? python : null;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const python = pythonWithOnnxRuntime();
  console.log(
    python ?? 'python: none with ONNX Runtime is here, and none could be made: python3 with venv, and PyPI, are needed',
  );
  process.exit(python === null ? 1 : 0);
}
