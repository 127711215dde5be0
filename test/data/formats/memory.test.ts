import { table } from 'arquero';
import { expect } from 'chai';

import { inferSchema } from '../../../src/data/index.js';
import type { CsvTable, TableInMemory } from '../../../src/data/node.js';
import { parseCsv, readTable } from '../../../src/data/node.js';

const COUNT = 40;
const COLUMNS = {
  city: Array.from({ length: COUNT }, (_, i) => ['Zürich', 'Genf, "Stadt"', ''][i % 3]),
  size: Float64Array.from({ length: COUNT }, (_, i) => (i % 7 === 3 ? NaN : i / 4)),
  n: Int32Array.from({ length: COUNT }, (_, i) => (i * i) % 11),
  day: Array.from({ length: COUNT }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i))),
  member: Array.from({ length: COUNT }, (_, i) => i % 2 === 0),
  y: Array.from({ length: COUNT }, (_, i) => i * 1.5),
};
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const ROWS = Array.from({ length: COUNT }, (_, i) => Object.fromEntries(NAMES.map((name) => [name, COLUMNS[name][i]])));

const cells = (csv: CsvTable): unknown[][] => csv.names.map((name) => [...(csv.table.array(name) as unknown[])]);
const fault = async (data: unknown): Promise<unknown> =>
  readTable(data as TableInMemory).then(
    () => null,
    ({ kind, message }: Error & { kind?: string }) => [kind, message],
  );

describe('readTable', () => {
  const text = [
    NAMES.join(','),
    ...ROWS.map((row) =>
      NAMES.map((name) => {
        const value = row[name];
        const cell = value instanceof Date ? value.toISOString() : Number.isNaN(value) ? '' : String(value);
        return `"${cell.replaceAll('"', '""')}"`;
      }).join(','),
    ),
  ].join('\n');

  it('gives one table for rows, columns, an arquero table, bytes and a stream', async () => {
    const expected = await parseCsv(text);
    const { schema } = inferSchema(expected, { target: 'y' });
    const stream = async function* (): AsyncGenerator<string> {
      for (const line of text.split('\n')) yield `${line}\n`;
    };
    for (const data of [
      ROWS,
      COLUMNS,
      table(COLUMNS as never),
      Buffer.from(text),
      stream(),
      Buffer.from(JSON.stringify(ROWS)),
    ]) {
      const csv = await readTable(data);
      expect([csv.names, cells(csv)]).to.deep.equal([NAMES, cells(expected)]);
      expect(inferSchema(csv, { target: 'y' }).schema).to.deep.equal(schema);
    }
  });

  it('names a row by its number', async () => {
    expect((await readTable([{ a: 1 }, { a: 2 }])).lineOf(1)).to.equal(2);
  });

  it('keeps a row whose cells are all missing', async () => {
    const csv = await readTable([{ a: 1 }, { a: null }, { a: 3 }]);
    expect(cells(csv)).to.deep.equal([['1', null, '3']]);
  });

  it('refuses rows that are none and columns of different lengths', async () => {
    expect(await fault([{ a: 1 }, 7])).to.deep.equal(['usage', 'data: row 1 must be an object, got 7.']);
    expect(await fault({ a: [1, 2], b: [1] })).to.deep.equal([
      'usage',
      'data: column "b" must be a list as long as the first (2), got 1.',
    ]);
    expect(await fault([])).to.deep.equal(['data', 'csv: file must not be empty. the table has 0 bytes and no names.']);
  });
});
