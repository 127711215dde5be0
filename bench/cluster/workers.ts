/** @file A process of workers that fit nothing: `url count ms bytes` are its arguments. It says "there" and works until it is killed. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startClusterWorker } from '../../src/cluster/index.js';
import { sleepingExecutor } from './made-up.js';

const [url, ...numbers] = process.argv.slice(2);
const [count, ms, bytes] = numbers.map(Number);
const cache = mkdtempSync(join(tmpdir(), 'lrnn-bench-cache-'));
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));
process.on('SIGTERM', () => process.exit(0));
for (let i = 0; i < count; i++) {
  await startClusterWorker({
    url,
    version: 'bench',
    concurrency: 1,
    cache: join(cache, String(i)),
    makeExecutor: (data) => sleepingExecutor(data, ms, bytes),
    notice: (sentence) => console.error(sentence),
  });
}
console.log('there');
