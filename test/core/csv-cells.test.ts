import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

import { csvText, harmlessCell } from '../../src/core/index.js';
import { seeded } from '../support/seed.js';

describe('csvText', () => {
  it('is read back cell for cell by a reader of CSV, but for what spreadsheets would compute', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a,b', '"', '""', 'x\ny', '\r\n', ' ', "'", '=1+1', '-5', '@x', '＝1'),
    );
    const table = fc
      .integer({ min: 1, max: 5 })
      .chain((cols) => fc.array(fc.array(cell, { minLength: cols, maxLength: cols }), { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(table, (rows) => {
        const columns = rows[0].map((_, i) => `c${i}`);
        const found: string[][] = parse(csvText(columns, rows), { record_delimiter: '\n' });
        expect(found).to.deep.equal([columns, ...rows.map((row) => row.map(harmlessCell))]);
      }),
      seeded(),
    );
  });

  it('writes numbers as they are, and nothing for what is no number', () => {
    expect(
      csvText(
        ['a', 'b', 'c'],
        [
          [-0.5, Number.NaN, 1e21],
          [null, undefined, Infinity],
        ],
      ),
    ).to.equal('a,b,c\n-0.5,,1e+21\n,,\n');
  });

  it('leaves no cell that a spreadsheet takes for a formula', () => {
    for (const text of ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x']) {
      expect(harmlessCell(text), text).to.equal(`'${text}`);
    }
    for (const text of ['-5', '+1.5e3', '', 'a=b', "'=", '−5']) expect(harmlessCell(text), text).to.equal(text);
  });
});
