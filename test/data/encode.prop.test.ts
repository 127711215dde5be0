import { expect } from 'chai';
import fc from 'fast-check';

import type { Frame } from '../../src/data/index.js';
import { encodeFrame, encodeRows, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

const missing = fc.constant('');
const kinds = [
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), missing),
  fc.oneof(fc.integer({ min: 0, max: 5 }).map(String), missing),
  fc.oneof(fc.constantFrom('yes', 'no'), missing),
  fc.oneof(fc.constantFrom('red', 'green', 'blue', 'naïve 🦉'), missing),
  fc.oneof(
    fc
      .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    missing,
  ),
  fc.oneof(fc.lorem({ maxCount: 6 }), missing),
];
const rows = fc.array(
  fc.tuple(
    ...kinds,
    fc.double({ min: 0, max: 1, noNaN: true }).map((x) => String(x + 0.25)),
  ),
  { minLength: 3, maxLength: 40 },
);

/** A CSV of these rows whose columns stand in the given order. */
const write = (table: readonly (readonly string[])[], order: readonly number[]): string =>
  [order.map((j) => `c${j}`), ...table.map((row) => order.map((j) => row[j]))].map((row) => row.join(',')).join('\n');

/** Everything in a frame as plain values, NaN included. */
const plain = (frame: Frame) =>
  frame.columns.map((column) => [
    column.name,
    [...(column.kind === 'numeric' ? column.values : column.kind === 'date' ? column.epochMs : column.codes)],
  ]);

describe('encodeFrame on any table', () => {
  it('does not depend on the order of the columns, nor on columns that are new', async () => {
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
    await fc.assert(
      fc.asyncProperty(rows, orders, async (table, order) => {
        const csv = await parseCsv(write(table, [0, 1, 2, 3, 4, 5, 6]));
        fc.pre(new Set(table.map((row) => row[6])).size > 2);
        const { schema } = inferSchema(csv, { target: 'c6', types: { c0: 'numeric' }, task: 'regression' });
        const other = await parseCsv(write(table, order).replace(/$/gm, ',z'));
        expect(plain(encodeFrame(other, schema).frame)).to.deep.equal(plain(encodeFrame(csv, schema).frame));
      }),
      { numRuns: 30 },
    );
  });

  it('gives for objects of the same cells what it gives for the CSV, and one row at a time what it gives for all', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (table) => {
        const csv = await parseCsv(write(table, [0, 1, 2, 3, 4, 5, 6]));
        fc.pre(new Set(table.map((row) => row[6])).size > 2);
        const { schema } = inferSchema(csv, { target: 'c6', types: { c0: 'numeric' }, task: 'regression' });
        const objects = table.map((row) => Object.fromEntries(row.map((cell, j) => [`c${j}`, cell])));
        const whole = plain(encodeFrame(csv, schema).frame);
        expect(plain(encodeRows(objects, schema).frame)).to.deep.equal(whole);
        const single = plain(encodeFrame(csv, schema, [1]).frame);
        expect(single).to.deep.equal(whole.map(([name, values]) => [name, [values[1]]]));
        expect(JSON.parse(JSON.stringify(schema))).to.deep.equal(schema);
      }),
      { numRuns: 30 },
    );
  });
});
