import { expect } from 'chai';
import fc from 'fast-check';

import { parseCosts, tidy } from '../../src/data/index.js';
import { seeded } from '../support/seed.js';

const refusal = (text: string): string => {
  try {
    return JSON.stringify(parseCosts(text));
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parseCosts', () => {
  it('reads rows of numbers, names, and a CSV with any of three separators', () => {
    expect(parseCosts(' [[0,5],[1,0]]')).to.deep.equal([
      [0, 5],
      [1, 0],
    ]);
    expect(parseCosts('{"bad":{"good":5}}')).to.deep.equal({ bad: { good: 5 } });
    for (const sign of [',', ';', '\t']) {
      const csv = ['true,bad,good', 'bad,0,5', 'good,1,0.5', ''].join('\r\n').replaceAll(',', sign);
      expect(JSON.parse(JSON.stringify(parseCosts(csv)))).to.deep.equal({
        bad: { bad: 0, good: 5 },
        good: { bad: 1, good: 0.5 },
      });
    }
  });

  it('reads any names from a CSV that quotes them', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .map((text) => tidy(text))
      .filter((text) => /^\S(.*\S)?$/u.test(text));
    const names = fc.uniqueArray(name, { minLength: 2, maxLength: 4 });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(names, (classes) => {
        const lines = classes.map((own, i) => [quoted(own), ...classes.map((_, j) => (i === j ? 0 : i + j))].join(','));
        const read = parseCosts([['""', ...classes.map(quoted)].join(','), ...lines].join('\n'));
        expect(Object.keys(read)).to.have.members(classes);
        for (const [own, row] of Object.entries(read as Record<string, Record<string, number>>)) {
          const i = classes.indexOf(own);
          classes.forEach((called, j) => expect(row[called]).to.equal(i === j ? 0 : i + j));
        }
      }),
      seeded(),
    );
  });

  it('says in one sentence what is neither JSON nor a CSV of costs', () => {
    expect(refusal('[[0,1],[1,0]')).to.match(/^costs: must be JSON or a CSV, got "\[\[0,1\],\[1,0\]"\. Write /);
    expect(refusal('nothing')).to.match(/^costs: must be JSON or a CSV, got "nothing"/);
    expect(refusal('')).to.match(/^costs: must be JSON or a CSV, got ""/);
    expect(refusal('t,a,b\na,0\nb,1,0')).to.equal('costs: must have 3 cells in every line, got 2.');
    expect(refusal('t,a,b\na,0,1\na,1,0')).to.equal('costs: must have one line per class, got "a".');
    expect(refusal('t,a,a\na,0,1\nb,1,0')).to.equal('costs: must have one column per class, got "a".');
  });

  const read = (text: string): unknown => JSON.parse(JSON.stringify(parseCosts(text)));

  it('reads the same costs in any layout that tables may have', () => {
    const layout = fc.record({
      sign: fc.constantFrom(',', ';', '\t', '|'),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      bom: fc.constantFrom('', '\uFEFF'),
      last: fc.integer({ min: 0, max: 2 }),
      blanks: fc.constantFrom('', ' '),
      quotes: fc.boolean(),
    });
    const cost = fc.integer({ min: 0, max: 9999 }).map((n) => n / 10);
    fc.assert(
      fc.property(layout, cost, cost, ({ sign, end, bom, last, blanks, quotes }, a, b) => {
        const own = (n: number) => (sign === ';' ? n.toFixed(1).replace('.', ',') : n.toFixed(1));
        const cell = (text: string) => `${quotes && text !== '' ? `"${text}"` : text}${blanks}`;
        const lines = [
          ['', 'bad', 'good'],
          ['bad', own(0), own(a)],
          ['good', own(b), own(0)],
        ].map((line) => line.map(cell).join(sign));
        const text = bom + [...lines, ...Array.from({ length: last }, () => sign + sign)].join(end) + end;
        expect(read(text)).to.deep.equal({ bad: { bad: 0, good: a }, good: { bad: b, good: 0 } });
      }),
      seeded(),
    );
  });

  it('takes the separator of the whole file, and a quote inside a name for itself', () => {
    expect(read('t;6" pipe;a,b\n6" pipe;0;2,5\na,b;1;0')).to.deep.equal({
      '6" pipe': { '6" pipe': 0, 'a,b': 2.5 },
      'a,b': { '6" pipe': 1, 'a,b': 0 },
    });
  });

  it('reads JSON behind a byte order mark', () => {
    expect(parseCosts('\uFEFF[[0,5],[1,0]]')).to.deep.equal([
      [0, 5],
      [1, 0],
    ]);
  });

  it('tidies names as cells of tables are', () => {
    expect(read('t,\u00a0cafe\u0301 ,the\u00a0bar\ncaf\u00e9,0,1\nthe bar,2,0')).to.deep.equal({
      'caf\u00e9': { 'caf\u00e9': 0, 'the bar': 1 },
      'the bar': { 'caf\u00e9': 2, 'the bar': 0 },
    });
    expect(refusal('t,caf\u00e9,cafe\u0301\nb,0,1')).to.equal(
      'costs: must have one column per class, got "caf\u00e9".',
    );
  });

  it('says what is written where it is no number', () => {
    for (const written of ['0x10', 'five', '', '1e999', '1.2.3']) {
      expect(refusal(`t,a,b\na,0,${written}\nb,1,0`)).to.equal(
        `costs: must be a number of 0 or more where "a" is called "b", got "${written}".`,
      );
    }
    expect(refusal('t;a;b\na;0;1,000\nb;1000;0')).to.equal(
      'costs: must say whether a comma stands before decimals or thousands, got "1,000".',
    );
    expect(refusal('t,a,b\na,0,"1\nb,1,0')).to.match(/where "a" is called "b", got "\\"1"\.$/);
  });
});
