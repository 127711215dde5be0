import { expect } from 'chai';

import { encodeRows, inferSchema } from '../../src/data/index.js';
import { columnHint } from '../../src/data/nearest.js';
import { parseCsv } from '../../src/data/node.js';
import { tidy } from '../../src/data/tidy.js';

describe('tidy', () => {
  it('composes letters and drops blanks and signs without width at the ends', () => {
    expect(tidy('cafe\u0301')).to.equal('café');
    expect(tidy('\u200b price\u2060\ufeff\u00a0')).to.equal('price');
    expect(tidy(' a b ')).to.equal('a b');
  });

  it('makes firm blanks ordinary ones, but between digits, where they separate thousands', () => {
    expect(tidy('New\u00a0York')).to.equal('New York');
    expect(tidy('1\u00a0234')).to.equal('1\u00a0234');
  });

  it('reads a million invisible signs, or marks on one letter, inside a cell once', () => {
    const many = 1_000_000;
    expect(tidy(`é${'\u200b'.repeat(many)}x`)).to.have.length(many + 2);
    expect(tidy(`a${'\u0316\u0301'.repeat(many)}`).normalize('NFD')).to.equal(
      `a${'\u0316\u0301'.repeat(16)}`.normalize('NFD'),
    );
    expect(tidy('\u200b'.repeat(many))).to.equal('');
  });

  it('keeps joiners inside of words, which some scripts need', () => {
    expect(tidy('a\u200db')).to.equal('a\u200db');
  });
});

describe('names and cells that look the same', () => {
  const rows = (city: string): string => Array.from({ length: 12 }, (_, i) => `${city},${i % 5},${i * 1.5}`).join('\n');
  const decomposed = 'Zu\u0308rich';

  it('are the same in a CSV', async () => {
    const csv = await parseCsv(`\u200bcafe\u0301,x,y\n${decomposed},1,2\nZürich\u200b,3,4\n`);
    expect(csv.names).to.deep.equal(['café', 'x', 'y']);
    expect([csv.table.get('café', 0), csv.table.get('café', 1)]).to.deep.equal(['Zürich', 'Zürich']);
  });

  it('are the same in rows of objects', async () => {
    const csv = await parseCsv(`café,x,y\n${rows('Zürich')}\n${rows('Genf')}\n`);
    const { schema } = inferSchema(csv, { target: 'y' });
    const { summary } = encodeRows([{ 'cafe\u0301': decomposed, x: 1 }], schema);
    expect([summary.missingColumns, summary.extraColumns, Object.keys(summary.unseenCategories)]).to.deep.equal([
      [],
      [],
      [],
    ]);
  });

  it('are found in models whose names and levels were not composed', async () => {
    const csv = await parseCsv(`café,x,y\n${rows('Zürich')}\n${rows('Genf')}\n`);
    const { schema } = inferSchema(csv, { target: 'y' });
    const old = {
      ...schema,
      columns: schema.columns.map((column) =>
        column.name === 'café' ? { ...column, name: 'cafe\u0301', levels: ['Genf', decomposed] } : column,
      ),
    };
    const { frame, summary } = encodeRows([{ café: 'Zürich', x: 1 }], old);
    expect([summary.missingColumns, frame.columns[0]]).to.deep.equal([
      [],
      { kind: 'categorical', name: 'cafe\u0301', codes: Int32Array.of(1), levels: ['Genf', decomposed] },
    ]);
  });
});

describe('columnHint', () => {
  it('writes out what cannot be seen', () => {
    expect(columnHint('price', ['pr\u200bice'])).to.equal('Did you mean "pr\\u200bice"?');
  });

  it('names a letter of another script by its code', () => {
    expect(columnHint('cafe', ['c\u0430fe'])).to.equal('Did you mean "c\u0430fe"? Its sign 2 is U+0430, not U+0061.');
  });

  it('cuts names that are long', () => {
    expect(columnHint('y', ['x'.repeat(3000)])).to.equal(`The columns are "${'x'.repeat(57)}...".`);
  });
});
