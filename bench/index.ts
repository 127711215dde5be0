/**
 * @file Every question about speed and memory, answered on this machine in one run.
 *
 * Usage: npm run bench [-- step,kernels]     all parts, or those named; `npm run bench -- help` names them
 */

import os from 'node:os';

import { wasmBuild } from '../src/engine/index.js';
import { growth } from './growth.js';
import { kernels } from './kernels.js';
import { matrix } from './matrix.js';
import { memory } from './memory.js';
import type { Part } from './part.js';
import { predictions } from './predictions.js';
import { selectParts } from './select.js';
import { steps } from './steps.js';
import { threads } from './threads.js';
import { FULL } from './timing.js';

const PARTS: readonly Part[] = [steps, matrix, kernels, growth, threads, memory, predictions];

function machine(): string[] {
  const cpus = os.cpus();
  const gib = (os.totalmem() / 2 ** 30).toFixed(0);
  return [
    `${new Date().toISOString()}`,
    `machine  ${cpus[0].model.trim()}, ${cpus.length} CPUs, ${gib} GiB, ${os.type()} ${os.release()} ${os.arch()}`,
    `node     ${process.version} (V8 ${process.versions.v8}), kernels: ${wasmBuild()} by default`,
    `load     ${os.loadavg()[0].toFixed(1)} processes wanted to run over the last minute`,
  ];
}

const selection = selectParts(PARTS, process.argv[2]);
if (typeof selection === 'string') {
  console.error(selection);
  process.exitCode = 2;
} else {
  console.log(machine().join('\n'));
  for (const part of selection) {
    const start = performance.now();
    console.log(`\n== ${part.name}: ${part.question}\n`);
    await part.run((lines) => console.log(lines.join('\n')), FULL);
    console.log(`(${((performance.now() - start) / 1000).toFixed(0)} s)`);
  }
}
