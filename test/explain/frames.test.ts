import { expect } from 'chai';

import type { Schema, TextColumn } from '../../src/data/index.js';
import { MISSING_CODE } from '../../src/data/index.js';
import { cellText, dateText, featuresOf, numberText } from '../../src/explain/columns.js';
import { cellOf, shuffled, stacked, sweep, takeRows } from '../../src/explain/frames.js';
import { drawSample, loadSample, storeSample } from '../../src/explain/sample.js';
import { createMemoryStorage } from '../../src/search/memory.js';
import { categorical, date, frameOf, numeric, rowsOf } from '../prepare/support/frames.js';
import { textColumn } from '../support/texts.js';

const FRAME = frameOf(
  numeric('age', [10, NaN, 30]),
  categorical('city', ['Rome', null, 'Oslo']),
  date('day', ['2020-01-02', null, '2021-05-06T07:08:00Z']),
);

const cells = (frame: typeof FRAME, name: string): (number | string)[] => {
  const column = frame.columns.find((candidate) => candidate.name === name)!;
  return Array.from({ length: frame.rowCount }, (_, row) => cellText(column, row) ?? 'missing');
};

describe('frames', () => {
  it('takes rows in the order given, again and again', () => {
    const taken = takeRows(FRAME, [2, 1, 2]);
    expect(cells(taken, 'age')).to.deep.equal(['30', 'missing', '30']);
    expect(cells(taken, 'city')).to.deep.equal(['Oslo', 'missing', 'Oslo']);
    expect(cells(taken, 'day')).to.deep.equal(['2021-05-06 07:08', 'missing', '2021-05-06 07:08']);
  });

  it('shuffles the named columns only', () => {
    const moved = shuffled(FRAME, new Set(['city']), [1, 2, 0]);
    expect(cells(moved, 'city')).to.deep.equal(['missing', 'Oslo', 'Rome']);
    expect(cells(moved, 'age')).to.deep.equal(cells(FRAME, 'age'));
  });

  it('sweeps one column over values, value by value', () => {
    const swept = sweep(FRAME, 'age', [1, 2]);
    expect(cells(swept, 'age')).to.deep.equal(['1', '1', '1', '2', '2', '2']);
    expect(cells(swept, 'city')).to.deep.equal([...cells(FRAME, 'city'), ...cells(FRAME, 'city')]);
  });

  it('puts frames below each other', () => {
    expect(cells(stacked([FRAME, takeRows(FRAME, [0])]), 'city')).to.deep.equal(['Rome', 'missing', 'Oslo', 'Rome']);
  });

  it('puts texts of different tables below each other', () => {
    const [a, b] = [
      frameOf(textColumn('note: text', ['one two', null])),
      frameOf(textColumn('note: text', ['three', 'one two'])),
    ];
    const [column] = stacked([a, b]).columns as TextColumn[];
    const { codes, documents } = column;
    const termsAt = (row: number) => [
      ...documents.terms.slice(documents.starts[codes[row]], documents.starts[codes[row] + 1]),
    ];
    expect(codes[1]).to.equal(MISSING_CODE);
    expect(termsAt(0)).to.have.length(3);
    expect(termsAt(3)).to.deep.equal(termsAt(0));
    expect(termsAt(2)).to.have.length(1);
  });

  it('writes numbers and dates shortly', () => {
    expect([0.1 + 0.2, 1234567.8, 1e-9].map(numberText)).to.deep.equal(['0.3', '1234570', '1e-9']);
    expect([dateText(NaN), dateText(0), dateText(60_000)]).to.deep.equal(['–', '1970-01-01', '1970-01-01 00:01']);
  });
});

describe('featuresOf', () => {
  it('counts a text column once, and does not mistake a column of a like name for a part of it', () => {
    const base = { missingCount: 0, distinctCount: 3, reason: '' };
    const schema: Schema = {
      version: 1,
      columns: [
        { name: 'note', kind: 'text', ...base },
        { name: 'note: own', kind: 'numeric', ...base },
        { name: 'id', kind: 'id', ...base },
      ],
      target: { name: 'y', task: 'regression', reason: '', classes: [] },
      missingTokens: [],
    };
    const frame = frameOf(numeric('note: length', [1]), numeric('note: words', [1]), numeric('note: own', [1]));
    expect(featuresOf(frame, schema).map(({ name, parts }) => [name, parts])).to.deep.equal([
      ['note', ['note: length', 'note: words']],
      ['note: own', ['note: own']],
    ]);
  });
});

describe('the sample of a study', () => {
  const data = {
    frame: FRAME,
    y: Float32Array.of(1, 2, 3),
    task: 'regression' as const,
    k: 1,
    classes: [],
    folds: [{ train: rowsOf(0), validation: rowsOf(2) }],
    holdout: rowsOf(),
    metric: 'rmse',
    seed: 1,
  };

  it('takes rows that a fold is judged on, with that fold', () => {
    const { rows, folds, y } = drawSample({
      ...data,
      folds: [{ train: rowsOf(2), validation: rowsOf(1) }, ...data.folds],
    });
    expect([[...rows], [...folds], [...y]]).to.deep.equal([
      [1, 2],
      [0, 1],
      [2, 3],
    ]);
    expect(drawSample(data, 1).rows).to.have.length(1);
  });

  it('comes back from the study file as it was, gaps included', () => {
    const storage = createMemoryStorage();
    expect(loadSample(storage)).to.equal(null);
    const frame = frameOf(...data.frame.columns, textColumn('note: text', ['b a b', null, 'c']));
    const all = { ...data, frame, folds: [{ train: rowsOf(), validation: rowsOf(0, 1, 2) }] };
    const sample = drawSample(all);
    storeSample(storage, sample);
    const back = loadSample(storage)!;
    for (const [c, column] of sample.frame.columns.entries()) {
      for (let row = 0; row < 3; row++) expect(cellOf(back.frame.columns[c], row)).to.deep.equal(cellOf(column, row));
    }
    expect(back.frame.columns[1]).to.deep.equal(sample.frame.columns[1]);
    expect(back.frame.columns.at(-1)).to.deep.equal(sample.frame.columns.at(-1));
    expect([back.rows, back.y, back.folds]).to.deep.equal([sample.rows, sample.y, sample.folds]);
  });
});
