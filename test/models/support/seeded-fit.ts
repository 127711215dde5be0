/** @file One fit with shuffling and dropout from a seed alone, here or in a worker thread that imports this file. */

import { isMainThread, parentPort } from 'node:worker_threads';

import type { Matrix } from '../../../src/core/index.js';
import { allRows } from '../../../src/core/index.js';
import type { WasmBuild } from '../../../src/engine/index.js';
import { wasmEngineOf } from '../../../src/engine/wasm/wasm-engine.js';
import { lrnn, mlp } from '../../../src/models/index.js';

export interface SeededFit {
  readonly family: 'lrnn' | 'mlp';
  readonly build: WasmBuild;
  readonly seed: number;
  readonly X: Matrix;
  readonly y: Float32Array;
}

const TRAINING = { epochs: 8, batchSize: 32, dropout: 0.3, learningRate: 0.01 };

/** Every weight of the fit, by tensor. */
export async function seededFit({ family, build, seed, X, y }: SeededFit): Promise<Record<string, Float32Array>> {
  const estimator =
    family === 'lrnn' ? lrnn({ ...TRAINING, rank: 9, width: 3, hidden: 3 }) : mlp({ ...TRAINING, width: 21 });
  const rows = allRows(X.rows);
  const validation = { X, y, rows: rows.slice(0, 30) };
  const context = { task: 'regression', k: 1, seed, engine: wasmEngineOf(build), validation } as const;
  const model = await estimator.fit({ X, y, rows: rows.slice(30) }, context);
  return model.save().tensors as Record<string, Float32Array>;
}

if (!isMainThread) {
  const port = parentPort!;
  Math.random = () => {
    throw new Error('randomness must come from the seed');
  };
  port.on('message', (fit: SeededFit) => void seededFit(fit).then((weights) => port.postMessage(weights)));
  port.postMessage('ready');
}
