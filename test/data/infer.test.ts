import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { ColumnSchema, InferOptions } from '../../src/data/index.js';
import { encodeRows, inferSchema } from '../../src/data/index.js';
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

  it('is numeric with up to three words among many numbers, which a warning names and the schema remembers', async () => {
    const found = await infer([...numbers(20), 'a', 'b', ...numbers(20)]);
    expect(found.column).to.deep.include({ kind: 'numeric', gaps: ['a', 'b'], missingCount: 2, distinctCount: 20 });
    expect(found.warnings).to.deep.equal([
      'column "c": 2 cells are not finite numbers, such as "a", "b", and count as missing',
    ]);
    const limits = await column([...numbers(40), '<5', '<7', '<9', '>100', '30+', '~3']);
    expect(limits).to.deep.include({ kind: 'numeric', missingCount: 0 });
    expect((await column([...numbers(30).map((i) => i + 0.25), ...numbers(20).map(() => 'unknown')])).kind).to.equal(
      'numeric',
    );
    const comments = numbers(4).map((i) => `see note ${'abcd'[i]}`);
    expect((await column([...numbers(96).map((i) => i + 0.25), ...comments])).kind).to.equal('numeric');
  });

  it('is categorical or ordinal when words are a fifth of few whole numbers, or many among numbers', async () => {
    expect((await column(['2', '3', '4', 'van', '2', '3', '4', 'bus'])).kind).to.equal('categorical');
    expect((await column(['2', '3', '4', '5more', '2', '3', '4', 'more'])).kind).to.equal('ordinal');
    const wards = [...numbers(40), ...numbers(40), ...numbers(12).map((i) => `V${i}`)];
    expect((await column(wards)).kind).to.equal('high-cardinality');
  });

  it('is never id when most cells are numbers with a fraction, but a doubt that a warning names', async () => {
    const cells = numbers(60).map((i) => (i % 3 === 0 ? `note ${i}` : i * 1.37));
    const found = await infer(cells);
    expect(found.column.kind).to.equal('high-cardinality');
    expect(found.warnings).to.deep.equal([
      'column "c": 67 % of its cells are numbers; say c=numeric if the others are missing',
    ]);
  });

  it('takes texts for missing that stand for no value among numbers and dates, and for what they say elsewhere', async () => {
    for (const gap of ['.', '..', '--', 'None', 'NaT', '.A', ':', 'n.d.']) {
      const found = await infer([...numbers(30).map((i) => i * 0.5), gap, gap, '']);
      expect(found.column, gap).to.deep.include({ kind: 'numeric', missingCount: 3, distinctCount: 30, gaps: [gap] });
      expect(found.warnings).to.deep.equal([]);
    }
    const zero = ['0000-00-00', '0000-00-00 00:00:00'];
    const days = await infer([...numbers(20).map((i) => `2013-10-${i + 10}`), ...zero]);
    expect(days.column).to.deep.include({ kind: 'date', missingCount: 2, gaps: zero });
    expect(await column([...numbers(20).map((i) => i % 2), 'None'])).to.deep.include({
      kind: 'boolean',
      gaps: ['None'],
    });
    const level = await column(['None', 'Brick', 'Stone', 'None', 'Brick', '.']);
    expect(level).to.deep.include({ kind: 'categorical', levels: ['Brick', 'None', '.', 'Stone'] });
    expect(level.gaps).to.equal(undefined);
  });

  it('takes what pandas, Excel and SQL write for missing everywhere', async () => {
    for (const token of ['#N/A', '#DIV/0!', '\\N', '<NA>', 'n.a.', 'N.A.', '#NUM!', '-nan', '1.#QNAN', '(null)'])
      expect(await column([token, 'x', 'y', 'x']), token).to.deep.include({ missingCount: 1, distinctCount: 2 });
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

  it('keeps no level of more than 1,000 characters, and says how many it found', async () => {
    const long = (i: number) => `${'x'.repeat(1_001)}${i}`;
    const found = await column(Array.from({ length: 60 }, (_, i) => (i % 10 === 3 ? long(i % 3) : 'abc'[i % 3])));
    expect(found.levels).to.deep.equal(['a', 'b', 'c']);
    expect(found.reason).to.match(/those of more than 1,000 characters \(3\) count as one$/);
    const only = await column(Array.from({ length: 60 }, (_, i) => long(i % 4)));
    expect([only.kind, only.levels, only.words]).to.deep.equal(['text', undefined, []]);
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

  it('is text for phrases of five words and for scripts without blanks, but not for codes, however many parts they have', async () => {
    const kindOf = async (cell: (i: number) => string) => (await column(numbers(60).map(cell))).kind;
    const phrase = (i: number) =>
      ['red', 'small', 'old', 'loud', 'fast'].map((word, j) => `${word}${(i * (j + 3)) % (j + 7)}`).join(' ');
    expect(await kindOf(phrase)).to.equal('text');
    expect(await kindOf((i) => `東京都の天気は${'晴雨曇雪'[i % 4]}です${i}`)).to.equal('text');
    const hex = (i: number) => ((i * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');
    expect(await kindOf((i) => `${hex(i)}-e29b-41d4-a716-${hex(i + 1)}0000`)).to.equal('id');
    expect(await kindOf((i) => `INV-2024-${i}-${i * 7}`)).to.equal('id');
    expect(await kindOf((i) => `+49 30 ${1000 + i} ${2000 + 7 * i}`)).to.equal('id');
    expect(await kindOf((i) => `INV 2024 ${i} ${i * 7}`)).to.equal('id');
    const texts = await column(numbers(60).map(phrase));
    expect(texts).to.include({ mostWords: 4096 });
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
    const rows = numbers(80_000).map((i) => `${i > 52_000 && i % 2 === 0 ? `x${i}` : i * 2},${i % 2},${i % 7}`);
    const csv = await parseCsv(`c,target,row\n${rows.join('\n')}\n`);
    const [found] = inferSchema(csv, { target: 'target' }).schema.columns;
    expect(found).to.deep.include({
      kind: 'id',
      reason: '80,000 distinct texts in 80,000 cells: almost no two are equal',
    });
    const few = numbers(60_000).map((i) => `${i > 52_000 && i % 3 === 0 ? 'x' : i * 1.5},${i % 2},${i % 7}`);
    const { schema } = inferSchema(await parseCsv(`c,target,row\n${few.join('\n')}\n`), { target: 'target' });
    expect(schema.columns[0]).to.deep.include({ kind: 'numeric', distinctCount: 57_334 });
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

  it('refuses a kind that fits hardly any cell', async () => {
    const fault = async (kind: 'numeric' | 'date' | 'boolean', cells: readonly (string | number)[]) => {
      const error = (await column(cells, 'c', { types: { c: kind } }).catch(
        (thrown: unknown) => thrown,
      )) as ToolkitError;
      expect(error).to.be.instanceOf(ToolkitError);
      expect(error.kind).to.equal('data');
      return error.message;
    };
    const words = numbers(30).map((i) => `k-${i}`);
    expect(await fault('numeric', words)).to.equal(
      'types: "c" = numeric must fit the cells, got "k-0". 0 of 30 cells can be read as numbers.',
    );
    expect(await fault('date', words)).to.contain('can be read as dates');
    expect(await fault('boolean', words)).to.contain('2 of 30 cells');
    const half = numbers(30).map((i) => (i % 2 ? i : `k-${i}`));
    expect((await column(half, 'c', { types: { c: 'numeric' } })).kind).to.equal('numeric');
    expect((await column(['', ''], 'c', { types: { c: 'numeric' } })).kind).to.equal('numeric');
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

describe('inferSchema of a file whose decimal sign is given', () => {
  const columnOf = async (cells: readonly string[], decimal: '.' | ','): Promise<ColumnSchema> => {
    const lines = cells.map((cell, i) => `${cell};${i % 2}`);
    const csv = await parseCsv(`c;y\n${lines.join('\n')}\n`, { delimiter: ';', decimal });
    return inferSchema(csv, { target: 'y' }).schema.columns[0];
  };

  it('reads a column by it, also one of very many distinct numbers', async () => {
    for (const count of [40, 50_500]) {
      const cells = Array.from({ length: count }, (_, i) => String(1000 + 7 * i).replace(/(...)$/, '.$1'));
      const last = 1000 + 7 * (count - 1);
      const thousands = await columnOf(cells, ',');
      expect(thousands).to.deep.include({ kind: 'numeric', decimal: ',', thousands: '.', distinctCount: count });
      expect(thousands.reason).to.match(new RegExp(`^whole numbers from 1000 to ${last},`));
      const fractions = await columnOf(cells, '.');
      expect(fractions).to.deep.include({ kind: 'numeric', decimal: '.', distinctCount: count });
      expect(fractions.reason).to.match(new RegExp(`^numbers from 1 to ${last / 1000},`));
    }
  }).timeout(20_000);

  it('reads what counts are counted in as numbers, however it is written and however few of them differ', async () => {
    for (const [cell, value] of [
      ['1,5', 1.5],
      ['2', 2],
      ['0,25 h', 0.25],
    ] as const) {
      const csv = await parseCsv(`n;e;x\n${[0, 3, 1, 4, 2].map((n, i) => `${n};${cell};${(i * 7) % 5}`).join('\n')}\n`);
      const { schema } = inferSchema(csv, { target: 'n', exposure: 'e' });
      expect(schema.columns[1], cell).to.include({ kind: 'ignored', reason: 'exposure' });
      expect([...encodeRows([{ e: cell, x: 1 }], schema).frame.exposure!], cell).to.deep.equal([value]);
    }
  });
});
