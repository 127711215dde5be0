import { ColumnTable } from 'arquero';
import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { CategoricalColumn, DateColumn, Frame, NumericColumn, Schema } from '../../src/data/index.js';
import {
  encodeFrame,
  encodeRows,
  encodeTarget,
  inferSchema,
  MISSING_CODE,
  UNSEEN_CODE,
  withoutRanges,
  withRanges,
} from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

const TRAIN = `age,city,member,born,note,y
41,Rome,yes,2001-02-03,Nice Room with View,1.5
,Oslo,no,2001-02-04,,2.5
7.5,Rome,,,A bit LOUD at 5 am,3.5
9,,yes,2001-02-05,Good bed,4.25
`;
const TYPES = { note: 'text' } as const;

async function trained(): Promise<Schema> {
  return inferSchema(await parseCsv(TRAIN), { target: 'y', types: TYPES }).schema;
}

const numeric = (frame: Frame, name: string): number[] => [
  ...(frame.columns.find((column) => column.name === name) as NumericColumn).values,
];
const codes = (frame: Frame, name: string): number[] => [
  ...(frame.columns.find((column) => column.name === name) as CategoricalColumn).codes,
];
const times = (frame: Frame, name: string): number[] => [
  ...(frame.columns.find((column) => column.name === name) as DateColumn).epochMs,
];

describe('encodeFrame', () => {
  it('encodes each kind as its column', async () => {
    const csv = await parseCsv(TRAIN);
    const { frame, summary } = encodeFrame(csv, await trained());
    expect(frame.rowCount).to.equal(4);
    expect(numeric(frame, 'age')).to.deep.equal([41, NaN, 7.5, 9]);
    expect(codes(frame, 'city')).to.deep.equal([0, 1, 0, MISSING_CODE]);
    expect(numeric(frame, 'member')).to.deep.equal([1, 0, NaN, 1]);
    expect(times(frame, 'born')).to.deep.equal([Date.UTC(2001, 1, 3), Date.UTC(2001, 1, 4), NaN, Date.UTC(2001, 1, 5)]);
    expect(numeric(frame, 'note: length')).to.deep.equal([19, NaN, 18, 8]);
    expect(numeric(frame, 'note: words')).to.deep.equal([4, NaN, 6, 2]);
    expect(numeric(frame, 'note: upper-case share')).to.deep.equal([3 / 16, NaN, 5 / 13, 1 / 7]);
    expect(numeric(frame, 'note: digits share')).to.deep.equal([0, NaN, 1 / 13, 0]);
    expect(frame.columns.map(({ name }) => name)).to.not.include('y');
    expect(summary).to.deep.equal({
      missingColumns: [],
      extraColumns: [],
      unseenCategories: {},
      unparsable: {},
      outOfRange: {},
      maybeRenamed: {},
    });
  });

  it('counts numbers outside the range of the training, at its ends none, and only where a range is known', async () => {
    const schema = await trained();
    const ranged = withRanges(schema, encodeFrame(await parseCsv(TRAIN), schema).frame);
    expect(ranged.columns.filter(({ range }) => range).map(({ name, range }) => [name, range])).to.deep.equal([
      ['age', [7.5, 41]],
    ]);
    expect(withoutRanges(ranged)).to.deep.equal(schema);
    const rows = [7.5, 41, 7.4, 41.5, -1e300, '1e999', null, 'x', NaN].map((age) => ({ age }));
    expect({ ...encodeRows(rows, ranged).summary.outOfRange }).to.deep.equal({ age: 3 });
    expect({ ...encodeRows(rows, schema).summary.outOfRange }).to.deep.equal({});
  });

  it('names what may be a renamed column, each once', async () => {
    const schema = await trained();
    const renamed = (row: Readonly<Record<string, unknown>>) => ({ ...encodeRows([row], schema).summary.maybeRenamed });
    expect(renamed({ Age: 1, CITY: 'Rome', member: 1, born: '', note: '' })).to.deep.equal({
      age: 'Age',
      city: 'CITY',
    });
    expect(renamed({ age: 1, town: 'Rome', member: 1, born: '', note: '' })).to.deep.equal({});
    expect(renamed({ age: 1, note_: 'a', note__: 'b' })).to.deep.equal({ note: 'note_' });
  });

  it('puts every buffer on shared memory', async () => {
    const { frame } = encodeFrame(await parseCsv(TRAIN), await trained());
    for (const column of frame.columns) {
      const { buffer } =
        column.kind === 'numeric' ? column.values : column.kind === 'date' ? column.epochMs : column.codes;
      expect(buffer, column.name).to.be.instanceOf(SharedArrayBuffer);
    }
  });

  it('takes the rows that it is given, in their order, also twice', async () => {
    const { frame } = encodeFrame(await parseCsv(TRAIN), await trained(), [3, 0, 3]);
    expect([frame.rowCount, numeric(frame, 'age')]).to.deep.equal([3, [9, 41, 9]]);
    expect(encodeFrame(await parseCsv(TRAIN), await trained(), []).frame.rowCount).to.equal(0);
  });

  it('tells what a new table does not share with the training table', async () => {
    const csv = await parseCsv(
      'extra,city,age,member,born\n1,Paris,12,maybe,31/12/2001\n2,Rome,old,TRUE,2001-03-01\n3,Paris,-,f,\n',
    );
    const { frame, summary } = encodeFrame(csv, await trained());
    expect(summary.missingColumns).to.deep.equal(['note']);
    expect(summary.extraColumns).to.deep.equal(['extra']);
    expect({ ...summary.unseenCategories }).to.deep.equal({ city: 2 });
    expect({ ...summary.unparsable }).to.deep.equal({ age: 1, member: 1, born: 1 });
    expect(codes(frame, 'city')).to.deep.equal([UNSEEN_CODE, 0, UNSEEN_CODE]);
    expect(numeric(frame, 'age')).to.deep.equal([12, NaN, NaN]);
    expect(numeric(frame, 'member')).to.deep.equal([NaN, 1, 0]);
    expect(numeric(frame, 'note: length')).to.deep.equal([NaN, NaN, NaN]);
  });

  it('applies the missing tokens of the training table to whatever table comes', async () => {
    const csv = await parseCsv('age,city\n1,none\n2,Rome\n', { missingTokens: [] });
    const schema = { ...(await trained()), missingTokens: ['none'] };
    expect(codes(encodeFrame(csv, schema).frame, 'city')).to.deep.equal([MISSING_CODE, 0]);
  });

  it('reads an arquero table with typed cells', async () => {
    const table = new ColumnTable({
      age: [1, null, NaN],
      city: ['Rome', undefined, 'Oslo'],
      member: [true, false, null],
      born: [new Date(0), null, null],
    });
    const { frame, summary } = encodeFrame(table, await trained());
    expect(numeric(frame, 'age')).to.deep.equal([1, NaN, NaN]);
    expect(codes(frame, 'city')).to.deep.equal([0, MISSING_CODE, 1]);
    expect(numeric(frame, 'member')).to.deep.equal([1, 0, NaN]);
    expect(times(frame, 'born')).to.deep.equal([0, NaN, NaN]);
    expect({ ...summary.unparsable }).to.deep.equal({});
  });

  it('refuses a table that has none of the columns', async () => {
    const csv = await parseCsv('Age,City\n1,Rome\n');
    const schema = await trained();
    expect(() => encodeFrame(csv, schema)).to.throw(
      ToolkitError,
      /must include some of the model's columns \(age, city, member, born, \.\.\.\), got "Age, City"/,
    );
  });
});

describe('encodeRows', () => {
  it('encodes objects as a CSV of the same cells is encoded', async () => {
    const schema = await trained();
    const { frame, summary } = encodeRows(
      [
        { age: 41, city: 'Rome', member: true, born: new Date('2001-02-03'), note: 'Nice Room with View' },
        { age: ' 7.5 ', city: 'Bonn', member: 'no', born: '2001-02-04', note: null },
        { age: undefined, city: '', member: 1, born: NaN, unknown: 3 },
        {},
      ],
      schema,
    );
    expect(numeric(frame, 'age')).to.deep.equal([41, 7.5, NaN, NaN]);
    expect(codes(frame, 'city')).to.deep.equal([0, UNSEEN_CODE, MISSING_CODE, MISSING_CODE]);
    expect(numeric(frame, 'member')).to.deep.equal([1, 0, 1, NaN]);
    expect(times(frame, 'born')).to.deep.equal([Date.UTC(2001, 1, 3), Date.UTC(2001, 1, 4), NaN, NaN]);
    expect(numeric(frame, 'note: words')).to.deep.equal([4, NaN, NaN, NaN]);
    expect(summary.extraColumns).to.deep.equal(['unknown']);
  });

  it('matches numbers and truth values with categories by their text', async () => {
    const csv = await parseCsv('k,x,y\n1,0.5,1.5\n2,1.5,2.5\n1,2.5,3.5\ntrue,3.5,1.5\n');
    const { schema } = inferSchema(csv, { target: 'y', types: { k: 'categorical' } });
    expect(codes(encodeRows([{ k: 2 }, { k: true }, { k: 3n }, { k: {} }], schema).frame, 'k')).to.deep.equal([
      1, 2, -2, -2,
    ]);
  });

  it('does not take what objects inherit for a cell', async () => {
    const csv = await parseCsv('toString,x,y\na,0.5,1.5\nb,1.5,2.5\n');
    const { schema } = inferSchema(csv, { target: 'y' });
    expect(codes(encodeRows([{ x: 1 }, { toString: 'a' }], schema).frame, 'toString')).to.deep.equal([MISSING_CODE, 0]);
  });

  it('takes no rows for no rows, and refuses rows that are no objects', async () => {
    const schema = await trained();
    expect(encodeRows([], schema).frame.rowCount).to.equal(0);
    expect(() => encodeRows([[1] as never], schema)).to.throw(ToolkitError, /row 0 must be an object/);
  });
});

describe('encodeTarget', () => {
  it('gives class indices in the order of the classes', async () => {
    const csv = await parseCsv('y,x\nno,0.5\nyes,1.5\nno,2.5\n');
    const { schema } = inferSchema(csv, { target: 'y' });
    expect([...encodeTarget(csv, schema).y]).to.deep.equal([0, 1, 0]);
    expect([...encodeTarget(csv, schema, [1]).y]).to.deep.equal([1]);
  });

  it('keeps the exact numbers beside those of single precision', async () => {
    const csv = await parseCsv('y,x\n"1,1",0.5\n"16777217,5",1.5\n"3,3",2.5\n');
    const { schema } = inferSchema(csv, { target: 'y' });
    const { y, exact } = encodeTarget(csv, schema);
    expect([...exact]).to.deep.equal([1.1, 16777217.5, 3.3]);
    expect([...y]).to.deep.equal([Math.fround(1.1), 16777218, Math.fround(3.3)]);
  });

  it('refuses a missing cell and an unknown class, by the line', async () => {
    const train = await parseCsv('y,x\na,0.5\nb,1.5\n');
    const { schema } = inferSchema(train, { target: 'y' });
    const csv = await parseCsv('x,y\n1,a\n\n2,\n3,c\n', { name: 'new.csv' });
    expect(() => encodeTarget(csv, schema)).to.throw(
      ToolkitError,
      /must be one of the model's classes, got "a missing cell"\. Line 4 of new\.csv/,
    );
    expect(() => encodeTarget(csv, schema, [2])).to.throw(ToolkitError, /got "c"\. Line 5 of new\.csv, column "y"/);
  });
});
