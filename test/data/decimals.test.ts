import { expect } from 'chai';
import fc from 'fast-check';

import { decimalOf, decimalText, decimalValue } from '../../src/data/decimals.js';

const text = fc.oneof(
  fc
    .integer({ min: 0, max: 8 })
    .chain((places) =>
      fc.integer({ min: -(10 ** 6), max: 10 ** 6 }).map((whole) => (whole / 10 ** places).toFixed(places)),
    ),
  fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', '+', 'e', ' '), maxLength: 19 }),
  fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }).map(String),
);

describe('decimalOf', () => {
  it('takes what text and double tell each other, digit by digit, and nothing else', () => {
    fc.assert(
      fc.property(text, (written) => {
        const isPlain = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(written) && written.replace(/[-.]/g, '').length <= 15;
        const isWanted = isPlain && !Object.is(Number(written), -0);
        const found = decimalOf(written);
        expect(found !== undefined).to.equal(isWanted);
        if (found === undefined) return;
        expect(decimalText(found.units, found.places)).to.equal(written);
        expect(Object.is(decimalValue(found.units, found.places), Number(written))).to.equal(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps all digits of the longest decimals', () => {
    for (const written of [
      '999999999999999',
      '-999999999999999',
      '0.00000000000001',
      '12345.6789012345',
      '-0.5',
      '10',
    ]) {
      const found = decimalOf(written)!;
      expect([decimalText(found.units, found.places), decimalValue(found.units, found.places)]).to.deep.equal([
        written,
        Number(written),
      ]);
    }
    expect(
      ['1000000000000000', '-0', '-0.00', '.5', '5.', '01', '+1', '1e3'].map((odd) => decimalOf(odd)),
    ).to.deep.equal(new Array(8).fill(undefined));
  });
});
