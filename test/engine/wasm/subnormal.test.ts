import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import type { LossSpec } from '../../../src/engine/index.js';
import { ACTIVATIONS } from '../../../src/engine/index.js';
import type { WasmBuild } from '../../../src/engine/wasm/build.js';
import { instantiate, isSupported } from '../../../src/engine/wasm/build.js';
import type { Kernels } from '../../../src/engine/wasm/kernels.gen.js';
import { wasmEngineOf } from '../../../src/engine/wasm/wasm-engine.js';
import { Memory } from '../../../src/engine/wasm/webassembly.js';
import { lrnn, mlp, randomBatch, randomParameters } from '../support/networks.js';

const SEED = Number(process.env.TEST_SEED ?? 5);
const SMALLEST_NORMAL = 2 ** -126;
/** Bytes; far from each other. */
const [A, B, C, D] = [65536, 2 * 65536, 3 * 65536, 4 * 65536];
const BLOCKS = 64;
const ROWS = 8 * BLOCKS;
const SHARE = 1 / 64;

/** Numbers of every size that float32 has, of either sign. */
const anySize = (rng: Rng): number => (rng.uniform() < 0.5 ? -1 : 1) * 10 ** (-44 * rng.uniform());
/** Numbers that lose digits and cost processors ten to a hundred times the time. */
const subnormal = (values: ArrayLike<number>): number[] =>
  Array.from(values).filter((x) => x !== 0 && Math.abs(x) < SMALLEST_NORMAL);

for (const build of ['relaxed-simd', 'simd'] satisfies WasmBuild[]) {
  const suite = isSupported(build) ? describe : describe.skip;

  suite(`gradients too small to count, ${build} build`, () => {
    let kernels: Kernels;
    let floats: Float32Array;
    let rng: Rng;
    const at = (address: number, count: number): Float32Array => floats.subarray(address / 4, address / 4 + count);

    beforeEach(() => {
      const memory = new Memory({ initial: 6, maximum: 6 });
      kernels = instantiate(build, memory);
      floats = new Float32Array(memory.buffer);
      rng = new Rng(SEED);
    });

    it('are 0 where a loss is sure of a row, however sure', () => {
      for (const outputs of [1, 5]) {
        at(A, ROWS * outputs).forEach((_, i, o) => (o[i] = 130 * rng.normal()));
        at(B, ROWS).forEach((_, i, y) => (y[i] = Math.floor(rng.uniform() * Math.max(2, outputs))));
        at(C, ROWS).fill(SHARE);
        const stride = 32 * outputs;
        if (outputs === 1) kernels.binaryCrossEntropy(A, stride, B, 32, C, 0, BLOCKS);
        else kernels.crossEntropy(A, stride, B, 32, C, outputs, 0, BLOCKS);
        const gradient = at(A, ROWS * outputs);
        const small = gradient.filter((g) => g !== 0 && Math.abs(g) < 1e-20 * SHARE);
        expect(small).to.have.lengthOf(0);
        expect(gradient.filter((g) => g === 0).length).to.be.above(ROWS / 4);
        expect(gradient.filter((g) => Math.abs(g) > SHARE / 2).length).to.be.above(ROWS / 10);
      }
    });

    it('are 0 where a loss of a number has nearly met its target or says nearly nothing, and are no number where the output is none', () => {
      const losses = {
        huber: () => kernels.huber(A, 32, B, 32, C, 1, 0.5, BLOCKS),
        poisson: () => kernels.powerLoss(A, 32, B, 32, C, 1, 1, BLOCKS),
        gamma: () => kernels.powerLoss(A, 32, B, 32, C, 1, 2, BLOCKS),
        tweedie: () => kernels.powerLoss(A, 32, B, 32, C, 1, 1.5, BLOCKS),
      };
      for (const [name, kernel] of Object.entries(losses)) {
        const isHuber = name === 'huber';
        // Where no logarithm is learned the target is 0, so that outputs of every size are errors of every size.
        at(B, ROWS).forEach((_, i, y) => (y[i] = isHuber || i % 2 ? 0 : Math.abs(anySize(rng))));
        at(A, ROWS).forEach((_, i, o) => (o[i] = isHuber ? anySize(rng) : 60 * rng.normal()));
        at(C, ROWS).fill(SHARE);
        at(A, 1)[0] = NaN;
        kernel();
        const gradient = at(A, ROWS);
        expect(gradient[0], name).to.be.NaN;
        expect(subnormal(gradient), name).to.deep.equal([]);
        const small = gradient.filter((g) => g !== 0 && Math.abs(g) < 1e-20 * SHARE);
        expect(small, name).to.have.lengthOf(0);
        expect(gradient.filter((g) => Math.abs(g) > 1e-8 * SHARE).length, name).to.be.above(0);
      }
    });

    it('are 0 behind every activation, and the others are as they were', () => {
      for (const [kind, name] of ACTIVATIONS.entries()) {
        at(A, ROWS).forEach((_, i, z) => (z[i] = 30 * rng.normal()));
        at(B, ROWS).forEach((_, i, dy) => (dy[i] = anySize(rng)));
        at(C, ROWS).set(at(A, ROWS));
        at(D, ROWS).fill(1);
        kernels.activateBackward(kind, C, 32, D, 32, 1, BLOCKS);
        kernels.activateBackward(kind, A, 32, B, 32, 1, BLOCKS);
        const [dz, dy, slope] = [at(A, ROWS), at(B, ROWS), at(C, ROWS)];
        dz.forEach((value, i) => {
          const exact = Math.fround(dy[i] * slope[i]);
          if (Math.abs(exact) > 1.1e-20) expect(value, name).to.equal(exact);
          else if (Math.abs(exact) < 0.9e-20) expect(value, name).to.equal(0);
        });
      }
    });

    it('leave the means of AdamW at 0 in the end, not at a number that never fades', () => {
      const count = 7;
      at(A, 3 * count).fill(0.5);
      for (let step = 0; step < 1200; step++) {
        at(D, count).forEach((_, i, g) => (g[i] = step === 0 ? anySize(rng) : 0));
        kernels.adamw(A, D, B, C, count, 1, 1e-3, 1, 0.9, 0.9, 1e-8, 1);
        expect(subnormal([...at(B, count), ...at(C, count)])).to.deep.equal([]);
      }
      expect([...at(B, count), ...at(C, count)].every((x) => x === 0)).to.equal(true);
    });

    it('are told from what is no number', () => {
      at(A, 8).fill(1);
      at(D, 8).fill(NaN);
      kernels.adamw(A, D, B, C, 7, 1, 1e-3, 1, 0.9, 0.999, 1e-8, 1);
      expect([...at(A, 7), ...at(B, 7), ...at(C, 7)].every(Number.isNaN)).to.equal(true);
      for (const [kind, name] of ACTIVATIONS.entries()) {
        at(A, 8).fill(2);
        at(B, 8).fill(NaN);
        kernels.activateBackward(kind, A, 32, B, 32, 1, 1);
        expect([...at(A, 8)].every(Number.isNaN), name).to.equal(true);
      }
    });

    it('are 0 all through a network that is sure of its rows', async () => {
      const loss: LossSpec = { kind: 'crossEntropy', labelSmoothing: 0 };
      const shape = { inputs: 4, outputs: 3 };
      const layers = (activation: 'relu' | 'silu' | 'tanh') =>
        Array.from({ length: 3 }, () => ({ width: 24, activation }));
      for (const spec of [
        mlp(layers('relu'), shape),
        mlp(layers('silu'), shape),
        mlp(layers('tanh'), shape),
        lrnn([{}, {}], shape),
      ]) {
        const program = wasmEngineOf(build).compile(spec, { loss, batchSize: 64 });
        for (const scale of [1, 3, 10]) {
          program.setParameters(randomParameters(spec, rng).map((w) => scale * w));
          const { gradient, inputGradient } = await program.gradient(randomBatch(spec, loss, 64, rng));
          expect(subnormal(gradient)).to.deep.equal([]);
          expect(subnormal(inputGradient)).to.deep.equal([]);
        }
        program.dispose();
      }
    });
  });
}
