/**
 * Builds, fits a bundled data set into reports/demo (anew each time) and serves its leaderboard.
 *
 * Usage: node scripts/demo.mjs        (npm run demo)
 * Set PORT when 3000 is taken.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HOST = '127.0.0.1';
const PORT = Number(process.env.PORT ?? 3000);
const STUDY = 'reports/demo';
const FIT = ['datasets/car-prices.csv', '--target', 'Price', '--trials', '12', '--seed', '1', '--out', STUDY];

/** The program in front: it is told of every signal, and this script ends when it does. */
let child = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal));

if (!(await isFree(PORT))) {
  console.error(`demo: port ${PORT} is in use. Stop what listens there, or choose another: PORT=3001 npm run demo`);
  process.exit(4);
}
console.log('Building ...');
await run('scripts/build.mjs', '--fast');
rmSync(`${ROOT}${STUDY}`, { recursive: true, force: true });
console.log(`\nSearching models for ${FIT[0]}: what is a used car worth?`);
await run('dist/cli/main.js', 'fit', ...FIT);
console.log();
await run('dist/cli/main.js', 'serve', 'reports', '--port', String(PORT), '--host', HOST, (said) => {
  if (said.includes('http://')) console.log(`The leaderboard: http://${HOST}:${PORT}/studies/demo`);
});

/** Runs a script of this package to its end; ours is over when it fails. A function at the end hears what it says. */
async function run(...words) {
  const hear = typeof words.at(-1) === 'function' ? words.pop() : null;
  child = spawn(process.execPath, words, { cwd: ROOT, stdio: ['inherit', hear ? 'pipe' : 'inherit', 'inherit'] });
  child.stdout?.setEncoding('utf8').on('data', (said) => {
    process.stdout.write(said);
    hear(said);
  });
  const code = await new Promise((resolve) => child.on('exit', (status, signal) => resolve(signal ? 130 : status)));
  if (code !== 0) process.exit(code);
}

async function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
