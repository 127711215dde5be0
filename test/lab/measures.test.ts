import { expect } from 'chai';
import fc from 'fast-check';

import { lowRank, slopeOf } from '../../lab/dimension.js';
import { fourier, magnitudes, meanSquare, psnr, spectralSimilarity, structuralSimilarity } from '../../lab/measures.js';
import { missingShare } from '../../lab/spectrum.js';
import { Rng } from '../../src/core/index.js';
import { assertClose } from '../support/close.js';

describe('measures of the lab', () => {
  it('count decibels from the mean squared error', () => {
    expect(meanSquare([1, 2, 3], [1, 0, 3])).to.be.closeTo(4 / 3, 1e-12);
    expect(psnr(0.01, 1)).to.be.closeTo(20, 1e-12);
    expect(psnr(0.04, 2)).to.be.closeTo(20, 1e-12);
  });

  it('transform like the sum that says what a Fourier transform is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 2 ** 31 }), (power, seed) => {
        const n = 2 ** power;
        const rng = new Rng(seed);
        const [re, im] = [0, 1].map(() => Float64Array.from({ length: n }, () => rng.normal()));
        const sums = re.map((_, k) =>
          re.reduce((sum, value, t) => {
            const angle = (-2 * Math.PI * k * t) / n;
            return sum + value * Math.cos(angle) - im[t] * Math.sin(angle);
          }, 0),
        );
        fourier(re, im);
        assertClose(re, sums, { rtol: 0, atol: 1e-9 });
      }),
    );
  });

  it('hear a pure tone where it is', () => {
    const tone = Float32Array.from({ length: 256 }, (_, t) => Math.sin((2 * Math.PI * 20 * t) / 256));
    const found = magnitudes(tone);
    expect(found.indexOf(Math.max(...found))).to.equal(20);
  });

  it('take a spectrum for the same at any loudness, and for another when it is shifted', () => {
    const tone = (k: number, size: number) =>
      Float32Array.from({ length: 256 }, (_, t) => size * Math.sin((2 * Math.PI * k * t) / 256));
    expect(spectralSimilarity(tone(20, 1), tone(20, 3))).to.be.closeTo(1, 1e-9);
    expect(spectralSimilarity(tone(20, 1), tone(40, 1))).to.be.below(1e-3);
  });

  it('find a picture like itself, and the less so the more noise there is', () => {
    const rng = new Rng(3);
    const n = 20;
    const picture = Float64Array.from({ length: n * n }, (_, i) => (i % n) / n);
    const noisy = (size: number) => picture.map((value) => value + size * rng.normal());
    expect(structuralSimilarity(picture, picture, n, 1)).to.be.closeTo(1, 1e-12);
    const [little, much] = [
      structuralSimilarity(picture, noisy(0.02), n, 1),
      structuralSimilarity(picture, noisy(0.3), n, 1),
    ];
    expect(little).to.be.within(0.7, 1);
    expect(much).to.be.below(little - 0.2);
  });

  it('say what share of a frequency is missing', () => {
    const wave = (periods: number, size: number) =>
      Array.from({ length: 128 }, (_, i) => size * Math.sin((2 * Math.PI * periods * (i + 0.5)) / 128 + 0.7));
    const y = wave(3, 1).map((value, i) => value + wave(8, 1)[i]);
    const half = wave(3, 1).map((value, i) => value + wave(8, 0.5)[i]);
    expect(missingShare(half, y, 3)).to.be.below(1e-9);
    expect(missingShare(half, y, 8)).to.be.closeTo(0.5, 1e-9);
  });

  it('find the exponent of a power law', () => {
    const x = [2, 5, 12];
    expect(
      slopeOf(
        x,
        x.map((value) => 0.3 * value ** 1.7),
      ),
    ).to.be.closeTo(1.7, 1e-9);
  });

  it('make functions of low rank with mean 0 and variance 1, by any seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 2 ** 31 }), (inputs, seed) => {
        const rng = new Rng(seed);
        const f = lowRank(inputs, 3, rng);
        const data = Float32Array.from({ length: 8192 * inputs }, () => 2 * rng.uniform() - 1);
        const y = f({ rows: 8192, cols: inputs, data });
        const middle = y.reduce((sum, value) => sum + value, 0) / y.length;
        // 8192 points on either side: the mean is off by 1.6 %, the variance by a few percent more.
        expect(Math.abs(middle)).to.be.below(0.12);
        expect(meanSquare(y, new Float32Array(y.length).fill(middle))).to.be.within(0.7, 1.4);
      }),
      { numRuns: 15 },
    );
  });
});
