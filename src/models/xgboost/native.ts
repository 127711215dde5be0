/**
 * @file A booster in the wasm build of XGBoost: data in by heap pointers, model out as bytes.
 *
 * The package's own wrapper copies the data onto the wasm stack (dies above 5 MiB), accepts any width and leaks; see
 * docs/decisions/xgboost.md. Nothing here decides anything about learning.
 */

import type { Matrix } from '../../core/index.js';
import { check, ToolkitError } from '../../core/index.js';
import type { Tree } from '../../trees/index.js';
import type { RoundMaker } from '../boosting.js';
import type { Encoding } from './encoding.js';
import { encodeRows } from './encoding.js';
import type { XgboostModule } from './module.js';
import { allocate, guarded, savedFile } from './module.js';
import { parseTrees, readBase } from './trees.js';
import { attachWeights } from './weights.js';

/** Values of X that one 32-bit heap can hold with everything XGBoost builds from them (measured: 60 million dense ones take 1.3 of 2 GB). */
const MAX_VALUES = 60_000_000;

export interface TrainingData {
  readonly X: Matrix;
  readonly rows: Uint32Array;
  readonly encoding: Encoding;
  /** [rows.length], in the order of `rows`. */
  readonly y: Float32Array;
  /** [rows.length], in the order of `rows`. */
  readonly weights?: Float32Array | undefined;
}

/**
 * A booster and its training data on the wasm heap. One owner: whoever creates it frees it, in `finally`.
 *
 * Training twice goes on where the first call stopped: 20 rounds equal 4 times 5, to the bit, as long as no other
 * booster of this thread trains in between (XGBoost has one random generator per thread; see `exclusively`).
 */
export class NativeBooster implements RoundMaker {
  /** What every output starts from, as the last `newTrees` found it. */
  base = 0;
  private treesRead = 0;

  private constructor(
    private readonly module: XgboostModule,
    private handle: number,
    private readonly cols: number,
    /** How it sees each column: needed to read its trees. */
    readonly encoding: Encoding,
  ) {}

  /** Missing  NaN in X is missing. X must be finite or NaN: the caller has looked. `encoding` is that of X and rows. */
  static create(
    module: XgboostModule,
    data: TrainingData,
    params: Readonly<Record<string, string | number>>,
  ): NativeBooster {
    const { rows, X } = data;
    const values = rows.length * X.cols;
    if (values > MAX_VALUES) {
      const rule = `rows times columns must be at most ${MAX_VALUES}`;
      const hint = 'Train on a sample of the rows, or leave columns out.';
      throw new ToolkitError('limit', { where: 'xgboost.fit', rule, got: values, hint });
    }
    return guarded(() => {
      const dataAt = allocate(module, 4 * values);
      const targetAt = allocate(module, 4 * rows.length);
      encodeRows(X, rows, data.encoding, module.HEAPF32, dataAt >> 2);
      module.HEAPF32.set(data.y, targetAt >> 2);
      const handle = module._create_model(dataAt, targetAt, rows.length, X.cols);
      module._free(dataAt);
      module._free(targetAt);
      const booster = new NativeBooster(module, handle, X.cols, data.encoding);
      try {
        for (const [name, value] of Object.entries(params)) setParam(module, handle, name, String(value));
        if (data.weights) attachWeights(module, handle, data.y, data.weights, X.cols);
        return booster;
      } catch (error) {
        if (error instanceof ToolkitError) booster.free();
        throw error;
      }
    });
  }

  /** Adds rounds. Blocks the thread: ask for few. */
  train(rounds: number): void {
    this.call((handle) => this.module._train_full_model(handle, rounds));
  }

  /** The learning rate of the rounds to come. */
  setLearningRate(eta: number): void {
    this.call((handle) => setParam(this.module, handle, 'eta', String(eta)));
  }

  /** The trees since the last call, as splits of raw values. */
  newTrees(): Tree[] {
    const saved = this.save();
    this.base = readBase(saved);
    const trees = parseTrees(saved, this.treesRead, this.encoding);
    this.treesRead += trees.length;
    return trees;
  }

  /** The model in XGBoost's binary format; the bytes stay as they are until the next save in this thread. */
  save(): Uint8Array {
    const size = this.call((handle) => this.module._save_model(handle));
    const bytes = savedFile.bytes();
    if (bytes.length !== size) throw new Error(`the saved model must have ${size} bytes, got ${bytes.length}`);
    return bytes;
  }

  /** XGBoost's own predictions [n x k], row by row: slow, and the oracle of the tests. */
  predict(X: Matrix): Float32Array {
    check(X.cols === this.cols, 'xgboost', `X must have ${this.cols} columns`, X.cols);
    const { module } = this;
    const handle = this.open();
    const rowAt = allocate(module, 4 * X.cols);
    const size = module._prediction_size(handle, rowAt, X.cols);
    const outAt = allocate(module, 4 * size);
    const out = new Float32Array(X.rows * size);
    for (let i = 0; i < X.rows; i++) {
      encodeRows(X, Uint32Array.of(i), this.encoding, module.HEAPF32, rowAt >> 2);
      module._predict_one(handle, rowAt, X.cols, outAt);
      out.set(module.HEAPF32.subarray(outAt >> 2, (outAt >> 2) + size), i * size);
    }
    module._free(rowAt);
    module._free(outAt);
    return out;
  }

  /** Twice is harmless. */
  free(): void {
    const { handle } = this;
    this.handle = 0;
    if (handle) this.module._free_memory_model(handle);
  }

  private open(): number {
    if (!this.handle) throw new Error('a freed booster was used');
    return this.handle;
  }

  /** After a failure the whole module is dropped, and what the handle points to with it: nothing is left to free. */
  private call<T>(work: (handle: number) => T): T {
    const handle = this.open();
    try {
      return guarded(() => work(handle));
    } catch (error) {
      this.handle = 0;
      throw error;
    }
  }
}

function setParam(module: XgboostModule, handle: number, name: string, value: string): void {
  const nameAt = copyText(module, name);
  const valueAt = copyText(module, value);
  module._set_param(handle, nameAt, valueAt);
  module._free(nameAt);
  module._free(valueAt);
}

function copyText(module: XgboostModule, text: string): number {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const at = allocate(module, bytes.length);
  module.HEAPU8.set(bytes, at);
  return at;
}
