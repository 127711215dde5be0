/** @file One table in every format gives one study: the same schema, scores and predictions, to the bit. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { table } from 'arquero';
import { expect } from 'chai';
import { parquetWriteBuffer } from 'hyparquet-writer';

import type { FitOptions } from '../../../src/run/index.js';
import { fit, loadModel } from '../../../src/run/index.js';
import { workbookOf, zipOf } from '../../support/xlsx.js';

const WORDS = ['fast', 'quiet', 'new brakes', 'one owner, "smoker"', 'dent', 'garage'];
const ROWS = Array.from({ length: 90 }, (_, i) => ({
  price: i % 11 === 5 ? null : ((i * 37) % 90) / 8,
  doors: (i * 7) % 5,
  city: i % 13 === 4 ? null : ['Zürich', 'Bern', 'La Chaux'][(i * i) % 3],
  note: `${WORDS[i % 6]} ${WORDS[(i * 5 + 1) % 6]} ${WORDS[(i * i) % 6]} no ${i}`,
  member: i % 17 === 3 ? null : i % 4 < 2,
  built: new Date(Date.UTC(2020, 0, 1 + 3 * i)),
  sold: new Date(Date.UTC(2024, 1, 1, i % 24, (i * 7) % 60)),
  code: `0${(i * 3) % 7}`,
  y: (((i * 37) % 90) / 8) * 2 + ((i * i) % 3) + (i % 4 < 2 ? 1.25 : 0),
}));
type Row = (typeof ROWS)[0];
const NAMES = Object.keys(ROWS[0]) as (keyof Row)[];
const COLUMNS = Object.fromEntries(NAMES.map((name) => [name, ROWS.map((row) => row[name])]));

/** Days without a time of day, as people write them. */
function textOf(name: keyof Row, value: Row[keyof Row]): string {
  if (!(value instanceof Date)) return String(value ?? '');
  return name === 'built' ? value.toISOString().slice(0, 10) : value.toISOString().slice(0, 19);
}

function csvOf(delimiter: string): string {
  const lines = ROWS.map((row) => NAMES.map((name) => `"${textOf(name, row[name]).replaceAll('"', '""')}"`));
  return [NAMES, ...lines].map((cells) => cells.join(delimiter)).join('\n');
}

const PLAIN = ROWS.map((row) => ({ ...row, built: textOf('built', row.built), sold: textOf('sold', row.sold) }));
const TYPES = {
  price: { type: 'DOUBLE' },
  doors: { type: 'INT64' },
  city: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  note: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  member: { type: 'BOOLEAN' },
  built: { type: 'INT32', converted_type: 'DATE' },
  sold: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  code: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  y: { type: 'DOUBLE' },
} as const;
const PARQUET = new Uint8Array(
  parquetWriteBuffer({
    columnData: NAMES.map((name) => ({
      name,
      data: ROWS.map((row) => (name === 'doors' ? BigInt(row.doors) : row[name])),
    })),
    schema: [
      { name: 'root', num_children: NAMES.length },
      ...NAMES.map((name) => ({ name, ...TYPES[name], repetition_type: 'OPTIONAL' as const })),
    ],
    rowGroupSize: 40,
  }),
);

describe('fit of one table in every format', () => {
  let folder: string;
  let count = 0;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-formats-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, bytes: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const study = async (data: FitOptions['data']): Promise<unknown> => {
    const out = join(folder, `study-${count++}`);
    const options = { target: 'y', models: ['linear', 'dummy'], trials: 2, folds: 2, workers: 1, seed: 3 } as const;
    const { leaderboard, model, rows, columns } = await fit({ data, out, ...options });
    const loaded = await loadModel(model!);
    const predictions = await loaded.predict(ROWS);
    loaded.dispose();
    const scores = leaderboard.map(({ model: name, cv, cvStd, corrected }) => ({ name, cv, cvStd, corrected }));
    return JSON.parse(JSON.stringify({ scores, rows, columns, schema: loaded.schema, predictions }));
  };

  it('gives one study for CSV, tabs, JSON, JSON Lines, gzip, zip, Parquet, a workbook and tables in memory', async () => {
    const expected = await study(file('table.csv', csvOf(',')));
    for (const [format, data] of Object.entries({
      tabs: file('table.tsv', csvOf('\t')),
      JSON: file('table.json', JSON.stringify(PLAIN)),
      'JSON Lines': file('table.jsonl', PLAIN.map((row) => JSON.stringify(row)).join('\n')),
      gzip: file('table.csv.gz', gzipSync(csvOf(','))),
      zip: file('table.zip', zipOf([{ name: 'table.csv', content: csvOf(',') }])),
      Parquet: file('table.parquet', PARQUET),
      workbook: file('table.xlsx', workbookOf({ Data: [NAMES, ...ROWS.map((row) => NAMES.map((name) => row[name]))] })),
      rows: ROWS,
      columns: COLUMNS,
      arquero: table(COLUMNS),
      bytes: Buffer.from(csvOf(',')),
    })) {
      expect({ format, ...((await study(data)) as object) }).to.deep.equal({ format, ...(expected as object) });
    }
  }).timeout(240_000);
});
