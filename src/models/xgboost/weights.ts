/**
 * @file Row weights for a library that exports no way to set them.
 *
 * The wasm build sets labels only, but its data matrix holds a vector of weights that training reads. We find that vector by
 * walking the three pointers to it, and fill it. The walk is believed only when everything around the vector is what it must
 * be: row count, column count, and the very labels that were just given. Otherwise weights are refused, never guessed.
 */

import { ToolkitError } from '../../core/index.js';
import type { XgboostModule } from './module.js';

/**
 * 32-bit words of XGBoost 0.7's in-memory data source: virtual table, padding, rows (64 bits), columns (64), entries (64),
 * then C++ vectors of three pointers each (begin, end, capacity): labels, root index, group, weights.
 */
const ROWS = 2;
const COLS = 4;
const LABELS = 8;
const WEIGHTS = 17;

/** Gives each training row its weight. `labels` are those the matrix was made with. */
export function attachWeights(
  module: XgboostModule,
  model: number,
  labels: Float32Array,
  weights: Float32Array,
  cols: number,
): void {
  const source = findSource(module, model);
  if (!source || !looksRight(module, source, labels, cols)) {
    const hint = 'Fit without weights, or install the version of ml-xgboost in package-lock.json.';
    const rule = 'row weights need the known build of ml-xgboost';
    throw new ToolkitError('limit', { where: 'xgboost.fit', rule, hint });
  }
  const bytes = 4 * weights.length;
  const begin = module._malloc(bytes);
  if (!begin)
    throw new ToolkitError('limit', { where: 'xgboost.fit', rule: 'the weights must fit the wasm heap', got: bytes });
  module.HEAPF32.set(weights, begin >> 2);
  // The vector owns the block from here on: XGBoost frees it with the matrix.
  module.HEAPU32.set([begin, begin + bytes, begin + bytes], source + WEIGHTS);
}

/** model -> (booster, matrix handle) -> shared pointer -> matrix -> its data source; as an index of words, 0 if the walk fails. */
function findSource({ HEAPU32 }: XgboostModule, model: number): number {
  let word = (model >> 2) + 1;
  for (const offset of [0, 0, 2]) {
    const pointer = HEAPU32[word];
    if (!pointer || pointer % 4 !== 0 || pointer >> 2 >= HEAPU32.length) return 0;
    word = (pointer >> 2) + offset;
  }
  const source = HEAPU32[word] >> 2;
  return source + WEIGHTS + 3 < HEAPU32.length ? source : 0;
}

function looksRight(module: XgboostModule, source: number, labels: Float32Array, cols: number): boolean {
  const words = module.HEAPU32.subarray(source, source + WEIGHTS + 3);
  const [begin, end] = words.subarray(LABELS);
  const counted = words[ROWS] === labels.length && words[COLS] === cols && end - begin === 4 * labels.length;
  if (!counted || words.subarray(LABELS + 3).some((word) => word !== 0)) return false;
  const held = module.HEAPF32.subarray(begin >> 2, end >> 2);
  return held.length === labels.length && held.every((label, i) => label === labels[i]);
}
