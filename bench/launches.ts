/** @file Steps of networks in TensorFlow.js, several lanes at once, and the kernels that they launch. */

import { Rng } from '../src/core/index.js';
import type { BatchedProgram, LaneStep, NetworkSpec, Update } from '../src/engine/index.js';
import { initialise } from '../src/engine/index.js';
import type { Runtime } from '../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../src/engine/tfjs/tfjs-engine.js';

const UPDATE: Update = {
  learningRate: 1e-3,
  weightDecay: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  dropout: 0.1,
  dropoutSeed: 0,
  clipNorm: 1,
};

/** The part of the WebGPU backend that launches kernels. */
interface Launcher {
  runWebGPUProgram(...parts: unknown[]): unknown;
}

/** Kernels that `work` launches on a WebGPU runtime. */
export function countLaunches({ tf, backend }: Runtime, work: () => void): number {
  const launcher = tf.engine().findBackend(backend) as unknown as Launcher;
  const original = launcher.runWebGPUProgram.bind(launcher);
  let count = 0;
  launcher.runWebGPUProgram = (...parts) => {
    count++;
    return original(...parts);
  };
  try {
    work();
  } finally {
    launcher.runWebGPUProgram = original;
  }
  return count;
}

export interface LaneTraining {
  readonly program: BatchedProgram;
  /** One step of every lane on a batch of its own. */
  readonly step: () => void;
}

/** A batched program with its first weights and `rows` random rows for each lane. */
export function laneTraining(runtime: Runtime, spec: NetworkSpec, lanes: number, rows: number): LaneTraining {
  const rng = new Rng(0);
  const normal = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());
  const loss = { kind: 'mse', labelSmoothing: 0 } as const;
  const program = tfjsEngine(runtime).compileBatch!(spec, { loss, batchSize: rows }, lanes);
  program.setParameters(Array.from({ length: lanes }, () => initialise(spec, rng)));
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  const work = Array.from({ length: lanes }, (): LaneStep => {
    const X = { rows, cols: spec.inputs, data: normal(rows * spec.inputs) };
    return { batch: { X, y: normal(rows * spec.outputs), rows: order, start: 0, count: rows }, update: UPDATE };
  });
  return { program, step: () => program.step(work) };
}
