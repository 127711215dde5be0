/** @file Reading a file block by block gives what reading it at once gives. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { CsvTable } from '../../src/data/index.js';
import { readCsv, readCsvBlocks } from '../../src/data/node.js';

type Cell = string | null;

function rowsOf(csv: CsvTable): Cell[][] {
  return Array.from({ length: csv.rowCount }, (_, i) => csv.names.map((name) => csv.table.get(name, i) as Cell));
}

describe('readCsvBlocks', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-blocks-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (content: string | Uint8Array): string => {
    const path = join(folder, 'rows.csv');
    writeFileSync(path, content);
    return path;
  };
  const blocksOf = async (path: string, blockRows = 100): Promise<CsvTable[]> => {
    const blocks: CsvTable[] = [];
    for await (const block of readCsvBlocks(path, { blockRows })) blocks.push(block);
    return blocks;
  };

  const LINES = Array.from({ length: 6000 }, (_, i) =>
    i % 500 === 7 ? `${i},"a ""quoted""\nline, with ü",NA` : `${i},${`word ${i % 9} ü `.repeat(15)}, ${i / 8} `,
  );
  const TEXT = `id,text,number\r\n${LINES.join('\r\n')}\r\n`;

  for (const [name, bytes] of [
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with its mark and semicolons', Buffer.from(`\ufeff${TEXT.replace(/,(?! with)/g, ';')}`)],
    ['Latin-1', Buffer.from(TEXT, 'latin1')],
    ['UTF-16', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    [
      'Latin-1 that looks like UTF-8 before its last row',
      Buffer.concat([Buffer.from(TEXT), Buffer.from('1,\xfc,2\n', 'latin1')]),
    ],
  ] as const) {
    it(`has the rows of readCsv, in order: ${name}`, async () => {
      const path = file(bytes);
      const whole = await readCsv(path);
      const blocks = await blocksOf(path);
      expect(blocks.length).to.be.above(2);
      expect(blocks.slice(0, -1).every(({ rowCount }) => rowCount >= 100)).to.equal(true);
      // As texts: comparing thousands of arrays cell by cell takes seconds.
      expect(JSON.stringify(blocks.flatMap(rowsOf)) === JSON.stringify(rowsOf(whole))).to.equal(true);
      expect(blocks[1].delimiter).to.equal(whole.delimiter);
      const before = blocks[0].rowCount;
      for (const row of [0, 1, 300]) expect(blocks[1].lineOf(row)).to.equal(whole.lineOf(before + row));
    });
  }

  it('finds a fault where it is, after the blocks before it', async () => {
    const path = file(`${TEXT}1,2\n`);
    let rows = 0;
    let message = '';
    try {
      for await (const block of readCsvBlocks(path, { blockRows: 100 })) rows += block.rowCount;
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(rows).to.be.above(1000);
    expect(message).to.equal(((await readCsv(path).catch((error: unknown) => error as Error)) as Error).message);
    expect(message).to.match(/^csv: row 6001 must have 3 fields/);
  });

  it('refuses what readCsv refuses', async () => {
    for (const content of ['', 'a,b\n', 'a,a\n1,2\n', 'a,b\n1,"2\n', 'a,b\n1,\0\n']) {
      const path = file(content);
      const expected = (await readCsv(path).catch((error: unknown) => error)) as Error;
      const found = (await blocksOf(path).catch((error: unknown) => error)) as Error;
      expect(found, JSON.stringify(content)).to.be.an('error');
      expect(found.message).to.equal(expected.message);
    }
    expect(((await blocksOf(join(folder, 'nothing.csv')).catch((error: unknown) => error)) as Error).message).to.match(
      /^csv: file must exist, got /,
    );
  });

  it('can be left before the end', async () => {
    for await (const block of readCsvBlocks(file(TEXT), { blockRows: 100 })) {
      expect(block.rowCount).to.be.above(99);
      break;
    }
  });
});
