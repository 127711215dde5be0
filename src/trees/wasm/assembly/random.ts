/** @file PCG32 as core/random.ts has it: the same numbers from the same seed. */

const MULTIPLIER: u64 = 0x5851f42d4c957f2d;
/** Stream 54. */
const INCREMENT: u64 = 109;

let state: u64 = 0;

export function seedRandom(seed: u32): void {
  state = INCREMENT;
  state = (state + <u64>seed) * MULTIPLIER + INCREMENT;
}

function next(): u32 {
  const old = state;
  state = old * MULTIPLIER + INCREMENT;
  return rotr(<u32>(((old >> 18) ^ old) >> 27), <u32>(old >> 59));
}

/** Uniform in [0, 1) with 53 random bits. */
export function uniform(): f64 {
  const high = <f64>(next() >> 5);
  return (high * 67108864.0 + <f64>(next() >> 6)) / 9007199254740992.0;
}

/** True half of the time: the highest of 32 random bits. */
export function coin(): bool {
  return next() >> 31 !== 0;
}

/** Uniform integer in [0, n), without modulo bias. */
export function integer(n: u32): u32 {
  const limit: u64 = (<u64>4294967296 / <u64>n) * <u64>n;
  let x = next();
  while (<u64>x >= limit) x = next();
  return x % n;
}
