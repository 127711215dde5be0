/**
 * Damages thousands of files and asks what becomes of them; `npm test` does the same with a few dozen.
 *
 * Usage: node scripts/test-faults.mjs [files per test]        (npm run test:faults)
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const env = { ...process.env, FAULTS: process.argv[2] ?? '700' };
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', 'test/faults/*.test.ts'], {
  cwd,
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);
