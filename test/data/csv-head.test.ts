/** @file Tables that do not begin on the first line, or whose rows are wider than their names. */

import { expect } from 'chai';

import type { CsvOptions, CsvTable } from '../../src/data/node.js';
import { parseCsv } from '../../src/data/node.js';

const read = (text: string, options: CsvOptions = {}): Promise<CsvTable> =>
  parseCsv(text, { name: 'x.csv', ...options });
const fault = async (text: string, options: CsvOptions = {}): Promise<string> =>
  ((await read(text, options).catch((thrown: unknown) => thrown)) as Error).message;
const shape = (csv: CsvTable): unknown[] => [csv.names, csv.rowCount, csv.lineOf(0)];

describe('parseCsv: where the table begins', () => {
  it('leaves out lines of a report above the names, and says so', async () => {
    const csv = await read('Data Source: Bank\nLast Updated 2024\n\ncountry,year,gdp\nA,2000,1.5\nB,2001,2.5\n');
    expect(shape(csv)).to.deep.equal([['country', 'year', 'gdp'], 2, 5]);
    expect(csv.notes).to.deep.equal([
      'The names are read from line 4 of x.csv; the 2 lines above are no rows of the table',
    ]);
  });

  it('leaves out lines of a workbook above the names, which have its delimiters', async () => {
    const csv = await read('Report;;\n;;\nname;n;y\na;1;2\nb;3;4\n');
    expect(shape(csv)).to.deep.equal([['name', 'n', 'y'], 2, 4]);
  });

  it('leaves out titles with a delimiter in them where numbers below the names speak for those', async () => {
    expect(shape(await read('Sales, by month\na,b,c\nx,1,2\ny,3,4\n'))).to.deep.equal([['a', 'b', 'c'], 2, 3]);
  });

  it('leaves out comments above the names, and keeps a name that begins with their sign', async () => {
    expect(shape(await read('# made, by hand, today\n# units: m\na,b,c\n1,2,3\n4,5,6\n'))).to.deep.equal([
      ['a', 'b', 'c'],
      2,
      4,
    ]);
    expect(shape(await read('#id,b\n1,2\n3,4\n'))).to.deep.equal([['#id', 'b'], 2, 2]);
  });

  it('does not take a row for the names', async () => {
    expect(await fault('name,city\nDoe, John,Paris\nRoe, Jane,Rome\n')).to.match(
      /row 1 must have 2 fields.*got 3\. Line 2 of x\.csv; every row has one field more than the names/,
    );
    expect(await fault('a,b\n1,2,3\n4,5,6\n')).to.match(/every row has one field more than the names/);
  });

  it('finds a delimiter below a title', async () => {
    const csv = await read('Report of sales\na;b;c\n1,5;2;3\n2,5;4;5\n3,5;6;7\n4,5;8;9\n');
    expect([csv.delimiter, csv.names]).to.deep.equal([';', ['a', 'b', 'c']]);
  });

  it('finds rare delimiters where every row agrees', async () => {
    for (const sign of ['^', '~', '\x01']) {
      expect((await read(`a,b\n1,2\n3,4\n`.replaceAll(',', sign))).names, sign).to.deep.equal(['a', 'b']);
    }
    expect((await read('a^2\nx\ny\nz\n')).names).to.deep.equal(['a^2']);
  });
});

describe('parseCsv: rows that are wider than the names', () => {
  it('reads a delimiter at the end of every row, and says so', async () => {
    const csv = await read('a,b,c\n1,2,3,\n4,5,6,\n7,8,9\n'.replace('7,8,9\n', '7,8,9,\n'));
    expect(shape(csv)).to.deep.equal([['a', 'b', 'c'], 3, 2]);
    expect(csv.notes).to.deep.equal(['Every row of x.csv ends in a "," that the names have not; it is left out']);
  });

  it('refuses a row far down whose field there is not empty', async () => {
    const text = `a,b\n${'1,2,\n'.repeat(30_000)}1,2,3\n`;
    expect(await fault(text)).to.match(/row 30001 must have 2 fields.*got 3\. Line 30002/);
  });

  it('reads names of rows as R writes them, and says so', async () => {
    const csv = await read('"a","b"\n"1",2,3\n"2",4,5\n');
    expect(csv.names).to.deep.equal(['column 1', 'a', 'b']);
    expect(csv.notes[0]).to.match(/^Rows of x\.csv begin with a name of their own, as R writes them/);
  });

  it('names comments in the middle as what they are', async () => {
    expect(await fault('a,b\n1,2\n# note\n3,4\n')).to.match(/is it a comment \(--comment "#"\)\?/);
  });
});

describe('parseCsv: what it is told', () => {
  it('reads the names from the line that is given', async () => {
    expect(shape(await read('p,q\nr,s\na,b\n1,2\n', { header: 3 }))).to.deep.equal([['a', 'b'], 1, 4]);
  });

  it('leaves out comments wherever they stand', async () => {
    const csv = await read('% x\na,b\n1,2\n% "y\n3,4\n', { comment: '%' });
    expect([csv.names, csv.rowCount, csv.lineOf(1)]).to.deep.equal([['a', 'b'], 2, 5]);
  });

  it('refuses signs and lines that are none, by the name of the option', async () => {
    expect(await fault('a\n1\n', { delimiter: ';;' })).to.match(/^delimiter: must be one ASCII character/);
    expect(await fault('a\n1\n', { comment: '"' })).to.match(/^comment: must be one ASCII character/);
    expect(await fault('a\n1\n', { comment: ',', delimiter: ',' })).to.match(/^comment: must not be the delimiter/);
    expect(await fault('a\n1\n', { header: 0 })).to.match(/^header: must be the line of the names, from 1, got 0/);
  });
});
