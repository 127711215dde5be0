/** @file Records against another parser, and quotes that are wrong: no line may vanish into a cell. */

import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

import { ToolkitError } from '../../src/core/index.js';
import type { CsvRecord } from '../../src/data/csv-records.js';
import { RecordReader } from '../../src/data/csv-records.js';
import type { CsvTable } from '../../src/data/node.js';
import { parseCsv } from '../../src/data/node.js';

function recordsOf(text: string, chunk: number, backslash = false): CsvRecord[] {
  const records: CsvRecord[] = [];
  const reader = new RecordReader({ delimiter: ',', backslash }, (record) => records.push(record));
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return records;
}

const cellsIn = (csv: CsvTable): unknown[][] => csv.names.map((name) => [...(csv.table.array(name) as unknown[])]);

async function fault(text: string | Buffer): Promise<string> {
  const error = await parseCsv(text, { name: 'x.csv' }).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(ToolkitError);
  expect((error as ToolkitError).kind).to.equal('data');
  return (error as ToolkitError).message;
}

/** Signs that matter to a parser, and a few that do not. */
const SIGNS = fc.string({ unit: fc.constantFrom('"', '"', ',', '\n', '\r', ' ', 'a', 'é', '\\'), maxLength: 40 });

describe('RecordReader', () => {
  it('gives the records of csv-parse wherever every quote is right', () => {
    let compared = 0;
    const strict = { relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'] };
    fc.assert(
      fc.property(SIGNS, fc.integer({ min: 1, max: 9 }), (text, chunk) => {
        const records = recordsOf(text, chunk);
        let expected: string[][];
        try {
          expected = parse(text, strict);
        } catch {
          return;
        }
        compared++;
        expect(records.map(({ cells }) => cells)).to.deep.equal(expected);
        expect(records.every(({ quotes }) => quotes === 'right')).to.equal(true);
      }),
      { numRuns: 3000 },
    );
    expect(compared).to.be.above(500);
  });

  it('gives the same records for every size of chunk, whatever the quotes are', () => {
    fc.assert(
      fc.property(SIGNS, fc.boolean(), (text, backslash) => {
        const whole = recordsOf(text, 1000, backslash);
        for (const chunk of [1, 2, 3, 7]) expect(recordsOf(text, chunk, backslash)).to.deep.equal(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('accounts for every line of the text', () => {
    fc.assert(
      fc.property(SIGNS, (text) => {
        const records = recordsOf(text, 1000);
        let next = 1;
        const lines = text.split(/\r\n|\n|\r/);
        for (const { line, lines: covered } of records) {
          // Only blank lines stand between two records.
          expect(lines.slice(next - 1, line - 1).join('')).to.equal('');
          next = line + covered;
        }
        expect(lines.slice(next - 1).join('')).to.equal('');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseCsv: quotes that run over lines', () => {
  /** Rows of four cells; each kind of fault that an inch sign or a lost quote makes. */
  const ROW = fc.constantFrom(
    { text: '7,plain,3,6.5' },
    { text: '7,20" TV,3,6.5' },
    { text: '7,"20" TV",3,6.5' },
    { text: '7,"say ""x""",3,6.5' },
    { text: '7,"a\nb",3,6.5', inner: 'a\nb' },
    { text: '7,"a\r\n""b""\nc",3,6.5', inner: 'a\r\n"b"\nc' },
    { text: '7,"",3,6.5' },
    { text: '', blank: true },
    { text: '7,"TV 21,3,6.5', bad: true },
    { text: '7,"TV 21\\",3,6.5', bad: true },
    { text: '7,"TV 20\\"",3,6.5', bad: true },
  ) as fc.Arbitrary<{ text: string; inner?: string; blank?: boolean; bad?: boolean }>;

  it('reads every row that was written, or names a line', async () => {
    let read = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(ROW, { minLength: 1, maxLength: 14 }), async (rows) => {
        const written = rows.filter(({ blank }) => blank !== true);
        if (written.length === 0) return;
        const text = ['id,note,size,y', ...rows.map((row) => row.text)].join('\n');
        const csv = await parseCsv(text, { name: 'x.csv', missingTokens: [] }).catch(
          (error: unknown) => error as Error,
        );
        if (csv instanceof Error) {
          refused++;
          expect(csv.message).to.match(/line \d+ of x\.csv/i);
          expect(written.some(({ bad }) => bad)).to.equal(true);
          return;
        }
        read++;
        const cells = (cellsIn(csv).flat() as (string | null)[]).filter((cell) => cell !== null);
        const spanning = cells.filter((cell) => /[\r\n]/.test(cell));
        expect(spanning).to.deep.equal(written.flatMap(({ inner }) => inner ?? []));
        const breaks = spanning.reduce((sum, cell) => sum + cell.match(/\r\n|\n/g)!.length, 0);
        const blanks = rows.length - written.length;
        expect(csv.rowCount + breaks + blanks).to.equal(text.split('\n').length - 1);
      }),
      { numRuns: 600 },
    );
    expect([read > 50, refused > 50]).to.deep.equal([true, true]);
  });

  it('refuses two quotes that open rows apart, by the line of the first', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${i},TV ${i},1`);
    rows[10] = '10,"TV 21,3';
    rows[20] = '20,"TV 22,6';
    expect(await fault(`id,note,y\n${rows.join('\n')}\n`)).to.match(
      /every quote must be closed\. The row that begins on line 12 of x\.csv/,
    );
  });

  it('takes doubled quotes at the edges of a cell of two lines for what they are', async () => {
    expect(cellsIn(await parseCsv('a,b\n"""Hi"" she\nsaid",2\n'))).to.deep.equal([['"Hi" she\nsaid'], ['2']]);
  });

  it('keeps inch signs within one line as they stand', async () => {
    expect(cellsIn(await parseCsv('a,b\n20" TV,1\n"20" TV",2\n'))[0]).to.deep.equal(['20" TV', '"20" TV"']);
  });

  it('wonders about a cell whose lines all look like rows', async () => {
    const csv = await parseCsv('id,note,y\n1,"TV 21,3\n2,plain,4\n3,TV 22",5\n4,x,6\n');
    expect([csv.rowCount, csv.notes]).to.deep.equal([
      2,
      ['A row spans several lines that look like rows of their own, from line 2 on; is a quote left open there?'],
    ]);
    expect((await parseCsv('id,note,y\n1,"a\nb",3\n')).notes).to.deep.equal([]);
  });

  it('takes a piece of any size whose rows are short', async () => {
    const row = `1,${'x'.repeat(998)}\n`;
    const count = Math.ceil((65 << 20) / row.length);
    const whole = Buffer.from(`a,b\n1,"so ""odd"""\n${row.repeat(count)}`);
    expect((await parseCsv(whole, { name: 'x.csv' })).rowCount).to.equal(count + 1);
  });

  it('says that a record of 64 MiB has lost a quote', async () => {
    const text = Buffer.concat([Buffer.from('a,b\n1,2\n3,"4\n'), Buffer.alloc(65 << 20, 'x,y\n')]);
    expect(await fault(text)).to.match(
      /a row must end within 64 MiB\. The row that begins on line 3 of x\.csv does not/,
    );
  });
});

describe('parseCsv: quotes after backslashes', () => {
  it('reads them where the whole file is written like that, and says so', async () => {
    const csv = await parseCsv('id,note\n1,"TV 20\\""\n2,"say \\"a, b\\""\n3,"C:\\\\x\\y"\n4,plain\n', {
      name: 'x.csv',
    });
    expect(cellsIn(csv)[1]).to.deep.equal(['TV 20"', 'say "a, b"', 'C:\\x\\y', 'plain']);
    expect(csv.notes).to.deep.equal(['Quotes in cells of x.csv are written as \\", and are read as quotes']);
  });

  it('reads JSON in cells', async () => {
    const csv = await parseCsv('id,doc\n1,"{\\"a\\": 1, \\"b\\": \\"x\\"}"\n2,"{}"\n');
    expect(cellsIn(csv)[1]).to.deep.equal(['{"a": 1, "b": "x"}', '{}']);
  });

  it('leaves a path that ends in a backslash alone', async () => {
    const csv = await parseCsv('id,path\n1,"C:\\temp\\"\n2,"D:\\"\n');
    expect([cellsIn(csv)[1], csv.notes]).to.deep.equal([['C:\\temp\\', 'D:\\'], []]);
  });

  it('names them in the refusal of a file that is right in neither way', async () => {
    expect(await fault('id,note\n1,"C:\\temp\\"\n2,"TV 20\\""\n3,"x\n')).to.match(
      /line 3 of x\.csv opens a quote .* It holds \\", which is no escape in CSV/,
    );
  });
});
