import { expect } from 'chai';
import fc from 'fast-check';

import { PlainKernel } from '../../src/data/csv-kernel.js';
import type { PlainReader, PlainShape } from '../../src/data/csv-plain.js';
import { PlainRows } from '../../src/data/csv-plain.js';
import { TextColumnBuilder } from '../../src/data/text-column.js';
import { seeded } from '../support/seed.js';
import { kernelFor } from './support/kernels.js';

interface Outcome {
  readonly at: number;
  readonly line: number;
  /** First line and number of rows that began one after the other. */
  readonly lines: readonly number[];
  readonly cells: readonly (readonly (string | null)[])[];
}

/** What a reader makes of some bytes that come in pieces, a row of which it may be refused is left out as one line. */
function outcome(
  reader: PlainReader,
  { width }: PlainShape,
  pieces: readonly Buffer[],
  rows: number,
  kept: readonly number[] = Array.from({ length: width }, (_, j) => j),
): Outcome[] {
  const columns = kept.map(() => new TextColumnBuilder());
  const place = { at: 0, line: 1 };
  const lines: number[] = [];
  const gate = {
    room: () => rows - lines.length,
    begin: (line: number, count: number) => {
      for (let i = 0; i < count; i++) lines.push(line + i);
    },
  };
  const found = pieces.map((bytes) => {
    place.at = 0;
    reader.read(bytes, place, kept, columns, gate);
    // What stands between two pieces was read by somebody else.
    columns.forEach((column) => column.add('between'));
    return { at: place.at, line: place.line };
  });
  const finished = columns.map((column) => column.finish('utf-8', (text) => text));
  const cells = finished.map((column) => Array.from({ length: column.length }, (_, row) => column.at(row)));
  return found.map((piece) => ({ ...piece, lines, cells }));
}

/** The same shape for both readers, so that one can be held to the other. */
function both(shape: PlainShape, pieces: readonly Buffer[], rows = Infinity, kept?: readonly number[]) {
  return {
    found: outcome(kernelFor(shape), shape, pieces, rows, kept),
    wanted: outcome(new PlainRows(shape), shape, pieces, rows, kept),
  };
}

const SHAPE: PlainShape = { delimiter: ',', backslash: false, width: 2 };

const number = fc
  .tuple(fc.constantFrom('', '', '-', '+', '--'), fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 18 }))
  .chain(([sign, digits]) =>
    fc
      .option(fc.nat(digits.length), { nil: -1 })
      .map((point) => sign + (point < 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`)),
  );
const odd = fc.string({
  unit: fc.constantFrom(...'",; ab01-.\\#', '\r', '\u00e9', '\t', 'e'),
  maxLength: 40,
});
const word = fc.string({ unit: fc.constantFrom('a', 'b', '\u00fc'), minLength: 0, maxLength: 30 });
const cell = fc
  .oneof(
    { arbitrary: number, weight: 6 },
    { arbitrary: word, weight: 3 },
    { arbitrary: fc.constantFrom('', '0', '-0', '0.0', '00', '1.', '.5', '2021-03-04 10:20:30', 'red'), weight: 3 },
    { arbitrary: odd, weight: 1 },
  )
  .chain((text) => fc.constantFrom(text, text, text, text, `"${text}"`, ` ${text}`, `${text} `, `" ${text}"`));

const bytes = fc
  .record({
    width: fc.integer({ min: 1, max: 4 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r'),
    last: fc.constantFrom('\n', '', '\r\n', '\n\n\n'),
    backslash: fc.boolean(),
    comment: fc.constantFrom(undefined, '#'),
    rows: fc.constantFrom(Infinity, Infinity, 3, 0),
    encoding: fc.constantFrom('utf8' as const, 'latin1' as const),
    cuts: fc.array(fc.nat(300), { maxLength: 3 }),
  })
  .chain((parts) =>
    fc
      .array(fc.array(cell, { minLength: parts.width, maxLength: parts.width }), { minLength: 1, maxLength: 20 })
      .map((rows) => ({ cells: rows, ...parts })),
  );

describe('PlainKernel', () => {
  it('reads what the reader in TypeScript reads, and stops where that stops, whatever the bytes', () => {
    fc.assert(
      fc.property(bytes, ({ cells, width, delimiter, lineEnd, last, backslash, comment, rows, encoding, cuts }) => {
        const text = Buffer.from(cells.map((row) => row.join(delimiter)).join(lineEnd) + last, encoding);
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((to, i) => text.subarray(places[i], to));
        const shape = { delimiter, backslash, comment, width };
        const { found, wanted } = both(shape, pieces, rows);
        expect(found).to.deep.equal(wanted);
      }),
      seeded(1000),
    );
  });

  it('reads decimals of every length and with the point at every place as JavaScript does', () => {
    const texts: string[] = [];
    for (const digits of ['1234567890123456789', '9'.repeat(19), '1' + '0'.repeat(18), '0'.repeat(19)]) {
      for (let length = 1; length < 19; length++) {
        for (let point = 0; point <= length; point++) {
          const text = `${digits.slice(0, point)}.${digits.slice(point, length)}`;
          texts.push(text, `-${text}`, text.replace('.', ''), `-${text.replace('.', '')}`);
        }
      }
    }
    const pieces = [Buffer.from(texts.map((text, i) => `${text},${i}\n`).join(''))];
    const { found, wanted } = both(SHAPE, pieces);
    expect(found).to.deep.equal(wanted);
    expect(found[0].cells[0]).to.deep.equal([...texts, 'between']);
  });

  it('numbers texts of any length and number, seen before or new, also where a table of them is full', () => {
    const [count, many] = [70_000, 40_000];
    const of = (i: number): string => `${'x'.repeat(i % 31)}${(i * 7919) % many}-`;
    const lines = Array.from({ length: count }, (_, i) => `${of(i)},${i % 5 === 0 ? `k${i % 6000}` : `w${i % 3}`}\n`);
    const { found } = both(SHAPE, [Buffer.from(lines.join(''))]);
    const wanted = lines.map((line) => line.trim().split(','));
    expect(found[0].cells[0].slice(0, -1)).to.deep.equal(wanted.map(([text]) => text));
    expect(found[0].cells[1].slice(0, -1)).to.deep.equal(wanted.map(([, text]) => text));
  }).timeout(30_000);

  it('reads tables of thousands of columns, and keeps those that are asked for', () => {
    const width = 3000;
    const line = (i: number): string =>
      Array.from({ length: width }, (_, j) => (j % 3 === 0 ? `t${(i * j) % 70}` : String((i * j) % 100))).join(',');
    const text = Buffer.from(Array.from({ length: 70 }, (_, i) => `${line(i)}\n`).join(''));
    const { found, wanted } = both(
      { ...SHAPE, width },
      [text.subarray(0, 250_000), text.subarray(0)],
      Infinity,
      [0, 3, 4, 2999],
    );
    expect(found).to.deep.equal(wanted);
    expect(found[1].cells[1]).to.include('t69');
  }).timeout(30_000);

  it('leaves a row that is longer than what it scans at a time to others', () => {
    const text = Buffer.from(`a,b\n${'c'.repeat(600_000)},d\ne,f\n`);
    const [{ at, cells }] = outcome(new PlainKernel(SHAPE), SHAPE, [text], Infinity);
    expect(at).to.equal(4);
    expect(cells).to.deep.equal([
      ['a', 'between'],
      ['b', 'between'],
    ]);
  });

  it('forgets the numbers of texts with the columns that gave them', () => {
    const kernel = new PlainKernel(SHAPE);
    const first = outcome(kernel, SHAPE, [Buffer.from('a,b\nc,d\n')], Infinity);
    const second = outcome(kernel, SHAPE, [Buffer.from('c,d\na,b\n')], Infinity);
    expect([first[0].cells[0], second[0].cells[0]]).to.deep.equal([
      ['a', 'c', 'between'],
      ['c', 'a', 'between'],
    ]);
  });
});
