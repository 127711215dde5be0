/** @file The wasm build of XGBoost (npm: ml-xgboost): loaded once per thread, quiet, used by one fit at a time. */

import { createRequire } from 'node:module';

import { ToolkitError } from '../../core/index.js';
import type { FileNode } from './memory-file.js';
import { MemoryFile } from './memory-file.js';

/** What we use of the emscripten module. Views are replaced when the heap grows: read them after every _malloc. */
export interface XgboostModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  readonly HEAPF32: Float32Array;
  readonly isReady: Promise<unknown>;
  print: (text: string) => void;
  printErr: (text: string) => void;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _create_model(X: number, y: number, rows: number, cols: number): number;
  _set_param(model: number, name: number, value: number): void;
  _train_full_model(model: number, rounds: number): void;
  _predict_one(model: number, row: number, cols: number, out: number): number;
  _prediction_size(model: number, row: number, cols: number): number;
  _save_model(model: number): number;
  FS_createDataFile(parent: string, name: string, data: string, canRead: boolean, canWrite: boolean): FileNode;
  _free_memory_model(model: number): void;
}

/** Name of the file that `_save_model` writes. */
const SAVED_FILE = 'testfile.model';

/** The file that the library saves to. */
export const savedFile = new MemoryFile();

let loading: Promise<XgboostModule> | undefined;
let tail: Promise<void> = Promise.resolve();

/**
 * Runs `work` while nobody else in this thread trains: the library has one random generator, so two fits that take
 * turns would disturb each other's draws. Rejects with the signal's reason while waiting.
 */
export async function exclusively<T>(work: (module: XgboostModule) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = tail;
  let release = (): void => {};
  tail = new Promise((resolve) => (release = resolve));
  try {
    await orAborted(before, signal);
    return await work(await (loading ??= load()));
  } finally {
    void before.then(release);
  }
}

/** Resolves where the library can be used; rejects with what it lacks. */
export async function requireXgboost(): Promise<void> {
  await (loading ??= load());
}

/** Resolves with the promise, or rejects when the signal fires first. */
async function orAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Loads the module once per thread, without its console noise and without its uncaughtException listener. */
async function load(): Promise<XgboostModule> {
  const require = createRequire(import.meta.url);
  const path = require.resolve('ml-xgboost/dist/wasm/xgboost.js');
  const listeners = new Set(process.listeners('uncaughtException'));
  const module = require(path) as XgboostModule;
  for (const listener of process.listeners('uncaughtException')) {
    if (!listeners.has(listener)) process.removeListener('uncaughtException', listener);
  }
  module.print = module.printErr = () => {};
  await module.isReady;
  savedFile.attach(module.FS_createDataFile('/', SAVED_FILE, '', true, true));
  forget = () => {
    loading = undefined;
    delete require.cache[path];
  };
  return module;
}

/** Drops a module whose heap can no longer be trusted; the next fit loads a fresh one. */
let forget = (): void => {};

/**
 * Turns what escapes from the native code into an error, after which the module is not used again. C++ exceptions and aborts
 * arrive as bare strings, traps as RuntimeError; anything else is a mistake of ours and passes.
 */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && error.name !== 'RuntimeError') throw error;
    forget();
    const rule = 'the native trainer must get through';
    const hint = 'Most often it ran out of memory: train on fewer rows or columns.';
    throw new ToolkitError('limit', { where: 'xgboost.fit', rule, got: String(error), hint }, { cause: error });
  }
}

export function allocate(module: XgboostModule, bytes: number): number {
  const pointer = module._malloc(Math.max(bytes, 4));
  if (pointer) return pointer;
  throw new ToolkitError('limit', {
    where: 'xgboost.fit',
    rule: 'the data must fit the wasm heap',
    got: `${bytes} bytes`,
  });
}
