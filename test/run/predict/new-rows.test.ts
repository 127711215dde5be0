import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { table } from 'arquero';
import { expect } from 'chai';

import type { LoadedModel } from '../../../src/run/index.js';
import { loadModel } from '../../../src/run/index.js';
import { workbookOf } from '../../support/xlsx.js';

const MODEL = resolve(import.meta.dirname, '../../export/fixtures/model-v2-binary.safetensors');
const ROWS = Array.from({ length: 5 }, (_, i) => ({
  age: 30 + i,
  'größe, cm': i === 2 ? null : 160 + i / 4,
  price: Math.fround(0.1 * i),
  'year ms': 3,
  member: i % 2 === 0,
  city: ['Rome', 'Bern'][i % 2],
  zip: 'Z42',
  joined: new Date(Date.UTC(2020, 2, 4 + i)),
  note: 'hello, you',
}));
const NAMES = Object.keys(ROWS[0]) as (keyof (typeof ROWS)[0])[];
const COLUMNS = Object.fromEntries(NAMES.map((name) => [name, ROWS.map((row) => row[name])]));
const SINGLE = ROWS.map((row, i) => ({ ...row, price: Number((0.1 * i).toFixed(1)) }));
const cell = (value: string | number | boolean | Date | null): string =>
  value instanceof Date ? value.toISOString().slice(0, 10) : String(value ?? '');
const CSV = [NAMES, ...SINGLE.map((row) => NAMES.map((name) => cell(row[name])))]
  .map((line) => line.map((text) => `"${text}"`).join(','))
  .join('\n');

describe('predict of a loaded model', () => {
  let model: LoadedModel;
  let folder: string;
  before(async () => {
    model = await loadModel(MODEL);
    folder = mkdtempSync(join(tmpdir(), 'lrnn-rows-'));
    writeFileSync(join(folder, 'rows.csv'), CSV);
  });
  after(() => {
    model.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says the same of rows, columns, typed ones, a table, bytes, a stream and a file', async () => {
    const expected = await model.predict(SINGLE);
    expect(expected).to.have.length(5);
    const stream = async function* (): AsyncGenerator<string> {
      for (const line of CSV.split('\n')) yield `${line}\n`;
    };
    for (const rows of [
      {
        ...COLUMNS,
        price: Float32Array.from(ROWS, ({ price }) => price),
        age: Uint8Array.from(ROWS, ({ age }) => age),
      },
      table({ ...COLUMNS, price: SINGLE.map(({ price }) => price) }),
      Buffer.from(CSV),
      stream(),
      workbookOf({ Rows: [NAMES, ...SINGLE.map((row) => NAMES.map((name) => row[name]))] }),
      join(folder, 'rows.csv'),
    ]) {
      expect(await model.predict(rows)).to.deep.equal(expected);
    }
  });

  it('reads a file as it is told to', async () => {
    const semicolons = Buffer.from(`a title\n${CSV.replaceAll('","', '";"')}`);
    expect(await model.predict(semicolons, { delimiter: ';', header: 2 })).to.deep.equal(await model.predict(SINGLE));
  });

  it('refuses an option that nobody reads, what is no table, and with strict what it would coerce', async () => {
    const fault = async (rows: unknown, options?: unknown): Promise<string> => {
      const thrown = await model.predict(rows as never, options as never).catch((error: unknown) => error);
      return (thrown as Error).message;
    };
    expect(await fault(SINGLE, { stricter: true })).to.equal(
      'predict: every option must be known, got "stricter". Did you mean strict?',
    );
    for (const none of [7, null, undefined]) {
      expect(await fault(none)).to.match(/^predict: needs rows, columns, a table, or a file, got/);
    }
    expect(await fault({ age: [1, 2], city: ['Rome'] })).to.match(
      /column "city" must be a list as long as the first \(2\)/,
    );
    expect(await fault({ age: 'ab' })).to.match(/column "age" must be a list/);
    expect(await fault([{ ...SINGLE[0], more: 1 }], { strict: true })).to.match(/^extra-columns: /);
    expect(await fault([{ other: 1 }])).to.match(/^columns: must include some of the model's columns/);
  });
});
