/** @file The only randomness here: PCG32, seeded and splittable. Nothing in the toolkit calls Math.random. */

const MULTIPLIER_HIGH = 0x5851f42d;
const MULTIPLIER_LOW = 0x4c957f2d;

/**
 * PCG32 (XSH-RR): 64 bits of state in two 32-bit halves, so that bulk noise needs no BigInt.
 *
 * Random   same seed and stream, same numbers, on every machine
 * Source   O'Neill 2014, PCG; golden: seed 42, stream 54
 */
export class Rng {
  private high = 0;
  private low = 0;
  private readonly incHigh: number;
  private readonly incLow: number;
  private spare = Number.NaN;

  constructor(
    private readonly seed: number,
    stream = 54,
  ) {
    this.incHigh = Math.floor((stream * 2) / 4294967296) >>> 0;
    this.incLow = ((stream << 1) | 1) >>> 0;
    this.advance();
    const low = this.low + (seed >>> 0);
    this.high = (this.high + (Math.floor(seed / 4294967296) >>> 0) + (low > 0xffffffff ? 1 : 0)) >>> 0;
    this.low = low >>> 0;
    this.advance();
  }

  /** 32 random bits as an unsigned integer. */
  uint32(): number {
    const { high, low } = this;
    this.advance();
    // xorshifted = ((state >> 18) ^ state) >> 27, rotated right by the top five bits.
    const shiftedLow = ((low >>> 18) | (high << 14)) ^ low;
    const shiftedHigh = (high >>> 18) ^ high;
    const x = ((shiftedLow >>> 27) | (shiftedHigh << 5)) >>> 0;
    const rotation = high >>> 27;
    return ((x >>> rotation) | (x << (-rotation & 31))) >>> 0;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** Uniform integer in [0, n), without modulo bias; n in [1, 2^32]. */
  integer(n: number): number {
    const limit = Math.floor(4294967296 / n) * n;
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % n;
    }
  }

  /** Standard normal by Box and Muller; draws come in pairs, the second is kept. */
  normal(): number {
    if (!Number.isNaN(this.spare)) {
      const kept = this.spare;
      this.spare = Number.NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Fisher and Yates, in place. */
  shuffle<T extends { length: number; [index: number]: number }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  /**
   * Passes over so many numbers of 32 bits at once: two for each uniform one.
   *
   * Source   Brown 1994, random number generation with arbitrary strides
   */
  skip(count: number): void {
    // What one step does to the state, then two, four, and so on: times `factor`, plus `shift`.
    let factor = join(MULTIPLIER_HIGH, MULTIPLIER_LOW);
    let shift = join(this.incHigh, this.incLow);
    let state = join(this.high, this.low);
    for (let left = BigInt(count); left > 0n; left >>= 1n) {
      if (left & 1n) state = BigInt.asUintN(64, state * factor + shift);
      shift = BigInt.asUintN(64, (factor + 1n) * shift);
      factor = BigInt.asUintN(64, factor * factor);
    }
    this.high = Number(state >> 32n);
    this.low = Number(state & 0xffffffffn);
  }

  /** An independent generator for one named purpose; does not advance this one. */
  split(...labels: (string | number)[]): Rng {
    return new Rng(deriveSeed(this.seed, ...labels));
  }

  /** state = state * multiplier + increment, modulo 2^64. */
  private advance(): void {
    const { high, low } = this;
    const productLow = Math.imul(low, MULTIPLIER_LOW) >>> 0;
    const carry = multiplyHigh(low, MULTIPLIER_LOW);
    const productHigh = (Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW) + carry) >>> 0;
    const sum = productLow + this.incLow;
    this.low = sum >>> 0;
    this.high = (productHigh + this.incHigh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  }
}

function join(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The upper 32 bits of a 32 x 32 bit product. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middleLow = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(middleLow / 65536)) >>> 0;
}

/** A seed in [0, 2^32) for one named purpose: FNV-1a over the seed and the labels. */
export function deriveSeed(seed: number, ...labels: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of [String(seed), ...labels].join('/')) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}
