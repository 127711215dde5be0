import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { ColumnSchema, InferOptions } from '../../src/data/index.js';
import { inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

/** The schema entry of one column made of these cells, beside a target and another feature. */
async function column(
  cells: readonly (string | number)[],
  name = 'c',
  options: Partial<InferOptions> = {},
): Promise<ColumnSchema> {
  return (await infer(cells, name, options)).column;
}

async function infer(cells: readonly (string | number)[], name = 'c', options: Partial<InferOptions> = {}) {
  const quoted = cells.map((cell, i) => `"${cell}",${i % 2 ? 'a' : 'b'},${(i * 7919) % 104729}.5`);
  const csv = await parseCsv(`"${name}",target,other\n${quoted.join('\n')}\n`);
  const inference = inferSchema(csv, { target: 'target', ...options });
  return { ...inference, column: inference.schema.columns[0] };
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('inferSchema: the kind of a column', () => {
  it('is constant when all cells are missing or all are the same', async () => {
    expect(await column(['', 'NA', '?', ''])).to.deep.include({
      kind: 'constant',
      reason: 'all 4 cells are missing',
      missingCount: 4,
    });
    expect(await column(['x', 'x', 'x'])).to.deep.include({
      kind: 'constant',
      reason: 'every cell is "x"',
      distinctCount: 1,
    });
  });

  it('is constant when all cells are one number, however it is written', async () => {
    expect(await column(['1', '1.0', '1e0'])).to.deep.include({
      kind: 'constant',
      reason: 'every cell is the number 1',
    });
  });

  it('is categorical when there is one text or nothing: presence is what it says', async () => {
    const found = await column(['x', '', 'x', '']);
    expect(found).to.deep.include({ kind: 'categorical', missingCount: 2 });
    expect(found.levels).to.deep.equal(['x']);
  });

  it('is boolean for every usual pair of words, in any case', async () => {
    for (const pair of [
      ['yes', 'no'],
      ['True', 'FALSE'],
      ['t', 'f'],
      ['Y', 'n'],
      [1, 0],
      ['1.0', '0.0'],
      ['on', 'off'],
    ]) {
      expect((await column([...pair, pair[0], ''])).kind, pair.join()).to.equal('boolean');
    }
  });

  it('is not boolean when a third value occurs', async () => {
    expect((await column(['yes', 'no', 'No internet'])).kind).to.equal('categorical');
    expect((await column([0, 1, 2])).kind).to.equal('numeric');
  });

  it('is numeric for whole numbers of few values, and says so', async () => {
    const found = await column([3, 4, 5, 3, 4, 5]);
    expect(found.kind).to.equal('numeric');
    expect(found.reason).to.equal('whole numbers from 3 to 5, 3 distinct; whole numbers of few values stay numeric');
  });

  it('is numeric with a decimal comma', async () => {
    expect(await column(['1,5', '2,25', '1.000,5'])).to.deep.include({ kind: 'numeric', decimal: ',', thousands: '.' });
  });

  it('is numeric when one cell in a hundred is not, which a warning names', async () => {
    const found = await infer([...numbers(150).map((i) => i * 0.5), 'broken']);
    expect(found.column.kind).to.equal('numeric');
    expect(found.warnings).to.deep.equal([
      'column "c": 1 cell is not finite numbers, such as "broken", and counts as missing',
    ]);
  });

  it('is categorical when more cells than that are not numbers', async () => {
    expect((await column([...numbers(20), 'a', 'b'].concat(...numbers(20)))).kind).to.equal('categorical');
  });

  it('is id for a counter of the rows, in order or not, but for no other run of numbers', async () => {
    expect(await column(numbers(30))).to.deep.include({ kind: 'id', reason: 'counts the rows from 0 to 29' });
    expect((await column(numbers(30).map((i) => 30 - i))).kind).to.equal('id');
    expect((await column(numbers(30).map((i) => i + 1990))).kind).to.equal('numeric');
    expect((await column(numbers(30).map((i) => `${i}.0`))).kind).to.equal('id');
    expect((await column(numbers(30).map((i) => i * 2))).kind).to.equal('numeric');
    expect((await column(numbers(10))).kind).to.equal('numeric');
  });

  it('is id for distinct whole numbers whose name says so', async () => {
    const cells = numbers(40).map((i) => 1000 + i * 37);
    for (const name of ['id', 'customerID', 'user_id', 'PID', 'row index'])
      expect((await column(cells, name)).kind, name).to.equal('id');
    for (const name of ['grid', 'humidity', 'paid', 'price'])
      expect((await column(cells, name)).kind, name).to.equal('numeric');
    expect((await column([...cells, cells[0]], 'id')).kind).to.equal('numeric');
    expect(
      (
        await column(
          cells.map((i) => i + 0.5),
          'id',
        )
      ).kind,
    ).to.equal('numeric');
  });

  it('is id for texts that are nearly all distinct', async () => {
    expect((await column(numbers(40).map((i) => `k-${i}`))).kind).to.equal('id');
    expect((await column(numbers(12).map((i) => `k-${i}`))).kind).to.equal('categorical');
  });

  it('is high-cardinality above 30 levels, the most frequent first and ties in text order', async () => {
    const found = await column([...numbers(40), ...numbers(40), 3].map((i) => `z${i}`));
    expect(found.kind).to.equal('high-cardinality');
    expect(found.levels?.slice(0, 3)).to.deep.equal(['z3', 'z0', 'z1']);
    expect((await column([...numbers(30), ...numbers(30)].map((i) => `z${i}`))).kind).to.equal('categorical');
  });

  it('is text for many distinct cells of several words, with its frequent words', async () => {
    const found = await column(numbers(60).map((i) => `${i % 2 ? 'Mr.' : 'Mrs.'} Person Number${i} of Town`));
    expect(found.kind).to.equal('text');
    expect(found.words).to.deep.equal(['mr', 'mrs']);
    const repeated = await column(
      numbers(60).map((i) => `${i % 10 ? '' : 'very very very'} Person Number${i} of Town`),
    );
    expect(repeated.words).to.deep.equal([]);
  });

  it('is date for dates, with the format, and says when day and month were assumed', async () => {
    expect(await column(['2020-01-02', '2020-02-03', ''])).to.deep.include({ kind: 'date', dateFormat: 'YYYY-MM-DD' });
    const found = await infer(['5/1/2020', '3/2/2020', '4/3/2019']);
    expect(found.column).to.deep.include({ kind: 'date', dateFormat: 'M/D/YYYY' });
    expect(found.warnings[0]).to.contain('M/D/YYYY is assumed');
  });

  it('is date for eight digits only when the name or many valid days speak for it', async () => {
    expect((await column([20200131, 20200201, 20200315], 'order_date')).kind).to.equal('date');
    expect((await column([20200131, 20200201, 20200315], 'amount')).kind).to.equal('numeric');
    const days = numbers(12).map((i) => 20200101 + i);
    expect((await column([...days, ...days], 'amount')).kind).to.equal('date');
    expect((await column([...days, 20200199], 'order_date')).kind).to.equal('numeric');
  });

  it('remembers how the file writes true and false, the commonest text of each', async () => {
    expect(await column(['No', 'Yes', 'yes', 'Yes', 'No'])).to.deep.include({ truthTexts: ['No', 'Yes'] });
    expect(await column(['1', '0', '0.0', '1', '0.0'])).to.deep.include({ truthTexts: ['0.0', '1'] });
  });

  it('counts a column of very many distinct numbers exactly, with its stray texts', async () => {
    const n = 60_000;
    const rows = numbers(n).map((i) => `${i % 100 === 50 && i > 55_000 ? 'x' : i * 1.5},${i % 2},${i}`);
    const csv = await parseCsv(`c,target,row\n${rows.join('\n')}\n`);
    const { schema, warnings } = inferSchema(csv, { target: 'target', types: { row: 'numeric' } });
    expect(schema.columns[0]).to.deep.include({ kind: 'numeric', distinctCount: n - 49 });
    expect(schema.columns[0].reason).to.equal('numbers from 0 to 89998.5, 59,950 distinct');
    expect(warnings).to.deep.equal(['column "c": 50 cells are not finite numbers, such as "x", and count as missing']);
  });

  it('is not numeric when the texts come only after very many distinct numbers', async () => {
    const rows = numbers(60_000).map((i) => `${i > 52_000 && i % 3 === 0 ? 'x' : i * 1.5},${i % 2},${i % 7}`);
    const csv = await parseCsv(`c,target,row\n${rows.join('\n')}\n`);
    const [found] = inferSchema(csv, { target: 'target' }).schema.columns;
    expect(found).to.deep.include({
      kind: 'id',
      reason: '57,335 distinct texts in 60,000 cells: almost no two are equal',
    });
  });
});

describe('inferSchema: what the user decides', () => {
  it('takes the kinds that it is told', async () => {
    const cells = [1, 2, 3, 1, 2, 3];
    for (const kind of ['numeric', 'categorical', 'high-cardinality', 'text', 'id'] as const) {
      expect((await column(cells, 'c', { types: { c: kind } })).kind).to.equal(kind);
    }
    const forced = await column(['m', 'f', 'm'], 'c', { types: { c: 'boolean' } });
    expect(forced).to.deep.include({
      kind: 'boolean',
      reason: 'you said boolean; "m" is true',
      trueWords: ['m'],
      falseWords: ['f'],
      truthTexts: ['f', 'm'],
    });
    expect(await column([20200131, 20200201], 'c', { types: { c: 'date' } })).to.deep.include({
      dateFormat: 'YYYYMMDD',
    });
  });

  it('leaves out what it is told to ignore', async () => {
    expect(await column([1, 2, 3], 'c', { ignore: ['c'] })).to.deep.include({ kind: 'ignored', reason: 'you said so' });
  });

  it('refuses unknown columns and kinds, with the nearest name', async () => {
    const usage = async (options: Partial<InferOptions>): Promise<string> => {
      const error = (await infer([1, 2, 3], 'income', options).catch((thrown: unknown) => thrown)) as ToolkitError;
      expect(error.kind).to.equal('usage');
      return error.message;
    };
    expect(await usage({ ignore: ['incom'] })).to.equal(
      'ignore: must name columns, got "incom". Did you mean "income"?',
    );
    expect(await usage({ types: { xyz: 'date' } })).to.contain('The columns are "income", "target", "other".');
    expect(await usage({ types: { income: 'number' as never } })).to.match(
      /kind of "income" must be one of numeric, boolean/,
    );
    expect(await usage({ ignore: ['target'] })).to.contain('must not name the target');
    expect(await usage({ types: { target: 'numeric' } })).to.contain('option task');
  });

  it('refuses a table without a usable feature', async () => {
    const csv = await parseCsv('a,y\n1,2.5\n1,3.5\n1,4.5\n');
    expect(() => inferSchema(csv, { target: 'y' })).to.throw(
      ToolkitError,
      /usable feature.*"a" is constant; override with types/,
    );
    const lonely = await parseCsv('y\n1.5\n2.5\n');
    expect(() => inferSchema(lonely, { target: 'y' })).to.throw(ToolkitError, /no column besides the target/);
  });
});
