import { expect } from 'chai';
import fc from 'fast-check';

import { inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import { chooseStyle } from '../../src/data/number-style.js';
import { parseNumber } from '../../src/data/numbers.js';
import { wrappingOf } from '../../src/data/units.js';

const counted = (...texts: string[]): Map<string, number> => new Map(texts.map((text) => [text, 1]));

/** The numbers of a column, read in the style that it speaks for. */
function read(...texts: string[]): number[] {
  const { style } = chooseStyle(counted(...texts), { delimiter: ',' });
  return texts.map((text) => parseNumber(text, style));
}

async function column(cells: readonly string[], name = 'c') {
  const rows = cells.map((cell, i) => `"${cell}",${i % 2 ? 'a' : 'b'},${(i * 7919) % 104729}.5`);
  const { schema } = inferSchema(await parseCsv(`"${name}",target,other\n${rows.join('\n')}\n`), { target: 'target' });
  return schema.columns[0];
}

describe('numbers with something around them', () => {
  it('are read with currencies before and behind, and signs on any side', () => {
    expect(read('$ 1,234.50', '$5', '-$3', '$-4', '($7.25)')).to.deep.equal([1234.5, 5, -3, -4, -7.25]);
    expect(read('1.234,50 €', '€ 12', '\u221212 €', '3 €')).to.deep.equal([1234.5, 12, -12, 3]);
    expect(read('USD 5', 'usd 6.5', '7 USD', '9 USD', '8')).to.deep.equal([5, 6.5, 7, 9, 8]);
    expect(read('R$ 5,50', 'R$ 1.000,00', 'R$ 3,25')).to.deep.equal([5.5, 1000, 3.25]);
  });

  it('are read with shares and units', () => {
    expect(read('9.1 %', '5.25%', '60%')).to.deep.equal([9.1, 5.25, 60]);
    expect(read('24.3 kg', '7kg', '8 KG', '5 kg', '9')).to.deep.equal([24.3, 7, 8, 5, 9]);
    expect(read('1 month', '36 months', '60 months')).to.deep.equal([1, 36, 60]);
    expect(read('12 km/h', '-3 km/h', '1e3 km/h')).to.deep.equal([12, -3, 1000]);
    expect(read('1,000+', '500+', '10,000+')).to.deep.equal([1000, 500, 10000]);
  });

  it('are read as accountants and Excel write them', () => {
    expect(read('(1,214.15)', '2,000.00', '-3')).to.deep.equal([-1214.15, 2000, -3]);
    expect(read('1214.15-', '12.5')).to.deep.equal([-1214.15, 12.5]);
    expect(read('\u22125', '\u22121.5', '3')).to.deep.equal([-5, -1.5, 3]);
    expect(read('="5"', '="-7.5"', '3')).to.deep.equal([5, -7.5, 3]);
    expect(read('(5)', '(-5)', '7', '8')[1]).to.be.NaN;
  });

  it('are no numbers when units differ, or when the text is a name', () => {
    for (const texts of [
      ['5 kg', '7 lb', '9 st'],
      ['$5', '€ 7', '£9'],
      ['Z1', 'Z2', 'Z3'],
      ['k-1', 'k-2'],
      ['001 A', '002 A'],
      ['="00123"', '="00456"'],
      ['2020Q1', '2020Q2', '2021Q1', '2021Q3'],
      ['(123) 456-7890', '(123) 555-1234'],
      ['1-2', '3-4'],
      ['12 Main Street North', '14 Main Street North'],
    ]) {
      const { fitting } = chooseStyle(counted(...texts), { delimiter: ',' });
      expect(fitting, texts.join()).to.be.below(texts.length);
    }
    expect(wrappingOf(counted('a', 'b 1 c'))).to.equal(undefined);
  });

  it('come back as they were, whatever is put around them', () => {
    const around = fc.constantFrom<(digits: string) => string>(
      (d) => `$${d}`,
      (d) => `${d} €`,
      (d) => `EUR ${d}`,
      (d) => `${d}%`,
      (d) => `${d} kg`,
      (d) => `${d} km/h`,
    );
    const sign = fc.constantFrom<(text: string) => string>(
      (t) => t,
      (t) => `-${t}`,
      (t) => `(${t})`,
      (t) => `\u2212${t}`,
      (t) => `${t}-`,
    );
    const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 10 ** 7 }), sign), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(values, around, fc.boolean(), (cells, wrap, grouped) => {
        const expected = new Map(
          cells.map(([cents, write]) => {
            const value = cents / 100;
            const digits = grouped ? value.toLocaleString('en-US') : String(value);
            const text = write(wrap(digits));
            return [text, text === wrap(digits) ? value : -value];
          }),
        );
        const { style } = chooseStyle(new Map([...expected.keys()].map((text) => [text, 1])), { delimiter: ',' });
        // "1,5" in all cells could be either; groups of three are told by the others.
        if (grouped && style.thousands === undefined && [...expected.keys()].some((text) => text.includes(','))) return;
        for (const [text, value] of expected) expect(parseNumber(text, style), text).to.equal(value);
      }),
    );
  });
});

describe('a column of numbers with something around them', () => {
  const prices = Array.from({ length: 40 }, (_, i) => `$${(i * 37) % 29}.50`);

  it('is numeric, remembers how it is written, and says so', async () => {
    const found = await column(prices);
    expect(found).to.deep.include({ kind: 'numeric', units: ['$'], decimal: '.' });
    expect(found.reason).to.equal('numbers from 0.5 to 28.5, 29 distinct; "$" beside the number');
    expect(await column([...prices, '($3)'])).to.deep.include({ kind: 'numeric', units: ['$'], signs: true });
    expect(await column(['15:59', '3:59 PM', '20:46:03'])).to.deep.include({ kind: 'numeric', clock: true });
  });

  it('is of codes where they are padded, and a category where units differ', async () => {
    const padded = Array.from({ length: 40 }, (_, i) => `="00${i % 7}23"`.replaceAll('"', '""'));
    expect((await column(padded)).kind).to.equal('categorical');
    expect((await column(['5 kg', '7 lb', '9 st', '5 kg'])).kind).to.equal('categorical');
  });
});
