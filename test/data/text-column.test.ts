import { expect } from 'chai';
import fc from 'fast-check';

import { parseCsv } from '../../src/data/node.js';
import { TextColumnBuilder } from '../../src/data/text-column.js';

const asIs = (text: string): string => text;

describe('TextColumnBuilder', () => {
  it('gives back every cell, whatever the number of rows and of distinct texts', () => {
    const rows = fc.constantFrom(0, 1, 15, 16, 17, 31, 33, 16_384, 16_385, 65_536, 65_537, 140_000);
    fc.assert(
      fc.property(rows, fc.constantFrom(1, 7, 20_000, 1_000_000), fc.nat(30), (count, distinct, width) => {
        const builder = new TextColumnBuilder();
        const cell = (row: number): string => String((row * 7919) % distinct).padStart((row * 31) % (width + 1), '_');
        for (let row = 0; row < count; row++) builder.add(cell(row));
        const column = builder.finish('utf-8', asIs);
        expect(column.length).to.equal(count);
        for (let row = 0; row < count; row++) {
          if (column.at(row) !== cell(row)) expect(column.at(row), `row ${row}`).to.equal(cell(row));
        }
        expect([column.at(-1), column.at(count)]).to.deep.equal([null, null]);
      }),
      { numRuns: 25 },
    );
  });

  it('gives back cells of a column of which hardly any repeats, also where an empty one is the first behind the dictionary', () => {
    for (const next of ['', '0', 'new']) {
      const builder = new TextColumnBuilder();
      const cells = [...Array.from({ length: 4096 }, (_, i) => `k${i}`), next, '', 'x', '5', 'k7'];
      for (const cell of cells) builder.add(cell);
      const column = builder.finish('utf-8', asIs);
      expect(cells.map((_, row) => column.at(row))).to.deep.equal(cells);
    }
  });

  it('takes memory by its bytes: many columns of few rows stay small', async () => {
    const columns = 20_000;
    const names = Array.from({ length: columns }, (_, j) => `k${j}`).join(',');
    const before = process.memoryUsage().arrayBuffers;
    const csv = await parseCsv(`${names}\n${'1,'.repeat(columns - 1)}1\n`);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(100 * columns + 2 ** 22);
    expect(csv.table.get('k19999', 0)).to.equal('1');
  });
});

describe('parseCsv within limits', () => {
  const refusal = async (text: string, limits: object): Promise<unknown> =>
    parseCsv(text, { name: 'the request', ...limits }).then(
      () => null,
      ({ kind, message }: Error & { kind?: string }) => [kind, message],
    );

  it('refuses more columns or rows than are asked for, by their number', async () => {
    const wide = 'columns: the request must have at most 2 columns, got 3.';
    expect(await refusal('a,b,c\n1,2,3\n', { maxColumns: 2 })).to.deep.equal(['limit', wide]);
    const long = 'rows: the request must have at most 2 rows.';
    expect(await refusal('a\n1\n2\n3\n', { maxRows: 2 })).to.deep.equal(['limit', long]);
    expect(await refusal('a,b\n1,2\n3,4\n', { maxColumns: 2, maxRows: 2 })).to.equal(null);
  });

  it('stops reading at the first row too many', async () => {
    let chunks = 0;
    const endless = async function* (): AsyncGenerator<string> {
      yield 'a,b\n';
      for (;;) {
        chunks++;
        yield '1,2\n'.repeat(1000);
      }
    };
    const error = await parseCsv(endless(), { maxRows: 5000 }).catch((caught: unknown) => caught);
    expect(error).to.have.property('kind', 'limit');
    expect(chunks).to.be.lessThan(200);
  });

  it('does not wait for the end of a row that has far too many fields', async () => {
    let chunks = 0;
    const endless = async function* (): AsyncGenerator<string> {
      yield 'a,b\n"1,1\n",2\n';
      for (;;) {
        chunks++;
        yield '1,'.repeat(100_000);
      }
    };
    const error = await parseCsv(endless(), { maxColumns: 100 }).catch((caught: unknown) => caught);
    expect(error).to.have.property('message', 'columns: the text must have at most 100 columns.');
    expect(chunks).to.be.lessThan(3);
    const list = `"${'0.5,'.repeat(100_000)}"`;
    expect((await parseCsv(`a,b\n${list},2\n`, { maxColumns: 2 })).rowCount).to.equal(1);
  });

  it('keeps the wanted columns, and still checks and names the others', async () => {
    const csv = await parseCsv('a,b,c\n1,2,3\n4,5,6\n', { wanted: new Set(['c', 'a', 'none']) });
    expect(csv.names).to.deep.equal(['a', 'b', 'c']);
    expect([csv.rowCount, csv.table.columnNames()]).to.deep.equal([2, ['a', 'c']]);
    expect(csv.table.objects()).to.deep.equal([
      { a: '1', c: '3' },
      { a: '4', c: '6' },
    ]);
    const error = await parseCsv('a,b,c\n1,2\n', { wanted: new Set(['a']) }).catch((caught: unknown) => caught);
    expect(error).to.have.property('kind', 'data');
    expect((await parseCsv('a\n1\n', { wanted: new Set() })).rowCount).to.equal(1);
  });
});
