/** What a training step takes from the allocator: nothing that lasts, nothing that grows with the network or the batch. */

import v8 from 'node:v8';
import vm from 'node:vm';

import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import type { Program, Update } from '../../src/engine/index.js';
import { wasmBuild, wasmEngine } from '../../src/engine/index.js';
import { WasmNetwork } from '../../src/engine/wasm/network.js';
import { programBytes } from '../../src/engine/wasm/wasm-engine.js';
import { lrnn, MSE, randomBatch, randomParameters } from './support/networks.js';

const UPDATE: Update = {
  learningRate: 1e-3,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  dropout: 0.2,
  dropoutSeed: 3,
  clipNorm: 1,
};
const PAGE = 65536;
/** Young objects per step of the network below: arguments, views of tensors, boxed numbers. */
const GARBAGE_LIMIT = 16 * 1024;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** A function that makes `steps` steps of a network with everything switched on. */
function trainer(rank: number, rows: number): (steps: number) => void {
  const spec = lrnn([{ projection: 'axis', sharing: 'basis', rank }, { rank }], { inputSkip: true, frontScale: true });
  const program: Program = wasmEngine.compile(spec, { loss: MSE, batchSize: rows });
  const rng = new Rng(1);
  program.setParameters(randomParameters(spec, rng));
  const batch = randomBatch(spec, MSE, rows, rng, true);
  const train = (steps: number): void => {
    for (let step = 0; step < steps; step++) program.step(batch, UPDATE);
  };
  train(1000);
  return train;
}

/** What is left on the heap by `work`, the least of three runs: other code may collect or compile meanwhile. */
function retained(work: () => void, kind: 'heapUsed' | 'arrayBuffers'): number {
  const runs = [0, 1, 2].map(() => {
    collect();
    const before = process.memoryUsage()[kind];
    work();
    collect();
    return process.memoryUsage()[kind] - before;
  });
  return Math.min(...runs);
}

/** Bytes of objects and buffers. */
function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes of heap and buffers per step before anything is collected, the median of seven runs. */
function garbagePerStep(train: (steps: number) => void): number {
  const runs = Array.from({ length: 7 }, () => {
    collect();
    const before = used();
    train(20);
    return (used() - before) / 20;
  });
  return runs.sort((a, b) => a - b)[3];
}

describe('a training step', () => {
  it('leaves nothing on the heap: 4,000 steps', () => {
    const train = trainer(4, 16);
    // A number kept per step, boxed or in an array, would be 32,000 bytes and more.
    expect(retained(() => train(4000), 'heapUsed')).to.be.below(12_000);
    expect(retained(() => train(4000), 'arrayBuffers')).to.be.at.most(0);
  });

  it('makes a little garbage for its calls, as much for a large network and batch as for small ones', () => {
    const [small, large] = [garbagePerStep(trainer(4, 8)), garbagePerStep(trainer(8, 512))];
    expect(small).to.be.below(GARBAGE_LIMIT);
    expect(large).to.be.below(small + 2048);
  });

  it('works in memory that was allocated once, in whole pages, and never grows', () => {
    const spec = lrnn([{}, {}], { inputSkip: true, frontScale: true });
    const network = new WasmNetwork(spec, MSE, { batchSize: 64, build: wasmBuild() });
    const { buffer } = network.floats;
    const pages = buffer.byteLength / PAGE;
    for (let step = 0; step < 100; step++) {
      network.forward(8, { probability: 0.5, seed: step });
      network.lossAndGradient(8);
      network.backward(8, true, { probability: 0.5, seed: step });
    }
    // Memory that grows detaches the views it had.
    expect(buffer.byteLength / PAGE).to.equal(pages);
    expect(pages).to.equal(Math.ceil(network.bytes / PAGE));
    expect(network.bytes).to.equal(programBytes(wasmEngine.compile(spec, { loss: MSE, batchSize: 64 })));
  });
});
