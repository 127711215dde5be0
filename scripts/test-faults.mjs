/**
 * Damages thousands of files, cuts hundreds of uploads and kills hundreds of processes, and asks what becomes of them; `npm test` does
 * the same with a few dozen. It takes an hour.
 *
 * Usage: node scripts/build.mjs && node scripts/test-faults.mjs [files per test]        (npm run test:faults)
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const env = { ...process.env, FAULTS: process.argv[2] ?? '700' };
const RUNS = [['test/faults/*.test.ts'], ['--config', '.mocharc.e2e.json', '-g', 'killed at any instant']];
const results = RUNS.map((words) => {
  const all = ['node_modules/mocha/bin/mocha.js', ...words];
  return spawnSync(process.execPath, all, { cwd, env, stdio: 'inherit' }).status ?? 1;
});
process.exit(Math.max(...results));
