import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { CsvOptions, CsvTable } from '../../src/data/node.js';
import { parseCsv, readCsv } from '../../src/data/node.js';

/** The sentence of the data error that reading throws. */
async function fault(source: Parameters<typeof parseCsv>[0], options: CsvOptions = {}): Promise<string> {
  const error = await parseCsv(source, { name: 'x.csv', ...options }).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(ToolkitError);
  expect((error as ToolkitError).kind).to.equal('data');
  return (error as ToolkitError).message;
}

const cells = (csv: CsvTable): unknown[][] => csv.names.map((name) => [...(csv.table.array(name) as unknown[])]);

describe('parseCsv: what it refuses, with a place', () => {
  it('an empty text', async () => {
    expect(await fault('')).to.equal('csv: file must not be empty. x.csv has 0 bytes and no names.');
  });

  it('a header without rows', async () => {
    expect(await fault('a,b\r\n')).to.match(/file must have rows\. x\.csv has a header and nothing below it/);
  });

  it('two columns of one name', async () => {
    expect(await fault('a,b, a \n1,2,3')).to.equal(
      'csv: column names must differ, got "a". It names columns 1 and 3 of x.csv.',
    );
  });

  it('a short row, by its line in the file when blank lines and quoted line breaks come before it', async () => {
    const text = 'a,b\n1,2\n\n"x\r\n\r\ny",2\n\n3\n';
    expect(await fault(text)).to.match(
      /row 3 must have 2 fields, as the header has, got 1\. Line 8 of x\.csv; is a "," missing/,
    );
  });

  it('a long row', async () => {
    expect(await fault('a;b\n1;2\n1;2;3\n')).to.match(
      /row 2 must have 2 fields, as the header has, got 3\. Line 3 of x\.csv; is a text that contains ";"/,
    );
  });

  it('a quote that is still open at the end, by the line of its row', async () => {
    expect(await fault('a,b\n"1\n2",2\n3,"4\n5,6\n7,8\n')).to.match(
      /every quote must be closed\. The row that begins on line 4 of x\.csv/,
    );
  });

  it('a quote that is closed by the quote of another row', async () => {
    expect(await fault('a,b\n3,"4\n5,6\n7,"8"\n9,1\n')).to.match(
      /every quote must be closed\. The row that begins on line 2/,
    );
  });

  it('a quote after a space, where the field holds the delimiter', async () => {
    expect(await fault('a,b\n1, "x, y"\n')).to.match(
      /got 3\. Line 2 of x\.csv; a quote must follow the delimiter without a space/,
    );
  });

  it('NUL bytes, by their line', async () => {
    expect(await fault('a,b\n1,2\n3,\0\n')).to.match(/no NUL bytes\. Line 3 of x\.csv; is this a binary file/);
  });

  it('workbooks and archives named .csv', async () => {
    expect(await fault('PK\x03\x04....')).to.match(/x\.csv is a zip archive or an Excel workbook/);
    expect(await fault(Uint8Array.from([0x1f, 0x8b, 8, 0]))).to.match(/gzip/);
    expect(await fault('PAR1....')).to.match(/Parquet/);
  });

  it('bytes that are not UTF-8 when UTF-8 is asked for', async () => {
    expect(await fault(Uint8Array.from([97, 10, 98, 10, 0xe9, 10]), { encoding: 'utf-8' })).to.match(
      /valid UTF-8\. .* try the encoding latin1/,
    );
  });

  it('a delimiter of two characters, as a usage error', async () => {
    const error = (await parseCsv('a\n1', { delimiter: ';;' }).catch((thrown: unknown) => thrown)) as ToolkitError;
    expect(error.kind).to.equal('usage');
    expect(error.message).to.match(/one ASCII character/);
  });
});

describe('parseCsv: what it understands', () => {
  it('keeps delimiters, line breaks and doubled quotes of quoted fields', async () => {
    const csv = await parseCsv('a,b\r\n"x,y","1\r\n2"\r\n"say ""hi""",é\r\n');
    expect(cells(csv)).to.deep.equal([
      ['x,y', 'say "hi"'],
      ['1\r\n2', 'é'],
    ]);
    expect([csv.lineOf(0), csv.lineOf(1)]).to.deep.equal([2, 4]);
  });

  it('keeps a text of several lines that quotes somebody', async () => {
    const text = '"One, he said.\n"Two"';
    expect(cells(await parseCsv(`a,b\n"${text.replaceAll('"', '""')}",2\n`))[0]).to.deep.equal([text]);
  });

  it('takes a quote inside an unquoted field as it stands', async () => {
    expect(cells(await parseCsv('a,b\n6" pipe,2\n'))).to.deep.equal([['6" pipe'], ['2']]);
  });

  it('reads LF, CRLF and CR line ends, also mixed', async () => {
    const csv = await parseCsv('a,b\r1,2\r\n3,4\n5,6');
    expect(cells(csv)).to.deep.equal([
      ['1', '3', '5'],
      ['2', '4', '6'],
    ]);
  });

  it('finds the delimiter although another one occurs in every row', async () => {
    expect((await parseCsv('a;b\n1,5;2,5\n1,7;2,9\n')).delimiter).to.equal(';');
    expect((await parseCsv('a\tb\n1,5\t"x\ty"\n')).delimiter).to.equal('\t');
    expect((await parseCsv('a|b|c\nx, y|z, w|v, u\n')).delimiter).to.equal('|');
    expect((await parseCsv('"a;b;c",d\n"1;2;3",4\n')).delimiter).to.equal(',');
    expect((await parseCsv('a\n1\n')).delimiter).to.equal(',');
    expect((await parseCsv('a b\nhello; world\n', {})).names).to.deep.equal(['a b']);
  });

  it('obeys the delimiter that it is given', async () => {
    expect((await parseCsv('a:b;c\n1:2;3\n', { delimiter: ':' })).names).to.deep.equal(['a', 'b;c']);
  });

  it("obeys Excel's sep line and counts it as a line", async () => {
    const csv = await parseCsv('sep=|\na|b\n1|2\n');
    expect([csv.names, csv.lineOf(0)]).to.deep.equal([['a', 'b'], 3]);
  });

  it('drops the byte order mark', async () => {
    expect((await parseCsv('\ufeffa,b\n1,2')).names).to.deep.equal(['a', 'b']);
    expect((await parseCsv('\ufeff"a,b",c\n1,2')).names).to.deep.equal(['a,b', 'c']);
  });

  it('reads UTF-8 whose characters are cut by chunk borders, byte by byte', async () => {
    const text = 'name\nŁódź 🦉\nπ\n';
    const bytes = Buffer.from(text);
    const stream = (async function* () {
      for (const byte of bytes) yield Buffer.from([byte]);
    })();
    const csv = await parseCsv(stream);
    expect(csv.encoding).to.equal('utf-8');
    expect(cells(csv)).to.deep.equal([['Łódź 🦉', 'π']]);
  });

  it('reads characters of two, three and four bytes that are cut far down in the file', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `é€🦉${i}`);
    const bytes = Buffer.from(`a\n${lines.join('\n')}\n`);
    const stream = (async function* () {
      for (let i = 0; i < bytes.length; i += 997) yield bytes.subarray(i, i + 997);
    })();
    const csv = await parseCsv(stream);
    expect([csv.encoding, csv.bytes]).to.deep.equal(['utf-8', bytes.length]);
    expect(csv.table.array('a')).to.deep.equal(lines);
  });

  it('falls back to Latin-1, as Windows writes it, when one byte far down is not UTF-8', async () => {
    const csv = await parseCsv(
      Buffer.concat([Buffer.from(`a\n${'x\n'.repeat(100_000)}`), Buffer.from([0xe9, 0x80, 10])]),
    );
    expect(csv.encoding).to.equal('latin1');
    expect(csv.table.get('a', csv.rowCount - 1)).to.equal('é€');
  });

  it('falls back to Latin-1 when the last byte begins a character that never comes', async () => {
    expect((await parseCsv(Buffer.from([97, 10, 0xc3]))).encoding).to.equal('latin1');
  });

  it('reads UTF-16 by its mark', async () => {
    const csv = await parseCsv(Buffer.from('\ufeffa\tb\nü\t2\n', 'utf16le'));
    expect([csv.encoding, csv.delimiter, cells(csv)]).to.deep.equal(['utf-16le', '\t', [['ü'], ['2']]]);
  });

  it('trims cells and turns missing tokens into null, in upper and lower case but not in mixed', async () => {
    const csv = await parseCsv('a,b\n1, NA \n2,na\n3,N/A\n4,NaN\n5,NAN\n6,NULL\n7,?\n8,-\n9,\n10,Na\n11,  x y \n');
    expect(cells(csv)[1]).to.deep.equal([null, null, null, null, null, null, null, null, null, 'Na', 'x y']);
  });

  it('takes other missing tokens instead, but always the empty cell', async () => {
    const csv = await parseCsv('a,b\n1,NA\n2,none\n3,\n', { missingTokens: ['None'] });
    expect(cells(csv)[1]).to.deep.equal(['NA', null, null]);
  });

  it('removes quotes that a space kept from being seen', async () => {
    expect(cells(await parseCsv('a, "b"\n1, "x"\n2,"y" \n'))).to.deep.equal([
      ['1', '2'],
      ['x', 'y'],
    ]);
  });

  it('gives a nameless column a free name and says so', async () => {
    const csv = await parseCsv('column 2,,c\n1,2,3\n');
    expect(csv.names).to.deep.equal(['column 2', "column 2'", 'c']);
    expect(csv.notes).to.deep.equal([`Column 2 has no name in the header; it is called "column 2'"`]);
  });

  it('wonders about a header of numbers', async () => {
    expect((await parseCsv('6,148\n1,85\n')).notes[0]).to.match(/The header holds only numbers \(6, 148 \.\.\.\)/);
  });

  it('survives columns named like parts of objects', async () => {
    const csv = await parseCsv('__proto__,constructor,(x),/y,_\n1,2,3,4,5\n');
    expect(csv.names).to.deep.equal(['__proto__', 'constructor', '(x)', '/y', '_']);
    expect(csv.names.map((name) => csv.table.get(name, 0) as unknown)).to.deep.equal(['1', '2', '3', '4', '5']);
  });

  it('keeps texts that begin with brackets, slashes and underscores', async () => {
    expect(cells(await parseCsv('a,b\n_x,(y\n)z,/w\n'))).to.deep.equal([
      ['_x', ')z'],
      ['(y', '/w'],
    ]);
  });

  it('keeps every cell of a column of more distinct texts than its dictionary holds', async () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => (i % 9 !== 0 ? `é${i}` : `c${i % 7}`));
    const csv = await parseCsv(`a\n${texts.join('\n')}\n`);
    expect(csv.table.array('a')).to.deep.equal(texts);
  });

  it('keeps a cell of several megabytes among small ones', async () => {
    const long = 'ab'.repeat(1_500_000);
    const small = Array.from({ length: 20_000 }, (_, i) => `s${i}`);
    const csv = await parseCsv(`a\n${small.join('\n')}\n${long}\nlast\n`);
    expect(csv.table.get('a', 20_000)).to.equal(long);
    expect(csv.table.get('a', 20_001)).to.equal('last');
    expect(csv.table.get('a', 19_999)).to.equal('s19999');
  });

  it('counts bytes and hashes them as they were read', async () => {
    const text = '\ufeffa\r\né\r\n';
    const csv = await parseCsv(text);
    expect(csv.bytes).to.equal(Buffer.byteLength(text));
    expect(csv.sha256).to.equal(createHash('sha256').update(text).digest('hex'));
  });
});

describe('readCsv', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'lrnn-csv-'))));
  after(() => rm(folder, { recursive: true }));

  it('reads a file and knows its name', async () => {
    const path = join(folder, 'tiny.csv');
    await writeFile(path, 'a,b\n1,2\n');
    const csv = await readCsv(path);
    expect([csv.fileName, csv.rowCount, cells(csv)]).to.deep.equal(['tiny.csv', 1, [['1'], ['2']]]);
  });

  it('refuses a file that is not there', async () => {
    const error = (await readCsv(join(folder, 'no.csv')).catch((thrown: unknown) => thrown)) as ToolkitError;
    expect([error.kind, error.parts.rule]).to.deep.equal(['data', 'file must exist']);
  });

  it('refuses a folder', async () => {
    const error = (await readCsv(folder).catch((thrown: unknown) => thrown)) as ToolkitError;
    expect([error.kind, error.parts.rule]).to.deep.equal(['data', 'path must be a file, not a folder']);
  });
});
