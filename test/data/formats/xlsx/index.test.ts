import { join } from 'node:path';

import { expect } from 'chai';

import type { CsvOptions, CsvTable } from '../../../../src/data/node.js';
import { readCsv, readTable } from '../../../../src/data/node.js';
import { workbookOf } from '../../../support/xlsx.js';

const BOOK = join(import.meta.dirname, '../../../golden/formats/book.xlsx');
const column = (csv: CsvTable, name: string): unknown[] => [...(csv.table.array(name) as unknown[])];
const rowsOf = (csv: CsvTable): unknown[][] =>
  Array.from({ length: csv.rowCount }, (_, i) => csv.names.map((name) => csv.table.get(name, i) as unknown));
const read = (bytes: Buffer, options?: CsvOptions): Promise<CsvTable> =>
  readTable(bytes, { name: 'b.xlsx', ...options });
const fault = async (bytes: Buffer, options?: CsvOptions): Promise<string> =>
  ((await read(bytes, options).catch((error: unknown) => error)) as Error).message;

describe('readCsv of a workbook', () => {
  it('reads what openpyxl writes: texts, numbers, days, instants, truth values and gaps', async () => {
    const csv = await readCsv(BOOK);
    expect(csv.notes).to.deep.equal(['book.xlsx has 2 sheets; the first is read: "Data"']);
    expect(rowsOf(csv)[2]).to.deep.equal([
      'two\nlines',
      '0.5',
      '2024-02-27',
      '2024-01-01T20:00:00',
      'true',
      '0.02',
      '3',
    ]);
    expect(column(csv, 'size')[3]).to.equal(null);
    expect(column(csv, 'day')[5]).to.equal('2024-03-01');
    expect([csv.lineOf(2), csv.lineOf(3)]).to.deep.equal([4, 5]);
  });

  it('reads the sheet that is named, whatever its case, and where its table begins', async () => {
    const csv = await readCsv(BOOK, { sheet: 'other ONE' });
    expect([csv.names, rowsOf(csv), csv.lineOf(0)]).to.deep.equal([['a', 'b'], [['1', null]], 4]);
    expect(csv.notes[0]).to.match(/^1 formulas of book\.xlsx have no value and count as missing/);
    const thrown = (await readCsv(BOOK, { sheet: 'Dta' }).catch((error: unknown) => error)) as Error;
    expect(thrown.message).to.equal('sheet: must be a sheet of the workbook, got "Dta". Did you mean "Data"?');
  });

  it('passes over hidden sheets', async () => {
    const book = workbookOf({ Old: [['a'], [1]], New: [['b'], [2]] }, { hidden: ['Old'] });
    const csv = await read(book);
    expect([csv.names, csv.notes]).to.deep.equal([['b'], []]);
    expect((await read(book, { sheet: 'Old' })).names).to.deep.equal(['a']);
  });

  it('shows numbers as their format does: days, times, durations, both calendars, shares as numbers', async () => {
    const data = [
      '<row><c t="inlineStr"><is><t>a</t></is></c><c t="str"><v>b</v></c><c t="inlineStr"><is><t>c</t></is></c><c t="str"><v>d</v></c></row>',
      '<row><c s="1"><v>45292</v></c><c s="2"><v>0.75</v></c><c s="3"><v>1.5</v></c><c s="4"><v>0.125</v></c></row>',
      '<row><c s="1"><v>45292.333333333336</v></c><c s="2"><v>45292.75</v></c><c s="3"><v>0</v></c><c s="4"><v>1E-3</v></c></row>',
      '<row><c s="1"><v>-1</v></c><c s="2"/><c s="3"><v>1E2</v></c><c><v>1610521604143693812</v></c></row>',
    ].join('');
    expect(rowsOf(await read(workbookOf({ S: data })))).to.deep.equal([
      ['2024-01-01', '18:00:00', '36:00:00', '0.125'],
      ['2024-01-01T08:00:00', '18:00:00', '00:00:00', '0.001'],
      ['-1', null, '2400:00:00', '1610521604143693812'],
    ]);
    const old = await read(workbookOf({ S: data }, { is1904: true }));
    expect(old.table.get('a', 0)).to.equal('2028-01-02');
    const early = await read(workbookOf({ S: '<row><c t="str"><v>d</v></c></row><row><c s="1"><v>59</v></c></row>' }));
    expect(early.table.get('d', 0)).to.equal('1900-02-28');
  });

  it('takes the value that a formula had, and none for one that failed', async () => {
    const data =
      '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>' +
      '<row><c><f>1+1</f><v>2</v></c><c t="str"><f>"x"</f><v>x</v></c></row>' +
      '<row><c t="e"><f>1/0</f><v>#DIV/0!</v></c><c t="b"><f>TRUE()</f><v>1</v></c></row>';
    expect(rowsOf(await read(workbookOf({ S: data })))).to.deep.equal([
      ['2', 'x'],
      [null, 'true'],
    ]);
  });

  it('joins the pieces of a text, leaves out how it is read aloud, and undoes what XML cannot hold', async () => {
    const cell =
      '<c t="inlineStr"><is><r><t>To</t></r><r><t xml:space="preserve">ky\no</t></r><rPh><t>toukyou</t></rPh></is></c>';
    const data = `<row><c t="str"><v>a</v></c></row><row>${cell}</row><row><c t="str"><v>x_x0041_y &amp; z</v></c></row>`;
    expect(column(await read(workbookOf({ S: data })), 'a')).to.deep.equal(['Toky\no', 'xAy & z']);
  });

  it('leaves out titles above the names, empty rows and columns, and keeps the numbers of rows', async () => {
    const table = [['Report of 2024', null, null], [], ['a', 'b', 'c'], [1, 2, 3], [], [4, null, 6]];
    const csv = await read(workbookOf({ S: table.map((row) => (row.length > 0 ? [null, ...row] : row)) }));
    expect(csv.notes).to.include('The names are read from line 3 of b.xlsx; line 1 is no row of the table');
    expect(csv.names).to.deep.equal(['a', 'b', 'c']);
    expect([csv.rowCount, csv.lineOf(1)]).to.deep.equal([2, 6]);
    const asked = await read(workbookOf({ S: [['x\ny'], ['a', 'b'], [1, 2]] }), { header: 2 });
    expect([asked.names, asked.lineOf(0)]).to.deep.equal([['a', 'b'], 3]);
  });

  it('takes a million empty rows for nothing, and stops at a table that no memory holds', async () => {
    const empty = Array.from(
      { length: 100_000 },
      (_, i) => `<row r="${10 * i + 3}" spans="1:16384"><c r="XFD${10 * i + 3}" s="1"/></row>`,
    );
    const head = '<row r="1"><c t="str"><v>a</v></c></row><row r="2"><c><v>1</v></c></row>';
    const csv = await read(workbookOf({ S: head + empty.join('') }));
    expect([csv.rowCount, csv.names]).to.deep.equal([1, ['a']]);
    const wide = Array.from({ length: 60_000 }, (_, i) => `<row r="${i + 2}"><c><v>1</v></c></row>`).join('');
    const far = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="XFD1" t="str"><v>z</v></c></row>';
    expect(await fault(workbookOf({ S: far + wide }))).to.match(/must not grow to more than 200 times its size/);
  });

  it('refuses a workbook that is damaged, and places that no sheet has', async () => {
    const damaged = 'file: a workbook must be whole. b.xlsx is damaged or cut short.';
    for (const data of [
      '<row r="1048577"><c><v>1</v></c></row>',
      '<row><c r="XFE1"><v>1</v></c></row>',
      '<row r="2"/><row r="2"/>',
      '<row><c t="s"><v>7</v></c></row>',
      '<row><c><v>one</v></c></row>',
      '<row><c><v>1</v></c></row><!--',
    ])
      expect(await fault(workbookOf({ S: data }))).to.equal(damaged);
    expect(await fault(workbookOf({ S: [] }))).to.match(/file must not be empty/);
  });

  it('names documents that are no workbook of this kind', async () => {
    const more = [{ name: 'xl/workbook.bin', content: 'x' }];
    expect(await fault(workbookOf({ S: [] }, { more }))).to.match(
      /is a binary Excel workbook \(\.xlsb\); save it as XLSX/,
    );
  });
});
