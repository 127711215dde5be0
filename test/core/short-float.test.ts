import { expect } from 'chai';
import fc from 'fast-check';

import { shortFloat } from '../../src/core/index.js';

describe('shortFloat', () => {
  it('writes a float32 as people would', () => {
    const written = [0.3, 0.1, 1, 0, 2 / 3, 21_343.27, -1.5e-7, 3.4e38].map((value) =>
      String(shortFloat(Math.fround(value))),
    );
    expect(written).to.deep.equal(['0.3', '0.1', '1', '0', '0.6666667', '21343.27', '-1.5e-7', '3.4e+38']);
  });

  it('keeps the bits of every float32, in nine digits at most', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const short = shortFloat(value);
        expect(Math.fround(short) === value).to.equal(true);
        const digits = short.toExponential().replace(/e.*|[-.]/g, '');
        expect(digits.length).to.be.at.most(9);
      }),
    );
  });
});
