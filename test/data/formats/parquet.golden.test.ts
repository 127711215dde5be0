/** @file Files that pyarrow wrote: every type as the text that a CSV of it would hold, by every packing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';

import { readCsv, readTable } from '../../../src/data/node.js';

const FOLDER = join(import.meta.dirname, '../../golden/formats');
const N = 8;
const range = <T>(make: (i: number) => T): T[] => Array.from({ length: N }, (_, i) => make(i));
const at = (start: number, i: number, hours: number): string => new Date(start + i * hours * 3_600_000).toISOString();
const START = Date.UTC(2024, 0, 1);

const EXPECTED: Readonly<Record<string, (string | null)[]>> = {
  int8: range((i) => (i === 3 ? null : String(i - 4))),
  uint64: range((i) => String(2n ** 63n + BigInt(i))),
  int64: range((i) => String(1610521604143693812n + BigInt(i))),
  single: ['0', '0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7'],
  double: range((i) => (i === 5 ? null : String(i / 3))),
  decimal: ['-3', '-1.75', '-0.5', '0.75', '2', '3.25', '4.5', '5.75'],
  'long decimal': range((i) => String(10n ** 24n + BigInt(i))),
  local: range((i) => new Date(START + i * (7 * 3_600_000 + 1)).toISOString()),
  instant: range((i) => at(START, i, 1)),
  day: range((i) => (i === 3 ? null : at(Date.UTC(2024, 1, 25), i, 24).slice(0, 10))),
  clock: range((i) => `${String(3 * i).padStart(2, '0')}:30:05.25`),
  truth: range((i) => (i === 3 ? null : String(i % 2 === 0))),
  text: range((i) => ['Zürich', 'Genf, "Stadt"', 'two\nlines', null][i % 4]),
  level: range((i) => 'ab'[i % 2]),
  nothing: range(() => null),
};

const fault = async (data: Parameters<typeof readTable>[0]): Promise<string> =>
  ((await readTable(data).catch((error: unknown) => error)) as Error).message;

describe('readCsv of Parquet', () => {
  for (const name of ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'v2', 'int96']) {
    it(`reads every type that pyarrow writes: ${name}`, async () => {
      const csv = await readCsv(join(FOLDER, `types-${name}.parquet`));
      const names = name === 'int96' ? ['local'] : Object.keys(EXPECTED);
      expect(csv.names).to.deep.equal(names);
      for (const column of names) {
        expect([column, [...(csv.table.array(column) as unknown[])]]).to.deep.equal([column, EXPECTED[column]]);
      }
      expect(csv.lineOf(4)).to.equal(5);
    });
  }

  it('refuses columns of lists, structures and bytes by their names', async () => {
    expect(await fault(readFileSync(join(FOLDER, 'nested.parquet')))).to.equal(
      'file: every column must hold single values. the table has "list" (lists), "part" (structures), "bytes" (bytes); leave such columns out, or give each part one of its own.',
    );
  });

  it('refuses a file that is cut short anywhere', async () => {
    const bytes = readFileSync(join(FOLDER, 'types-v2.parquet'));
    for (const length of [4, 12, bytes.length >> 1, bytes.length - 1]) {
      expect(await fault(bytes.subarray(0, length))).to.match(/a Parquet file must be whole\. the table is damaged/);
    }
  });

  it('refuses more rows than a file of its size can hold before it makes room for them', async () => {
    const bytes = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'a', data: [1, 2, 3], type: 'INT32' }] }));
    const { num_rows: rows } = parquetMetadata(new Uint8Array(bytes));
    expect(rows).to.equal(3n);
    // Row counts are integers in zigzag: 3 is one byte of 6. Each of them is made a hundred million, in as many bytes as that takes.
    const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    const claim = Buffer.from([0x80, 0x84, 0xaf, 0x5f]);
    const parts = [bytes.subarray(0, footer)];
    const metadata = bytes.subarray(footer, bytes.length - 8);
    let [last, count] = [0, 0];
    for (let i = 1; i < metadata.length; i++) {
      if (metadata[i] !== 6 || metadata[i - 1] !== 0x16) continue;
      parts.push(metadata.subarray(last, i), claim);
      [last, count] = [i + 1, count + 1];
    }
    expect(count).to.be.greaterThan(1);
    parts.push(metadata.subarray(last));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(parts.slice(1).reduce((sum, part) => sum + part.length, 0));
    expect(await fault(Buffer.concat([...parts, length, Buffer.from('PAR1')]))).to.match(
      /the table: must not grow to more than 2000 times its size/,
    );
  });

  it('takes names as they are, those of parts of objects among them', async () => {
    const names = ['__proto__', 'constructor', 'a.b', 'toString'];
    const columnData = names.map((name, j) => ({ name, data: [j, j + 1], type: 'INT32' as const }));
    const csv = await readTable(new Uint8Array(parquetWriteBuffer({ columnData })));
    expect(csv.names).to.deep.equal(names);
    expect([...(csv.table.array('__proto__') as unknown[])]).to.deep.equal(['0', '1']);
  });
});
