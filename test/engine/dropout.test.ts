import { expect } from 'chai';

import { dropThreshold, isKept, layerKey, mix32 } from '../../src/engine/dropout.js';

function keptShare(key: number, probability: number): number {
  const threshold = dropThreshold(probability);
  let kept = 0;
  for (let unit = 0; unit < 100; unit++) {
    for (let row = 0; row < 100; row++) if (isKept(key, unit, row, threshold)) kept++;
  }
  return kept / 10000;
}

describe('dropout masks', () => {
  it('keep everything at probability 0', () => {
    expect(keptShare(layerKey(1, 0), 0)).to.equal(1);
  });

  it('keep the wanted share', () => {
    // 10,000 draws: four standard errors of a share are at most 0.02.
    for (const probability of [0.1, 0.25, 0.5, 0.9]) {
      expect(keptShare(layerKey(3, 1), probability)).to.be.closeTo(1 - probability, 0.02);
    }
  });

  it('differ between seeds and between layers: half of two masks agree at probability 1/2', () => {
    const threshold = dropThreshold(0.5);
    for (const [a, b] of [
      [layerKey(1, 0), layerKey(2, 0)],
      [layerKey(1, 0), layerKey(1, 1)],
    ]) {
      let equal = 0;
      for (let i = 0; i < 10000; i++) {
        if (isKept(a, i % 100, i >> 6, threshold) === isKept(b, i % 100, i >> 6, threshold)) equal++;
      }
      expect(equal / 10000).to.be.closeTo(0.5, 0.03);
    }
  });

  it('come from a hash that is one of the integers below 2^32', () => {
    for (const value of [0, 1, -1, 2 ** 31, 2 ** 32 - 1]) {
      const hash = mix32(value);
      expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).to.equal(true);
    }
    expect(mix32(-1)).to.equal(mix32(2 ** 32 - 1));
  });
});
