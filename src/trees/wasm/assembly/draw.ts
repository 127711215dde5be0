/** @file The rows that a tree is grown on, drawn by chance. */

import { seedRandom, uniform } from './random';

/**
 * Parts rows by chance, each drawn with the probability `share`; both parts keep their order. Returns how many are drawn.
 *
 * Shapes  rows, drawn, others: [n] uint32
 * Random  one uniform number a row, as core/random.ts has them
 */
export function drawRows(seed: u32, share: f64, rows: usize, n: i32, drawn: usize, others: usize): i32 {
  seedRandom(seed);
  const end = rows + ((<usize>n) << 2);
  let left = drawn;
  let right = others;
  for (let at = rows; at < end; at += 4) {
    const row = load<u32>(at);
    const isDrawn = <usize>(uniform() < share);
    store<u32>(left, row);
    store<u32>(right, row);
    left += isDrawn << 2;
    right += (1 - isDrawn) << 2;
  }
  return <i32>((left - drawn) >> 2);
}
