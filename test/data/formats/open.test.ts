/** @file One table in every format: the same cells, and so the same study. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { parquetWriteBuffer } from 'hyparquet-writer';

import { inferSchema } from '../../../src/data/index.js';
import type { CsvTable } from '../../../src/data/node.js';
import { readCsv, readCsvBlocks } from '../../../src/data/node.js';
import { workbookOf, zipOf } from '../../support/xlsx.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({
  city: ['Zürich', 'Genf, "Stadt"', 'two\nlines'][i % 3],
  size: i % 7 === 3 ? null : i / 4,
  code: `0${i % 5}`,
  member: i % 2 === 0,
  day: new Date(Date.UTC(2024, 1, 20 + i)),
  y: i * 1.5,
}));
const NAMES = Object.keys(ROWS[0]) as (keyof (typeof ROWS)[0])[];
const textOf = (value: string | number | boolean | Date | null): string =>
  value instanceof Date ? value.toISOString().slice(0, 10) : String(value ?? '');
const CSV = [
  NAMES.join(','),
  ...ROWS.map((row) => NAMES.map((name) => `"${textOf(row[name]).replaceAll('"', '""')}"`).join(',')),
].join('\n');
const PLAIN_ROWS = ROWS.map((row) => ({ ...row, day: textOf(row.day) }));
const LINES = PLAIN_ROWS.map((row) => JSON.stringify(row)).join('\n');
const PARQUET = new Uint8Array(
  parquetWriteBuffer({
    columnData: NAMES.map((name) => ({ name, data: ROWS.map((row) => row[name]) })),
    schema: [
      { name: 'root', num_children: NAMES.length },
      { name: 'city', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'size', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      { name: 'code', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'member', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
      { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
      { name: 'y', type: 'FLOAT', repetition_type: 'REQUIRED' },
    ],
    rowGroupSize: 15,
  }),
);
const XLSX = workbookOf({ Data: [NAMES, ...ROWS.map((row) => NAMES.map((name) => row[name]))] });

describe('readCsv of other formats', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-formats-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (bytes: string | Uint8Array): string => {
    const path = join(folder, 'table');
    writeFileSync(path, bytes);
    return path;
  };
  const cells = (csv: CsvTable): unknown[][] => csv.names.map((name) => [...(csv.table.array(name) as unknown[])]);
  const fault = async (bytes: string | Uint8Array): Promise<string> =>
    ((await readCsv(file(bytes)).catch((thrown: unknown) => thrown)) as Error).message;

  for (const [format, bytes] of [
    ['JSON Lines', `${LINES}\n`],
    ['JSON Lines with blank lines and CRLF', `\n${LINES.replaceAll('\n', '\r\n\r\n')}`],
    ['JSON, a list', JSON.stringify(PLAIN_ROWS)],
    ['JSON, written to be read', `\ufeff${JSON.stringify(PLAIN_ROWS, null, 2)}\n`],
    ['CSV packed by gzip', gzipSync(CSV)],
    ['JSON Lines packed by gzip', gzipSync(LINES)],
    ['CSV with tabs', CSV.replace(/","|(?<=\w),(?=\w)/g, (all) => all.replace(',', '\t'))],
    [
      'CSV as the one file of a zip',
      zipOf([
        { name: 'a/', content: '' },
        { name: 'a/t.csv', content: CSV },
      ]),
    ],
    [
      'CSV stored in a zip beside what systems put there',
      zipOf([
        { name: '__MACOSX/._t.csv', content: 'x' },
        { name: 't.csv', content: CSV, method: 0 },
      ]),
    ],
    ['Parquet', PARQUET],
    ['Parquet packed by gzip', gzipSync(PARQUET)],
    ['a workbook', XLSX],
    ['a workbook in a zip', zipOf([{ name: 'book.xlsx', content: XLSX }])],
  ] as const) {
    it(`gives the cells and the schema of the CSV: ${format}`, async () => {
      const expected = await readCsv(file(CSV));
      const schema = inferSchema(expected, { target: 'y' });
      const path = file(bytes);
      const csv = await readCsv(path);
      expect([csv.names, cells(csv), csv.notes]).to.deep.equal([expected.names, cells(expected), []]);
      expect(inferSchema(csv, { target: 'y' }).schema).to.deep.equal(schema.schema);
      const blocks: CsvTable[] = [];
      for await (const block of readCsvBlocks(path, { blockRows: 10 })) blocks.push(block);
      expect(blocks.flatMap((block) => block.table.array('city') as unknown[])).to.deep.equal(cells(expected)[0]);
    });
  }

  it('takes keys as they come: a row without one misses the cell', async () => {
    const csv = await readCsv(file('{"a":1}\n{"b":"x","a":2}\n{"b":null}\n'));
    expect([csv.names, cells(csv)]).to.deep.equal([
      ['a', 'b'],
      [
        ['1', '2', null],
        [null, 'x', null],
      ],
    ]);
  });

  it('keeps every digit of long numbers, and nested values as JSON', async () => {
    const csv = await readCsv(file('[{"id": 1610521604143693812, "t": "id 1610521604143693813", "l": [1, {"a": 2}]}]'));
    expect(cells(csv)).to.deep.equal([['1610521604143693812'], ['id 1610521604143693813'], ['[1,{"a":2}]']]);
  });

  it('survives keys named like parts of objects', async () => {
    const csv = await readCsv(file('[{"__proto__": 1, "constructor": 2}]'));
    expect([csv.names, cells(csv)]).to.deep.equal([
      ['__proto__', 'constructor'],
      [['1'], ['2']],
    ]);
  });

  it('refuses JSON that is no table, by its line or element', async () => {
    expect(await fault('{"a": 1}\n{"a": \n')).to.match(
      /one object a line\. Line 2 of table is not an object by itself/,
    );
    expect(await fault('{\n  "rows": []\n}')).to.match(/list of objects, or one object a line\. Line 1/);
    expect(await fault('[{"a": 1}, [2]]')).to.match(/must hold objects, one per row\. Element 2 of table is none/);
    expect(await fault('[{"a": 1}, ')).to.match(/JSON must be whole/);
    expect(await fault('[]')).to.match(/file must not be empty/);
  });

  it('refuses an archive that is cut short', async () => {
    const packed = gzipSync(CSV);
    expect(await fault(packed.subarray(0, packed.length - 20))).to.match(
      /a gzip archive must be whole\. table is damaged/,
    );
  });

  it('stops at an archive that grows without measure', async () => {
    const packed = gzipSync(Buffer.alloc(1 << 27, 'a,b\n'));
    expect(await fault(packed)).to.match(/must not grow to more than 200 times its size/);
    const zip = zipOf([{ name: 't.csv', content: Buffer.alloc(1 << 27, 'a,b\n') }]);
    expect(await fault(zip)).to.match(/must not grow to more than 200 times its size/);
    const nested = [1, 2, 3].reduce((bytes) => gzipSync(bytes), gzipSync(CSV));
    expect(await fault(nested)).to.match(/must be packed at most 3 times/);
  });

  it('refuses a zip of no file, of several, of what it cannot unpack', async () => {
    const one = { name: 't.csv', content: CSV };
    expect(await fault(zipOf([]))).to.match(/must hold one file\. table holds none/);
    expect(await fault(zipOf([one, { name: 'b.csv', content: CSV }]))).to.match(/table holds "t\.csv", "b\.csv"\./);
    expect(await fault(zipOf([{ ...one, method: 93 }]))).to.match(/t\.csv of table is packed by zstd/);
    expect(await fault(zipOf([{ ...one, flags: 1 }]))).to.match(/must not be encrypted/);
    expect(await fault(zipOf([{ name: 'content.xml', content: '<a/>' }]))).to.match(/is an OpenDocument file/);
  });

  it('asks for a workbook where a sheet is named', async () => {
    const thrown = (await readCsv(file(CSV), { sheet: 'Data' }).catch((error: unknown) => error)) as Error;
    expect(thrown.message).to.equal('sheet: table must be a workbook to have sheets, got "Data".');
  });

  it("tells damage of any byte as the file's fault, or reads a table", async () => {
    const packed = zipOf([{ name: 't.csv', content: CSV }]);
    for (const bytes of [packed, XLSX, Buffer.from(PARQUET)]) {
      for (let i = 0; i < 60; i++) {
        const at = (i * 7919) % bytes.length;
        const bad = i % 2 === 0 ? bytes.subarray(0, at) : Buffer.from(bytes);
        if (i % 2 === 1) bad[at] ^= 1 + (i % 255);
        const found: unknown = await readCsv(file(bad)).catch((error: unknown) => error);
        expect(found instanceof Error ? found.name : 'table').to.be.oneOf(['ToolkitError', 'table']);
      }
    }
  });
});
