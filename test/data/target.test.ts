import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { InferOptions } from '../../src/data/index.js';
import { encodeTarget, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

const repeat = (values: readonly (string | number)[], times: number) =>
  Array.from({ length: times }, () => values).flat();

async function target(cells: readonly (string | number)[], name = 'y', options: Partial<InferOptions> = {}) {
  const csv = await parseCsv(`${name},x\n${cells.map((cell, i) => `${cell},${i * 1.5}`).join('\n')}\n`);
  const inference = inferSchema(csv, { target: name, ...options });
  return { ...inference, ...inference.schema.target, csv };
}

async function fault(...args: Parameters<typeof target>): Promise<string> {
  const error = (await target(...args).catch((thrown: unknown) => thrown)) as ToolkitError;
  expect(error).to.be.instanceOf(ToolkitError);
  expect(error.kind).to.equal('data');
  return error.message;
}

describe('inferSchema: the task', () => {
  it('is binary for two values of any kind', async () => {
    for (const pair of [
      ['no', 'yes'],
      [0, 1],
      [1, 2],
      [-1, 1],
      ['0.5', '1.5'],
      ['<50', '>50'],
    ]) {
      expect(await target(repeat(pair, 4)), pair.join()).to.deep.include({ task: 'binary', classes: pair.map(String) });
    }
  });

  it('is multiclass for texts, in text order', async () => {
    expect(await target(repeat(['b', 'c', 'a'], 4))).to.deep.include({ task: 'multiclass', classes: ['a', 'b', 'c'] });
  });

  it('is multiclass for numbers that are codes without a gap from 0 or 1, in the order of the numbers, with a warning', async () => {
    const digits = await target(repeat([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 3), 'digit');
    expect(digits.task).to.equal('multiclass');
    expect(digits.classes).to.deep.equal(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
    expect(digits.warnings[0]).to.contain('say regression if they are quantities');
    expect((await target(repeat(['0.0', '1.0', '2.0'], 5))).task).to.equal('multiclass');
  });

  it('is regression for numbers with gaps, from elsewhere, with fractions, of many values, or called a quantity', async () => {
    expect(await target(repeat([3, 4, 5, 6, 7, 8], 5))).to.deep.include({ task: 'regression', classes: [] });
    expect((await target(repeat([1, 2, 4], 5))).task).to.equal('regression');
    expect((await target(repeat([1, 2, '2.5'], 5))).task).to.equal('regression');
    expect(
      (
        await target(
          repeat(
            Array.from({ length: 21 }, (_, i) => i),
            5,
          ),
        )
      ).task,
    ).to.equal('regression');
    const stars = await target(repeat([1, 2, 3, 4, 5], 5), 'review_score');
    expect(stars.reason).to.equal('5 distinct numbers in 25 rows, and the name says "score"');
  });

  it('is what the user says', async () => {
    expect(await target(repeat([1, 2, 3], 5), 'y', { task: 'regression' })).to.deep.include({
      task: 'regression',
      reason: 'you said regression',
    });
    expect((await target(repeat([3, 5, 9], 5), 'y', { task: 'multiclass' })).classes).to.deep.equal(['3', '5', '9']);
    expect((await target(repeat(['a', 'b'], 5), 'y', { task: 'multiclass' })).task).to.equal('multiclass');
  });

  it('is regression for money and shares, and of classes for few measures in words', async () => {
    const money = await target(repeat(['"$1,200.50"', '$100', '$35', '-$4', '($7)'], 9), 'price');
    expect(money).to.deep.include({ task: 'regression', classes: [] });
    expect([...encodeTarget(money.csv, money.schema).exact].slice(0, 5)).to.deep.equal([1200.5, 100, 35, -4, -7]);
    expect((await target(repeat(['9.1%', '8 %', '12 %'], 9), 'share')).task).to.equal('regression');
    const network = await target(repeat(['3G', '4G', '5G'], 9));
    expect(network).to.deep.include({ task: 'multiclass', classes: ['3G', '4G', '5G'] });
    expect(network.warnings[0]).to.contain('say regression');
    const weights = Array.from({ length: 60 }, (_, i) => `${i}.5 kg`);
    expect((await target(weights)).task).to.equal('regression');
  });

  it('takes equal numbers written differently for one class', async () => {
    const { classes, csv, schema } = await target(['1', '1.0', '2', '2.00', '1', '2']);
    expect(classes).to.deep.equal(['1', '2']);
    expect([...encodeTarget(csv, schema).y]).to.deep.equal([0, 0, 1, 1, 0, 1]);
  });
});

describe('inferSchema: targets that it refuses', () => {
  it('a column that does not exist, with the nearest name', async () => {
    const csv = await parseCsv('price,x\n1,2\n2,3\n');
    expect(() => inferSchema(csv, { target: 'Prise' })).to.throw(
      ToolkitError,
      'target: must be a column of the text, got "Prise". Did you mean "price"?',
    );
  });

  it('a constant one and an empty one', async () => {
    expect(await fault(['a', 'a'])).to.contain('must have at least two values, got "a"');
    expect(await fault(['1', '1.0', '1.00'])).to.contain('must have at least two values, got "1"');
    expect(await fault(['', 'NA'])).to.contain('must have values');
  });

  it('one with a cell that is no number, by its line', async () => {
    const cells = Array.from({ length: 200 }, (_, i) => (i === 150 ? 'oops' : i * 1.25));
    expect(await fault(cells)).to.match(
      /must be numbers for regression, got "oops"\. Line 152 of the text, column "y"/,
    );
    expect(await fault(Array.from({ length: 100 }, (_, i) => (i % 4 === 3 ? '<LOD' : i * 1.25)))).to.match(
      /got "<LOD"\. Line 5/,
    );
    expect(await fault(['a', 'b', 'a'], 'y', { task: 'regression' })).to.match(/got "a"\. Line 2/);
    expect(await fault(['1.5', 'inf', '2.5'], 'y', { task: 'regression' })).to.match(/got "inf"\. Line 3/);
  });

  it('classes that are as long as a page', async () => {
    const cells = Array.from({ length: 40 }, (_, i) => `${'page '.repeat(300)}${i % 2}`);
    expect(await fault(cells)).to.match(
      /must have classes of at most 1,000 characters, got 1501\. The class that begins "page page/,
    );
  });

  it('more classes than rows could teach', async () => {
    expect(await fault(Array.from({ length: 50 }, (_, i) => `k${i}`))).to.match(
      /at most 25 classes in 50 rows, got 50\. Is "y" an identifier/,
    );
    const many = Array.from({ length: 1001 }, (_, i) => `k${i}`);
    expect(await fault(repeat(many, 3))).to.contain('at most 1,000 classes');
  });

  it('three classes for a binary task, and dates', async () => {
    expect(await fault(repeat(['a', 'b', 'c'], 3), 'y', { task: 'binary' })).to.contain(
      'two classes for a binary task, got 3',
    );
    expect(await fault(['2020-01-01', '2020-01-02', '2020-01-03'])).to.contain(
      'got "dates". Turn column "y" into a number',
    );
  });
});

describe('inferSchema: rows', () => {
  it('leaves out rows without a target and says how many', async () => {
    const { rows, droppedTargetRows, warnings, schema } = await target(['a', '', 'b', 'NA', 'a', 'b']);
    expect([[...rows], [...droppedTargetRows]]).to.deep.equal([
      [0, 2, 4, 5],
      [1, 3],
    ]);
    expect(warnings[0]).to.equal('2 of 6 rows have no "y" and are left out, the first on line 3');
    expect(schema.columns[1].distinctCount).to.equal(4);
  });

  it('says of one such row that it has none', async () => {
    const { warnings } = await target(['a', 'b', '', 'a', 'a', 'b']);
    expect(warnings[0]).to.equal('1 of 6 rows has no "y" and is left out, on line 4');
  });

  it('leaves out rows whose target stands for no value among numbers, and keeps such texts as classes', async () => {
    const cells = Array.from({ length: 60 }, (_, i) => (i % 20 === 7 ? ['..', 'None', '#N/A'][i % 3] : i * 1.25));
    const { task, warnings } = await target(cells);
    expect(task).to.equal('regression');
    expect(warnings[0]).to.equal('3 of 60 rows have no "y" and are left out, the first on line 9');
    const classes = await target(repeat(['None', 'Mild', 'Awful'], 6));
    expect([classes.classes, classes.warnings]).to.deep.equal([['Awful', 'Mild', 'None'], []]);
    expect((await target(repeat(['None', 1, 2, 3], 6))).classes).to.deep.equal(['1', '2', '3', 'None']);
  });

  it('warns of a class with one row', async () => {
    const { warnings } = await target(['a', 'a', 'b', 'b', 'c', 'a']);
    expect(warnings).to.deep.equal(['class "c" of "y" has 1 row: it cannot be both learned from and judged by']);
    expect((await target([...repeat(['a', 'b'], 6), 'c', 'd'])).warnings).to.deep.equal([
      'classes "c", "d" of "y" have 1 row each: none can be both learned from and judged by',
    ]);
  });
});
