import { expect } from 'chai';
import fc from 'fast-check';

import { chooseStyle } from '../../src/data/number-style.js';
import { parseNumber } from '../../src/data/numbers.js';

const counted = (...texts: string[]): Map<string, number> => new Map(texts.map((text) => [text, 1]));

describe('parseNumber', () => {
  it('reads plain numbers as JavaScript writes them', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(parseNumber(String(x))).to.equal(x === 0 ? 0 : x);
      }),
    );
  });

  it('reads points without digits on one side, signs and exponents', () => {
    expect(['.5', '5.', '+1', '-.25e2', '1E3'].map((text) => parseNumber(text))).to.deep.equal([0.5, 5, 1, -25, 1000]);
  });

  it('refuses what JavaScript alone takes for numbers, and other texts', () => {
    for (const text of ['', ' ', '0x10', '0b1', '0o7', '1_000', '1,5', '12abc', '--1', 'e5', '.', 'NaN']) {
      expect(parseNumber(text), text).to.be.NaN;
    }
  });

  it('gives infinities for inf and for numbers beyond double precision, which callers take as missing', () => {
    expect(['inf', '-Infinity', '1e999'].map((text) => parseNumber(text))).to.deep.equal([
      Infinity,
      -Infinity,
      Infinity,
    ]);
  });

  it('reads decimal commas and grouped thousands in their own style only', () => {
    expect(parseNumber('1,5', { decimal: ',' })).to.equal(1.5);
    expect(parseNumber('-1.234.567,8', { decimal: ',', thousands: '.' })).to.equal(-1234567.8);
    expect(parseNumber('1,234,567.8', { decimal: '.', thousands: ',' })).to.equal(1234567.8);
    expect(parseNumber('1\u00a0234,5', { decimal: ',', thousands: ' ' })).to.equal(1234.5);
    expect(parseNumber('-1,23,45,678.5', { decimal: '.', thousands: ',' })).to.equal(-12345678.5);
    expect(parseNumber('1,23,4567', { decimal: '.', thousands: ',' })).to.be.NaN;
    expect(parseNumber("1'234.5", { decimal: '.', thousands: "'" })).to.equal(1234.5);
    expect(parseNumber('12,34', { decimal: '.', thousands: ',' })).to.be.NaN;
    expect(parseNumber('1.5', { decimal: ',', thousands: '.' })).to.be.NaN;
    expect(parseNumber('1.5', { decimal: ',' })).to.equal(1.5);
  });
});

describe('chooseStyle of a file whose decimal sign is given', () => {
  const read = (decimal: '.' | ',', ...texts: string[]): number[] => {
    const { style, assumption } = chooseStyle(counted(...texts), { delimiter: ',', decimal });
    expect(assumption).to.equal(undefined);
    return texts.map((text) => parseNumber(text, style));
  };

  it('reads what has two readings by the sign', () => {
    expect(read(',', '1,234', '5,678')).to.deep.equal([1.234, 5.678]);
    expect(read('.', '1,234', '5,678')).to.deep.equal([1234, 5678]);
    expect(read(',', '1.234', '5.678')).to.deep.equal([1234, 5678]);
    expect(read('.', '1.234', '5.678')).to.deep.equal([1.234, 5.678]);
    expect(read(',', '1.234,5', '0,25', '12')).to.deep.equal([1234.5, 0.25, 12]);
    expect(read(',', '1 234,5', '0,25')).to.deep.equal([1234.5, 0.25]);
    expect(read('.', '1 234.5', '0.25')).to.deep.equal([1234.5, 0.25]);
    expect(read(',', '1.234,5 €', '-2,5 €')).to.deep.equal([1234.5, -2.5]);
  });

  it('lets no stray cell turn points between thousands into decimal points', () => {
    expect(read(',', '1.500', '2.250', '12.000', '1.5')).to.deep.equal([1500, 2250, 12000, NaN]);
    expect(read('.', '1,500', '2,250', '1,5')).to.deep.equal([1500, 2250, NaN]);
  });

  it('reads a column that can only have points as it is written', () => {
    expect(read(',', '1.5', '2.25', '3.125')).to.deep.equal([1.5, 2.25, 3.125]);
  });

  it('reads every number that is written in the sign, whatever else is in the column', () => {
    const number = fc.tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.integer({ min: 0, max: 999 }));
    fc.assert(
      fc.property(fc.constantFrom<'.' | ','>('.', ','), fc.array(number, { minLength: 1 }), (decimal, numbers) => {
        const other = decimal === ',' ? '.' : ',';
        const texts = numbers.map(([whole, thousandths]) => {
          const grouped = String(Math.abs(whole)).replace(/\B(?=(\d{3})+$)/g, other);
          return `${whole < 0 ? '-' : ''}${grouped}${decimal}${String(thousandths).padStart(3, '0')}`;
        });
        const values = numbers.map(([whole, part]) => Number(`${whole}.${String(part).padStart(3, '0')}`));
        expect(read(decimal, ...texts)).to.deep.equal(values);
      }),
      { numRuns: 100 },
    );
  });
});

describe('chooseStyle', () => {
  it('takes the comma for a decimal sign when a cell cannot be grouped digits', () => {
    expect(chooseStyle(counted('1,234', '0,5'), { delimiter: ',' }).style).to.deep.equal({ decimal: ',' });
    expect(chooseStyle(counted('1,234', '0,125'), { delimiter: ',' }).style).to.deep.equal({ decimal: ',' });
  });

  it('takes the comma for a thousands sign when it occurs twice, or when cells below a thousand have none', () => {
    expect(chooseStyle(counted('1,234', '1,234,567'), { delimiter: ';' }).style).to.deep.equal({
      decimal: '.',
      thousands: ',',
    });
    expect(chooseStyle(counted('1,234', '950', '12,000'), { delimiter: ';' })).to.deep.include({
      style: { decimal: '.', thousands: ',' },
    });
    expect(chooseStyle(counted('1,234.5', '2,000'), { delimiter: ',' }).style).to.deep.equal({
      decimal: '.',
      thousands: ',',
    });
  });

  it('says what it assumed when nothing decides', () => {
    const american = chooseStyle(counted('1,234', '5,678'), { delimiter: ',' });
    expect([american.style.thousands, american.assumption]).to.deep.equal([
      ',',
      'the comma is taken for a thousands sign',
    ]);
    const european = chooseStyle(counted('1,234', '5,678'), { delimiter: ';' });
    expect([european.style.decimal, european.assumption]).to.deep.equal([',', 'the comma is taken for a decimal sign']);
  });

  it('keeps the plain style for plain numbers and for words', () => {
    expect(chooseStyle(counted('1.234', '5.678'), { delimiter: ';' }).style).to.deep.equal({ decimal: '.' });
    expect(chooseStyle(counted('a,b', 'c 1,5 d'), { delimiter: ',' }).fitting).to.equal(0);
  });
});
