import { expect } from 'chai';
import fc from 'fast-check';

import type { FoundDialect } from '../../src/data/csv-dialect.js';
import { dialectOf } from '../../src/data/csv-dialect.js';
import type { Survey } from '../../src/data/csv-input.js';
import { survey } from '../../src/data/csv-input.js';
import { cellLimit } from '../../src/data/csv-limits.js';
import type { PlainPlace } from '../../src/data/csv-records.js';
import { RecordReader } from '../../src/data/csv-records.js';
import { RowCollector } from '../../src/data/csv-rows.js';
import type { ByteSource } from '../../src/data/csv-source.js';
import type { CsvTable, Frame } from '../../src/data/index.js';
import { DEFAULT_MISSING_TOKENS, encodeFrame, encodeTarget, inferSchema } from '../../src/data/index.js';
import type { CsvOptions } from '../../src/data/node.js';
import { parseCsv } from '../../src/data/node.js';
import { TextColumnBuilder } from '../../src/data/text-column.js';
import { seeded } from '../support/seed.js';
import { kernelFor } from './support/kernels.js';
import { StringColumnBuilder } from './support/string-column.js';

/** Column by column what people write: plain cells that are read from their bytes, and all that is not. */
const digits = fc
  .integer({ min: 0, max: 7 })
  .chain((places) =>
    fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((units) => (units / 10 ** places).toFixed(places)),
  );
const oddNumbers = fc.oneof(
  digits,
  fc.double({ noNaN: true }).map(String),
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String),
  fc.constantFrom('-0', '-0.0', '0', '0.0', '+1', '1.', '.5', '007', '1e5', '1E2', '1.50', '1.5', '001.5', '100'),
  fc.constantFrom('-999', '-999.0', '', 'NA', ' 5', '5 ', '\u00a05', 'inf', '12abc', '1-2', '--1', '1.2.3', '-', '.'),
);
const columns = [
  digits,
  oddNumbers,
  fc.integer({ min: 0, max: 3 }).map(String),
  fc.oneof({ arbitrary: digits, weight: 60 }, { arbitrary: fc.constantFrom('..', 'n.d.', 'none', '?'), weight: 1 }),
  fc.integer({ min: 1, max: 28 }).map((day) => `2021-03-${String(day).padStart(2, '0')}`),
  fc.constantFrom('20210315', '20211231', '19990101'),
  fc.constantFrom(
    '12345678.12345678',
    '-1234567.1234567',
    '123456789012345',
    '999999999.999999',
    '1234567890123456',
    '-0.12345678901234567',
  ),
  fc.constantFrom('a text that is a little longer than others', 'another one', '2021-03-15 10:20:30.123'),
  fc.constantFrom('red', ' red', 'red ', 'green', 'Green', 'bl\u00fce', 'é', 'e\u0301', ''),
  fc.constantFrom('yes', 'no', 'YES'),
  fc.constantFrom('1', '0', '1.0'),
  fc.constantFrom('1,5', '12,25', '1.500', '3'),
  fc.constantFrom('$5', '7.5', '$12.50', '(3)'),
  fc.string({
    unit: fc.constantFrom('"', ',', ';', '\n', '\r', ' ', 'a', '0', '1', '-', '.', '\\', '#'),
    maxLength: 5,
  }),
];

interface Written {
  readonly text: string;
  readonly chunk: number;
  readonly options: CsvOptions;
}

const file: fc.Arbitrary<Written> = fc
  .record({
    kinds: fc.array(fc.nat(columns.length - 1), { minLength: 1, maxLength: 5 }),
    rows: fc.integer({ min: 1, max: 40 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r'),
    quotes: fc.constantFrom('needed', 'needed', 'all', 'some'),
    end: fc.constantFrom('', '\n', '\n\n', '\r\n'),
    latin1: fc.boolean(),
    chunk: fc.integer({ min: 1, max: 400 }),
    options: fc.constantFrom<CsvOptions>(
      {},
      {},
      { missingTokens: ['-999', 'NA', 'red'] },
      { decimal: ',' },
      { comment: '#' },
    ),
    odd: fc.constantFrom('', '', '', '\n', '# note\n', '  \n', '\r', '"\n'),
  })
  .chain(({ kinds, rows, ...rest }) =>
    fc
      .array(fc.tuple(fc.tuple(...kinds.map((kind) => columns[kind])), fc.nat(9), fc.integer({ min: 0, max: 2 })), {
        minLength: rows,
        maxLength: rows,
      })
      .map((cells) => ({ cells, ...rest })),
  )
  .map(({ cells, delimiter, lineEnd, quotes, end, chunk, options, odd, latin1 }) => {
    const write = (text: string, at: number): string => {
      const isNeeded = text === '' || /["\n\r]/.test(text) || text.includes(delimiter) || text.startsWith('#');
      const isQuoted = isNeeded || quotes === 'all' || (quotes === 'some' && at % 3 === 0);
      return isQuoted ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const width = cells[0][0].length;
    const header = [...Array.from({ length: width }, (_, j) => `c${j}`), 'y'].join(delimiter);
    const lines = cells.map(([row, salt, y]) =>
      [...row.map((text, j) => write(text, j + salt)), `t${y}`].join(delimiter),
    );
    const middle = lines.length >> 1;
    const text =
      [header, ...lines.slice(0, middle)].join(lineEnd) + lineEnd + odd + lines.slice(middle).join(lineEnd) + end;
    return { text: latin1 ? `\u0001${text}` : text, chunk, options: { delimiter, ...options } };
  });

/** The same table by the reader of records alone, each cell a string. */
async function byRecords(bytes: Buffer, options: CsvOptions): Promise<CsvTable> {
  return byReader(inChunks(bytes, 1 << 16), options, (...parts) => {
    const rows = new RowCollector(...parts, () => new StringColumnBuilder());
    return { rows, reader: new RecordReader(parts[1], (record) => rows.take(record), cellLimit(options)) };
  });
}

/** The same table by the kernel, which reads large files only. */
async function byKernel(bytes: Buffer, chunk: number, options: CsvOptions): Promise<CsvTable> {
  return byReader(inChunks(bytes, chunk), options, (...parts) => {
    const rows = new RowCollector(...parts, () => new TextColumnBuilder(), kernelFor);
    const takePlain = (part: Buffer, place: PlainPlace): void => rows.takePlain(part, place);
    return { rows, reader: new RecordReader(parts[1], (record) => rows.take(record), cellLimit(options), takePlain) };
  });
}

type Parts = [name: string, dialect: FoundDialect, text: Survey, limits: CsvOptions];

async function byReader(
  chunks: AsyncIterable<Buffer>,
  options: CsvOptions,
  make: (...parts: Parts) => { rows: RowCollector; reader: RecordReader },
): Promise<CsvTable> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  const source: ByteSource = {
    chunks: async function* () {
      yield* all;
    },
  };
  const text = await survey(source, 'the text', 'auto');
  const dialect = await dialectOf(text, 'the text', options);
  const { rows, reader } = make('the text', dialect, text, options);
  for await (const chunk of text.chunks()) reader.push(chunk);
  reader.end();
  return { ...rows.finish([...(options.missingTokens ?? DEFAULT_MISSING_TOKENS)]), decimal: options.decimal };
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const plain = ({ columns: encoded }: Frame) =>
  encoded.map((column) => ({
    ...column,
    cells: [...(column.kind === 'numeric' ? column.values : column.kind === 'date' ? column.epochMs : column.codes)],
    codes: 0,
    epochMs: 0,
    values: 0,
  }));

/** All that a table leads to, or the error. */
function understood(csv: CsvTable, target: string) {
  const cells = csv.names.map((name) =>
    Array.from({ length: csv.rowCount }, (_, row) => csv.table.get(name, row) as unknown),
  );
  const lines = Array.from({ length: csv.rowCount }, (_, row) => csv.lineOf(row));
  const rest = { ...csv, table: null, lineOf: null };
  return { rest, cells, lines, ...outcome(() => meaning(csv, target)) };
}

function meaning(csv: CsvTable, target: string) {
  const inferred = inferSchema(csv, { target });
  const { frame, summary } = encodeFrame(csv, inferred.schema, inferred.rows);
  const numeric = { ...inferred.schema, missingTokens: ['-999', '0', 'green'] };
  const other = encodeFrame(csv, numeric, [...inferred.rows].reverse());
  const exact = [...encodeTarget(csv, inferred.schema, inferred.rows).exact];
  return { inferred, frame: plain(frame), summary, other: plain(other.frame), more: other.summary, exact };
}

function outcome<T>(made: () => T): { found?: T; error?: string } {
  try {
    return { found: made() };
  } catch (error) {
    return { error: String(error) };
  }
}

async function settled(made: Promise<CsvTable>): Promise<CsvTable | string> {
  return made.catch((error: unknown) => String(error));
}

describe('parseCsv from bytes', () => {
  it('gives the table that the reader of records gives, by the kernel and without it, with all that follows from it, whatever the cells, quotes, line ends and chunks', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ({ text, chunk, options }) => {
        const bytes = Buffer.from(text, text.startsWith('\u0001') ? 'latin1' : 'utf8').subarray(
          text.startsWith('\u0001') ? 1 : 0,
        );
        const found = await settled(parseCsv(inChunks(bytes, chunk), options));
        const wanted = await settled(byRecords(bytes, options));
        const fast = await settled(byKernel(bytes, chunk, options));
        if (typeof found === 'string' || typeof fast === 'string' || typeof wanted === 'string') {
          expect([found, fast]).to.deep.equal([wanted, wanted]);
          return;
        }
        for (const target of [found.names[0], found.names[found.names.length - 1]]) {
          const own = understood(wanted, target);
          expect(understood(found, target)).to.deep.equal(own);
          expect(understood(fast, target)).to.deep.equal(own);
        }
      }),
      seeded(400),
    );
  });
});
