import { expect } from 'chai';

import type { CsvOptions, CsvTable } from '../../src/data/node.js';
import { parseCsv } from '../../src/data/node.js';

const read = (bytes: Uint8Array | string, options: CsvOptions = {}): Promise<CsvTable> =>
  parseCsv(bytes, { name: 'x.csv', ...options });
const cells = (csv: CsvTable, name: string): unknown[] => [...(csv.table.array(name) as unknown[])];

describe('parseCsv: encodings', () => {
  const CITIES = 'city,y\nGenève,1\nMünchen,2\nZürich,3\n';

  it('keeps UTF-8 where one line holds a stray byte, and names the line', async () => {
    const csv = await read(Buffer.concat([Buffer.from(CITIES), Buffer.from('Caf\xe9,4\nplain,5\n', 'latin1')]));
    expect([csv.encoding, cells(csv, 'city')]).to.deep.equal([
      'utf-8',
      ['Genève', 'München', 'Zürich', 'Caf\ufffd', 'plain'],
    ]);
    expect(csv.notes).to.deep.equal(['Line 5 of x.csv holds bytes that are not UTF-8, and are read as "\ufffd"']);
  });

  it('counts the lines where there are several', async () => {
    const bad = Buffer.from('a\xe9,4\nb\xe9,5\n', 'latin1');
    const csv = await read(Buffer.concat([Buffer.from(CITIES), bad]));
    expect(csv.notes).to.deep.equal([
      '2 lines of x.csv hold bytes that are not UTF-8, and are read as "\ufffd", the first is line 5',
    ]);
  });

  it('reads Latin-1 where most such lines are that, without a note', async () => {
    const csv = await read(Buffer.from(CITIES, 'latin1'));
    expect([csv.encoding, cells(csv, 'city')[2], csv.notes]).to.deep.equal(['latin1', 'Zürich', []]);
  });

  it('knows UTF-16 without a mark by its zeros, in both orders', async () => {
    const little = Buffer.from(CITIES, 'utf16le');
    for (const [bytes, encoding] of [
      [little, 'utf-16le'],
      [Buffer.from(little).swap16(), 'utf-16be'],
    ] as const) {
      const csv = await read(bytes);
      expect([csv.encoding, cells(csv, 'city')]).to.deep.equal([encoding, ['Genève', 'München', 'Zürich']]);
    }
  });

  it('reads what TextDecoder reads, by its name', async () => {
    const gbk = Buffer.from([0xbc, 0xdb, 0xb8, 0xf1, 0x2c, 0x79, 0x0a, 0x31, 0x2c, 0x32, 0x0a]);
    expect((await read(gbk, { encoding: 'gbk' })).names).to.deep.equal(['价格', 'y']);
    const shiftJis = Buffer.from([0x83, 0x65, 0x83, 0x58, 0x83, 0x67, 0x2c, 0x79, 0x0a, 0x31, 0x2c, 0x32, 0x0a]);
    expect((await read(shiftJis, { encoding: 'Shift_JIS' })).names).to.deep.equal(['テスト', 'y']);
    expect((await read(Buffer.from(CITIES, 'latin1'), { encoding: 'windows-1252' })).encoding).to.equal('latin1');
  });

  it('refuses a name that nobody knows', async () => {
    const error = (await read('a\n1\n', { encoding: 'gbkk' }).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).to.match(/^encoding: must be the name of an encoding, got "gbkk"\. Known are/);
  });

  it('shows a cell in a refusal as it reads', async () => {
    const error = (await read('a,b\n1,2\né\n').catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).to.match(/or is the row cut after "é"\?/);
  });
});
