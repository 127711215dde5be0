import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import type { NetworkSpec, Update } from '../../../src/engine/index.js';
import { parameterCount, wasmBuild, wasmEngine } from '../../../src/engine/index.js';
import { blockStride } from '../../../src/engine/wasm/arena.js';
import { packedBytes, packedRowBytes } from '../../../src/engine/wasm/layers.js';
import { programBytes, wasmEngineOf } from '../../../src/engine/wasm/wasm-engine.js';
import { lrnn, mlp, MSE, randomBatch, randomMatrix, randomParameters } from '../support/networks.js';

const UPDATE: Update = {
  learningRate: 0.01,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  dropout: 0.2,
  dropoutSeed: 3,
  clipNorm: 1,
};
const BATCH = 128;
const BLOCKS = BATCH / 8;

/** The features of the docstring's formula that every network has, for one output and mse. */
function commonFeatures(spec: NetworkSpec, widest: number): number {
  return 2 * spec.inputs + 1 + 1 + 3 + 1 + 2 * widest;
}

function expectBytes(spec: NetworkSpec, features: number, packed: number): void {
  const bytes = programBytes(wasmEngine.compile(spec, { loss: MSE, batchSize: BATCH }));
  const formula = 65536 + 16 * parameterCount(spec) + packed + BLOCKS * 32 * features;
  // Two lines of rounding for each of at most 24 buffers, in every block.
  expect(bytes).to.be.within(formula, formula + 24 * 128 * BLOCKS);
}

describe('wasm engine', () => {
  it('takes the memory its formula says: an MLP', () => {
    const spec = mlp(
      [
        { width: 100, activation: 'relu' },
        { width: 60, activation: 'relu' },
      ],
      { inputs: 20 },
    );
    const packed = Math.max(packedBytes(100, 60), packedRowBytes(100, BLOCKS));
    expectBytes(spec, commonFeatures(spec, 100) + 160 + 160, packed);
  });

  it('takes the memory its formula says: an MLP behind functions of its columns', () => {
    const basis = { hidden: 8, activation: 'tanh' } as const;
    const spec = mlp([{ width: 30, activation: 'relu', basis }], { inputs: 20 });
    expectBytes(spec, commonFeatures(spec, 30) + 30 + 30 + 2 * 20 * 8, packedBytes(160, 30));
  });

  it('takes the memory its formula says: a shared basis, then a dense layer', () => {
    const spec = lrnn(
      [
        { projection: 'axis', sharing: 'basis', rank: 32, hidden: 8 },
        { rank: 24, width: 4 },
      ],
      { inputs: 20, inputSkip: true },
    );
    const layers = 33 + 20 * 32 + 2 * 20 * 8 + (25 + 2 * 24 * 4);
    const packed = Math.max(packedBytes(52, 96), packedRowBytes(96, BLOCKS));
    expectBytes(spec, commonFeatures(spec, 52) + 52 + 44 + layers, packed + 20 * 32);
  });

  it('spreads the blocks of a wide tensor over the cache sets', () => {
    for (let cols = 1; cols <= 300; cols++) {
      expect(blockStride(cols)).to.be.at.least(cols * 32);
      expect((blockStride(cols) / 64) % 2).to.equal(1);
    }
  });

  it('allocates next to nothing in a step', () => {
    const spec = lrnn([{}, {}], { inputSkip: true, frontScale: true });
    const program = wasmEngine.compile(spec, { loss: MSE, batchSize: 16 });
    const rng = new Rng(1);
    program.setParameters(randomParameters(spec, rng));
    const batch = randomBatch(spec, MSE, 16, rng);
    for (let i = 0; i < 200; i++) program.step(batch, UPDATE);
    const before = process.memoryUsage();
    for (let i = 0; i < 300; i++) program.step(batch, UPDATE);
    const after = process.memoryUsage();
    // A batch-sized array per step would be 300 times 1 KiB of buffers; linear memory must not grow at all.
    expect(after.arrayBuffers - before.arrayBuffers).to.be.below(64 * 1024);
  });

  it('says what is wrong when a disposed program is used', async () => {
    const program = wasmEngine.compile(mlp([{ width: 2, activation: 'relu' }]), { loss: MSE, batchSize: 2 });
    program.dispose();
    const error: unknown = await program.getParameters().catch((reason: unknown) => reason);
    expect(error)
      .to.be.an('error')
      .with.property('message')
      .that.contains('program: it must not be used after dispose()');
    expect(error).to.have.property('kind', 'state');
  });

  it('agrees between its two builds within rounding', async () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'basis', activation: 'tanh' }, {}], { inputSkip: true });
    const parameters = randomParameters(spec, new Rng(2));
    const X = randomMatrix(50, spec.inputs, new Rng(3));
    const outputs = await Promise.all(
      (['simd', wasmBuild()] as const).map((build) => {
        const program = wasmEngineOf(build).compile(spec, { loss: MSE, batchSize: 50 });
        program.setParameters(parameters);
        return program.predict(X);
      }),
    );
    const furthest = outputs[0].data.reduce((max, v, i) => Math.max(max, Math.abs(v - outputs[1].data[i])), 0);
    expect(furthest).to.be.below(1e-4);
  });
});
