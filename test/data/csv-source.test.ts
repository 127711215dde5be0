import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { fileSource, heeding, passingOf } from '../../src/data/csv-source.js';
import { parseCsv, readCsv } from '../../src/data/node.js';

describe('fileSource', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-source-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the bytes of a file to those who keep its chunks and to those who do not', async () => {
    const path = join(folder, 'bytes');
    const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, i) => (i * 31) % 251));
    writeFileSync(path, bytes);
    const kept: Buffer[] = [];
    for await (const chunk of fileSource(path).chunks()) kept.push(chunk);
    const copied: Buffer[] = [];
    for await (const chunk of passingOf(fileSource(path))) copied.push(Buffer.from(chunk));
    expect(Buffer.concat(kept).equals(bytes)).to.equal(true);
    expect(Buffer.concat(copied).equals(bytes)).to.equal(true);
  });

  it('ends with the reason of a signal, also for those who keep no chunk', async () => {
    const path = join(folder, 'more');
    writeFileSync(path, Buffer.alloc(700_000));
    const stop = new AbortController();
    let chunks = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of passingOf(heeding(fileSource(path), stop.signal))) {
        if (chunk.length > 0 && ++chunks === 2) stop.abort(new Error('enough'));
      }
    };
    const error = await read().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect([chunks, String(error)]).to.deep.equal([2, 'Error: enough']);
  });

  it('is read as the same bytes in memory are, where rows of all kinds stand at the ends of chunks', async () => {
    const path = join(folder, 'rows.csv');
    const odd = ['"two\nlines"', '"a ""quote"""', 'a "quote', '\u00fcber', 'x'.repeat(3000), ' 5 ', ''];
    const lines = Array.from({ length: 40_000 }, (_, i) =>
      [i, (i * 7919) % 1000, i % 50 === 0 ? odd[(i / 50) % odd.length] : `w${i % 70}`, (i / 8).toFixed(3)].join(','),
    );
    const text = `a,b,c,d\n${lines.join('\n')}`;
    writeFileSync(path, text);
    const [found, wanted] = [await readCsv(path), await parseCsv(text, { name: 'rows.csv' })];
    expect(found.rowCount).to.equal(lines.length);
    for (const name of ['a', 'b', 'c', 'd']) {
      const [own, other] = [found, wanted].map(({ table }) => lines.map((_, row) => table.get(name, row) as unknown));
      expect(own).to.deep.equal(other);
    }
    expect([found.lineOf(39_999), found.sha256]).to.deep.equal([wanted.lineOf(39_999), wanted.sha256]);
  }).timeout(30_000);
});
