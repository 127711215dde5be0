/** Laws of the networks, on every engine and both builds, over sizes that are multiples of nothing. */

import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng, selectRows } from '../../src/core/index.js';
import { FUNCTIONS } from '../../src/engine/activations.js';
import type { Engine, GradientResult, LrnnSpec, NetworkSpec, Program } from '../../src/engine/index.js';
import { ACTIVATIONS, parameterLayout, referenceEngine } from '../../src/engine/index.js';
import { wasmEngineOf } from '../../src/engine/wasm/wasm-engine.js';
import type { Tolerance } from '../support/close.js';
import { assertClose } from '../support/close.js';
import { lrnn, mlp, MSE, randomBatch, randomMatrix, randomParameters } from './support/networks.js';

/**
 * LayerNorm divides by sqrt(variance + 1e-5): what float32 leaves in phi (some 1e-6) may grow 316 times where the neurons
 * of a row are nearly equal, which random small networks are now and then. The reference rounds its answer only.
 */
const SINGLE: Tolerance = { rtol: 1e-3, atol: 1e-3 };
const DOUBLE: Tolerance = { rtol: 1e-6, atol: 1e-7 };

const ENGINES: readonly (readonly [name: string, engine: Engine, tolerance: Tolerance])[] = [
  ['reference', referenceEngine, DOUBLE],
  ['wasm (simd)', wasmEngineOf('simd'), SINGLE],
  ['wasm (relaxed-simd)', wasmEngineOf('relaxed-simd'), SINGLE],
];

const RUNS = { seed: Number(process.env.TEST_SEED ?? 1), numRuns: 40 };

const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const anyNetwork = fc.record({
  inputs: size(6),
  outputs: size(4),
  rank: fc.integer({ min: 2, max: 11 }),
  width: size(7),
  hidden: size(6),
  activation: fc.constantFrom(...ACTIVATIONS),
  rows: size(20),
  seed: fc.nat(),
});
type Network = typeof anyNetwork extends fc.Arbitrary<infer T> ? T : never;

/** A tensor's values by name, as float64. */
type Named = Readonly<Record<string, Float64Array>>;

function named(spec: NetworkSpec, flat: ArrayLike<number>): Named {
  const all = Float64Array.from(flat);
  return Object.fromEntries(
    parameterLayout(spec).tensors.map(({ name, offset, size: count }) => [name, all.subarray(offset, offset + count)]),
  );
}

/** The flat block of `spec` with each tensor from `value(name, index)`. */
function parametersOf(spec: NetworkSpec, value: (name: string, index: number) => number): Float32Array {
  const { tensors, size: total } = parameterLayout(spec);
  const flat = new Float32Array(total);
  for (const { name, offset, size: count } of tensors) {
    for (let i = 0; i < count; i++) flat[offset + i] = value(name, i);
  }
  return flat;
}

function compiled(engine: Engine, spec: NetworkSpec, parameters: ArrayLike<number>, batchSize: number): Program {
  const program = engine.compile(spec, { loss: MSE, batchSize });
  program.setParameters(parameters);
  return program;
}

/** Each row to mean 0 and variance 1, as LayerNorm without its scale and shift does. */
function normalised({ rows, cols, data }: { rows: number; cols: number; data: ArrayLike<number> }): Float64Array {
  const out = Float64Array.from(data);
  for (let t = 0; t < rows; t++) {
    const row = out.subarray(t * cols, (t + 1) * cols);
    const mean = row.reduce((sum, v) => sum + v, 0) / cols;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / cols;
    row.forEach((v, i) => (row[i] = (v - mean) / Math.sqrt(variance + 1e-5)));
  }
  return out;
}

/** h W + b of the output layer, or of any other. */
function affine(h: Float64Array, W: Float64Array, b: Float64Array): Float64Array {
  const [cols, inputs] = [b.length, W.length / b.length];
  return Float64Array.from({ length: (h.length / inputs) * cols }, (_, at) => {
    const [row, o] = [Math.floor(at / cols), at % cols];
    let z = b[o];
    for (let i = 0; i < inputs; i++) z += h[row * inputs + i] * W[i * cols + o];
    return z;
  });
}

/** prod_j (1 + d^(-1/2) g_lj(x_j)) of every row and neuron of one axis layer, g_lj with parameters of its own. */
function handWrittenProducts(spec: LrnnSpec, p: Named, X: Matrix): Float64Array {
  const { rank, hidden, activation } = spec.layers[0];
  const act = FUNCTIONS[activation].value;
  const d = X.cols;
  return Float64Array.from({ length: X.rows * rank }, (_, at) => {
    const [row, l] = [Math.floor(at / rank), at % rank];
    let phi = 1;
    for (let j = 0; j < d; j++) {
      const x = X.data[row * d + j];
      let g = p['layer0.c'][l * d + j];
      for (let m = 0; m < hidden; m++) {
        const i = (l * d + j) * hidden + m;
        g += p['layer0.a'][i] * act(p['layer0.omega'][i] * x + p['layer0.beta'][i]);
      }
      phi *= 1 + g / Math.sqrt(d);
    }
    return phi;
  });
}

function deepNetwork({ inputs, outputs, rank, width, hidden, activation }: Network): LrnnSpec {
  const axis = { projection: 'axis', sharing: 'basis', rank, hidden, activation } as const;
  return lrnn([axis, { rank, width, hidden, activation }], { inputs, outputs, inputSkip: true, frontScale: true });
}

/** Rows permuted within a batch: the same sums in another order, the same rows in other places. */
function expectPermuted(one: GradientResult, two: GradientResult, order: Uint32Array, tolerance: Tolerance): void {
  const cols = one.inputGradient.length / order.length;
  const moved = Array.from(
    one.inputGradient,
    (_, at) => one.inputGradient[order[Math.floor(at / cols)] * cols + (at % cols)],
  );
  assertClose([two.loss], [one.loss], tolerance, 'loss');
  assertClose(two.gradient, one.gradient, tolerance, 'gradient');
  assertClose(two.inputGradient, moved, tolerance, 'inputGradient');
}

for (const [name, engine, tolerance] of ENGINES) {
  describe(`engine ${name}: laws`, () => {
    it('permuting rows permutes outputs and input gradients, and changes neither loss nor gradient', () =>
      fc.assert(
        fc.asyncProperty(anyNetwork, async (network) => {
          const spec = deepNetwork(network);
          const rng = new Rng(network.seed);
          const program = compiled(engine, spec, randomParameters(spec, rng), network.rows);
          const { X, y } = randomBatch(spec, MSE, network.rows, rng);
          const [rows, order] = [allRows(network.rows), rng.shuffle(allRows(network.rows))];
          const plain = await program.predict(X, rows);
          const permuted = await program.predict(X, order);
          assertClose(permuted.data, selectRows(plain, order).data, tolerance, 'output');
          const batch = { X, y, start: 0, count: network.rows };
          const result = await program.gradient({ ...batch, rows });
          expectPermuted(result, await program.gradient({ ...batch, rows: order }), order, tolerance);
        }),
        RUNS,
      ));

    it('a neuron of width 1 with one hidden unit is an MLP neuron behind LayerNorm', () =>
      fc.assert(
        fc.asyncProperty(anyNetwork, async ({ inputs, rank, activation, rows, seed }) => {
          const product = lrnn([{ rank, width: 1, hidden: 1, activation }], { inputs, outputs: rank });
          const dense = mlp([{ width: rank, activation }], { inputs, outputs: rank });
          const rng = new Rng(seed);
          const weights = named(dense, randomParameters(dense, rng));
          // Outputs read the neurons one by one; phi = 1 + act(h W + b), and LayerNorm takes the 1 away.
          const identity = (index: number): number => Number(index % (rank + 1) === 0);
          const shared = (tensor: string, i: number): number =>
            tensor === 'out.W' ? identity(i) : tensor === 'out.b' ? 0 : weights[tensor][i];
          const ones = ['layer0.omega', 'layer0.a', 'layer0.scale'];
          const zeros = ['layer0.beta', 'layer0.c', 'layer0.shift'];
          const own = (tensor: string, i: number): number =>
            ones.includes(tensor) ? 1 : zeros.includes(tensor) ? 0 : shared(tensor, i);
          const X = randomMatrix(rows, inputs, rng);
          const neurons = await compiled(engine, dense, parametersOf(dense, shared), rows).predict(X);
          const ours = await compiled(engine, product, parametersOf(product, own), rows).predict(X);
          // The neurons came through float32, whatever the engine.
          const rounding = 316 * 1.2e-7 * neurons.data.reduce((max, v) => Math.max(max, Math.abs(v)), 1);
          assertClose(ours.data, normalised(neurons), { ...tolerance, atol: tolerance.atol + rounding });
        }),
        RUNS,
      ));

    it('an axis layer with one output is the product of functions of the columns, written by hand', () =>
      fc.assert(
        fc.asyncProperty(anyNetwork, async ({ inputs, rank, hidden, activation, rows, seed }) => {
          const spec = lrnn([{ projection: 'axis', rank, hidden, activation }], { inputs });
          const rng = new Rng(seed);
          const parameters = randomParameters(spec, rng);
          const p = named(spec, parameters);
          const X = randomMatrix(rows, inputs, rng);
          const phi = handWrittenProducts(spec, p, X);
          const normal = normalised({ rows, cols: rank, data: phi });
          const h = normal.map((v, i) => v * p['layer0.scale'][i % rank] + p['layer0.shift'][i % rank]);
          const output = await compiled(engine, spec, parameters, rows).predict(X);
          assertClose(output.data, affine(h, p['out.W'], p['out.b']), tolerance);
        }),
        RUNS,
      ));

    it('sharings layer and basis are sharing neuron with tied parameters, whose gradients add up', () =>
      fc.assert(
        fc.asyncProperty(anyNetwork, fc.constantFrom('layer', 'basis'), async (network, sharing) => {
          const { inputs, outputs, rank, width, hidden, activation, rows, seed } = network;
          const layer = { rank, width, hidden, activation };
          const tied = lrnn([{ ...layer, sharing }], { inputs, outputs });
          const free = lrnn([{ ...layer, sharing: 'neuron' }], { inputs, outputs });
          const rng = new Rng(seed);
          const parameters = randomParameters(tied, rng);
          const p = named(tied, parameters);
          const copied = parametersOf(free, (tensor, i) => p[tensor][i % p[tensor].length]);
          const { X, y } = randomBatch(tied, MSE, rows, rng);
          const batch = { X, y, rows: allRows(rows), start: 0, count: rows };
          const [ours, theirs] = await Promise.all([
            compiled(engine, tied, parameters, rows).gradient(batch),
            compiled(engine, free, copied, rows).gradient(batch),
          ]);
          const gradients = named(free, theirs.gradient);
          const summed = named(tied, new Float64Array(parameters.length));
          for (const tensor of Object.keys(summed)) {
            gradients[tensor].forEach((g, i) => (summed[tensor][i % summed[tensor].length] += g));
            assertClose(named(tied, ours.gradient)[tensor], summed[tensor], tolerance, tensor);
          }
          assertClose([ours.loss], [theirs.loss], tolerance, 'loss');
          assertClose(ours.inputGradient, theirs.inputGradient, tolerance, 'inputGradient');
        }),
        RUNS,
      ));
  });
}
