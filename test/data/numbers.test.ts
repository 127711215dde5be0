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

describe('chooseStyle', () => {
  it('takes the comma for a decimal sign when a cell cannot be grouped digits', () => {
    expect(chooseStyle(counted('1,234', '0,5'), ',').style).to.deep.equal({ decimal: ',' });
    expect(chooseStyle(counted('1,234', '0,125'), ',').style).to.deep.equal({ decimal: ',' });
  });

  it('takes the comma for a thousands sign when it occurs twice, or when cells below a thousand have none', () => {
    expect(chooseStyle(counted('1,234', '1,234,567'), ';').style).to.deep.equal({ decimal: '.', thousands: ',' });
    expect(chooseStyle(counted('1,234', '950', '12,000'), ';')).to.deep.include({
      style: { decimal: '.', thousands: ',' },
    });
    expect(chooseStyle(counted('1,234.5', '2,000'), ',').style).to.deep.equal({ decimal: '.', thousands: ',' });
  });

  it('says what it assumed when nothing decides', () => {
    const american = chooseStyle(counted('1,234', '5,678'), ',');
    expect([american.style.thousands, american.assumption]).to.deep.equal([
      ',',
      'the comma is taken for a thousands sign',
    ]);
    const european = chooseStyle(counted('1,234', '5,678'), ';');
    expect([european.style.decimal, european.assumption]).to.deep.equal([',', 'the comma is taken for a decimal sign']);
  });

  it('keeps the plain style for plain numbers and for words', () => {
    expect(chooseStyle(counted('1.234', '5.678'), ';').style).to.deep.equal({ decimal: '.' });
    expect(chooseStyle(counted('a,b', 'c 1,5 d'), ',').fitting).to.equal(0);
  });
});
