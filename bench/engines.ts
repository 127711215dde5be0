/**
 * @file What a training step costs on every engine: milliseconds, kernels launched, and both as folds share a batch.
 *
 * Usage: npm run bench:engines [-- quick]     WebGPU needs an adapter; without a GPU, VK_ICD_FILENAMES may name a software one
 * On a software device the times mean nothing; launches per step, and how they grow with the folds, are the same on any.
 */

import os from 'node:os';

import type { NetworkSpec } from '../src/engine/index.js';
import { parameterCount } from '../src/engine/index.js';
import type { Runtime } from '../src/engine/tfjs/runtime.js';
import { openCpu } from '../src/engine/tfjs/runtime.js';
import { openWebGpu } from '../src/engine/tfjs/webgpu.js';
import { wasmBuild } from '../src/engine/wasm/build.js';
import { countLaunches, laneTraining } from './launches.js';
import { BATCH, lrnn, mlp, training } from './networks.js';
import { table } from './table.js';
import { median } from './timing.js';

const isQuick = process.argv.includes('quick');
const FOLDS = isQuick ? [1, 2] : [1, 5, 10, 50];
const ROWS = 16;

const SIZES = { rank: 16, width: 4, hidden: 4 };
const NETWORKS: readonly (readonly [name: string, spec: NetworkSpec])[] = [
  ['lrnn 2 x {16, width 4, hidden 4, tanh}', lrnn([SIZES, SIZES])],
  [
    'lrnn {16, axis, basis, hidden 4, tanh} + {16, width 4, hidden 4, tanh}',
    lrnn([{ projection: 'axis', sharing: 'basis', rank: 16, hidden: 4 }, SIZES]),
  ],
  [
    'mlp 32-32 relu',
    mlp([
      { width: 32, activation: 'relu' },
      { width: 32, activation: 'relu' },
    ]),
  ],
];

interface Cost {
  readonly ms: number;
  readonly launches: number;
}

/** The median of a few steps, each read back, after one that compiles. */
async function cost(runtime: Runtime, spec: NetworkSpec, lanes: number): Promise<Cost> {
  const { program, step } = laneTraining(runtime, spec, lanes, ROWS);
  step();
  await program.readLosses();
  const launches = runtime.name === 'webgpu' ? countLaunches(runtime, step) : Number.NaN;
  await program.readLosses();
  const times: number[] = [];
  for (let i = 0; i < (isQuick ? 1 : 3); i++) {
    const start = performance.now();
    step();
    await program.readLosses();
    times.push(performance.now() - start);
  }
  program.dispose();
  return { ms: median(times), launches };
}

async function wasmMs(spec: NetworkSpec): Promise<number> {
  const { train } = training(spec, wasmBuild(), ROWS);
  await train(200);
  const start = performance.now();
  await train(200);
  return (performance.now() - start) / 200;
}

const runtimes = {
  'tfjs cpu': await openCpu(),
  'WebGPU composite': await openWebGpu({ isFused: false }),
  'WebGPU fused': await openWebGpu({ isFused: true }),
};
console.log(
  `${new Date().toISOString()}  ${os.cpus()[0].model.trim()}, ${os.cpus().length} CPUs, node ${process.version}`,
);
console.log(`${runtimes['WebGPU fused'].description}; load ${os.loadavg()[0].toFixed(1)}`);
console.log(`Steps of ${ROWS} rows per fold (forward, MSE, backward, clipped AdamW, dropout 0.1); ${BATCH} are usual.`);
for (const [name, spec] of NETWORKS) {
  const rows = [['wasm', 1, await wasmMs(spec), '-', '-']];
  for (const [engine, runtime] of Object.entries(runtimes)) {
    for (const folds of engine === 'tfjs cpu' ? FOLDS.slice(0, 2) : FOLDS) {
      const { ms, launches } = await cost(runtime, spec, folds);
      rows.push([engine, folds, ms, ms / folds, launches]);
    }
  }
  console.log(`\n${name}: ${parameterCount(spec).toLocaleString('en-US')} parameters`);
  console.log(table(['engine', 'folds', 'ms per step', 'ms per fold', 'launches per step'], rows).join('\n'));
}
for (const runtime of Object.values(runtimes)) await runtime.close();
