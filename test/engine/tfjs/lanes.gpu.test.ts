/** @file Lanes on WebGPU: nothing of a lane depends on its neighbours, and no size is too much for one dimension. */

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import type { LaneStep, NetworkSpec, Update } from '../../../src/engine/index.js';
import { referenceEngine } from '../../../src/engine/index.js';
import type { Runtime } from '../../../src/engine/tfjs/runtime.js';
import { use } from '../../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { assertClose } from '../../support/close.js';
import { openTestGpu } from '../support/gpu.js';
import { lrnn, mlp, MSE, randomBatch, randomParameters } from '../support/networks.js';

const UPDATE: Update = {
  learningRate: 0.01,
  weightDecay: 0.02,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  dropout: 0.2,
  dropoutSeed: 3,
  clipNorm: 1,
};
const NETWORKS: Record<string, NetworkSpec> = {
  'an axis layer and a dense one': lrnn([{ projection: 'axis', sharing: 'basis' }, {}], {
    inputSkip: true,
    frontScale: true,
  }),
  'an mlp behind functions of its columns': mlp(
    [{ width: 7, activation: 'relu', basis: { hidden: 3, activation: 'tanh' } }],
    { frontScale: true },
  ),
  'an mlp': mlp([{ width: 7, activation: 'relu' }], { frontScale: true }),
};

describe('lanes on WebGPU', function () {
  this.timeout(240_000);
  let runtime: Runtime;
  before(async function () {
    const opened = await openTestGpu(true);
    if (!opened) return this.skip();
    runtime = opened;
  });
  after(() => runtime?.close());

  /** Weights of lane 0 after some steps on 13 rows; its neighbours have others, and `others` of them. */
  const lane0 = async (spec: NetworkSpec, lanes: number, others: number, spoil = 1): Promise<Float32Array> => {
    const program = tfjsEngine(runtime).compileBatch!(spec, { loss: MSE, batchSize: 40 }, lanes);
    const start = (lane: number) =>
      randomParameters(spec, new Rng(lane)).map((value) => (lane ? value * spoil : value));
    program.setParameters(Array.from({ length: lanes }, (_, lane) => start(lane)));
    for (let step = 0; step < 2; step++) {
      program.step(
        Array.from({ length: lanes }, (_, lane): LaneStep => {
          const batch = randomBatch(spec, MSE, lane ? others : 13, new Rng(100 * step + lane));
          return { batch, update: UPDATE };
        }),
      );
    }
    const [weights] = await program.getParameters();
    program.dispose();
    return weights;
  };

  for (const [name, spec] of Object.entries(NETWORKS)) {
    it(`have the same bits among few neighbours and many, with fewer rows and more: ${name}`, async () => {
      const alone = await lane0(spec, 1, 0);
      for (const [lanes, others] of [
        [2, 14],
        [9, 40],
      ]) {
        expect(await lane0(spec, lanes, others), `${lanes} lanes, ${others} rows`).to.deep.equal(alone);
      }
    });

    it(`are not touched by a neighbour whose numbers overflow: ${name}`, async () => {
      const alone = await lane0(spec, 1, 0);
      expect(alone.every(Number.isFinite)).to.equal(true);
      expect(await lane0(spec, 3, 13, Number.NaN)).to.deep.equal(alone);
    });
  }

  it('are right where a launch needs more workgroups than one dimension takes', async () => {
    const { device } = runtime.tf.engine().findBackend(runtime.backend) as unknown as { device: { limits: object } };
    const spec = NETWORKS['an axis layer and a dense one'];
    const [parameters, batch] = [randomParameters(spec, new Rng(1)), randomBatch(spec, MSE, 29, new Rng(2))];
    const [ours, truth] = [tfjsEngine(runtime), referenceEngine].map((engine) =>
      engine.compile(spec, { loss: MSE, batchSize: 29 }),
    );
    for (const program of [ours, truth]) program.setParameters(parameters);
    // 29 rows take 29 workgroups: 6 x 6 of them where 16 are the most, so 7 have nothing to do.
    const { limits } = device;
    const low = { maxComputeWorkgroupsPerDimension: 16, maxComputeWorkgroupSizeX: 64 };
    Object.defineProperty(device, 'limits', { value: low, configurable: true });
    try {
      for (let repeat = 0; repeat < 5; repeat++) {
        const [actual, expected] = [await ours.gradient(batch), await truth.gradient(batch)];
        assertClose(actual.gradient, expected.gradient, { rtol: 1e-3, atol: 2e-5 }, 'gradient');
        const [output, right] = [await ours.predict(batch.X), await truth.predict(batch.X)];
        assertClose(output.data, right.data, { rtol: 1e-4, atol: 1e-5 }, 'output');
      }
    } finally {
      Object.defineProperty(device, 'limits', { value: limits, configurable: true });
    }
  });

  it('multiply matrices of any size, either way round', async () => {
    use(runtime);
    const { tf } = runtime;
    const rng = new Rng(4);
    for (const [m, k, n] of [
      [1, 1, 1],
      [5, 3, 7],
      [33, 17, 1],
      [31, 33, 65],
    ]) {
      const [a, b] = [m * k, k * n].map((size) => Float32Array.from({ length: 2 * size }, () => rng.normal()));
      const expected = Float64Array.from({ length: 2 * m * n }, (_, at) => {
        const [lane, row, column] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
        let sum = 0;
        for (let i = 0; i < k; i++) sum += a[(lane * m + row) * k + i] * b[(lane * k + i) * n + column];
        return sum;
      });
      const [A, B] = [tf.tensor(a, [2, m, k]), tf.tensor(b, [2, k, n])];
      const [At, Bt] = [tf.transpose(A, [0, 2, 1]), tf.transpose(B, [0, 2, 1])];
      for (const [left, right] of [
        [A, B],
        [At, B],
        [A, Bt],
        [At, Bt],
      ]) {
        const product = tf.matMul(left, right, left === At, right === Bt);
        const tolerance = { rtol: 1e-4, atol: 1e-6 * Math.sqrt(k) };
        assertClose(await product.data(), expected, tolerance, `${m} x ${k} x ${n}, ${left === At}, ${right === Bt}`);
      }
    }
  });

  it('sum over any axes', async () => {
    use(runtime);
    const { tf } = runtime;
    const values = Float32Array.from({ length: 2 * 70 * 3 }, (_, i) => (i % 17) - 8);
    const x = tf.tensor(values, [2, 70, 3]);
    for (const axes of [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]]) {
      const expected = new Map<string, number>();
      values.forEach((value, i) => {
        const place = [Math.floor(i / 210), Math.floor(i / 3) % 70, i % 3];
        const key = place.filter((_, axis) => !axes.includes(axis)).join();
        expected.set(key, (expected.get(key) ?? 0) + value);
      });
      expect([...(await tf.sum(x, axes).data())], axes.join()).to.deep.equal([...expected.values()]);
      expect(tf.sum(x, axes, true).shape).to.deep.equal([2, 70, 3].map((n, axis) => (axes.includes(axis) ? 1 : n)));
    }
  });
});
