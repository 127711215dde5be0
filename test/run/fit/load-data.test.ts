import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudySettings } from '../../../src/automl/index.js';
import { copiesFound, loadData } from '../../../src/run/fit/load-data.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import { requireSame } from '../../../src/run/fit/same-study.js';

describe('loadData', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-load-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (steering: { group?: string; time?: string }) => {
    const data = join(folder, 'table.csv');
    const lines = Array.from({ length: 60 }, (_, i) => `shop ${i % 6},${2000 + i},${(7 * i) % 13},${(i * i) % 17}`);
    writeFileSync(data, `shop,day,a,price\n${lines.join('\n')}\n`);
    return checkOptions({ data, target: 'price', task: 'regression', ...steering });
  };

  it('tells encodings what the folds keep apart, on memory that threads share', async () => {
    const { data } = await loadData(options({ group: 'shop' }));
    expect(Array.from(data.groups!)).to.deep.equal(Array.from({ length: 60 }, (_, i) => i % 6));
    expect(data.groups!.buffer).to.be.instanceOf(SharedArrayBuffer);
    expect(data.times).to.equal(undefined);
    const later = await loadData(options({ time: 'day' }));
    expect(later.data.times![59]).to.equal(2059);
    expect(later.data.times!.buffer).to.be.instanceOf(SharedArrayBuffer);
  });

  /** Sixty rows, then the first ten again. */
  const withCopies = (duplicates?: 'together' | 'split') => {
    const data = join(folder, 'copies.csv');
    const lines = Array.from(
      { length: 70 },
      (_, i) => `${((i % 60) * 7919) % 1009},shop ${(i % 60) % 9},${((i % 60) * 31) % 97}`,
    );
    writeFileSync(data, `a,shop,price\n${lines.join('\n')}\n`);
    return checkOptions({ data, target: 'price', task: 'regression', ...(duplicates && { duplicates }) });
  };
  const isTogether = ({ data: { folds } }: Awaited<ReturnType<typeof loadData>>) =>
    folds.every(({ validation }) => [...validation].every((row) => row < 60 || validation.includes(row - 60)));

  it('says of one copy that it has the features of an earlier row', () => {
    expect(copiesFound(Int32Array.of(0, 1, 1))[0].text).to.match(/^1 of 3 rows has the features of an earlier one:/);
    expect(copiesFound(Int32Array.of(0, 1, 2))).to.deep.equal([]);
  });

  it('keeps copies of a row together and says so, unless they are to be split', async () => {
    const loaded = await loadData(withCopies());
    expect(isTogether(loaded)).to.equal(true);
    expect(loaded.warnings).to.deep.equal([
      '10 of 70 rows have the features of an earlier one: such rows stay on one side of every fold and of the hold-out (--duplicates split deals them like others)',
    ]);
    expect(loaded.findings.map(({ kind, rows }) => [kind, rows])).to.deep.equal([['repeats', 10]]);
    const split = await loadData(withCopies('split'));
    expect(isTogether(split)).to.equal(false);
    expect(split.warnings).to.deep.equal([]);
    expect(() => checkOptions({ data: 'table.csv', target: 'price', duplicates: 'apart' as 'split' })).to.throw(
      'duplicates: must be one of together, split, got "apart".',
    );
  });

  it('goes on with a study as it began, whatever is the default now', async () => {
    const begun = { name: 'old', encodingsApart: true } as StudySettings;
    const split = await loadData(withCopies('split'));
    const { schema } = split;
    expect((await loadData(withCopies(), begun)).data.folds).to.deep.equal(split.data.folds);
    const together = { ...begun, duplicates: 'together' } as StudySettings;
    expect(isTogether(await loadData(withCopies(), together))).to.equal(true);
    expect(() => requireSame({ ...begun, schema }, { ...begun, schema, duplicates: 'split' })).to.not.throw();
    expect(() => requireSame({ ...begun, schema }, { ...together, schema })).to.throw(
      'resume: duplicates must be that of the study, got "together".',
    );
  });

  it('lets a study that began before encodings kept groups apart go on as it began', async () => {
    const begun = { name: 'old' } as StudySettings;
    const { data } = await loadData(options({ group: 'shop' }), begun);
    expect(data).to.not.have.any.keys('groups', 'times', 'copies');
    expect((await loadData(options({ group: 'shop' }), { ...begun, encodingsApart: true })).data.groups).to.have.length(
      60,
    );
  });

  it('takes columns and target as the study began, whatever is inferred now, unless the options or the table are others', async () => {
    const given = options({});
    const fresh = await loadData(given);
    const { dataSha256, ...rest } = { name: 'old', dataSha256: fresh.csv.sha256 } as StudySettings;
    const columns = fresh.schema.columns.map((column) =>
      column.name === 'day' ? { ...column, kind: 'text' as const, reason: 'days are words', words: ['2001'] } : column,
    );
    const target = { ...fresh.schema.target, reason: 'you said regression' };
    const begun: StudySettings = { ...rest, dataSha256, schema: { ...fresh.schema, columns, target } };
    const { schema, data } = await loadData(given, begun);
    expect(schema.columns).to.deep.equal(columns);
    expect(data.frame.columns.map(({ name }) => name)).to.include('day: has "2001"');
    const kindOf = async (more: object, study: StudySettings = begun): Promise<unknown> =>
      (await loadData({ ...given, ...more }, study)).schema.columns.find(({ name }) => name === 'day')?.kind;
    expect(await kindOf({ types: { day: 'numeric' } })).to.equal('numeric');
    expect(await kindOf({ ignore: ['day'] })).to.equal('ignored');
    expect(await kindOf({}, { ...begun, dataSha256: 'another' })).to.equal('numeric');
    expect(await kindOf({}, { ...begun, schema: { ...begun.schema, reading: { delimiter: ';' } } })).to.equal(
      'numeric',
    );
  });

  it('lets a study that began before the words of texts were weighed go on as it began', async () => {
    const data = join(folder, 'texts.csv');
    const lines = Array.from({ length: 60 }, (_, i) => `word${i % 7} and word${i % 11} make ${i},${(i * i) % 17}`);
    writeFileSync(data, `note,price\n${lines.join('\n')}\n`);
    const checked = checkOptions({ data, target: 'price', task: 'regression' });
    const fresh = await loadData(checked);
    const other = { name: 'old', dataSha256: fresh.csv.sha256 } as StudySettings;
    expect(fresh.data.frame.columns.at(-1)).to.include({ kind: 'text', name: 'note: text' });
    expect((await loadData(checked, { ...other, schema: fresh.schema })).schema).to.deep.equal(fresh.schema);
    const before = fresh.schema.columns.map(({ mostWords: _, ...column }) => column);
    const old = await loadData(checked, { ...other, schema: { ...fresh.schema, columns: before } });
    expect(old.schema.columns).to.deep.equal(before);
    expect(new Set(old.data.frame.columns.map(({ kind }) => kind))).to.deep.equal(new Set(['numeric']));
    expect(old.data.frame.columns.at(-1)!.name).to.match(/^note: has "/);
  });
});
