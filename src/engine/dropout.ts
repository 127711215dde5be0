/**
 * @file Which outputs dropout keeps: a hash, not a stream, so that every engine finds the same masks in any order.
 *
 * Output `unit` of layer `layer` in the row at position `row` of the batch is dropped when
 *   mix(layerKey + unit * 0x9e3779b1 + row * 0x85ebca77) >>> 8  <  round(p * 2^24),   layerKey = mix(mix(seed) + layer),
 * in 32-bit wrapping arithmetic; what is kept is scaled by 1 / (1 - p).
 */

export const UNIT_STEP = 0x9e3779b1;
export const ROW_STEP = 0x85ebca77;

/** A bijection of 32-bit integers that spreads every input bit over all output bits (the lowbias32 constants of C. Wellons). */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The part of the hash that a whole layer shares. */
export function layerKey(seed: number, layer: number): number {
  return mix32(mix32(seed >>> 0) + layer);
}

/** Hashes below this (of 2^24) are dropped; 0 drops nothing. */
export function dropThreshold(probability: number): number {
  return Math.round(probability * 0x1000000);
}

/** Whether one output survives; `key` is its layer's layerKey. */
export function isKept(key: number, unit: number, row: number, threshold: number): boolean {
  const hash = mix32(key + Math.imul(unit, UNIT_STEP) + Math.imul(row, ROW_STEP));
  return hash >>> 8 >= threshold;
}
