import { expect } from 'chai';
import fc from 'fast-check';

import { deriveSeed, Rng } from '../../src/core/index.js';

describe('Rng', () => {
  it('gives the published PCG32 numbers for seed 42, stream 54', () => {
    const rng = new Rng(42, 54);
    const drawn = Array.from({ length: 6 }, () => rng.uint32().toString(16));
    expect(drawn).to.deep.equal(['a15c02b7', '7b47f409', 'ba1d3330', '83d2f293', 'bfa4784b', 'cbed606e']);
  });

  it('equals a 64-bit BigInt PCG32 for many seeds', () => {
    const mask = (1n << 64n) - 1n;
    for (const seed of [0, 1, 12345, 2 ** 31, 2 ** 32 - 1, 2 ** 40 + 7]) {
      let state = 0n;
      const increment = (54n << 1n) | 1n;
      const advance = () => (state = (state * 6364136223846793005n + increment) & mask);
      advance();
      state = (state + BigInt(seed)) & mask;
      advance();
      const rng = new Rng(seed);
      for (let i = 0; i < 50; i++) {
        const old = state;
        advance();
        const x = Number((((old >> 18n) ^ old) >> 27n) & 0xffffffffn);
        const rotation = Number(old >> 59n);
        const expected = ((x >>> rotation) | (x << (-rotation & 31))) >>> 0;
        expect(rng.uint32(), `seed ${seed}, draw ${i}`).to.equal(expected);
      }
    }
  });

  it('has uniform and normal moments', () => {
    const rng = new Rng(Number(process.env.TEST_SEED ?? 1));
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    let uniform = 0;
    for (let i = 0; i < n; i++) {
      const x = rng.normal();
      sum += x;
      squares += x * x;
      uniform += rng.uniform();
    }
    // Six standard errors: 1 / sqrt(n), sqrt(2 / n), sqrt(1 / 12n).
    expect(Math.abs(sum / n)).to.be.below(6 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).to.be.below(6 * Math.sqrt(2 / n));
    expect(Math.abs(uniform / n - 0.5)).to.be.below(6 / Math.sqrt(12 * n));
  });

  it('draws every integer below n and none else', () => {
    const rng = new Rng(7);
    const seen = new Set(Array.from({ length: 500 }, () => rng.integer(7)));
    expect([...seen].sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(rng.integer(1)).to.equal(0);
  });

  it('shuffles to a permutation, the same for the same seed', () => {
    const items = () => Array.from({ length: 100 }, (_, i) => i);
    const once = new Rng(5).shuffle(items());
    expect(once).to.deep.equal(new Rng(5).shuffle(items()));
    expect(once).to.not.deep.equal(items());
    expect([...once].sort((a, b) => a - b)).to.deep.equal(items());
  });

  it('passes over numbers as if they had been drawn', () => {
    const arbitrary = fc.record({ seed: fc.maxSafeNat(), stream: fc.nat(2 ** 31), count: fc.nat(300) });
    fc.assert(
      fc.property(arbitrary, ({ seed, stream, count }) => {
        const [drawn, passed] = [new Rng(seed, stream), new Rng(seed, stream)];
        for (let i = 0; i < count; i++) drawn.uint32();
        passed.skip(count);
        expect(passed.uint32()).to.equal(drawn.uint32());
      }),
      { seed: Number(process.env.TEST_SEED ?? 1) },
    );
  });

  it('splits by name without moving on', () => {
    const rng = new Rng(9);
    const a = rng.split('a').uint32();
    expect(rng.split('a').uint32()).to.equal(a);
    expect(rng.split('b').uint32()).to.not.equal(a);
    expect(rng.uint32()).to.equal(new Rng(9).uint32());
  });

  it('derives other seeds for other labels, also unicode ones', () => {
    const seeds = ['', 'a', 'b', 'ab', 'ä', '🙂', 1, 11].map((label) => deriveSeed(1, label));
    expect(new Set(seeds).size).to.equal(seeds.length);
    expect(deriveSeed(1, 'a', 'b')).to.not.equal(deriveSeed(1, 'ab'));
  });
});
