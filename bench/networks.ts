/** @file The networks whose steps are measured, and programs ready to make them. */

import { allRows, Rng } from '../src/core/index.js';
import type { DenseLayerSpec, NetworkSpec, ProductLayerSpec, Program, Update } from '../src/engine/index.js';
import { initialise } from '../src/engine/index.js';
import type { WasmBuild } from '../src/engine/wasm/build.js';
import { isSupported } from '../src/engine/wasm/build.js';
import { wasmEngineOf } from '../src/engine/wasm/wasm-engine.js';
import type { Work } from './timing.js';

const INPUTS = 16;
export const BATCH = 256;

/** The builds that run here, slower first. */
export const BUILDS: readonly WasmBuild[] = (['simd', 'relaxed-simd'] as const).filter(isSupported);

const UPDATE: Update = {
  learningRate: 1e-3,
  weightDecay: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  dropout: 0,
  dropoutSeed: 0,
  clipNorm: Infinity,
};

export function lrnn(layers: readonly Partial<ProductLayerSpec>[]): NetworkSpec {
  const dense = { rank: 64, width: 4, hidden: 8, activation: 'tanh', projection: 'dense', sharing: 'neuron' } as const;
  return { ...COMMON, kind: 'lrnn', layers: layers.map((layer) => ({ ...dense, ...layer })) };
}

export function mlp(layers: readonly DenseLayerSpec[]): NetworkSpec {
  return { ...COMMON, kind: 'mlp', layers };
}

const COMMON = { inputs: INPUTS, outputs: 1, inputSkip: false, frontScale: false } as const;
const SIN = { rank: 32, width: 4, hidden: 8, activation: 'sin' } as const;
const SILU = { rank: 128, width: 8, hidden: 4, activation: 'silu' } as const;

/** 16 columns, one output, batches of 256. */
export const NETWORKS: readonly (readonly [name: string, spec: NetworkSpec])[] = [
  ['lrnn 2 x {32, width 4, hidden 8, sin}', lrnn([SIN, SIN])],
  [
    'lrnn {64, axis, basis, hidden 16, relu} + {64, width 4, hidden 8, tanh}',
    lrnn([{ projection: 'axis', sharing: 'basis', hidden: 16, activation: 'relu' }, {}]),
  ],
  ['lrnn 3 x {128, width 8, hidden 4, silu}', lrnn([SILU, SILU, SILU])],
  ['mlp 128-128 relu', mlp([denseLayer(128), denseLayer(128)])],
  ['mlp 256-256 relu', mlp([denseLayer(256), denseLayer(256)])],
];

function denseLayer(width: number): DenseLayerSpec {
  return { width, activation: 'relu' };
}

export interface Training {
  readonly program: Program;
  /** Steps on one batch of random rows. */
  readonly train: Work;
}

/** A program with its first weights and a batch. */
export function training(spec: NetworkSpec, build: WasmBuild, rows = BATCH): Training {
  const rng = new Rng(0);
  const normal = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());
  const X = { rows, cols: spec.inputs, data: normal(rows * spec.inputs) };
  const batch = { X, y: normal(rows * spec.outputs), rows: allRows(rows), start: 0, count: rows };
  const program = wasmEngineOf(build).compile(spec, { loss: { kind: 'mse', labelSmoothing: 0 }, batchSize: rows });
  program.setParameters(initialise(spec, rng));
  const train = (steps: number): void => {
    for (let step = 0; step < steps; step++) program.step(batch, UPDATE);
  };
  return { program, train };
}

/** One entry per build that runs here. */
export function perBuild<T>(make: (build: WasmBuild) => T): Record<WasmBuild, T> {
  return Object.fromEntries(BUILDS.map((build) => [build, make(build)])) as Record<WasmBuild, T>;
}
