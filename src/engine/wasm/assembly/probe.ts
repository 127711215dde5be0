/** @file The elementary functions over arrays, for the proofs of vector.ts; training never calls these. */

import { cosPi, exp } from './vector';

/** y = cos(pi x) over n float32, n a multiple of 4. */
export function probeCosPi(x: usize, y: usize, n: i32): void {
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) v128.store(y + at, cosPi(v128.load(x + at)));
}

/** y = exp x over n float32, n a multiple of 4. */
export function probeExp(x: usize, y: usize, n: i32): void {
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) v128.store(y + at, exp(v128.load(x + at)));
}
