import { expect } from 'chai';
import fc from 'fast-check';

import { parseCosts } from '../../src/data/index.js';
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
});
