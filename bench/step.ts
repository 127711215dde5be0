/**
 * @file Milliseconds per optimisation step (forward, MSE, backward, AdamW) of one network on the wasm engine.
 *
 * Usage: npx tsx bench/step.ts '{"kind":"mlp","d":16,"k":1,"batch":256,"layers":[{"width":128,"activation":"relu"}]}' [simd]
 * Prints one JSON line {msPerStep, build, parameters}; msPerStep is the median of 9 blocks of at least 40 steps.
 */

import { allRows, Rng } from '../src/core/index.js';
import type { NetworkSpec, Update } from '../src/engine/index.js';
import { initialise, parameterCount, wasmBuild } from '../src/engine/index.js';
import type { WasmBuild } from '../src/engine/wasm/build.js';
import { wasmEngineOf } from '../src/engine/wasm/wasm-engine.js';

interface StepSpec {
  readonly kind: 'lrnn' | 'mlp';
  readonly d: number;
  readonly k: number;
  readonly batch: number;
  readonly layers: readonly object[];
}

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
const PRODUCT = { width: 1, projection: 'dense', sharing: 'neuron' };
const BLOCKS = 9;
const STEPS = 40;

function networkOf({ kind, d, k, layers }: StepSpec): NetworkSpec {
  const common = { inputs: d, outputs: k, inputSkip: false, frontScale: false };
  const full = layers.map((layer) => (kind === 'lrnn' ? { ...PRODUCT, ...layer } : layer));
  return { kind, ...common, layers: full } as unknown as NetworkSpec;
}

export function measureStep(spec: StepSpec, build: WasmBuild): { msPerStep: number; parameters: number } {
  const network = networkOf(spec);
  const rng = new Rng(0);
  const normal = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());
  const X = { rows: spec.batch, cols: spec.d, data: normal(spec.batch * spec.d) };
  const batch = { X, y: normal(spec.batch * spec.k), rows: allRows(spec.batch), start: 0, count: spec.batch };
  const loss = { kind: 'mse', labelSmoothing: 0 } as const;
  const program = wasmEngineOf(build).compile(network, { loss, batchSize: spec.batch });
  program.setParameters(initialise(network, rng));
  const block = (steps: number): number => {
    const start = performance.now();
    for (let step = 0; step < steps; step++) program.step(batch, UPDATE);
    return (performance.now() - start) / steps;
  };
  // V8 compiles the kernels twice; the second compilation runs in the background.
  const warmUntil = performance.now() + 500;
  while (performance.now() < warmUntil) block(STEPS);
  const times = Array.from({ length: BLOCKS }, () => block(STEPS)).sort((a, b) => a - b);
  return { msPerStep: times[BLOCKS >> 1], parameters: parameterCount(network) };
}

const build: WasmBuild = process.argv[3] === 'simd' ? 'simd' : wasmBuild();
const { msPerStep, parameters } = measureStep(JSON.parse(process.argv[2]) as StepSpec, build);
console.log(JSON.stringify({ msPerStep: Number(msPerStep.toFixed(4)), build, parameters }));
