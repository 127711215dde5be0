import { expect } from 'chai';

import { allRows, matrixFrom, Rng } from '../../src/core/index.js';
import type { Update } from '../../src/engine/index.js';
import { parameterLayout, referenceEngine } from '../../src/engine/index.js';
import { referencePredict } from '../../src/engine/reference-network.js';
import { assertClose, F64 } from '../support/close.js';
import { lrnn, mlp, MSE, randomBatch, randomParameters } from './support/networks.js';

const UPDATE: Update = {
  learningRate: 0.1,
  weightDecay: 0.5,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-3,
  dropout: 0,
  dropoutSeed: 0,
  clipNorm: Infinity,
};
/** getParameters rounds to float32. */
const ROUNDED = { rtol: 1e-7, atol: 1e-9 };

describe('reference engine', () => {
  it('computes one product layer as the formula says', () => {
    const spec = lrnn([{ rank: 2, width: 2, hidden: 1 }], { inputs: 1 });
    const { tensors, size } = parameterLayout(spec);
    const values: Record<string, number[]> = {
      'layer0.W': [1, 2, 3, 4],
      'layer0.b': [0.1, 0.2, 0.3, 0.4],
      'layer0.omega': [1, 1, 2, 2],
      'layer0.beta': [0, 0.5, 0, 0.5],
      'layer0.a': [1, -1, 2, 3],
      'layer0.c': [0.1, 0, 0, 0.2],
      'layer0.scale': [2, 3],
      'layer0.shift': [0.5, -0.5],
      'out.W': [1, 10],
      'out.b': [7],
    };
    const parameters = new Float64Array(size);
    for (const { name, offset } of tensors) parameters.set(values[name], offset);

    const x = 0.3;
    const gamma = 1 / Math.sqrt(2);
    const g = [
      0.1 + Math.sin(x + 0.1),
      -Math.sin(2 * x + 0.2 + 0.5),
      2 * Math.sin(2 * (3 * x + 0.3)),
      0.2 + 3 * Math.sin(2 * (4 * x + 0.4) + 0.5),
    ];
    const phi = [(1 + gamma * g[0]) * (1 + gamma * g[1]), (1 + gamma * g[2]) * (1 + gamma * g[3])];
    const mean = (phi[0] + phi[1]) / 2;
    const deviation = Math.sqrt(((phi[0] - mean) ** 2 + (phi[1] - mean) ** 2) / 2 + 1e-5);
    const h = [2 * ((phi[0] - mean) / deviation) + 0.5, 3 * ((phi[1] - mean) / deviation) - 0.5];
    assertClose(referencePredict({ spec, parameters, x: [x] }), [h[0] + 10 * h[1] + 7], { rtol: 1e-12, atol: 0 });
  });

  it('computes an MLP behind functions of its columns as written by hand', () => {
    const basis = { hidden: 2, activation: 'sin' } as const;
    const spec = mlp([{ width: 1, activation: 'tanh', basis }], { inputs: 2 });
    const [omega, beta, W] = [
      [1, 2, 3, 0.5],
      [0.1, 0.2, 0.3, 0.4],
      [0.7, -0.6, 0.5, -0.4],
    ];
    const [b, out] = [0.25, [10, 7]];
    const x = [0.4, -1.2];
    const units = omega.map((w, unit) => Math.sin(w * x[Math.floor(unit / 2)] + beta[unit]));
    const h = Math.tanh(units.reduce((sum, u, unit) => sum + u * W[unit], b));
    const parameters = [...omega, ...beta, ...W, b, ...out];
    assertClose(referencePredict({ spec, parameters, x }), [out[0] * h + out[1]], { rtol: 1e-12, atol: 0 });
  });

  it('makes a neuron of width 1 with one hidden unit out of an MLP neuron', () => {
    const product = lrnn([{ rank: 3, width: 1, hidden: 1, activation: 'tanh' }], { inputs: 2 });
    const dense = mlp([{ width: 3, activation: 'tanh' }], { inputs: 2 });
    const rng = new Rng(3);
    const weights = randomParameters(dense, rng);
    const x = [0.4, -1.2];
    // phi = 1 + tanh(h W + b): undo the LayerNorm by hand and compare the neurons up to its affine map.
    const { tensors, size } = parameterLayout(product);
    const parameters = new Float64Array(size);
    const ones = ['omega', 'a', 'scale'];
    for (const { name, offset, size: count } of tensors) {
      if (ones.includes(name.split('.')[1])) parameters.fill(1, offset, offset + count);
    }
    parameters.set(weights.subarray(0, 9));
    const outputs = [0, 1, 2].map((neuron) => {
      parameters.fill(0, size - 4);
      parameters[size - 4 + neuron] = 1;
      return referencePredict({ spec: product, parameters, x })[0];
    });
    const activations = [0, 1, 2].map((neuron) => {
      const z = x[0] * weights[neuron] + x[1] * weights[3 + neuron] + weights[6 + neuron];
      return Math.tanh(z);
    });
    const mean = activations.reduce((a, b) => a + b) / 3;
    const variance = activations.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 3;
    assertClose(
      outputs,
      activations.map((a) => (a - mean) / Math.sqrt(variance + 1e-5)),
      { rtol: 1e-10, atol: 1e-12 },
    );
  });

  it('gives sharing layer what sharing neuron gives with tied parameters', () => {
    const shared = lrnn([{ sharing: 'layer' }]);
    const own = lrnn([{ sharing: 'neuron' }]);
    const rng = new Rng(4);
    const from = randomParameters(shared, rng);
    const to = new Float64Array(parameterLayout(own).size);
    const source = parameterLayout(shared).tensors;
    parameterLayout(own).tensors.forEach(({ offset, size }, i) => {
      for (let e = 0; e < size; e++) to[offset + e] = from[source[i].offset + (e % source[i].size)];
    });
    const x = Array.from({ length: 12 }, () => rng.normal());
    const [a, b] = [
      referencePredict({ spec: shared, parameters: from, x }),
      referencePredict({ spec: own, parameters: to, x }),
    ];
    assertClose(a, b, { rtol: 1e-13, atol: 0 });
  });

  it('updates by AdamW: decay apart from the gradient, both moments corrected', async () => {
    const spec = mlp([{ width: 2, activation: 'tanh' }]);
    const program = referenceEngine.compile(spec, {
      loss: MSE,
      batchSize: 8,
      rateScale: [1, 2, 1, 0],
      decayScale: [1, 0, 1, 1],
    });
    const { tensors, size } = program.layout;
    const rng = new Rng(8);
    program.setParameters(randomParameters(spec, rng));
    const [first, second] = [new Float64Array(size), new Float64Array(size)];
    for (let t = 1; t <= 4; t++) {
      const batch = randomBatch(spec, MSE, 8, rng);
      const { gradient } = await program.gradient(batch);
      const expected = Float64Array.from(await program.getParameters());
      tensors.forEach(({ offset, size: count }, index) => {
        const rate = 0.1 * [1, 2, 1, 0][index];
        const decay = 0.5 * [1, 0, 1, 1][index];
        for (let i = offset; i < offset + count; i++) {
          first[i] = 0.9 * first[i] + 0.1 * gradient[i];
          second[i] = 0.99 * second[i] + 0.01 * gradient[i] ** 2;
          const step = first[i] / (1 - 0.9 ** t) / (Math.sqrt(second[i] / (1 - 0.99 ** t)) + 1e-3);
          expected[i] = expected[i] * (1 - rate * decay) - rate * step;
        }
      });
      program.step(batch, UPDATE);
      const actual = await program.getParameters();
      assertClose(actual, expected, { rtol: 1e-6, atol: 1e-7 }, `parameters after step ${t}`);
      expect(actual[actual.length - 1]).to.equal((await program.getParameters())[size - 1]);
    }
  });

  it('clips the norm of the whole gradient, not of each tensor', async () => {
    const spec = mlp([{ width: 3, activation: 'silu' }]);
    const program = referenceEngine.compile(spec, { loss: MSE, batchSize: 8 });
    const rng = new Rng(2);
    const start = randomParameters(spec, rng);
    program.setParameters(start);
    const batch = randomBatch(spec, MSE, 8, rng);
    const { gradient } = await program.gradient(batch);
    const norm = Math.hypot(...gradient);
    // With beta1 = beta2 = 0 the step is g / (|g| + epsilon); a huge epsilon makes it linear in the clipped gradient.
    program.step(batch, {
      ...UPDATE,
      weightDecay: 0,
      beta1: 0,
      beta2: 0,
      epsilon: 1e6,
      learningRate: 1e6,
      clipNorm: norm / 4,
    });
    const moved = (await program.getParameters()).map((p, i) => start[i] - p);
    assertClose(
      moved,
      gradient.map((g) => g / 4),
      { rtol: 1e-5, atol: 2e-7 },
    );
  });

  it('averages losses by weight', async () => {
    const spec = mlp([{ width: 2, activation: 'relu' }], { inputs: 1 });
    const program = referenceEngine.compile(spec, { loss: MSE, batchSize: 2 });
    program.setParameters(new Float32Array(program.layout.size)); // predicts 0
    const batch = { X: matrixFrom([[1], [2]]), y: Float32Array.of(1, 3), rows: allRows(2), start: 0, count: 2 };
    assertClose([(await program.gradient(batch)).loss], [5], F64);
    assertClose([(await program.gradient({ ...batch, weights: Float32Array.of(3, 1) })).loss], [3], F64);
  });

  it('measures cross-entropies in nats, with the smoothing spread over the classes', async () => {
    const zero = async (
      outputs: number,
      kind: 'crossEntropy' | 'binaryCrossEntropy',
      labelSmoothing: number,
      bias: number[],
    ) => {
      const spec = mlp([{ width: 1, activation: 'relu' }], { inputs: 1, outputs });
      const program = referenceEngine.compile(spec, { loss: { kind, labelSmoothing }, batchSize: 1 });
      const parameters = new Float32Array(program.layout.size);
      parameters.set(bias, parameters.length - outputs);
      program.setParameters(parameters);
      return (
        await program.gradient({ X: matrixFrom([[0]]), y: Float32Array.of(1), rows: allRows(1), start: 0, count: 1 })
      ).loss;
    };
    const log = Math.log1p(Math.exp(-2));
    assertClose([await zero(4, 'crossEntropy', 0, [0, 0, 0, 0])], [Math.log(4)], F64);
    assertClose([await zero(2, 'crossEntropy', 0, [0, 2])], [log], F64);
    assertClose([await zero(2, 'crossEntropy', 0.5, [0, 2])], [0.75 * log + 0.25 * (log + 2)], F64);
    assertClose([await zero(1, 'binaryCrossEntropy', 0, [2])], [log], F64);
    assertClose([await zero(1, 'binaryCrossEntropy', 0.5, [2])], [0.75 * log + 0.25 * (log + 2)], F64);
  });

  it('rounds nothing but the parameters it hands out', async () => {
    const spec = mlp([{ width: 2, activation: 'sin' }], { inputs: 1 });
    const program = referenceEngine.compile(spec, { loss: MSE, batchSize: 1 });
    const parameters = Array.from({ length: program.layout.size }, (_, i) => 1 / (i + 3));
    program.setParameters(parameters);
    assertClose(await program.getParameters(), parameters, ROUNDED);
  });
});
