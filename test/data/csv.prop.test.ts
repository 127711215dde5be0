import { expect } from 'chai';
import fc from 'fast-check';

import { parseCsv } from '../../src/data/node.js';
import { tidy } from '../../src/data/tidy.js';

/** Texts that tempt a parser: quotes, delimiters, line breaks, white space, other scripts, bytes that look like others. */
const cell = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('"', ',', ';', '\t', '|', '\n', '\r', ' ', 'a', '_', '(', 'é', 'à', '0'),
      maxLength: 8,
    }),
    fc.double().map(String),
  )
  // NUL and what looks like a quote left open are refused, white space beside a quote is forgiven; all tested by example.
  .filter(
    (text) =>
      !text.includes('\0') &&
      !/^"[^"]*"\s+$|^\s+"[^"]*"\s*$/.test(text) &&
      !/^"[^"]*[,;\t|]"/.test(text) &&
      !text.startsWith('\ufeff'),
  );

const table = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 12 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
    quoteAll: fc.boolean(),
    chunk: fc.integer({ min: 1, max: 40 }),
  }),
);

describe('parseCsv on anything that a correct writer writes', () => {
  it('gives back every cell, whatever the delimiter, the quotes, the line ends and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ columns, rows, delimiter, lineEnd, quoteAll, chunk }) => {
        const header = Array.from({ length: columns }, (_, j) => `col ${j}`);
        const write = (text: string): string =>
          quoteAll || text === '' || /[",;\t|\r\n]/.test(text) || text.trim() !== text
            ? `"${text.replaceAll('"', '""')}"`
            : text;
        const text = [header, ...rows].map((row) => row.map(write).join(delimiter)).join(lineEnd);
        const csv = await parseCsv(inChunks(Buffer.from(text), chunk), { missingTokens: [], delimiter });
        const found = rows.map((_, i) => header.map((name) => csv.table.get(name, i) as unknown));
        expect(found).to.deep.equal(
          rows.map((row) => row.map((wanted) => (tidy(wanted) === '' ? null : tidy(wanted)))),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('names the line on which each row begins', async () => {
    const line = fc.constantFrom('1,2', '"a\nb",2', '"a\r\nb\n\nc",2', '');
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        async (lines, lineEnd) => {
          const begins: number[] = [];
          let at = 2;
          for (const text of lines) {
            if (text !== '') begins.push(at);
            at += 1 + (text.match(/\n/g)?.length ?? 0);
          }
          if (begins.length === 0) return;
          const csv = await parseCsv(['x,y', ...lines].join(lineEnd));
          expect(begins.map((_, row) => csv.lineOf(row))).to.deep.equal(begins);
        },
      ),
      { numRuns: 100 },
    );
  });
});

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}
