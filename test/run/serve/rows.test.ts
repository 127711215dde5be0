import { expect } from 'chai';
import fc from 'fast-check';

import { measureJson, parseRows } from '../../../src/run/serve/rows.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = (text: string, limits = {}): string => {
  try {
    parseRows(bytes(text), limits);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

/** Texts that hold all signs of JSON, as names and as values. */
const anyText = fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', '}', '[', ']', ':', 'a', 'é', '\n') });
const anyCell = fc.oneof(anyText, fc.integer(), fc.constant(null), fc.array(anyText), fc.dictionary(anyText, anyText));
const anyRows = fc.array(fc.dictionary(anyText, anyCell, { minKeys: 1 }), { minLength: 1, maxLength: 20 });

describe('parseRows', () => {
  it('counts rows and names as the parser finds them, whatever the texts hold', () => {
    fc.assert(
      fc.property(anyRows, fc.boolean(), fc.boolean(), (rows, isWrapped, isSpaced) => {
        const text = JSON.stringify(isWrapped ? { rows } : rows, null, isSpaced ? 2 : undefined);
        const columns = Math.max(...rows.map((row) => Object.keys(row).length));
        expect(measureJson(bytes(text))).to.deep.equal({ rows: rows.length, columns });
        expect(parseRows(bytes(text), {})).to.deep.equal(JSON.parse(JSON.stringify(rows)));
      }),
    );
  });

  it('refuses too many rows and columns, in small bodies and in large ones', () => {
    const limits = { maxRows: 3, maxColumns: 4 };
    const sentence = 'rows: the request must have at most 3 rows, got';
    expect(refused('[{},{},{},{}]', limits)).to.equal(`${sentence} 4.`);
    expect(refused(`[${'{},'.repeat(40_000)}{}]`, limits)).to.equal(`${sentence} 40001.`);
    const wide = Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',');
    const columns = 'columns: the request must have at most 4 columns, got';
    expect(refused(`[{${wide}}]`, limits)).to.equal(`${columns} 20000.`);
    const each = Array.from({ length: 20_000 }, (_, i) => `{"k${i}":1}`).join(',');
    expect(refused(`[${each}]`, { maxColumns: 4 })).to.equal(`${columns} 5.`);
  });

  it('measures a large body that is no JSON without failing, and leaves the word to the parser', () => {
    for (const sign of ['[', '{', '"', '\\', ']', '}', ',', '[{', '{"rows":[', '[{"']) {
      expect(refused(sign.repeat(70_000), { maxColumns: 1e6, maxRows: 1e6 }), sign).to.match(/^(json|rows): /);
    }
  });

  it('wants a list of objects', () => {
    for (const text of ['', '7', 'null', '"rows"', 'tru']) {
      expect(refused(text), text).to.equal('json: the body must be JSON.');
    }
    for (const text of ['{}', '[]', '{"rows":7}', '{"rows":[]}']) {
      expect(refused(text), text).to.match(/^rows: must be a list of at least one object, got /);
    }
  });
});
