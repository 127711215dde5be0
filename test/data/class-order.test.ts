import { expect } from 'chai';

import type { InferOptions } from '../../src/data/index.js';
import { inferSchema, taskWord } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

async function understood(classes: readonly string[], options: Partial<InferOptions> = {}) {
  const rows = [...classes, ...classes, ...classes].map((name, i) => `"${name}",${(i * 7) % 5}`);
  const { schema, warnings } = inferSchema(await parseCsv(`y,x\n${rows.join('\n')}\n`), { target: 'y', ...options });
  return { ...schema.target, word: taskWord(schema.target), warnings };
}

const ordinal = (classes: readonly string[]) => understood(classes, { task: 'ordinal' });
const fault = (classes: readonly string[], options: Partial<InferOptions>): Promise<string> =>
  understood(classes, options).then(
    () => 'nothing',
    (error: Error) => error.message,
  );

describe('classes in an order', () => {
  it('are ordered by their numbers, by words of a scale, by ranges, or by the numbers of a list', async () => {
    const cases = [
      [
        ['10', '9', '-1', '2'],
        ['-1', '2', '9', '10'],
      ],
      [
        ['Very High', 'low', 'MEDIUM', 'high'],
        ['low', 'MEDIUM', 'high', 'Very High'],
      ],
      [
        ['moderate', 'low', 'high'],
        ['low', 'moderate', 'high'],
      ],
      [
        ['XL', 'S', 'M', 'L'],
        ['S', 'M', 'L', 'XL'],
      ],
      [
        ['Ideal', 'Good', 'Premium', 'Fair', 'Very Good'],
        ['Fair', 'Good', 'Very Good', 'Premium', 'Ideal'],
      ],
      [
        ['severe', 'none', 'mild'],
        ['none', 'mild', 'severe'],
      ],
      [
        ['strongly-agree', 'disagree', 'neutral', 'agree'],
        ['disagree', 'neutral', 'agree', 'strongly-agree'],
      ],
      [
        ['20-30', '5-9', '10-19', '< 5', '30-40', '>40'],
        ['< 5', '5-9', '10-19', '20-30', '30-40', '>40'],
      ],
      [
        ['3 stars', '1 star', '2 stars'],
        ['1 star', '2 stars', '3 stars'],
      ],
      [
        ['under 18', '18-30', 'over 30'],
        ['under 18', '18-30', 'over 30'],
      ],
      [
        ['2,000+', '<500', '1,000-1,999', '500-999'],
        ['<500', '500-999', '1,000-1,999', '2,000+'],
      ],
      [
        ['1m', '20k', '500k'],
        ['20k', '500k', '1m'],
      ],
      [
        ['2-3', '1.125-1.5', '1.5-2'],
        ['1.125-1.5', '1.5-2', '2-3'],
      ],
      [
        ['5+', '-10 to 0', '0 to 5'],
        ['-10 to 0', '0 to 5', '5+'],
      ],
      [
        ['2 C', '-5 C', '-30 C'],
        ['-30 C', '-5 C', '2 C'],
      ],
      [
        ['3 - high', '1 - low', '2 - medium'],
        ['1 - low', '2 - medium', '3 - high'],
      ],
      [
        ['2) oak', '3) elm', '1) ash'],
        ['1) ash', '2) oak', '3) elm'],
      ],
      [
        ['Grade 10', 'Grade 3', 'Grade 1'],
        ['Grade 1', 'Grade 3', 'Grade 10'],
      ],
    ] as const;
    for (const [classes, order] of cases) {
      const found = await ordinal(classes);
      expect(found.classes, classes.join()).to.deep.equal(order);
      expect(found).to.include({ task: 'multiclass', aim: 'ordinal', word: 'ordinal' });
      expect(found.reason).to.match(/^you said ordinal: in the order of /);
      expect(found.warnings.join()).not.to.contain('order');
    }
  });

  it('are refused where nothing says their order', async () => {
    const sorry = 'order: classes of "y" must be in an order that is known, got ';
    for (const classes of [
      ['red', 'green', 'blue'],
      ['low', 'medium', 'blue'],
      ['low', 'medium', 'moderate'],
      ['1 a', '1 b', '2 c'],
      ['A', 'B', 'C'],
      ['-20 to -10', '-10 to 0', '0 to 5', '5+'],
      ['30 minutes', '2 hours', '1 day'],
      ['1 day', '2 hours', '3 minutes'],
      ['1 year', '2', '3 months'],
      ['30m', '1h', '2h'],
      ['500m', '1km', '2km'],
      ['0-10', '5-15', '20-30'],
      ['1.125-1.250', '2-3', '4-5'],
      ['1 - low', '2 - high', '3 - medium'],
      ['30. Mai', '1. Juni', '2. Juni'],
    ]) {
      expect(await fault(classes, { task: 'ordinal' }), classes.join()).to.contain(sorry);
    }
    expect(await fault(['low', 'high'], { task: 'ordinal' })).to.equal(
      'target: must have three classes or more for an ordinal task, got 2. Of two classes the order makes no difference: say binary.',
    );
  });

  it('may be said, which makes the task ordinal: each class once and no other, in any plain writing', async () => {
    const order = ['blue', 'red', 'green'];
    expect(await understood(['red', 'green', 'blue'], { order })).to.deep.include({
      classes: order,
      aim: 'ordinal',
      reason: 'you said their order',
    });
    expect((await understood(['2', '1', '3'], { order: ['3.0', '1', '2'] })).classes).to.deep.equal(['3', '1', '2']);
    const wrong = [
      [['red', 'green'], 'order: must name every class of "y", and does not name, got "blue".'],
      [['red', 'green', 'red', 'blue'], 'order: must name every class once, got "red".'],
      [['red', 'gren', 'blue'], 'order: must name classes of "y", got "gren". Did you mean "green"?'],
    ] as const;
    for (const [said, words] of wrong) expect(await fault(['red', 'green', 'blue'], { order: said })).to.equal(words);
    const task = 'order: needs the task ordinal, got "multiclass".';
    expect(await fault(['red', 'green', 'blue'], { order, task: 'multiclass' })).to.equal(task);
  });

  it('are plain classes where nobody says so; of words that all order alike a note asks', async () => {
    const found = await understood(['low', 'medium', 'high']);
    expect(found).to.include({ task: 'multiclass', word: 'multiclass' });
    expect(found).not.to.have.property('aim');
    expect(found.classes).to.deep.equal(['high', 'low', 'medium']);
    expect(found.warnings.join()).to.contain('seem to have an order ("low" < "medium" < "high")');
    expect((await understood(['red', 'green', 'blue'])).warnings).to.deep.equal([]);
  });
});

describe('counts', () => {
  it('are whole numbers of 0 or more, and only where somebody says so', async () => {
    const found = await understood(['0', '3', '1', '17.0'], { task: 'count' });
    expect(found).to.deep.include({ task: 'regression', aim: 'count', classes: [], reason: 'you said count' });
    expect(await understood(['0', '3', '1', '30', '8'])).not.to.have.property('aim');
    for (const bad of ['1.5', '-1', 'many']) {
      const words = await fault(['0', '3', bad], { task: 'count' });
      expect(words, bad).to.contain(`target: must be whole numbers of 0 or more for a count, got "${bad}". Line 4 of`);
    }
    expect(await fault(['0', '3'], { task: 'count', positive: '3' })).to.contain(
      'positive: needs a target of two classes',
    );
  });
});
