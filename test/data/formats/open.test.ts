/** @file One table in every format: the same cells, and so the same study. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { inferSchema } from '../../../src/data/index.js';
import type { CsvTable } from '../../../src/data/node.js';
import { readCsv, readCsvBlocks } from '../../../src/data/node.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({
  city: ['Zürich', 'Genf, "Stadt"', 'two\nlines'][i % 3],
  size: i % 7 === 3 ? null : i / 4,
  code: `0${i % 5}`,
  member: i % 2 === 0,
  y: i * 1.5,
}));
const NAMES = Object.keys(ROWS[0]) as (keyof (typeof ROWS)[0])[];
const CSV = [
  NAMES.join(','),
  ...ROWS.map((row) => NAMES.map((name) => `"${String(row[name] ?? '').replaceAll('"', '""')}"`).join(',')),
].join('\n');
const LINES = ROWS.map((row) => JSON.stringify(row)).join('\n');

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
    ['JSON, a list', JSON.stringify(ROWS)],
    ['JSON, written to be read', `\ufeff${JSON.stringify(ROWS, null, 2)}\n`],
    ['CSV packed by gzip', gzipSync(CSV)],
    ['JSON Lines packed by gzip', gzipSync(LINES)],
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
    const packed = gzipSync(Buffer.alloc(1 << 28, 'a,b\n'));
    expect(await fault(packed)).to.match(/must not grow to more than 200 times its size/);
  });
});
